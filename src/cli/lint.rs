//! `lint-policy`: what is wrong in an IAM policy, offline.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::findings::{FailOn, print};
use super::{Outcome, Output};
use crate::base::error::{Result, Source};
use crate::clouds::aws::lint::{PolicyKind, lint, parts};
use crate::report::findings_json;

/// Arguments of `lint-policy`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  aws iam get-role --role-name nodes --query Role.AssumeRolePolicyDocument | \\\n    \
                        bucketwright lint-policy - --kind trust\n\n\
                        Exit codes: 0 nothing found, 3 findings, 2 the file cannot be read."
)]
pub(super) struct LintArguments {
    /// The policy, or an answer of AWS's that holds one, such as that of `aws iam get-role`; `-` reads standard input.
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    /// What it is attached to; otherwise its own form tells.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    kind: Attached,
    /// The least severity that makes the exit code 3.
    #[arg(long, value_name = "SEVERITY", default_value = "warn")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Attached {
    /// A user, group or role.
    Identity,
    /// A bucket.
    Bucket,
    /// A role, as the answer to who may become it.
    Trust,
    /// As the policy's form tells.
    Auto,
}

pub(super) fn run(context: &Context, arguments: &LintArguments) -> Result<Outcome> {
    let stdin = arguments.policy == Path::new("-");
    let name = if stdin { "standard input".to_owned() } else { arguments.policy.display().to_string() };
    let source = Source::new(name, crate::files::input::text(&arguments.policy)?);
    let kind = match arguments.kind {
        Attached::Identity => Some(PolicyKind::Identity),
        Attached::Bucket => Some(PolicyKind::Bucket),
        Attached::Trust => Some(PolicyKind::Trust),
        Attached::Auto => None,
    };
    let findings = lint(&source, kind);
    let parts = parts(&source);
    if context.output == Output::Json && !parts.is_empty() {
        let mut report = findings_json(&findings);
        report["parts"] = json!(parts);
        context.print_json(&report);
    } else {
        if !parts.is_empty() {
            context.screen.say(&format!("{} holds policies, which are linted: {}.", source.name(), parts.join(", ")));
        }
        print(context, &findings);
    }
    if findings.is_empty() && context.output == Output::Text {
        context.screen.say("Nothing found.");
    }
    Ok(arguments.fail_on.outcome(&findings))
}
