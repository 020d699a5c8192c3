//! Buckets: what is missing from one.

use std::collections::BTreeMap;

use super::encryption::{key_change, known_keys, unknown_key};
use super::rules::{cors_change, lifecycle_change};
use super::{AwsChange, BucketObserved, BucketState, EncryptionState, Observed};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Kind, Partition};
use crate::clouds::aws::plan::Step;
use crate::model::{Blueprint, BucketWant, ORIGIN_TAG, Owner, SPEC_TAG, Verb, Whose, other_spec};
use crate::policy::{
    CallerNeeds, Remainder, our_tls_only, own_account, refuses_plain_http, with_tls_only, without_tls_only,
};

/// The actions that every bucket may need. Source: Service Authorization Reference, Amazon S3; the actions' names differ from
/// the calls' where S3's do. Rules of ours, and the default key, are looked at and mended where the spec no longer asks for any.
const ACTIONS: [&str; 18] = [
    "s3:CreateBucket",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
    "s3:PutBucketCORS",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
];
/// What else the settings need that not every bucket gets.
const POLICY_ACTIONS: [&str; 1] = ["s3:PutBucketPolicy"];
const NO_POLICY_ACTIONS: [&str; 2] = ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"];
const VERSIONING_ACTIONS: [&str; 2] = ["s3:GetBucketVersioning", "s3:PutBucketVersioning"];

/// What the caller must be allowed to do with a bucket.
pub(crate) fn needs(needs: &mut CallerNeeds, want: &BucketWant, partition: Partition) {
    let arn = Arn::bucket(partition, want.name.as_str());
    let settings: [(bool, &[&'static str]); 4] = [
        (true, &ACTIONS),
        (want.tls_only, &POLICY_ACTIONS),
        (!want.tls_only, &NO_POLICY_ACTIONS),
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

pub(crate) fn step(blueprint: &Blueprint, want: &BucketWant, observed: &Observed) -> Step {
    let refuse = |error: Error| {
        let place = want.users.first().and_then(|(install, purpose)| {
            let install = blueprint.spec.installs.iter().find(|candidate| &candidate.id == install)?;
            blueprint.spec.place_in(install, &format!("buckets.{purpose}"))
        });
        Step::refused(Kind::Bucket, want.name.as_str(), error.at(place))
    };
    let partition = blueprint.partition();
    match observed.buckets.get(&want.name) {
        None | Some(BucketObserved::Absent) if want.existing => refuse(
            Error::new(Code::FOREIGN_BUCKET, format!("the bucket `{}` does not exist", want.name))
                .fix("Correct the name, or remove `existing: true` to have it made."),
        ),
        None | Some(BucketObserved::Absent) => {
            let mut changes = vec![AwsChange::CreateBucket];
            changes.extend(bucket_changes(want, &fresh(want), partition, "created"));
            Step::new(Kind::Bucket, want.name.as_str(), Verb::Create, changes)
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
            let (whose, origin) = (owner.judge(&state.tags), owner.origin(&state.tags));
            if let Whose::Anothers(other) = &whose {
                return refuse(other_spec(want.name.as_str(), other, SPEC_TAG));
            }
            if let Some(error) = unknown_key(blueprint, want, state, &known_keys(blueprint, observed)) {
                return refuse(error);
            }
            let changes = bucket_changes(want, state, partition, origin);
            let step = |verb, changes| Step::new(Kind::Bucket, want.name.as_str(), verb, changes);
            let step = match whose {
                Whose::Unproven(id) if !changes.is_empty() => {
                    return refuse(owner.unproven(Kind::Bucket, want.name.as_str(), &id));
                }
                _ if changes.is_empty() => step(Verb::Keep, changes),
                Whose::Nobodys => step(Verb::Adopt, changes).noted("It exists; what others set stays as it is."),
                _ => step(Verb::Change, changes),
            };
            step.also_noted(differing(want, state, origin))
        }
    }
}

fn foreign(want: &BucketWant) -> Error {
    Error::new(Code::FOREIGN_BUCKET, format!("the bucket `{}` exists and is not yours", want.name))
        .why("S3 answers 403: it is another account's (names are shared by all accounts of a partition), or a policy keeps you out.")
        .fix("Choose another name, or set `bucketDefaults: {namespace: account-regional}`, whose names nobody else can take. If the bucket is yours, ask for s3:ListBucket on it.")
}

/// What is missing from a bucket, in the order in which it is written. Nothing that others set is reset.
pub fn bucket_changes(want: &BucketWant, state: &BucketState, partition: Partition, origin: &str) -> Vec<AwsChange> {
    let mut changes = Vec::new();
    if !state.public_access_blocked {
        changes.push(AwsChange::BlockPublicAccess);
    }
    if !state.owner_enforced {
        changes.push(AwsChange::EnforceOwner);
    }
    changes.extend(key_change(want, state));
    if want.versioning && !state.versioning {
        changes.push(AwsChange::EnableVersioning);
    }
    changes.extend(lifecycle_change(want, state));
    changes.extend(cors_change(want, state));
    let tags = missing_tags(want, state, origin);
    if !tags.is_empty() {
        let was = tags.keys().filter_map(|key| Some((key.clone(), state.tags.get(key)?.clone()))).collect();
        changes.push(AwsChange::TagBucket { tags, was });
    }
    changes.extend(tls_change(want, state, partition));
    changes
}

/// What is to be done about our statement that refuses requests without TLS.
fn tls_change(want: &BucketWant, state: &BucketState, partition: Partition) -> Option<AwsChange> {
    let policy = state.policy.as_ref();
    if want.tls_only {
        let missing = with_tls_only(policy, partition, &want.name).is_some();
        return missing.then(|| AwsChange::RefusePlainHttp(policy.and_then(our_tls_only)));
    }
    match without_tls_only(policy?) {
        Remainder::Untouched => None,
        rest => Some(AwsChange::AllowPlainHttp { last: rest == Remainder::Nothing }),
    }
}

/// Tags that are missing. Of a bucket that was made here the values follow the spec; on one that was adopted, a tag of the same
/// key with another value is somebody's and stays.
fn missing_tags(want: &BucketWant, state: &BucketState, origin: &str) -> BTreeMap<String, String> {
    let mut tags = want.tags.clone();
    tags.insert(ORIGIN_TAG.to_owned(), origin.to_owned());
    tags.retain(|key, value| match state.tags.get(key) {
        None => true,
        Some(there) => (origin == "created" || key.starts_with("bucketwright:")) && there != value,
    });
    tags
}

/// What stays as others set it, although the spec says something else.
pub(crate) fn differing(want: &BucketWant, state: &BucketState, origin: &str) -> Option<String> {
    let theirs = |(key, value): (&String, &String)| {
        let there = state.tags.get(key).filter(|there| *there != value)?;
        Some(format!("the tag `{key}` is `{there}`, where the spec says `{value}`"))
    };
    let tags: Vec<String> = match origin {
        "created" => Vec::new(),
        _ => want.tags.iter().filter(|(key, _)| !key.starts_with("bucketwright:")).filter_map(theirs).collect(),
    };
    let mut stays = tags;
    if !want.tls_only && state.policy.as_ref().is_some_and(refuses_plain_http) {
        stays.push("a statement of its policy refuses requests without TLS, although `tlsOnly` is false".to_owned());
    }
    (!stays.is_empty()).then(|| format!("What others set stays: {}.", stays.join("; ")))
}
