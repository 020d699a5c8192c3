//! The profile format: what only Google Cloud needs.

use serde::{Deserialize, Serialize};

use super::{ChartRange, StorageRole};
use crate::base::yaml::At;

/// The kind of a service account's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GoogleKey {
    /// A key file in JSON.
    #[default]
    File,
    /// An HMAC key, for a program that only speaks S3.
    Hmac,
}

/// A role on Google Cloud beyond the buckets'.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoogleRole {
    /// The role.
    pub role: StorageRole,
    /// What it is given on.
    pub on: RoleOn,
    /// The components that need it.
    pub components: Vec<String>,
    /// When it is given.
    pub when: Option<At<String>>,
    /// The versions for which it is given.
    pub charts: Option<ChartRange>,
    /// What it is for.
    pub why: String,
    /// The rule's source.
    pub source: Option<String>,
}

/// What a role on Google Cloud is given on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleOn {
    /// The whole project.
    Project,
    /// The service account itself.
    Account,
}
