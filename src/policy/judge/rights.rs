//! What a user or role may do beyond the spec: its own policy, inline and attached ones, those of its groups.

use serde_json::{Value, json};

use super::{Grant, labelled, named, or_accept, uncovered, words};
use crate::base::error::{Code, Error};
use crate::base::names::{Arn, Kind};
use crate::base::shell::word;
use crate::policy::{WrittenBy, gives_way};

/// What is in the account about the rights of one user or role.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// All its policies but the one of its own name.
    pub policies: Vec<HeldPolicy>,
    /// What could not be read: the permission that is missing, and on what.
    pub unread: Vec<String>,
}

/// A policy that a user or role has.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldPolicy {
    /// How it has it.
    pub from: PolicyFrom,
    /// What it says.
    pub document: Value,
}

/// How a user or role comes to have a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFrom {
    /// It is the one of its own name, written by us or by others.
    Own(WrittenBy),
    /// It is in the user or role, under this name.
    Inline(String),
    /// It is attached, and has this ARN.
    Attached(String),
    /// It is in a group of the user.
    InGroup {
        /// The group.
        group: String,
        /// The policy's name.
        policy: String,
    },
    /// It is attached to a group of the user.
    ByGroup {
        /// The group.
        group: String,
        /// The policy's ARN.
        policy: String,
    },
}

impl PolicyFrom {
    fn place(&self) -> String {
        match self {
            Self::Own(_) => "policy of its own name".to_owned(),
            Self::Inline(name) => format!("inline policy {name}"),
            Self::Attached(arn) => format!("attached policy {arn}"),
            Self::InGroup { group, policy } => format!("inline policy {policy} of the group {group}"),
            Self::ByGroup { group, policy } => format!("attached policy {policy} of the group {group}"),
        }
    }

    /// The name under which a statement is accepted. A managed policy of others is accepted as a whole.
    fn accepted_as(&self, holder: &str, statement: &Value) -> Option<String> {
        match self {
            Self::Own(_) => Some(named(holder, statement)),
            Self::Inline(name) => Some(labelled(holder, name, statement)),
            Self::InGroup { group, policy } => Some(labelled(holder, &format!("{group}/{policy}"), statement)),
            Self::Attached(arn) | Self::ByGroup { policy: arn, .. } => Some(format!("{holder}/{arn}")),
        }
    }

    /// The command that takes the policy away.
    fn removal(&self, kind: Kind, holder: &str) -> String {
        let holder = word(holder);
        match self {
            Self::Own(_) => format!("Remove the statement from the policy `{holder}`."),
            Self::Inline(name) => {
                format!(
                    "Remove the policy: `aws iam delete-{kind}-policy --{kind}-name {holder} --policy-name {}`.",
                    word(name)
                )
            }
            Self::Attached(arn) => {
                format!("Detach it: `aws iam detach-{kind}-policy --{kind}-name {holder} --policy-arn {}`.", word(arn))
            }
            Self::InGroup { group, .. } | Self::ByGroup { group, .. } => {
                format!(
                    "Take the user out of the group: `aws iam remove-user-from-group --user-name {holder} --group-name {}`.",
                    word(group)
                )
            }
        }
    }
}

/// Every statement of a policy that allows what the wanted one does not. `kind` is `user` or `role`.
pub fn judge_rights(kind: Kind, holder: &str, held: &HeldPolicy, wanted: &Value) -> Vec<Grant> {
    let one = |statement: Value| {
        let undone = matches!(held.from, PolicyFrom::Own(by) if gives_way(&statement, wanted, by));
        let name = held.from.accepted_as(holder, &statement);
        let mut fix = if undone {
            "`bucketwright apply` puts back the statement that the spec says.".to_owned()
        } else {
            held.from.removal(kind, holder)
        };
        if let Some(name) = &name {
            fix = format!("{fix} {}", or_accept(name));
        }
        let error =
            Error::new(Code::FOREIGN_RIGHTS, format!("the {kind} `{holder}` may call {}", words::what(&statement)))
                .why(format!("Its {} says so, and the spec does not.", held.from.place()))
                .fix(fix);
        Grant {
            kind,
            resource: holder.to_owned(),
            place: held.from.place(),
            name,
            undone,
            accepted: None,
            error,
            statement,
        }
    };
    uncovered(&held.document, wanted).into_iter().map(one).collect()
}

