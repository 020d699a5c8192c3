//! Buckets in Cloud Storage: what is missing from one, as changes and as the body of one call.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{GcpBucket, GcpObserved};
use crate::base::error::{Code, Error};
use crate::base::names::Kind;
use crate::clouds::gcp::plan::{GcpChange, Step};
use crate::model::{Blueprint, BucketWant, ID_TAG, INSTALL_TAG, ORIGIN_TAG, Owner, SPEC_TAG, Verb, Whose, other_spec};
use crate::profile::{Cors, Expiry};
use crate::spec::GcpCloud;

/// A tag's key as a label's: labels have no colon.
fn label(key: &str) -> String {
    key.replace(':', "-")
}

/// The labels of a bucket. Installs that share it are joined by `_`, since labels have no `+`.
fn labels(want: &BucketWant, origin: &str) -> BTreeMap<String, String> {
    let tags = want.tags.iter().map(|(key, value)| (label(key), value.replace('+', "_").chars().take(63).collect()));
    tags.chain([(label(ORIGIN_TAG), origin.to_owned())]).collect()
}

/// The label that says who made a bucket.
pub fn label_of_origin() -> String {
    label(ORIGIN_TAG)
}

/// What a bucket's labels say of whose it is.
pub fn tags_of(bucket: &Value) -> BTreeMap<String, String> {
    let told = |tag: &str| Some((tag.to_owned(), bucket["labels"][label(tag)].as_str()?.to_owned()));
    [SPEC_TAG, ID_TAG, INSTALL_TAG, ORIGIN_TAG].into_iter().filter_map(told).collect()
}

pub(super) fn step(blueprint: &Blueprint, gcp: &GcpCloud, want: &BucketWant, observed: &GcpObserved) -> Step {
    let name = want.name.as_str();
    let refuse = |error: Error| {
        let place = want.users.first().and_then(|(install, purpose)| {
            let install = blueprint.spec.installs.iter().find(|candidate| &candidate.id == install)?;
            blueprint.spec.place_in(install, &format!("buckets.{purpose}"))
        });
        Step::refused(Kind::Bucket, name, error.at(place))
    };
    let found = match observed.buckets.get(&want.name) {
        None | Some(GcpBucket::Absent) if want.existing => {
            return refuse(
                Error::new(Code::GCP_FOREIGN_BUCKET, format!("the bucket `{name}` does not exist"))
                    .fix("Correct the name, or remove `existing: true` to have it made."),
            );
        }
        None | Some(GcpBucket::Absent) => {
            let changes = std::iter::once(GcpChange::CreateBucket(gcp.location.clone()));
            let changes = changes.chain(missing(want, &json!({}), "created", gcp.soft_delete_days)).collect();
            return Step::new(Kind::Bucket, name, Verb::Create, changes);
        }
        Some(GcpBucket::Forbidden) => return refuse(kept_out(want)),
        Some(GcpBucket::Found(found)) => found,
    };
    let there = found["location"].as_str().unwrap_or_default().to_ascii_lowercase();
    if there != gcp.location.as_str() {
        return refuse(
            Error::new(
                Code::GCP_BUCKET_ELSEWHERE,
                format!("the bucket `{name}` lies in {there}, not in {}", gcp.location),
            )
            .why("A bucket cannot move.")
            .fix(format!("Choose another name, or set `cloud.location: {there}`.")),
        );
    }
    let owner = found["projectNumber"].as_str();
    let number = observed.number.as_deref().or(gcp.number.as_ref().map(crate::spec::gcp::ProjectNumber::as_str));
    if let (Some(owner), Some(number)) = (owner, number)
        && owner != number
        && !want.existing
    {
        return refuse(
            Error::new(Code::GCP_FOREIGN_BUCKET, format!("the bucket `{name}` belongs to another project ({owner})"))
                .why("You may reach it, but it is not this project's; names are shared by everybody.")
                .fix(format!("If it is meant, write `{{name: {name}, existing: true}}`; else choose another name.")),
        );
    }
    if owner.is_some() && number.is_none() && !want.existing {
        return refuse(
            Error::new(
                Code::GCP_OTHER_PROJECT,
                format!("whether the bucket `{name}` is the project `{}`'s cannot be told", gcp.project),
            )
            .why("It says the number of its project alone; the number of yours may not be read, and the spec does not say it. Labels prove nothing: anybody may write them.")
            .fix(format!("Add `projectNumber` below `cloud`: `gcloud projects describe {} --format='value(projectNumber)'`. If the bucket is another project's and is meant, write `{{name: {name}, existing: true}}`.", gcp.project)),
        );
    }
    let told = tags_of(found);
    let owner = Owner::of(&blueprint.spec);
    let (whose, origin) = (owner.judge(&told), owner.origin(&told));
    if let Whose::Anothers(other) = &whose {
        return refuse(other_spec(name, other, &label(SPEC_TAG)));
    }
    let changes: Vec<GcpChange> = missing(want, found, origin, gcp.soft_delete_days).into_iter().collect();
    let verb = match &whose {
        _ if changes.is_empty() => Verb::Keep,
        Whose::Unproven(id) => return refuse(owner.unproven(Kind::Bucket, name, id)),
        Whose::Nobodys => Verb::Adopt,
        _ => Verb::Change,
    };
    let step = Step::new(Kind::Bucket, name, verb, changes);
    match origin {
        "created" => step,
        _ => step.noted("It exists; what others set stays as it is, uniform access and public access too."),
    }
}

