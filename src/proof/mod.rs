//! What the proof tried and what came of it, as plain data.

use serde::Serialize;

/// One thing that was tried.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Who tried it.
    pub principal: String,
    /// Where.
    pub bucket: String,
    /// What.
    pub action: String,
    /// Whether it went as it should.
    pub passed: bool,
    /// A word about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What the proof found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// All trials.
    pub trials: Vec<Trial>,
    /// What could not be tried here, and why.
    pub untried: Vec<String>,
}

impl Proof {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.trials.iter().all(|trial| trial.passed)
    }
}
