//! `check`: the chart itself is the judge.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use super::cluster::ClusterArguments;
use super::context::Context;
use super::findings::{FailOn, print};
use crate::blueprint::{Blueprint, InstallBlueprint, blueprint};
use crate::chart::{self, Chart, ValuesFile, Written};
use crate::error::{Code, Error, Finding, Result, Severity};
use crate::render::{Bundle, Facts, FileKind, Request, render};
use crate::secret::Secret;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: bucketwright check -f bucketwright.yaml --chart gitlab=./gitlab-9.9.1.tgz --values mine.yaml\n\
                        No cluster is asked without --running, and no cloud. What is found is explained in docs/check.md."
)]
pub(super) struct CheckArguments {
    /// The spec; `-` reads standard input.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = "bucketwright.yaml")]
    spec: PathBuf,
    /// A chart, folder or .tgz, for an install's id or a profile; may be given several times.
    #[arg(long = "chart", value_name = "NAME=PATH", required = true)]
    charts: Vec<String>,
    /// Your own values file for these charts; may be given several times.
    #[arg(long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// Take the values of each release that runs, as Helm keeps them in the cluster, before those of --values.
    #[arg(long, help_heading = "Cluster", conflicts_with = "rendered")]
    running: bool,
    #[command(flatten)]
    cluster: ClusterArguments,
    /// What `helm template` printed for the one chart, where `helm` is not to be run.
    #[arg(long, value_name = "FILE")]
    rendered: Option<PathBuf>,
    /// From which severity on the exit code is 3.
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
}

pub(super) fn run(context: &Context, arguments: &CheckArguments) -> Result<Outcome> {
    let spec = crate::input::spec(&arguments.spec)?;
    let blueprint = blueprint(spec, &context.catalogue()?, None)?;
    let own = arguments.values.iter().map(|path| crate::input::values(path)).collect::<Result<Vec<_>>>()?;
    let request = Request { placeholders: true, ..Request::default() };
    let bundle = render(&blueprint, &Facts::default(), &request)?;
    let mut findings = Vec::new();
    for pair in &arguments.charts {
        let (name, path) = pair.split_once('=').ok_or_else(|| {
            Error::new(Code::WRONG_VALUE, format!("`{pair}` names no install"))
                .fix(format!("Write `--chart NAME={pair}`, with an install's id or a profile for NAME."))
        })?;
        let chart = crate::input::chart(Path::new(path))?;
        let named = |install: &&InstallBlueprint| install.id.as_str() == name || install.profile.name() == name;
        let installs: Vec<_> = blueprint.installs.iter().filter(named).collect();
        if installs.is_empty() {
            let known = blueprint.installs.iter().map(|install| install.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Error::new(Code::WRONG_VALUE, format!("no install or profile of the spec is called `{name}`"))
                .fix(format!("Known: {known}.")));
        }
        for install in installs {
            let running = arguments.running(install)?;
            if let Some(values) = &running {
                let name = format!("the release {} in {}", install.release, install.namespace);
                let values = ValuesFile::parse(&name, values.expose())?;
                findings.extend(chart::unknown_keys(&chart, Some(&install.profile), &[values]));
            }
            findings.extend(keys(&chart, install, &bundle, &own)?);
            // Helm refuses a chart that lacks dependencies; the keys are judged all the same.
            let text = match chart.missing().next() {
                Some(_) if arguments.rendered.is_none() => None,
                _ => manifests(arguments, Path::new(path), install, &bundle, running.as_ref())?,
            };
            match text {
                Some(text) => findings.extend(objects(&blueprint, install, &text, &bundle)?),
                None => context
                    .screen
                    .say("Manifests were not checked: that takes `helm` on the PATH and all dependencies, or --rendered FILE."),
            }
        }
    }
    Ok(told(context, &findings, arguments.fail_on))
}

impl CheckArguments {
    /// The values that the running release of an install was given, if they are wanted.
    fn running(&self, install: &InstallBlueprint) -> Result<Option<Secret>> {
        if !self.running {
            return Ok(None);
        }
        Context::block_on(async {
            let cluster = self.cluster.connect().await?;
            Ok(Some(cluster.release(install.namespace.as_str(), install.release.as_str()).await?.values()))
        })
    }
}

/// The keys of our values and of the user's.
pub(super) fn keys(
    chart: &Chart,
    install: &InstallBlueprint,
    bundle: &Bundle,
    own: &[ValuesFile],
) -> Result<Vec<Finding>> {
    let mut findings = chart::of_the_chart(chart, install);
    let ours = values(install, bundle).map(|(path, text)| ValuesFile::parse(path, text)).collect::<Result<Vec<_>>>()?;
    findings.extend(chart::unknown_keys(chart, Some(&install.profile), &ours));
    findings.extend(chart::unknown_keys(chart, Some(&install.profile), own));
    Ok(findings)
}

fn values<'a>(install: &InstallBlueprint, bundle: &'a Bundle) -> impl Iterator<Item = (&'a str, &'a str)> {
    let folder = format!("{}/", install.id);
    let ours = bundle.files().filter(move |(path, file)| path.starts_with(&folder) && file.kind == FileKind::Values);
    // They hold placeholders: a check never has secrets at hand.
    ours.map(|(path, file)| (path, file.content.text()))
}

fn manifests(
    arguments: &CheckArguments,
    chart: &Path,
    install: &InstallBlueprint,
    bundle: &Bundle,
    running: Option<&Secret>,
) -> Result<Option<String>> {
    if let Some(path) = &arguments.rendered {
        return crate::input::text(path).map(Some);
    }
    let failed = |error: std::io::Error| Error::new(Code::UNWRITABLE, format!("no temporary file: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let mut files = Vec::new();
    if let Some(values) = running {
        // Helm reads files; this one lies in a folder that nobody else may enter, and goes with it.
        let path = folder.path().join("running.yaml");
        std::fs::write(&path, values.expose()).map_err(failed)?;
        files.push(path);
    }
    files.extend(arguments.values.iter().cloned());
    for (number, (_, text)) in values(install, bundle).enumerate() {
        let path = folder.path().join(format!("{number}.yaml"));
        std::fs::write(&path, text).map_err(failed)?;
        files.push(path);
    }
    crate::input::helm_template(chart, install.release.as_str(), install.namespace.as_str(), &files)
}

fn objects(blueprint: &Blueprint, install: &InstallBlueprint, text: &str, bundle: &Bundle) -> Result<Vec<Finding>> {
    let objects = chart::objects("helm template", text)?;
    let secrets = match bundle.get(&format!("{}/secrets.yaml", install.id)) {
        Some(file) => chart::written(file.content.text())?,
        None => Written::new(),
    };
    Ok(chart::rendered(blueprint, install, &objects, &secrets))
}

fn told(context: &Context, findings: &[Finding], fail_on: FailOn) -> Outcome {
    print(context, findings);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    context.screen.say(&format!("{errors} errors, {} warnings.", findings.len() - errors));
    fail_on.outcome(findings)
}
