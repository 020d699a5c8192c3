//! The External Secrets Operator: manifests that say where a Secret's content is, and hold none of it.
//!
//! Source: external-secrets.io, API `external-secrets.io/v1`, ExternalSecret (`dataFrom.extract`).

use serde_json::{Map, Value, json};

use super::manifest::Manifest;
use crate::base::error::{Code, Error, Result};
use crate::base::names::DnsName;
use crate::base::secret::Secret;
use crate::base::yaml::wipe;

/// The store that the operator reads: `NAME` or `KIND/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalStore {
    kind: &'static str,
    name: DnsName,
}

/// What AWS Secrets Manager is to hold for one Secret.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The entry's name.
    pub name: String,
    /// A JSON object: the Secret's keys with their content.
    pub value: Secret,
}

impl ExternalStore {
    /// Reads `NAME`, `ClusterSecretStore/NAME` or `SecretStore/NAME`.
    ///
    /// # Errors
    /// `BW0712` when it is none of these.
    pub fn parse(text: &str) -> Result<Self> {
        let (kind, name) = text.split_once('/').unwrap_or(("ClusterSecretStore", text));
        let kind = ["ClusterSecretStore", "SecretStore"].into_iter().find(|known| *known == kind);
        match (kind, DnsName::parse("store", name)) {
            (Some(kind), Ok(name)) => Ok(Self { kind, name }),
            _ => Err(Error::new(Code::BAD_STORE, format!("`{text}` is not the name of a secret store"))
                .fix("Give the name of a ClusterSecretStore, or write `SecretStore/NAME`.")),
        }
    }

    /// The manifest of an ExternalSecret.
    pub(super) fn manifest(&self, secret: &Manifest, entry: &str) -> Value {
        json!({
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": secret.name, "namespace": secret.namespace, "labels": secret.labels},
            "spec": {
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": self.kind, "name": self.name},
                "target": {"name": secret.name, "creationPolicy": "Owner", "template": {"type": secret.kind, "metadata": {"labels": secret.labels}}},
                "dataFrom": [{"extract": {"key": entry}}],
            },
        })
    }
}

impl Entry {
    /// The entry of a Secret: one for each, named after the spec, the namespace and the Secret.
    pub(super) fn of(secret: &Manifest, spec: &str) -> Result<Self> {
        let mut content = Map::new();
        for (key, bytes) in &secret.data {
            let text = std::str::from_utf8(bytes).map_err(|_| {
                Error::new(Code::CANNOT_CARRY, format!("the Secret `{}` holds what is no text", secret.name))
                    .fix("Secrets Manager's JSON carries only text; use `--seal` or `--encrypt`.")
            })?;
            content.insert(key.clone(), json!(text));
        }
        let name = format!("bucketwright/{spec}/{}/{}", secret.namespace, secret.name);
        let mut content = Value::Object(content);
        let value = Secret::new(content.to_string());
        wipe(&mut content);
        Ok(Self { name, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_of_the_cluster_unless_said() {
        let store = |text| ExternalStore::parse(text).map(|store| (store.kind, store.name.to_string()));
        assert_eq!(store("aws").expect("a name"), ("ClusterSecretStore", "aws".to_owned()));
        assert_eq!(store("SecretStore/aws.eu").expect("a name"), ("SecretStore", "aws.eu".to_owned()));
        for bad in ["", "A", "Vault/aws", "SecretStore/", "a/b/c"] {
            assert_eq!(store(bad).expect_err(bad).code(), &Code::BAD_STORE);
        }
    }
}
