//! Where a bundle goes: a folder, or stdout.

mod folder;
mod private;
mod stream;

pub use folder::{Difference, Folder};
pub use stream::stream;
