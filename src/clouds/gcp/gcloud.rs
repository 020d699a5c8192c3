//! The lines of gcloud for what is left to it.

use super::plan::{Resource, description, made_here, wanted_bindings};
use crate::base::shell::word;
use crate::model::{Blueprint, GoogleAccount, PrincipalKind, PrincipalWant};
use crate::spec::GcpCloud;

/// The lines that put a second key in place of the first; nothing where no key is made. The old one is named by the file that kept it,
/// and goes last.
pub(crate) fn rotation(blueprint: &Blueprint, gcp: &GcpCloud) -> Vec<String> {
    let keys: Vec<(String, &PrincipalWant)> =
        made_here(blueprint).filter(|want| want.has_made_key()).map(|want| (gcp.email(&want.name), want)).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["# A second key beside the first. Both work until the old one is disabled.".to_owned()];
    lines.extend(keys.iter().map(|(_, want)| format!("mv {0}.yaml {0}.old", kept(want))));
    lines.push("bucketwright apply --second-key".to_owned());
    lines.push(
        "# Bring the new Secrets into the cluster and restart what reads them. When all of it runs with the new key:"
            .to_owned(),
    );
    lines.extend(keys.iter().map(|(email, want)| old_key(email, want, "disable", "update", " --deactivate")));
    lines.push("# When nothing has failed for a day:".to_owned());
    lines.extend(keys.iter().map(|(email, want)| old_key(email, want, "delete", "delete", "")));
    lines.extend(keys.iter().map(|(_, want)| format!("rm {}.old", kept(want))));
    lines
}

/// The file of a kept key in the usual output folder, without its ending.
fn kept(want: &PrincipalWant) -> String {
    format!("out/credentials/{}", want.name)
}

/// The line that does something to the old key, whose id is in the file that kept it.
fn old_key(email: &str, want: &PrincipalWant, verb: &str, hmac_verb: &str, hmac_option: &str) -> String {
    let id = format!(r#""$(sed -n 's/^accessKeyId: "\(.*\)"$/\1/p' {}.old)""#, kept(want));
    if matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac)) {
        return format!("gcloud storage hmac {hmac_verb} {id}{hmac_option}");
    }
    format!("gcloud iam service-accounts keys {verb} {id} --iam-account {email} --quiet")
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
    let made = made_here(blueprint).map(|want| {
        let description = word(&description(want));
        format!("gcloud iam service-accounts create {} --project {project} --description {description}", want.name)
    });
    let bindings = wanted_bindings(gcp, made_here(blueprint)).into_iter().flat_map(|(resource, bindings)| {
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
    let keys = made_here(blueprint).filter(|want| want.has_made_key()).map(|want| {
        let (email, name) = (gcp.email(&want.name), &want.name);
        if matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac)) {
            return format!("gcloud storage hmac create {email} --project {project}");
        }
        format!("gcloud iam service-accounts keys create {name}.json --iam-account {email}")
    });
    buckets.chain(made).chain(bindings).chain(keys).collect()
}
