//! What others gained beside the spec: `plan` names it, and `verify` fails on it.

use serde_json::{Value, json};

use super::{ARGO, ARGO_PODS, EMAIL, google, spec};
use crate::harness::{Google, Sandbox};

const PODS: &str = "acme-pods-workflow@acme-prod.iam.gserviceaccount.com";
/// What somebody does to a bucket.
type Edit = fn(&mut Value);
const BUCKET: &str = "b/acme-argo-artifacts";

/// Adds a binding to a policy, as somebody with gcloud does.
fn bind(google: &Google, policy: &str, role: &str, member: &str) {
    let mut there = google.peer(&json!({}))["policies"][policy].clone();
    if there.is_null() {
        there = json!({"version": 1, "etag": "D"});
    }
    let mut bindings = there["bindings"].as_array().cloned().unwrap_or_default();
    bindings.push(json!({"role": role, "members": [member]}));
    there["bindings"] = bindings.into();
    google.peer(&json!({"policies": {policy: there}}));
}

/// The grants of a plan: code and words.
fn grants(google: &Google, sandbox: &Sandbox) -> Vec<(String, String, Value)> {
    let plan = google.call(sandbox, "plan -o json").run().ok().json();
    let grants = plan["grants"].as_array().expect("grants").iter();
    let text = |grant: &Value, key: &str| grant[key].as_str().unwrap_or_default().to_owned();
    grants
        .map(|grant| {
            (text(grant, "code"), format!("{} {}", text(grant, "what"), text(grant, "fix")), grant["accept"].clone())
        })
        .collect()
}

#[test]
fn every_binding_and_every_key_is_judged() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, ARGO_PODS]));
    let _ = google.call(&sandbox, "apply --yes --no-proof").run().ok();
    // What Google gives every bucket is no finding, nor what was deleted, nor who only looks.
    bind(&google, BUCKET, "roles/storage.legacyBucketOwner", "projectOwner:acme-prod");
    bind(&google, BUCKET, "roles/storage.legacyObjectReader", "projectViewer:acme-prod");
    bind(
        &google,
        BUCKET,
        "roles/storage.objectAdmin",
        "deleted:serviceAccount:x@acme-prod.iam.gserviceaccount.com?uid=1",
    );
    bind(&google, &format!("a/{PODS}"), "roles/iam.serviceAccountViewer", "user:auditor@example.com");
    bind(&google, "project", "roles/owner", "user:admin@example.com");
    bind(
        &google,
        "project",
        "roles/iam.serviceAccountTokenCreator",
        "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    );
    assert_eq!(grants(&google, &sandbox), []);
    let _ = google.call(&sandbox, "verify").run().ok();

    let ours = format!("serviceAccount:{EMAIL}");
    let account = format!("a/{PODS}");
    for (policy, role, member, code, words) in [
        (
            BUCKET,
            "roles/storage.objectViewer",
            "allUsers",
            "BW1332",
            "anybody without signing in has roles/storage.objectViewer",
        ),
        (
            BUCKET,
            "roles/storage.admin",
            "user:stranger@example.com",
            "BW1332",
            "the user stranger@example.com has roles/storage.admin",
        ),
        (
            BUCKET,
            "roles/storage.legacyBucketOwner",
            "projectOwner:other-project",
            "BW1332",
            "`projectOwner:other-project` has",
        ),
        (BUCKET, "roles/storage.admin", &ours, "BW1331", "has roles/storage.admin on gs://acme-argo-artifacts"),
        (
            "b/acme_pods",
            "roles/storage.objectViewer",
            &ours,
            "BW1331",
            "has roles/storage.objectViewer on gs://acme_pods",
        ),
        ("project", "roles/owner", &ours, "BW1331", "has roles/owner on the project"),
        (
            &account,
            "roles/iam.workloadIdentityUser",
            "serviceAccount:acme-prod.svc.id.goog[default/default]",
            "BW1330",
            "the pods of the ServiceAccount default/default",
        ),
        (
            &account,
            "roles/iam.serviceAccountTokenCreator",
            "allAuthenticatedUsers",
            "BW1330",
            "everybody with a Google account may become",
        ),
        (
            &account,
            "roles/owner",
            "group:all@example.com",
            "BW1330",
            "the group all@example.com may change, or act as,",
        ),
        (
            "project",
            "roles/iam.workloadIdentityUser",
            "serviceAccount:acme-prod.svc.id.goog[a/b]",
            "BW1330",
            "may become every service account",
        ),
        ("project", "roles/viewer", "allAuthenticatedUsers", "BW1330", "everybody with a Google account"),
    ] {
        let before = google.peer(&json!({}))["policies"][policy].clone();
        bind(&google, policy, role, member);
        let found = grants(&google, &sandbox);
        let [(found_code, said, _)] = &found[..] else { panic!("{role} to {member}: {found:?}") };
        assert!(found_code == code && said.contains(words), "{code} {words}: {found:?}");
        assert!(said.contains("remove-iam-policy-binding") && said.contains("accept: ["), "{said}");
        let report = google.call(&sandbox, "verify -o json").run().exits(3).json();
        assert!(report.to_string().contains(code), "{code}: {report:#}");
        let before = if before.is_null() { json!({"version": 1, "etag": "D"}) } else { before };
        google.peer(&json!({"policies": {policy: before}}));
    }

    // A key of an account that is meant to have none.
    google.peer(&json!({"key": PODS}));
    let found = grants(&google, &sandbox);
    assert!(found.len() == 1 && found[0].0 == "BW1330" && found[0].1.contains("keys delete"), "{found:?}");
}

