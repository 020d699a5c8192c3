//! `check`: the chart itself is the judge.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::Outcome;
use super::applied::known;
use super::cluster::ClusterArguments;
use super::context::Context;
use super::findings::{FailOn, print};
use super::interrupt::Stop;
use super::place::SpecFile;
use crate::base::error::{Code, Error, Finding, Result, Severity};
use crate::base::secret::Secret;
use crate::files::out::{Folder, World};
use crate::helm::chart;
use crate::helm::chart::{Chart, Knowledge, Suspect, ValuesFile, Written};
use crate::model::{Blueprint, Facts, InstallBlueprint};
use crate::render::{Bundle, FileKind, RenderOptions, render};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright check --chart gitlab=./gitlab-9.9.1.tgz --values mine.yaml\n\n\
                        No cluster is asked without --running, and no cloud. `bucketwright explain check` tells what is found.")]
pub(super) struct CheckArguments {
    #[command(flatten)]
    spec: SpecFile,
    /// The output folder of an earlier `apply`: it keeps what AWS told and the spec leaves out.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// A chart, folder or .tgz, for an install's id or a profile; may be given several times.
    #[arg(long = "chart", value_name = "NAME=PATH", required = true)]
    charts: Vec<String>,
    /// Your own values file for these charts; may be given several times.
    #[arg(long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// The key of an umbrella chart below which your values for these charts are; that of the spec when missing.
    #[arg(long, value_name = "KEY")]
    below: Option<String>,
    /// What `helm template` printed for the one chart, where `helm` is not to be run.
    #[arg(long, value_name = "FILE")]
    rendered: Option<PathBuf>,
    /// From which severity on the exit code is 3.
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Take the values of each release that runs, as Helm keeps them in the cluster, before those of --values.
    #[arg(long, help_heading = "Cluster", conflicts_with = "rendered")]
    running: bool,
    #[command(flatten)]
    cluster: ClusterArguments,
}

pub(super) fn run(context: &Context, arguments: &CheckArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let (blueprint, _) = known(context, spec, &Folder::open(&arguments.out, None, World::Real)?)?;
    let bundle = render(
        &blueprint,
        &Facts::default(),
        &RenderOptions { placeholders: true, without_policies: true, ..RenderOptions::default() },
    )?;
    let mut findings = Vec::new();
    for pair in &arguments.charts {
        let (name, path) = pair.split_once('=').ok_or_else(|| {
            Error::new(Code::WRONG_VALUE, format!("`{pair}` names no install"))
                .fix(format!("Write `--chart NAME={pair}`, with an install's id or a profile for NAME."))
        })?;
        let installs = named(&blueprint, name)?;
        if arguments.rendered.is_some() && (installs.len() > 1 || arguments.charts.len() > 1) {
            return Err(Error::new(Code::WRONG_VALUE, "`--rendered` is of one install, and several are checked")
                .fix("Give `--chart` once, with the install's id, for each file of `--rendered`."));
        }
        let below = arguments.below.as_deref().map(crate::spec::below).transpose()?;
        for install in installs {
            let below = below.as_ref().unwrap_or(&install.below);
            let judge = Judge::new(Path::new(path), &arguments.values, arguments.rendered.clone())?
                .asking_helm()
                .below(below)?;
            let running = arguments.running(install)?;
            let verdict = judge.judge(&blueprint, install, &bundle, running.as_ref())?;
            findings.extend(verdict.findings);
            if !verdict.manifests {
                context
                    .screen
                    .say("Manifests were not checked: that takes `helm` on the PATH and all dependencies, or --rendered FILE.");
            }
        }
    }
    Ok(told(context, &findings, arguments.fail_on))
}

/// The installs of an id or of a profile.
fn named<'a>(blueprint: &'a Blueprint, name: &str) -> Result<Vec<&'a InstallBlueprint>> {
    let named = |install: &&InstallBlueprint| install.id.as_str() == name || install.profile.name() == name;
    let installs: Vec<_> = blueprint.installs.iter().filter(named).collect();
    if installs.is_empty() {
        let known = blueprint.installs.iter().map(|install| install.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::new(Code::WRONG_VALUE, format!("no install or profile of the spec is called `{name}`"))
            .fix(format!("Known: {known}.")));
    }
    Ok(installs)
}

