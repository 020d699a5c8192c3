//! Google Cloud: what a service account will be bound to, for review.

use serde_json::{Value, json};

use crate::clouds::gcp::policy::{WORKLOAD_IDENTITY_USER, bucket_roles};
use crate::model::{GoogleAccount, PrincipalKind, PrincipalWant};
use crate::profile::RoleOn;
use crate::spec::GcpCloud;

/// The bindings of a principal, by resource.
pub(crate) fn bindings(gcp: &GcpCloud, want: &PrincipalWant) -> Value {
    let email = gcp.email(&want.name);
    let member = format!("serviceAccount:{email}");
    let mut bindings: Vec<Value> = want
        .grants
        .iter()
        .flat_map(|grant| bucket_roles(grant).into_iter().map(move |role| (format!("gs://{}", grant.bucket), role)))
        .chain(want.google_roles.iter().map(|(on, role)| {
            let resource = match on {
                RoleOn::Project => format!("projects/{}", gcp.project),
                RoleOn::Account => email.clone(),
            };
            (resource, role.clone())
        }))
        .map(|(resource, role)| json!({"resource": resource, "role": role, "members": [member]}))
        .collect();
    if let PrincipalKind::Google(GoogleAccount::Workload(accounts)) = &want.kind {
        let members: Vec<String> =
            accounts.iter().map(|(namespace, name)| gcp.pool.member(namespace.as_str(), name.as_str())).collect();
        bindings.push(json!({"resource": email, "role": WORKLOAD_IDENTITY_USER, "members": members}));
    }
    json!({"serviceAccount": email, "bindings": bindings})
}
