//! What carries the spec's mark is found and removed; what was adopted or is others' stays.

use serde_json::{Value, json};

use super::{ARGO, ARGO_PODS, EMAIL, GITPOD, google, spec};
use crate::harness::{Google, Sandbox};

const BUCKET: &str = "acme-argo-artifacts";

/// A bucket as somebody else made it.
fn bucket(name: &str, labels: &Value) -> Value {
    json!({"name": name, "location": "EUROPE-WEST2", "projectNumber": "123456789012", "metageneration": "3", "labels": labels})
}

/// What others have in the project.
fn strangers(google: &Google) {
    google.peer(&json!({
        "buckets": {
            "stranger": bucket("stranger", &json!({"team": "data"})),
            "other-spec": bucket("other-spec", &json!({"bucketwright-spec": "other", "bucketwright-origin": "created"}))
        },
        "accounts": {
            "person@acme-prod.iam.gserviceaccount.com": {"email": "person@acme-prod.iam.gserviceaccount.com", "description": "by hand"},
            "other@acme-prod.iam.gserviceaccount.com": {"email": "other@acme-prod.iam.gserviceaccount.com", "description": "bucketwright spec=other install=argo"}
        },
        "policies": {"project": {"version": 1, "etag": "P", "bindings": [{"role": "roles/storage.admin", "members": ["user:a@example.com"]}]}}
    }));
}

fn names(there: &Value, part: &str) -> Vec<String> {
    there[part].as_object().expect("a map").keys().cloned().collect()
}

#[test]
fn all_that_was_made_goes_and_what_others_have_stays() {
    let google = google!();
    strangers(&google);
    let before = google.peer(&json!({}));
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, ARGO_PODS, GITPOD]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let dry = google.call(&sandbox, "destroy --dry-run").run().ok().stdout;
    assert!(dry.contains("delete the service account") && dry.contains("acme_pods"), "{dry}");
    assert!(google.peer(&json!({}))["accounts"][EMAIL].is_object(), "nothing was removed");
    let _ = google.call(&sandbox, "destroy --yes --delete-data acme-gitpod").run().exits(1);
    let _ = google.call(&sandbox, "destroy --yes").run().ok();
    let after = google.peer(&json!({}));
    for part in ["buckets", "accounts"] {
        let sorted = |there: &Value| {
            let mut names = names(there, part);
            names.sort();
            names
        };
        assert_eq!(sorted(&after), sorted(&before), "{part}");
    }
    let members = after["policies"]["project"]["bindings"].to_string();
    assert_eq!(
        members, r#"[{"role":"roles/storage.admin","members":["user:a@example.com"]}]"#,
        "no deleted member is left"
    );
    assert!(!sandbox.path("out/credentials/acme-argo.yaml").exists(), "the key's file is gone with the key");
    // The second run finds nothing.
    let again = google.call(&sandbox, "destroy --yes -o json").run().ok().json();
    assert_eq!(again["done"], false, "{again:#}");
}

#[test]
fn what_was_adopted_is_released() {
    let google = google!();
    google.peer(&json!({
        "buckets": {BUCKET: bucket(BUCKET, &json!({"team": "data"}))},
        "accounts": {EMAIL: {"email": EMAIL, "description": "made by hand"}}
    }));
    let text = spec(&[
        "{profile: argo-workflows, id: argo, chartVersion: 1.0.18, identity: static-keys, buckets: {artifacts: {name: acme-argo-artifacts, existing: true}}}",
    ]);
    let sandbox = Sandbox::with_spec(&text.replace("installs:", "adopt: [acme-argo]\ninstalls:"));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    assert_eq!(google.peer(&json!({}))["buckets"][BUCKET]["labels"]["bucketwright-origin"], "adopted");
    let report = google.call(&sandbox, "destroy --yes -o json").run().ok().json();
    assert!(!report.to_string().contains("delete the"), "{report:#}");
    let after = google.peer(&json!({}));
    assert_eq!(after["buckets"][BUCKET]["labels"], json!({"team": "data"}));
    assert!(after["accounts"][EMAIL].is_object(), "an account of others stays");
    let said = google.call(&sandbox, &format!("destroy --yes --delete-data {BUCKET}")).run().exits(1).messages();
    assert!(said.contains("BW0622"), "{said}");
}

