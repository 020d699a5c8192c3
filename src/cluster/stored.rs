//! The Helm release that runs, where Helm's Secret and ConfigMap drivers keep it.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};

use super::failed;
use crate::error::{Code, Error, Result};
use crate::release::Release;

/// Reads the newest deployed revision, else the newest of all.
///
/// # Errors
/// `BW1107` when there is none, `BW1108` when it cannot be read, `BW1102`, `BW1103`, `BW1105`.
pub async fn release(client: &Client, namespace: &str, name: &str) -> Result<Release> {
    let chosen = ListParams::default().labels(&format!("owner=helm,name={name}"));
    let list = |what: &str| format!("list {what} in {namespace}");
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let found = secrets.list(&chosen).await.map_err(|error| failed(&error, &list("secrets")))?.items;
    if let Some(secret) = newest(found) {
        let bytes = secret.data.unwrap_or_default().remove("release").unwrap_or_default();
        return Release::decode(&bytes.0);
    }
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let found = maps.list(&chosen).await.map_err(|error| failed(&error, &list("configmaps")))?.items;
    match newest(found) {
        Some(map) => Release::decode(map.data.unwrap_or_default().remove("release").unwrap_or_default().as_bytes()),
        None => Err(Error::new(Code::NO_RELEASE, format!("no Helm release `{name}` is stored in the namespace {namespace}"))
            .why("Helm keeps releases in Secrets or ConfigMaps; those of its SQL driver (HELM_DRIVER=sql) lie outside the cluster and cannot be read.")
            .fix(format!("Check release and namespace in the spec; `helm get values {name} -n {namespace}` reads any driver."))),
    }
}

fn newest<K: ResourceExt>(items: Vec<K>) -> Option<K> {
    items.into_iter().max_by_key(|item| {
        let label = |name: &str| item.labels().get(name).map(String::as_str).unwrap_or_default();
        (label("status") == "deployed", label("version").parse::<u64>().unwrap_or_default())
    })
}
