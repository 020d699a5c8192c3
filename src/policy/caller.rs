//! What the caller of `apply` must be allowed to do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::LANGUAGE;

/// The IAM actions that a run needs, by resource and by the condition under which it needs them, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerNeeds(BTreeMap<(String, String), Vec<&'static str>>);

impl CallerNeeds {
    /// Adds actions on a resource.
    pub fn add(&mut self, resource: impl Into<String>, actions: &[&'static str]) {
        self.add_if(resource, actions, &json!({}));
    }

    /// Adds actions on a resource, under a condition; an empty one asks for nothing.
    pub fn add_if(&mut self, resource: impl Into<String>, actions: &[&'static str], condition: &Value) {
        if actions.is_empty() {
            return;
        }
        let entry = self.0.entry((resource.into(), condition.to_string())).or_default();
        for action in actions {
            if !entry.contains(action) {
                entry.push(action);
            }
        }
        entry.sort_unstable();
    }
}

/// The policy to hand to whoever grants rights: resources with the same actions and conditions share a statement.
pub fn caller_policy(needs: &CallerNeeds) -> Value {
    let mut groups: BTreeMap<(&Vec<&'static str>, &String), Vec<&String>> = BTreeMap::new();
    for ((resource, condition), actions) in &needs.0 {
        groups.entry((actions, condition)).or_default().push(resource);
    }
    let statement = |((actions, condition), resources): ((&Vec<&'static str>, &String), Vec<&String>)| {
        let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": resources});
        if let Some(condition) = serde_json::from_str::<Value>(condition).ok().filter(|one| one != &json!({})) {
            statement["Condition"] = condition;
        }
        statement
    };
    let statements: Vec<Value> = groups.into_iter().map(statement).collect();
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
        let condition = json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::012345678901:policy/b"}});
        needs.add_if("arn:aws:s3:::a", &["s3:CreateBucket"], &condition);
        let policy = caller_policy(&needs);
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(3));
        assert_eq!(policy["Statement"][0]["Condition"], condition);
        assert_eq!(policy["Statement"][1]["Resource"], json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]));
    }
}
