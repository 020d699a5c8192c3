//! `profile`: list, show, make and test profiles.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::error::{Code, Error, Result};
use crate::profile::Profile;
use crate::report::{profile_markdown, profile_text};
use crate::spec::Provider;
use crate::trial::{Outcome as Tried, variants};

/// Subcommands of `profile`.
#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    /// The profiles at hand.
    List,
    /// What a profile knows: versions, identities and why, buckets, options, values.
    Show {
        /// The profile.
        name: String,
        /// Print it as Markdown, as in docs/profiles/.
        #[arg(long)]
        markdown: bool,
    },
    /// Writes a small profile that works, to start from.
    New {
        /// The new profile's name.
        name: String,
        /// The folder to write `NAME/` into.
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Renders every cloud, identity and version of a profile, and parses everything that comes out.
    Test {
        /// The profiles; all of them when none is named.
        names: Vec<String>,
    },
}

pub(super) fn run(context: &Context, command: &ProfileCommand) -> Result<Outcome> {
    match command {
        ProfileCommand::List => list(context),
        ProfileCommand::Show { name, markdown } => show(context, name, *markdown),
        ProfileCommand::New { name, dir } => new(context, name, dir),
        ProfileCommand::Test { names } => test(context, names),
    }
}

fn list(context: &Context) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let profiles = catalogue.names().map(|name| catalogue.get(name)).collect::<Result<Vec<_>>>()?;
    if context.json() {
        let list: Vec<_> = profiles
            .iter()
            .map(|profile| {
                let about = &profile.about;
                json!({"name": about.profile, "title": about.title, "summary": about.summary, "legacy": about.legacy, "charts": about.chart.versions.to_string()})
            })
            .collect();
        context.print_json(&json!({"version": 1, "profiles": list}));
    } else {
        for profile in &profiles {
            let about = &profile.about;
            let legacy = if about.legacy.is_some() { " (legacy)" } else { "" };
            context.screen.data(&format!(
                "{:<16} {:<22} {}{legacy}",
                about.profile,
                about.chart.versions.to_string(),
                about.summary
            ));
        }
    }
    Ok(Outcome::Done)
}

fn show(context: &Context, name: &str, markdown: bool) -> Result<Outcome> {
    let profile = context.catalogue()?.get(name)?;
    if context.json() {
        context.print_json(&as_json(&profile));
    } else {
        context.screen.data(&if markdown { profile_markdown(&profile) } else { profile_text(&profile) });
    }
    Ok(Outcome::Done)
}

fn as_json(profile: &Profile) -> serde_json::Value {
    let about = &profile.about;
    let verdicts: Vec<_> = profile
        .verdicts(Provider::Aws, &about.chart.default)
        .iter()
        .map(|verdict| json!({"cloud": "aws", "identity": verdict.identity.as_str(), "works": verdict.works, "why": verdict.why}))
        .collect();
    json!({
        "version": 1,
        "name": about.profile,
        "title": about.title,
        "summary": about.summary,
        "legacy": about.legacy,
        "charts": about.chart.versions.to_string(),
        "default": about.chart.default.to_string(),
        "identities": verdicts,
        "buckets": about.buckets.iter().map(|bucket| json!({"purpose": bucket.purpose, "optional": bucket.optional, "why": bucket.why})).collect::<Vec<_>>(),
        "options": about.options.iter().map(|choice| json!({"name": choice.name, "default": choice.default.value, "why": choice.why})).collect::<Vec<_>>(),
        "kind": about.kind,
        "values": profile.values.iter().map(|fact| json!({"path": fact.path.value, "charts": fact.charts.as_ref().map(ToString::to_string), "why": fact.why, "source": fact.source})).collect::<Vec<_>>(),
    })
}

fn new(context: &Context, name: &str, dir: &std::path::Path) -> Result<Outcome> {
    crate::names::DnsLabel::namespace(name)?;
    let folder = dir.join(name);
    if folder.exists() {
        return Err(Error::new(Code::EXISTS, format!("{} exists already", folder.display()))
            .fix("Choose another name, or another folder with `--dir DIR`."));
    }
    let failed = |error: std::io::Error| {
        Error::new(Code::UNWRITABLE, format!("{} cannot be written: {error}", folder.display()))
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for (file, text) in crate::profile::skeleton(name) {
        std::fs::write(folder.join(file), text).map_err(failed)?;
    }
    context.screen.say(&format!(
        "Wrote {0}. Try it: bucketwright --profiles {1} profile test {name}\nThe format is explained in docs/profile-format.md.",
        folder.display(),
        dir.display()
    ));
    Ok(Outcome::Done)
}

fn test(context: &Context, names: &[String]) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let names: Vec<&str> =
        if names.is_empty() { catalogue.names().collect() } else { names.iter().map(String::as_str).collect() };
    let mut errors = Vec::new();
    let mut results = Vec::new();
    for name in names {
        let profile = catalogue.get(name)?;
        let mut rendered = 0;
        for variant in variants(&profile) {
            let (word, detail) = match crate::trial::run(&catalogue, &profile, &variant) {
                Ok(Tried::Rendered(files)) => {
                    rendered += 1;
                    ("ok", format!("{files} files"))
                }
                Ok(Tried::Refused(code)) => ("refused", code.to_string()),
                Err(error) => {
                    let detail = format!("{error:?}");
                    errors.push(error);
                    ("FAILED", detail)
                }
            };
            if context.json() {
                results
                    .push(json!({"profile": name, "variant": variant.to_string(), "result": word, "detail": detail}));
            } else {
                context.screen.data(&format!("{word:<8} {name} {variant}: {detail}"));
            }
        }
        errors.extend(unrendered(&profile, rendered));
    }
    if context.json() {
        context.print_json(&json!({"version": 1, "variants": results}));
    }
    Error::check(errors)?;
    Ok(Outcome::Done)
}

/// A profile of which nothing renders has not been tested.
fn unrendered(profile: &Profile, rendered: usize) -> Option<Error> {
    (rendered == 0)
        .then(|| Error::new(Code::BAD_PROFILE, format!("no variant of the profile `{}` renders", profile.name())))
}
