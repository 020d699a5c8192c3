//! What a security reviewer signs: who may touch what, each policy in words, where each secret is, and what was found. Pure.
//!
//! `build` makes it from the blueprint, `evidence` adds what other commands found; `picture` is drawn by `svg` and `text`, and
//! `page` writes the whole.

mod build;
mod difference;
mod drawn;
mod evidence;
mod model;
mod of_profile;
mod page;
mod picture;
mod places;
mod secrets;
mod svg;
mod text;

pub use build::review;
pub use difference::{Difference, difference, fingerprint};
pub use drawn::picture;
pub use evidence::{add_checked, add_planned, add_verified};
pub use model::{Bucket, Checked, Found, Identity, Installed, Other, Planned, Review, SecretPlace, Step, Warned};
pub use of_profile::profile_picture;
pub use page::{Signed, page, signed};
pub use picture::{Column, Edge, Node, Picture, Row, Tone};
pub use svg::{svg, svg_part};
pub use text::{dot, mermaid};
