//! What a profile knows of the values that users write themselves.

use serde::Deserialize;
use serde_json::Value;

use super::ChartRange;
use crate::base::yaml::At;

/// A key that the chart knew once and ignores now.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Its path, joined by dots.
    pub path: String,
    /// The chart versions that ignore it.
    pub charts: ChartRange,
    /// Since when, as a clause.
    pub since: String,
    /// What replaces it, as a sentence.
    pub instead: String,
    /// Why it matters.
    pub why: String,
    /// The fact's source.
    pub source: String,
}

/// A value that wins over ours, or sends objects elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rival {
    /// Its path, joined by dots. In a part `*` means any text and `|` separates alternatives; in a list a part is an item's `name`.
    pub path: String,
    /// When it is one; always, if nothing is said.
    pub when: Option<At<String>>,
    /// The chart versions in which it is one.
    pub charts: Option<ChartRange>,
    /// The value that makes it one; any but null, if nothing is said.
    pub is: Option<Value>,
    /// What it does, as a clause.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do, as a sentence.
    pub fix: String,
    /// The fact's source.
    pub source: String,
}
