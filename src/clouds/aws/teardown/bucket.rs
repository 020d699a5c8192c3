//! Buckets: deleted when they are ours and hold nothing, released when they were adopted.

use super::{Fate, FoundBucket, Removal, RemovalStep, made_by_us};
use crate::base::names::Kind;
use crate::policy::{Remainder, without_tls_only};

/// What begins the ids of our rules in buckets: those of the lifecycle and of CORS.
pub const RULE_PREFIX: &str = "bucketwright-";

/// Whether the id of a rule in a bucket says that it is ours.
pub fn ours_in_buckets(id: &str) -> bool {
    id.starts_with(RULE_PREFIX)
}

pub(super) fn step(bucket: &FoundBucket, delete_data: bool) -> RemovalStep {
    if !made_by_us(&bucket.tags) {
        return release(bucket);
    }
    let name = bucket.name.as_str();
    let contents = bucket.contents;
    let step = |removals| RemovalStep::new(Kind::Bucket, name, Fate::Delete, removals);
    if delete_data {
        return step(vec![Removal::EmptyBucket(contents), Removal::DeleteBucket]);
    }
    if contents.versions > 0 || contents.uploads > 0 || contents.more {
        return RemovalStep::new(Kind::Bucket, name, Fate::Keep, Vec::new())
            .noted(format!("It holds {contents}. `--delete-data {name}` deletes them for good."));
    }
    if contents.proof > 0 {
        return step(vec![Removal::SweepProof(contents.proof), Removal::DeleteBucket]);
    }
    step(vec![Removal::DeleteBucket])
}

/// Our tags go last: until then, a run that was interrupted finds the bucket again.
fn release(bucket: &FoundBucket) -> RemovalStep {
    let mut removals = Vec::new();
    if bucket.policy.as_ref().is_some_and(|policy| without_tls_only(policy) != Remainder::Untouched) {
        removals.push(Removal::ReleaseBucketPolicy);
    }
    if bucket.lifecycle.iter().any(|id| ours_in_buckets(id)) {
        removals.push(Removal::ReleaseLifecycle);
    }
    if bucket.cors.iter().any(|id| ours_in_buckets(id)) {
        removals.push(Removal::ReleaseCors);
    }
    removals.push(Removal::UntagBucket);
    RemovalStep::new(Kind::Bucket, bucket.name.as_str(), Fate::Release, removals)
        .noted("It was adopted: its data and what others set stay, and so do encryption, versions and the public access block.")
}
