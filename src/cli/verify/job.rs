//! The Jobs that carry out the proof inside the cluster, and `verify --print-job`, which lets them be reviewed.

use serde_json::{Value, json};

use super::{VerifyArguments, only};
use crate::base::error::Result;
use crate::base::yaml::{Node, write};
use crate::cli::Outcome;
use crate::cli::applied::known;
use crate::cli::context::Context;
use crate::kube::proof::{Job, Running, jobs};
use crate::model::PrincipalKind;

/// The Jobs of all roles, or of those that were named.
pub(super) fn wanted(context: &Context, arguments: &VerifyArguments) -> Result<Vec<Job>> {
    let spec = super::as_caller::of_aws(context, &arguments.spec)?;
    let folder = arguments.place.to_read()?;
    let (mut blueprint, _) = known(context, spec, &folder)?;
    only(&mut blueprint, &arguments.principal)?;
    let is_role = |kind: &PrincipalKind| matches!(kind, PrincipalKind::Role { .. });
    // Of a mixed spec the users are left out; a spec without roles, or a user that was named, is refused with the reason.
    let mixed = arguments.principal.is_empty() && blueprint.principals.iter().any(|want| is_role(&want.kind));
    let running = Running { image: &arguments.image, seconds: arguments.timeout };
    let mut all = Vec::new();
    for want in blueprint.principals.iter().filter(|want| !mixed || is_role(&want.kind)) {
        all.extend(jobs(&blueprint, want, running)?);
    }
    Ok(all)
}

pub(super) fn print(context: &Context, arguments: &VerifyArguments) -> Result<Outcome> {
    let all: Vec<Value> = wanted(context, arguments)?.into_iter().map(|job| job.manifest).collect();
    if context.json() {
        context.print_json(&json!({"version": 1, "jobs": all}));
    } else {
        let texts: Vec<String> = all.into_iter().map(|job| write(&Node::Leaf(job, None))).collect();
        context.screen.exact(&texts.join("---\n"));
    }
    Ok(Outcome::Done)
}
