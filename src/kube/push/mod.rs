//! What a push puts into a cluster, what it needs to be allowed, and how the cluster differs. Pure.

mod change;
mod consumer;
mod rights;

use std::collections::BTreeSet;

pub use change::{Change, FieldChange, changes};
pub use consumer::{Consumer, WorkloadKind};
pub use rights::{restart_rights, rights};
use serde::Serialize;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::names::DnsLabel;
use crate::base::secret::Secret;
use crate::base::yaml;
use crate::clouds::known;
use crate::model::{Blueprint, InstallBlueprint};
use crate::render::{Bundle, FileKind};
use crate::spec::{ID_LABEL, Mark, SPEC_LABEL, mark};

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
    /// Of a Secret: its install, and its name in the profile, which `secretNames` may have changed.
    origin: Option<(DnsLabel, String)>,
}

impl Object {
    fn new(kind: ObjectKind, namespace: Option<String>, name: String, manifest: &Value) -> Self {
        Self { kind, namespace, name, manifest: Secret::new(manifest.to_string()), origin: None }
    }

    /// The install whose Secret it is.
    pub fn install(&self) -> Option<&DnsLabel> {
        self.origin.as_ref().map(|(install, _)| install)
    }

    /// Sees that an object which is there is not another spec's. One without a mark is anybody's.
    ///
    /// # Errors
    /// `BW1117` when it is.
    pub fn is_ours(&self, before: &Value, manifest: &Value) -> Result<()> {
        let of =
            |object: &Value| Mark::of_labels(|label| object["metadata"]["labels"][label].as_str().map(str::to_owned));
        let (Some(theirs), Some(ours)) = (of(before), of(manifest)) else { return Ok(()) };
        if theirs.is_of(&ours) {
            return Ok(());
        }
        let (kind, name) = (self.kind.as_str(), &self.name);
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let labels: Vec<String> = [SPEC_LABEL, ID_LABEL]
            .into_iter()
            .filter(|label| !before["metadata"]["labels"][label].is_null())
            .map(|label| format!("{label}-"))
            .collect();
        Err(Error::new(
            Code::OTHER_SPECS_OBJECT,
            format!("the {kind} {namespace}/{name} belongs to the spec `{theirs}`, and this one is `{ours}`"),
        )
        .why("Both specs have an install of this release in this namespace, and the pods of one would get what is meant for the other. Nothing was pushed.")
        .fix(format!("Give one of the installs another `release` or `namespace`. If both are one spec under a new name, take the mark off and push again: `kubectl label {} {name} -n {namespace} {}`.", kind.to_lowercase(), labels.join(" "))))
    }

    /// What is to be done about a Secret that can no longer change: a new name beside it, which the values follow.
    pub fn immutable(&self) -> Error {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let (old, new) = (&self.name, next_name(&self.name));
        let (install, first) = self.origin.as_ref().map_or(("", old), |(install, first)| (install.as_str(), first));
        Error::new(Code::IMMUTABLE_SECRET, format!("the Secret {namespace}/{old} is immutable, and would change"))
            .why("Kubernetes never changes an immutable Secret. A Secret of another name can exist beside it until all pods use it.")
            .fix(format!("Write `secretNames: {{{first}: {new}}}` below the install `{install}` in the spec, then push again. `bucketwright render` and `helm upgrade` let the values follow; after that `kubectl delete secret {old} -n {namespace}`."))
    }
}

/// The next name of a row: `x`, `x-2`, `x-3`.
fn next_name(name: &str) -> String {
    let counted = name.rsplit_once('-').and_then(|(stem, count)| Some((stem, count.parse::<u32>().ok()?)));
    match counted {
        Some((stem, count)) => format!("{stem}-{}", count.saturating_add(1)),
        None => format!("{name}-2"),
    }
}

/// What is to be pushed besides Secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// The namespaces too.
    pub namespaces: bool,
    /// The ServiceAccounts that the charts use and do not make, with their role's annotation.
    pub service_accounts: bool,
}

/// Every object of a push: namespaces first, then ServiceAccounts, then Secrets.
///
/// # Errors
/// `BW0305` when a rendered Secret cannot be read, `BW0703` when a role's account is not known.
pub fn objects(blueprint: &Blueprint, bundle: &Bundle, wishes: Wishes) -> Result<Vec<Object>> {
    let mut objects = secrets(blueprint, bundle)?;
    if wishes.service_accounts {
        for install in &blueprint.installs {
            objects.extend(service_accounts(blueprint, install)?);
        }
    }
    if wishes.namespaces {
        let names: BTreeSet<String> = objects.iter().filter_map(|object| object.namespace.clone()).collect();
        objects.extend(names.into_iter().map(|name| {
            let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            Object::new(ObjectKind::Namespace, None, name, &manifest)
        }));
    }
    objects.sort_by(|a, b| (a.kind, &a.namespace, &a.name).cmp(&(b.kind, &b.namespace, &b.name)));
    objects.dedup_by(|a, b| (a.kind, &a.namespace, &a.name) == (b.kind, &b.namespace, &b.name));
    Ok(objects)
}

/// The Secrets of all installs, from their rendered manifests.
fn secrets(blueprint: &Blueprint, bundle: &Bundle) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for (path, file) in bundle.files() {
        let Some(install) = path.strip_suffix("/secrets.yaml").filter(|_| file.kind == FileKind::Secret) else {
            continue;
        };
        let install = blueprint.spec.installs.iter().find(|known| known.id.as_str() == install);
        for text in file.content.text().split("---\n").filter(|text| !text.trim().is_empty()) {
            let mut manifest = yaml::read_back(text)
                .map_err(|_| Error::new(Code::NOT_READ_BACK, format!("a Secret of {path} cannot be read")))?;
            let part = |name: &str| manifest["metadata"][name].as_str().unwrap_or_default().to_owned();
            let object = Object::new(ObjectKind::Secret, Some(part("namespace")), part("name"), &manifest);
            yaml::wipe(&mut manifest);
            let origin = install.map(|install| {
                let mut renamed = install.secret_names.iter().filter(|(_, name)| name.as_str() == object.name);
                (install.id.clone(), renamed.next().map_or_else(|| object.name.clone(), |(first, _)| first.clone()))
            });
            objects.push(Object { origin, ..object });
        }
    }
    Ok(objects)
}

/// The ServiceAccounts that the chart uses and does not make: all others belong to the chart.
fn service_accounts(blueprint: &Blueprint, install: &InstallBlueprint) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for workload in install.workloads.iter().filter(|workload| workload.existing) {
        let mut metadata = json!({"name": workload.service_account, "labels": mark(&blueprint.spec).labels()});
        if let Some(name) = install.principals.get(&workload.component) {
            let cloud = known(&blueprint.spec.cloud);
            for (label, value) in cloud.labels(install.identity) {
                metadata["labels"][label] = value;
            }
            let annotations = cloud.annotations(blueprint, install.identity, name)?;
            if !annotations.is_empty() {
                metadata["annotations"] = Value::Object(annotations);
            }
        }
        for namespace in &workload.namespaces {
            metadata["namespace"] = json!(namespace);
            let manifest = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
            let name = workload.service_account.to_string();
            objects.push(Object::new(ObjectKind::ServiceAccount, Some(namespace.to_string()), name, &manifest));
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_on() {
        for (name, next) in [("gitlab-s3cmd", "gitlab-s3cmd-2"), ("gitlab-s3cmd-2", "gitlab-s3cmd-3"), ("a", "a-2")] {
            assert_eq!(next_name(name), next);
        }
    }
}
