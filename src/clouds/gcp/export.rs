//! The blueprint as a script for the Google Cloud CLI: it makes what is missing, may be run again, and stops at the first failure. What
//! it makes `apply` takes over as it is. Source of options and verbs: gcloud CLI reference, `storage`, `iam` and `projects`.

use super::plan::{Resource, bucket_body, description, made_here, wanted_bindings};
use crate::base::shell::word;
use crate::clouds::export::ExportForm;
use crate::model::{Blueprint, BucketWant, GoogleAccount, PrincipalKind, PrincipalWant};
use crate::spec::GcpCloud;

/// The functions of the script.
const FUNCTIONS: &str = r#"set -eu

# Makes a bucket that is missing. One with labels of another spec is not touched.
bucket() {
  if ! gcloud storage buckets describe "gs://$1" --format='value(name)' >/dev/null 2>&1; then
    gcloud storage buckets create "gs://$1" --project "$PROJECT" --location "$2" --uniform-bucket-level-access --public-access-prevention
    return
  fi
  spec=$(gcloud storage buckets describe "gs://$1" --format='value(labels.bucketwright-spec)')
  if [ "$spec" != "$SPEC" ]; then
    echo "The bucket $1 is there and does not carry the label bucketwright-spec=$SPEC: \`bucketwright apply\` adopts it, and adds only what is missing." >&2
    exit 1
  fi
}

# Makes a service account that is missing: id, description.
account() {
  gcloud iam service-accounts describe "$1@$PROJECT.iam.gserviceaccount.com" --project "$PROJECT" >/dev/null 2>&1 ||
    gcloud iam service-accounts create "$1" --project "$PROJECT" --display-name "$1" --description "$2"
}
"#;

/// The whole script.
pub(crate) fn script(blueprint: &Blueprint, gcp: &GcpCloud) -> String {
    let mark = ExportForm::Gcloud.mark();
    let spec = word(blueprint.spec.name.as_str());
    let mut out = format!(
        "#!/bin/sh\n# {mark}. It makes what is missing, and may be run again.\n# Before it: gcloud auth login. No key is in it.\n{FUNCTIONS}\nPROJECT={}\nSPEC={spec}\n",
        word(gcp.project.as_str())
    );
    for want in blueprint.buckets.iter().filter(|want| !want.existing) {
        out.push_str(&bucket(gcp, want));
    }
    for want in made_here(blueprint).filter(|want| !blueprint.may_adopt(&want.name)) {
        out.push_str(&format!("\naccount {} {}\n", want.name, word(&description(want))));
    }
    out.push('\n');
    for line in bindings(blueprint, gcp) {
        out.push_str(&format!("{line}\n"));
    }
    for want in made_here(blueprint).filter(|want| want.has_made_key()) {
        out.push_str(&key(gcp, want));
    }
    out
}

/// A bucket with all its settings, from the body that `apply` would send.
fn bucket(gcp: &GcpCloud, want: &BucketWant) -> String {
    let (name, body) = (&want.name, bucket_body(gcp, want));
    let labels: Vec<String> = body["labels"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let versioning = if body["versioning"]["enabled"] == true { " --versioning" } else { "" };
    let deleted = gcp.soft_delete_days.map(|days| format!(" --soft-delete-duration={days}d")).unwrap_or_default();
    let update = format!("gcloud storage buckets update gs://{name}");
    let mut out = format!("\nbucket {name} {}\n", gcp.location);
    let labels = word(&labels.join(","));
    out.push_str(&format!(
        "{update} --update-labels {labels} --uniform-bucket-level-access --public-access-prevention{versioning}{deleted}\n"
    ));
    for (option, document) in [("--lifecycle-file", &body["lifecycle"]), ("--cors-file", &body["cors"])] {
        if !document.is_null() {
            out.push_str(&format!("{update} {option} /dev/stdin <<'END'\n{document:#}\nEND\n"));
        }
    }
    out
}

/// The lines that give roles. Each may be run again.
fn bindings(blueprint: &Blueprint, gcp: &GcpCloud) -> Vec<String> {
    let line = |(resource, bindings): (Resource, Vec<(String, String)>)| {
        let (target, condition) = match &resource {
            Resource::Bucket(name) => (format!("gcloud storage buckets add-iam-policy-binding gs://{name}"), ""),
            Resource::Account(email) => (
                format!("gcloud iam service-accounts add-iam-policy-binding {email} --project \"$PROJECT\""),
                " --condition None",
            ),
            Resource::Project => {
                ("gcloud projects add-iam-policy-binding \"$PROJECT\"".to_owned(), " --condition None")
            }
        };
        bindings.into_iter().map(move |(role, member)| {
            format!("{target} --member {} --role {role}{condition} >/dev/null", word(&member))
        })
    };
    wanted_bindings(gcp, made_here(blueprint)).into_iter().flat_map(line).collect()
}

/// A key where there is none yet, in a file that nobody else may read.
fn key(gcp: &GcpCloud, want: &PrincipalWant) -> String {
    let (email, name) = (gcp.email(&want.name), &want.name);
    let (list, make) = if matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac)) {
        (
            format!(
                "gcloud storage hmac list --service-account {email} --project \"$PROJECT\" --format='value(accessId)'"
            ),
            format!("gcloud storage hmac create {email} --project \"$PROJECT\" > {name}.hmac.yaml"),
        )
    } else {
        (
            format!(
                "gcloud iam service-accounts keys list --iam-account {email} --managed-by user --format='value(name)'"
            ),
            format!("gcloud iam service-accounts keys create {name}.json --iam-account {email}"),
        )
    };
    format!(
        "\n# Its secret is shown this once. Name the file in the spec: `credentials` of the install.\nif [ -z \"$({list})\" ]; then\n  (umask 077 && {make})\nfi\n"
    )
}
