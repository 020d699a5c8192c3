//! What a user sees, through the binary. One test binary: a module for each subject.

#[macro_use]
mod harness;

mod account;
mod arrows;
mod cli;
mod golden;
mod guided;
mod helm;
mod profiles;
mod properties;
mod secrets;
mod spec;
