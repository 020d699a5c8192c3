//! What the commands that print findings share: how they are printed, and from when on they fail.

use clap::ValueEnum;

use super::context::Context;
use super::{Outcome, Output};
use crate::base::error::{Finding, Severity};
use crate::report::{findings_json, findings_sarif, findings_text};

/// From which severity on a command fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Everything.
    Warn,
    /// Only what is refused or does not do what it says.
    Error,
}

impl FailOn {
    /// What a run with these findings ends with.
    pub(super) fn outcome(self, findings: &[Finding]) -> Outcome {
        let least = match self {
            Self::Warn => Severity::Warn,
            Self::Error => Severity::Error,
        };
        if findings.iter().any(|finding| finding.severity >= least) { Outcome::Differences } else { Outcome::Done }
    }
}

/// Prints findings as they were asked for.
pub(super) fn print(context: &Context, findings: &[Finding]) {
    match context.output {
        Output::Json => context.print_json(&findings_json(findings)),
        Output::Sarif => context.print_foreign(&findings_sarif(findings)),
        _ if findings.is_empty() => {}
        _ => context.screen.data_lines(&findings_text(findings, &context.screen.on_stdout())),
    }
}
