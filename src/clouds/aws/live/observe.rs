//! What exists now: every question at once, each a read.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use futures_util::try_join;

use super::api::{Association, AwsApi, BucketHead, Holder, PolicyVersion};
use super::settings::Settings;
use super::standing::held;
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, Kind, Region};
use crate::clouds::aws::plan::{
    AssociationState, BucketObserved, Observed, PolicyState, PrincipalObserved, PrincipalState,
};
use crate::clouds::call::{CallError, Failure};
use crate::model::{AtHand, Blueprint, BucketWant, Intent, KeyState, PrincipalKind, PrincipalWant, Use};

/// Observes everything that a blueprint speaks of.
///
/// # Errors
/// `BW05xx` when a read fails for another reason than that the thing does not exist.
pub async fn observe(api: &impl AwsApi, blueprint: &Blueprint, at_hand: AtHand) -> Result<Observed> {
    let caller = api.caller().await?;
    let buckets = join_all(
        blueprint.buckets.iter().map(|want| bucket(api, &caller.account, want, blueprint.spec.cloud.region())),
    );
    let principals = join_all(
        blueprint.principals.iter().map(|want| principal(api, &caller.account, blueprint, want, &at_hand.intents)),
    );
    let cluster = issuer_and_providers(api, blueprint, &caller.account);
    let associations = associations(api, blueprint);
    let (buckets, principals, cluster, associations) = futures_util::join!(buckets, principals, cluster, associations);
    let (issuer, providers) = cluster?;
    Ok(Observed {
        account: caller.account,
        caller: caller.arn,
        issuer,
        providers,
        buckets: buckets.into_iter().collect::<std::result::Result<_, CallError>>()?,
        principals: principals.into_iter().collect::<std::result::Result<_, CallError>>()?,
        associations: associations?,
        at_hand,
    })
}

type Issued = (Option<Issuer>, BTreeMap<Issuer, Vec<String>>);

/// The cluster's issuer, and the audiences of the providers that exist.
async fn issuer_and_providers(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    account: &AccountId,
) -> std::result::Result<Issued, CallError> {
    let issuer = match blueprint.spec.cloud.cluster().filter(|_| blueprint.needs_cluster_issuer()) {
        Some(cluster) => match &cluster.issuer {
            Some(issuer) => Some(issuer.clone()),
            None => api.cluster_issuer(&cluster.name).await?,
        },
        None => None,
    };
    let found = try_join_all(blueprint.issuers(issuer.as_ref()).into_iter().map(|issuer| async move {
        let arn = Arn::iam(blueprint.partition(), account, Kind::OidcProvider, issuer.host_path());
        Ok::<_, CallError>((issuer, api.oidc_audiences(&arn).await?))
    }));
    let providers = found.await?.into_iter().filter_map(|(issuer, audiences)| Some((issuer, audiences?))).collect();
    Ok((issuer, providers))
}

async fn bucket(
    api: &impl AwsApi,
    owner: &AccountId,
    want: &BucketWant,
    region: &Region,
) -> std::result::Result<(BucketName, BucketObserved), CallError> {
    let observed = match api.head_bucket(&want.name, region, Some(owner)).await? {
        BucketHead::Absent => BucketObserved::Absent,
        BucketHead::Forbidden { .. } => forbidden(api, want).await?,
        BucketHead::Elsewhere { region } => BucketObserved::Elsewhere(region),
        BucketHead::Ours { region: Some(there) } if &there != region => BucketObserved::Elsewhere(Some(there)),
        BucketHead::Ours { .. } => BucketObserved::Ours(Box::new(Settings::read(api, want, region).await?.state())),
    };
    Ok((want.name.clone(), observed))
}

/// A refused HeadBucket says too little: the bucket may be another account's, or ours and the caller may not look at it. The
/// list of the account's buckets tells, for those who may see it.
async fn forbidden(api: &impl AwsApi, want: &BucketWant) -> std::result::Result<BucketObserved, CallError> {
    match api.list_buckets().await {
        Ok(ours) if ours.iter().any(|name| name == want.name.as_str()) => Err(CallError {
            call: "s3:HeadBucket",
            resource: want.name.to_string(),
            kind: Failure::Denied,
            code: "AccessDenied".to_owned(),
            message: "the bucket is in the account's list, and may not be looked at".to_owned(),
            request_id: None,
        }),
        _ => Ok(BucketObserved::Forbidden),
    }
}

