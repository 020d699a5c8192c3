//! `schema`, `completions` and `man`: what the names say.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Command;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;

use super::Outcome;
use super::command::{self, command};
use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::files::out::{read_public, write_public_below};
use crate::profile::Catalogue;
use crate::spec::Spec;

/// The schema knows the profiles of the program, and those of `--profiles`.
pub(super) fn schema(context: &Context) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let profile = |name: &str| Ok((name.to_owned(), catalogue.get(name)?.about.chart.versions.pattern()));
    let profiles = catalogue.names().map(profile).collect::<Result<Vec<_>>>()?;
    context.print_foreign(&crate::spec::schema(&profiles));
    Ok(Outcome::Done)
}

pub(super) fn completions(context: &Context, shell: clap_complete::Shell) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    let words = Words::of(&catalogue);
    let mut command = words.added_to(command::words());
    for (name, about) in [("help", "Prints the help of a command"), ("version", "Prints the version")] {
        command = command.subcommand(Command::new(name).about(about));
    }
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, "bucketwright", &mut out);
    text(context, &out);
    Ok(Outcome::Done)
}

/// What shells are told of beyond the options.
struct Words {
    profiles: Vec<&'static str>,
    codes: Vec<PossibleValue>,
    installs: Vec<&'static str>,
    versions: Vec<PossibleValue>,
    contexts: Vec<&'static str>,
}

impl Words {
    /// The installs are those of a spec in this folder, and those that have their profile's name; the contexts those of the kubeconfig.
    fn of(catalogue: &Catalogue) -> Self {
        let profiles: Vec<&str> = catalogue.names().map(forever).collect();
        let own = catalogue.names().filter_map(|name| catalogue.get(name).ok());
        let mut codes: Vec<(String, String)> =
            Code::ALL.iter().map(|(code, title)| (code.as_str().to_owned(), (*title).to_owned())).collect();
        codes.extend(own.flat_map(|profile| {
            let about = &profile.about;
            let checks = about.checks.iter();
            checks.map(|check| (check.code.value.clone(), about.title.clone())).collect::<Vec<_>>()
        }));
        codes.sort();
        codes.dedup_by(|a, b| a.0 == b.0);
        let mut installs = profiles.clone();
        let path = Path::new("bucketwright.yaml");
        if let Ok(spec) = crate::files::input::text(path).and_then(|text| Spec::parse("bucketwright.yaml", &text)) {
            installs.extend(spec.installs.iter().map(|install| forever(install.id.as_str())));
        }
        installs.sort_unstable();
        installs.dedup();
        let examples = catalogue.names().filter_map(|name| catalogue.get(name).ok()).flat_map(|profile| {
            let about = &profile.about;
            about.chart.examples.iter().map(|version| (version.to_string(), about.title.clone())).collect::<Vec<_>>()
        });
        let versions: BTreeMap<String, String> = examples.collect();
        Self {
            profiles,
            codes: codes.iter().map(|(code, title)| told(code, title)).collect(),
            installs,
            versions: versions.iter().map(|(version, title)| told(version, title)).collect(),
            contexts: crate::kube::live::contexts().iter().map(|name| forever(name)).collect(),
        }
    }

    /// A command that knows the words. It is for completions only: what is typed is checked by the commands themselves.
    fn added_to(&self, command: Command) -> Command {
        let of_profiles = ["show", "test"].contains(&command.get_name());
        let command = command.mut_args(|argument| match argument.get_id().as_str() {
            "codes" => argument.value_parser(PossibleValuesParser::new(self.codes.clone())),
            "only" => argument.value_parser(PossibleValuesParser::new(self.installs.clone())),
            "chart_version" => argument.value_parser(PossibleValuesParser::new(self.versions.clone())),
            "context" => argument.value_parser(PossibleValuesParser::new(self.contexts.clone())),
            "profile" => argument.value_parser(PossibleValuesParser::new(self.profiles.clone())),
            "name" if of_profiles => argument.value_parser(PossibleValuesParser::new(self.profiles.clone())),
            _ => argument,
        });
        command.mut_subcommands(|command| self.added_to(command))
    }
}

fn told(word: &str, about: &str) -> PossibleValue {
    PossibleValue::new(forever(word)).help(forever(about))
}

/// The parser of arguments keeps its words for as long as the program runs, which is not long here.
fn forever(text: &str) -> &'static str {
    text.to_owned().leak()
}

/// The parts of a page that the options do not tell.
fn page(command: Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| failed(&error))?;
    let mut more = Roff::new();
    for (title, entries) in SECTIONS {
        more.control("SH", [*title]);
        for (name, words) in *entries {
            more.control("TP", []).text([bold(*name)]).text([roman(*words)]);
        }
    }
    more.to_writer(&mut text).map_err(|error| failed(&error))?;
    Ok(text)
}

/// What stands at the end of every page.
const SECTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "EXIT STATUS",
        &[
            ("0", "Done."),
            ("1", "Failed; the message says why and what to do."),
            ("2", "The input was wrong, or an answer is missing. Nothing was changed."),
            ("3", "Differences or findings were found."),
            ("130", "Interrupted."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "BUCKETWRIGHT_OPTION",
                "The value of the option --option, with _ for -. Switches take yes and no. The command line wins. No variable gives an option that names what is lost, such as --delete-data.",
            ),
            (
                "AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL …",
                "AWS credentials, regions and endpoints, as the AWS CLI reads them.",
            ),
            ("GOOGLE_APPLICATION_CREDENTIALS", "Google's default credentials."),
            ("KUBECONFIG", "The cluster, where a command asks one."),
            ("NO_COLOR, ACCESSIBLE", "No colours; no redrawing."),
        ],
    ),
    (
        "FILES",
        &[
            ("bucketwright.yaml", "The spec, which init writes and all commands read."),
            ("out/", "What apply and render write: a folder for each install, and iam/ with the policies."),
            ("out/credentials/", "The keys that apply made (0600). They are shown once, so keep it."),
            ("out-rehearsal/", "What a rehearsal writes."),
        ],
    ),
];

/// Writes the page of a command and those of all below it.
fn pages(command: Command, folder: &Path) -> Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()).cloned() {
        pages(below, folder)?;
    }
    let name = clap_mangen::Man::new(command.clone()).get_filename();
    let text = page(command)?;
    if read_public(&folder.join(&name))?.is_some_and(|there| !there.contains(".TH bucketwright")) {
        let path = folder.join(&name);
        return Err(Error::new(Code::EXISTS, format!("{} exists already, and is no page of ours", path.display()))
            .why("It may be yours, and would be replaced.")
            .fix("Name another folder with `--out DIR`."));
    }
    write_public_below(folder, &name, &String::from_utf8_lossy(&text))
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::UNWRITABLE, format!("the manual pages cannot be written: {error}")).caused_by(error)
}

/// Prints what is written for another program than one that reads JSON.
fn text(context: &Context, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if context.json() {
        context.print_json(&json!({"version": 1, "text": text}));
    } else {
        context.screen.exact(&text);
    }
}

pub(super) fn man(context: &Context, out: Option<&Path>) -> Result<Outcome> {
    match out {
        Some(folder) => {
            let mut command = command().disable_help_subcommand(true);
            command.build();
            pages(command, folder)?;
            if context.json() {
                context.print_json(&json!({"version": 1, "out": folder}));
            }
        }
        None => {
            text(context, &page(command())?);
        }
    }
    Ok(Outcome::Done)
}
