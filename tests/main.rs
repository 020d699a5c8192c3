//! What a user sees, through the binary. One test binary: a module for each subject.

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::items_after_statements,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be"
)]

#[macro_use]
mod harness;

mod aws;
mod azure;
mod cli;
mod docs;
mod explain;
mod faults;
mod files;
mod fuzz;
mod gcp;
mod golden;
mod helm;
mod kube;
mod lint;
mod lives;
mod migrate;
mod profile;
mod properties;
mod report;
mod s3;
mod spec;
mod structure;
mod untrusted;
mod wizard;
