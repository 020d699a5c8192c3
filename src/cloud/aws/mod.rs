//! Amazon Web Services: what exists, what is made, and the proof that it works.

pub mod api;
pub mod apply;
pub mod call;
mod explain;
pub mod observe;
mod propagation;
pub mod prove;
pub mod rehearsal;
mod rules;
pub mod sdk;
pub mod store;
pub mod trips;
