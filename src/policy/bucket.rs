//! What a bucket refuses whoever asks: its policy.

use serde_json::{Value, json};

use super::{LANGUAGE, Remainder, same, statements, without_ours};
use crate::base::names::{Arn, BucketName, Partition};

/// The Sid of our statement in a bucket's policy.
pub const TLS_ONLY_SID: &str = "BucketwrightTlsOnly";

/// Refuses every request without TLS. Source: Amazon S3 User Guide, "Examples of bucket policies".
pub fn tls_only_statement(partition: Partition, bucket: &BucketName) -> Value {
    let arn = Arn::bucket(partition, bucket.as_str());
    json!({
        "Sid": TLS_ONLY_SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn.as_str(), format!("{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    })
}

/// The policy with our statement and all that is there; `None` when it is there already.
pub fn with_tls_only(current: Option<&Value>, partition: Partition, bucket: &BucketName) -> Option<Value> {
    let statement = tls_only_statement(partition, bucket);
    let mut all = current.map(statements).unwrap_or_default();
    let without_sid = |value: &Value| {
        let mut value = value.clone();
        if let Some(entries) = value.as_object_mut() {
            entries.shift_remove("Sid");
        }
        value
    };
    if all.iter().any(|other| same(&without_sid(other), &without_sid(&statement))) {
        return None;
    }
    all.retain(|other| !is_tls_only(other));
    all.push(statement);
    let version = current.and_then(|policy| policy.get("Version")).cloned().unwrap_or_else(|| json!(LANGUAGE));
    let mut policy = json!({"Version": version, "Statement": all});
    if let Some(id) = current.and_then(|policy| policy.get("Id")) {
        policy["Id"] = id.clone();
    }
    Some(policy)
}

/// Whether a statement bears the name of ours that refuses requests without TLS, whatever it says.
pub fn is_tls_only(statement: &Value) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(TLS_ONLY_SID)
}

/// Our statement as it reads now, whatever somebody made of it.
pub fn our_tls_only(policy: &Value) -> Option<Value> {
    statements(policy).into_iter().find(is_tls_only)
}

/// Whether a statement that is not ours refuses requests without TLS.
pub fn refuses_plain_http(policy: &Value) -> bool {
    statements(policy).iter().any(|one| {
        !is_tls_only(one)
            && one.get("Effect").and_then(Value::as_str) == Some("Deny")
            && same(&one["Condition"], &json!({"Bool": {"aws:SecureTransport": "false"}}))
    })
}

/// The policy without our statement.
pub fn without_tls_only(current: &Value) -> Remainder {
    without_ours(current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_statement_stays_and_an_equal_one_is_enough() {
        let bucket = BucketName::parse("acme-lfs").expect("name");
        let foreign = json!({"Version": "2008-10-17", "Id": "x", "Statement": [{"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": "arn:aws:s3:::acme-lfs/*"}]});
        let merged = with_tls_only(Some(&foreign), Partition::Aws, &bucket).expect("changed");
        assert_eq!(merged["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!((merged["Version"].as_str(), merged["Id"].as_str()), (Some("2008-10-17"), Some("x")));
        assert!(with_tls_only(Some(&merged), Partition::Aws, &bucket).is_none());
        let mut theirs = merged.clone();
        theirs["Statement"][1]["Sid"] = json!("SomebodyElsesName");
        assert!(with_tls_only(Some(&theirs), Partition::Aws, &bucket).is_none());
    }
}
