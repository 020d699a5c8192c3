//! The lines of gcloud for what is left to it.

use super::plan::{Resource, wanted_bindings};
use crate::model::{Blueprint, PrincipalKind};
use crate::spec::GcpCloud;

/// The addresses of the service accounts that are made, and whether a key is.
fn accounts<'a>(blueprint: &'a Blueprint, gcp: &'a GcpCloud) -> impl Iterator<Item = (String, &'a str, bool)> {
    let managed = blueprint.principals.iter().filter(|want| !matches!(want.kind, PrincipalKind::Brought(_)));
    managed.map(|want| (gcp.email(&want.name), want.name.as_str(), want.has_made_key()))
}

/// The lines that put a second key in place of the first.
pub(crate) fn rotation(blueprint: &Blueprint, gcp: &GcpCloud) -> Vec<String> {
    let mut lines = vec!["# Both keys work until the old one is disabled.".to_owned()];
    for (_, name, _) in accounts(blueprint, gcp).filter(|(_, _, key)| *key) {
        lines.push(format!("mv out/credentials/{name}.yaml out/credentials/{name}.old"));
    }
    lines.push("bucketwright apply --second-key".to_owned());
    lines.push("# When the charts run with the new Secrets:".to_owned());
    for (email, ..) in accounts(blueprint, gcp).filter(|(_, _, key)| *key) {
        lines.push(format!("gcloud iam service-accounts keys list --iam-account {email} --managed-by user"));
        lines.push(format!("gcloud iam service-accounts keys disable OLD_KEY_ID --iam-account {email}"));
        lines.push("# When nothing has failed for a day:".to_owned());
        lines.push(format!("gcloud iam service-accounts keys delete OLD_KEY_ID --iam-account {email}"));
    }
    lines
}

/// The lines that make what a spec needs.
pub(crate) fn making(blueprint: &Blueprint, gcp: &GcpCloud) -> Vec<String> {
    let project = &gcp.project;
    let buckets = blueprint.buckets.iter().filter(|bucket| !bucket.existing).map(|bucket| {
        format!(
            "gcloud storage buckets create gs://{} --project {project} --location {} --uniform-bucket-level-access --public-access-prevention",
            bucket.name, gcp.location
        )
    });
    let made = accounts(blueprint, gcp)
        .map(|(_, name, _)| format!("gcloud iam service-accounts create {name} --project {project}"));
    let managed = blueprint.principals.iter().filter(|want| !matches!(want.kind, PrincipalKind::Brought(_)));
    let bindings = wanted_bindings(gcp, managed).into_iter().flat_map(|(resource, bindings)| {
        let target = match &resource {
            Resource::Bucket(name) => format!("gcloud storage buckets add-iam-policy-binding gs://{name}"),
            Resource::Account(email) => {
                format!("gcloud iam service-accounts add-iam-policy-binding {email} --project {project}")
            }
            Resource::Project => format!("gcloud projects add-iam-policy-binding {project}"),
        };
        bindings.into_iter().map(move |(role, member)| {
            let condition = if matches!(resource, Resource::Bucket(_)) { "" } else { " --condition None" };
            format!("{target} --member '{member}' --role {role}{condition}")
        })
    });
    let keys = accounts(blueprint, gcp)
        .filter(|(_, _, key)| *key)
        .map(|(email, name, _)| format!("gcloud iam service-accounts keys create {name}.json --iam-account {email}"));
    buckets.chain(made).chain(bindings).chain(keys).collect()
}
