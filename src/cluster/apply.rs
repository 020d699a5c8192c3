//! Server-side apply of what a push holds.

use k8s_openapi::api::core::v1::{Namespace, Secret, ServiceAccount};
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Api, Client};
use serde::Serialize;
use serde_json::Value;

use super::failed;
use crate::error::{Code, Error, Result};
use crate::push::{KeyChange, Object, ObjectKind, changes};

/// The name under which fields are owned.
const MANAGER: &str = "bucketwright";

/// How objects are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The server checks everything and keeps nothing.
    pub dry_run: bool,
    /// Fields of other managers are taken.
    pub force: bool,
}

/// What became of an object.
#[derive(Clone, Debug, Serialize)]
pub struct Applied {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it was there already.
    pub existed: bool,
    /// Its keys.
    pub keys: Vec<KeyChange>,
}

/// Applies an object.
///
/// # Errors
/// `BW1102` to `BW1106`, and `BW1109` for an immutable Secret whose content would change.
pub async fn apply(client: &Client, object: &Object, manner: Manner) -> Result<Applied> {
    let api = api(client, object);
    let place = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let doing = |verb: &str| format!("{verb} {} {place}{}", object.kind.as_str(), object.name);
    let manifest: Value = serde_json::from_str(object.manifest.expose())
        .map_err(|_| Error::new(Code::NOT_READ_BACK, format!("a manifest cannot be read: {}", doing("apply"))))?;
    let there = api.get_opt(&object.name).await.map_err(|error| failed(&error, &doing("get")))?;
    let there = there.and_then(|there| serde_json::to_value(there).ok());
    let keys = changes(there.as_ref(), &manifest);
    let differs = keys.iter().any(|key| key.change != "same");
    if differs && there.as_ref().is_some_and(|there| there["immutable"] == true) {
        return Err(immutable(object));
    }
    let mut parameters = PatchParams::apply(MANAGER);
    parameters.dry_run = manner.dry_run;
    parameters.force = manner.force;
    api.patch(&object.name, &parameters, &Patch::Apply(&manifest))
        .await
        .map_err(|error| failed(&error, &doing("patch")))?;
    let Object { kind, namespace, name, .. } = object.clone();
    Ok(Applied { kind, namespace, name, existed: there.is_some(), keys })
}

fn api(client: &Client, object: &Object) -> Api<DynamicObject> {
    let resource = match object.kind {
        ObjectKind::Namespace => ApiResource::erase::<Namespace>(&()),
        ObjectKind::ServiceAccount => ApiResource::erase::<ServiceAccount>(&()),
        ObjectKind::Secret => ApiResource::erase::<Secret>(&()),
    };
    match &object.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

fn immutable(object: &Object) -> Error {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    Error::new(Code::IMMUTABLE_SECRET, format!("the Secret {namespace}/{} is immutable, and would change", object.name))
        .why("Kubernetes never changes an immutable Secret; pods keep the old content until they start anew.")
        .fix(format!("`kubectl delete secret {} -n {namespace}`, then push again and restart its pods.", object.name))
}
