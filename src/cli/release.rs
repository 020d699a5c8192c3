//! `release`: the values of the running Helm release, compared with ours.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Outcome;
use super::applied::known;
use super::cluster::ClusterArguments;
use super::context::Context;
use super::place::SpecFile;
use crate::base::error::{Code, Error, Result, one_line};
use crate::base::names::DnsLabel;
use crate::base::yaml;
use crate::files::out::{Folder, World};
use crate::helm::release::merge;
use crate::model::{Facts, InstallBlueprint};
use crate::render::{Bundle, RenderOptions, render};

/// Arguments of `release`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bucketwright release -f bucketwright.yaml --only gitlab")]
pub(super) struct ReleaseArguments {
    #[command(flatten)]
    spec: SpecFile,
    /// The output folder of an earlier `apply`: it keeps what AWS told and the spec leaves out.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Only this install, by its id.
    #[arg(long, value_name = "INSTALL")]
    only: Option<String>,
    #[command(flatten)]
    cluster: ClusterArguments,
}

pub(super) fn run(context: &Context, arguments: &ReleaseArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let (blueprint, _) = known(context, spec, &Folder::open(&arguments.out, None, World::Real)?)?;
    let only = arguments.only.as_deref().map(DnsLabel::namespace).transpose()?;
    let request =
        RenderOptions { only: only.clone(), placeholders: true, without_policies: true, ..RenderOptions::default() };
    let bundle = render(&blueprint, &Facts::default(), &request)?;
    Context::block_on(async {
        let cluster = arguments.cluster.connect().await?;
        let mut reports = Vec::new();
        let mut differs = false;
        for install in blueprint.installs.iter().filter(|install| only.as_ref().is_none_or(|id| id == &install.id)) {
            let Some(ours) = values(&bundle, install)? else { continue };
            let running = cluster.release(install.namespace.as_str(), install.release.as_str()).await?;
            let changes = running.compare(&ours);
            differs |= !changes.is_empty();
            if !context.json() {
                let head = format!(
                    "{} in {}: {}, revision {}",
                    install.release,
                    install.namespace,
                    running.chart(),
                    running.version
                );
                context.screen.data(&one_line(&head));
                if changes.is_empty() {
                    context.screen.data("  nothing differs");
                }
                changes
                    .iter()
                    .for_each(|one| context.screen.data(&format!("  {:7} {}", one.change, one_line(&one.path))));
            }
            reports.push(json!({"install": install.id, "release": install.release, "namespace": install.namespace,
                "chart": running.chart(), "revision": running.version, "changes": changes}));
        }
        if context.json() {
            context.print_json(&json!({"version": 1, "releases": reports}));
        }
        Ok(if differs { Outcome::Differences } else { Outcome::Done })
    })
}

/// Our values of an install, both files laid over each other; an installer without Helm values has none.
fn values(bundle: &Bundle, install: &InstallBlueprint) -> Result<Option<Value>> {
    let mut whole = None;
    for name in ["values.yaml", "values.secret.yaml"] {
        let Some(file) = bundle.get(&format!("{}/{name}", install.id)) else { continue };
        let part = yaml::read_back(file.content.text())
            .map_err(|_| Error::new(Code::NOT_READ_BACK, format!("{}/{name} cannot be read", install.id)))?;
        merge(whole.get_or_insert(json!({})), part);
    }
    Ok(whole)
}