/// A user or role without the permissions boundary that the spec demands: what others give it counts in full. `undone` says whether
/// `apply` sets it.
///
/// Source: IAM User Guide, "Permissions boundaries for IAM entities".
pub fn unbounded(kind: Kind, holder: &str, found: Option<&str>, wanted: &Arn, undone: bool) -> Grant {
    let has = found.map_or("It has none".to_owned(), |found| format!("It has {found}"));
    let fix = if undone {
        "`bucketwright apply` sets it.".to_owned()
    } else {
        format!(
            "Set it: `aws iam put-{kind}-permissions-boundary --{kind}-name {} --permissions-boundary {}`.",
            word(holder),
            word(wanted.as_str())
        )
    };
    let error = Error::new(
        Code::FOREIGN_RIGHTS,
        format!("the {kind} `{holder}` does not have the permissions boundary {wanted}"),
    )
    .why(format!("{has}, so what its policies and those that others add allow is not bounded as the spec demands."))
    .fix(fix);
    let place = "permissions boundary".to_owned();
    let statement = json!({"PermissionsBoundary": found});
    Grant { kind, resource: holder.to_owned(), place, name: None, undone, accepted: None, error, statement }
}

impl Held {
    /// A policy that nobody could read, as a grant of unknown size would be.
    pub fn unread_words(&self, kind: Kind, holder: &str) -> Vec<String> {
        self.unread
            .iter()
            .map(|what| format!("the rights of the {kind} {holder} are not judged: missing permission {what}"))
            .collect()
    }
}

/// A document that allows nothing.
pub fn nothing() -> Value {
    json!({"Statement": []})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_that_is_missing_or_another_is_named() {
        let wanted = Arn::parse("arn:aws:iam::012345678901:policy/boundary").expect("an ARN");
        let none = unbounded(Kind::Role, "acme", None, &wanted, true);
        assert!(none.undone && none.error.remedy() == Some("`bucketwright apply` sets it."), "{none:?}");
        let other = unbounded(Kind::User, "acme", Some("arn:aws:iam::012345678901:policy/wide"), &wanted, false);
        assert!(other.error.reason().expect("why").contains("policy/wide"), "{other:?}");
        assert!(other.error.remedy().expect("a fix").contains("aws iam put-user-permissions-boundary"), "{other:?}");
    }

    #[test]
    fn each_way_to_a_right_has_its_fix() {
        let wanted =
            json!({"Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::a"}]});
        let document = json!({"Statement": [
            {"Sid": "Harmless", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::a"},
            {"Sid": "Root", "Effect": "Allow", "Action": "iam:*", "Resource": "*"}
        ]});
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
        for (from, name, fix) in [
            (
                PolicyFrom::Inline("sneaky".into()),
                "acme/sneaky@",
                "aws iam delete-role-policy --role-name acme --policy-name sneaky",
            ),
            (
                PolicyFrom::Attached(arn.into()),
                "acme/arn:aws:iam::aws:policy/AdministratorAccess",
                "aws iam detach-role-policy --role-name acme --policy-arn arn",
            ),
            (
                PolicyFrom::InGroup { group: "ops".into(), policy: "p".into() },
                "acme/ops/p@",
                "aws iam remove-user-from-group --user-name acme --group-name ops",
            ),
            (PolicyFrom::Own(WrittenBy::Us), "acme/Root@", "Remove the statement"),
        ] {
            let found = judge_rights(
                Kind::Role,
                "acme",
                &HeldPolicy { from: from.clone(), document: document.clone() },
                &wanted,
            );
            assert_eq!(found.len(), 1, "{from:?}");
            assert!(found[0].name.as_ref().expect("a name").starts_with(name), "{found:?}");
            assert!(found[0].error.remedy().expect("a fix").contains(fix), "{found:?}");
            assert_eq!(found[0].error.what(), "the role `acme` may call `iam:*` on `*`");
        }
        let edited = json!({"Statement": [{"Sid": "BucketwrightBuckets", "Effect": "Allow", "Action": "iam:*", "Resource": "*"}]});
        for (by, undone) in [(WrittenBy::Us, true), (WrittenBy::Others, false)] {
            let own = HeldPolicy { from: PolicyFrom::Own(by), document: edited.clone() };
            assert_eq!(judge_rights(Kind::Role, "acme", &own, &wanted)[0].undone, undone);
        }
    }
}
