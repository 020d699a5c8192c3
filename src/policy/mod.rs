//! IAM documents: what a principal may do, who may become it, and what a bucket refuses.

mod admission;
mod bucket;
mod caller;
mod condition;
pub mod judge;
mod keys;
mod mark;
mod pattern;
mod permissions;
mod pods;
mod said;
mod trust;

pub use admission::{Admission, Check, StatementVerdict, Visitor, admission};
pub use bucket::{is_tls_only, our_tls_only, refuses_plain_http, tls_only_statement, with_tls_only, without_tls_only};
pub use caller::{CallerNeeds, caller_policy};
pub use condition::{Keys, conditions_hold};
pub use keys::{KMS_ACTIONS, KmsKeys, NamedKeys, keys_named};
pub use mark::{Merge, Merged, WrittenBy, gives_way, is_marked, is_ours, merge, without_ours};
pub use pattern::matches;
pub use permissions::{BEYOND_PREFIX, BucketGrant, Scope, actions_for, own_account, permissions};
pub use pods::{POD_ACTIONS, POD_SERVICE, Pods};
pub use said::{Said, said};
use serde_json::Value;
pub use trust::{AUDIENCE, Federated, Trust, trust_document};

/// IAM's limit for a managed policy, in characters without white space. Source: IAM User Guide, "IAM and STS quotas".
pub const MANAGED_POLICY_LIMIT: usize = 6144;

/// IAM's default limit for a trust policy, in characters without white space. Source: the same.
pub const TRUST_POLICY_LIMIT: usize = 2048;

/// The size of a document as IAM counts it: compact, without white space.
pub fn size(document: &Value) -> usize {
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// The version of the policy language.
const LANGUAGE: &str = "2012-10-17";

/// Whether two documents say the same; a single text and a list of one are one to IAM, and the order of lists does not count.
pub fn same(left: &Value, right: &Value) -> bool {
    normal(left) == normal(right)
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.len() == 1 => normal(&items[0]),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), normal(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// The statements of a document, as a list.
fn statements(document: &Value) -> Vec<Value> {
    match document.get("Statement") {
        Some(Value::Array(items)) => items.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    }
}

/// A statement's Sid, or nothing.
fn sid_text(statement: &Value) -> &str {
    statement.get("Sid").and_then(Value::as_str).unwrap_or_default()
}

/// What is left of a document without our statements.
#[derive(Clone, Debug, PartialEq)]
pub enum Remainder {
    /// None of them is ours.
    Untouched,
    /// All of them are ours.
    Nothing,
    /// What others wrote.
    Others(Value),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_and_single_lists_do_not_count() {
        assert!(same(&json!({"a": ["x", "y"], "b": "z"}), &json!({"b": ["z"], "a": ["y", "x"]})));
        assert!(!same(&json!({"a": ["x"]}), &json!({"a": ["y"]})));
    }

    #[test]
    fn size_ignores_white_space() {
        assert_eq!(size(&json!({"a b": "c\td"})), r#"{"ab":"c\td"}"#.len());
    }
}
