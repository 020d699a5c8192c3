//! Ctrl-C while the account is changed: the call under way is finished, the next is not begun.

use std::cell::Cell;

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
    pub(super) async fn during<T>(&self, context: &Context, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = Box::pin(work);
        loop {
            tokio::select! {
                result = &mut work => return result,
                Ok(()) = tokio::signal::ctrl_c() => {
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
