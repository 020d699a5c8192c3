//! From spec and profiles to what is wanted: the blueprint. Pure.

mod build;
mod context;
mod identity;
mod install;
mod merge;
mod options;
mod workloads;

pub use build::blueprint;
pub use context::context;
