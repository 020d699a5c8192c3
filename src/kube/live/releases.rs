//! The Helm releases of a cluster.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Secret as KubeSecret;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::Cluster;
use super::failure::Asked;
use crate::base::error::Result;

/// A release holds a whole chart, so not more than these are read.
const MOST: usize = 30;

/// A release that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The release's name.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
}

impl Cluster {
    /// The releases that run, in all namespaces. Those that cannot be read are left out.
    ///
    /// # Errors
    /// `BW1102`, `BW1103`, `BW1105`, `BW1110`.
    pub async fn releases(&self) -> Result<Vec<Running>> {
        let api: Api<KubeSecret> = Api::all(self.client.clone());
        let asked = Asked { verb: "list", resource: "secrets", namespace: None, name: None };
        let chosen = ListParams::default().labels("owner=helm,status=deployed");
        let found = asked.read(api.list_metadata(&chosen)).await?;
        let names: BTreeSet<(String, String)> = found
            .items
            .iter()
            .filter_map(|item| Some((item.namespace()?, item.labels().get("name")?.clone())))
            .take(MOST)
            .collect();
        let mut running = Vec::new();
        for (namespace, release) in names {
            let Ok(read) = self.release(&namespace, &release).await else { continue };
            let chart = read.chart();
            if let Some((chart, version)) = chart.split_once(' ') {
                running.push(Running { release, namespace, chart: chart.to_owned(), version: version.to_owned() });
            }
        }
        Ok(running)
    }
}
