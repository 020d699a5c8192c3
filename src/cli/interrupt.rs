//! Ctrl-C or SIGTERM while something is changed: the call under way is finished, the next is not begun.

use std::cell::Cell;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::context::Context;
use crate::error::{Code, Error, Result};

/// Whether the user has asked to stop.
#[derive(Debug, Default)]
pub(super) struct Stop(Cell<bool>);

impl Stop {
    /// Whether the user has asked to stop.
    pub(super) fn asked(&self) -> bool {
        self.0.get()
    }

    /// Stops before a change when the user has asked to.
    pub(super) fn check(&self, before: impl FnOnce() -> String) -> Result<()> {
        if !self.asked() {
            return Ok(());
        }
        Err(Error::new(Code::INTERRUPTED, format!("interrupted before: {}", before()))
            .why("What was done stays done.")
            .fix("Run the same command again: it goes on where this one stopped."))
    }

    /// Does work that asks [`Stop::check`] before each change. The second Ctrl-C does not wait for the call under way.
    /// SIGTERM is what a pod gets that is taken away; the first process of a container has no other answer to it than this.
    pub(super) async fn during<T>(&self, context: &Context, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = Box::pin(work);
        let mut term = signal(SignalKind::terminate()).ok();
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = asked(&mut term) => {
                    if self.0.replace(true) {
                        return Err(Error::new(Code::INTERRUPTED, "interrupted in the middle of calls")
                            .why("It is not known whether they took effect. A key that was being made may be lost, an object of the proof may be left.")
                            .fix("Run the same command again: it looks before it changes anything."));
                    }
                    context.screen.say("  stopping after the calls under way; press Ctrl-C again to stop at once");
                }
            }
        }
    }
}

/// Ends when Ctrl-C or SIGTERM comes; where neither can be heard, never.
async fn asked(term: &mut Option<Signal>) {
    let terminated = async {
        match term.as_mut() {
            Some(term) => drop(term.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        else => std::future::pending().await,
    }
}
