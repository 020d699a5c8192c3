//! `export`: the same blueprint for other tools, offline.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::applied::known;
use super::connect::carried_out_here;
use super::context::Context;
use super::place::SpecFile;
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::clouds::export::{ExportForm, export};
use crate::clouds::task::Task;
use crate::files::out::{Folder, World, read_public, write_public};
use crate::spec::Spec;

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: bucketwright export --as aws-cli -f examples/gitlab-irsa.yaml --out make-storage.sh\n\
                  No access keys are in it. Afterwards `bucketwright apply` takes everything over as it is."
)]
pub(super) struct ExportArguments {
    /// The form.
    #[arg(long = "as", value_name = "FORM")]
    form: AsForm,
    #[command(flatten)]
    spec: SpecFile,
    /// The file to write, or a folder for a file named after the spec; without it, or with `-`, everything is printed. No file
    /// is replaced but an export of the same form.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// The folder that an earlier `apply` wrote into: it keeps what AWS told and the spec leaves out.
    #[arg(long, value_name = "DIR", default_value = "out")]
    applied: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AsForm {
    /// A script for the AWS CLI: makes what is missing, and may be run again.
    AwsCli,
    /// A CloudFormation template; the stack then owns what it makes.
    Cloudformation,
    /// A Terraform configuration (JSON syntax); its state then owns what it makes.
    Terraform,
    /// A script for the Azure CLI, for `provider: azure`: makes what is missing, and may be run again.
    Az,
    /// A script for the Google Cloud CLI, for `provider: gcp`: makes what is missing, and may be run again.
    Gcloud,
}

impl From<AsForm> for ExportForm {
    fn from(form: AsForm) -> Self {
        match form {
            AsForm::AwsCli => Self::AwsCli,
            AsForm::Cloudformation => Self::CloudFormation,
            AsForm::Terraform => Self::Terraform,
            AsForm::Az => Self::Az,
            AsForm::Gcloud => Self::Gcloud,
        }
    }
}

pub(super) fn run(context: &Context, arguments: &ExportArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    carried_out_here(context, &spec, Task::Export)?;
    let form = ExportForm::from(arguments.form);
    fits(&spec, form)?;
    let (blueprint, _) = known(context, spec, &Folder::open(&arguments.applied, None, World::Real)?)?;
    let text = export(&blueprint, form)?;
    let out = arguments.out.as_deref().filter(|out| *out != Path::new("-"));
    let path = out.map(|out| path_in(out, blueprint.spec.name.as_str(), form));
    if let Some(path) = &path {
        free(path, form)?;
        write_public(path, &text)?;
    }
    match (context.json(), path) {
        (true, path) => {
            context.print_json(&json!({"version": 1, "out": path, "text": text}));
        }
        (false, None) => context.screen.exact(&text),
        (false, Some(path)) => context.screen.say(&format!("Wrote {}.", path.display())),
    }
    Ok(Outcome::Done)
}

/// Sees that nothing of the user's is replaced: only an export of the same form is, and none in a rehearsal's folder.
fn free(path: &Path, form: ExportForm) -> Result<()> {
    for folder in path.ancestors().skip(1) {
        drop(Folder::open(folder, None, World::Real)?);
    }
    let Some(there) = read_public(path)? else { return Ok(()) };
    // Every form says it at its top.
    if there.is_empty() || there.lines().take(12).any(|line| line.contains(form.mark())) {
        return Ok(());
    }
    Err(Error::new(Code::EXISTS, format!("{} exists already, and is no export of this form", path.display()))
        .why("It may be yours, and would be replaced.")
        .fix(format!(
            "Name another file with `--out PATH`, or move this one away: `mv {0} {0}.bak`.",
            shell::path(path)
        )))
}

/// Whether the form is one of the spec's cloud.
fn fits(spec: &Spec, form: ExportForm) -> Result<()> {
    let known = crate::clouds::known(&spec.cloud);
    if known.forms().contains(&form) {
        return Ok(());
    }
    let fits: Vec<String> = known.forms().iter().map(|form| format!("`--as {}`", form.word())).collect();
    let code = if form == ExportForm::Gcloud { Code::NOT_ON_GCP } else { known.wrong_form() };
    Err(Error::new(code, format!("`--as {}` does not go with {}", form.word(), known.title()))
        .why("A script or template for one cloud's tool makes nothing in another.")
        .fix(format!("Use {}.", fits.join(" or ")))
        .at(spec.place("cloud.provider")))
}

/// A folder gets a file named after the spec.
fn path_in(out: &Path, name: &str, form: ExportForm) -> PathBuf {
    let folder = out.is_dir() || out.as_os_str().to_string_lossy().ends_with('/');
    if folder { out.join(format!("{name}.{}", form.ending())) } else { out.to_owned() }
}
