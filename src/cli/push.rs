//! `push`: Secrets, and what they need, into the cluster.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::applied::known;
use super::cluster::PushOptions;
use super::context::Context;
use super::place::{Place, SpecFile};
use super::render::facts;
use crate::base::error::Result;
use crate::kube::live::Applied;
use crate::kube::push::{Change, FieldChange, Object, objects, rights};
use crate::model::Facts;
use crate::render::{RenderOptions, render};

/// Arguments of `push`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright push -f bucketwright.yaml --create-namespaces --dry-run=server\n\
    Rights:  bucketwright push -f bucketwright.yaml --permissions | kubectl apply -f -")]
pub(super) struct PushArguments {
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Change nothing: `client` lists the objects, `server` lets the cluster check them and shows what would change.
    #[arg(long, value_name = "WHERE")]
    dry_run: Option<DryRun>,
    /// Print the Roles that this push needs, and stop.
    #[arg(long)]
    permissions: bool,
    #[command(flatten)]
    options: PushOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DryRun {
    Client,
    Server,
}

pub(super) fn run(context: &Context, arguments: &PushArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let folder = arguments.place.real(&spec)?;
    let (blueprint, _) = known(context, spec, &folder)?;
    let options = &arguments.options;
    // Neither the Roles nor a list of names need the secrets.
    let placeholders = arguments.permissions || arguments.dry_run == Some(DryRun::Client);
    let facts = if placeholders { Facts::default() } else { facts(&blueprint, Some(&folder), &options.cluster, None)? };
    let bundle = render(
        &blueprint,
        &facts,
        &RenderOptions { placeholders, without_policies: true, ..RenderOptions::default() },
    )?;
    folder.pushable(&bundle)?;
    let objects = objects(&blueprint, &bundle, options.wishes())?;
    if arguments.permissions {
        let rights = rights(&objects, blueprint.references());
        context.print_foreign(&json!({"apiVersion": "v1", "kind": "List", "items": rights}));
        return Ok(Outcome::Done);
    }
    if arguments.dry_run == Some(DryRun::Client) {
        list(context, &objects);
        return Ok(Outcome::Done);
    }
    let dry_run = arguments.dry_run.is_some();
    Context::block_on(async {
        let cluster = options.cluster.connect().await?;
        let work = async {
            if dry_run { options.checked(&cluster, &objects).await } else { options.applied(&cluster, &objects).await }
        };
        let applied = work.await?;
        if context.json() {
            context
                .print_json(&json!({"version": 1, "dryRun": dry_run, "cluster": cluster.address, "objects": applied}));
        } else {
            say(context, &cluster.address, &applied, dry_run);
        }
        Ok(Outcome::Done)
    })
}

fn list(context: &Context, objects: &[Object]) {
    if context.json() {
        let names: Vec<_> = objects
            .iter()
            .map(|object| json!({"kind": object.kind, "namespace": object.namespace, "name": object.name}))
            .collect();
        context.print_json(&json!({"version": 1, "dryRun": true, "objects": names}));
        return;
    }
    for object in objects {
        context.screen.data(&named(object.kind.as_str(), object.namespace.as_deref(), &object.name));
    }
}

/// Says what became of each object, and in which cluster.
pub(super) fn say(context: &Context, address: &str, applied: &[Applied], dry_run: bool) {
    applied.iter().for_each(|one| context.screen.data(&lines(one)));
    let done = if dry_run { "would be applied; nothing was changed" } else { "applied" };
    context.screen.say(&format!("{} objects {done} in {address}", applied.len()));
}

fn named(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let place = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{kind} {place}{name}")
}

/// An object and how its fields differ.
fn lines(applied: &Applied) -> String {
    let word = match (applied.existed, applied.same()) {
        (false, _) => "create",
        (true, true) => "same",
        (true, false) => "change",
    };
    let mut text = format!("{word:6} {}", named(applied.kind.as_str(), applied.namespace.as_deref(), &applied.name));
    for field in &applied.fields {
        text.push_str(&format!("\n       {:7} {}{}", field.change.as_str(), field.field, values(field)));
    }
    text
}

/// The two values, or that they are hidden.
fn values(field: &FieldChange) -> String {
    match (&field.before, &field.after) {
        (Some(before), Some(after)) if before != after => format!(": {before} → {after}"),
        (_, Some(value)) | (Some(value), None) => format!(": {value}"),
        (None, None) if field.change == Change::Changed => " (values hidden)".to_owned(),
        (None, None) => String::new(),
    }
}
