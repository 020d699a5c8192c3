//! The variables of an install's expressions.

use serde_json::{Map, Value, json};
use tera::Context;

use crate::base::error::{Code, Error, Result};
use crate::base::names::AccountId;
use crate::clouds::known;
use crate::profile::Profile;
use crate::spec::{Install, Spec};

/// The variables that need no profile lookup; the builder adds options, buckets, workloads and principals.
pub(super) fn base(
    spec: &Spec,
    install: &Install,
    profile: &Profile,
    account: Option<&AccountId>,
) -> Map<String, Value> {
    let cloud = &spec.cloud;
    let partition = cloud.partition();
    let version = &install.chart_version;
    let mut variables = Map::new();
    let mut set = |name: &str, value: Value| {
        variables.insert(name.to_owned(), value);
    };
    set("spec", json!({"name": spec.name}));
    set("id", json!(install.id));
    set("release", json!(install.release.as_ref().map_or(profile.about.release.as_str(), |release| release.as_str())));
    set("namespace", json!(install.namespace.as_ref().map_or(profile.about.namespace.as_str(), |name| name.as_str())));
    set(
        "chart",
        json!({"name": profile.about.chart.name, "version": version.to_string(), "major": version.major, "minor": version.minor}),
    );
    set("cloud", json!(cloud.provider().as_str()));
    set("speaks_s3", json!(cloud.speaks_s3()));
    set("region", json!(cloud.region()));
    set("partition", json!(partition.as_str()));
    set("dns_suffix", json!(partition.dns_suffix()));
    set("identity", json!(install.identity.as_str()));
    set("roles", json!(install.roles.as_str()));
    set("secret_names", json!(install.secret_names));
    if let Some(account) = account {
        set("account", json!(account));
    }
    known(cloud).variables().into_iter().for_each(|(name, value)| set(name, value));
    if let Some(cluster) = cloud.cluster() {
        set("cluster", json!({"name": cluster.name}));
    }
    if let Some(key) = &spec.kms_key {
        set("encryption", json!({"kms_key": key}));
    }
    variables
}

/// The variables as the expression engine takes them.
///
/// # Errors
/// `BW0303` when they cannot be converted, which plain data always can.
pub fn context(variables: &Map<String, Value>) -> Result<Context> {
    // What is empty is not there: an expression that asks for it fails, instead of writing `null`.
    let there = without_null(&Value::Object(variables.clone())).unwrap_or_default();
    Context::from_serialize(&there).map_err(|error| Error::new(Code::BAD_EXPRESSION, error.to_string()))
}

/// A value without what is empty in it.
fn without_null(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Null => return None,
        Value::Array(items) => Value::Array(items.iter().filter_map(without_null).collect()),
        Value::Object(entries) => {
            let there = entries.iter().filter_map(|(key, value)| Some((key.clone(), without_null(value)?)));
            Value::Object(there.collect())
        }
        other => other.clone(),
    })
}
