//! What is in memory stays there.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns core dumps off for this process: one would hold every secret of the run. Where the system refuses, the run goes on.
pub fn no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    // A limit does not bind a core_pattern that pipes into a program (core(5)); this does, and keeps debuggers out.
    #[cfg(target_os = "linux")]
    let limited = limited.and(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::debug!(%error, "core dumps could not be turned off");
    }
}
