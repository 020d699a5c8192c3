//! Server-side apply of what a push holds.

use k8s_openapi::api::core::v1::{Namespace, Secret, ServiceAccount};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use serde::Serialize;
use serde_json::Value;

use super::Cluster;
use super::failure::Asked;
use crate::base::error::{Code, Error, Result};
use crate::kube::push::{Change, FieldChange, Object, ObjectKind, changes};

/// The name under which fields are owned.
pub(super) const MANAGER: &str = "bucketwright";

/// How objects are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyOptions {
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
    /// How it differs from before.
    pub fields: Vec<FieldChange>,
}

impl Applied {
    /// An object that the server cannot check yet, because its namespace is still to be made.
    pub fn to_be_made(object: &Object) -> Self {
        Self::of(object, None, &Value::Null)
    }

    fn of(object: &Object, before: Option<&Value>, after: &Value) -> Self {
        let Object { kind, namespace, name, .. } = object.clone();
        Self { kind, namespace, name, existed: before.is_some(), fields: changes(kind, before, after) }
    }

    /// Whether nothing changed.
    pub fn same(&self) -> bool {
        self.existed && self.fields.iter().all(|field| field.change == Change::Same)
    }
}

impl Cluster {
    /// Applies an object by server-side apply, and tells how it differs from before.
    ///
    /// # Errors
    /// `BW1102` to `BW1106`, `BW1110` and `BW1117`; `BW1109` for an immutable Secret whose content would change.
    pub async fn apply(&self, object: &Object, manner: ApplyOptions) -> Result<Applied> {
        let api = self.objects(object);
        let asked = |verb| Asked {
            verb,
            resource: object.kind.resource(),
            namespace: object.namespace.as_deref(),
            name: Some(&object.name),
        };
        let manifest: Value = serde_json::from_str(object.manifest.expose())
            .map_err(|_| Error::new(Code::NOT_READ_BACK, format!("a manifest cannot be read: {}", asked("apply"))))?;
        let before = api.get_opt(&object.name).await.map_err(|error| asked("get").failed(&error))?;
        let before = before.and_then(|before| serde_json::to_value(before).ok());
        before.as_ref().map_or(Ok(()), |before| object.is_ours(before, &manifest))?;
        if before.as_ref().is_some_and(|before| before["immutable"] == true && holds_other(before, &manifest)) {
            return Err(object.immutable());
        }
        let mut parameters = PatchParams::apply(MANAGER);
        parameters.dry_run = manner.dry_run;
        parameters.force = manner.force;
        let after = api.patch(&object.name, &parameters, &Patch::Apply(&manifest)).await;
        let after = after.map_err(|error| asked("patch").failed(&error))?;
        Ok(Applied::of(object, before.as_ref(), &serde_json::to_value(after).unwrap_or_default()))
    }

    fn objects(&self, object: &Object) -> Api<DynamicObject> {
        let resource = match object.kind {
            ObjectKind::Namespace => ApiResource::erase::<Namespace>(&()),
            ObjectKind::ServiceAccount => ApiResource::erase::<ServiceAccount>(&()),
            ObjectKind::Secret => ApiResource::erase::<Secret>(&()),
        };
        match &object.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }
}

/// Whether data would have to change.
fn holds_other(before: &Value, manifest: &Value) -> bool {
    manifest["data"].as_object().is_some_and(|data| data.iter().any(|(key, value)| &before["data"][key] != value))
}
