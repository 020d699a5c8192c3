//! `profile`: list, show, make and test profiles.

mod test;

use crate::render::support::{Cell, matrix};
use std::path::PathBuf;
use std::rc::Rc;

use clap::Subcommand;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::files::out::write_public_below;
use crate::profile::Profile;
use crate::report::review::profile_picture;
use crate::report::{Row, cell_json, profile_markdown, profile_text, support_markdown, support_text, table};
use test::TestArguments;

/// Subcommands of `profile`.
#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    /// The profiles available; with --matrix, what works where, and why.
    #[command(
        after_help = "Example: bucketwright profile list --matrix | grep static-keys\nFor a program: bucketwright profile list --matrix -o json"
    )]
    List {
        /// Each profile on each cloud with each identity: yes or no, and why.
        #[arg(long)]
        matrix: bool,
        /// Print the matrix as Markdown.
        #[arg(long, requires = "matrix")]
        markdown: bool,
    },
    /// What a profile knows: versions, identities and why, buckets, options, values.
    #[command(after_help = "Example: bucketwright profile show gitlab")]
    Show {
        /// The profile.
        name: String,
        /// Print it as Markdown.
        #[arg(long)]
        markdown: bool,
        /// Print the picture of who may touch what, as SVG.
        #[arg(long, conflicts_with = "markdown")]
        svg: bool,
    },
    /// Writes a small profile that works, to start from.
    #[command(after_help = "Example: bucketwright profile new shop --dir profiles\n\
                            Then: bucketwright --profiles profiles profile test shop. `bucketwright explain profile-format` tells the rest.")]
    New {
        /// The new profile's name.
        name: String,
        /// The folder to write `NAME/` into.
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Renders every cloud, identity and version of a profile, and parses everything that comes out.
    #[command(after_help = "Example: bucketwright profile test gitlab --chart ./gitlab-9.9.1.tgz\n\n\
                      With a chart, every variant for its version is checked against it as `check` does; findings end with exit code 3.")]
    Test(TestArguments),
}

pub(super) fn run(context: &Context, command: &ProfileCommand) -> Result<Outcome> {
    match command {
        ProfileCommand::List { matrix: false, .. } => list(context),
        ProfileCommand::List { matrix: true, markdown } => list_matrix(context, *markdown),
        ProfileCommand::Show { name, svg: true, .. } => drawn(context, name),
        ProfileCommand::Show { name, markdown, .. } => show(context, name, *markdown),
        ProfileCommand::New { name, dir } => new(context, name, dir),
        ProfileCommand::Test(arguments) => test::run(context, arguments),
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
        let row = |profile: &Rc<Profile>| {
            let about = &profile.about;
            let legacy = if about.legacy.is_some() { " (legacy)" } else { "" };
            vec![about.profile.clone(), about.chart.versions.to_string(), format!("{}{legacy}", about.summary)]
        };
        let rows: Vec<Vec<String>> = profiles.iter().map(row).collect();
        context.screen.data_lines(&table("", &rows, context.screen.on_stdout().width()));
    }
    Ok(Outcome::Done)
}

fn list_matrix(context: &Context, markdown: bool) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let rows: Vec<Row> = catalogue
        .names()
        .map(|name| {
            let profile = catalogue.get(name)?;
            let cells = matrix(&catalogue, &profile)?;
            Ok((profile, cells))
        })
        .collect::<Result<_>>()?;
    if context.json() {
        let cells = rows.iter().flat_map(|(profile, cells)| {
            cells.iter().map(|cell| {
                let mut json = cell_json(cell);
                json["profile"] = json!(profile.name());
                json
            })
        });
        context.print_json(&json!({"version": 1, "matrix": cells.collect::<Vec<_>>()}));
    } else {
        context.screen.data_lines(&if markdown {
            support_markdown(&rows)
        } else {
            support_text(&rows, context.screen.on_stdout().width())
        });
    }
    Ok(Outcome::Done)
}

fn show(context: &Context, name: &str, markdown: bool) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let profile = catalogue.get(name)?;
    if context.json() {
        context.print_json(&as_json(&profile, &matrix(&catalogue, &profile)?));
    } else {
        context.screen.data_lines(&if markdown {
            profile_markdown(&profile)
        } else {
            profile_text(&profile, context.screen.on_stdout().width())
        });
    }
    Ok(Outcome::Done)
}

fn drawn(context: &Context, name: &str) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let profile = catalogue.get(name)?;
    let svg = profile_picture(&catalogue, &profile)?;
    if context.json() {
        context.print_json(&json!({"version": 1, "svg": svg}));
    } else {
        context.screen.exact(&svg);
    }
    Ok(Outcome::Done)
}

fn as_json(profile: &Profile, cells: &[Cell]) -> serde_json::Value {
    let about = &profile.about;
    json!({
        "version": 1,
        "name": about.profile,
        "title": about.title,
        "summary": about.summary,
        "legacy": about.legacy,
        "charts": about.chart.versions.to_string(),
        "default": about.chart.default.to_string(),
        "identities": cells.iter().map(cell_json).collect::<Vec<_>>(),
        "buckets": about.buckets.iter().map(|bucket| json!({"purpose": bucket.purpose, "optional": bucket.optional, "why": bucket.why})).collect::<Vec<_>>(),
        "options": about.options.iter().map(|choice| json!({"name": choice.name, "default": choice.default.value, "why": choice.why})).collect::<Vec<_>>(),
        "kind": about.kind,
        "values": profile.values.iter().map(|fact| json!({"path": fact.path.value, "charts": fact.charts.as_ref().map(ToString::to_string), "why": fact.why, "source": fact.source})).collect::<Vec<_>>(),
    })
}

fn new(context: &Context, name: &str, dir: &std::path::Path) -> Result<Outcome> {
    crate::profile::checked_name(name)?;
    let folder = dir.join(name);
    if folder.exists() {
        return Err(Error::new(Code::EXISTS, format!("{} exists already", folder.display()))
            .fix("Choose another name, or another folder with `--dir DIR`."));
    }
    for (file, text) in crate::profile::skeleton(name) {
        write_public_below(dir, &format!("{name}/{file}"), &text)?;
    }
    if context.json() {
        context.print_json(&json!({"version": 1, "name": name, "out": folder}));
    }
    context.screen.say(&format!(
        "Wrote {0}. Try it: bucketwright --profiles {1} profile test {name}\n`bucketwright explain profile-format` explains the format.",
        folder.display(),
        shell::path(dir)
    ));
    Ok(Outcome::Done)
}
