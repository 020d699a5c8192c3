//! Whose tokens become a role, as a profile says it.

use serde::Deserialize;
use serde_json::Value;

use super::ChartRange;
use crate::base::yaml::At;

/// The tokens of an issuer outside of the cluster that become the role.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Federation {
    /// The issuer's URL.
    pub issuer: At<String>,
    /// The subjects that are let in.
    pub subjects: Vec<Subject>,
    /// How long a session may last at most, in seconds; AWS's 3600 when missing.
    pub session_seconds: Option<At<Value>>,
    /// The rule's source.
    pub source: Option<String>,
}

/// A subject that is let in; `*` stands for anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    /// The `sub` claim, or an expression that gives a list of them.
    pub sub: At<Value>,
    /// When it is let in.
    pub when: Option<At<String>>,
    /// The versions for which it is let in.
    pub charts: Option<ChartRange>,
}
