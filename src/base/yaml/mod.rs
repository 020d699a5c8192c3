//! YAML in and out: reading with places and did-you-mean, writing so that every reader sees the same.

mod at;
mod read;
mod recover;
mod tree;
mod write;

pub use at::At;
pub use read::{MAX_BYTES, did_you_mean, read, read_back, read_manifest, read_shown_as, too_large};
pub use recover::{Origin, Recovered, read_on};
pub use tree::Tree;
pub use write::{Node, reads_back_as, wipe, write};
