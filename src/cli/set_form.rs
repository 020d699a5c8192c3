//! `render --format set`: the values as flags of `helm upgrade`.

use serde_json::{Value, json};

use super::Outcome;
use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::base::names::DnsLabel;
use crate::model::{Blueprint, Facts, InstallBlueprint};
use crate::profile::ChartKind;
use crate::render::{RenderOptions, render, set_flags};

/// The flags of one install.
struct Flags<'a> {
    install: &'a InstallBlueprint,
    words: Vec<String>,
    /// The file of the values that hold keys: they never become arguments, which every process of the machine can read.
    private: Option<String>,
}

/// Prints the flags. No key is among them, so none is asked for.
pub(super) fn run(context: &Context, blueprint: &Blueprint, only: Option<DnsLabel>) -> Result<Outcome> {
    let bundle =
        render(blueprint, &Facts::default(), &RenderOptions { only, placeholders: true, ..RenderOptions::default() })?;
    let mut all = Vec::new();
    for install in blueprint.installs.iter().filter(|install| install.profile.about.kind == ChartKind::Helm) {
        let name = install.profile.values_file();
        let Some(file) = bundle.get(&format!("{}/{name}", install.id)) else { continue };
        let values: Value = crate::base::yaml::read_back(file.content.text()).map_err(|why| {
            Error::new(Code::NOT_READ_BACK, format!("{}/{name} does not read back: {why}", install.id))
        })?;
        let private = format!("{}/values.secret.yaml", install.id);
        let private = bundle.get(&private).map(|_| private);
        all.push(Flags { install, words: set_flags(&values), private });
    }
    if all.is_empty() {
        return Err(Error::new(Code::WRONG_VALUE, "none of these installs takes `--set`")
            .why("`--set` is a flag of Helm, and Helm installs none of them.")
            .fix("Leave `--format` out: `bucketwright render` writes the files that they read."));
    }
    if context.json() {
        let list: Vec<_> =
            all.iter().map(|one| json!({"id": one.install.id, "flags": one.words, "private": one.private})).collect();
        context.print_json(&json!({"version": 1, "installs": list}));
        return Ok(Outcome::Done);
    }
    for Flags { install, words, private } in &all {
        context.screen.data_lines(&format!("# {}\n  {}", install.id, words.join(" \\\n  ")));
        context.screen.say(&format!(
            "Give them to `helm upgrade --install {} … --version {} --namespace {}` in place of `-f {}/{}`.",
            install.release,
            install.version,
            install.namespace,
            install.id,
            install.profile.values_file()
        ));
        if let Some(private) = private {
            context.screen.say(&format!(
                "Keys do not belong on a command line: keep `-f {private}`, which `bucketwright render` writes."
            ));
        }
    }
    context.screen.say("The Secrets that they name, the documents and the notes: `bucketwright render`.");
    Ok(Outcome::Done)
}
