//! `profile test`: every variant rendered, and with a chart held against it.

use crate::render::support::{Cell, matrix};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use semver::Version;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Finding, Result};
use crate::cli::check::Judge;
use crate::cli::context::Context;
use crate::cli::findings::FailOn;
use crate::cli::{Outcome, Output};
use crate::profile::{Catalogue, Profile};
use crate::render::variants::{Variant, VariantResult, variants, variants_of};
use crate::report::{findings_json, findings_text};
use crate::spec::{Identity, Provider};

/// Arguments of `profile test`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TestArguments {
    /// The profiles; all of them when none is named.
    names: Vec<String>,
    /// A chart, folder or .tgz, that every variant for its version is checked against; for one profile.
    #[arg(long, value_name = "PATH")]
    chart: Option<PathBuf>,
    /// Values that the chart asks for, whatever the storage; may be given several times.
    #[arg(long, value_name = "FILE", requires = "chart")]
    values: Vec<PathBuf>,
    /// Only variants whose line holds this text, such as `irsa shared`.
    #[arg(long, value_name = "TEXT", requires = "chart")]
    only: Option<String>,
    /// From which severity of findings on the exit code is 3.
    #[arg(long, value_name = "SEVERITY", default_value = "error", requires = "chart")]
    fail_on: FailOn,
}

/// What one variant came to.
struct Line {
    word: &'static str,
    detail: String,
    findings: Vec<Finding>,
}

/// A run over profiles, and what it has come to so far.
struct Run<'a> {
    context: &'a Context,
    catalogue: Catalogue,
    judge: Option<Judge>,
    errors: Vec<Error>,
    findings: Vec<Finding>,
    results: Vec<Value>,
    counts: BTreeMap<&'static str, usize>,
}

pub(super) fn run(context: &Context, arguments: &TestArguments) -> Result<Outcome> {
    let judge = arguments.chart.as_ref().map(|path| Judge::new(path, &arguments.values, None)).transpose()?;
    let catalogue = context.catalogue()?;
    let (errors, findings, results) = (Vec::new(), Vec::new(), Vec::new());
    let mut run = Run { context, catalogue, judge, errors, findings, results, counts: BTreeMap::new() };
    match &arguments.chart {
        Some(_) => run.against_chart(arguments)?,
        None => run.profiles(&arguments.names)?,
    }
    if context.json() {
        context.print_json(&json!({"version": 1, "variants": run.results}));
    } else {
        let counts: Vec<String> = run.counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        context.screen.data(&format!("{} variants: {}.", run.counts.values().sum::<usize>(), counts.join(", ")));
    }
    Error::check(run.errors)?;
    Ok(arguments.fail_on.outcome(&run.findings))
}

