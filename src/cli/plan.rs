//! `plan`: what would change. Changes nothing.

use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use super::cluster::{ClusterArguments, PushOptions};
use super::connect::left_to_az;
use super::context::Context;
use super::work::{Wishes, planned, print_plan};
use crate::blueprint::blueprint;
use crate::error::Result;
use crate::plan::{caller_needs, gcp_needs};
use crate::policy::caller_policy;
use crate::sink::Protection;

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright plan --rehearse -f examples/gitlab-irsa.yaml")]
pub(super) struct PlanArguments {
    /// The spec; `-` reads standard input.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = "bucketwright.yaml")]
    spec: PathBuf,
    /// Print the IAM policy, or Google's permissions and roles, that whoever runs `apply` needs. Asks no cloud.
    #[arg(long)]
    permissions: bool,
    /// Exit with 3 when anything would change.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan against an empty in-memory account.
    #[arg(long)]
    rehearse: bool,
    /// The folder that `apply` writes into: it keeps the keys of earlier runs.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    cluster: ClusterArguments,
}

pub(super) fn run(context: &Context, arguments: &PlanArguments) -> Result<Outcome> {
    let spec = crate::input::spec(&arguments.spec)?;
    if arguments.permissions {
        left_to_az(context, &spec, "`plan --permissions`", |azure| {
            let group = format!("/subscriptions/{}/resourceGroups/{}", azure.subscription, azure.resource_group);
            let assign = |role| format!("az role assignment create --assignee WHO --role '{role}' --scope '{group}'");
            Ok(["Contributor", "Role Based Access Control Administrator"].map(assign).to_vec())
        })?;
        let blueprint = blueprint(spec, &context.catalogue()?, None)?;
        let needs = match blueprint.spec.cloud.gcp() {
            Some(gcp) => gcp_needs(&blueprint, gcp),
            None => caller_policy(&caller_needs(&blueprint)),
        };
        context.print_json(&needs);
        return Ok(Outcome::Done);
    }
    let wishes = Wishes {
        rehearse: arguments.rehearse,
        yes: false,
        prove: false,
        out: &arguments.out,
        protection: Protection::default(),
        cluster: &PushOptions::from(&arguments.cluster),
        push: false,
    };
    let planned = planned(context, spec, &wishes)?;
    print_plan(context, &planned);
    planned.plan.accepted()?;
    Ok(if arguments.detailed_exitcode && planned.plan.changes_anything() {
        Outcome::Differences
    } else {
        Outcome::Done
    })
}