/// An account that carries our words, and that somebody else may become, is given nothing.
#[test]
fn an_account_that_others_prepared_is_refused() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    google.peer(&json!({"accounts": {PODS: {"email": PODS, "description": "bucketwright spec=acme install=pods"}}}));
    bind(&google, &format!("a/{PODS}"), "roles/iam.serviceAccountTokenCreator", "user:stranger@example.com");
    let said = google.call(&sandbox, "apply --yes").run().exits(3).messages();
    assert!(said.contains("BW0624") && said.contains("stranger@example.com"), "{said}");
    let there = google.peer(&json!({}));
    assert_eq!(there["buckets"], json!({}), "nothing was made");
}

#[test]
fn every_setting_is_judged_and_what_is_accepted_is_quiet() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&sandbox, "apply --yes --no-proof").run().ok();
    let made = google.peer(&json!({}))["buckets"]["acme-argo-artifacts"].clone();
    let with = |change: Edit| {
        let mut bucket = made.clone();
        change(&mut bucket);
        google.peer(&json!({"buckets": {"acme-argo-artifacts": bucket}}));
    };
    // Rules that only tidy up are no finding.
    with(|bucket| {
        let rules = bucket["lifecycle"]["rule"].as_array_mut().expect("rules");
        rules.push(json!({"action": {"type": "Delete"}, "condition": {"numNewerVersions": 3}}));
        rules.push(json!({"action": {"type": "Delete"}, "condition": {"age": 1, "isLive": false}}));
        rules
            .push(json!({"action": {"type": "SetStorageClass", "storageClass": "NEARLINE"}, "condition": {"age": 30}}));
    });
    assert_eq!(grants(&google, &sandbox), []);
    let changes: [(Edit, &str, &str); 5] = [
        (
            |bucket| {
                bucket["lifecycle"]["rule"]
                    .as_array_mut()
                    .expect("rules")
                    .push(json!({"action": {"type": "Delete"}, "condition": {"age": 1}}));
            },
            "BW1334",
            "deletes objects after 1 days",
        ),
        (|bucket| bucket["billing"] = json!({"requesterPays": true}), "BW1533", "lets whoever asks pay"),
        (
            |bucket| bucket["retentionPolicy"] = json!({"retentionPeriod": "86400"}),
            "BW1533",
            "keeps every object for 86400 seconds",
        ),
        (|bucket| bucket["defaultEventBasedHold"] = json!(true), "BW1533", "holds every new object"),
        (|bucket| bucket["ipFilter"] = json!({"mode": "Enabled"}), "BW1533", "answers some networks alone"),
    ];
    for (change, code, words) in changes {
        with(change);
        let found = grants(&google, &sandbox);
        let [(found_code, said, accept)] = &found[..] else { panic!("{words}: {found:?}") };
        assert!(found_code == code && said.contains(words), "{code} {words}: {found:?}");
        let report = google.call(&sandbox, "verify -o json").run().exits(3).json();
        assert!(report.to_string().contains(code), "{report:#}");
        let accepting = spec(&[ARGO]).replace("installs:", &format!("accept: [{accept}]\ninstalls:"));
        sandbox.write("bucketwright.yaml", &accepting);
        assert_eq!(grants(&google, &sandbox), [], "{accept}");
        sandbox.write("bucketwright.yaml", &spec(&[ARGO]));
    }
    // What `apply` puts back by itself is a change of the plan, and fails `verify` until then.
    with(|bucket| bucket["iamConfiguration"]["publicAccessPrevention"] = json!("inherited"));
    let plan = google.call(&sandbox, "plan").run().ok();
    assert!(plan.stdout.contains("keep the public out"), "{}", plan.stdout);
    let report = google.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(report.to_string().contains("may be opened to everybody"), "{report:#}");
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let _ = google.call(&sandbox, "verify").run().ok();
}

#[test]
fn what_may_not_be_read_is_said() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    let _ = google.call(&sandbox, "apply --yes --no-proof").run().ok();
    google.peer(&json!({"deny": ["resourcemanager.projects.getIamPolicy", "iam.serviceAccountKeys.list"]}));
    let plan = google.call(&sandbox, "plan -o json").run().ok().json();
    let words = plan["unjudged"].to_string();
    assert!(
        words.contains("resourcemanager.projects.getIamPolicy") && words.contains("iam.serviceAccountKeys.list"),
        "{words}"
    );
    let _ = google.call(&sandbox, "verify").run().exits(3);
}
