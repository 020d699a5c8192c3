//! Whole runs against a project of Google Cloud on loopback.

mod bad_input;
mod destroy;
mod drift;
mod export;
mod faults;
mod programs;
mod terraform;

use serde_json::{Value, json};

use crate::harness::{Google, Sandbox, tree_of_text};

/// A spec with installs, each in one line.
pub fn spec(installs: &[&str]) -> String {
    let installs: String = installs.iter().map(|install| format!("  - {install}\n")).collect();
    format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: europe-west2}}\ninstalls:\n{installs}"
    )
}

pub const ARGO: &str =
    "{profile: argo-workflows, id: argo, chartVersion: 1.0.18, identity: static-keys, options: {uploads: true}}";
const ARGO_PODS: &str = "{profile: argo-workflows, id: pods, chartVersion: 1.0.18, namespace: pods, identity: workload-identity, roles: per-component, buckets: {artifacts: acme_pods}}";
const GITPOD: &str =
    "{profile: gitpod, chartVersion: 2022.11.3, identity: static-keys, options: {domain: gitpod.example.com}}";
const GRADIENT: &str = "{profile: gradient, chartVersion: 1.0.0, identity: static-keys}";
pub const EMAIL: &str = "acme-argo@acme-prod.iam.gserviceaccount.com";

macro_rules! google {
    () => {
        match Google::start() {
            Ok(google) => google,
            Err(why) => skip!("google.py", why),
        }
    };
}
use google;

/// Whether every trial passed, and how many there were.
fn proven(done: &Value) -> usize {
    let trials = done["proof"]["trials"].as_array().expect("trials");
    assert!(trials.iter().all(|trial| trial["passed"] == true), "{trials:#?}");
    trials.len()
}

