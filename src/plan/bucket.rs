//! Buckets: what is missing from one.

use std::collections::BTreeMap;

use super::{BucketObserved, BucketState, Change, EncryptionState, Observed, Step, Verb};
use crate::blueprint::{Blueprint, BucketWant, ORIGIN_TAG, Owner, SPEC_TAG, Whose};
use crate::error::{Code, Error};
use crate::names::{Arn, Partition};
use crate::policy::{CallerNeeds, own_account, with_tls_only};
use crate::profile::{Cors, Expiry};

/// The actions that every bucket may need. Source: Service Authorization Reference, Amazon S3; the actions' names differ from
/// the calls' where S3's do.
const ACTIONS: [&str; 14] = [
    "s3:CreateBucket",
    "s3:GetBucketAcl",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
];
/// What else the settings need that not every bucket gets.
const CORS_ACTIONS: [&str; 2] = ["s3:GetBucketCORS", "s3:PutBucketCORS"];
const ENCRYPTION_ACTIONS: [&str; 2] = ["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"];
const POLICY_ACTIONS: [&str; 1] = ["s3:PutBucketPolicy"];
const VERSIONING_ACTIONS: [&str; 2] = ["s3:GetBucketVersioning", "s3:PutBucketVersioning"];

/// What the caller must be allowed to do with a bucket.
pub(super) fn needs(needs: &mut CallerNeeds, want: &BucketWant, partition: Partition) {
    let arn = Arn::bucket(partition, want.name.as_str());
    let settings: [(bool, &[&'static str]); 5] = [
        (true, &ACTIONS),
        (!want.cors.is_empty(), &CORS_ACTIONS),
        (want.kms_key.is_some(), &ENCRYPTION_ACTIONS),
        (want.tls_only, &POLICY_ACTIONS),
        (want.versioning, &VERSIONING_ACTIONS),
    ];
    for (_, actions) in settings.iter().filter(|(wanted, _)| *wanted) {
        needs.add_if(arn.as_str(), actions, &own_account());
    }
}

/// What AWS gives a new bucket. Source: Amazon S3 User Guide, "Default settings for new S3 buckets" (April 2023).
fn fresh(want: &BucketWant) -> BucketState {
    let origin = (ORIGIN_TAG.to_owned(), "created".to_owned());
    BucketState {
        tags: want.tags.clone().into_iter().chain([origin]).collect(),
        public_access_blocked: true,
        owner_enforced: true,
        encryption: EncryptionState::S3,
        ..BucketState::default()
    }
}

pub(super) fn step(blueprint: &Blueprint, want: &BucketWant, observed: &Observed) -> Step {
    let refuse = |error: Error| {
        let place = want.users.first().and_then(|(install, purpose)| {
            let install = blueprint.spec.installs.iter().find(|candidate| &candidate.id == install)?;
            blueprint.spec.place_in(install, &format!("buckets.{purpose}"))
        });
        Step::refused("bucket", want.name.as_str(), error.at(place))
    };
    let partition = blueprint.partition();
    match observed.buckets.get(&want.name) {
        None | Some(BucketObserved::Absent) if want.existing => refuse(
            Error::new(Code::FOREIGN_BUCKET, format!("the bucket `{}` does not exist", want.name))
                .fix("Correct the name, or remove `existing: true` to have it made."),
        ),
        None | Some(BucketObserved::Absent) => {
            let mut changes = vec![Change::CreateBucket];
            changes.extend(bucket_changes(want, &fresh(want), partition, "created"));
            Step::new("bucket", want.name.as_str(), Verb::Create, changes)
        }
        Some(BucketObserved::Forbidden) => refuse(foreign(want)),
        Some(BucketObserved::Elsewhere(region)) => {
            let there = region.as_ref().map_or_else(|| "another region".to_owned(), ToString::to_string);
            refuse(
                Error::new(
                    Code::BUCKET_ELSEWHERE,
                    format!("the bucket `{}` lies in {there}, not in {}", want.name, blueprint.spec.cloud.region()),
                )
                .why("The charts are told one region for all their buckets, and a bucket cannot move.")
                .fix(format!("Choose another name, or set `cloud.region: {there}`.")),
            )
        }
        Some(BucketObserved::Ours(state)) => {
            let owner = Owner::of(&blueprint.spec);
            let changes = bucket_changes(want, state, partition, owner.origin(&state.tags));
            let step = |verb, changes| Step::new("bucket", want.name.as_str(), verb, changes);
            match owner.judge(&state.tags) {
                Whose::Anothers(other) => refuse(other_spec(want.name.as_str(), &other, SPEC_TAG)),
                Whose::Unproven(id) if !changes.is_empty() => refuse(owner.unproven("bucket", want.name.as_str(), &id)),
                _ if changes.is_empty() => step(Verb::Keep, changes),
                Whose::Nobodys => step(Verb::Adopt, changes).noted("It exists; what others set stays as it is."),
                _ => step(Verb::Change, changes),
            }
        }
    }
}

/// The refusal of a bucket that carries the tag (or label) of another spec.
pub(super) fn other_spec(name: &str, owner: &str, tag: &str) -> Error {
    Error::new(Code::OTHER_SPEC, format!("the bucket `{name}` belongs to {owner}"))
        .why("Two specs that both own a bucket would undo each other's settings.")
        .fix(format!("Choose another name. To take it over for good, remove the tag `{tag}` from it first: it is then adopted, and never deleted."))
}

fn foreign(want: &BucketWant) -> Error {
    Error::new(Code::FOREIGN_BUCKET, format!("the bucket `{}` exists and is not yours", want.name))
        .why("S3 answers 403: it is another account's (names are shared by all accounts of a partition), or a policy keeps you out.")
        .fix("Choose another name, or set `bucketDefaults: {namespace: account-regional}`, whose names nobody else can take. If the bucket is yours, ask for s3:ListBucket on it.")
}

/// What is missing from a bucket, in the order in which it is written. Nothing that others set is reset.
pub fn bucket_changes(want: &BucketWant, state: &BucketState, partition: Partition, origin: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    if !state.public_access_blocked {
        changes.push(Change::BlockPublicAccess);
    }
    if !state.owner_enforced {
        changes.push(Change::EnforceOwner);
    }
    if let Some(key) = &want.kms_key
        && state.encryption != EncryptionState::Kms(key.to_string())
    {
        changes.push(Change::EncryptWithKey(key.clone()));
    }
    if want.versioning && !state.versioning {
        changes.push(Change::EnableVersioning);
    }
    let abort_after_days = (!aborts_uploads(state)).then_some(want.abort_uploads_after_days);
    let expiries: Vec<Expiry> = want.expiries.iter().filter(|rule| !expires(state, rule)).cloned().collect();
    if abort_after_days.is_some() || !expiries.is_empty() {
        changes.push(Change::AddLifecycle { abort_after_days, expiries });
    }
    let cors: Vec<Cors> =
        want.cors.iter().filter(|rule| !state.cors.iter().any(|there| allows(there, rule))).cloned().collect();
    if !cors.is_empty() {
        changes.push(Change::AddCors(cors));
    }
    let tags = missing_tags(want, state, origin);
    if !tags.is_empty() {
        changes.push(Change::TagBucket(tags));
    }
    if want.tls_only && with_tls_only(state.policy.as_ref(), partition, &want.name).is_some() {
        changes.push(Change::RefusePlainHttp);
    }
    changes
}

/// Whether some enabled rule for all objects removes parts of unfinished uploads, whoever wrote it.
fn aborts_uploads(state: &BucketState) -> bool {
    state
        .lifecycle
        .iter()
        .any(|rule| rule.enabled && rule.prefix.as_deref() == Some("") && rule.abort_after_days.is_some())
}

fn expires(state: &BucketState, wanted: &Expiry) -> bool {
    state.lifecycle.iter().any(|rule| {
        rule.enabled
            && rule.prefix.as_deref() == Some(&wanted.prefix)
            && rule.expire_after_days == Some(wanted.expire_after_days)
    })
}

/// Whether a CORS rule allows all that another asks for.
fn allows(there: &Cors, wanted: &Cors) -> bool {
    let covers =
        |have: &[String], need: &[String]| have.iter().any(|h| h == "*") || need.iter().all(|n| have.contains(n));
    covers(&there.origins, &wanted.origins)
        && wanted.methods.iter().all(|method| there.methods.contains(method))
        && covers(&there.headers, &wanted.headers)
        && covers(&there.expose, &wanted.expose)
}

/// Tags that are missing; a tag of someone else's with the same key but another value stays theirs.
fn missing_tags(want: &BucketWant, state: &BucketState, origin: &str) -> BTreeMap<String, String> {
    let mut tags = want.tags.clone();
    tags.insert(ORIGIN_TAG.to_owned(), origin.to_owned());
    tags.retain(|key, value| match state.tags.get(key) {
        None => true,
        Some(there) => key.starts_with("bucketwright:") && there != value,
    });
    tags
}
