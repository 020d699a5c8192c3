//! What carries a spec's tags, found in the account itself: also what the spec's file no longer names.
//!
//! Names of users, roles and policies hold the spec's name (`SPEC-INSTALL…`), so only those are asked for their tags;
//! of buckets, whose names are free, all are. The tags decide.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use futures_util::try_join;

use super::api::{Answer, AwsApi, BucketHead, Holder, Tags};
use super::call::{CallError, Failure};
use super::removals::{ObjectVersion, RemovalApi, RoleTrust};
use crate::error::Result;
use crate::names::{AccountId, Arn, BucketName, IamName, IamNameKind, Region};
use crate::plan::same_account;
use crate::policy::{Remainder, without_our_permissions};
use crate::spec::Spec;
use crate::teardown::{
    Contents, Found, FoundAssociation, FoundBucket, FoundPolicy, FoundProvider, FoundRole, FoundUser, PROOF_PREFIX,
    carries,
};

/// How many reads are under way at the same time: an account may have thousands of buckets, and IAM throttles.
const AT_ONCE: usize = 16;

/// Finds everything that carries the tags of a spec.
///
/// # Errors
/// `BW05xx` when a read fails for another reason than that the thing is gone; a bucket that may not be read is said
/// instead.
pub async fn find(api: &impl RemovalApi, spec: &Spec) -> Result<Found> {
    let caller = api.caller().await?;
    same_account(spec, &caller.account, &caller.arn)?;
    let account = caller.account;
    let (all_roles, buckets, users, providers) =
        try_join!(api.roles(), buckets(api, spec, &account), users(api, spec), providers(api, spec))?;
    let roles = roles(api, spec, &all_roles).await?;
    let policies = policies(api, spec, &users, &roles).await?;
    let (associations, untold) = associations(api, spec, &roles).await?;
    let ((buckets, mut unread), (providers, not_looked_at)) = (buckets, providers);
    unread.extend(untold);
    unread.extend(not_looked_at);
    let providers = providers.into_iter().map(|arn| {
        let trusts = |role: &&RoleTrust| role.trust.to_string().contains(&format!("\"{arn}\""));
        let used_by = all_roles.iter().filter(trusts).map(|role| role.name.clone()).collect();
        FoundProvider { arn, used_by }
    });
    Ok(Found { account, buckets, users, policies, associations, providers: providers.collect(), roles, unread })
}

/// Whether a name may be this spec's, whatever `namePrefix` stood before it when it was made.
fn may_be_ours(spec: &Spec, name: &str) -> bool {
    name.to_ascii_lowercase().contains(&format!("{}-", spec.name))
}

/// The names that may be this spec's.
fn candidates(spec: &Spec, kind: IamNameKind, names: impl IntoIterator<Item = String>) -> Vec<IamName> {
    let names = names.into_iter().filter(|name| may_be_ours(spec, name));
    let mut names: Vec<IamName> = names.filter_map(|name| IamName::parse(kind, &name).ok()).collect();
    names.sort();
    names
}

fn arns(texts: &[String]) -> Vec<Arn> {
    texts.iter().filter_map(|text| Arn::parse(text).ok()).collect()
}

type Buckets = (Vec<FoundBucket>, Vec<String>);

