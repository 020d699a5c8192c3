//! The Job that carries out a probe inside the cluster, under the chart's own ServiceAccount.

use serde_json::{Map, Value, json};

use crate::base::error::{Code, Error, Result};
use crate::model::proof::Probe;
use crate::model::{Blueprint, InstallBlueprint, PrincipalKind, PrincipalWant};
use crate::policy::Trust;

/// The label by which these Jobs are found.
pub const JOB_LABEL: &str = "bucketwright-verify";

/// The one container of its pods.
pub const CONTAINER: &str = "verify";

/// How long a Job stays after its end when nobody takes it away, in seconds.
const KEPT: u32 = 600;

/// A user that is not root, as in distroless images.
const USER: u32 = 65532;

/// The Job that proves a role under one of its ServiceAccounts.
#[derive(Clone, Debug)]
pub struct Job {
    /// The install.
    pub install: String,
    /// The role.
    pub principal: String,
    /// The namespace.
    pub namespace: String,
    /// The ServiceAccount.
    pub service_account: String,
    /// Its own name.
    pub name: String,
    /// Its manifest.
    pub manifest: Value,
}

impl Job {
    /// Where it runs, as `NAMESPACE/SERVICEACCOUNT`.
    pub fn place(&self) -> String {
        format!("{}/{}", self.namespace, self.service_account)
    }
}

/// What Jobs run, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// The image of this program.
    pub image: &'a str,
    /// How many seconds one may take, from its start to its end.
    pub seconds: u32,
}

/// One Job for each ServiceAccount of a role, in each of its namespaces.
///
/// # Errors
/// `BW1301` when the identity is none that pods are given.
pub fn jobs(blueprint: &Blueprint, want: &PrincipalWant, running: Running<'_>) -> Result<Vec<Job>> {
    let install = blueprint.installs.iter().find(|install| install.id == want.install);
    let (PrincipalKind::Role { trust, .. }, Some(install)) = (&want.kind, install) else {
        return Err(Error::new(Code::NOTHING_TO_VERIFY, format!("`{}` is a user with a key", want.name))
            .why("A key is the same wherever it is used, so a pod would prove no more.")
            .fix("Verify it from here: `bucketwright verify`."));
    };
    if matches!(trust, Trust::Federated(_)) {
        return Err(Error::new(Code::NOTHING_TO_VERIFY, format!("`{}` is for tokens from outside of the cluster", want.name))
            .why("No pod is given it.")
            .fix("Run `bucketwright verify --as-caller` where the token is, or `bucketwright verify trust --token-file FILE`."));
    }
    let probe = Probe::of(blueprint, want);
    let mut jobs = Vec::new();
    for (namespace, account) in accounts(install, want) {
        let name = name(&probe.principal, &account);
        let manifest = manifest(&probe, [&namespace, &account, &name], running, trust)?;
        let (install, principal) = (probe.install.clone(), probe.principal.clone());
        jobs.push(Job { install, principal, namespace, service_account: account, name, manifest });
    }
    Ok(jobs)
}

/// The ServiceAccounts of a principal, each once.
fn accounts(install: &InstallBlueprint, want: &PrincipalWant) -> Vec<(String, String)> {
    let mut accounts = Vec::new();
    for workload in install.workloads.iter().filter(|workload| want.components.contains(&workload.component)) {
        for namespace in &workload.namespaces {
            let account = (namespace.to_string(), workload.service_account.to_string());
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
    }
    accounts
}

/// A Job's manifest. The probe document is in it, so there is nothing else to make and to remove.
///
/// Source: Kubernetes, "Pod Security Standards", restricted; "Automatic Cleanup for Finished Jobs"; EKS User Guide,
/// "Configure Pods to use a Kubernetes service account" (a pod that is not root reads its token by its group).
fn manifest(probe: &Probe, of: [&str; 3], running: Running<'_>, trust: &Trust) -> Result<Value> {
    let [namespace, account, name] = of;
    let document = serde_json::to_string(probe).map_err(|error| Error::new(Code::BAD_PROBE, error.to_string()))?;
    let labels = json!({
        "app.kubernetes.io/name": JOB_LABEL,
        "app.kubernetes.io/managed-by": "bucketwright",
        "app.kubernetes.io/instance": probe.install,
    });
    // A proxy that goes on running would keep the Job from its end.
    let mut annotations = Map::from_iter([("sidecar.istio.io/inject".to_owned(), json!("false"))]);
    if let Trust::Node(_) = trust {
        let role = probe.arn.as_ref().map_or_else(|| probe.principal.clone(), ToString::to_string);
        annotations.insert("iam.amazonaws.com/role".to_owned(), json!(role));
    }
    Ok(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": running.seconds,
            "ttlSecondsAfterFinished": KEPT,
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {
                    "serviceAccountName": account,
                    // The token for AWS comes by itself; the one for Kubernetes is not needed.
                    "automountServiceAccountToken": false,
                    "restartPolicy": "Never",
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "fsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": CONTAINER,
                        "image": running.image,
                        "args": ["verify", "--as-caller", "-o", "json"],
                        "env": [{"name": "BUCKETWRIGHT_PROBE", "value": document}],
                        "securityContext": {
                            "allowPrivilegeEscalation": false,
                            "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "resources": {
                            "requests": {"cpu": "50m", "memory": "64Mi"},
                            "limits": {"memory": "256Mi"},
                        },
                    }],
                },
            },
        },
    }))
}

/// A Job's name, which is a label's value in its pods: at most 63 characters, told apart by a checksum where names are cut.
fn name(principal: &str, account: &str) -> String {
    let whole: String = format!("{JOB_LABEL}-{principal}-{account}")
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    if whole.len() <= 63 {
        return whole.trim_end_matches('-').to_owned();
    }
    // The 32-bit FNV-1a hash: equal names give an equal Job, which the next run finds.
    let hash = whole.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{}-{hash:08x}", whole[..54].trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_and_stay_apart() {
        assert_eq!(name("acme-argo", "argo.server"), "bucketwright-verify-acme-argo-argo-server");
        let long = |last: &str| name(&"a".repeat(60), &format!("{}{last}", "b".repeat(60)));
        assert!(long("1").len() <= 63 && long("1") != long("2") && !long("1").contains("--"));
    }
}
