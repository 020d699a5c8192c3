//! bucketwright gives Helm charts their object storage.
pub mod cloud;
pub mod error;
pub mod names;
pub mod secret;
pub mod spec;
pub mod yaml;
