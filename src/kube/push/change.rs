//! How an object differs from what was there; what is secret is never told.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::ObjectKind;

/// How a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there.
    Added,
    /// It had another value.
    Changed,
    /// It is there no more.
    Removed,
    /// It is as it was.
    Same,
}

impl Change {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Same => "same",
        }
    }
}

/// How a field of an object differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field, such as `data.connection`.
    pub field: String,
    /// How it differs.
    pub change: Change,
    /// Its value before, where it is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its value after, where it is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The parts of an object that a push may change.
const PARTS: [(&str, &str); 3] =
    [("data", "/data"), ("metadata.labels", "/metadata/labels"), ("metadata.annotations", "/metadata/annotations")];

/// Compares what was there with what is there, field by field. Fields of metadata that are as they were are not listed, and an
/// annotation is told only where it names a role: others may repeat a whole Secret, as `kubectl apply` lets them.
pub fn changes(kind: ObjectKind, before: Option<&Value>, after: &Value) -> Vec<FieldChange> {
    let none = Value::Null;
    let mut found = Vec::new();
    for (name, pointer) in PARTS {
        let part =
            |object: Option<&Value>| object.and_then(|object| object.pointer(pointer)).cloned().unwrap_or_default();
        let (old, new) = (part(before), part(Some(after)));
        let keys: BTreeSet<&String> =
            [&old, &new].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys()).collect();
        for key in keys {
            let (was, is) = (old.get(key).unwrap_or(&none), new.get(key).unwrap_or(&none));
            let change = match (was, is) {
                (Value::Null, _) => Change::Added,
                (_, Value::Null) => Change::Removed,
                _ if was == is => Change::Same,
                _ => Change::Changed,
            };
            // A namespace's own label is made by the server.
            if (change == Change::Same && name != "data") || key == "kubernetes.io/metadata.name" {
                continue;
            }
            let told = kind == ObjectKind::ServiceAccount && key == "eks.amazonaws.com/role-arn";
            let shown = |value: &Value| value.as_str().filter(|_| told).map(str::to_owned);
            found.push(FieldChange { field: format!("{name}.{key}"), change, before: shown(was), after: shown(is) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_names_fields_and_no_values() {
        let before = json!({"data": {"a": "b2xk", "b": "c2FtZQ==", "d": "b2xk"},
            "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "b2xk"}}});
        let after = json!({"data": {"a": "bmV3", "b": "c2FtZQ==", "c": "bmV3"}});
        let found = changes(ObjectKind::Secret, Some(&before), &after);
        let words: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.change.as_str())).collect();
        let wanted = [
            ("data.a", "changed"),
            ("data.b", "same"),
            ("data.c", "added"),
            ("data.d", "removed"),
            ("metadata.annotations.kubectl.kubernetes.io/last-applied-configuration", "removed"),
        ];
        assert_eq!(words, wanted);
        let text = format!("{found:?}");
        assert!(!text.contains("bmV3") && !text.contains("b2xk"), "{text}");
        assert!(changes(ObjectKind::Secret, None, &after).iter().all(|one| one.change == Change::Added));
    }

    #[test]
    fn the_role_of_an_account_is_told() {
        let with = |role: &str| json!({"metadata": {"annotations": {"eks.amazonaws.com/role-arn": role}}});
        let found = changes(ObjectKind::ServiceAccount, Some(&with("old")), &with("new"));
        assert_eq!((found[0].before.as_deref(), found[0].after.as_deref()), (Some("old"), Some("new")));
    }
}
