//! `plan`: what would change. Changes nothing.

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::cluster::{ClusterArguments, PushOptions};
use super::context::Context;
use super::place::{Place, SpecFile};
use super::planning::{Planned, planned};
use super::work::Wishes;
use crate::base::error::Result;
use crate::clouds::known;
use crate::clouds::known::Rights;
use crate::files::out::Protection;
use crate::model::Blueprint;
use crate::report::{plan_json, plan_text};
use crate::spec::mark;

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright plan --rehearse -f examples/gitlab-irsa.yaml")]
pub(super) struct PlanArguments {
    #[command(flatten)]
    spec: SpecFile,
    /// Print the IAM policy, Google's permissions and roles, or the lines for Azure's CLI, that give whoever runs `apply` what
    /// it needs. Asks no cloud.
    #[arg(long)]
    permissions: bool,
    /// Exit with 3 when anything would change, or others have gained something that the spec does not accept.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan against an empty in-memory account.
    #[arg(long)]
    rehearse: bool,
    #[command(flatten)]
    place: Place,
    /// Count on a second key for each user whose key is kept nowhere, as `apply --second-key` makes it.
    #[arg(long)]
    second_key: bool,
    #[command(flatten)]
    cluster: ClusterArguments,
}

pub(super) fn run(context: &Context, arguments: &PlanArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    if arguments.permissions {
        return permissions(context, &context.blueprint(spec, None)?);
    }
    let wishes = Wishes {
        rehearse: arguments.rehearse,
        yes: false,
        spec: &arguments.spec,
        prove: false,
        folder: arguments.place.folder(arguments.rehearse)?.of_spec(mark(&spec))?,
        second_key: arguments.second_key,
        protection: Protection::default(),
        cluster: &PushOptions::from(&arguments.cluster),
        push: false,
        prune: None,
    };
    if wishes.rehearse && !context.json() {
        context.screen.say(REHEARSAL_PLAN);
    }
    let planned = planned(context, spec, &wishes)?;
    print(context, &planned);
    planned.plan.accepted()?;
    let retired = &planned.blueprint.spec.retired;
    let left = planned.plan.leftovers.iter().any(|step| step.is_open(retired));
    let differs = planned.plan.changes_anything() || planned.plan.is_open_to_others() || left;
    Ok(if arguments.detailed_exitcode && differs { Outcome::Differences } else { Outcome::Done })
}

/// Prints the rights that a run needs.
fn permissions(context: &Context, blueprint: &Blueprint) -> Result<Outcome> {
    match known(&blueprint.spec.cloud).rights(blueprint) {
        Rights::Document(needs, note) => {
            note.filter(|_| !context.json()).iter().for_each(|note| context.screen.say(note));
            context.print_foreign(&needs);
        }
        Rights::Lines(lines) if context.json() => {
            context.print_json(&json!({"version": 1, "commands": lines}));
        }
        Rights::Lines(lines) => context.screen.data_lines(&lines.join("\n")),
    }
    Ok(Outcome::Done)
}

/// Prints the plan as it was asked for.
fn print(context: &Context, planned: &Planned) {
    if context.json() {
        context.print_json(&plan_json(&planned.blueprint, &planned.plan));
    } else {
        context.screen.data_lines(&plan_text(&planned.blueprint, &planned.plan, &context.screen.on_stdout()));
    }
    context.warn(&planned.blueprint);
}

/// Stands above a plan that is none of a real account.
const REHEARSAL_PLAN: &str = "REHEARSAL: planned against an empty in-memory account. No cloud was asked.";
