//! The Roles that running the Jobs needs, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Job;

/// One Role for each namespace. Jobs have fixed names, so they alone can be read and removed; `create` cannot be limited to
/// names, and neither can what is made under names of the cluster's choice: the Jobs' pods.
///
/// Source: Kubernetes, "Using RBAC Authorization", referring to resources.
pub fn rights(jobs: &[Job]) -> Vec<Value> {
    let mut namespaces: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for job in jobs {
        let (accounts, names) = namespaces.entry(&job.namespace).or_default();
        accounts.insert(&job.service_account);
        names.insert(&job.name);
    }
    let role = |(namespace, (accounts, names)): (&str, (BTreeSet<&str>, BTreeSet<&str>))| {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "bucketwright-verify", "namespace": namespace},
            "rules": [
                {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"], "resourceNames": accounts},
                {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "delete"], "resourceNames": names},
                {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
                {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
            ],
        })
    };
    namespaces.into_iter().map(role).collect()
}
