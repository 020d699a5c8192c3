//! Answers of an earlier run: as a file, and as they are in a spec.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::journal::Kept;
use crate::base::error::{Result, Source};
use crate::base::yaml::{Node, read, write};
use crate::profile::Catalogue;
use crate::spec::Roles;

/// The file that keeps answers until there is a spec; `--answers` takes it, too.
pub fn kept_text(kept: &Kept) -> String {
    let why =
        "Answers that were given before the spec was written. The next run offers them; it can be deleted at any time.";
    let entries = kept
        .iter()
        .enumerate()
        .map(|(place, (key, value))| (key.clone(), Node::Leaf(value.clone(), (place == 0).then(|| why.to_owned()))));
    write(&Node::Map(entries.collect()))
}

/// Reads such a file.
///
/// # Errors
/// `BW01xx` when it is no map of answers.
pub fn read_kept(source: &Source) -> Result<Kept> {
    Ok(read::<Option<Kept>>(source)?.unwrap_or_default())
}

/// The answers that make a spec, and what it says that no question asks for.
///
/// # Errors
/// `BW01xx` when it is no YAML.
pub fn of_spec(source: &Source, catalogue: &Catalogue) -> Result<(Kept, Vec<String>)> {
    let document: Map<String, Value> = read::<Option<Map<String, Value>>>(source)?.unwrap_or_default();
    let mut reading = Reading { kept: Kept::new(), unasked: Vec::new() };
    let cloud = document.get("cloud").and_then(|cloud| cloud.get("provider")).and_then(Value::as_str);
    let identity = document.get("identity").cloned();
    for (key, value) in &document {
        match (key.as_str(), value) {
            ("apiVersion" | "identity", _) => {}
            // What is proposed anyway; it is not asked where a chart has one part.
            ("roles", Value::String(word)) if word == Roles::default().as_str() => {}
            ("name" | "roles", _) => reading.keep(key, value.clone()),
            ("cloud", Value::Object(cloud)) => reading.cloud(cloud),
            ("bucketDefaults", Value::Object(defaults)) => reading.defaults(defaults),
            ("installs", Value::Array(installs)) => {
                reading
                    .keep("installs", installs.iter().filter_map(|install| install.get("profile")).cloned().collect());
                for install in installs {
                    reading.install(install, identity.as_ref(), cloud.unwrap_or("aws"), catalogue);
                }
            }
            _ => reading.unasked.push(key.clone()),
        }
    }
    Ok((reading.kept, reading.unasked))
}

struct Reading {
    kept: Kept,
    unasked: Vec<String>,
}

impl Reading {
    fn keep(&mut self, key: &str, value: Value) {
        self.kept.insert(key.to_owned(), value);
    }

    fn cloud(&mut self, cloud: &Map<String, Value>) {
        const ASKED: [&str; 17] = [
            "provider",
            "region",
            "account",
            "allowUnknownRegion",
            "store",
            "endpoint",
            "insecure",
            "pathStyle",
            "ca",
            "subscription",
            "resourceGroup",
            "storageAccount",
            "location",
            "accountKey",
            "tenant",
            "project",
            "projectNumber",
        ];
        for (key, value) in cloud {
            match value {
                Value::Object(cluster) if key == "cluster" => {
                    for (key, value) in cluster {
                        let full = format!("cloud.cluster.{key}");
                        if ["name", "oidcIssuer", "nodeRole"].contains(&key.as_str()) {
                            self.keep(&full, value.clone());
                        } else {
                            self.unasked.push(full);
                        }
                    }
                }
                value if ASKED.contains(&key.as_str()) => self.keep(&format!("cloud.{key}"), value.clone()),
                _ => self.unasked.push(format!("cloud.{key}")),
            }
        }
    }

    fn defaults(&mut self, defaults: &Map<String, Value>) {
        for (key, value) in defaults {
            match (key.as_str(), value.as_str()) {
                ("namespace", Some("account-regional")) => self.keep("buckets", json!("own")),
                ("namespace", Some("global")) => {}
                _ => self.unasked.push(format!("bucketDefaults.{key}")),
            }
        }
    }

    fn install(&mut self, install: &Value, identity: Option<&Value>, cloud: &str, catalogue: &Catalogue) {
        let Some(install) = install.as_object() else { return };
        let Some(id) = install.get("profile").and_then(Value::as_str) else { return };
        if let Some(identity) = identity {
            self.keep(&format!("{id}.identity"), identity.clone());
        }
        for (key, value) in install {
            let full = format!("{id}.{key}");
            match (key.as_str(), value) {
                ("profile", _) => {}
                ("id", Value::String(own)) if own == id => {}
                ("chartVersion" | "release" | "namespace" | "identity", _) => self.keep(&full, value.clone()),
                ("options", Value::Object(options)) => self.options(id, options, catalogue),
                ("buckets", Value::Object(buckets)) => self.buckets(id, buckets, catalogue),
                ("credentials", Value::Object(credentials)) => self.credentials(&full, credentials, cloud),
                _ => self.unasked.push(full),
            }
        }
    }

    /// What has no question of its own would be lost.
    fn options(&mut self, id: &str, options: &Map<String, Value>, catalogue: &Catalogue) {
        let profile = catalogue.get(id).ok();
        let asked: BTreeSet<&str> = profile
            .iter()
            .flat_map(|profile| &profile.about.options)
            .filter(|choice| choice.ask.is_some())
            .map(|choice| choice.name.as_str())
            .collect();
        for (name, value) in options {
            let full = format!("{id}.options.{name}");
            // A list is typed as one line; one of other things than texts cannot be.
            let words = value.as_array().map(|words| words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
            match words {
                _ if !asked.contains(name.as_str()) => self.unasked.push(full),
                Some(None) => self.unasked.push(full),
                Some(Some(words)) => self.keep(&full, json!(words.join(", "))),
                None => self.keep(&full, value.clone()),
            }
        }
    }

    fn buckets(&mut self, id: &str, buckets: &Map<String, Value>, catalogue: &Catalogue) {
        let profile = catalogue.get(id).ok();
        let optional = |purpose: &str| {
            let mut known = profile.iter().flat_map(|profile| &profile.about.buckets);
            known.any(|bucket| bucket.optional && bucket.purpose == purpose)
        };
        let marked: Vec<&String> = buckets.keys().filter(|purpose| optional(purpose)).collect();
        if !marked.is_empty() {
            self.keep(&format!("{id}.optionalBuckets"), json!(marked));
        }
        for (purpose, value) in buckets {
            let full = format!("{id}.buckets.{purpose}");
            match value {
                Value::Bool(true) => {}
                Value::String(name) => self.keep(&full, json!(name)),
                Value::Object(bucket) if bucket.keys().all(|key| key == "name") => {
                    self.keep(&full, bucket.get("name").cloned().unwrap_or_default());
                }
                _ => self.unasked.push(full),
            }
        }
    }

    fn credentials(&mut self, full: &str, credentials: &Map<String, Value>, cloud: &str) {
        let word = if cloud == "azure" { "principal" } else { "type" };
        self.keep(full, json!(word));
        for (key, value) in credentials {
            match value {
                Value::Object(components) if key == "components" => {
                    for (component, halves) in components {
                        for (half, value) in halves.as_object().into_iter().flatten() {
                            self.keep(&format!("{full}.{component}.{half}"), value.clone());
                        }
                    }
                }
                value => self.keep(&format!("{full}.{key}"), value.clone()),
            }
        }
    }
}
