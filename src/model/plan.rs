//! The plan: the steps from what is observed to the blueprint. Pure.

use crate::base::names::Kind;
use std::collections::BTreeSet;

use serde::Serialize;

use super::{Shown, TeardownStep};

use crate::base::error::{Error, Result};
use crate::policy::judge::Grant;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is made.
    Create,
    /// It exists, was made by someone else, and is used as it is, with what is missing added.
    Adopt,
    /// It is ours and something is added or corrected.
    Change,
    /// It is as it should be.
    Keep,
    /// It cannot be used; nothing is changed anywhere.
    Refuse,
}

impl Verb {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Change => "change",
            Self::Keep => "keep",
            Self::Refuse => "refuse",
        }
    }
}

/// One change that a step makes; each cloud has its own kinds.
pub trait Change: Clone + std::fmt::Debug + Serialize {
    /// The API call that makes it.
    fn call(&self) -> &'static str;
    /// The change in words.
    fn words(&self) -> String;
    /// Whether it makes a key, whose secret must be kept.
    fn makes_key(&self) -> bool {
        false
    }
    /// Whether it only adds to what is there, so that whoever uses it notices nothing.
    fn only_adds(&self) -> bool {
        false
    }
    /// Whether it only writes tags.
    fn only_tags(&self) -> bool {
        false
    }
}

/// One step: a resource and what is done to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step<C> {
    /// The kind of resource: `bucket`, `user`, `role`, `policy`, `oidc-provider`, `association`, `access-key`; on Google Cloud `bucket`,
    /// `account`, `policy`, `key`.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What happens.
    pub verb: Verb,
    /// The changes, in order.
    pub changes: Vec<C>,
    /// What was wanted and cannot be done here, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// A word about it: why it is refused, or what is adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The error of a refusal.
    #[serde(skip)]
    pub refusal: Option<Error>,
}

impl<C> Step<C> {
    pub(crate) fn new(kind: Kind, name: impl Into<String>, verb: Verb, changes: Vec<C>) -> Self {
        Self { kind, name: name.into(), verb, changes, skipped: Vec::new(), note: None, refusal: None }
    }

    pub(crate) fn refused(kind: Kind, name: impl Into<String>, error: Error) -> Self {
        let note = Some(error.what().to_owned());
        Self {
            kind,
            name: name.into(),
            verb: Verb::Refuse,
            changes: Vec::new(),
            skipped: Vec::new(),
            note,
            refusal: Some(error),
        }
    }

    pub(crate) fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same with one more word about it.
    pub(crate) fn also_noted(mut self, note: Option<String>) -> Self {
        let notes: Vec<String> = self.note.into_iter().chain(note).collect();
        self.note = (!notes.is_empty()).then(|| notes.join(" "));
        self
    }
}

/// The whole plan.
#[derive(Clone, Debug, Serialize)]
pub struct Plan<C> {
    /// The steps, buckets first.
    pub steps: Vec<Step<C>>,
    /// What others gained on what is there, where `apply` does not take it away, and the spec does not name it.
    pub grants: Vec<Grant>,
    /// What could not be judged, and which permission is missing.
    pub unjudged: Vec<String>,
    /// What earlier versions of the spec left, and what `apply --prune` does about it.
    pub leftovers: Vec<TeardownStep<Shown>>,
}

impl<C> Default for Plan<C> {
    fn default() -> Self {
        Self { steps: Vec::new(), grants: Vec::new(), unjudged: Vec::new(), leftovers: Vec::new() }
    }
}

impl<C: Change> Plan<C> {
    /// Whether anything would change.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| !step.changes.is_empty())
    }

    /// Whether nothing that exists would change, and no key of a user that exists would be made.
    pub fn only_adds(&self) -> bool {
        let made = |name: &str| {
            self.steps.iter().any(|step| step.kind == Kind::User && step.name == name && step.verb == Verb::Create)
        };
        self.steps.iter().all(|step| match step.verb {
            Verb::Keep | Verb::Refuse => true,
            Verb::Create => step.kind != Kind::AccessKey || made(&step.name),
            Verb::Adopt | Verb::Change => step.changes.iter().all(Change::only_adds),
        })
    }

    /// Whether others have gained something that the spec does not accept.
    pub fn is_open_to_others(&self) -> bool {
        self.grants.iter().any(|grant| grant.accepted.is_none())
    }

    /// Whether users, roles, keys or associations are made or changed: pods have to be brought to them before others can go.
    pub fn moves_identities(&self) -> bool {
        let identity = |step: &&Step<C>| {
            let kinds = [Kind::User, Kind::Role, Kind::AccessKey, Kind::Association];
            kinds.contains(&step.kind) || [Kind::ServiceAccount, Kind::ServiceAccountKey].contains(&step.kind)
        };
        self.steps.iter().filter(identity).any(|step| !step.changes.iter().all(Change::only_tags))
    }

    /// The plan as it is shown, whichever cloud it is for.
    pub fn shown(&self) -> Plan<Shown> {
        let step = |step: &Step<C>| Step {
            kind: step.kind,
            name: step.name.clone(),
            verb: step.verb,
            changes: step.changes.iter().map(Shown::of).collect(),
            skipped: step.skipped.clone(),
            note: step.note.clone(),
            refusal: step.refusal.clone(),
        };
        Plan {
            steps: self.steps.iter().map(step).collect(),
            grants: self.grants.clone(),
            unjudged: self.unjudged.clone(),
            leftovers: self.leftovers.clone(),
        }
    }

    /// How many steps have a verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.steps.iter().filter(|step| step.verb == verb).count()
    }

    /// Stops when a step is refused, before anything is changed.
    ///
    /// # Errors
    /// The refusals, joined.
    pub fn accepted(&self) -> Result<()> {
        Error::check(self.steps.iter().filter_map(|step| step.refusal.clone()).collect())
    }
}

/// The API calls of a plan, each once, in order of first use.
pub fn calls<C: Change>(plan: &Plan<C>) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    plan.steps.iter().flat_map(|step| &step.changes).map(Change::call).filter(|call| seen.insert(*call)).collect()
}
