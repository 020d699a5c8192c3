//! All files: what is read, the output folder, and the protection of secrets in it.

pub mod input;
pub mod out;