#[test]
fn everything_is_made_and_the_second_run_changes_nothing() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, ARGO_PODS, GITPOD, GRADIENT]));
    // A new service account is not known everywhere at once.
    google.peer(&json!({"unseen": {EMAIL: 2}}));
    let done = google.call(&sandbox, "apply --yes -o json --audit audit.jsonl").run().ok().json();
    assert!(proven(&done) > 15, "{done:#}");

    let there = google.peer(&json!({}));
    let bucket = &there["buckets"]["acme-argo-artifacts"];
    assert_eq!(bucket["location"], "EUROPE-WEST2");
    assert_eq!(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    assert_eq!(bucket["iamConfiguration"]["publicAccessPrevention"], "enforced");
    assert_eq!(bucket["labels"]["bucketwright-spec"], "acme");
    let rules = bucket["lifecycle"]["rule"].to_string();
    assert!(rules.contains("AbortIncompleteMultipartUpload") && rules.contains("uploads/"), "{rules}");
    assert_eq!(there["buckets"]["acme-gradient"]["cors"][0]["method"], json!(["GET", "PUT"]));
    let members = |name: &str| there["policies"][name]["bindings"].to_string();
    assert!(members("b/acme-argo-artifacts").contains(EMAIL));
    let pods = members("a/acme-pods-workflow@acme-prod.iam.gserviceaccount.com");
    assert!(pods.contains("roles/iam.workloadIdentityUser"), "{pods}");
    assert!(pods.contains("serviceAccount:acme-prod.svc.id.goog[pods/argo-workflow]"), "{pods}");
    assert!(members("project").contains("roles/storage.admin"), "{there:#}");
    assert!(there["buckets"].as_object().expect("buckets").keys().all(|name| !name.contains("proof")));

    let values = sandbox.read("out/pods/values.yaml");
    assert!(values.contains(r#"iam.gke.io/gcp-service-account: "acme-pods-workflow@acme-prod.iam"#), "{values}");
    let form = sandbox.read("out/gradient/console-form.yaml");
    assert!(form.contains("GOOG1E") && form.contains("https://storage.googleapis.com"), "{form}");

    // Secrets are in the private files alone, and the audit log has a line for each call.
    let files = tree_of_text(&sandbox.path("out"));
    let with_key: Vec<&String> =
        files.iter().filter(|(_, text)| text.contains("PRIVATE KEY")).map(|(path, _)| path).collect();
    assert!(with_key.iter().all(|path| path.starts_with("credentials/")), "{with_key:?}");
    assert_eq!(with_key.len(), 2, "{with_key:?}");
    let audit = sandbox.read("audit.jsonl");
    assert!(audit.contains(r#""call":"iam.serviceAccounts.keys.create""#) && !audit.contains("PRIVATE"), "{audit}");

    let again = google.call(&sandbox, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!(again["changes"], false, "{again:#}");
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let after = google.peer(&json!({}));
    assert_eq!((&after["keys"], &after["policies"]), (&there["keys"], &there["policies"]));
}

/// The notes speak of the store that there is.
#[test]
fn notes_are_true_on_google() {
    for (install, folder) in [
        ("{profile: gitlab, chartVersion: 9.9.1, identity: static-keys}", "gitlab"),
        ("{profile: gitlab, chartVersion: 10.0.0, identity: workload-identity}", "gitlab"),
        ("{profile: massdriver, chartVersion: 0.2.0, identity: static-keys}", "massdriver"),
    ] {
        let sandbox = Sandbox::with_spec(&spec(&[install]));
        let _ = sandbox.run("render --placeholders").ok();
        let notes = sandbox.read(&format!("out/{folder}/NOTES.md"));
        for words in ["s3_v2", "AWS keys", "MinIO to S3", "names on AWS are"] {
            assert!(!notes.contains(words), "{install}: {words} in\n{notes}");
        }
    }
}

#[test]
fn what_no_longer_works_is_found() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, ARGO_PODS]));
    let _ = google.call(&sandbox, "apply --yes --no-proof").run().ok();
    let verify = || google.call(&sandbox, "verify -o json").run();
    let cells = |report: &Value, passed: bool| -> Vec<String> {
        let rows = report["rows"].as_array().expect("rows");
        let cells = rows.iter().flat_map(|row| row["cells"].as_array().expect("cells"));
        cells.filter(|cell| cell["passed"] == passed).map(|cell| cell["action"].to_string()).collect()
    };
    let good = verify().ok().json();
    assert!(cells(&good, true).len() > 6 && cells(&good, false).is_empty(), "{good:#}");

    let bound = google.peer(&json!({}))["policies"]["b/acme-argo-artifacts"].clone();
    google.peer(&json!({"policies": {"b/acme-argo-artifacts": {"version": 3, "etag": "x", "bindings": []}}}));
    let broken = verify().exits(3).json();
    assert!(cells(&broken, false).iter().any(|action| action.contains("put")), "{broken:#}");
    google.peer(&json!({"policies": {"b/acme-argo-artifacts": bound}}));
    google.peer(&json!({"policies": {"b/acme_pods": {"version": 3, "etag": "x", "bindings": []}}}));
    let broken = verify().exits(3).json();
    assert!(cells(&broken, false).iter().any(|action| action.contains("roles/storage")), "{broken:#}");
}

#[test]
fn what_others_set_on_an_adopted_bucket_stays() {
    let google = google!();
    let conditional = json!({
        "role": "roles/storage.objectAdmin", "members": ["user:a@example.com"],
        "condition": {"title": "till", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}
    });
    let bucket = json!({
        "name": "acme-argo-artifacts", "location": "EUROPE-WEST2", "projectNumber": "123456789012",
        "metageneration": "4", "labels": {"team": "data"},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}, "publicAccessPrevention": "inherited"},
        "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 365}}]}
    });
    google.peer(&json!({
        "buckets": {"acme-argo-artifacts": bucket},
        "policies": {
            "b/acme-argo-artifacts": {"version": 3, "etag": "B1", "bindings": [conditional]},
            "project": {"version": 3, "etag": "P1", "bindings": [conditional], "auditConfigs": [{"service": "allServices"}]}
        }
    }));
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, GITPOD]));
    let done = google.call(&sandbox, "apply --yes -o json").run().ok().json();
    let step = &done["plan"]["steps"][0];
    assert_eq!((&step["name"], &step["verb"]), (&"acme-argo-artifacts".into(), &"adopt".into()), "{step:#}");
    let there = google.peer(&json!({}));
    let after = &there["buckets"]["acme-argo-artifacts"];
    assert_eq!(after["iamConfiguration"], bucket["iamConfiguration"]);
    assert_eq!(after["lifecycle"]["rule"][0], bucket["lifecycle"]["rule"][0]);
    assert_eq!(
        (&after["labels"]["team"], &after["labels"]["bucketwright-origin"]),
        (&"data".into(), &"adopted".into())
    );
    for name in ["b/acme-argo-artifacts", "project"] {
        let policy = &there["policies"][name];
        assert_eq!(policy["bindings"][0], conditional, "{name}");
        assert_eq!(policy["version"], 3);
    }
    assert_eq!(there["policies"]["project"]["auditConfigs"][0]["service"], "allServices");
    let again = google.call(&sandbox, "plan -o json").run().ok().json();
    assert_eq!(again["changes"], false, "{again:#}");
}

