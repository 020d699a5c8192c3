//! Who holds a policy of the spec's beside the user or role that it was made for.

use serde_json::json;

use super::{Grant, labelled, or_accept};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Kind};
use crate::base::shell::word;

/// A holder of the policy of a user or role whom the spec does not want. Both are given by kind and name.
pub fn judge_holder(of: (Kind, &str), policy: &Arn, holder: (Kind, &str)) -> Grant {
    let ((kind, resource), (holder_kind, name)) = (of, holder);
    let statement = json!({"policy": policy, "kind": holder_kind, "holder": name});
    let accepted = labelled(resource, &format!("held-by-{holder_kind}-{name}"), &statement);
    let error = Error::new(
        Code::FOREIGN_HOLDER,
        format!("the {holder_kind} `{name}` holds the policy of the {kind} `{resource}`"),
    )
    .why(format!("The policy `{}` is attached to it, and the spec does not say so: it may do all that the policy allows.", policy.name()))
    .fix(format!(
        "When nothing needs it there, detach it: `aws iam detach-{holder_kind}-policy --{holder_kind}-name {} --policy-arn {}`. {}",
        word(name),
        word(policy.as_str()),
        or_accept(&accepted)
    ));
    Grant {
        kind,
        resource: resource.to_owned(),
        place: format!("attached to the {holder_kind} {name}"),
        name: Some(accepted),
        undone: false,
        accepted: None,
        error,
        statement,
    }
}
