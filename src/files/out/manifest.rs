//! The Secrets of a bundle, read back from their manifests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;
use crate::base::yaml;

/// One Secret, its data decoded.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: Value,
    pub(super) kind: String,
    pub(super) data: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// The documents of a stream, comments left out.
pub(super) fn documents(text: &Secret) -> Result<Vec<Value>> {
    // This program writes no line that is `---` but between documents: texts are in quotes on one line.
    let documents = text.expose().split("---\n").map(yaml::read_back);
    documents.collect::<std::result::Result<_, _>>().map_err(|_| odd())
}

/// The Secrets of a stream.
pub(super) fn secrets(text: &Secret) -> Result<Vec<Manifest>> {
    let mut documents = documents(text)?;
    let secrets = documents.iter().map(|document| read(document).ok_or_else(odd)).collect();
    documents.iter_mut().for_each(yaml::wipe);
    secrets
}

fn read(document: &Value) -> Option<Manifest> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let metadata = &document["metadata"];
    let mut data = Vec::new();
    for (key, value) in document["data"].as_object()? {
        data.push((key.clone(), Zeroizing::new(STANDARD.decode(value.as_str()?).ok()?)));
    }
    Some(Manifest {
        name: text(&metadata["name"])?,
        namespace: text(&metadata["namespace"])?,
        labels: metadata["labels"].clone(),
        kind: text(&document["type"])?,
        data,
    })
}

fn odd() -> Error {
    Error::new(Code::NOT_READ_BACK, "a Secret did not read back as it was meant")
        .why("Nothing was written. This is a defect of bucketwright or of the profile.")
        .fix("Please report it, with the spec and without secrets.")
}
