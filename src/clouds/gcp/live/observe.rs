//! What exists on Google Cloud now.

use futures_util::future::try_join_all;
use futures_util::try_join;
use serde_json::Value;

use super::api::GoogleApi;
use super::explain::explained;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName};
use crate::clouds::call::{Answer, Failure};
use crate::clouds::gcp::plan::{GcpAccount, GcpBucket, GcpObserved, Resource, wanted_bindings};
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
    let managed = || blueprint.principals.iter().filter(|want| !matches!(want.kind, PrincipalKind::Brought(_)));
    let work = async {
        let buckets = try_join_all(blueprint.buckets.iter().map(|want| bucket(api, &want.name)));
        let accounts = try_join_all(managed().map(|want| account(api, gcp, want)));
        let (number, buckets, accounts) = try_join!(number(api), buckets, accounts)?;
        let there = |resource: &Resource| match resource {
            Resource::Bucket(name) => {
                buckets.iter().any(|(found, state)| found == name && matches!(state, GcpBucket::Found(_)))
            }
            Resource::Account(email) => {
                accounts.iter().any(|(name, account)| account.found.is_some() && &gcp.email(name) == email)
            }
            Resource::Project => true,
        };
        let resources = wanted_bindings(gcp, managed()).into_keys().filter(there);
        let policies = try_join_all(resources.map(async |resource| {
            let policy = api.policy(&resource).await?;
            Ok((resource, policy))
        }))
        .await?;
        Ok(GcpObserved {
            number,
            buckets: buckets.into_iter().collect(),
            accounts: accounts.into_iter().collect(),
            policies: policies.into_iter().collect(),
            at_hand,
        })
    };
    work.await.map_err(|error| explained(gcp, &error))
}

/// The project's number. Whoever may not look at the project does without the comparison.
async fn number(api: &impl GoogleApi) -> Answer<Option<String>> {
    match api.project().await {
        Ok(project) => Ok(number_of(&project)),
        Err(error) if error.kind == Failure::Denied && error.code != API_OFF => Ok(None),
        Err(error) => Err(error),
    }
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
        Err(error) if error.kind == Failure::Denied && error.code != API_OFF => GcpBucket::Forbidden,
        Err(error) => return Err(error),
    };
    Ok((name.clone(), found))
}

async fn account(api: &impl GoogleApi, gcp: &GcpCloud, want: &PrincipalWant) -> Answer<(IamName, GcpAccount)> {
    let email = gcp.email(&want.name);
    let found = api.service_account(&email).await?;
    let hmac = matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac));
    let keys = if found.is_some() && want.has_made_key() { api.keys(&email, hmac).await? } else { Vec::new() };
    Ok((want.name.clone(), GcpAccount { found, keys }))
}
