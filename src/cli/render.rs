//! `render`: offline, from the spec alone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Outcome;
use super::alone::alone;
use super::applied::{known, pending};
use super::cluster::ClusterArguments;
use super::context::Context;
use super::next::Following;
use super::place::Place;
use super::set_form;
use super::sinks::SinkArguments;
use crate::blueprint::Blueprint;
use crate::error::{Code, Error, Result};
use crate::names::DnsLabel;
use crate::render::{Bundle, Facts, File, Form, Keeping, Request, render};
use crate::report::{Screen, warnings_json};
use crate::sink::{Difference, Folder, Protected, stream};

/// Arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright render --placeholders -f examples/gitlab-irsa.yaml --out -")]
pub(super) struct RenderArguments {
    /// The spec; `-` reads standard input.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = "bucketwright.yaml")]
    spec: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Write nothing; say what differs from the folder, and exit with 3 if anything does.
    #[arg(long)]
    check: bool,
    /// What to give: files, or on stdout the values as flags of `helm upgrade`, for those who install with `--set`.
    #[arg(long, value_name = "FORMAT", default_value = "files", conflicts_with_all = ["check", "show_secrets"])]
    format: Format,
    /// Only this install, by its id.
    #[arg(long, value_name = "INSTALL")]
    only: Option<String>,
    /// Write placeholders instead of secrets, for CI.
    #[arg(long)]
    placeholders: bool,
    /// Print secrets even when stdout is a terminal.
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    sinks: SinkArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// What `render` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Files.
    Files,
    /// `--set`, `--set-string` and `--set-json`, a line each. No key is ever among them.
    Set,
}

pub(super) fn run(context: &Context, arguments: &RenderArguments) -> Result<Outcome> {
    let spec = crate::input::spec(&arguments.spec)?;
    let folder = arguments.place.real()?;
    let (blueprint, learnt) = known(context, spec, &folder)?;
    let only = arguments.only.as_deref().map(DnsLabel::namespace).transpose()?;
    if arguments.format == Format::Set {
        context.warn(&blueprint);
        return set_form::run(context, &blueprint, only);
    }
    let to_stdout = arguments.place.is_stdout();
    let pending = pending(&blueprint.spec, &arguments.spec, &folder)?;
    let protection = arguments.sinks.protection(&blueprint.spec)?;
    let keeping = protection.keeping();
    // Where no file will hold a key, none is needed.
    let placeholders = arguments.placeholders || keeping == Keeping { secrets: Form::External, rest: Form::LeftOut };
    let kept = arguments.place.keeps_keys().then_some(&folder);
    let facts = if placeholders { Facts::default() } else { facts(&blueprint, kept, &arguments.cluster)? };
    let moving = pending.as_ref().map(|pending| pending.install.clone());
    let request = Request { only, placeholders, keeping, moving, ..Request::default() };
    let bundle = render(&blueprint, &Facts { learnt, ..facts }, &request)?;
    context.warn(&blueprint);
    let protected = protection.protect(bundle, &blueprint.spec.name)?;
    if to_stdout {
        return print(context, &protected.bundle, arguments);
    }
    if arguments.check {
        return check(context, &blueprint, &folder, &protected);
    }
    let _taken = Context::block_on(alone(context, &folder))?;
    folder.no_leftovers(&protected)?;
    let bundle = protected.bundle;
    folder.write(&bundle)?;
    let following = Following {
        spec: &arguments.spec,
        folder: &folder,
        cluster: &arguments.cluster,
        pushed: false,
        running: BTreeMap::new(),
        pending,
    };
    // Placeholders bring nothing into a cluster.
    let following = (!arguments.placeholders).then_some(&following);
    if context.json() {
        let next = following.map_or_else(|| json!([]), |following| following.json(context, &bundle));
        context.print_json(&json!({
            "version": 1, "out": folder.path(), "files": files(&bundle),
            "warnings": warnings_json(&blueprint), "next": next,
        }));
        return Ok(Outcome::Done);
    }
    written(context, &folder, &bundle);
    match following {
        Some(following) => following.say(context, &bundle),
        None => context
            .screen
            .say("Placeholders stand for the secrets: these files are to be looked at, not to be installed."),
    }
    Ok(Outcome::Done)
}

