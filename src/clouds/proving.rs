//! How a proof is carried out, in every cloud.

use super::patience::Patience;

/// How a proof is carried out.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// How long it is waited for what is not known everywhere yet.
    pub patience: Patience,
    /// Told before each pause why it waits; may give up.
    pub waiting: &'a dyn Fn(&str) -> bool,
    /// Whether to stop: nothing more is tried then, what was written is removed.
    pub stopped: &'a dyn Fn() -> bool,
    /// Whether everything is tried: also who it is, links, pages, trust, and more that must be refused. What was just made
    /// is proven without: it is known, and it must go fast.
    pub whole: bool,
}

impl<'a> Manner<'a> {
    /// For what was just made, which AWS may not know everywhere yet.
    pub fn fresh(waiting: &'a dyn Fn(&str) -> bool) -> Self {
        Self { patience: Patience::PROPAGATION, waiting, stopped: &|| false, whole: false }
    }

    /// For what has been there: it works now, or it does not.
    pub fn standing(stopped: &'a dyn Fn() -> bool) -> Self {
        Self { patience: Patience::PROPAGATION, waiting: &|_| false, stopped, whole: true }
    }
}
