//! Pod Identity associations: which role a ServiceAccount is handed.

use super::identity::{ours, proven};
use super::{AssociationState, AwsChange};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Kind};
use crate::clouds::aws::plan::Step;
use crate::model::{Blueprint, Verb};

/// The step for the association of a ServiceAccount with a role. One of ours is changed in place; one of others is refused.
pub(super) fn association_step(
    blueprint: &Blueprint,
    role: &Arn,
    (namespace, account): (&str, &str),
    there: Option<&AssociationState>,
) -> Step {
    let name = format!("{namespace}/{account}");
    match there {
        None => Step::new(
            Kind::Association,
            name,
            Verb::Create,
            vec![AwsChange::CreateAssociation { namespace: namespace.to_owned(), service_account: account.to_owned() }],
        ),
        Some(there) if there.role == role.as_str() && there.session_tags => {
            Step::new(Kind::Association, name, Verb::Keep, Vec::new())
        }
        Some(there) if ours(blueprint, &there.tags) => {
            let (id, before) = (there.id.clone(), there.role.clone());
            let change = AwsChange::UpdateAssociation { id, before, role: role.clone() };
            proven(blueprint, &there.tags, Step::new(Kind::Association, name, Verb::Change, vec![change]))
        }
        Some(there) if there.role == role.as_str() => Step::refused(
            Kind::Association,
            name.clone(),
            Error::new(Code::FOREIGN_ASSOCIATION, format!("the association of {name} turns session tags off"))
                .why("The role's trust asks by these tags which pod it is, so it would let nobody in.")
                .fix("Turn them on: `aws eks update-pod-identity-association --no-disable-session-tags` with its cluster and id; `aws eks list-pod-identity-associations` shows them."),
        ),
        Some(AssociationState { role: other, .. }) => Step::refused(
            Kind::Association,
            name.clone(),
            Error::new(Code::FOREIGN_ASSOCIATION, format!("the ServiceAccount {name} is associated with {other}"))
                .why("EKS allows one role for each ServiceAccount.")
                .fix("Remove that association, or name another ServiceAccount under `serviceAccounts`."),
        ),
    }
}
