//! What exists on a store now. What cannot be read is not written later: some servers take a call that they do not know for
//! another one, such as PutPublicAccessBlock for CreateBucket.

use futures_util::future::try_join_all;
use futures_util::join;

use super::explained;
use crate::base::error::Result;
use crate::base::names::BucketName;
use crate::clouds::aws::live::api::{BucketApi, BucketHead, PublicAccessBlock};
use crate::clouds::aws::live::rules::{cors_state, rule_state};
use crate::clouds::aws::plan::{BucketObserved, BucketState};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::s3::{Lack, Setting, StoreBucket, StoreObserved};
use crate::model::{Blueprint, BucketWant};
use crate::spec::S3Cloud;

/// Observes every bucket of a blueprint.
///
/// # Errors
/// `BW142x` when the store cannot be reached or does not accept the key.
pub async fn observe(api: &impl BucketApi, store: &S3Cloud, blueprint: &Blueprint) -> Result<StoreObserved> {
    let work = async {
        // A listing has a body, so its refusal says what is wrong; a HEAD has none.
        let listed = match api.list_buckets().await {
            Ok(names) => Some(names),
            Err(error) if matches!(error.kind, Failure::Denied | Failure::NotImplemented) => None,
            Err(error) => return Err(error),
        };
        let buckets = blueprint.buckets.iter().map(|want| bucket(api, store, want, listed.as_deref()));
        Ok(StoreObserved { buckets: try_join_all(buckets).await?.into_iter().collect() })
    };
    work.await.map_err(|error| explained(store, &error))
}

async fn bucket(
    api: &impl BucketApi,
    store: &S3Cloud,
    want: &BucketWant,
    listed: Option<&[String]>,
) -> Answer<(BucketName, StoreBucket)> {
    let listed = listed.map(|names| names.iter().any(|name| name == want.name.as_str()));
    let head = api.head_bucket(&want.name, &store.region, None).await?;
    let (state, lacks) = match head {
        // Some servers say what they lack even of a bucket that is not there.
        BucketHead::Absent | BucketHead::Ours { .. } => settings(api, store, &want.name).await?,
        BucketHead::Forbidden { .. } | BucketHead::Elsewhere { .. } => (BucketState::default(), Vec::new()),
    };
    let observed = match head {
        BucketHead::Absent => BucketObserved::Absent,
        BucketHead::Forbidden { .. } => BucketObserved::Forbidden,
        BucketHead::Elsewhere { region } => BucketObserved::Elsewhere(region),
        BucketHead::Ours { .. } => BucketObserved::Ours(Box::new(state)),
    };
    Ok((want.name.clone(), StoreBucket { observed, listed, lacks }))
}

/// The settings of a bucket, as far as the store has them, all read at once.
///
/// # Errors
/// The first read that fails for another reason than that the store lacks the call or the bucket.
pub(super) async fn settings(
    api: &impl BucketApi,
    store: &S3Cloud,
    name: &BucketName,
) -> Answer<(BucketState, Vec<Lack>)> {
    let region = &store.region;
    let (block, ownership, versioning, lifecycle, policy, cors, tags) = join!(
        asked(store, Setting::PublicAccess, api.public_access_block(name, region)),
        asked(store, Setting::Ownership, api.ownership(name, region)),
        asked(store, Setting::Versioning, api.versioning(name, region)),
        asked(store, Setting::Lifecycle, api.lifecycle(name, region)),
        asked(store, Setting::Policy, api.bucket_policy(name, region)),
        asked(store, Setting::Cors, api.cors(name, region)),
        asked(store, Setting::Tags, api.bucket_tags(name, region)),
    );
    let mut lacks = Vec::new();
    let lifecycle = kept(lifecycle, &mut lacks)?.unwrap_or_default();
    let state = BucketState {
        public_access_blocked: kept(block, &mut lacks)?.flatten() == Some(PublicAccessBlock::ALL),
        owner_enforced: kept(ownership, &mut lacks)?.flatten().as_deref() == Some("BucketOwnerEnforced"),
        versioning: kept(versioning, &mut lacks)?.unwrap_or_default(),
        dropped: lifecycle.dropped,
        lifecycle: lifecycle.rules.iter().map(rule_state).collect(),
        policy: kept(policy, &mut lacks)?.flatten(),
        cors: kept(cors, &mut lacks)?.map_or_else(Vec::new, |rules| rules.iter().map(cors_state).collect()),
        tags: kept(tags, &mut lacks)?.unwrap_or_default(),
        ..BucketState::default()
    };
    Ok((state, lacks))
}

/// A setting's answer: `Ok(None)` when the bucket is not there, `Err` with the lack when the store has no such call.
type Read<T> = std::result::Result<Option<T>, std::result::Result<Lack, CallError>>;

async fn asked<T>(store: &S3Cloud, setting: Setting, call: impl Future<Output = Answer<T>>) -> Read<T> {
    if setting.known_lack(store.kind).is_some() {
        return Ok(None);
    }
    match call.await {
        Ok(value) => Ok(Some(value)),
        Err(error) => match lack(&error) {
            Some(why) => Err(Ok(Lack { setting, why })),
            None if error.kind == Failure::NotFound => Ok(None),
            None => Err(Err(error)),
        },
    }
}

fn kept<T>(read: Read<T>, lacks: &mut Vec<Lack>) -> Answer<Option<T>> {
    match read {
        Ok(value) => Ok(value),
        Err(Ok(lack)) => {
            lacks.push(lack);
            Ok(None)
        }
        Err(Err(error)) => Err(error),
    }
}

/// Whether an error says that the store lacks the call, or the key the right to it; in words.
pub(super) fn lack(error: &CallError) -> Option<String> {
    match error.kind {
        Failure::NotImplemented => Some("the store does not have it".to_owned()),
        Failure::Denied if error.code == "MethodNotAllowed" => Some("the store does not have it".to_owned()),
        Failure::Denied => Some("your key may not ask for it".to_owned()),
        _ => None,
    }
}
