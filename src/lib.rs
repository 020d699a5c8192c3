//! bucketwright gives Helm charts their object storage.
pub mod blueprint;
pub mod cli;
pub mod cloud;
pub mod error;
pub mod input;
pub mod names;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod proof;
pub mod render;
pub mod report;
pub mod secret;
pub mod sink;
pub mod spec;
pub mod trial;
pub mod yaml;
