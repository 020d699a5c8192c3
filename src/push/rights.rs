//! The Roles that a push needs, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Object, ObjectKind};

/// The Roles (one a namespace), and a ClusterRole when namespaces are pushed.
///
/// Server-side apply is a `patch`; of an object that does not exist it needs `create` too, which RBAC cannot limit to names.
/// Source: Kubernetes, "Server-Side Apply", and "Using RBAC Authorization", referring to resources.
pub fn rights(objects: &[Object]) -> Vec<Value> {
    let mut scopes: BTreeMap<Option<&str>, BTreeMap<ObjectKind, BTreeSet<&str>>> = BTreeMap::new();
    for object in objects {
        let scope = scopes.entry(object.namespace.as_deref()).or_default();
        scope.entry(object.kind).or_default().insert(&object.name);
    }
    scopes
        .into_iter()
        .map(|(namespace, kinds)| {
            let rules: Vec<Value> = kinds.into_iter().flat_map(|(kind, names)| rules(kind, &names)).collect();
            let (kind, mut metadata) = match namespace {
                None => ("ClusterRole", json!({"name": "bucketwright-push"})),
                Some(_) => ("Role", json!({"name": "bucketwright-push"})),
            };
            if let Some(namespace) = namespace {
                metadata["namespace"] = json!(namespace);
            }
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules})
        })
        .collect()
}

fn rules(kind: ObjectKind, names: &BTreeSet<&str>) -> [Value; 2] {
    let resources = [kind.resource()];
    [
        json!({"apiGroups": [""], "resources": resources, "resourceNames": names, "verbs": ["get", "patch"]}),
        json!({"apiGroups": [""], "resources": resources, "verbs": ["create"]}),
    ]
}
