//! What Terraform configurations of all clouds share: resources, labels, and texts in which nothing is expanded.

use serde_json::{Map, Value, json};

/// Resources by type and label.
#[derive(Default)]
pub(crate) struct Resources(Map<String, Value>);

impl Resources {
    /// Adds one.
    pub(crate) fn add(&mut self, kind: &str, label: &str, arguments: Value) {
        let of_kind = self.0.entry(kind).or_insert_with(|| json!({}));
        of_kind[label] = arguments;
    }

    /// All of them, as the configuration holds them.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text in which Terraform expands nothing. Source: Terraform, "Strings and Templates": `$${` and `%%{`.
pub(crate) fn text(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// The same for every text in a value.
pub(crate) fn texts(value: &Value) -> Value {
    match value {
        Value::String(one) => json!(text(one)),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (text(key), texts(value))).collect(),
        other => other.clone(),
    }
}

/// A label from a name: letters, digits, `_` and `-`, with a letter or `_` in front. Names that differ stay apart, since each
/// other character becomes its code point.
pub(crate) fn label(name: &str) -> String {
    let mut label = String::new();
    for letter in name.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => label.push(letter),
            other => label.push_str(&format!("_{:x}_", u32::from(other))),
        }
    }
    if label.starts_with(|first: char| first.is_ascii_alphabetic()) { label } else { format!("_{label}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_names_apart() {
        let labels = ["acme.lfs", "acme-lfs", "acme_lfs", "1acme", "acme/lfs"].map(label);
        let all: std::collections::BTreeSet<&String> = labels.iter().collect();
        assert_eq!(all.len(), labels.len(), "{labels:?}");
        assert!(labels.iter().all(|label| !label.starts_with(|first: char| first.is_ascii_digit() || first == '-')));
    }
}
