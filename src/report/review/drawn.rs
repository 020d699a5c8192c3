//! From the blueprint to the picture.

use std::collections::BTreeMap;

use super::picture::{Column, Node, Picture, Tone};
use crate::base::names::{BucketName, DnsLabel, DnsName, IamName};
use crate::model::{Blueprint, GoogleAccount, InstallBlueprint, PrincipalKind, PrincipalWant};
use crate::policy::{Federated, Trust};
use crate::profile::Access;

/// The picture of a blueprint.
pub fn picture(blueprint: &Blueprint) -> Picture {
    let mut picture = Picture::default();
    for install in &blueprint.installs {
        workloads(&mut picture, blueprint, install);
    }
    for want in &blueprint.principals {
        let identity = picture.node(Column::Identity, want.name.as_str(), kind_words(&want.kind));
        becomes(&mut picture, want, identity);
    }
    buckets(&mut picture, blueprint);
    picture
}

/// What a principal is, in words.
pub fn kind_words(kind: &PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "user with a key that apply makes",
        PrincipalKind::Google(GoogleAccount::Hmac) => "service account with an HMAC key",
        PrincipalKind::Google(GoogleAccount::Workload(_)) => "service account without a key",
        PrincipalKind::Brought(_) => "key that you bring",
        PrincipalKind::Role { .. } => "role",
        PrincipalKind::AccountKey(_) => "key of the storage account",
        PrincipalKind::ManagedIdentity { .. } => "managed identity",
    }
}

/// The ServiceAccounts (namespace, name) that become a principal.
pub fn accounts(kind: &PrincipalKind) -> Vec<String> {
    let named = |accounts: &[(DnsLabel, DnsName)]| {
        accounts.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect::<Vec<_>>()
    };
    match kind {
        PrincipalKind::Role { trust: Trust::WebIdentity(accounts), .. } => {
            accounts.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect()
        }
        PrincipalKind::Role { trust: Trust::Pods(pods), .. } => {
            pods.accounts.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect()
        }
        PrincipalKind::Google(GoogleAccount::Workload(accounts)) | PrincipalKind::ManagedIdentity { accounts, .. } => {
            named(accounts)
        }
        _ => Vec::new(),
    }
}

/// What outside of the cluster's ServiceAccounts lets pods or others become a principal.
fn outside(kind: &PrincipalKind) -> Vec<(String, String)> {
    let PrincipalKind::Role { trust, .. } = kind else { return Vec::new() };
    match trust {
        Trust::Node(role) => vec![(role.to_string(), "role of the nodes".to_owned())],
        Trust::Federated(Federated { issuer, subjects }) => {
            let of = format!("token of {}", issuer.host_path());
            subjects.iter().map(|subject| (subject.clone(), of.clone())).collect()
        }
        Trust::WebIdentity(_) | Trust::Pods(_) => Vec::new(),
    }
}

/// Draws each workload of an install up to its identity.
fn workloads(picture: &mut Picture, blueprint: &Blueprint, install: &InstallBlueprint) {
    for (component, name) in &install.principals {
        let Some(want) = blueprint.principal(name) else { continue };
        let own: Vec<_> = install.workloads.iter().filter(|one| &one.component == component).collect();
        let (accounts, others) = (accounts(&want.kind), outside(&want.kind));
        let key = accounts.is_empty() && others.is_empty();
        for workload in &own {
            let at = workload_node(picture, &format!("{}/{}", install.id, workload.name), component);
            let names = workload.namespaces.iter().map(|namespace| format!("{namespace}/{}", workload.service_account));
            for account in names.filter(|name| accounts.contains(name)) {
                let account = picture.node(Column::Account, &account, "ServiceAccount");
                picture.edge(at, account, "runs as", Tone::Wanted);
            }
            shows(picture, at, want, &others, key);
        }
        if own.is_empty() {
            let at = workload_node(picture, &format!("{}/{component}", install.id), &install.profile.about.title);
            shows(picture, at, want, &others, key);
        }
    }
}

fn workload_node(picture: &mut Picture, name: &str, detail: &str) -> usize {
    picture.node(Column::Workload, name, detail)
}