/// A chart with the user's own values, to hold installs against.
pub(super) struct Judge {
    path: PathBuf,
    /// The chart.
    pub(super) chart: Chart,
    knowledge: Knowledge,
    own: Vec<ValuesFile>,
    own_texts: Vec<(String, Secret)>,
    rendered: Option<PathBuf>,
    /// Whether Helm decides which keys have an effect, which takes several renders.
    asks_helm: bool,
    below: Vec<String>,
}

/// What is to be said of an install.
pub(super) struct CheckVerdict {
    pub(super) findings: Vec<Finding>,
    /// Whether there were manifests to check.
    pub(super) manifests: bool,
}

impl Judge {
    /// Reads the chart and the values once.
    pub(super) fn new(path: &Path, values: &[PathBuf], rendered: Option<PathBuf>) -> Result<Self> {
        let (mut own, mut own_texts) = (Vec::new(), Vec::new());
        for path in values {
            let (file, text) = crate::files::input::values(path)?;
            own_texts.push((file.name().to_owned(), text));
            own.push(file);
        }
        let chart = crate::files::input::chart(path)?;
        let knowledge = Knowledge::of(&chart);
        let (below, asks_helm) = (Vec::new(), false);
        Ok(Self { path: path.to_owned(), chart, knowledge, own, own_texts, rendered, asks_helm, below })
    }

    /// The same, and Helm decides which keys have an effect.
    pub(super) fn asking_helm(self) -> Self {
        Self { asks_helm: true, ..self }
    }

    /// The same for the user's values below the key of an umbrella.
    pub(super) fn below(mut self, key: &[String]) -> Result<Self> {
        if !key.is_empty() {
            self.own = chart::below(&self.own, key)?;
            self.own_texts = texts(&self.own);
            self.below = key.to_vec();
        }
        Ok(self)
    }

    /// Holds an install against the chart: keys, and what Helm makes of them. The values of the running release come first.
    pub(super) fn judge(
        &self,
        blueprint: &Blueprint,
        install: &InstallBlueprint,
        bundle: &Bundle,
        running: Option<&Secret>,
    ) -> Result<CheckVerdict> {
        let mut findings = chart::of_the_chart(&self.chart, install);
        let ours = ours(install, bundle)?;
        let name = format!("the release {} in {}", install.release, install.namespace);
        let there: Vec<_> =
            running.map(|values| ValuesFile::parse(&name, values.expose())).transpose()?.into_iter().collect();
        let there = if self.below.is_empty() { there } else { chart::below(&there, &self.below)? };
        let mut suspects = Vec::new();
        for files in [&there, &ours, &self.own] {
            let keys = chart::unknown_keys(&self.chart, &self.knowledge, &install.profile, files, &ours);
            let (left, umbrellas) = chart::of_umbrellas(&self.chart, &self.knowledge, files, keys.suspects);
            findings.extend(umbrellas);
            findings.extend(keys.dropped);
            suspects.extend(left);
        }
        for files in [&there, &self.own] {
            findings.extend(chart::rivals(install, files)?);
            findings.extend(chart::other_releases(install, files));
            findings.extend(chart::lost_items(&self.chart, &ours, files));
        }
        let given = [texts(&there), self.own_texts.clone(), texts(&ours)].concat();
        let manifests = self.manifests(install, &given);
        // A stop ends Helm too: its refusal is then nobody's finding.
        Stop::check(|| format!("the manifests of {} were judged", install.id))?;
        let text = match manifests {
            // Helm's own refusal, by a schema or a template, is beside what else was found.
            Err(error) if error.code() == &Code::HELM_FAILED => {
                findings.extend(chart::by_reading(suspects));
                findings.push(Finding::error(error));
                return Ok(CheckVerdict { findings, manifests: true });
            }
            other => other?,
        };
        let theirs: Vec<&ValuesFile> = there.iter().chain(&self.own).collect();
        let files = chart::Files { theirs: &theirs, ours: &ours };
        findings.splice(0..0, self.effects(install, &given, suspects, files, text.as_deref())?);
        if let Some(text) = &text {
            let file = self.rendered.as_ref().map(|path| path.display().to_string());
            let objects = chart::objects(file.as_deref(), text)?;
            let secrets = match bundle.get(&format!("{}/secrets.yaml", install.id)) {
                Some(file) => chart::written(file.content.text())?,
                None => Written::new(),
            };
            findings.extend(chart::rendered(blueprint, install, &objects, &secrets)?);
        }
        Ok(CheckVerdict { findings, manifests: text.is_some() })
    }

