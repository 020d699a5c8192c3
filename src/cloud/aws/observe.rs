//! What exists now: every question at once, each a read.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use futures_util::try_join;

use super::api::{AwsApi, BucketHead, Encryption, Holder, PublicAccessBlock};
use super::call::{CallError, Failure};
use super::rules::{cors_state, rule_state};
use crate::blueprint::{Blueprint, BucketWant, PrincipalKind, PrincipalWant};
use crate::error::Result;
use crate::names::{AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, Region};
use crate::plan::{
    BucketObserved, BucketState, EncryptionState, Observed, PolicyState, PrincipalObserved, PrincipalState,
};

/// Observes everything that a blueprint speaks of.
///
/// # Errors
/// `BW05xx` when a read fails for another reason than that the thing does not exist.
pub async fn observe(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    held_keys: BTreeMap<IamName, String>,
) -> Result<Observed> {
    let caller = api.caller().await?;
    let buckets = join_all(
        blueprint.buckets.iter().map(|want| bucket(api, &caller.account, want, blueprint.spec.cloud.region())),
    );
    let principals = join_all(blueprint.principals.iter().map(|want| principal(api, &caller.account, blueprint, want)));
    let cluster = issuer_and_provider(api, blueprint, &caller.account);
    let associations = associations(api, blueprint);
    let (buckets, principals, cluster, associations) = futures_util::join!(buckets, principals, cluster, associations);
    let (issuer, oidc_audiences) = cluster?;
    Ok(Observed {
        account: caller.account,
        caller: caller.arn,
        issuer,
        oidc_audiences,
        buckets: buckets.into_iter().collect::<std::result::Result<_, CallError>>()?,
        principals: principals.into_iter().collect::<std::result::Result<_, CallError>>()?,
        associations: associations?,
        held_keys,
    })
}

type Issued = (Option<Issuer>, Option<Vec<String>>);

async fn issuer_and_provider(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    account: &AccountId,
) -> std::result::Result<Issued, CallError> {
    if !blueprint.needs_oidc_provider() {
        return Ok((None, None));
    }
    let Some(cluster) = blueprint.spec.cloud.cluster() else { return Ok((None, None)) };
    let issuer = match &cluster.issuer {
        Some(issuer) => Some(issuer.clone()),
        None => api.cluster_issuer(&cluster.name).await?,
    };
    let audiences = match &issuer {
        Some(issuer) => {
            api.oidc_audiences(&Arn::iam(blueprint.partition(), account, "oidc-provider", issuer.host_path())).await?
        }
        None => None,
    };
    Ok((issuer, audiences))
}

async fn bucket(
    api: &impl AwsApi,
    owner: &AccountId,
    want: &BucketWant,
    region: &Region,
) -> std::result::Result<(BucketName, BucketObserved), CallError> {
    let observed = match api.head_bucket(&want.name, region, Some(owner)).await? {
        BucketHead::Absent => BucketObserved::Absent,
        BucketHead::Forbidden { .. } => BucketObserved::Forbidden,
        BucketHead::Elsewhere { region } => BucketObserved::Elsewhere(region),
        BucketHead::Ours { region: Some(there) } if &there != region => BucketObserved::Elsewhere(Some(there)),
        BucketHead::Ours { .. } => BucketObserved::Ours(bucket_state(api, &want.name, region).await?),
    };
    Ok((want.name.clone(), observed))
}

