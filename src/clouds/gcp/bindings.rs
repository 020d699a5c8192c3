//! Google Cloud: what a service account will be bound to, for review.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clouds::gcp::policy::{WORKLOAD_IDENTITY_USER, bucket_roles};
use crate::model::{GoogleAccount, PrincipalKind, PrincipalWant};
use crate::policy::Said;
use crate::profile::RoleOn;
use crate::spec::GcpCloud;

/// The bindings of a principal, by resource.
pub(crate) fn bindings(gcp: &GcpCloud, want: &PrincipalWant) -> Value {
    let email = gcp.email(&want.name);
    let member = format!("serviceAccount:{email}");
    let mut bindings: Vec<Value> = roles(gcp, want)
        .map(|(resource, role)| json!({"resource": resource, "role": role, "members": [member]}))
        .collect();
    if let PrincipalKind::Google(GoogleAccount::Workload(accounts)) = &want.kind {
        let members: Vec<String> =
            accounts.iter().map(|(namespace, name)| gcp.pool.member(namespace.as_str(), name.as_str())).collect();
        bindings.push(json!({"resource": email, "role": WORKLOAD_IDENTITY_USER, "members": members}));
    }
    json!({"serviceAccount": email, "bindings": bindings})
}

/// What a principal may do: an entry for each role.
pub(crate) fn granted(gcp: &GcpCloud, want: &PrincipalWant) -> Vec<Said> {
    let mut by_role: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (resource, role) in roles(gcp, want) {
        by_role.entry(role).or_default().push(resource);
    }
    by_role.into_iter().map(|(role, resources)| Said::allowed(vec![role], resources)).collect()
}

/// The resources on which a principal has roles, with each role.
fn roles<'a>(gcp: &'a GcpCloud, want: &'a PrincipalWant) -> impl Iterator<Item = (String, String)> + 'a {
    want.grants
        .iter()
        .flat_map(|grant| bucket_roles(grant).into_iter().map(move |role| (format!("gs://{}", grant.bucket), role)))
        .chain(want.google_roles.iter().map(|(on, role)| {
            let resource = match on {
                RoleOn::Project => format!("projects/{}", gcp.project),
                RoleOn::Account => gcp.email(&want.name),
            };
            (resource, role.clone())
        }))
}