async fn buckets(api: &impl RemovalApi, spec: &Spec, account: &AccountId) -> Answer<Buckets> {
    let names = api.list_buckets().await?;
    let mut names: Vec<BucketName> = names.iter().filter_map(|name| BucketName::parse_existing(name).ok()).collect();
    names.sort();
    let tagged: Vec<_> = stream::iter(names)
        .map(|name| async move {
            let read = bucket_tags(api, &name, spec.cloud.region(), account).await;
            Ok::<_, CallError>(match read {
                Err(error) if error.kind == Failure::Denied => (name, Err(())),
                Err(error) if error.kind == Failure::NotFound => (name, Ok(None)),
                other => (name, Ok(other?)),
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut unread = Vec::new();
    let mut found = Vec::new();
    for (name, tags) in tagged {
        match tags {
            Ok(Some((tags, region))) if carries(&spec.name, &tags) => {
                found.push(bucket(api, name, region, tags).await?);
            }
            Ok(_) => {}
            Err(()) => unread.push(name.to_string()),
        }
    }
    let unread = (!unread.is_empty()).then(|| {
        format!(
            "The tags of these buckets could not be read (s3:GetBucketTagging, s3:ListBucket): {}.",
            unread.join(", ")
        )
    });
    Ok((found, unread.into_iter().collect()))
}

/// A bucket's tags and its region; the spec's region is tried first, because nearly all are there.
async fn bucket_tags(
    api: &impl AwsApi,
    name: &BucketName,
    home: &Region,
    account: &AccountId,
) -> Answer<Option<(Tags, Region)>> {
    match api.bucket_tags(name, home).await {
        Ok(tags) => Ok(Some((tags, home.clone()))),
        Err(error) if error.kind == Failure::WrongRegion => {
            let (BucketHead::Elsewhere { region: Some(region) }
            | BucketHead::Ours { region: Some(region) }
            | BucketHead::Forbidden { region: Some(region) }) = api.head_bucket(name, home, Some(account)).await?
            else {
                return Err(error);
            };
            Ok(Some((api.bucket_tags(name, &region).await?, region)))
        }
        Err(error) => Err(error),
    }
}

async fn bucket(api: &impl RemovalApi, name: BucketName, region: Region, tags: Tags) -> Answer<FoundBucket> {
    let (policy, lifecycle, cors, versions, uploads) = try_join!(
        api.bucket_policy(&name, &region),
        api.lifecycle(&name, &region),
        api.cors(&name, &region),
        api.object_versions(&name, &region),
        api.uploads(&name, &region),
    )?;
    let proof = |one: &&ObjectVersion| one.key.starts_with(PROOF_PREFIX);
    let of_the_proof = versions.items.iter().filter(proof).count();
    let contents = Contents {
        versions: versions.items.len() - of_the_proof,
        proof: of_the_proof,
        uploads: uploads.items.len(),
        more: versions.more || uploads.more,
    };
    let lifecycle = lifecycle.rules.iter().filter_map(|rule| rule.id().map(str::to_owned)).collect();
    let cors = cors.iter().filter_map(|rule| rule.id().map(str::to_owned)).collect();
    Ok(FoundBucket { name, region, tags, contents, policy, lifecycle, cors })
}

async fn users(api: &impl RemovalApi, spec: &Spec) -> Answer<Vec<FoundUser>> {
    let names = candidates(spec, IamNameKind::User, api.users().await?);
    let users = stream::iter(names).map(|name| async move {
        let Some(user) = api.user(&name).await?.filter(|user| carries(&spec.name, &user.tags)) else { return Ok(None) };
        let (keys, attached) = try_join!(api.access_keys(&name), api.attached_policies(Holder::User(&name)))?;
        let keys = keys.into_iter().map(|key| key.id).collect();
        Ok(Some(FoundUser { name, tags: user.tags, keys, attached: arns(&attached) }))
    });
    Ok(users.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
}

async fn roles(api: &impl RemovalApi, spec: &Spec, all: &[RoleTrust]) -> Answer<Vec<FoundRole>> {
    let names = candidates(spec, IamNameKind::Role, all.iter().map(|role| role.name.clone()));
    let roles = stream::iter(names).map(|name| async move {
        let Some(role) = api.role(&name).await?.filter(|role| carries(&spec.name, &role.tags)) else { return Ok(None) };
        let attached = arns(&api.attached_policies(Holder::Role(&name)).await?);
        Ok(Some(FoundRole { name, tags: role.tags, trust: role.trust, attached }))
    });
    Ok(roles.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
}

/// The spec's policies, and those of others that hold our statements: an adopted policy has the name of its user or role.
async fn policies(
    api: &impl RemovalApi,
    spec: &Spec,
    users: &[FoundUser],
    roles: &[FoundRole],
) -> Answer<Vec<FoundPolicy>> {
    let all = api.policies().await?;
    let mut arns: Vec<Arn> = arns(&all).into_iter().filter(|arn| may_be_ours(spec, arn.name())).collect();
    arns.sort();
    let attached = |arn: &Arn| {
        let namesake = |name: &IamName| name.same_as(arn.name());
        users.iter().any(|user| namesake(&user.name) && user.attached.contains(arn))
            || roles.iter().any(|role| namesake(&role.name) && role.attached.contains(arn))
    };
    let found = stream::iter(arns).map(|arn| async move {
        let Some(policy) = api.policy(&arn).await? else { return Ok(None) };
        let ours = carries(&spec.name, &policy.tags);
        if !ours && !attached(&arn) {
            return Ok(None);
        }
        let (document, holders) =
            try_join!(api.policy_document(&arn, &policy.default_version), api.policy_holders(&arn))?;
        let touched = ours || without_our_permissions(&document) != Remainder::Untouched;
        Ok(touched.then_some(FoundPolicy { arn, ours, document, holders }))
    });
    Ok(found.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
}

/// The providers with the tags; one that was adopted has none.
async fn providers(api: &impl RemovalApi, spec: &Spec) -> Answer<(Vec<Arn>, Option<String>)> {
    let all = match api.oidc_providers().await {
        Err(error) if error.kind == Failure::Denied => {
            let sentence = "OIDC providers were not looked at (iam:ListOpenIDConnectProviders).";
            return Ok((Vec::new(), Some(sentence.to_owned())));
        }
        other => other?,
    };
    let found = stream::iter(arns(&all))
        .map(|arn| async move { Ok::<_, CallError>(carries(&spec.name, &api.oidc_tags(&arn).await?).then_some(arn)) });
    Ok((found.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect(), None))
}

/// The associations in the spec's cluster and in the others of the region. Only roles that pods may take have any, and
/// roles are deleted after them, so without such a role nothing is asked of EKS.
async fn associations(
    api: &impl RemovalApi,
    spec: &Spec,
    roles: &[FoundRole],
) -> Answer<(Vec<FoundAssociation>, Option<String>)> {
    if !roles.iter().any(|role| role.trust.to_string().contains("pods.eks.amazonaws.com")) {
        return Ok((Vec::new(), None));
    }
    let (mut clusters, untold) = match api.clusters().await {
        Ok(clusters) => (clusters, None),
        Err(error) if error.kind == Failure::Denied => {
            (Vec::new(), Some("Clusters other than the spec's were not looked at (eks:ListClusters).".to_owned()))
        }
        Err(error) => return Err(error),
    };
    clusters.extend(spec.cloud.cluster().iter().map(|cluster| cluster.name.clone()));
    clusters.sort();
    clusters.dedup();
    let mut found = Vec::new();
    for cluster in clusters {
        for one in api.associations(&cluster).await?.into_iter().filter(|one| carries(&spec.name, &one.tags)) {
            let name = format!("{}/{}", one.namespace, one.service_account);
            found.push(FoundAssociation { cluster: cluster.clone(), id: one.id, name });
        }
    }
    Ok((found, untold))
}