    /// What is to be said of keys that nothing reads: Helm decides where it renders the chart, else the templates as they are read.
    fn effects(
        &self,
        install: &InstallBlueprint,
        given: &[(String, Secret)],
        suspects: Vec<Suspect>,
        files: chart::Files<'_>,
        text: Option<&str>,
    ) -> Result<Vec<Finding>> {
        let Some(base) = text.filter(|_| self.rendered.is_none() && self.asks_helm) else {
            return Ok(chart::by_reading(suspects));
        };
        let mut render = |over: &Value| {
            Stop::check(|| format!("the keys of {} were judged", install.id))?;
            match self.template(install, given, Some(over)) {
                Err(error) if [&Code::HELM_FAILED, &Code::HELM_STOPPED].contains(&error.code()) => Ok(None),
                other => other,
            }
        };
        chart::judged(&self.chart, &self.knowledge, suspects, files, base, &mut render)
    }

    fn manifests(&self, install: &InstallBlueprint, given: &[(String, Secret)]) -> Result<Option<String>> {
        match &self.rendered {
            Some(path) => crate::files::input::rendered(path).map(Some),
            None => self.template(install, given, None),
        }
    }

    /// What Helm renders with the values that are given, and those that are laid over them.
    fn template(
        &self,
        install: &InstallBlueprint,
        given: &[(String, Secret)],
        over: Option<&Value>,
    ) -> Result<Option<String>> {
        // Helm refuses a chart that lacks dependencies; the keys are judged all the same.
        if self.chart.missing().next().is_some() {
            return Ok(None);
        }
        let over = over.map(|values| ("values of the check itself".to_owned(), Secret::new(values.to_string())));
        let files: Vec<(String, Secret)> = given.iter().cloned().chain(over).collect();
        crate::files::input::helm_template(&self.path, install.release.as_str(), install.namespace.as_str(), &files)
    }
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

/// Our own values, as the chart itself gets them.
fn ours(install: &InstallBlueprint, bundle: &Bundle) -> Result<Vec<ValuesFile>> {
    let ours = values(install, bundle).map(|(path, text)| ValuesFile::parse(path, text)).collect::<Result<Vec<_>>>()?;
    if install.below.is_empty() { Ok(ours) } else { chart::below(&ours, &install.below) }
}

/// The names of files and what Helm gets of them.
fn texts(files: &[ValuesFile]) -> Vec<(String, Secret)> {
    files.iter().map(|file| (file.name().to_owned(), Secret::new(file.json()))).collect()
}

fn values<'a>(install: &InstallBlueprint, bundle: &'a Bundle) -> impl Iterator<Item = (&'a str, &'a str)> {
    let folder = format!("{}/", install.id);
    let ours = bundle.files().filter(move |(path, file)| path.starts_with(&folder) && file.kind == FileKind::Values);
    // They hold placeholders: a check never has secrets available.
    ours.map(|(path, file)| (path, file.content.text()))
}

fn told(context: &Context, findings: &[Finding], fail_on: FailOn) -> Outcome {
    print(context, findings);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    context.screen.say(&format!("{errors} errors, {} warnings.", findings.len() - errors));
    fail_on.outcome(findings)
}
