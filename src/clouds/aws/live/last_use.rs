//! When users and roles were used last: whoever uses one has not moved yet.

use crate::base::names::Kind;
use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::api::AwsApi;
use super::removals::RemovalApi;
use crate::base::error::Result;
use crate::clouds::aws::teardown::{Found, FoundRole, FoundUser};
use crate::clouds::call::{CallError, Failure};

/// When each user and role was used last, in seconds since 1970, by kind and name. Who was never used, or may not be asked about, is
/// left out.
///
/// Source: IAM API reference, GetAccessKeyLastUsed, and GetRole (`RoleLastUsed`, of the last 400 days).
///
/// # Errors
/// `BW05xx` when a read fails.
pub async fn last_uses(api: &impl RemovalApi, found: &Found) -> Result<BTreeMap<(Kind, String), i64>> {
    let users = try_join_all(found.users.iter().map(|user| of_user(api, user))).await?;
    let roles = try_join_all(found.roles.iter().map(|role| of_role(api, role))).await?;
    Ok(users.into_iter().chain(roles).filter_map(|(of, at)| Some((of, at?))).collect())
}

type Used = ((Kind, String), Option<i64>);

async fn of_user(api: &impl RemovalApi, user: &FoundUser) -> std::result::Result<Used, CallError> {
    let mut last = None;
    for key in &user.keys {
        let at = match api.last_use(&user.name, key).await {
            Err(error) if [Failure::Denied, Failure::NotFound].contains(&error.kind) => None,
            answer => answer?.map(|use_| use_.at),
        };
        last = last.max(at);
    }
    Ok(((Kind::User, user.name.to_string()), last))
}

async fn of_role(api: &impl AwsApi, role: &FoundRole) -> std::result::Result<Used, CallError> {
    let at = api.role(&role.name).await?.and_then(|role| role.last_used);
    Ok(((Kind::Role, role.name.to_string()), at))
}
