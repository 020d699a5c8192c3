//! Whether a permissions boundary bounds anything.

use super::PrincipalWant;
use crate::error::{Code, Error, Result};
use crate::spec::Spec;

/// Refuses a boundary that is a policy which `apply` writes itself: whoever runs it would write the limit, too.
///
/// # Errors
/// `BW0408`.
pub(super) fn by_others(spec: &Spec, principals: &[PrincipalWant]) -> Result<()> {
    let Some(boundary) = spec.cloud.boundary() else { return Ok(()) };
    let policy = |want: &PrincipalWant| format!("policy/{}", spec.cloud.path_and_name(want.name.as_str()));
    let Some(own) = principals.iter().find(|want| policy(want).eq_ignore_ascii_case(boundary.resource())) else {
        return Ok(());
    };
    Err(Error::new(
        Code::BAD_BOUNDARY,
        format!("the permissions boundary is the policy of `{}`, which `apply` writes", own.name),
    )
    .why("A boundary limits what this policy may say. One that is written along with it limits nothing.")
    .fix("Name a policy that somebody else keeps, under another name or path.")
    .at(spec.place("cloud.iam.permissionsBoundary")))
}
