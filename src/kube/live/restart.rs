//! The workloads that read Secrets, and their rollout.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use serde_json::json;

use super::Cluster;
use super::apply::MANAGER;
use super::failure::Asked;
use crate::base::error::Result;
use crate::kube::push::{Consumer, WorkloadKind};

impl Cluster {
    /// The workloads of a namespace that read one of these Secrets.
    ///
    /// # Errors
    /// `BW1102`, `BW1103`, `BW1105`, `BW1110`.
    pub async fn consumers(&self, namespace: &str, names: &BTreeSet<&str>) -> Result<Vec<Consumer>> {
        let mut found = Vec::new();
        for kind in WorkloadKind::ALL {
            let asked = Asked { verb: "list", resource: kind.resource(), namespace: Some(namespace), name: None };
            let list = self.workloads(kind, namespace).list(&ListParams::default()).await;
            for one in list.map_err(|error| asked.failed(&error))?.items {
                let one = serde_json::to_value(one).unwrap_or_default();
                found.extend(Consumer::of(kind, &one, names));
            }
        }
        Ok(found)
    }

    /// Lets the pods of a workload start again, as `kubectl rollout restart` does: by an annotation of their template. A dry run only
    /// asks whether it may.
    ///
    /// # Errors
    /// `BW1102`, `BW1103`, `BW1105`, `BW1110`.
    pub async fn restart(&self, consumer: &Consumer, at: &str, dry_run: bool) -> Result<()> {
        let Consumer { kind, namespace, name, .. } = consumer;
        let asked = Asked { verb: "patch", resource: kind.resource(), namespace: Some(namespace), name: Some(name) };
        let parameters = PatchParams { dry_run, field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let annotations = json!({"kubectl.kubernetes.io/restartedAt": at});
        let patch = Patch::Merge(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}));
        let patched = self.workloads(*kind, namespace).patch(name, &parameters, &patch).await;
        patched.map(drop).map_err(|error| asked.failed(&error))
    }

    fn workloads(&self, kind: WorkloadKind, namespace: &str) -> Api<DynamicObject> {
        let resource = match kind {
            WorkloadKind::Deployment => ApiResource::erase::<Deployment>(&()),
            WorkloadKind::StatefulSet => ApiResource::erase::<StatefulSet>(&()),
            WorkloadKind::DaemonSet => ApiResource::erase::<DaemonSet>(&()),
        };
        Api::namespaced_with(self.client.clone(), namespace, &resource)
    }
}
