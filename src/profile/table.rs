//! The profile format: the tables of `values.yaml` and `documents.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{ChartRange, Note};
use crate::base::names::FileName;
use crate::base::yaml::At;

/// One fact: a path and its value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact {
    /// Keys joined by dots; it may hold expressions.
    pub path: At<String>,
    /// The value; strings in it may hold expressions.
    pub value: At<Value>,
    /// When it holds.
    pub when: Option<At<String>>,
    /// The chart versions for which it holds.
    pub charts: Option<ChartRange>,
    /// A list, or an expression that gives one: the fact holds once for each element.
    pub each: Option<At<Value>>,
    /// The chart's own default: an equal value is left out.
    pub default: Option<Value>,
    /// Why the chart's default values do not mention this key.
    pub unlisted: Option<String>,
    /// Why it is set.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// `documents.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentsDocument {
    /// The documents.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// The Kubernetes Secrets.
    #[serde(default)]
    pub secrets: Vec<KubeSecret>,
}

/// A document in some program's dialect.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Its file name.
    pub name: At<FileName>,
    /// Its format.
    pub format: Format,
    /// When it is written.
    pub when: Option<At<String>>,
    /// The chart versions for which it is written.
    pub charts: Option<ChartRange>,
    /// What it is for.
    pub why: String,
    /// A table of the program's own that its content begins with; see `shared`.
    pub table: Option<At<String>>,
    /// What the table is told, as its variable `with`; strings hold expressions.
    #[serde(default)]
    pub with: BTreeMap<String, At<String>>,
    /// Its content; an entry wins over one of the table with the same path.
    #[serde(default)]
    pub entries: Vec<Fact>,
    /// Paragraphs of the notes that come with the table.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// Sections of `key = value`, as s3cmd reads them.
    Ini,
}

/// A Kubernetes Secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubeSecret {
    /// Its name.
    pub name: At<String>,
    /// Its namespace, where it is not the install's.
    pub namespace: Option<At<String>>,
    /// When it is written.
    pub when: Option<At<String>>,
    /// The chart versions for which it is written.
    pub charts: Option<ChartRange>,
    /// A list, or an expression that gives one: one Secret for each element.
    pub each: Option<At<Value>>,
    /// Its type, where it is not `Opaque`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its keys.
    pub data: Vec<KubeSecretEntry>,
    /// Who reads it.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// One key of a Secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubeSecretEntry {
    /// The key.
    pub key: String,
    /// The document whose bytes it holds.
    pub document: Option<String>,
    /// The text that it holds.
    pub value: Option<At<String>>,
    /// When it is there.
    pub when: Option<At<String>>,
    /// The chart versions for which it is there.
    pub charts: Option<ChartRange>,
}