/// The files of a bundle as a program reads them.
pub(super) fn files(bundle: &Bundle) -> Vec<Value> {
    let of = |(path, file): (&str, &File)| json!({"path": path, "kind": file.kind.as_str(), "private": file.content.is_private()});
    bundle.files().map(of).collect()
}

/// The keys that the user brings, and those that an earlier `apply` kept in the folder.
pub(super) fn facts(blueprint: &Blueprint, folder: Option<&Folder>, cluster: &ClusterArguments) -> Result<Facts> {
    let mut keys = Context::block_on(cluster.brought_keys(blueprint))?;
    if let Some(folder) = folder {
        for principal in blueprint.principals.iter().filter(|principal| principal.has_made_key()) {
            if let Some(key) = folder.kept_key(&principal.name)? {
                keys.insert(principal.name.clone(), key);
            }
        }
    }
    Ok(Facts { keys, ..Facts::default() })
}

fn print(context: &Context, bundle: &Bundle, arguments: &RenderArguments) -> Result<Outcome> {
    let secret = !arguments.placeholders && bundle.files().any(|(_, file)| file.content.is_private());
    if secret && Screen::stdout_is_terminal() && !arguments.show_secrets {
        return Err(Error::new(Code::SECRETS_ON_TERMINAL, "the output holds secrets, and stdout is a terminal")
            .why("What a terminal shows stays in its scrollback and in recordings.")
            .fix("Send it to a file or a program, use `--placeholders`, or add `--show-secrets`."));
    }
    if context.json() {
        let files: BTreeMap<&str, &str> = bundle.files().map(|(path, file)| (path, file.content.text())).collect();
        context.print_json(&json!(files));
    } else {
        context.screen.exact(&stream(bundle));
    }
    Ok(Outcome::Done)
}

fn check(context: &Context, blueprint: &Blueprint, folder: &Folder, protected: &Protected) -> Result<Outcome> {
    let differences = folder.compare(protected)?;
    if context.json() {
        let list: Vec<_> = differences
            .iter()
            .map(|difference| match difference {
                Difference::Missing(path) => json!({"path": path, "difference": "missing"}),
                Difference::Changed(path, diff) => json!({"path": path, "difference": "changed", "diff": diff}),
            })
            .collect();
        context.print_json(&json!({"version": 1, "differences": list, "warnings": warnings_json(blueprint)}));
    } else {
        for difference in &differences {
            context.screen.data(&match difference {
                Difference::Missing(path) => format!("missing  {path}"),
                Difference::Changed(path, None) => format!("changed  {path} (private: not shown)"),
                Difference::Changed(path, Some(diff)) => format!("changed  {path}\n{diff}"),
            });
        }
        context.screen.say(&match differences.len() {
            0 => format!("{} is as the spec says.", folder.path().display()),
            count => format!("{count} of {} files differ. `bucketwright render` writes them.", protected.bundle.len()),
        });
        if !protected.fresh.is_empty() {
            let fresh: Vec<&str> = protected.fresh.iter().map(String::as_str).collect();
            context.screen.say(&format!("Not compared, because each writing is different: {}.", fresh.join(", ")));
        }
    }
    Ok(if differences.is_empty() { Outcome::Done } else { Outcome::Differences })
}

/// Says what was written.
pub(super) fn written(context: &Context, folder: &Folder, bundle: &Bundle) {
    let private = bundle.files().filter(|(_, file)| file.content.is_private()).count();
    context.screen.say(&format!(
        "Wrote {} files into {}, {private} of them private (0600).",
        bundle.len(),
        folder.path().display()
    ));
}
