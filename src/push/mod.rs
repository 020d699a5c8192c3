//! What a push puts into a cluster, what it needs to be allowed, and how the cluster differs. Pure.

mod rights;

use std::collections::BTreeSet;

pub use rights::rights;
use serde::Serialize;
use serde_json::{Value, json};

use crate::blueprint::{Blueprint, InstallBlueprint};
use crate::error::{Code, Error, Result};
use crate::names::Arn;
use crate::render::{Bundle, FileKind};
use crate::secret::Secret;
use crate::spec::Identity;
use crate::yaml;

/// The kinds of object that a push applies, in the order in which they must exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ObjectKind {
    /// A namespace.
    Namespace,
    /// A ServiceAccount with its role's annotation.
    ServiceAccount,
    /// A Secret.
    Secret,
}

impl ObjectKind {
    /// The kind as manifests name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::ServiceAccount => "ServiceAccount",
            Self::Secret => "Secret",
        }
    }

    /// The resource as RBAC names it.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::ServiceAccount => "serviceaccounts",
            Self::Secret => "secrets",
        }
    }
}

/// One object to apply.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its namespace; none for a namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its manifest as JSON; in custody, because it may be a Secret.
    pub manifest: Secret,
}

/// What is to be pushed besides Secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// The namespaces too.
    pub namespaces: bool,
    /// The ServiceAccounts that the spec names, with their role's annotation.
    pub service_accounts: bool,
}

/// Every object of a push: namespaces first, then ServiceAccounts, then Secrets.
///
/// # Errors
/// `BW0305` when a rendered Secret cannot be read, `BW0703` when a role's account is not known.
pub fn objects(blueprint: &Blueprint, bundle: &Bundle, wishes: Wishes) -> Result<Vec<Object>> {
    let mut objects = secrets(bundle)?;
    if wishes.service_accounts {
        for install in &blueprint.installs {
            objects.extend(service_accounts(blueprint, install)?);
        }
    }
    if wishes.namespaces {
        let names: BTreeSet<String> = objects.iter().filter_map(|object| object.namespace.clone()).collect();
        objects.extend(names.into_iter().map(|name| {
            let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            object(ObjectKind::Namespace, None, name, &manifest)
        }));
    }
    objects.sort_by(|a, b| (a.kind, &a.namespace, &a.name).cmp(&(b.kind, &b.namespace, &b.name)));
    objects.dedup_by(|a, b| (a.kind, &a.namespace, &a.name) == (b.kind, &b.namespace, &b.name));
    Ok(objects)
}

fn object(kind: ObjectKind, namespace: Option<String>, name: String, manifest: &Value) -> Object {
    Object { kind, namespace, name, manifest: Secret::new(manifest.to_string()) }
}

/// The Secrets of all installs, from their rendered manifests.
fn secrets(bundle: &Bundle) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for (path, file) in bundle.files() {
        if file.kind != FileKind::Secret || !path.ends_with("/secrets.yaml") {
            continue;
        }
        for text in file.content.text().split("---\n").filter(|text| !text.trim().is_empty()) {
            let manifest = yaml::read_back(text)
                .map_err(|_| Error::new(Code::NOT_READ_BACK, format!("a Secret of {path} cannot be read")))?;
            let part = |name: &str| manifest["metadata"][name].as_str().unwrap_or_default().to_owned();
            objects.push(object(ObjectKind::Secret, Some(part("namespace")), part("name"), &manifest));
        }
    }
    Ok(objects)
}

/// The ServiceAccounts that the spec names: those are the user's, all others belong to the chart.
fn service_accounts(blueprint: &Blueprint, install: &InstallBlueprint) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for workload in install.workloads.iter().filter(|workload| workload.given) {
        let mut metadata = json!({"name": workload.service_account});
        if let (Identity::Irsa, Some(role)) = (install.identity, install.principals.get(&workload.component)) {
            let arn = Arn::iam(blueprint.partition(), blueprint.account()?, "role", role.as_str());
            metadata["annotations"] = json!({"eks.amazonaws.com/role-arn": arn.to_string()});
        }
        for namespace in &workload.namespaces {
            metadata["namespace"] = json!(namespace);
            let manifest = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
            let name = workload.service_account.to_string();
            objects.push(object(ObjectKind::ServiceAccount, Some(namespace.to_string()), name, &manifest));
        }
    }
    Ok(objects)
}

/// How a key of an object differs; values are never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// `added`, `changed` or `same`.
    pub change: &'static str,
}

/// Compares what is there with what is wanted, key by key.
pub fn changes(there: Option<&Value>, wanted: &Value) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    for pointer in ["/data", "/metadata/annotations"] {
        let Some(entries) = wanted.pointer(pointer).and_then(Value::as_object) else { continue };
        let old = there.and_then(|there| there.pointer(pointer));
        for (key, value) in entries {
            let change = match old.and_then(|old| old.get(key)) {
                None => "added",
                Some(old) if old == value => "same",
                Some(_) => "changed",
            };
            changes.push(KeyChange { key: key.clone(), change });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_keys_and_no_values() {
        let there = json!({"data": {"a": "b2xk", "b": "c2FtZQ=="}});
        let wanted = json!({"data": {"a": "bmV3", "b": "c2FtZQ==", "c": "bmV3"}});
        let found = changes(Some(&there), &wanted);
        let words: Vec<_> = found.iter().map(|change| (change.key.as_str(), change.change)).collect();
        assert_eq!(words, [("a", "changed"), ("b", "same"), ("c", "added")]);
        assert!(!format!("{found:?}").contains("bmV3"));
        assert!(changes(None, &wanted).iter().all(|change| change.change == "added"));
    }
}
