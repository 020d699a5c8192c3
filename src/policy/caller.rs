//! What the caller of `apply` must be allowed to do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::LANGUAGE;

/// The IAM actions that a run needs, by resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerNeeds(BTreeMap<String, Vec<&'static str>>);

impl CallerNeeds {
    /// Adds actions on a resource.
    pub fn add(&mut self, resource: impl Into<String>, actions: &[&'static str]) {
        let entry = self.0.entry(resource.into()).or_default();
        for action in actions {
            if !entry.contains(action) {
                entry.push(action);
            }
        }
        entry.sort_unstable();
    }
}

/// The policy to hand to whoever grants rights: resources with the same actions share a statement.
pub fn caller_policy(needs: &CallerNeeds) -> Value {
    let mut groups: BTreeMap<&Vec<&'static str>, Vec<&String>> = BTreeMap::new();
    for (resource, actions) in &needs.0 {
        groups.entry(actions).or_default().push(resource);
    }
    let statements: Vec<Value> = groups
        .into_iter()
        .map(|(actions, resources)| json!({"Effect": "Allow", "Action": actions, "Resource": resources}))
        .collect();
    json!({"Version": LANGUAGE, "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_with_equal_needs_share_a_statement() {
        let mut needs = CallerNeeds::default();
        for bucket in ["arn:aws:s3:::a", "arn:aws:s3:::b"] {
            needs.add(bucket, &["s3:ListBucket", "s3:CreateBucket"]);
        }
        needs.add("*", &["sts:GetCallerIdentity"]);
        needs.add("*", &["sts:GetCallerIdentity"]);
        let policy = caller_policy(&needs);
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!(policy["Statement"][0]["Resource"], json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]));
    }
}
