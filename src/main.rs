//! Parse, run, exit code: nothing else.

use std::alloc::System;
use std::process::ExitCode;

use bucketwright_wiping::Wiping;

/// Wipes all memory that is given back, so that no secret stays in the buffers of libraries.
#[global_allocator]
static ALLOCATOR: Wiping<System> = Wiping(System);

fn main() -> ExitCode {
    bucketwright::cli::run(std::env::args_os())
}
