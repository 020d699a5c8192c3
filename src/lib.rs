//! bucketwright gives Helm charts their object storage.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make files as they need them"))]

pub mod blueprint;
pub mod chart;
pub mod cli;
pub mod cloud;
pub mod cluster;
pub mod error;
pub mod export;
pub mod host;
pub mod input;
pub mod lint;
pub mod migrate;
pub mod names;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod proof;
pub mod push;
pub mod release;
pub mod render;
pub mod report;
pub mod rotation;
pub mod secret;
pub mod shell;
pub mod sink;
pub mod spec;
pub mod teardown;
pub mod token;
pub mod trial;
pub mod wizard;
pub mod yaml;
