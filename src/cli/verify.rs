//! `verify`: each identity, doing what the chart will do.

mod as_caller;
mod in_cluster;
mod issuer;
mod job;
mod trust;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::applied::identified;
use super::cluster::ClusterArguments;
use super::connect::{InCloud, connected, references_first};
use super::context::Context;
use super::interrupt::Stop;
use super::kept::{home, kept_keys};
use super::place::{Place, SpecFile};
use super::{Outcome, Output};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Kind};
use crate::clouds::trial::ProofOptions;
use crate::clouds::{LiveCloud, Remover};
use crate::files::out::Folder;
use crate::model::proof::{Matrix, TrialAction};
use crate::model::{Blueprint, Facts, Finding, Named, Proof, Trial};
use crate::report::{matrix_json, matrix_junit, matrix_text};
use crate::spec::Spec;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    bucketwright verify -f bucketwright.yaml\n  \
    bucketwright verify -f bucketwright.yaml -o junit > verify.xml\n  \
    AWS_ROLE_ARN=… AWS_WEB_IDENTITY_TOKEN_FILE=… bucketwright verify --as-caller\n  \
    bucketwright verify --print-job --image registry.example.com/bucketwright:1 > job.yaml\n  \
    bucketwright verify --in-cluster --image registry.example.com/bucketwright:1\n\n\
    Keys are used; roles are judged by their trust and IAM's policy simulator. What is written for it lies below \
    bucketwright-proof/ and is removed, also after Ctrl-C.\n\n\
    Exit codes: 0 all proven, 3 something failed or could not be tried, 2 wrong input.")]
pub(super) struct VerifyArguments {
    #[command(subcommand)]
    command: Option<VerifyCommand>,
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Only this user or role; may be given several times.
    #[arg(long, value_name = "NAME")]
    principal: Vec<String>,
    /// Prove whoever runs this, such as a pod with a web identity, instead of the identities by their keys and policies.
    #[arg(long)]
    as_caller: bool,
    /// A probe document in place of the spec, with --as-caller; `-` reads standard input. A pod has the document itself in
    /// BUCKETWRIGHT_PROBE.
    #[arg(long, value_name = "FILE", requires = "as_caller", conflicts_with = "spec")]
    probe: Option<PathBuf>,
    /// Print the probe document of the one identity that --principal names, and try nothing.
    #[arg(long, requires = "principal", conflicts_with = "as_caller")]
    print_probe: bool,
    /// Print the Jobs that prove the roles inside the cluster, under the chart's own ServiceAccounts, and try nothing.
    #[arg(long, conflicts_with_all = ["as_caller", "print_probe"])]
    print_job: bool,
    /// Run those Jobs, one after the other for each role, and print what their pods saw. They are removed however it goes.
    #[arg(long, conflicts_with_all = ["as_caller", "print_probe", "print_job"])]
    in_cluster: bool,
    /// Print the Roles that --in-cluster needs, and try nothing.
    #[arg(long, requires = "in_cluster")]
    permissions: bool,
    /// The image of this program for the Jobs. None is published: `bucketwright explain verify` has the Dockerfile. Without this, the nodes must
    /// hold one of this name already.
    #[arg(long, value_name = "IMAGE", default_value = concat!("bucketwright:", env!("CARGO_PKG_VERSION")))]
    image: String,
    /// How many seconds a Job may take, from its start to its end.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=3600))]
    timeout: u32,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// What else can be verified.
#[derive(Debug, Subcommand)]
enum VerifyCommand {
    /// Shows claim by claim which condition of a role's trust policy a token meets, and which it does not.
    Trust(trust::TrustArguments),
}

impl VerifyArguments {
    /// Whether this run prints a matrix.
    pub(super) fn has_matrix(&self) -> bool {
        self.command.is_none() && !self.print_probe && !self.print_job && !self.permissions
    }
}

pub(super) fn run(context: &Context, arguments: &VerifyArguments) -> Result<Outcome> {
    if let Some(VerifyCommand::Trust(arguments)) = &arguments.command {
        return trust::run(context, arguments);
    }
    if arguments.as_caller {
        return as_caller::run(context, arguments);
    }
    if arguments.print_probe {
        return as_caller::print_probe(context, arguments);
    }
    if arguments.print_job {
        return job::print(context, arguments);
    }
    if arguments.in_cluster {
        return in_cluster::run(context, arguments);
    }
    let spec = context.spec(&arguments.spec)?;
    references_first(context, &spec, false)?;
    let from_here = FromHere { context, arguments, folder: arguments.place.real(&spec)?, spec: spec.clone() };
    let proof = Context::block_on(connected(context, &spec, false, &arguments.cluster, from_here))?;
    Ok(told(context, &Matrix::of(&proof), None))
}

/// Proves every identity of the spec from this machine.
struct FromHere<'a> {
    context: &'a Context,
    arguments: &'a VerifyArguments,
    folder: Folder,
    spec: Spec,
}

