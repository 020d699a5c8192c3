//! What is left of the bundled MinIO: its objects, its endpoint, its default logins.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Release;
use super::object::containers;
use crate::base::error::{Code, Error, Finding};
use crate::helm::chart::Object;

/// Logins that everybody knows. Source: massdriver 0.2.0 values.yaml; charts.min.io 5.4.0 values.yaml (`users`); MinIO itself.
const LOGINS: [&str; 4] = ["minioaccesskey", "miniosecretkey", "minioadmin", "console123"];

impl Release<'_> {
    pub(super) fn minio(&self) -> Vec<Finding> {
        if self.keeps_minio() {
            return Vec::new();
        }
        let endpoints = ["minio-svc", "minio.svc", "minio:9000", &format!("minio.{}.svc", self.install.namespace)]
            .map(str::to_owned);
        let finding = |object: &Object| {
            let title = object.title();
            let what = if belongs(object) {
                format!("{title} belongs to the bundled MinIO")
            } else {
                let text = |text: &str| word(text, &endpoints);
                format!("{title} names MinIO: `{}`", held(&object.value, object.is("Secret"), &text)?)
            };
            Some(leftover(&what, object))
        };
        self.objects.iter().filter_map(finding).collect()
    }
}

/// Whether an object is part of MinIO: by the labels that its charts give, or by the image of its pods.
fn belongs(object: &Object) -> bool {
    let labels = &object.value["metadata"]["labels"];
    let labelled = ["app", "app.kubernetes.io/name"].iter().any(|label| labels[*label] == "minio");
    let mut images = object.pod().into_iter().flat_map(containers).filter_map(|one| one["image"].as_str());
    labelled || images.any(|image| ["minio/minio", "minio/mc"].iter().any(|name| image.contains(name)))
}

/// What of MinIO is in a text.
fn word(text: &str, endpoints: &[String]) -> Option<String> {
    let mut words = endpoints.iter().map(String::as_str).chain(LOGINS);
    words.find(|word| text.contains(word)).map(str::to_owned)
}

/// What of MinIO stands anywhere in a value; the texts of a Secret are in Base64.
fn held(value: &Value, secret: bool, word: &impl Fn(&str) -> Option<String>) -> Option<String> {
    match value {
        Value::String(text) => word(text).or_else(|| {
            let plain = STANDARD.decode(text).ok().filter(|_| secret)?;
            word(&String::from_utf8_lossy(&plain))
        }),
        Value::Array(items) => items.iter().find_map(|item| held(item, secret, word)),
        Value::Object(map) => map.values().find_map(|below| held(below, secret, word)),
        _ => None,
    }
}

fn leftover(what: &str, object: &Object) -> Finding {
    Finding::error(
        Error::new(Code::MINIO_LEFT, what)
            .why("Its storage is to be S3 alone; what is left of MinIO serves old data or a known password.")
            .fix("Pass our values file to Helm after your own, and turn MinIO off.")
            .at(Some(object.place.clone())),
    )
}