/// What a workload shows that is no ServiceAccount: a token, its node, or the key itself.
fn shows(picture: &mut Picture, at: usize, want: &PrincipalWant, others: &[(String, String)], key: bool) {
    for (name, detail) in others {
        let token = picture.node(Column::Account, name, detail);
        picture.edge(at, token, if detail.starts_with("token") { "bears" } else { "runs on" }, Tone::Wanted);
    }
    if key {
        let identity = picture.node(Column::Identity, want.name.as_str(), kind_words(&want.kind));
        picture.edge(at, identity, "holds", Tone::Wanted);
    }
}

/// Draws how a principal is become.
fn becomes(picture: &mut Picture, want: &PrincipalWant, identity: usize) {
    for account in accounts(&want.kind) {
        let account = picture.node(Column::Account, &account, "ServiceAccount");
        picture.edge(account, identity, "becomes", Tone::Wanted);
    }
    for (name, detail) in outside(&want.kind) {
        let token = picture.node(Column::Account, &name, &detail);
        picture.edge(token, identity, "becomes", Tone::Wanted);
    }
}

/// What a principal does with a bucket, in words.
pub fn access_words(access: Access) -> &'static str {
    match access {
        Access::Read => "reads",
        Access::ReadWrite => "reads and writes",
    }
}

/// Draws the buckets. Those that the same principals reach in the same way share a box.
fn buckets(picture: &mut Picture, blueprint: &Blueprint) {
    type Reached<'a> = Vec<(&'a IamName, &'static str)>;
    let whole = |want: &PrincipalWant| matches!(want.kind, PrincipalKind::AccountKey(_));
    let reached = |bucket: &BucketName| -> Reached<'_> {
        let by = |want: &'_ PrincipalWant| {
            let grant = want.grants.iter().find(|grant| &grant.bucket == bucket);
            if whole(want) { Some("does everything with") } else { grant.map(|grant| access_words(grant.access)) }
        };
        blueprint.principals.iter().filter_map(|want| Some((&want.name, by(want)?))).collect()
    };
    let mut groups: Vec<(Reached<'_>, Vec<String>)> = Vec::new();
    for bucket in &blueprint.buckets {
        let by = reached(&bucket.name);
        match groups.iter_mut().find(|(there, _)| *there == by) {
            Some((_, names)) => names.push(bucket.name.to_string()),
            None => groups.push((by, vec![bucket.name.to_string()])),
        }
    }
    let nobody = (!groups.is_empty()).then(|| everybody_else(picture));
    let details = details(blueprint);
    for (by, names) in groups {
        let detail = names.first().and_then(|name| details.get(name.as_str())).cloned().unwrap_or_default();
        let detail = if names.len() == 1 { detail } else { format!("{} buckets", names.len()) };
        let group = picture.add(Node { column: Column::Bucket, names, detail, tone: Tone::Wanted });
        for (name, words) in by {
            let identity = picture.node(Column::Identity, name.as_str(), "");
            picture.edge(identity, group, words, Tone::Wanted);
        }
        nobody.into_iter().for_each(|nobody| picture.edge(nobody, group, "gets nothing", Tone::Refused));
    }
}

/// Draws whoever has none of the roles and keys; gives what they have instead.
fn everybody_else(picture: &mut Picture) -> usize {
    let mut refused = |column, name: &str, detail: &str| {
        let (names, detail) = (vec![name.to_owned()], detail.to_owned());
        picture.add(Node { column, names, detail, tone: Tone::Refused })
    };
    let everybody = refused(Column::Workload, "everybody else", "who is not in this picture");
    let nothing = refused(Column::Identity, "none of these", "no role and no key");
    picture.edge(everybody, nothing, "has", Tone::Refused);
    nothing
}

/// What each bucket is for.
fn details(blueprint: &Blueprint) -> BTreeMap<&str, String> {
    let users = |users: &[(DnsLabel, String)]| {
        users.iter().map(|(install, purpose)| format!("{install}: {purpose}")).collect::<Vec<_>>().join(", ")
    };
    blueprint.buckets.iter().map(|want| (want.name.as_str(), users(&want.users))).collect()
}
