//! What others gained on a spec's containers, and what the account allows beyond the spec. `plan` and `verify` judge by this alone.

use serde_json::{Value, json};

use crate::base::error::{Code, Error};
use crate::base::names::Kind;
use crate::clouds::azure::{AzureObserved, ContainerObserved};
use crate::model::{Blueprint, Standing};
use crate::policy::judge::{Grant, named};
use crate::spec::AzureCloud;

/// A policy that is stored with a container: every link signed with its name gives what it says, until it is removed.
///
/// Source: Azure Storage REST API reference, "Define a stored access policy".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Its name.
    pub id: String,
    /// What it permits, a letter each; empty where each link says that itself.
    pub permission: String,
    /// When it ends; empty where each link says that itself.
    pub expiry: String,
}

impl StoredPolicy {
    /// The policies in the answer to GetContainerACL.
    pub fn all(answer: &str) -> Vec<Self> {
        let between = |text: &str, tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
        };
        let one = |text: &str| {
            let part = |tag| between(text, tag).unwrap_or_default();
            Some(Self { id: between(text, "Id")?, permission: part("Permission"), expiry: part("Expiry") })
        };
        answer.split("<SignedIdentifier>").skip(1).filter_map(one).collect()
    }
}

/// Holds what was observed against a blueprint.
pub fn standing(blueprint: &Blueprint, observed: &AzureObserved) -> Standing {
    let mut found = Standing::default();
    let (Some(azure), Some(containers)) = (blueprint.spec.cloud.azure(), &observed.containers) else { return found };
    for want in &blueprint.buckets {
        let name = want.name.as_str();
        let Some(ContainerObserved::There { public, policies, .. }) = containers.get(&want.name) else { continue };
        found.grants.extend(policies.iter().map(|policy| stored(azure, name, policy)));
        if *public {
            found.grants.push(open(azure, name));
        }
        // The account is judged once, beside the first of its containers.
        if found.judged.is_empty() {
            found.grants.extend(account(blueprint, azure, name, observed.anonymous));
        }
        found.judged.insert((Kind::Bucket, name.to_owned()));
    }
    found.settle(blueprint);
    found
}

/// What the account allows and nothing of the spec needs.
fn account(blueprint: &Blueprint, azure: &AzureCloud, container: &str, anonymous: Option<bool>) -> Vec<Grant> {
    let account = &azure.storage_account;
    let update =
        |option: &str| format!("Close it: `az storage account update {} --name {account} {option}`.", azure.place());
    let mut grants = Vec::new();
    if anonymous == Some(true) {
        grants.push(grant(
            container,
            "storage account",
            json!({"Sid": "anonymous", "allowBlobPublicAccess": true}),
            format!("the storage account `{account}` lets its containers be opened to everybody"),
            "Whoever may change a container can open it to anonymous readers. No chart needs that.",
            &update("--allow-blob-public-access false"),
        ));
    }
    if !blueprint.takes_account_key() {
        grants.push(grant(
            container,
            "storage account",
            json!({"Sid": "keys", "allowSharedKeyAccess": true}),
            format!("whoever has a key of the storage account `{account}` may do everything in it"),
            "It takes its keys, and no install uses one: identities alone are let in by roles.",
            &format!(
                "{} Without keys the lines of `bucketwright export --as az` make the containers.",
                update("--allow-shared-key-access false")
            ),
        ));
    }
    grants
}

fn open(azure: &AzureCloud, container: &str) -> Grant {
    grant(
        container,
        "public access",
        json!({"Sid": "public", "publicAccess": true}),
        format!("everybody may read from the container `{container}`"),
        "Anonymous access is on for it, and what charts store is private.",
        &format!(
            "Close it: `az storage container-rm update {} --storage-account {} --name {container} --public-access off`.",
            azure.place(),
            azure.storage_account
        ),
    )
}

fn stored(azure: &AzureCloud, container: &str, policy: &StoredPolicy) -> Grant {
    let StoredPolicy { id, permission, expiry } = policy;
    let may = if permission.is_empty() { "what the link says" } else { permission };
    let until = if expiry.is_empty() { "as long as the link says".to_owned() } else { format!("until {expiry}") };
    grant(
        container,
        "stored access policy",
        json!({"Sid": id, "Permission": permission, "Expiry": expiry}),
        format!(
            "whoever has a link signed for the policy `{id}` may do this in the container `{container}`: {may}, {until}"
        ),
        "The spec stores no policy, and nobody can tell which links refer to it.",
        &format!(
            "Remove it, and with it every such link: `az storage container policy delete --account-name {} --container-name {container} --name {}`.",
            azure.storage_account,
            crate::base::shell::word(id)
        ),
    )
}

fn grant(container: &str, place: &str, statement: Value, what: String, why: &str, fix: &str) -> Grant {
    let name = named(container, &statement);
    let fix = format!("{fix} If it is meant, accept it in the spec: `accept: [\"{name}\"]`.");
    Grant {
        kind: Kind::Bucket,
        resource: container.to_owned(),
        place: place.to_owned(),
        name: Some(name),
        undone: false,
        accepted: None,
        error: Error::new(Code::FOREIGN_ACCESS, what).why(why).fix(fix),
        statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference, "Get Container ACL".
    #[test]
    fn stored_policies_are_read() {
        let answer = "<SignedIdentifiers><SignedIdentifier><Id>a b</Id><AccessPolicy><Start>2026-01-01</Start>\
                      <Expiry>2027-01-01</Expiry><Permission>rwd</Permission></AccessPolicy></SignedIdentifier>\
                      <SignedIdentifier><Id>c</Id></SignedIdentifier></SignedIdentifiers>";
        let policy = |id: &str, permission: &str, expiry: &str| StoredPolicy {
            id: id.to_owned(),
            permission: permission.to_owned(),
            expiry: expiry.to_owned(),
        };
        assert_eq!(StoredPolicy::all(answer), [policy("a b", "rwd", "2027-01-01"), policy("c", "", "")]);
        assert_eq!(StoredPolicy::all("<SignedIdentifiers />"), []);
    }
}
