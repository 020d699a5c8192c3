//! What others gained, as every cloud tells it.

use crate::base::names::Kind;
use std::collections::BTreeSet;

use crate::policy::judge::Grant;

/// What others gained.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Each grant, those that the spec accepts included.
    pub grants: Vec<Grant>,
    /// What could not be judged, and which permission is missing.
    pub unjudged: Vec<String>,
    /// What was judged: `role`, `user` or `bucket`, and its name.
    pub judged: BTreeSet<(Kind, String)>,
}
