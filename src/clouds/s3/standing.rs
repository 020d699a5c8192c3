//! What others gained on a store.

use super::StoreObserved;
use crate::base::names::Kind;
use crate::base::shell::word;
use crate::clouds::aws::plan::{BucketObserved, BucketState, losses_of};
use crate::model::{Blueprint, BucketWant, Standing};
use crate::policy::judge::{Grant, judge_public};
use crate::spec::{S3Cloud, StoreKind};

/// The same of all buckets on a store: rules that remove objects, and what is open to anybody. Of others, nothing else is judged there.
pub fn store_standing(blueprint: &Blueprint, store: &S3Cloud, observed: &StoreObserved) -> Standing {
    let of = |want: &BucketWant| match observed.buckets.get(&want.name).map(|found| &found.observed) {
        Some(BucketObserved::Ours(state)) => of_bucket(blueprint, store, want, state),
        _ => Vec::new(),
    };
    let grants: Vec<Grant> = blueprint.buckets.iter().flat_map(of).collect();
    let judged = grants.iter().map(|grant| (Kind::Bucket, grant.resource.clone())).collect();
    let mut found = Standing { grants, judged, ..Standing::default() };
    found.settle(blueprint);
    found
}

fn of_bucket(blueprint: &Blueprint, store: &S3Cloud, want: &BucketWant, state: &BucketState) -> Vec<Grant> {
    let name = want.name.as_str();
    let fix = match store.kind {
        StoreKind::Minio | StoreKind::Rustfs => {
            format!("Close it: `mc anonymous set none {}/{}`.", word(blueprint.spec.name.as_str()), word(name))
        }
        _ => format!(
            "Remove the policy: `aws s3api delete-bucket-policy --endpoint-url {} --bucket {}`.",
            store.endpoint,
            word(name)
        ),
    };
    let mut grants = losses_of(want, state, false);
    grants.extend(judge_public(name, state.policy.as_ref(), &fix));
    grants
}
