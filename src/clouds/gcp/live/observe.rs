//! What exists on Google Cloud now.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use futures_util::try_join;
use serde_json::Value;

use super::api::GoogleApi;
use super::explain::explained;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::gcp::plan::{GcpAccount, GcpBucket, GcpObserved, Resource, made_here, wanted_bindings};
use crate::model::{AtHand, Blueprint, GoogleAccount, PrincipalKind, PrincipalWant};
use crate::spec::GcpCloud;

/// Observes everything that a blueprint speaks of, all at once.
///
/// # Errors
/// `BW152x`.
pub(super) async fn observe(
    api: &impl GoogleApi,
    gcp: &GcpCloud,
    blueprint: &Blueprint,
    at_hand: AtHand,
) -> Result<GcpObserved> {
    let work = async {
        let buckets = try_join_all(blueprint.buckets.iter().map(|want| bucket(api, &want.name)));
        let accounts = try_join_all(made_here(blueprint).map(|want| account(api, gcp, want)));
        let (number, buckets, accounts) = try_join!(number(api), buckets, accounts)?;
        let found = buckets.iter().filter(|(_, state)| matches!(state, GcpBucket::Found(_)));
        let on_buckets = found.map(|(name, _)| Resource::Bucket(name.clone()));
        let found = accounts.iter().filter(|(_, account)| account.found.is_some());
        let on_accounts = found.map(|(name, _)| Resource::Account(gcp.email(name)));
        let needed = wanted_bindings(gcp, made_here(blueprint));
        let all = on_buckets.chain(on_accounts).chain([Resource::Project]);
        let policies = try_join_all(all.map(async |on| policy(api, on, &needed).await)).await?;
        let mut unread: Vec<String> = policies.iter().filter_map(|one| one.as_ref().err().cloned()).collect();
        unread.extend(accounts.iter().filter_map(|(name, account)| unlisted(gcp, name, account)));
        Ok(GcpObserved {
            number,
            buckets: buckets.into_iter().collect(),
            accounts: accounts.into_iter().collect(),
            policies: policies.into_iter().filter_map(std::result::Result::ok).collect(),
            unread,
            at_hand,
        })
    };
    work.await.map_err(|error| explained(gcp, &error))
}

/// The project's number. Whoever may not look at the project does without the comparison.
async fn number(api: &impl GoogleApi) -> Answer<Option<String>> {
    match api.project().await {
        Ok(project) => Ok(number_of(&project)),
        Err(error) if may_not_look(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the caller lacks a role, and the call would fail for nobody else.
pub(super) fn may_not_look(error: &CallError) -> bool {
    let nobody = [API_OFF, "BILLING_DISABLED", "accountDisabled", "billingNotEnabled", "USER_PROJECT_DENIED"];
    error.kind == Failure::Denied
        && !nobody.contains(&error.code.as_str())
        && !error.message.to_lowercase().contains("quota project")
}

/// The reason that Google gives when an API is not enabled.
pub(super) const API_OFF: &str = "SERVICE_DISABLED";

fn number_of(project: &Value) -> Option<String> {
    project["name"].as_str()?.strip_prefix("projects/").map(str::to_owned)
}

async fn bucket(api: &impl GoogleApi, name: &BucketName) -> Answer<(BucketName, GcpBucket)> {
    let found = match api.bucket(name).await {
        Ok(Some(bucket)) => GcpBucket::Found(Box::new(bucket)),
        Ok(None) => GcpBucket::Absent,
        Err(error) if may_not_look(&error) => GcpBucket::Forbidden,
        Err(error) => return Err(error),
    };
    Ok((name.clone(), found))
}

/// A policy, with what it is on. One that nothing has to be added to is only judged: whoever may not read it does without, and is told.
async fn policy(
    api: &impl GoogleApi,
    on: Resource,
    needed: &BTreeMap<Resource, Vec<(String, String)>>,
) -> Answer<std::result::Result<(Resource, Value), String>> {
    match api.policy(&on).await {
        Ok(policy) => Ok(Ok((on, policy))),
        Err(error) if may_not_look(&error) && !needed.contains_key(&on) => {
            Ok(Err(format!("what the policy of {on} gives to others is not judged: missing permission {}", error.call)))
        }
        Err(error) => Err(error),
    }
}

async fn account(api: &impl GoogleApi, gcp: &GcpCloud, want: &PrincipalWant) -> Answer<(IamName, GcpAccount)> {
    let email = gcp.email(&want.name);
    let found = api.service_account(&email).await?;
    let hmac = matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac));
    let keys = match &found {
        None => Some(Vec::new()),
        Some(_) if want.has_made_key() => Some(api.keys(&email, hmac).await?),
        // Without a key of the spec's they are only judged.
        Some(_) => match api.keys(&email, false).await {
            Err(error) if may_not_look(&error) => None,
            keys => Some(keys?),
        },
    };
    let unlisted = keys.is_none();
    Ok((want.name.clone(), GcpAccount { found, keys: keys.unwrap_or_default(), unlisted }))
}

fn unlisted(gcp: &GcpCloud, name: &IamName, account: &GcpAccount) -> Option<String> {
    let email = gcp.email(name);
    account.unlisted.then(|| {
        format!("whether somebody holds a key of {email} is not judged: missing permission iam.serviceAccountKeys.list")
    })
}
