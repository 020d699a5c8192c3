//! What a review holds, as plain data: it is written into the page, so that the next one can tell what is new.

use serde::{Deserialize, Serialize};

use super::picture::Picture;
use crate::policy::Said;

/// Everything that a security reviewer signs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// The spec's name.
    pub spec: String,
    /// The cloud, in words.
    pub cloud: String,
    /// Where in it, in words.
    pub place: String,
    /// The region or location.
    pub region: String,
    /// What is installed.
    pub installs: Vec<Installed>,
    /// Who may touch what.
    pub picture: Picture,
    /// The users, roles and keys.
    pub identities: Vec<Identity>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// Who reaches the buckets besides, whatever the spec says.
    pub besides: String,
    /// The names of what others have and the spec accepts.
    pub accepted: Vec<String>,
    /// What others have, as `plan` and `verify` found it.
    pub others: Vec<Other>,
    /// Where each secret is.
    pub secrets: Vec<SecretPlace>,
    /// What would be made.
    pub plan: Planned,
    /// What `verify` and `check` found.
    pub results: Vec<Checked>,
}

/// An install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// Its id.
    pub id: String,
    /// What is installed, and which version.
    pub chart: String,
    /// The Helm release.
    pub release: String,
    /// The namespace.
    pub namespace: String,
    /// How its pods prove who they are.
    pub identity: String,
    /// What is to be known about it.
    pub warnings: Vec<Warned>,
}

/// A warning about an install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warned {
    /// Its code.
    pub code: String,
    /// What is to be known.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: Option<String>,
}

/// A user, a role or a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The install.
    pub install: String,
    /// The components that use it.
    pub components: Vec<String>,
    /// Who becomes it, a sentence each.
    pub whom: Vec<String>,
    /// What it may do.
    pub said: Vec<Said>,
    /// What bounds it, and what else it holds.
    pub limits: Vec<String>,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What it is for: installs and purposes.
    pub uses: Vec<String>,
    /// Who does what with it.
    pub who: Vec<String>,
    /// What it refuses, whoever asks.
    pub refuses: Vec<String>,
    /// Its other settings.
    pub settings: Vec<String>,
}

/// What somebody else has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// The code.
    pub code: String,
    /// The bucket, user or role that it is about.
    pub about: String,
    /// Who has what.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// The fix.
    pub fix: String,
    /// The statement, as JSON; empty where there is none.
    pub statement: String,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretPlace {
    /// What it is.
    pub what: String,
    /// Where.
    pub place: String,
    /// Who can read it there.
    pub readers: String,
}

/// What would be made or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Where this is from.
    pub source: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// What is above the lines for the cloud's own tool.
    pub by_hand: String,
    /// Those lines.
    pub lines: Vec<String>,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What happens.
    pub verb: String,
    /// To what kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is written.
    pub changes: Vec<String>,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The command.
    pub command: String,
    /// The SHA-256 of its document, in hexadecimal digits.
    pub digest: String,
    /// Whether nothing is open.
    pub passed: bool,
    /// The result in a sentence.
    pub summary: String,
    /// What it found.
    pub findings: Vec<Found>,
    /// What it could not try or judge.
    pub untried: Vec<String>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// `error`, `warn`, `failed` or `refused`.
    pub severity: String,
    /// Its code; empty for a trial that failed.
    pub code: String,
    /// What it is about.
    pub about: String,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// The fix.
    pub fix: String,
}
