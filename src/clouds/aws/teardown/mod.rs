//! Removing what carries a spec's tags: the steps from what was found to an account without the spec. Pure.
//!
//! What the spec's runs made (`bucketwright:origin=created`) is deleted; what they adopted is released: our tags, statements
//! and rules leave it, and what others wrote stays. What carries no origin is taken for adopted.

mod bucket;
mod found;
mod identity;
mod removal;

use std::collections::BTreeMap;

pub use bucket::{RULE_PREFIX, ours_in_buckets};
pub use found::{
    Added, Contents, Found, FoundAssociation, FoundBucket, FoundPolicy, FoundProvider, FoundRole, FoundUser, Namesake,
};
pub use removal::Removal;

use crate::base::error::Result;
use crate::base::names::{BucketName, Kind, SpecName};
use crate::model::{self, Fate, ORIGIN_TAG, SPEC_TAG, TeardownScope};

/// What begins the keys of all our tags.
const TAG_PREFIX: &str = "bucketwright:";

/// A step on AWS.
pub type RemovalStep = model::TeardownStep<Removal>;
/// A teardown on AWS.
pub type Teardown = model::Teardown<Removal>;

/// Compares what was found with what the user wants.
///
/// # Errors
/// `BW0621` when data of an adopted bucket is to be deleted, `BW0622` when a bucket is named that is not this spec's.
pub fn teardown(spec: &SpecName, found: &Found, wanted: &TeardownScope) -> Result<Teardown> {
    let made = |name: &BucketName| found.buckets.iter().find(|one| &one.name == name).map(|one| made_by_us(&one.tags));
    wanted.refusals(spec, ("tag", SPEC_TAG), made)?;
    let mut steps: Vec<RemovalStep> = found.associations.iter().map(identity::association).collect();
    steps.extend(found.users.iter().flat_map(|user| identity::keys(user, wanted.held_keys.get(&user.name))));
    steps.extend(found.policies.iter().map(identity::policy));
    steps.extend(found.users.iter().map(|user| identity::user(user, found)));
    steps.extend(found.roles.iter().map(|role| identity::role(role, found)));
    let goes = |role: &FoundRole| {
        made_by_us(&role.tags) && role.added.is_empty() && wanted.takes(Kind::Role, role.name.as_str())
    };
    let going = |name: &str| found.roles.iter().any(|role| role.name.same_as(name) && goes(role));
    steps.extend(found.providers.iter().map(|provider| identity::provider(provider, going)));
    steps.extend(found.buckets.iter().map(|one| bucket::step(one, wanted.delete_data.contains(&one.name))));
    steps.extend(found.former.iter().map(identity::former));
    let named = found.namesakes.iter().filter(|one| wanted.named.has(one.kind, &one.name));
    steps.extend(named.map(identity::namesake));
    steps.retain(|step| step.fate != Fate::Release || !step.removals.is_empty());
    steps.iter_mut().for_each(|step| spare(wanted, step));
    Ok(Teardown { steps })
}

/// What the spec's file does not name stays, unless the user said otherwise: the tags alone may be another spec's.
fn spare(wanted: &TeardownScope, step: &mut RemovalStep) {
    let (kind, name) = match (step.kind, step.removals.first()) {
        (Kind::AccessKey, _) => (Kind::User, step.name.clone()),
        (Kind::Association, Some(Removal::DeleteAssociation { cluster, .. })) => {
            (Kind::Association, format!("{cluster}:{}", step.name))
        }
        (kind, _) => (kind, step.name.rsplit('/').next().unwrap_or_default().to_owned()),
    };
    let name = if kind == Kind::OidcProvider { step.name.clone() } else { name };
    wanted.spare(step, kind, &name, "tags");
}

/// Whether tags say that a run of ours made the resource.
fn made_by_us(tags: &BTreeMap<String, String>) -> bool {
    tags.get(ORIGIN_TAG).is_some_and(|origin| origin == "created")
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
