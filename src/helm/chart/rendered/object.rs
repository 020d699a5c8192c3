//! A rendered object, and where it stands.

use serde_json::Value;

use crate::base::error::{Place, Result, Source};
use crate::base::yaml::{read_manifest, read_shown_as};
use crate::model::InstallBlueprint;

/// A rendered object.
#[derive(Debug)]
pub struct Object {
    /// What it says.
    pub value: Value,
    /// Where it stands, shown without its values, since it may be a Secret.
    pub place: Place,
}

impl Object {
    /// Its kind and name.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.value["kind"].as_str().unwrap_or("object"), self.meta("name"))
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.value["kind"] == kind
    }

    pub(super) fn meta(&self, key: &str) -> &str {
        self.value["metadata"][key].as_str().unwrap_or_default()
    }

    /// Its namespace, which is the release's when it says none.
    pub(super) fn namespace(&self, install: &InstallBlueprint) -> String {
        Some(self.meta("namespace")).filter(|name| !name.is_empty()).unwrap_or(install.namespace.as_str()).to_owned()
    }

    /// The pod below it: its own spec or that of its template.
    pub(super) fn pod(&self) -> Option<&Value> {
        let spec = &self.value["spec"];
        match self.value["kind"].as_str()? {
            "Pod" => Some(spec),
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => Some(&spec["template"]["spec"]),
            "CronJob" => Some(&spec["jobTemplate"]["spec"]["template"]["spec"]),
            _ => None,
        }
    }

    /// The YAML that is in the texts of a ConfigMap, as Argo's repository does, where it speaks of a Secret.
    pub(super) fn documents(&self) -> impl Iterator<Item = Value> {
        let data = self.value["data"].as_object().filter(|_| self.is("ConfigMap"));
        let texts = data.into_iter().flatten().filter_map(|(_, value)| value.as_str());
        texts.filter(|text| text.contains("Secret")).filter_map(|text| {
            let shown = Source::new("ConfigMap", "*".repeat(text.len()));
            read_shown_as(text, &shown).ok()
        })
    }
}

/// The containers of a pod, those that come first included.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["containers", "initContainers"].into_iter().filter_map(|key| pod[key].as_array()).flatten()
}

/// The objects of a manifest of several documents. A place is in the manifest itself where that has a name, else in the
/// template that Helm says a document comes from.
///
/// # Errors
/// `BW0102` for a document that is not YAML.
pub fn objects(name: Option<&str>, text: &str) -> Result<Vec<Object>> {
    let whole = name.map(|name| Source::new(name, masked(text)));
    let mut objects = Vec::new();
    let mut start = 0;
    for part in documents(text) {
        let document = &text[start..start + part];
        let shown = Source::new(name.or_else(|| template(document)).unwrap_or("helm template"), masked(document));
        let kind = if document.starts_with("kind:") { 0 } else { document.find("\nkind:").map_or(0, |at| at + 1) };
        let place = match &whole {
            Some(whole) => whole.place(start + kind..start + kind + "kind".len()),
            None => shown.place(kind..kind + "kind".len()),
        };
        start += part;
        let said = |line: &str| !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("---");
        if document.lines().any(said) {
            let value: Value = read_manifest(document, &shown)?;
            match value["items"].as_array().filter(|_| value["kind"] == "List") {
                Some(items) => {
                    objects.extend(items.iter().map(|one| Object { value: one.clone(), place: place.clone() }));
                }
                None => objects.push(Object { value, place }),
            }
        }
    }
    Ok(objects)
}

/// The length of each document with the line that begins it.
fn documents(text: &str) -> Vec<usize> {
    let mut lengths = vec![0];
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            lengths.push(0);
        }
        if let Some(last) = lengths.last_mut() {
            *last += line.len();
        }
    }
    lengths
}

/// The template that a document comes from. Source: Helm writes it as a comment.
fn template(document: &str) -> Option<&str> {
    document.lines().find_map(|line| line.strip_prefix("# Source: "))
}

/// The text with nothing shown but the kinds of objects, at the same length.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("kind:") {
            line.to_owned()
        } else {
            line.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect()
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# none\n---\n# Source: c/templates/a.yaml\nkind: A\nmetadata: {name: a}\n---\nkind: List\nitems: [{kind: B}, {kind: C}]\n---\n";

    #[test]
    fn objects_know_where_they_stand() {
        let kinds = |objects: &[Object]| {
            objects.iter().map(|one| one.value["kind"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let places = |objects: &[Object]| {
            objects.iter().map(|one| (one.place.file().to_owned(), one.place.line_column().0)).collect::<Vec<_>>()
        };
        let named = objects(Some("r.yaml"), TEXT).expect("reads");
        assert_eq!(kinds(&named), ["A", "B", "C"]);
        assert_eq!(places(&named), [("r.yaml".to_owned(), 4), ("r.yaml".to_owned(), 7), ("r.yaml".to_owned(), 7)]);
        let helms = objects(None, TEXT).expect("reads");
        assert_eq!(places(&helms)[0], ("c/templates/a.yaml".to_owned(), 3));
    }

    #[test]
    fn a_broken_document_shows_nothing_of_itself() {
        let error = objects(None, "kind: Secret\ndata: {a: hunter2, b: [hunter2\n").expect_err("broken");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
