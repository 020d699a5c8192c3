//! What carries a spec's mark in the project, wherever it came from.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use futures_util::join;
use serde_json::Value;

use super::explain::explained;
use super::observe::may_not_look;
use super::removals::RemovalApi;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName, IamNameKind, Kind};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::gcp::plan::{Resource, account_tags, tags_of};
use crate::clouds::gcp::policy::{bindings, members};
use crate::clouds::gcp::teardown::{Binding, Contents, Found, FoundAccount, FoundBucket, our_labels};
use crate::model::proof::PREFIX;
use crate::model::{Former, Owner, Whose};
use crate::spec::{GcpCloud, Spec};

/// Finds everything that carries the mark of a spec. What may not be listed is said, and nothing of it is removed.
///
/// # Errors
/// `BW152x`.
pub(super) async fn find(api: &impl RemovalApi, gcp: &GcpCloud, spec: &Spec) -> Result<Found> {
    let work = async {
        let mut found = Found::default();
        let (buckets, accounts) = join!(api.buckets(), api.service_accounts());
        let buckets = allowed(buckets, "buckets", &mut found.unread)?;
        let accounts = allowed(accounts, "service accounts", &mut found.unread)?;
        for account in accounts {
            let email = account["email"].as_str().unwrap_or_default().to_owned();
            let name = email.split('@').next().unwrap_or_default().to_owned();
            let tags = account_tags(&account);
            if is_ours(spec, (Kind::ServiceAccount, &name), &tags, &mut found)
                && let Ok(name) = IamName::parse(IamNameKind::User, &name)
            {
                found.accounts.push(FoundAccount { name, email, tags });
            }
        }
        let mut marked = Vec::new();
        for bucket in buckets {
            let name = bucket["name"].as_str().unwrap_or_default().to_owned();
            let tags = tags_of(&bucket);
            if is_ours(spec, (Kind::Bucket, &name), &tags, &mut found)
                && let Ok(name) = BucketName::parse_of_google(&name)
            {
                marked.push((name, tags, bucket));
            }
        }
        found.buckets = try_join_all(marked.into_iter().map(|one| looked_into(api, one))).await?;
        if !found.accounts.is_empty() {
            let on = found.buckets.iter().map(|one| Resource::Bucket(one.name.clone())).chain([Resource::Project]);
            let read = join_all(on.map(async |on| (api.policy(&on).await, on))).await;
            for (policy, on) in read {
                let policy = allowed(policy.map(|policy| vec![policy]), "policies", &mut found.unread)?;
                found.bindings.extend(policy.iter().flat_map(|policy| bound(&on, policy)));
            }
        }
        Ok(found)
    };
    work.await.map_err(|error: CallError| explained(gcp, &error))
}

/// What a list holds; a list that is refused is told.
fn allowed<T>(answer: Answer<Vec<T>>, what: &str, unread: &mut Vec<String>) -> Answer<Vec<T>> {
    match answer {
        Err(error) if may_not_look(&error) => {
            unread.push(format!(
                "{what} that carry the spec's mark were not looked for: missing permission {}",
                error.call
            ));
            Ok(Vec::new())
        }
        other => other,
    }
}

/// Whether a thing is the spec's by its mark. What may be is noted.
fn is_ours(spec: &Spec, (kind, name): (Kind, &str), tags: &BTreeMap<String, String>, found: &mut Found) -> bool {
    let owner = Owner::of(spec);
    if let Some(old) = owner.former_name(tags) {
        found.former.push(Former { kind, name: name.to_owned(), spec: old.to_owned() });
    }
    match owner.judge(tags) {
        Whose::Ours => true,
        Whose::Unproven(id) => {
            found.unproven.push((kind, name.to_owned(), id));
            false
        }
        Whose::Nobodys | Whose::Anothers(_) => false,
    }
}

async fn looked_into(
    api: &impl RemovalApi,
    (name, tags, bucket): (BucketName, BTreeMap<String, String>, Value),
) -> Answer<FoundBucket> {
    let contents = match api.objects(&name).await {
        Ok((objects, more)) => {
            let proof = objects.iter().filter(|(object, _)| object.starts_with(PREFIX)).count();
            Contents { objects: objects.len() - proof, proof, more }
        }
        // What may not be looked into may hold something.
        Err(error) if error.kind == Failure::Denied => Contents { more: true, ..Contents::default() },
        Err(error) => return Err(error),
    };
    let labels = our_labels(bucket["labels"].as_object().into_iter().flat_map(serde_json::Map::keys));
    Ok(FoundBucket { name, tags, labels, contents })
}

/// The roles that service accounts have by a policy.
fn bound(on: &Resource, policy: &Value) -> Vec<Binding> {
    let of = |binding: &Value| -> Vec<Binding> {
        let role = binding["role"].as_str().unwrap_or_default();
        let accounts = members(binding).filter(|member| member.starts_with("serviceAccount:"));
        accounts.map(|member| Binding { on: on.clone(), role: role.to_owned(), member: member.to_owned() }).collect()
    };
    bindings(policy).flat_map(of).collect()
}