async fn principal(
    api: &impl AwsApi,
    account: &AccountId,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    intents: &BTreeMap<IamName, Intent>,
) -> std::result::Result<(IamName, PrincipalObserved), CallError> {
    let arn = blueprint.spec.cloud.iam_arn(account, Kind::Policy, want.name.as_str());
    let observed = match &want.kind {
        PrincipalKind::Brought(_)
        | PrincipalKind::Google(_)
        | PrincipalKind::AccountKey(_)
        | PrincipalKind::ManagedIdentity { .. } => PrincipalObserved::default(),
        PrincipalKind::User => {
            let (user, keys, attached, policy) = try_join!(
                api.user(&want.name),
                absent_is_empty(api.access_keys(&want.name)),
                absent_is_empty(api.attached_policies(Holder::User(&want.name))),
                policy(api, &arn),
            )?;
            let held = held(api, Holder::User(&want.name), &attached, &arn).await?;
            let keys = key_states(api, want, keys, intents.get(&want.name)).await?;
            let principal = user.map(|user| PrincipalState {
                arn: user.arn,
                boundary: user.boundary,
                tags: user.tags,
                trust: None,
                session_seconds: None,
                keys,
            });
            let ours = attached.iter().any(|other| other == arn.as_str());
            PrincipalObserved { principal, policy, attached: ours, policies: attached, held }
        }
        PrincipalKind::Role { .. } => {
            let (role, attached, policy) = try_join!(
                api.role(&want.name),
                absent_is_empty(api.attached_policies(Holder::Role(&want.name))),
                policy(api, &arn),
            )?;
            let held = held(api, Holder::Role(&want.name), &attached, &arn).await?;
            let principal = role.map(|role| PrincipalState {
                arn: role.arn,
                boundary: role.boundary,
                tags: role.tags,
                trust: Some(role.trust),
                session_seconds: role.session_seconds,
                keys: Vec::new(),
            });
            let ours = attached.iter().any(|other| other == arn.as_str());
            PrincipalObserved { principal, policy, attached: ours, policies: attached, held }
        }
    };
    Ok((want.name.clone(), observed))
}

/// The keys of a user. Where an intent is open, what is new since is asked whether it was ever used.
pub(super) async fn key_states(
    api: &impl AwsApi,
    want: &PrincipalWant,
    keys: Vec<KeyState>,
    intent: Option<&Intent>,
) -> std::result::Result<Vec<KeyState>, CallError> {
    try_join_all(keys.into_iter().map(|key| async move {
        let used = match intent {
            Some(intent) if intent.is_fresh(&key.id) => match api.last_use(&want.name, &key.id).await {
                // Without the right to ask there is no proof whose key it is: the plan says so.
                Err(error) if error.kind == Failure::Denied => Use::Unasked,
                answer => Use::of(answer?),
            },
            _ => Use::Unasked,
        };
        Ok(KeyState { used, ..key })
    }))
    .await
}

/// Lists of something that does not exist are empty.
pub(super) async fn absent_is_empty<T>(
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
            // Whoever may not ask is told so: it stops no plan.
            let holders = async {
                match api.policy_holders(arn).await {
                    Err(error) if error.kind == Failure::Denied => Ok(None),
                    answer => answer.map(Some),
                }
            };
            let (document, versions, holders) =
                try_join!(api.policy_document(arn, &policy.default_version), api.policy_versions(arn), holders)?;
            Ok(Some(PolicyState { document, crowded_by: crowded_by(versions), tags: policy.tags, holders }))
        }
    }
}

/// The versions of a policy that give way to a new one, the oldest first. IAM keeps five.
///
/// Source: IAM API reference, CreatePolicyVersion.
pub(super) fn crowded_by(mut versions: Vec<PolicyVersion>) -> Vec<String> {
    let too_many = (versions.len() + 1).saturating_sub(MOST_VERSIONS);
    versions.sort_by_key(|version| version.created);
    versions.into_iter().filter(|version| !version.default).take(too_many).map(|version| version.id).collect()
}

/// How many versions of a managed policy IAM keeps.
const MOST_VERSIONS: usize = 5;

type Associations = BTreeMap<(DnsLabel, DnsName), AssociationState>;

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
    Ok(found
        .into_iter()
        .filter_map(|(pair, there)| {
            let there = there?;
            let Association { id, role_arn: role, session_tags, tags } = there;
            Some((pair, AssociationState { role, session_tags, id, tags }))
        })
        .collect())
}
