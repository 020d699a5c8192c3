//! The policies in an answer of AWS's, such as that of `aws iam get-role` or `get-policy-version`.
//!
//! Source: AWS CLI Command Reference: get-role, get-role-policy, get-user-policy, get-group-policy, get-policy-version,
//! get-account-authorization-details; get-bucket-policy, get-key-policy and get-resource-policy, which give theirs as a text.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::PolicyKind;
use super::json::{Data, Node};

/// Under which keys AWS answers with a policy.
const KEYS: [&str; 5] = ["AssumeRolePolicyDocument", "PolicyDocument", "Document", "Policy", "ResourcePolicy"];

/// A policy in an answer.
pub(super) struct Part<'a> {
    /// Where it is: `Role.AssumeRolePolicyDocument`.
    pub(super) path: String,
    pub(super) found: Answer<'a>,
}

/// How an answer holds a policy.
pub(super) enum Answer<'a> {
    /// As an object.
    Object(&'a Node),
    /// As a text that is JSON itself.
    Text(String),
}

impl Part<'_> {
    /// What the policy is for, where its key says so.
    pub(super) fn kind(&self) -> Option<PolicyKind> {
        match self.path.rsplit('.').next() {
            Some("AssumeRolePolicyDocument") => Some(PolicyKind::Trust),
            Some("PolicyDocument" | "Document") => Some(PolicyKind::Identity),
            _ => None,
        }
    }
}

/// The policies in a document that is none itself. A template of CloudFormation is no answer: what it holds is not filled in yet.
pub(super) fn parts(root: &Node) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    let is_policy = ["Statement", "Version"].iter().any(|key| root.get(key).is_some());
    if !is_policy && root.get("Resources").is_none() {
        look(root, "", &mut all);
    }
    all
}

fn look<'a>(node: &'a Node, path: &str, all: &mut Vec<Part<'a>>) {
    for (key, value) in node.entries() {
        let key = key.text().unwrap_or_default();
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match &value.data {
            Data::Map(_) if KEYS.contains(&key) && value.get("Statement").is_some() => {
                all.push(Part { path, found: Answer::Object(value) });
            }
            Data::Map(_) => look(value, &path, all),
            Data::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    look(item, &format!("{path}[{index}]"), all);
                }
            }
            Data::Text(text) if KEYS.contains(&key) => {
                if let Some(text) = policy(text) {
                    all.push(Part { path, found: Answer::Text(text) });
                }
            }
            Data::Text(_) | Data::Other => {}
        }
    }
}

/// A text that is a policy; IAM's API encodes it as part of a URL.
fn policy(text: &str) -> Option<String> {
    let text = text.trim();
    let text =
        if text.starts_with('%') { percent_decode_str(text).decode_utf8().ok()?.into_owned() } else { text.to_owned() };
    let value: Value = serde_json::from_str(&text).ok()?;
    value.get("Statement").is_some().then_some(text)
}