fn kept_out(want: &BucketWant) -> Error {
    let name = &want.name;
    Error::new(Code::GCP_FOREIGN_BUCKET, format!("the bucket `{name}` exists, and you may not look at it"))
        .why("Google answers 403: it is somebody else's, since names are shared by everybody, or it is this project's and your roles lack storage.buckets.get.")
        .fix(format!("Choose another name. If it is yours: `gcloud storage buckets describe gs://{name}` must work; roles/storage.admin on the project has what is needed."))
}

/// What is missing from a bucket. Of one that we did not make, neither access is changed nor how long deleted objects are kept.
fn missing(want: &BucketWant, found: &Value, origin: &str, soft_delete_days: Option<u16>) -> Vec<GcpChange> {
    let ours = origin == "created";
    let mut changes = Vec::new();
    let access = &found["iamConfiguration"];
    if ours && access["uniformBucketLevelAccess"]["enabled"] != true {
        changes.push(GcpChange::UniformAccess);
    }
    if ours && access["publicAccessPrevention"] != "enforced" {
        changes.push(GcpChange::PreventPublicAccess);
    }
    if want.versioning && found["versioning"]["enabled"] != true {
        changes.push(GcpChange::EnableVersioning);
    }
    let kept = |days: &u16| found["softDeletePolicy"]["retentionDurationSeconds"] == seconds(*days);
    changes.extend(soft_delete_days.filter(|days| ours && !kept(days)).map(GcpChange::KeepDeleted));
    let rules = || found["lifecycle"]["rule"].as_array().into_iter().flatten();
    let aborts = rules().any(|rule| rule["action"]["type"] == ABORT && only_age(&rule["condition"]));
    let abort_after_days = (!aborts).then_some(want.abort_uploads_after_days);
    let expiries: Vec<Expiry> =
        want.expiries.iter().filter(|expiry| !rules().any(|rule| *rule == expiry_rule(expiry))).cloned().collect();
    if abort_after_days.is_some() || !expiries.is_empty() {
        changes.push(GcpChange::AddLifecycle { abort_after_days, expiries });
    }
    let cors = |rule: &&Cors| !found["cors"].as_array().into_iter().flatten().any(|there| *there == cors_rule(rule));
    let cors: Vec<Cors> = want.cors.iter().filter(cors).cloned().collect();
    if !cors.is_empty() {
        changes.push(GcpChange::AddCors(cors));
    }
    let mut tags = labels(want, origin);
    tags.retain(|key, value| match found["labels"][key.as_str()].as_str() {
        None => true,
        Some(there) => key.starts_with("bucketwright-") && there != value,
    });
    if !tags.is_empty() {
        changes.push(GcpChange::Label(tags));
    }
    changes
}

/// Removes parts of unfinished uploads. Source: Cloud Storage documentation, "Object Lifecycle Management".
pub(super) const ABORT: &str = "AbortIncompleteMultipartUpload";

/// Days as the API writes them: a text of seconds. Source: Cloud Storage JSON API, Buckets, `softDeletePolicy`.
fn seconds(days: u16) -> Value {
    json!((u32::from(days) * 86_400).to_string())
}

fn only_age(condition: &Value) -> bool {
    condition.as_object().is_some_and(|condition| condition.len() == 1 && condition.contains_key("age"))
}

pub(super) fn expiry_rule(expiry: &Expiry) -> Value {
    let mut condition = json!({"age": expiry.expire_after_days});
    if !expiry.prefix.is_empty() {
        condition["matchesPrefix"] = json!([expiry.prefix]);
    }
    json!({"action": {"type": "Delete"}, "condition": condition})
}

fn cors_rule(rule: &Cors) -> Value {
    let mut made = json!({"origin": rule.origins, "method": rule.methods});
    // Google has one list for the headers that may be asked for and read.
    let headers: Vec<&String> = rule.headers.iter().chain(&rule.expose).collect();
    if !headers.is_empty() {
        made["responseHeader"] = json!(headers);
    }
    if let Some(seconds) = rule.max_age_seconds {
        made["maxAgeSeconds"] = json!(seconds);
    }
    made
}

