//! What a policy says, for readers who do not know its language: one entry for each statement or role.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::judge::texts;
use super::{own_account, same, statements};

/// One statement of a policy, or one role of a cloud that has roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Whether it allows; else it refuses.
    pub allows: bool,
    /// What it allows or refuses, in words.
    pub words: Vec<String>,
    /// The actions or roles, as the cloud calls them.
    pub actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
    /// Under which conditions alone, in words.
    pub conditions: Vec<String>,
}

/// What each action does, in words.
///
/// Source: Service Authorization Reference, Amazon S3, AWS KMS and AWS STS; "IAM roles for Cloud Storage"; "Azure built-in roles for Storage".
const WORDS: [(&str, &str); 21] = [
    ("s3:ListBucket", "list the objects"),
    ("s3:GetBucketLocation", "see the bucket's region"),
    ("s3:ListBucketMultipartUploads", "list unfinished uploads"),
    ("s3:GetObject", "read objects"),
    ("s3:PutObject", "write objects"),
    ("s3:DeleteObject", "delete objects"),
    ("s3:AbortMultipartUpload", "cancel unfinished uploads"),
    ("s3:ListMultipartUploadParts", "list the parts of an upload"),
    ("s3:CreateBucket", "create buckets"),
    ("s3:*", "do everything with buckets and objects"),
    ("kms:Decrypt", "decrypt with the key"),
    ("kms:GenerateDataKey", "encrypt with the key"),
    ("kms:DescribeKey", "see the key's settings"),
    ("sts:GetFederationToken", "hand out temporary credentials"),
    ("sts:AssumeRole", "assume roles"),
    ("roles/storage.objectAdmin", "list, read, write and delete objects, and set their access"),
    ("roles/storage.objectViewer", "list and read objects"),
    ("roles/iam.serviceAccountTokenCreator", "sign and make tokens in the service account's name"),
    ("Storage Blob Data Contributor", "list, read, write and delete blobs"),
    ("Storage Blob Data Reader", "list and read blobs"),
    ("Storage Blob Delegator", "sign URLs with a key of its own"),
];

impl Said {
    /// What these actions or roles allow on these resources.
    pub fn allowed(actions: Vec<String>, resources: Vec<String>) -> Self {
        Self { allows: true, words: words(&actions), actions, resources, conditions: Vec::new() }
    }
}

/// Each statement of a policy in words.
pub fn said(document: &Value) -> Vec<Said> {
    statements(document).iter().map(one).collect()
}

fn one(statement: &Value) -> Said {
    let listed = |key: &str, other: &str| match (texts(statement.get(key)), texts(statement.get(other))) {
        (some, none) if none.is_empty() => (some, None),
        (_, others) => (vec![format!("everything but {}", others.join(", "))], Some(())),
    };
    let (actions, but) = listed("Action", "NotAction");
    let (resources, _) = listed("Resource", "NotResource");
    Said {
        allows: statement.get("Effect").and_then(Value::as_str) == Some("Allow"),
        words: if but.is_some() { actions.clone() } else { words(&actions) },
        actions,
        resources,
        conditions: conditions(statement),
    }
}

/// The words of each action; one that has none is named as it is.
fn words(actions: &[String]) -> Vec<String> {
    let word = |action: &String| {
        let known = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(action));
        known.map_or_else(|| action.clone(), |(_, words)| (*words).to_owned())
    };
    actions.iter().map(word).collect()
}

fn conditions(statement: &Value) -> Vec<String> {
    let Some(condition) = statement.get("Condition") else { return Vec::new() };
    if same(condition, &own_account()) {
        return vec!["in buckets of its own account".to_owned()];
    }
    let operators = condition.as_object().into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| match (key.as_str(), texts(Some(values)).as_slice()) {
                ("aws:SecureTransport", [value]) if value == "false" => "for requests without TLS".to_owned(),
                (key, values) => format!("where {key} {} {}", operator_words(operator), values.join(" or ")),
            })
        })
        .collect()
}

/// An operator as a verb. Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
fn operator_words(operator: &str) -> String {
    match operator {
        "StringEquals" | "ArnEquals" | "Bool" | "NumericEquals" => "is".to_owned(),
        "StringLike" | "ArnLike" => "is like".to_owned(),
        "StringNotEquals" | "ArnNotEquals" => "is not".to_owned(),
        other => format!("({other})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::tls_only_statement;

    #[test]
    fn a_statement_is_a_sentence() {
        let policy = json!({"Statement": {
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:RestoreObject"], "Resource": "arn:aws:s3:::a/*", "Condition": own_account(),
        }});
        let said = said(&policy);
        assert_eq!(said[0].words, ["read objects", "s3:RestoreObject"], "what has no words is named");
        assert_eq!(said[0].conditions, ["in buckets of its own account"]);
        assert!(said[0].allows);
    }

    #[test]
    fn what_is_left_out_is_said() {
        let policy = json!({"Statement": [{
            "Effect": "Allow", "NotAction": "iam:*", "NotResource": ["x", "y"],
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        }]});
        let one = said(&policy).remove(0);
        assert_eq!(
            (one.words, one.resources),
            (vec!["everything but iam:*".into()], vec!["everything but x, y".into()])
        );
        assert_eq!(
            one.conditions,
            ["where aws:PrincipalOrgID is not o-1 or o-2", "where aws:SourceIp (IpAddress) 10.0.0.0/8"]
        );
    }

    #[test]
    fn a_refusal_is_no_right() {
        let bucket = crate::base::names::BucketName::parse("acme-lfs").expect("a name");
        let policy = json!({"Statement": [tls_only_statement(crate::base::names::Partition::Aws, &bucket)]});
        let one = said(&policy).remove(0);
        assert!(!one.allows);
        assert_eq!(one.conditions, ["for requests without TLS"]);
    }
}