#[test]
fn a_policy_that_changes_meanwhile_is_read_again() {
    let google = google!();
    let twice = |permission: &str, name: &str| vec![json!({"permission": permission, "etag": name}); 2];
    let faults = [
        twice("storage.buckets.setIamPolicy", "b/acme-argo-artifacts"),
        twice("resourcemanager.projects.setIamPolicy", "project"),
    ];
    google.peer(&json!({"faults": faults.concat()}));
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, GITPOD]));
    let done = google.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert!(proven(&done) > 5);
    let there = google.peer(&json!({}));
    let writes = |permission: &str| {
        there["journal"].as_array().expect("a journal").iter().filter(|call| call["permission"] == permission).count()
    };
    assert_eq!(writes("storage.buckets.setIamPolicy"), 3);
    assert_eq!(writes("resourcemanager.projects.setIamPolicy"), 3);

    // For ever, it is given up, and nothing is written over.
    let sandbox = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    google.peer(
        &json!({"faults": vec![json!({"permission": "storage.buckets.setIamPolicy", "etag": "b/acme_pods"}); 9]}),
    );
    let said = google.call(&sandbox, "apply --yes").run().exits(1).messages();
    assert!(said.contains("BW1532"), "{said}");
}

#[test]
fn a_key_whose_answer_is_lost_is_not_asked_for_twice() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    google.peer(&json!({"faults": [{"permission": "iam.serviceAccountKeys.create", "lost": true}]}));
    let said = google.call(&sandbox, "apply --yes").run().exits(1).messages();
    assert!(said.contains("BW1529"), "{said}");
    assert_eq!(google.peer(&json!({}))["keys"][EMAIL].as_array().expect("keys").len(), 1);
    assert!(sandbox.path("out/credentials/intents").read_dir().expect("intents").next().is_some());

    let said = google.call(&sandbox, "apply --yes").run().exits(1).messages();
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("BW1527") && words.contains("An interrupted run"), "{said}");
    assert!(words.contains("--second-key") && !words.contains("keys delete"), "{said}");
    assert_eq!(google.peer(&json!({}))["keys"][EMAIL].as_array().expect("keys").len(), 1, "no second key");

    // What the message says leads on: a second key is made, and kept.
    google.call(&sandbox, "apply --yes --second-key").run().ok();
    assert_eq!(google.peer(&json!({}))["keys"][EMAIL].as_array().expect("keys").len(), 2);
    google.call(&sandbox, "plan --detailed-exitcode").run().ok();
}

#[test]
fn a_bucket_whose_answer_is_lost_is_found_by_its_label() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let lost = |permission: &str| json!({"permission": permission, "lost": true});
    google.peer(&json!({"faults": [lost("storage.buckets.create"), lost("iam.serviceAccounts.create")]}));
    let done = google.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert!(proven(&done) > 3);
}
