//! How a proof is carried out, in every cloud.

use crate::clouds::patience::Patience;

/// How a proof is carried out.
#[derive(Clone, Copy)]
pub struct ProofOptions<'a> {
    /// How long to wait for what the cloud does not know everywhere yet.
    pub patience: Patience,
    /// Told before each pause why it waits; `false` gives up.
    pub waiting: &'a dyn Fn(&str) -> bool,
    /// Whether to stop: no further trial is made then, and what was written is removed.
    pub stopped: &'a dyn Fn() -> bool,
    /// Whether everything is tried: also who it is, links, pages, trust, and more that must be refused. What was just made
    /// is proven without: it is known, and it must go fast.
    pub whole: bool,
}

impl<'a> ProofOptions<'a> {
    /// For what was just made, which the cloud may not know everywhere yet.
    pub fn just_made(waiting: &'a dyn Fn(&str) -> bool, stopped: &'a dyn Fn() -> bool) -> Self {
        Self { patience: Patience::PROPAGATION, waiting, stopped, whole: false }
    }

    /// For what has been there: it works now, or it does not.
    pub fn existing(stopped: &'a dyn Fn() -> bool) -> Self {
        Self { patience: Patience::PROPAGATION, waiting: &|_| false, stopped, whole: true }
    }
}
