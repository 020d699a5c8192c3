//! What came of a run.

use std::process::ExitStatus;

use serde_json::Value;

/// What came of a run; its exit code must be asked for before its output can be used.
#[must_use = "say which exit code is expected"]
pub struct Run {
    status: ExitStatus,
    output: Output,
}

/// What a run printed, with the sandbox's path written as `$ROOT`.
#[derive(Clone, Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub(super) fn new(status: ExitStatus, stdout: String, stderr: String) -> Self {
        Self { status, output: Output { stdout, stderr } }
    }

    /// Expects exit code 0.
    #[track_caller]
    pub fn ok(self) -> Output {
        self.exits(0)
    }

    /// The exit code, for those who expect one of several.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whatever it ended with: only its output matters.
    pub fn any(self) -> Output {
        self.output
    }

    /// Expects an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Output {
        let Output { stdout, stderr } = &self.output;
        assert_eq!(self.status.code(), Some(code), "{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", self.status);
        self.output
    }
}

impl Output {
    /// What stands on stdout, read as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }

    /// What stands on stdout, read as SARIF 2.1.0 by types made from its schema: none of it is unknown to them.
    #[track_caller]
    pub fn sarif(&self) -> Value {
        let log: serde_sarif::sarif::Sarif =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout));
        let sarif = self.json();
        assert_eq!(serde_json::to_value(log).expect("JSON"), sarif);
        sarif
    }

    /// The errors on stderr, without the last line, which all errors have.
    #[track_caller]
    pub fn messages(&self) -> String {
        let (messages, last) = self.stderr.trim_end().rsplit_once('\n').expect("lines");
        assert!(last.starts_with("More: bucketwright explain BW"), "{}", self.stderr);
        format!("{messages}\n")
    }

    /// Both streams in one text.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}
