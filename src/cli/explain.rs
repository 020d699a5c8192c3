//! `explain`: what a code means.

use std::collections::BTreeSet;
use std::rc::Rc;

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::base::error::{Code, Error, Page, Result};
use crate::profile::Profile;
use crate::report::{Explained, Screen, explained_json, explained_text, topic};

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bucketwright explain BW0203\n  bucketwright explain migrate\n\n\
                  Topics: azure, check, cluster, day-two, gcp, hand-over, json, matrix, migrate, permissions, profile-format, \
                  reliability, secrets, stores, trust, verify.\nThe pages are part of the program: no network is needed.")]
pub(super) struct ExplainArguments {
    /// Codes such as BW0203, bw0203 or 0203, or topics such as migrate; all codes, by title, when none is named.
    #[arg(value_name = "CODE|TOPIC")]
    codes: Vec<String>,
}

pub(super) fn run(context: &Context, arguments: &ExplainArguments) -> Result<Outcome> {
    let catalogue = context.catalogue()?;
    // A profile that does not load must not hide the page that says why.
    let profiles: Vec<Rc<Profile>> = catalogue.names().filter_map(|name| catalogue.get(name).ok()).collect();
    let known = known(&profiles);
    let (topics, codes): (Vec<&String>, Vec<&String>) = arguments.codes.iter().partition(|text| topic(text).is_some());
    let wanted = if arguments.codes.is_empty() {
        known.iter().filter_map(|code| Code::named(code)).collect()
    } else {
        codes.into_iter().map(|text| wanted(text, &known)).collect::<Result<Vec<_>>>()?
    };
    let pages = topics.into_iter().filter_map(|name| Some((name.to_lowercase(), topic(name)?)));
    let pages: Vec<(String, &str)> = pages.collect();
    let explained: Vec<_> = wanted.into_iter().map(|code| explained(code, &profiles)).collect();
    if context.json() {
        let mut report = explained_json(&explained);
        if !pages.is_empty() {
            report["topics"] = pages.iter().map(|(topic, text)| json!({"topic": topic, "text": text})).collect();
        }
        context.print_json(&report);
        return Ok(Outcome::Done);
    }
    pages.iter().for_each(|(_, text)| context.screen.exact(text));
    if arguments.codes.is_empty() || !explained.is_empty() {
        context.screen.data_lines(&explained_text(&explained, !arguments.codes.is_empty()));
    }
    Ok(Outcome::Done)
}

/// Every code of the program and of the profiles available, in order.
fn known(profiles: &[Rc<Profile>]) -> BTreeSet<&str> {
    let checks = profiles.iter().flat_map(|profile| &profile.about.checks).map(|check| check.code.value.as_str());
    Code::ALL.iter().map(|(code, _)| code.as_str()).chain(checks).collect()
}

fn wanted(text: &str, known: &BTreeSet<&str>) -> Result<Code> {
    let upper = text.to_uppercase();
    let full = if upper.starts_with("BW") { upper } else { format!("BW{upper}") };
    if let Some(code) = Code::named(&full).filter(|_| known.contains(full.as_str())) {
        return Ok(code);
    }
    let mut near: Vec<_> = known.iter().map(|code| (strsim::damerau_levenshtein(&full, code), *code)).collect();
    near.sort_unstable();
    let near: Vec<&str> = near.into_iter().filter(|(far, _)| *far <= 2).take(3).map(|(_, code)| code).collect();
    let hint = if near.is_empty() { String::new() } else { format!("Near it are {}. ", near.join(", ")) };
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` is not a known code"))
        .why("A code is `BW` and four digits. Codes of your own profiles are found with `--profiles DIR`.")
        .fix(format!("{hint}`bucketwright explain` lists them all.")))
}

fn explained(code: Code, profiles: &[Rc<Profile>]) -> Explained<'_> {
    let checks = profiles
        .iter()
        .flat_map(|profile| profile.about.checks.iter().map(|check| (profile.name(), check)))
        .filter(|(_, check)| check.code.value == code.as_str())
        .collect();
    Explained { page: Page::of(&code), checks, code }
}

/// The line below errors that says where more is said of them; of many codes, the first three.
pub(super) fn hint(error: &Error, screen: Screen) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for code in error.all().map(|error| error.code().as_str()) {
        if !codes.contains(&code) && codes.len() < 3 {
            codes.push(code);
        }
    }
    screen.style().dim().apply_to(format!("More: bucketwright explain {}", codes.join(" "))).to_string()
}
