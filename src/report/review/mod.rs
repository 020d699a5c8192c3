//! What a security reviewer signs: who may touch what. Pure.

mod drawn;
mod picture;

pub use drawn::picture;
pub use picture::{Column, Edge, Node, Picture, Row, Tone};
