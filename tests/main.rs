//! What a user sees, through the binary. One test binary: a module for each subject.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be"
)]

#[macro_use]
mod harness;

mod account;
mod arrows;
mod cli;
mod cluster;
mod golden;
mod guided;
mod helm;
mod profiles;
mod properties;
mod spec;
