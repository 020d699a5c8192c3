//! Whether a permissions boundary bounds anything.

use crate::base::error::{Code, Error, Result};
use crate::model::{PrincipalWant, Warning};
use crate::spec::{Install, Spec};

/// AWS's own policies that allow everything, or everything but users and roles.
///
/// Source: AWS Managed Policy Reference, AdministratorAccess and PowerUserAccess.
const ALLOW_ALL: [&str; 2] = ["AdministratorAccess", "PowerUserAccess"];

/// A remark on a boundary that leaves the objects of every bucket open, with the first install.
pub(crate) fn wide(spec: &Spec, install: &Install) -> Option<Warning> {
    let boundary = spec.cloud.boundary()?;
    let own = boundary.account().is_none() && ALLOW_ALL.contains(&boundary.name());
    let first = spec.installs.first().is_some_and(|first| first.id == install.id);
    (own && first).then(|| Warning {
        code: Code::WIDE_BOUNDARY.as_str().to_owned(),
        what: format!("the permissions boundary `{}` limits almost nothing", boundary.name()),
        why: "It allows every action on every bucket and key of the account, so it bounds none of the roles and users that carry it.".to_owned(),
        fix: Some("Name a policy that allows what the charts need, and no more; `bucketwright plan` shows their policies.".to_owned()),
    })
}

/// Refuses a boundary that is a policy which `apply` writes itself: whoever runs it would write the limit, too.
///
/// # Errors
/// `BW0408`.
pub(crate) fn by_others(spec: &Spec, principals: &[PrincipalWant]) -> Result<()> {
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
