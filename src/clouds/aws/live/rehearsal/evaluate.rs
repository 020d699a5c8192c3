//! Whether policies allow an action. Source: IAM User Guide, "Policy evaluation logic": an explicit deny wins, then an allow,
//! else it is denied. A condition that cannot be judged here does not hold.

use serde_json::Value;

use crate::policy::{Keys, conditions_hold, matches};

/// A decision, in the simulator's words.
pub(super) fn decide(documents: &[&Value], action: &str, resource: &str, keys: &Keys) -> &'static str {
    let mut allowed = false;
    for statement in documents.iter().flat_map(|document| each(document.get("Statement"))) {
        let applies = conditions_hold(statement, keys) == Some(true)
            && each(statement.get("Action"))
                .any(|pattern| matches(&text(pattern).to_lowercase(), &action.to_lowercase()))
            && each(statement.get("Resource")).any(|pattern| matches(&text(pattern), resource));
        if applies && statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            return "explicitDeny";
        }
        allowed |= applies;
    }
    if allowed { "allowed" } else { "implicitDeny" }
}

/// The members of a list, or the single value that stands for one.
fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, single) = match value {
        Some(Value::Array(items)) => (items.as_slice(), None),
        other => (&[][..], other),
    };
    list.iter().chain(single)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod unit {
    use serde_json::json;

    use super::*;

    fn decide(documents: &[&Value], action: &str, resource: &str) -> &'static str {
        super::decide(documents, action, resource, &Keys::new())
    }

    #[test]
    fn a_deny_wins_and_silence_denies() {
        let allow = json!({"Statement": {"Effect": "Allow", "Action": ["S3:Get*"], "Resource": "arn:aws:s3:::a/*"}});
        let deny = json!({"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::a/secret?"]}]});
        assert_eq!(decide(&[&allow, &deny], "s3:GetObject", "arn:aws:s3:::a/x"), "allowed");
        assert_eq!(decide(&[&allow, &deny], "s3:GetObject", "arn:aws:s3:::a/secret1"), "explicitDeny");
        assert_eq!(decide(&[&allow], "s3:PutObject", "arn:aws:s3:::a/x"), "implicitDeny");
        assert_eq!(decide(&[&allow], "s3:GetObject", "arn:aws:s3:::a"), "implicitDeny");
        let own = json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"s3:ResourceAccount": "1"}}}});
        assert_eq!(decide(&[&own], "s3:GetObject", "arn:aws:s3:::a/x"), "implicitDeny");
    }
}
