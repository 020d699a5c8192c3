//! What rendered manifests must say of storage, so that `check` sees where objects go.

use serde::Deserialize;
use serde_json::Value;

use super::ChartRange;
use crate::base::yaml::At;

/// A place in rendered objects where a consumer reads its bucket, endpoint, account or key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The kind of the objects; `|` separates alternatives.
    pub object: String,
    /// A pattern of their names; any, if nothing is said. It may hold expressions.
    pub name: Option<At<String>>,
    /// The place, joined by dots, in the object and in the text that it holds. In a part `*` means any text and `|` separates
    /// alternatives; `**` is any number of parts. It may hold expressions.
    pub path: At<String>,
    /// What must be there: a text, or a list of texts of which any is right. With `null` nothing may be there.
    pub value: At<Value>,
    /// Which objects must have the place; none, if nothing is said: then it is judged where it is found.
    pub needed: Option<Needed>,
    /// A list, or an expression that gives one: it holds once for each element.
    pub each: Option<At<Value>>,
    /// What is there, as a noun: `bucket`, `endpoint`.
    pub of: String,
    /// When it holds.
    pub when: Option<At<String>>,
    /// The chart versions for which it holds.
    pub charts: Option<ChartRange>,
    /// Who reads it there.
    pub why: String,
    /// The fact's source.
    pub source: String,
}

/// Which objects must have a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needed {
    /// One at least of the whole release.
    One,
    /// Each of the kind and the name, if there are any.
    Each,
}
