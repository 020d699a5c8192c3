//! Amazon Web Services: what exists, what is made, and the proof that it works.

pub mod api;
pub mod call;
