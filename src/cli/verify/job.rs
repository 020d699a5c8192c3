//! `verify --print-job`: the Jobs that carry out the proof inside the cluster, to be reviewed.

use serde_json::{Value, json};

use super::{VerifyArguments, only};
use crate::blueprint::{PrincipalKind, blueprint};
use crate::cli::Outcome;
use crate::cli::context::Context;
use crate::error::Result;
use crate::proof::jobs;
use crate::yaml::{Node, write};

pub(super) fn print(context: &Context, arguments: &VerifyArguments, image: &str) -> Result<Outcome> {
    let mut blueprint = blueprint(super::as_caller::of_aws(&arguments.spec)?, &context.catalogue()?, None)?;
    only(&mut blueprint, &arguments.principal)?;
    let is_role = |kind: &PrincipalKind| matches!(kind, PrincipalKind::Role { .. });
    // Of a mixed spec the users are left out; a spec without roles, or a user that was named, is refused with the reason.
    let mixed = arguments.principal.is_empty() && blueprint.principals.iter().any(|want| is_role(&want.kind));
    let mut all: Vec<Value> = Vec::new();
    for want in blueprint.principals.iter().filter(|want| !mixed || is_role(&want.kind)) {
        all.extend(jobs(&blueprint, want, image)?);
    }
    if context.json() {
        context.print_json(&json!({"version": 1, "jobs": all}));
    } else {
        let texts: Vec<String> = all.into_iter().map(|job| write(&Node::Leaf(job, None))).collect();
        context.screen.data(&texts.join("---\n"));
    }
    Ok(Outcome::Done)
}
