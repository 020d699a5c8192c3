//! What others gained on a store.

use super::StoreObserved;
use crate::base::names::Kind;
use crate::clouds::aws::plan::{BucketObserved, accepted, losses_of};
use crate::model::{Blueprint, BucketWant, Standing};
use crate::policy::judge::Grant;

/// The same of all buckets on a store: of others, nothing else is judged there.
pub fn store_standing(blueprint: &Blueprint, observed: &StoreObserved) -> Standing {
    let of = |want: &BucketWant| match observed.buckets.get(&want.name).map(|found| &found.observed) {
        Some(BucketObserved::Ours(state)) => losses_of(want, state, false),
        _ => Vec::new(),
    };
    let mut grants: Vec<Grant> = blueprint.buckets.iter().flat_map(of).collect();
    grants.iter_mut().for_each(|grant| grant.accepted = accepted(blueprint, grant));
    let judged = grants.iter().map(|grant| (Kind::Bucket, grant.resource.clone())).collect();
    Standing { grants, judged, ..Standing::default() }
}
