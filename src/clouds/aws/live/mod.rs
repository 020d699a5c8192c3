//! Amazon Web Services: what exists, what is made, and the proof that it works.

pub mod api;
pub mod apply;
mod cloud;
pub mod destroy;
mod explain;
pub mod find;
pub mod last_use;
pub mod observe;
mod older;
pub mod prove;
pub mod rehearsal;
pub mod removals;
pub mod round_trips;
pub(in crate::clouds) mod rules;
pub mod sdk;
pub(in crate::clouds) mod settings;
pub mod standing;
mod trust;

pub use cloud::Aws;
