//! IAM on Google Cloud: which roles a grant means, and policies that are read, added to and written back.

use serde_json::{Value, json};

use crate::policy::BucketGrant;
use crate::profile::Access;

/// Reads and writes objects. Source: Cloud Storage documentation, "IAM roles for Cloud Storage".
const OBJECT_ADMIN: &str = "roles/storage.objectAdmin";
/// Reads objects. Source: the same.
const OBJECT_VIEWER: &str = "roles/storage.objectViewer";
/// Lets a Kubernetes ServiceAccount act as a service account. Source: GKE documentation, "Authenticate to Google Cloud APIs
/// from GKE workloads".
pub const WORKLOAD_IDENTITY_USER: &str = "roles/iam.workloadIdentityUser";

/// The roles of a grant on its bucket.
pub fn bucket_roles(grant: &BucketGrant) -> Vec<String> {
    let base = match grant.access {
        Access::Read => OBJECT_VIEWER,
        Access::ReadWrite => OBJECT_ADMIN,
    };
    std::iter::once(base.to_owned()).chain(grant.roles.iter().cloned()).collect()
}

/// The version in which policies are asked for and written: the only one that shows conditions.
///
/// Source: IAM documentation, "Policy versions".
pub const POLICY_VERSION: u8 = 3;

/// Whether a policy gives a role to a member without a condition.
pub fn gives(policy: &Value, role: &str, member: &str) -> bool {
    unconditional(policy, role).any(|binding| members(binding).any(|there| there == member))
}

/// The policy with a role given to a member; `None` when it is there. All else stays as it is, conditions and `etag` too.
pub fn with_member(policy: &Value, role: &str, member: &str) -> Option<Value> {
    if gives(policy, role, member) {
        return None;
    }
    let mut policy = if policy.is_object() { policy.clone() } else { json!({}) };
    policy["version"] = json!(POLICY_VERSION);
    let mut bindings = policy["bindings"].as_array().cloned().unwrap_or_default();
    match bindings.iter_mut().find(|binding| is_unconditional(binding, role)) {
        Some(binding) => {
            let all: Vec<&str> = members(binding).chain([member]).collect();
            binding["members"] = json!(all);
        }
        None => bindings.push(json!({"role": role, "members": [member]})),
    }
    policy["bindings"] = bindings.into();
    Some(policy)
}

/// The policy without some members of some roles, under whatever condition; `None` when none of them is there.
pub fn without_members(policy: &Value, going: &[(&str, &str)]) -> Option<Value> {
    let goes = |role: &str, member: &str| going.contains(&(role, member));
    let mut changed = false;
    let mut kept = Vec::new();
    for binding in bindings(policy) {
        let role = binding["role"].as_str().unwrap_or_default();
        let stay: Vec<&str> = members(binding).filter(|member| !goes(role, member)).collect();
        changed |= stay.len() < members(binding).count();
        let mut binding = binding.clone();
        if !stay.is_empty() {
            binding["members"] = json!(stay);
            kept.push(binding);
        }
    }
    let mut policy = policy.clone();
    policy["version"] = json!(POLICY_VERSION);
    policy["bindings"] = kept.into();
    changed.then_some(policy)
}

fn unconditional<'a>(policy: &'a Value, role: &'a str) -> impl Iterator<Item = &'a Value> {
    bindings(policy).filter(move |binding| is_unconditional(binding, role))
}

fn is_unconditional(binding: &Value, role: &str) -> bool {
    binding["role"] == role && binding.get("condition").is_none_or(Value::is_null)
}

/// All bindings of a policy.
pub fn bindings(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["bindings"].as_array().into_iter().flatten()
}

/// The members of a binding.
pub fn members(binding: &Value) -> impl Iterator<Item = &str> {
    binding["members"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_bound_survives_with_its_conditions() {
        let there = json!({"version": 3, "etag": "BwX", "auditConfigs": [1], "bindings": [
            {"role": OBJECT_ADMIN, "members": ["user:a@example.com"], "condition": {"expression": "request.time < x"}},
            {"role": "roles/viewer", "members": ["user:b@example.com"]}
        ]});
        let merged = with_member(&there, OBJECT_ADMIN, "serviceAccount:c").expect("added");
        assert_eq!(merged["bindings"][0], there["bindings"][0], "no member slips under the condition");
        assert_eq!(merged["bindings"][1], there["bindings"][1]);
        assert_eq!(merged["bindings"][2], json!({"role": OBJECT_ADMIN, "members": ["serviceAccount:c"]}));
        assert_eq!((&merged["etag"], &merged["auditConfigs"]), (&there["etag"], &there["auditConfigs"]));
        assert_eq!(with_member(&merged, OBJECT_ADMIN, "serviceAccount:c"), None, "the second time changes nothing");
        let more = with_member(&merged, OBJECT_ADMIN, "serviceAccount:d").expect("added");
        assert_eq!(more["bindings"][2]["members"], json!(["serviceAccount:c", "serviceAccount:d"]));
    }

    #[test]
    fn members_leave_and_others_stay() {
        let there = json!({"version": 1, "etag": "E", "bindings": [
            {"role": "roles/x", "members": ["serviceAccount:a", "user:b"]},
            {"role": "roles/y", "members": ["serviceAccount:a"], "condition": {"expression": "z"}},
            {"role": "roles/z", "members": ["serviceAccount:a"]}
        ]});
        let left = without_members(&there, &[("roles/x", "serviceAccount:a"), ("roles/y", "serviceAccount:a")]);
        let left = left.expect("changed");
        assert_eq!(left["bindings"][0]["members"], json!(["user:b"]));
        assert_eq!(left["bindings"][1], there["bindings"][2], "an empty binding goes, and another role stays");
        assert_eq!((&left["etag"], &left["version"]), (&json!("E"), &json!(3)));
        assert_eq!(without_members(&left, &[("roles/x", "serviceAccount:a")]), None);
    }

    #[test]
    fn an_empty_policy_is_a_policy() {
        let made = with_member(&json!({"etag": "ACAB"}), "roles/x", "serviceAccount:c").expect("added");
        assert_eq!(
            made,
            json!({"etag": "ACAB", "version": 3, "bindings": [{"role": "roles/x", "members": ["serviceAccount:c"]}]})
        );
    }
}
