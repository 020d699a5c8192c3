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

mod account;
mod arrows;
mod azure;
mod check;
mod cli;
mod cluster;
mod documents;
mod explain;
mod export;
mod faults;
mod fuzz;
mod golden;
mod google;
mod guided;
mod helm;
mod lint;
mod lives;
mod migrate;
mod next;
mod profiles;
mod properties;
mod sinks;
mod spec;
mod stores;
mod strangers;
mod verify;
