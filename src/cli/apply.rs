//! `apply`: plan, confirm, make, prove, write.

use clap::Args;
use serde_json::json;

use super::cluster::PushOptions;
use super::connect::ready;
use super::context::Context;
use super::leavings::Leavings;
use super::next::{Following, rendering};
use super::place::{Place, SpecFile};
use super::prune::Prune;
use super::push::say;
use super::render::{files, written};
use super::sinks::SinkArguments;
use super::work::{Applied, Wishes, applied};
use super::{Outcome, remains};
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::files::out::REHEARSAL;
use crate::model::LEARNT;
use crate::render::SecretForm;
use crate::report::plan_json;
use crate::spec::{Spec, mark};

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright apply --rehearse -f examples/gitlab-irsa.yaml --out out")]
pub(super) struct ApplyArguments {
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Do it without asking.
    #[arg(short, long)]
    yes: bool,
    /// Do all of it in an in-memory account: nothing is made, and every file says so.
    #[arg(long)]
    rehearse: bool,
    /// Make a second key for each user whose key is kept nowhere. The first keeps working; IAM allows two.
    #[arg(long, conflicts_with = "rehearse")]
    second_key: bool,
    /// Do not try out what was made.
    #[arg(long)]
    no_proof: bool,
    /// Push the Secrets into the cluster too: it checks them before a key is made.
    #[arg(long, help_heading = "Cluster", conflicts_with_all = ["rehearse", "seal", "external_secrets"])]
    push: bool,
    /// Remove what earlier versions of the spec left, once nothing uses it: users, roles, policies, associations and empty buckets.
    #[arg(long, conflicts_with = "rehearse")]
    prune: bool,
    /// With --prune: also users and roles that were used within the last 30 minutes, or that this run replaces.
    #[arg(long, requires = "prune")]
    even_if_used: bool,
    #[command(flatten)]
    sinks: SinkArguments,
    #[command(flatten)]
    cluster: PushOptions,
}

pub(super) fn run(context: &Context, arguments: &ApplyArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    if arguments.place.is_stdout() {
        return Err(Error::new(Code::UNWRITABLE, "`apply` cannot write to stdout")
            .why("Keys that it makes are shown once, so they are kept in a folder before anything else happens.")
            .fix("Name a folder with `--out DIR`; `bucketwright render --out -` prints its files afterwards."));
    }
    let wishes = Wishes {
        rehearse: arguments.rehearse,
        yes: arguments.yes,
        spec: &arguments.spec,
        prove: !arguments.no_proof,
        folder: arguments.place.folder(arguments.rehearse)?.of_spec(mark(&spec))?,
        second_key: arguments.second_key,
        protection: arguments.sinks.protection(context, &spec)?,
        cluster: &arguments.cluster,
        push: arguments.push,
        prune: arguments.prune.then_some(Prune { even_if_used: arguments.even_if_used }),
    };
    carry_out(context, spec, &wishes)
}

/// Applies a spec and says how it went.
pub(super) fn carry_out(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Outcome> {
    if wishes.rehearse && !context.json() {
        context.screen.say(REHEARSAL);
    }
    ready(context, &spec, wishes.rehearse, &wishes.cluster.cluster)?;
    let applied = applied(context, spec, wishes)?;
    if context.json() {
        print_json(context, &applied, wishes);
    } else {
        let render = rendering(context, wishes.spec, &applied.folder, &wishes.protection.asked);
        let render = Some(render.as_str()).filter(|_| !wishes.rehearse);
        let leavings = Leavings::of(&applied.folder, &applied.bundle, None)?.beside(&applied.withheld);
        written(context, &applied.folder, &applied.bundle, &leavings, render);
        if let Some((address, objects)) = &applied.pushed {
            say(context, address, objects, false);
        }
        if wishes.rehearse {
            context.screen.say(REHEARSAL);
        } else {
            remains::say(context.screen, &applied.remaining, remains::NO_MORE);
            say_learnt(context, &applied);
            if applied.works() {
                following(&applied, wishes).say(context, &applied.bundle);
            }
        }
    }
    match &applied.proof {
        Some(proof) if !proof.passed() => {
            let failed = proof.trials.iter().filter(|trial| !trial.passed).count();
            Err(Error::new(Code::PROOF_FAILED, format!("the proof failed in {failed} of {} trials", proof.trials.len()))
                .why(format!("Everything was made, but the identity cannot do what the chart will do, or can do more than it should. {}", kept_back(&applied, wishes)))
                .fix("Look at the trials above. Policies of the organisation (SCPs) or a bucket policy of someone else may deny; then run `apply` again: it proves, and writes what is missing. `--no-proof` writes it without."))
        }
        _ => Ok(Outcome::Done),
    }
}

/// What was not handed on, because it was not proven.
fn kept_back(applied: &Applied, wishes: &Wishes<'_>) -> String {
    let mut words = match applied.withheld.as_slice() {
        [] => "The files were written; none of them holds a key.".to_owned(),
        files => {
            let place = applied.folder.path();
            let files: Vec<String> = files.iter().map(|file| shell::path(&place.join(file))).collect();
            format!("What holds a key was not written, and is as it was before: {}.", files.join(", "))
        }
    };
    if wishes.push {
        words.push_str(" Nothing was pushed.");
    }
    if wishes.protection.keeping().secrets == SecretForm::External {
        words.push_str(" Secrets Manager has no new content.");
    }
    words
}

/// What is to be run next depends on what was done.
fn following<'a>(applied: &'a Applied, wishes: &'a Wishes<'_>) -> Following<'a> {
    Following {
        spec: wishes.spec,
        blueprint: &applied.planned.blueprint,
        folder: &applied.folder,
        cluster: &wishes.cluster.cluster,
        pushed: applied.pushed.is_some(),
        running: applied.running.clone(),
        pending: applied.pending.clone(),
    }
}

/// The lines that the spec lacks, which a render elsewhere would need.
fn say_learnt(context: &Context, applied: &Applied) {
    if applied.learnt.is_empty() || !applied.learnt_is_new {
        return;
    }
    let place = shell::path(&applied.folder.path().join(LEARNT));
    context.screen.say(&format!(
        "The spec leaves out what this run found or chose. Other commands find it in {place}; to have it in the spec, add:"
    ));
    for (place, line) in applied.learnt.lines() {
        context.screen.say_lines(&format!("  {place}:  {line}"));
    }
}

fn print_json(context: &Context, applied: &Applied, wishes: &Wishes<'_>) {
    let next = if wishes.rehearse || !applied.works() {
        json!([])
    } else {
        following(applied, wishes).json(context, &applied.bundle)
    };
    context.print_json(&json!({
        "version": 1,
        "rehearsal": wishes.rehearse,
        "plan": plan_json(&applied.planned.blueprint, &applied.planned.plan),
        "proof": applied.proof,
        "out": applied.folder.path(),
        "files": files(&applied.bundle),
        "withheld": applied.withheld,
        "remaining": applied.remaining,
        "learnt": {"id": applied.learnt.id, "account": applied.learnt.account, "oidcIssuer": applied.learnt.issuer},
        "pruned": applied.pruned,
        "next": next,
        "pushed": applied.pushed.as_ref().map(|(address, objects)| json!({"cluster": address, "objects": objects})),
    }));
}