#[test]
fn data_stays_unless_it_is_named() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    google.peer(&json!({"object": [BUCKET, "logs/of/a workflow"]}));
    let said = google.call(&sandbox, "destroy --yes").run().exits(3).all();
    assert!(said.contains("It holds 1 objects and old versions") && said.contains("--delete-data"), "{said}");
    let there = google.peer(&json!({}));
    assert!(there["buckets"][BUCKET].is_object() && !there["accounts"][EMAIL].is_object(), "{there:#}");
    assert!(!there["policies"][format!("b/{BUCKET}")].to_string().contains("serviceAccount"), "{there:#}");
    let _ = google.call(&sandbox, &format!("destroy --yes --delete-data {BUCKET}")).run().ok();
    assert!(!google.peer(&json!({}))["buckets"][BUCKET].is_object());
}

#[test]
fn what_an_earlier_version_of_the_spec_left_is_told_and_pruned() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let pods = ARGO.replace("static-keys", "workload-identity, roles: per-component");
    sandbox.write("bucketwright.yaml", &spec(&[&pods]));
    let plan = google.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains("Left by earlier versions") && plan.contains("acme-argo"), "{plan}");
    assert!(plan.contains(&format!("take roles/storage.objectAdmin from serviceAccount:{EMAIL}")), "{plan}");
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let report = google.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(report.to_string().contains("BW1333"), "{report:#}");
    let _ = google.call(&sandbox, "apply --yes --prune").run().ok();
    let there = google.peer(&json!({}));
    assert!(!there["accounts"][EMAIL].is_object() && there["buckets"][BUCKET].is_object(), "{there:#}");
    assert!(!there["policies"].to_string().contains(EMAIL), "{there:#}");
    let _ = google.call(&sandbox, "verify").run().ok();

    // Another namespace: the pods of the old one are told, and the line takes them out.
    sandbox.write("bucketwright.yaml", &spec(&[&pods.replace("id: argo", "id: argo, namespace: moved")]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let plan = google.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains("BW1330") && plan.contains("[argo/argo-workflow]"), "{plan}");
    assert!(plan.contains("gcloud iam service-accounts remove-iam-policy-binding"), "{plan}");
}

#[test]
fn the_same_account_without_its_key_is_told_of_it() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    sandbox.write("bucketwright.yaml", &spec(&[&ARGO.replace("static-keys", "workload-identity")]));
    let plan = google.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains("BW1330") && plan.contains("keys delete"), "{plan}");
}

#[test]
fn ids_tell_specs_of_one_name_apart() {
    let google = google!();
    let with = |id: &str| spec(&[ARGO]).replace("name: acme\n", &format!("name: acme\nid: {id}\n"));
    let first = Sandbox::with_spec(&with("aaaaaa"));
    let _ = google.call(&first, "apply --yes").run().ok();
    let other = Sandbox::with_spec(&with("bbbbbb"));
    let said = google.call(&other, "plan").run().exits(1).messages();
    assert!(said.contains("BW0609") && said.contains("BW1526"), "{said}");
    let report = google.call(&other, "destroy --yes -o json").run().ok().json();
    assert_eq!(report["done"], false, "{report:#}");
    let without = Sandbox::with_spec(&spec(&[ARGO]));
    let said = google.call(&without, "destroy --yes").run().exits(1).messages();
    assert!(said.contains("BW0625") && said.contains("id: aaaaaa"), "{said}");
    assert!(google.peer(&json!({}))["accounts"][EMAIL].is_object());
}

#[test]
fn what_may_not_be_listed_is_said_and_stays() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    google.peer(&json!({"deny": ["iam.serviceAccounts.list"]}));
    let said = google.call(&sandbox, "destroy --yes").run().exits(3).all();
    assert!(said.contains("missing permission iam.serviceAccounts.list"), "{said}");
    assert!(google.peer(&json!({}))["accounts"][EMAIL].is_object());
    let plan = google.call(&sandbox, "plan -o json").run().ok().json();
    assert!(plan["unjudged"].to_string().contains("iam.serviceAccounts.list"), "{plan:#}");
}

#[test]
fn a_rehearsal_takes_everything_away_again() {
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, ARGO_PODS]));
    let report = sandbox.run("destroy --rehearse --yes -o json").ok().json();
    assert_eq!(report["done"], true, "{report:#}");
    // Without credentials nothing can be told from others' things, so nothing is proposed.
    let run = sandbox.run("destroy --yes").exits(1);
    assert!(run.stderr.contains("BW1520") && run.stdout.is_empty(), "{run:?}");
}
