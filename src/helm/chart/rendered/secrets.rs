//! Which Secrets and keys are asked for, against those that we write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Release;
use crate::base::error::{Code, Error, Finding, Result};
use crate::helm::chart::{Object, objects};
use crate::model::InstallBlueprint;

/// The Secrets that we write: namespace and name, and their keys.
pub type Written = BTreeMap<(String, String), BTreeSet<String>>;

/// The names and keys of the Secrets in one of our manifests; the values are dropped at once.
///
/// # Errors
/// As `objects`.
pub fn written(text: &str) -> Result<Written> {
    let secrets = objects(Some("secrets.yaml"), text)?;
    let name = |one: &Object| (one.meta("namespace").to_owned(), one.meta("name").to_owned());
    let parts = |one: &Object| {
        let parts = ["data", "stringData"].into_iter().filter_map(|part| one.value[part].as_object());
        parts.flat_map(|data| data.keys().cloned().collect::<Vec<_>>()).collect()
    };
    Ok(secrets.iter().filter(|one| one.is("Secret")).map(|one| (name(one), parts(one))).collect())
}

/// A place in a manifest that asks for a Secret; no key means all of them.
pub(super) struct Asked<'a> {
    pub(super) by: &'a Object,
    namespace: String,
    /// Whether a document inside of the manifest asks: who reads it may be in any namespace, as Argo's workflows are.
    anywhere: bool,
    secret: String,
    key: Option<String>,
}

impl Asked<'_> {
    pub(super) fn is_for(&self, namespace: &str, name: &str) -> bool {
        self.secret == name && (self.anywhere || self.namespace == namespace)
    }
}

/// Every reference to a Secret, wherever it stands.
pub(super) fn asked<'a>(objects: &'a [Object], install: &InstallBlueprint) -> Vec<Asked<'a>> {
    let mut asked = Vec::new();
    for object in objects {
        let mut found = Vec::new();
        asks(&object.value, &mut found);
        let own = found.len();
        object.documents().for_each(|inside| asks(&inside, &mut found));
        let namespace = object.namespace(install);
        asked.extend(found.into_iter().enumerate().map(|(number, (secret, key))| Asked {
            by: object,
            namespace: namespace.clone(),
            anywhere: number >= own,
            secret,
            key,
        }));
    }
    asked
}

fn asks(value: &Value, found: &mut Vec<(String, Option<String>)>) {
    let ask = |found: &mut Vec<_>, secret: &Value, key: Option<&Value>| {
        if let Some(secret) = secret.as_str() {
            found.push((secret.to_owned(), key.and_then(Value::as_str).map(str::to_owned)));
        }
    };
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                match name.as_str() {
                    "secretRef" => ask(found, &below["name"], None),
                    "secretName" => ask(found, below, None),
                    "secret" => {
                        let named = below["secretName"].is_string();
                        let source = if named { &below["secretName"] } else { &below["name"] };
                        match below["items"].as_array() {
                            Some(items) => items.iter().for_each(|item| ask(found, source, Some(&item["key"]))),
                            None => ask(found, source, None),
                        }
                        continue;
                    }
                    // `secretKeyRef` of Kubernetes; `accessKeySecret`, `caSecret` and the like of Argo.
                    name if name == "secretKeyRef" || name.ends_with("Secret") => {
                        ask(found, &below["name"], Some(&below["key"]));
                    }
                    _ => {}
                }
                asks(below, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| asks(item, found)),
        _ => {}
    }
}

impl Release<'_> {
    pub(super) fn secrets(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ((namespace, name), keys) in self.written {
            let users: Vec<&Asked> = self.asked.iter().filter(|one| one.is_for(namespace, name)).collect();
            if users.is_empty() {
                findings.push(self.unused(namespace, name));
            }
            let mut missing = BTreeSet::new();
            for one in &users {
                if let Some(key) = one.key.as_ref().filter(|key| !keys.contains(*key) && missing.insert(*key)) {
                    findings.push(lacking(one, key, keys));
                }
            }
            let all = users.iter().any(|one| one.key.is_none());
            let unread = keys.iter().filter(|key| !users.iter().any(|one| one.key.as_ref() == Some(key)));
            if let Some(key) = unread.into_iter().next().filter(|_| !all && !users.is_empty()) {
                let what = format!("nothing uses the key `{key}` of the Secret {namespace}/{name} that we write");
                let why = "Other keys of it are read, so this one is not what the chart expects.";
                let fix = "Look for a value of your own that names another key.";
                findings.push(Finding::warn(Error::new(Code::UNUSED_SECRET, what).why(why).fix(fix)));
            }
        }
        findings
    }

    fn unused(&self, namespace: &str, name: &str) -> Finding {
        let what = format!("nothing uses the Secret {namespace}/{name} that we write");
        let error = Error::new(Code::UNUSED_SECRET, what);
        Finding::error(match self.asked.iter().find(|one| one.secret == name) {
            Some(one) => error
                .why(format!("{} asks for a Secret of this name in the namespace {}.", one.by.title(), one.namespace))
                .fix("Correct `namespace` in the spec, or the namespace in your values.")
                .at(Some(one.by.place.clone())),
            None => error
                .why("No rendered object mentions it: what reads it is turned off, or uses other credentials than ours.")
                .fix("Pass our values file to Helm after your own. If it is off on purpose, leave its bucket out of the spec."),
        })
    }
}

fn lacking(one: &Asked<'_>, key: &str, keys: &BTreeSet<String>) -> Finding {
    let has = keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let Asked { namespace, secret, .. } = one;
    let what =
        format!("{} asks for the key `{key}` of the Secret {namespace}/{secret}, which has none", one.by.title());
    Finding::error(
        Error::new(Code::MISSING_SECRET_KEY, what)
            .why("The pod would not start.")
            .fix(format!("Name one of its keys: {has}."))
            .at(Some(one.by.place.clone())),
    )
}