/// The settings of a bucket of ours, all read at once.
///
/// # Errors
/// The first read that fails.
pub async fn bucket_state(
    api: &impl AwsApi,
    name: &BucketName,
    region: &Region,
) -> std::result::Result<BucketState, CallError> {
    let (block, ownership, encryption, versioning, lifecycle, policy, cors, tags) = try_join!(
        api.public_access_block(name, region),
        api.ownership(name, region),
        api.encryption(name, region),
        api.versioning(name, region),
        api.lifecycle(name, region),
        api.bucket_policy(name, region),
        api.cors(name, region),
        api.bucket_tags(name, region),
    )?;
    Ok(BucketState {
        public_access_blocked: block == Some(PublicAccessBlock::ALL),
        owner_enforced: ownership.as_deref() == Some("BucketOwnerEnforced"),
        encryption: match encryption {
            None => EncryptionState::Unknown,
            Some(Encryption::S3) => EncryptionState::S3,
            Some(Encryption::Kms(key)) => EncryptionState::Kms(key.unwrap_or_default()),
            Some(Encryption::Other(_)) => EncryptionState::Other,
        },
        versioning,
        lifecycle: lifecycle.rules.iter().map(rule_state).collect(),
        policy,
        cors: cors.iter().map(cors_state).collect(),
        tags,
    })
}

async fn principal(
    api: &impl AwsApi,
    account: &AccountId,
    blueprint: &Blueprint,
    want: &PrincipalWant,
) -> std::result::Result<(IamName, PrincipalObserved), CallError> {
    let arn = Arn::iam(blueprint.partition(), account, "policy", want.name.as_str());
    let observed = match &want.kind {
        PrincipalKind::Brought(_) => PrincipalObserved::default(),
        PrincipalKind::User => {
            let (user, keys, attached, policy) = try_join!(
                api.user(&want.name),
                absent_is_empty(api.access_keys(&want.name)),
                absent_is_empty(api.attached_policies(Holder::User(&want.name))),
                policy(api, &arn),
            )?;
            let keys = keys.into_iter().map(|key| (key.id, key.active)).collect();
            let principal = user.map(|user| PrincipalState { tags: user.tags, trust: None, keys });
            PrincipalObserved { principal, policy, attached: attached.iter().any(|other| other == arn.as_str()) }
        }
        PrincipalKind::Role { .. } => {
            let (role, attached, policy) = try_join!(
                api.role(&want.name),
                absent_is_empty(api.attached_policies(Holder::Role(&want.name))),
                policy(api, &arn),
            )?;
            let principal =
                role.map(|role| PrincipalState { tags: role.tags, trust: Some(role.trust), keys: Vec::new() });
            PrincipalObserved { principal, policy, attached: attached.iter().any(|other| other == arn.as_str()) }
        }
    };
    Ok((want.name.clone(), observed))
}

/// Lists of something that does not exist are empty.
async fn absent_is_empty<T>(
    call: impl Future<Output = std::result::Result<Vec<T>, CallError>>,
) -> std::result::Result<Vec<T>, CallError> {
    match call.await {
        Err(error) if error.kind == Failure::NotFound => Ok(Vec::new()),
        other => other,
    }
}

async fn policy(api: &impl AwsApi, arn: &Arn) -> std::result::Result<Option<PolicyState>, CallError> {
    match api.policy(arn).await? {
        None => Ok(None),
        Some(policy) => {
            let document = api.policy_document(arn, &policy.default_version).await?;
            Ok(Some(PolicyState { document, tags: policy.tags }))
        }
    }
}

type Associations = BTreeMap<(DnsLabel, DnsName), String>;

async fn associations(api: &impl AwsApi, blueprint: &Blueprint) -> std::result::Result<Associations, CallError> {
    let Some(cluster) = blueprint.spec.cloud.cluster() else { return Ok(Associations::new()) };
    let pairs = blueprint.principals.iter().flat_map(|want| match &want.kind {
        PrincipalKind::Role { associations, .. } => associations.as_slice(),
        _ => &[],
    });
    let found = try_join_all(pairs.map(|(namespace, account)| async move {
        let there = api.association(&cluster.name, namespace.as_str(), account.as_str()).await?;
        Ok::<_, CallError>(((namespace.clone(), account.clone()), there))
    }))
    .await?;
    Ok(found.into_iter().filter_map(|(pair, there)| Some((pair, there?.role_arn))).collect())
}
