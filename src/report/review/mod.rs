//! What a security reviewer signs: who may touch what. Pure; `picture` is drawn by `svg` and `text`.

mod drawn;
mod layout;
mod picture;
mod svg;
mod text;

pub use drawn::picture;
pub use picture::{Column, Edge, Node, Picture, Row, Tone};
pub use svg::{svg, svg_part};
pub use text::{dot, mermaid};
