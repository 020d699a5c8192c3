//! Amazon Web Services: what exists, what is made, and the proof that it works.

pub mod api;
pub mod apply;
pub mod call;
mod explain;
pub mod observe;
pub(in crate::cloud) mod propagation;
pub mod prove;
pub mod rehearsal;
pub(in crate::cloud) mod rules;
pub mod sdk;
pub mod trips;
