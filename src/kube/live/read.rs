//! What is read from the cluster: the Secrets that references name, and the Helm release that runs.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret as KubeSecret, ServiceAccount};
use kube::api::ListParams;
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::Cluster;
use super::failure::Asked;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, DnsName};
use crate::base::secret::{Reference, Secret};
use crate::helm::release::Release;

impl Cluster {
    /// Reads what references name; each Secret is read once. References elsewhere are passed over.
    ///
    /// # Errors
    /// `BW0701` for each that cannot be resolved, joined; `BW1102`, `BW1103`, `BW1105`, `BW1110`.
    pub async fn resolve(&self, references: &BTreeSet<&Reference>) -> Result<BTreeMap<Reference, Secret>> {
        let mut read: BTreeMap<(&DnsLabel, &DnsName), Option<KubeSecret>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        let mut errors = Vec::new();
        for reference in references {
            let Reference::Kube { namespace, name, key } = reference else { continue };
            let nowhere = |why: String| {
                Error::new(Code::UNRESOLVED_SECRET, format!("`{reference}` cannot be resolved"))
                    .why(why)
                    .fix("Correct the reference, or choose the cluster with `--kubeconfig FILE` and `--context NAME`.")
            };
            let secret = match read.entry((namespace, name)) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(self.secret(namespace.as_str(), name.as_str()).await?),
            };
            let data = secret.as_ref().map(|secret| secret.data.as_ref().and_then(|data| data.get(key.as_str())));
            match data {
                None => errors.push(nowhere(format!("{} has no such Secret.", self.address))),
                Some(None) => errors.push(nowhere("The Secret has no such key.".to_owned())),
                Some(Some(bytes)) => match std::str::from_utf8(&bytes.0) {
                    Ok(text) => drop(found.insert((*reference).clone(), Secret::new(text))),
                    Err(_) => errors.push(nowhere("What it holds is not UTF-8 text.".to_owned())),
                },
            }
        }
        Error::check(errors)?;
        Ok(found)
    }

    async fn secret(&self, namespace: &str, name: &str) -> Result<Option<KubeSecret>> {
        let api: Api<KubeSecret> = Api::namespaced(self.client.clone(), namespace);
        let asked = Asked { verb: "get", resource: "secrets", namespace: Some(namespace), name: Some(name) };
        asked.read(api.get_opt(name)).await
    }

    /// Reads the Helm release that runs, from Secrets, then ConfigMaps: the newest deployed revision, else the newest of all.
    ///
    /// # Errors
    /// `BW1107` when there is none, `BW1108` when it cannot be read, `BW1111` when Helm keeps it elsewhere; `BW1102`,
    /// `BW1103`, `BW1105`, `BW1110`.
    pub async fn release(&self, namespace: &str, name: &str) -> Result<Release> {
        let chosen = ListParams::default().labels(&format!("owner=helm,name={name}"));
        let secrets = self.list::<KubeSecret>("secrets", namespace, &chosen).await?;
        if let Some(secret) = newest(secrets) {
            let bytes = secret.data.unwrap_or_default().remove("release").unwrap_or_default();
            return Release::decode(&bytes.0);
        }
        let maps = self.list::<ConfigMap>("configmaps", namespace, &chosen).await?;
        if let Some(map) = newest(maps) {
            return Release::decode(map.data.unwrap_or_default().remove("release").unwrap_or_default().as_bytes());
        }
        if self.bears_marks(namespace, name).await {
            return Err(Error::new(Code::RELEASE_ELSEWHERE, format!("Helm keeps the release `{name}` outside of the cluster"))
                .why(format!("Objects in {namespace} carry the release's name, but no Secret and no ConfigMap holds the release: Helm's SQL driver (HELM_DRIVER=sql) keeps it in a database of its own."))
                .fix(format!("With that database: `HELM_DRIVER=sql helm get values {name} -n {namespace}`, and compare with the values.yaml that `bucketwright render` writes.")));
        }
        Err(Error::new(Code::NO_RELEASE, format!("no Helm release `{name}` is stored in the namespace {namespace}"))
            .why("Neither a Secret nor a ConfigMap of Helm's is there, and no object carries the release's name.")
            .fix("Check `release` and `namespace` in the spec; `helm list -A` shows all releases. Before the first installation there is nothing to compare."))
    }

    async fn list<K>(&self, resource: &str, namespace: &str, chosen: &ListParams) -> Result<Vec<K>>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let asked = Asked { verb: "list", resource, namespace: Some(namespace), name: None };
        Ok(asked.read(api.list(chosen)).await?.items)
    }

    /// Whether any object says that it belongs to the release. Only names and labels are read; what may not be listed tells nothing.
    async fn bears_marks(&self, namespace: &str, name: &str) -> bool {
        self.marked::<ServiceAccount>(namespace, name).await
            || self.marked::<ConfigMap>(namespace, name).await
            || self.marked::<KubeSecret>(namespace, name).await
    }

    async fn marked<K>(&self, namespace: &str, name: &str) -> bool
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let chosen = ListParams::default().labels("app.kubernetes.io/managed-by=Helm");
        let asked = Asked { verb: "list", resource: "objects", namespace: Some(namespace), name: None };
        let found = asked.read(api.list_metadata(&chosen)).await;
        found.is_ok_and(|found| {
            found
                .items
                .iter()
                .any(|item| item.annotations().get("meta.helm.sh/release-name").is_some_and(|of| of == name))
        })
    }
}

fn newest<K: ResourceExt>(items: Vec<K>) -> Option<K> {
    items.into_iter().max_by_key(|item| {
        let label = |name: &str| item.labels().get(name).map(String::as_str).unwrap_or_default();
        (label("status") == "deployed", label("version").parse::<u64>().unwrap_or_default())
    })
}
