//! The Roles that a push needs, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Object, ObjectKind, WorkloadKind};
use crate::base::secret::Reference;

/// What is done with objects of one kind in one namespace.
#[derive(Default)]
struct Names<'a> {
    applied: BTreeSet<&'a str>,
    read: BTreeSet<&'a str>,
}

/// The Roles (one a namespace), and a ClusterRole when namespaces are pushed. Secrets that the spec refers to are read.
///
/// Server-side apply is a `patch`; of an object that does not exist it needs `create` too, which RBAC cannot limit to names.
/// Source: Kubernetes, "Server-Side Apply", and "Using RBAC Authorization", referring to resources.
pub fn rights<'a>(objects: &'a [Object], references: impl Iterator<Item = &'a Reference>) -> Vec<Value> {
    let mut scopes: BTreeMap<Option<&str>, BTreeMap<ObjectKind, Names<'_>>> = BTreeMap::new();
    for object in objects {
        let scope = scopes.entry(object.namespace.as_deref()).or_default();
        scope.entry(object.kind).or_default().applied.insert(&object.name);
    }
    for reference in references {
        let Reference::Kube { namespace, name, .. } = reference else { continue };
        let scope = scopes.entry(Some(namespace.as_str())).or_default();
        scope.entry(ObjectKind::Secret).or_default().read.insert(name.as_str());
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

/// Adds what restarting the readers of the Secrets needs. Which they are, the cluster says: neither verb can be limited to names here.
pub fn restart_rights(roles: &mut [Value]) {
    let kinds = WorkloadKind::ALL.map(WorkloadKind::resource);
    for role in roles {
        role["metadata"]["name"] = json!("bucketwright-rotate");
        if let (true, Some(rules)) = (role["kind"] == "Role", role["rules"].as_array_mut()) {
            rules.push(json!({"apiGroups": ["apps"], "resources": kinds, "verbs": ["list", "patch"]}));
        }
    }
}

fn rules(kind: ObjectKind, names: &Names<'_>) -> Vec<Value> {
    let rule = |verbs: &[&str]| json!({"apiGroups": [""], "resources": [kind.resource()], "verbs": verbs});
    let limited = |verbs: &[&str], names: &BTreeSet<&str>| {
        let mut rule = rule(verbs);
        rule["resourceNames"] = json!(names);
        rule
    };
    let mut rules = Vec::new();
    if !names.applied.is_empty() {
        rules.extend([limited(&["get", "patch"], &names.applied), rule(&["create"])]);
    }
    if !names.read.is_empty() {
        rules.push(limited(&["get"], &names.read));
    }
    rules
}
