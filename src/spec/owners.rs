//! Which keys below `cloud` belong to which provider.

use schemars::Schema;
use serde_json::Value;

use super::Provider;

/// Says in the schema which keys belong to which provider.
pub(super) fn by_provider(schema: &mut Schema) {
    let rules = Provider::ALL.map(|provider| {
        let others: Vec<Value> = OWNERS
            .iter()
            .filter(|(_, owners)| !owners.contains(&provider))
            .map(|(key, _)| serde_json::json!({"required": [key]}))
            .collect();
        let needed: &[&str] = match provider {
            Provider::Aws => &["region"],
            Provider::S3 => &["endpoint"],
            Provider::Gcp => &["project", "location"],
            Provider::Azure => &["subscription", "resourceGroup", "storageAccount", "location"],
        };
        serde_json::json!({
            "if": {"properties": {"provider": {"const": provider.as_str()}}},
            "then": {"required": needed, "not": {"anyOf": others}}
        })
    });
    schema.insert("allOf".to_owned(), rules.to_vec().into());
}

/// The keys below `cloud` that belong to some providers only.
pub(super) const OWNERS: [(&str, &[Provider]); 22] = [
    ("region", &[Provider::Aws, Provider::S3]),
    ("allowUnknownRegion", &[Provider::Aws, Provider::Gcp, Provider::Azure]),
    ("account", &[Provider::Aws]),
    ("iam", &[Provider::Aws]),
    ("endpoint", &[Provider::Aws, Provider::S3]),
    ("cluster", &[Provider::Aws, Provider::Gcp, Provider::Azure]),
    ("project", &[Provider::Gcp]),
    ("projectNumber", &[Provider::Gcp]),
    ("location", &[Provider::Gcp, Provider::Azure]),
    ("store", &[Provider::S3]),
    ("pathStyle", &[Provider::S3]),
    ("ca", &[Provider::S3]),
    ("insecure", &[Provider::S3]),
    ("checksums", &[Provider::S3]),
    ("credentials", &[Provider::S3]),
    ("subscription", &[Provider::Azure]),
    ("resourceGroup", &[Provider::Azure]),
    ("storageAccount", &[Provider::Azure]),
    ("tenant", &[Provider::Azure]),
    ("domain", &[Provider::Azure]),
    ("accountKey", &[Provider::Azure]),
    ("clientIds", &[Provider::Azure]),
];