impl Run<'_> {
    /// Every example version of profiles, and what the matrix says of them.
    fn profiles(&mut self, names: &[String]) -> Result<()> {
        let all: Vec<String> = self.catalogue.names().map(str::to_owned).collect();
        for name in if names.is_empty() { &all } else { names } {
            let profile = self.catalogue.get(name)?;
            let mut rendered = BTreeSet::new();
            for variant in variants(&profile) {
                if self.variant(&profile, &variant) {
                    rendered.insert((variant.cloud, variant.identity, variant.version.clone()));
                }
            }
            self.errors.extend(unrendered(&profile, &matrix(&self.catalogue, &profile)?, &rendered));
        }
        Ok(())
    }

    /// Every variant of a profile for the version of a chart.
    fn against_chart(&mut self, arguments: &TestArguments) -> Result<()> {
        let ([name], Some(judge)) = (&arguments.names[..], &self.judge) else {
            return Err(Error::new(Code::WRONG_VALUE, "`--chart` is for one profile")
                .fix("Name the chart's profile: `bucketwright profile test NAME --chart PATH`."));
        };
        let profile = self.catalogue.get(name)?;
        let (chart, covered) = (&judge.chart, &profile.about.chart.versions);
        let version = Version::parse(&chart.version).ok().filter(|version| covered.contains(version));
        let version = version.ok_or_else(|| {
            Error::new(
                Code::WRONG_VALUE,
                format!("the profile `{name}` does not cover {} {}", chart.name, chart.version),
            )
            .fix(format!("Give a chart of {covered}."))
        })?;
        let wanted = |variant: &Variant| arguments.only.as_ref().is_none_or(|only| variant.to_string().contains(only));
        let mut rendered = 0;
        for variant in variants_of(&profile, &[version]).iter().filter(|variant| wanted(variant)) {
            rendered += usize::from(self.variant(&profile, variant));
        }
        if rendered == 0 && self.errors.is_empty() {
            self.errors.push(
                Error::new(Code::BAD_PROFILE, format!("no variant of the profile `{name}` renders"))
                    .fix("Correct `--only`, or the profile's checks."),
            );
        }
        Ok(())
    }

    /// Tries a variant and prints its line; whether it rendered.
    fn variant(&mut self, profile: &Profile, variant: &Variant) -> bool {
        let tried = self.tried(profile, variant);
        let rendered = matches!(&tried, Ok(line) if line.word != "refused");
        let line = tried.unwrap_or_else(|error| {
            let detail = format!("{error:?}");
            self.errors.push(error);
            Line { word: "FAILED", detail, findings: Vec::new() }
        });
        let (name, Line { word, detail, findings }) = (profile.name(), line);
        *self.counts.entry(word).or_default() += 1;
        if self.context.json() {
            let mut result = json!({"profile": name, "variant": variant.to_string(), "result": word, "detail": detail});
            if self.judge.is_some() {
                result["findings"] = findings_json(&findings)["findings"].take();
            }
            self.results.push(result);
        } else {
            self.context.screen.data(&format!("{word:<8} {name} {variant}: {detail}"));
            if self.context.output == Output::Text && !findings.is_empty() {
                self.context.screen.data_lines(&findings_text(&findings, &self.context.screen.on_stdout()));
            }
        }
        self.findings.extend(findings);
        rendered
    }

    fn tried(&self, profile: &Profile, variant: &Variant) -> Result<Line> {
        let rendered = match crate::render::variants::run(&self.catalogue, profile, variant)? {
            VariantResult::Refused(code) => {
                return Ok(Line { word: "refused", detail: code.to_string(), findings: Vec::new() });
            }
            VariantResult::Rendered(rendered) => rendered,
        };
        let (blueprint, bundle) = *rendered;
        let mut line = Line { word: "ok", detail: format!("{} files", bundle.len()), findings: Vec::new() };
        let Some(judge) = &self.judge else { return Ok(line) };
        for install in &blueprint.installs {
            let verdict = judge.judge(&blueprint, install, &bundle, None)?;
            if !verdict.manifests {
                line.detail.push_str(", keys alone");
            }
            if !verdict.findings.is_empty() {
                line.word = "found";
                line.detail.push_str(&format!(", {} findings", verdict.findings.len()));
            }
            line.findings.extend(verdict.findings);
        }
        Ok(line)
    }
}

/// What the matrix says works and nothing shows; and a profile of which nothing works.
fn unrendered(profile: &Profile, cells: &[Cell], rendered: &BTreeSet<(Provider, Identity, Version)>) -> Vec<Error> {
    let name = profile.name();
    let bad = |what: String| Error::new(Code::BAD_PROFILE, what);
    let said = cells.iter().flat_map(|cell| cell.versions.iter().map(move |version| (cell, version)));
    let unshown = said.filter(|(cell, version)| !rendered.contains(&(cell.cloud, cell.identity, (*version).clone())));
    let mut errors: Vec<Error> = unshown
        .map(|(cell, version)| {
            bad(format!(
                "`{name}` {version} is to work with {} on {}, and no variant of it renders",
                cell.identity,
                cell.cloud.title()
            ))
        })
        .collect();
    if rendered.is_empty() {
        errors.push(bad(format!("no variant of the profile `{name}` renders")));
    }
    errors
}
