//! What the proof has to try, what it tried, and what came of it, as plain data.

mod action;
mod matrix;
mod probe;
mod standing;

pub use action::TrialAction;
pub use matrix::{Cell, Matrix, Row};
pub use probe::{Preflight, Probe, ProbeBucket};
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use standing::judged;

/// The prefix of every object that the proof writes: it says what they are, and `destroy` may take them away.
pub const PREFIX: &str = "bucketwright-proof/";

/// What such an object holds.
pub const BODY: &str = "Written by bucketwright to prove that this bucket can be used. It may be deleted.";

/// One thing that was tried.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// The install it is about.
    pub install: String,
    /// Who tried it.
    pub principal: String,
    /// The components that rely on it; none when it is about the principal as a whole.
    pub components: Vec<String>,
    /// Where.
    pub bucket: String,
    /// What.
    pub action: TrialAction,
    /// Whether it went as it should.
    pub passed: bool,
    /// A word about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What somebody gained, where that is what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Box<Finding>>,
}

impl Trial {
    /// Whether it should have removed what the proof made, and could not: an object, or a bucket.
    pub fn leaves_something(&self) -> bool {
        !self.passed && self.action.removes()
    }
}

/// What somebody gained: the statement that says so, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The code of the finding.
    pub code: String,
    /// Why it matters.
    pub why: String,
    /// The exact fix.
    pub fix: String,
    /// The statement; null where there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub statement: Value,
    /// The name that accepts it in the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
}

/// What the proof found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// All trials.
    pub trials: Vec<Trial>,
    /// What could not be tried here, and why.
    pub untried: Vec<String>,
    /// What is not judged, since the run has no credentials for the account.
    pub unjudged: Vec<String>,
}

impl Proof {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.trials.iter().all(|trial| trial.passed)
    }
}

impl Extend<Proof> for Proof {
    fn extend<I: IntoIterator<Item = Proof>>(&mut self, others: I) {
        for other in others {
            self.trials.extend(other.trials);
            self.untried.extend(other.untried);
            self.unjudged.extend(other.unjudged);
        }
    }
}
