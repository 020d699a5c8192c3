//! The clouds: what exists in them, and how what is missing gets made.

pub mod aws;
