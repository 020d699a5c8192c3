//! Who reads a Secret: the workloads whose pods must start again before they see another key.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::base::shell::word;

/// The kinds of workload whose pods a rollout replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum WorkloadKind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
}

impl WorkloadKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet];

    /// The resource as RBAC and kubectl name it.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }
}

/// A workload that reads a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The Secrets that it reads.
    pub secrets: Vec<String>,
    /// Why it is not restarted without a person, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<&'static str>,
}

impl Consumer {
    /// What a workload is to these Secrets of its namespace; `None` when it reads none of them.
    pub fn of(kind: WorkloadKind, workload: &Value, names: &BTreeSet<&str>) -> Option<Self> {
        let mut found = BTreeSet::new();
        read_by(&workload["spec"]["template"]["spec"], &mut found);
        found.retain(|name| names.contains(name.as_str()));
        let part = |name: &str| workload["metadata"][name].as_str().unwrap_or_default().to_owned();
        (!found.is_empty()).then(|| Self {
            kind,
            namespace: part("namespace"),
            name: part("name"),
            secrets: found.into_iter().collect(),
            by_hand: by_hand(&workload["spec"]),
        })
    }

    /// How a person restarts it.
    pub fn command(&self) -> String {
        let Self { kind, namespace, name, .. } = self;
        format!(
            "kubectl --namespace {namespace} rollout restart {} {name}",
            kind.resource().trim_end_matches('s'),
            namespace = word(namespace),
            name = word(name)
        )
    }
}

/// Why a rollout would do nothing, or stop everything at once.
///
/// Source: Kubernetes, "Deployments": strategy, pausing; "StatefulSets" and "Perform a Rolling Update on a DaemonSet": `OnDelete`.
fn by_hand(spec: &Value) -> Option<&'static str> {
    if spec["paused"] == true {
        return Some("its rollout is paused");
    }
    if spec["strategy"]["type"] == "Recreate" {
        return Some("it stops all its pods before new ones start");
    }
    (spec["updateStrategy"]["type"] == "OnDelete").then_some("its pods are replaced only when somebody deletes them")
}

/// Every Secret that a pod mounts or takes its environment from; what pulls images is no key of ours.
///
/// Source: Kubernetes API, `PodSpec`: volumes (`secret.secretName`, `projected.sources[].secret.name`), `env[].valueFrom.secretKeyRef`,
/// `envFrom[].secretRef`.
fn read_by(spec: &Value, found: &mut BTreeSet<String>) {
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut take = |name: &Value| found.extend(name.as_str().map(str::to_owned));
    for volume in all(&spec["volumes"]) {
        take(&volume["secret"]["secretName"]);
        all(&volume["projected"]["sources"]).iter().for_each(|source| take(&source["secret"]["name"]));
    }
    for container in ["initContainers", "containers"].into_iter().flat_map(|kind| all(&spec[kind])) {
        all(&container["env"]).iter().for_each(|one| take(&one["valueFrom"]["secretKeyRef"]["name"]));
        all(&container["envFrom"]).iter().for_each(|one| take(&one["secretRef"]["name"]));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pod: &Value, more: &Value) -> Option<Consumer> {
        let mut spec = more.clone();
        spec["template"] = json!({"spec": pod});
        let workload = json!({"metadata": {"name": "web", "namespace": "x"}, "spec": spec});
        Consumer::of(WorkloadKind::Deployment, &workload, &BTreeSet::from(["keys", "more"]))
    }

    #[test]
    fn each_way_to_read_a_secret_counts() {
        for pod in [
            json!({"volumes": [{"secret": {"secretName": "keys"}}]}),
            json!({"volumes": [{"projected": {"sources": [{"configMap": {"name": "keys"}}, {"secret": {"name": "keys"}}]}}]}),
            json!({"containers": [{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]}]}),
            json!({"initContainers": [{"envFrom": [{"secretRef": {"name": "keys"}}]}]}),
        ] {
            assert_eq!(of(&pod, &json!({})).map(|one| one.secrets), Some(vec!["keys".to_owned()]), "{pod}");
        }
        for pod in [
            json!({}),
            json!({"volumes": [{"configMap": {"name": "keys"}}, {"secret": {"secretName": "other"}}]}),
            json!({"imagePullSecrets": [{"name": "keys"}]}),
        ] {
            assert_eq!(of(&pod, &json!({})), None, "{pod}");
        }
    }

    #[test]
    fn what_a_rollout_would_stop_is_left_to_a_person() {
        let pod = json!({"volumes": [{"secret": {"secretName": "keys"}}]});
        for (spec, left) in [
            (json!({"strategy": {"type": "RollingUpdate"}}), false),
            (json!({"paused": true}), true),
            (json!({"strategy": {"type": "Recreate"}}), true),
            (json!({"updateStrategy": {"type": "OnDelete"}}), true),
        ] {
            let found = of(&pod, &spec).expect("a consumer");
            assert_eq!(found.by_hand.is_some(), left, "{spec}");
            assert_eq!(found.command(), "kubectl --namespace x rollout restart deployment web");
        }
    }
}