/// The body that makes a bucket, with all its settings.
pub fn bucket_body(gcp: &GcpCloud, want: &BucketWant) -> Value {
    let mut body = bucket_patch(want, &json!({}), "created", gcp.soft_delete_days).unwrap_or_else(|| json!({}));
    body["name"] = json!(want.name);
    body["location"] = json!(gcp.location.as_str().to_ascii_uppercase());
    body
}

/// The body that adds to a bucket what is missing; `None` when nothing is. Lists of others are repeated whole, since a patch
/// replaces lists.
pub fn bucket_patch(want: &BucketWant, found: &Value, origin: &str, soft_delete_days: Option<u16>) -> Option<Value> {
    let changes = missing(want, found, origin, soft_delete_days);
    if changes.is_empty() {
        return None;
    }
    let mut patch = json!({});
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for change in changes {
        match change {
            GcpChange::UniformAccess => {
                patch["iamConfiguration"]["uniformBucketLevelAccess"] = json!({"enabled": true});
            }
            GcpChange::PreventPublicAccess => patch["iamConfiguration"]["publicAccessPrevention"] = json!("enforced"),
            GcpChange::EnableVersioning => patch["versioning"] = json!({"enabled": true}),
            GcpChange::KeepDeleted(days) => {
                patch["softDeletePolicy"] = json!({"retentionDurationSeconds": seconds(days)});
            }
            GcpChange::AddLifecycle { abort_after_days, expiries } => {
                let mut rules = list(&found["lifecycle"]["rule"]);
                rules.extend(
                    abort_after_days.map(|days| json!({"action": {"type": ABORT}, "condition": {"age": days}})),
                );
                rules.extend(expiries.iter().map(expiry_rule));
                patch["lifecycle"] = json!({"rule": rules});
            }
            GcpChange::AddCors(rules) => {
                let mut all = list(&found["cors"]);
                all.extend(rules.iter().map(cors_rule));
                patch["cors"] = all.into();
            }
            GcpChange::Label(labels) => {
                let labels: Map<String, Value> = labels.into_iter().map(|(key, value)| (key, json!(value))).collect();
                patch["labels"] = labels.into();
            }
            _ => {}
        }
    }
    Some(patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::names::{BucketName, DnsLabel};

    fn want() -> BucketWant {
        BucketWant {
            name: BucketName::parse_of_google("acme_lfs").expect("a name"),
            users: vec![(DnsLabel::namespace("gitlab").expect("a label"), "lfs".to_owned())],
            existing: false,
            versioning: true,
            kms_key: None,
            abort_uploads_after_days: 7,
            expiries: vec![Expiry { id: "x".to_owned(), prefix: "uploads/".to_owned(), expire_after_days: 7 }],
            cors: vec![Cors {
                origins: vec!["https://a.example".to_owned()],
                methods: vec!["GET".to_owned()],
                headers: vec!["*".to_owned()],
                expose: Vec::new(),
                max_age_seconds: Some(300),
            }],
            tls_only: false,
            tags: [(SPEC_TAG.to_owned(), "acme".to_owned()), ("team".to_owned(), "infra".to_owned())].into(),
        }
    }

    #[test]
    fn what_a_patch_adds_is_missed_no_more_and_others_rules_stay() {
        let foreign = json!({
            "lifecycle": {"rule": [{"action": {"type": "SetStorageClass"}, "condition": {"age": 30}}]},
            "cors": [{"origin": ["https://b.example"], "method": ["PUT"]}],
            "labels": {"team": "others"}
        });
        let patch = bucket_patch(&want(), &foreign, "adopted", Some(30)).expect("something is missing");
        assert_eq!(patch["lifecycle"]["rule"][0], foreign["lifecycle"]["rule"][0]);
        assert_eq!(patch["cors"][0], foreign["cors"][0]);
        assert_eq!(patch["labels"]["team"], Value::Null, "a label of others keeps its value");
        assert_eq!(patch["iamConfiguration"], Value::Null, "access to an adopted bucket stays as it is");
        let mut after = foreign.clone();
        for key in ["lifecycle", "cors", "versioning"] {
            after[key] = patch[key].clone();
        }
        for (key, value) in patch["labels"].as_object().expect("labels") {
            after["labels"][key] = value.clone();
        }
        assert_eq!(bucket_patch(&want(), &after, "adopted", Some(30)), None, "the second time changes nothing");
    }

    #[test]
    fn a_new_bucket_is_closed() {
        let patch = bucket_patch(&want(), &json!({}), "created", Some(30)).expect("a body");
        assert_eq!(patch["softDeletePolicy"]["retentionDurationSeconds"], "2592000");
        assert_eq!(patch["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
        assert_eq!(patch["iamConfiguration"]["publicAccessPrevention"], "enforced");
        assert_eq!(patch["labels"]["bucketwright-spec"], "acme");
    }
}