impl InCloud for FromHere<'_> {
    type Output = Proof;

    async fn run(self, cloud: &impl LiveCloud) -> Result<Proof> {
        let Self { context, arguments, folder, spec } = self;
        let account = caller(cloud, &spec).await?;
        let spec = identified(spec, &folder)?;
        let mut blueprint = context.blueprint(spec, account.as_ref())?;
        only(&mut blueprint, &arguments.principal)?;
        let mut keys = kept_keys(&blueprint, &folder.at_home(home(&blueprint)))?;
        keys.extend(arguments.cluster.brought_keys(&blueprint).await?);
        let facts = Facts { keys, ..Facts::default() };
        let known = account.is_some() || !blueprint.spec.cloud.has_accounts();
        let _careful = Stop::careful();
        let mut proof = cloud.prove(&blueprint, &facts, ProofOptions::existing(&Stop::asked)).await;
        if arguments.principal.is_empty() && known && !Stop::asked() {
            issuer::judged(context, &blueprint, &mut proof).await;
            leftovers_judged(cloud, &blueprint, &mut proof).await;
        }
        if Stop::asked() { Err(interrupted(&proof)) } else { Ok(proof) }
    }
}

/// Users and roles that earlier versions of the spec left: what they may do they may still do.
async fn leftovers_judged<C: LiveCloud>(cloud: &C, blueprint: &Blueprint, proof: &mut Proof) {
    let Some(remover) = cloud.remover() else { return };
    let found = match remover.find(&blueprint.spec).await {
        Ok(found) => found,
        Err(error) => {
            proof.untried.push(format!("what earlier versions of the spec left was not looked for: {}", error.what()));
            return;
        }
    };
    let left = C::Remover::told(&C::Remover::beyond(found, &Named::of(blueprint, None)));
    proof.trials.extend(left.identities.iter().map(|one| {
        let by = match one.kind {
            Kind::Role => "its trust",
            Kind::ServiceAccount => "its keys or its pods",
            _ => "its access keys",
        };
        left_over(
            (one.installs.clone().unwrap_or_default(), one.name.to_string()),
            format!("an earlier version of the spec left it, and {by} may still give its rights"),
            "When your pods use what the spec says now, add `--prune` to `apply`: it removes this.".to_owned(),
        )
    }));
    let former = left.former.iter().filter(|one| one.kind != Kind::Bucket);
    proof.trials.extend(former.map(|one| {
        let (kind, name, old) = (one.kind, &one.name, &one.spec);
        left_over(
            (String::new(), name.clone()),
            format!("the {kind} carries this spec's id under the name `{old}`, and may still give its rights"),
            format!("If that was this spec's name, add `previousName: {old}`; then `apply --prune` removes it."),
        )
    }));
}

/// The trial of what an earlier version of the spec left; it never passes. `whose` is its install and its name.
fn left_over(whose: (String, String), note: String, fix: String) -> Trial {
    let (install, principal) = whose;
    Trial {
        install,
        principal,
        components: Vec::new(),
        bucket: "(account)".to_owned(),
        action: TrialAction::LeftOver,
        passed: false,
        note: Some(note),
        finding: Some(Box::new(Finding {
            code: Code::LEFTOVER_IDENTITY.as_str().to_owned(),
            why: "The spec names it no more, and whoever holds it may still do what it allows.".to_owned(),
            fix,
            statement: Value::Null,
            accept: None,
        })),
    }
}

/// The account. Keys alone need no other credentials than themselves.
async fn caller(cloud: &impl LiveCloud, spec: &Spec) -> Result<Option<AccountId>> {
    match cloud.caller().await {
        Err(error)
            if error.code() == &Code::NO_CREDENTIALS && spec.installs.iter().all(|one| !one.identity.uses_role()) =>
        {
            Ok(None)
        }
        caller => Ok(caller?.map(|caller| caller.account)),
    }
}

/// Leaves only the principals that were named.
fn only(blueprint: &mut Blueprint, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = blueprint.principals.iter().map(|want| want.name.to_string()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        return Err(Error::new(Code::WRONG_VALUE, format!("the spec has no user or role `{unknown}`"))
            .fix(format!("Known: {}.", known.join(", "))));
    }
    blueprint.principals.retain(|want| names.iter().any(|name| name == want.name.as_str()));
    Ok(())
}

/// What is said when the user stopped it.
fn interrupted(proof: &Proof) -> Error {
    let left = proof.trials.iter().filter(|trial| trial.leaves_something());
    let left: Vec<String> =
        left.map(|trial| format!("{}: {}", trial.bucket, trial.note.as_deref().unwrap_or_default())).collect();
    let error = Error::new(Code::INTERRUPTED, "interrupted during the verification");
    if left.is_empty() {
        error.why("What was written for it was removed again.").fix("Run the same command again.")
    } else {
        error
            .why(format!("Something could not be removed: {}.", left.join("; ")))
            .fix("Run the same command again: it writes and removes the same objects.")
    }
}

/// Prints the matrix as it was asked for.
fn told(context: &Context, matrix: &Matrix, caller: Option<&str>) -> Outcome {
    match context.output {
        Output::Json => context.print_json(&matrix_json(matrix, caller)),
        Output::Junit => context.screen.exact(&matrix_junit(matrix)),
        _ => context.screen.data(&matrix_text(matrix, &context.screen.on_stdout())),
    }
    let (all, failed) = matrix.count();
    context.screen.say(&format!("{} of {all} passed, {} could not be tried.", all - failed, matrix.untried.len()));
    if matrix.proven() { Outcome::Done } else { Outcome::Differences }
}
