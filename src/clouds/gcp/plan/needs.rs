//! What the caller must be allowed to do on Google Cloud.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Resource, wanted_bindings};
use crate::model::{Blueprint, GoogleAccount, PrincipalKind};
use crate::spec::GcpCloud;

/// The permissions on the project that a whole run needs, whatever exists already, and predefined roles that have them.
///
/// Source: IAM documentation, "IAM permissions reference"; Cloud Storage documentation, "IAM permissions for JSON methods".
pub fn gcp_needs(blueprint: &Blueprint, gcp: &GcpCloud) -> Value {
    let mut permissions = BTreeSet::from(["resourcemanager.projects.get"]);
    let mut roles = BTreeSet::new();
    if !blueprint.buckets.is_empty() {
        permissions.extend(["storage.buckets.create", "storage.buckets.get", "storage.buckets.update"]);
        // What others gained, and what is left, is only read.
        permissions.extend(["storage.buckets.getIamPolicy", "storage.buckets.list", "storage.objects.list"]);
        roles.insert("roles/storage.admin");
    }
    let managed = || blueprint.principals.iter().filter(|want| !matches!(want.kind, PrincipalKind::Brought(_)));
    if managed().next().is_some() {
        permissions.extend(["iam.serviceAccounts.create", "iam.serviceAccounts.get"]);
        permissions.extend([
            "iam.serviceAccountKeys.list",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
        ]);
        permissions.extend(["resourcemanager.projects.getIamPolicy"]);
        roles.extend(["roles/iam.securityReviewer", "roles/iam.serviceAccountViewer"]);
        roles.insert("roles/iam.serviceAccountAdmin");
    }
    for resource in wanted_bindings(gcp, managed()).keys() {
        let (both, role) = match resource {
            Resource::Bucket(_) => {
                (["storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy"], "roles/storage.admin")
            }
            Resource::Account(_) => (
                ["iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy"],
                "roles/iam.serviceAccountAdmin",
            ),
            Resource::Project => (
                ["resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"],
                "roles/resourcemanager.projectIamAdmin",
            ),
        };
        permissions.extend(both);
        roles.insert(role);
    }
    for want in managed().filter(|want| want.has_made_key()) {
        if matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac)) {
            permissions.extend(["storage.hmacKeys.create", "storage.hmacKeys.list"]);
            roles.insert("roles/storage.hmacKeyAdmin");
        } else {
            permissions.extend(["iam.serviceAccountKeys.create", "iam.serviceAccountKeys.list"]);
            roles.insert("roles/iam.serviceAccountKeyAdmin");
        }
    }
    let list: Vec<&str> = permissions.iter().copied().collect();
    json!({
        "project": gcp.project,
        "permissions": permissions,
        "customRole": format!("gcloud iam roles create bucketwright --project {} --permissions {}", gcp.project, list.join(",")),
        "predefinedRoles": roles,
    })
}
