//! What others gained, as every cloud tells it.

use std::collections::BTreeSet;

use super::Blueprint;
use crate::base::names::Kind;
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

impl Standing {
    /// Says of each grant what accepts it in the spec; what the spec accepts, no run takes away. What could not be judged is named once.
    pub fn settle(&mut self, blueprint: &Blueprint) {
        for grant in &mut self.grants {
            grant.accepted = accepted(blueprint, grant);
            grant.undone &= grant.accepted != Some("accept");
        }
        let mut seen = BTreeSet::new();
        self.unjudged.retain(|words| seen.insert(words.clone()));
    }
}

/// What accepts a grant in the spec. Whoever adopts a user, a role or an account takes it with what others gave it.
pub fn accepted(blueprint: &Blueprint, grant: &Grant) -> Option<&'static str> {
    let named = |name: &String| blueprint.spec.accept.contains(name);
    let adopted = || blueprint.spec.adopt.iter().any(|name| name.same_as(&grant.resource));
    if grant.name.as_ref().is_some_and(named) {
        Some("accept")
    } else if grant.kind != Kind::Bucket && adopted() {
        Some("adopt")
    } else {
        None
    }
}
