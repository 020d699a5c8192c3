//! bucketwright gives Helm charts their object storage.
pub mod blueprint;
pub mod cloud;
pub mod error;
pub mod names;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod render;
pub mod secret;
pub mod spec;
pub mod yaml;
