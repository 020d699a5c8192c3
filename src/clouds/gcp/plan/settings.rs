//! Settings of a bucket that others changed: what opens it, what removes its objects, what stands in the charts' way.

use serde_json::{Value, json};

use super::bucket::{ABORT, expiry_rule, tags_of};
use super::standing::finished;
use crate::base::error::{Code, Error};
use crate::base::names::Kind;
use crate::model::{Blueprint, BucketWant, Owner};
use crate::policy::judge::{Grant, named_by, or_accept};

/// Conditions under which a rule removes only versions that were replaced or deleted before. Source: Cloud Storage, "Object Lifecycle
/// Management", "Lifecycle conditions".
const NONCURRENT: [&str; 3] = ["daysSinceNoncurrentTime", "noncurrentTimeBefore", "numNewerVersions"];

/// Everything that the settings of a bucket give to others, or take from the charts.
pub(super) fn of_bucket(blueprint: &Blueprint, want: &BucketWant, found: &Value) -> Vec<Grant> {
    let ours = Owner::of(&blueprint.spec).origin(&tags_of(found)) == "created";
    let mut grants = open(want, found, ours);
    let rules = found["lifecycle"]["rule"].as_array().into_iter().flatten();
    grants.extend(rules.filter(|rule| removes(want, rule)).map(|rule| loss(want, rule)));
    grants.extend(hindrances(want, found));
    grants
}

/// Settings that let everybody in as soon as somebody says so. `apply` puts them back on buckets that are the spec's own.
fn open(want: &BucketWant, found: &Value, ours: bool) -> Vec<Grant> {
    let (access, name) = (&found["iamConfiguration"], want.name.as_str());
    let setting = |key: &str, what: String, why: &str, option: &str| {
        let statement = json!({key: access[key]});
        let accept = named_by(name, key, &statement);
        let fix = if ours {
            "`bucketwright apply` puts it back.".to_owned()
        } else {
            format!("`gcloud storage buckets update gs://{name} {option}`. {}", or_accept(&accept))
        };
        let error = Error::new(Code::FOREIGN_ACCESS, what).why(why).fix(fix);
        let grant = finished(Kind::Bucket, name, "bucket settings", (!ours).then_some(accept), error, statement);
        Grant { undone: ours, ..grant }
    };
    let mut grants = Vec::new();
    if access["publicAccessPrevention"] != "enforced" {
        grants.push(setting(
            "publicAccessPrevention",
            format!("the bucket `{name}` may be opened to everybody"),
            "Public access prevention is not enforced on it: a binding that names everybody takes effect.",
            "--public-access-prevention",
        ));
    }
    if access["uniformBucketLevelAccess"]["enabled"] != true {
        grants.push(setting(
            "uniformBucketLevelAccess",
            format!("each object of the bucket `{name}` may have an access control list of its own"),
            "Uniform access is off: who may read an object is then not in the bucket's policy, and nobody sees it there.",
            "--uniform-bucket-level-access",
        ));
    }
    grants
}

/// Whether a rule of others removes objects that the charts count on.
fn removes(want: &BucketWant, rule: &Value) -> bool {
    let condition = &rule["condition"];
    let old_versions = condition["isLive"] == false || NONCURRENT.iter().any(|key| condition.get(*key).is_some());
    let wanted = want.expiries.iter().any(|expiry| *rule == expiry_rule(expiry));
    let aborts_early = rule["action"]["type"] == ABORT && condition["age"].as_u64().is_none_or(|days| days == 0);
    (rule["action"]["type"] == "Delete" && !old_versions && !wanted) || aborts_early
}

fn loss(want: &BucketWant, rule: &Value) -> Grant {
    let name = want.name.as_str();
    let accept = named_by(name, "lifecycle", rule);
    let what = match (rule["action"]["type"].as_str(), rule["condition"]["age"].as_u64()) {
        (Some("Delete"), Some(days)) => {
            format!("a lifecycle rule of the bucket `{name}` deletes objects after {days} days")
        }
        (Some("Delete"), None) => format!("a lifecycle rule of the bucket `{name}` deletes objects"),
        _ => format!("a lifecycle rule of the bucket `{name}` ends uploads that are under way"),
    };
    let error = Error::new(Code::FOREIGN_EXPIRY, what)
        .why("It is not bucketwright's, and the charts expect their objects to stay.")
        .fix(format!("Remove the rule: `gcloud storage buckets describe gs://{name} --format='json(lifecycle_config)'` shows all, and `gcloud storage buckets update gs://{name} --lifecycle-file FILE` writes those that stay. {}", or_accept(&accept)));
    finished(Kind::Bucket, name, "lifecycle", Some(accept), error, rule.clone())
}

/// Settings under which calls of the charts fail.
fn hindrances(want: &BucketWant, found: &Value) -> Vec<Grant> {
    let name = want.name.as_str();
    let grant = |key: &str, what: &str, why: &str, line: String| {
        let statement = json!({key: found[key]});
        let accept = named_by(name, key, &statement);
        let error = Error::new(Code::GCP_HINDRANCE, format!("the bucket `{name}` {what}"))
            .why(why)
            .fix(format!("{line} {}", or_accept(&accept)));
        finished(Kind::Bucket, name, "bucket settings", Some(accept), error, statement)
    };
    let update = |option: &str| format!("`gcloud storage buckets update gs://{name} {option}`.");
    let mut grants = Vec::new();
    if found["billing"]["requesterPays"] == true {
        grants.push(grant(
            "billing",
            "lets whoever asks pay",
            "Every call must then name a project that pays, and no chart does: each is refused (400, UserProjectMissing).",
            update("--no-requester-pays"),
        ));
    }
    if let Some(seconds) = found["retentionPolicy"]["retentionPeriod"].as_str() {
        grants.push(grant(
            "retentionPolicy",
            &format!("keeps every object for {seconds} seconds"),
            "Until then nothing can be deleted or written over, and the charts do both.",
            update("--clear-retention-period"),
        ));
    }
    if found["defaultEventBasedHold"] == true {
        grants.push(grant(
            "defaultEventBasedHold",
            "holds every new object",
            "An object that is held can be neither deleted nor written over, and the charts do both.",
            update("--no-default-event-based-hold"),
        ));
    }
    if found["ipFilter"]["mode"] == "Enabled" {
        grants.push(grant(
            "ipFilter",
            "answers some networks alone",
            "Whoever asks from another network is refused: your pods, if their network is not among them.",
            update("--clear-ip-filter"),
        ));
    }
    grants
}
