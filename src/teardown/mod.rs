//! Taking away what carries a spec's tags: the steps from what was found to an account without the spec. Pure.
//!
//! What the spec's runs made (`bucketwright:origin=created`) is deleted; what they adopted is released: our tags, statements
//! and rules leave it, and what others wrote stays. What carries no origin is taken for adopted.

mod bucket;
mod found;
mod identity;
mod removal;

use std::collections::{BTreeMap, BTreeSet};

pub use bucket::{RULE_PREFIX, ours_in_buckets};
pub use found::{
    Contents, Found, FoundAssociation, FoundBucket, FoundPolicy, FoundProvider, FoundRole, FoundUser, PROOF_PREFIX,
};
pub use removal::Removal;
use serde::Serialize;

use crate::blueprint::SPEC_TAG;
use crate::error::{Code, Error, Result};
use crate::names::{BucketName, IamName, SpecName};
use crate::plan::ORIGIN_TAG;

/// What begins the keys of all our tags.
const TAG_PREFIX: &str = "bucketwright:";

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is deleted.
    Delete,
    /// Our part leaves it, the rest stays.
    Release,
    /// It stays as it is, for a reason that the note says.
    Keep,
}

impl Fate {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Release => "release",
            Self::Keep => "keep",
        }
    }
}

/// One step: a resource and what is taken away.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The kind of resource: `association`, `access-key`, `policy`, `user`, `role`, `oidc-provider`, `bucket`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What happens.
    pub fate: Fate,
    /// The calls, in order.
    pub removals: Vec<Removal>,
    /// Why it stays, or what stays of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Step {
    fn new(kind: &'static str, name: impl Into<String>, fate: Fate, removals: Vec<Removal>) -> Self {
        Self { kind, name: name.into(), fate, removals, note: None }
    }

    fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// The whole teardown.
#[derive(Clone, Debug, Serialize)]
pub struct Teardown {
    /// The steps, in the order in which they are carried out: first what uses, then what is used, buckets last.
    pub steps: Vec<Step>,
}

/// What the user said beyond the spec.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The ids of the access keys whose secrets are at hand, by user: of an adopted user only these are ours.
    pub held_keys: BTreeMap<IamName, BTreeSet<String>>,
    /// The buckets whose data is to be deleted.
    pub delete_data: BTreeSet<BucketName>,
}

impl Teardown {
    /// Whether anything would be taken away.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| !step.removals.is_empty())
    }

    /// How many steps have a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.steps.iter().filter(|step| step.fate == fate).count()
    }
}

/// Compares what was found with what the user wants.
///
/// # Errors
/// `BW0621` when data of an adopted bucket is to be deleted, `BW0622` when a bucket is named that is not this spec's.
pub fn teardown(spec: &SpecName, found: &Found, wanted: &Wanted) -> Result<Teardown> {
    let errors = wanted.delete_data.iter().filter_map(|name| refused(spec, found, name)).collect();
    Error::check(errors)?;
    let mut steps: Vec<Step> = found.associations.iter().map(identity::association).collect();
    steps.extend(found.users.iter().flat_map(|user| identity::keys(user, wanted.held_keys.get(&user.name))));
    steps.extend(found.policies.iter().map(identity::policy));
    steps.extend(found.users.iter().map(|user| identity::user(user, found)));
    steps.extend(found.roles.iter().map(|role| identity::role(role, found)));
    steps.extend(found.providers.iter().map(|provider| identity::provider(provider, found)));
    steps.extend(found.buckets.iter().map(|one| bucket::step(one, wanted.delete_data.contains(&one.name))));
    steps.retain(|step| step.fate != Fate::Release || !step.removals.is_empty());
    Ok(Teardown { steps })
}

/// Why the data of a bucket is not to be deleted.
fn refused(spec: &SpecName, found: &Found, name: &BucketName) -> Option<Error> {
    match found.buckets.iter().find(|bucket| &bucket.name == name) {
        Some(bucket) if made_by_us(&bucket.tags) => None,
        Some(_) => Some(
            Error::new(Code::ADOPTED_DATA, format!("the data of the bucket `{name}` is not deleted"))
                .why("The bucket was there before this spec and was adopted: what is in it may be someone else's.")
                .fix(format!("Leave out `--delete-data {name}`; the bucket is then released. Empty it yourself if the data is yours.")),
        ),
        None => Some(
            Error::new(Code::NOT_THIS_SPECS, format!("no bucket `{name}` carries the tag `{SPEC_TAG}={spec}`"))
                .why("Only data of this spec's own buckets is deleted, and each bucket is typed by name so that none is hit by accident.")
                .fix("Compare the name with those that `bucketwright destroy --dry-run` lists."),
        ),
    }
}

/// Whether tags say that a run of ours made the resource.
fn made_by_us(tags: &BTreeMap<String, String>) -> bool {
    tags.get(ORIGIN_TAG).is_some_and(|origin| origin == "created")
}

/// Whether tags say that a resource is this spec's.
pub fn carries(spec: &SpecName, tags: &BTreeMap<String, String>) -> bool {
    tags.get(SPEC_TAG).is_some_and(|name| name == spec.as_str())
}

/// The keys of our tags among those there.
fn our_tags(tags: &BTreeMap<String, String>) -> Vec<String> {
    tags.keys().filter(|key| key.starts_with(TAG_PREFIX)).cloned().collect()
}

/// The tags of others among those there.
pub fn without_our_tags(tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.iter()
        .filter(|(key, _)| !key.starts_with(TAG_PREFIX))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
