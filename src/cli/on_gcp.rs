//! Commands that do not work on Google Cloud: each is refused with the commands of gcloud that do the same.

use super::context::Context;
use crate::base::error::{Code, Error, Result};
use crate::clouds::gcp::gcloud::{making, removal, rotation};
use crate::spec::Spec;

/// What is not done on Google Cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// `rotate`.
    Rotate,
    /// `destroy`.
    Destroy,
    /// `export`.
    Export,
}

/// Refuses a command for a spec that names a project of Google Cloud.
///
/// # Errors
/// `BW1508`.
pub(super) fn refused(context: &Context, spec: &Spec, command: Command) -> Result<()> {
    let Some(gcp) = spec.cloud.gcp() else { return Ok(()) };
    let blueprint = context.blueprint(spec.clone(), None)?;
    let (word, why, lines) = match command {
        Command::Rotate => (
            "rotate",
            "Google does not say whether a key is still used, so nothing here could tell when the old one may go.",
            rotation(&blueprint, gcp),
        ),
        Command::Destroy => (
            "destroy",
            "What it may remove on Google Cloud was not built. These lines remove what this spec makes; buckets must be empty, and adopted ones are not yours to remove.",
            removal(&blueprint, gcp),
        ),
        Command::Export => (
            "export",
            "Its forms are calls and resources of AWS. These lines make the same by gcloud.",
            making(&blueprint, gcp),
        ),
    };
    Err(Error::new(Code::NOT_ON_GCP, format!("`{word}` does not work on Google Cloud"))
        .why(why)
        .fix(format!("Type:\n  {}", lines.join("\n  ")))
        .at(spec.place("cloud.provider")))
}
