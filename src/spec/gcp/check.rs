//! The rules of `cloud` with `provider: gcp`.

use std::ops::Range;

use crate::base::error::{Code, Error, Result};
use crate::base::names::Region;
use crate::spec::check::Checker;
use crate::spec::check_cloud::{missing, soft_delete_days};
use crate::spec::document::ClusterDocument;
use crate::spec::gcp::{ProjectId, ProjectNumber, WorkloadPool, is_label};
use crate::spec::{BucketNamespace, GcpCloud, Provider, SpecDocument};

/// Checks `cloud`.
pub(in crate::spec) fn gcp(checker: &mut Checker, document: &SpecDocument) -> Option<GcpCloud> {
    let doc = &document.cloud;
    for (key, value) in [("project", &doc.project), ("location", &doc.location)] {
        if value.is_none() {
            missing(checker, key, doc);
        }
    }
    beyond(checker, document);
    let project = checker.parse_option("cloud.project", doc.project.as_ref(), ProjectId::parse);
    let number = checker.parse_option("cloud.projectNumber", doc.project_number.as_ref(), ProjectNumber::parse);
    if let (Some(text), Some(_)) = (&doc.project_number, &number) {
        checker.quoted("the project's number", text);
    }
    let confirmed = doc.allow_unknown_region.as_ref().is_some_and(|confirmed| confirmed.value);
    let parse = if confirmed { Region::parse_location } else { Region::parse_known_location };
    let location = checker
        .parse_option("cloud.location", doc.location.as_ref(), parse)
        .or_else(|| Region::parse_location(doc.location.as_ref()?.as_str()).ok());
    // Source: Cloud Storage documentation, "Soft delete" (retention duration).
    let soft_delete_days = soft_delete_days(checker, doc, "Google Cloud", |days| days == 0 || (7..=90).contains(&days));
    let cluster = doc.cluster.as_ref();
    let (name, pool) = cluster.map_or((None, None), |cluster| self::cluster(checker, cluster));
    let (project, location) = (project?, location?);
    let pool = pool.unwrap_or_else(|| WorkloadPool::of(&project));
    Some(GcpCloud { project, number, location, soft_delete_days, cluster: name, pool })
}

fn cluster(checker: &mut Checker, cluster: &ClusterDocument) -> (Option<String>, Option<WorkloadPool>) {
    for (key, value) in [("oidcIssuer", &cluster.oidc_issuer), ("nodeRole", &cluster.node_role)] {
        if let Some(value) = value {
            not_here(checker, key, &value.range, Provider::Gcp, Provider::Aws);
        }
    }
    let pool = cluster.workload_pool.as_ref();
    (
        checker.parse("cloud.cluster.name", &cluster.name, cluster_name),
        checker.parse_option("cloud.cluster.workloadPool", pool, WorkloadPool::parse),
    )
}

/// Source: GKE API, `projects.locations.clusters`, `name`.
fn cluster_name(text: &str) -> Result<String> {
    let good = (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good {
        return Ok(text.to_owned());
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of a GKE cluster"))
        .fix("`gcloud container clusters list` shows the names."))
}

/// Refuses a key below the first level that only another provider has.
pub(in crate::spec) fn not_here(
    checker: &mut Checker,
    key: &str,
    range: &Range<usize>,
    here: Provider,
    owner: Provider,
) {
    let place = checker.place(range);
    checker.errors.push(
        Error::new(Code::OTHER_PROVIDERS_KEY, format!("`{key}` does not go with `provider: {}`", here.as_str()))
            .why(format!("Only `provider: {}` has it; here nothing would read it.", owner.as_str()))
            .fix(format!("Remove `{key}`, or write `provider: {}`.", owner.as_str()))
            .at(place),
    );
}

/// What stands outside `cloud`, and Google Cloud does not have.
fn beyond(checker: &mut Checker, document: &SpecDocument) {
    let here = &document.cloud.provider.range;
    let mut refuse = |code: Code, range: &Range<usize>, what: String, why: &str, fix: &str| {
        let place = checker.place(range);
        checker.errors.push(Error::new(code, what).why(why).fix(fix).at(place));
    };
    if let Some(encryption) = &document.encryption {
        refuse(
            Code::GCP_LACKS,
            &crate::spec::aws::check_encryption::place(encryption).unwrap_or(here.clone()),
            "Cloud Storage has no AWS KMS key".to_owned(),
            "The key is an ARN, and Google could not use it. Objects are encrypted with Google's keys.",
            "Remove `encryption`. For a key of Cloud KMS: `gcloud storage buckets update gs://BUCKET --default-encryption-key KEY`.",
        );
    }
    let defaults = document.bucket_defaults.as_ref();
    if defaults.and_then(|defaults| defaults.namespace) == Some(BucketNamespace::AccountRegional) {
        refuse(
            Code::GCP_LACKS,
            here,
            "`bucketDefaults.namespace: account-regional` is AWS's alone".to_owned(),
            "Cloud Storage has one namespace, for everybody.",
            "Remove `namespace`; a `name` that begins with your company's makes collisions unlikely.",
        );
    }
    if defaults.and_then(|defaults| defaults.tls_only) == Some(true) {
        refuse(
            Code::GCP_LACKS,
            here,
            "`bucketDefaults.tlsOnly` is not there on Google Cloud".to_owned(),
            "A bucket has no such setting. Google's clients, and the charts here, use https:// only.",
            "Remove `tlsOnly`.",
        );
    }
    if let Some(adopted) = document.adopt.iter().find(|name| name.value.contains('@')) {
        refuse(
            Code::BAD_SERVICE_ACCOUNT,
            &adopted.range,
            format!("`{}` is an address", adopted.value),
            "What is adopted is named by its id, without the project.",
            "Write what stands before the `@`.",
        );
    }
    for (key, value) in document.tags.iter().filter(|(key, value)| !is_label(key, value)) {
        refuse(
            Code::BAD_LABEL,
            here,
            format!("the tag `{key}: {value}` cannot be a label"),
            "On Google Cloud tags become labels of the buckets: up to 63 lower-case letters, digits, `_` and `-`, the key beginning with a letter.",
            "Write it in small letters, and `-` for blanks and dots.",
        );
    }
}
