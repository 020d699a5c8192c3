//! `push`: Secrets, and what they need, into the cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::context::Context;
use super::render::facts;
use crate::blueprint::blueprint;
use crate::cluster::{Applied, Manner, apply, connect};
use crate::error::Result;
use crate::push::{Object, Wishes, objects, rights};
use crate::render::{Facts, Request, render};
use crate::sink::Folder;

/// Arguments of `push`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright push -f bucketwright.yaml --create-namespaces --dry-run=server")]
pub(super) struct PushArguments {
    /// The spec; `-` reads standard input.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = "bucketwright.yaml")]
    spec: PathBuf,
    /// The folder that `apply` wrote, which keeps the keys that it made.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    cluster: ClusterArguments,
    /// Create the namespaces too.
    #[arg(long)]
    create_namespaces: bool,
    /// Apply the ServiceAccounts that the spec names, with their role's annotation. All others belong to the chart.
    #[arg(long)]
    service_accounts: bool,
    /// Take fields that another manager owns.
    #[arg(long)]
    force_conflicts: bool,
    /// Change nothing: `client` lists the objects, `server` lets the cluster check them.
    #[arg(long, value_name = "WHERE")]
    dry_run: Option<DryRun>,
    /// Print the Roles that this push needs, and stop.
    #[arg(long)]
    permissions: bool,
}

/// Which cluster.
#[derive(Debug, Args)]
pub(super) struct ClusterArguments {
    /// The kubeconfig; else KUBECONFIG, ~/.kube/config, or the pod's own account.
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// The context in it.
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DryRun {
    Client,
    Server,
}

pub(super) fn run(context: &Context, arguments: &PushArguments) -> Result<Outcome> {
    let spec = crate::input::spec(&arguments.spec)?;
    let blueprint = blueprint(spec, &context.catalogue()?, None)?;
    // Neither the Roles nor a list of names need the secrets.
    let placeholders = arguments.permissions || arguments.dry_run == Some(DryRun::Client);
    let folder = Folder::new(&arguments.out, None);
    let facts = if placeholders { Facts::default() } else { facts(&blueprint, Some(&folder))? };
    let bundle = render(&blueprint, &facts, &Request { placeholders, ..Request::default() })?;
    let wishes = Wishes { namespaces: arguments.create_namespaces, service_accounts: arguments.service_accounts };
    let objects = objects(&blueprint, &bundle, wishes)?;
    if arguments.permissions {
        context.print_json(&json!({"apiVersion": "v1", "kind": "List", "items": rights(&objects)}));
        return Ok(Outcome::Done);
    }
    if arguments.dry_run == Some(DryRun::Client) {
        list(context, &objects);
        return Ok(Outcome::Done);
    }
    let manner = Manner { dry_run: arguments.dry_run.is_some(), force: arguments.force_conflicts };
    Context::block_on(async {
        let cluster = &arguments.cluster;
        let client = connect(cluster.kubeconfig.as_deref(), cluster.context.as_deref()).await?;
        let mut applied = Vec::new();
        for object in &objects {
            let one = apply(&client, object, manner).await?;
            if !context.json() {
                context.screen.data(&line(&one));
            }
            applied.push(one);
        }
        if context.json() {
            context.print_json(&json!({"version": 1, "dryRun": manner.dry_run, "objects": applied}));
        } else {
            let done = if manner.dry_run { "would be applied; nothing was changed" } else { "applied" };
            context.screen.say(&format!("{} objects {done}.", applied.len()));
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

fn named(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let place = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{kind} {place}{name}")
}

/// An object and how its keys differ; values are never shown.
fn line(applied: &Applied) -> String {
    let same = applied.existed && applied.keys.iter().all(|key| key.change == "same");
    let word = match (applied.existed, same) {
        (false, _) => "create",
        (true, true) => "same  ",
        (true, false) => "change",
    };
    let mut text = format!("{word} {}", named(applied.kind.as_str(), applied.namespace.as_deref(), &applied.name));
    for key in &applied.keys {
        text.push_str(&format!("\n         {} {}", key.change, key.key));
    }
    text
}
