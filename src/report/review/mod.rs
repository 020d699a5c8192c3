//! What a security reviewer signs: who may touch what. Pure; `picture` is drawn by `text`.

mod drawn;
mod picture;
mod text;

pub use drawn::picture;
pub use picture::{Column, Edge, Node, Picture, Row, Tone};
pub use text::{dot, mermaid};
