//! `export --as terraform`: a configuration that is carried out resource by resource here, and that `apply` then finds complete.

use serde_json::{Map, Value, json};

use super::{ARGO, ARGO_PODS, EMAIL, GITPOD, GRADIENT, google, spec};
use crate::harness::{Google, Sandbox};

/// The resources of a kind, with their labels.
fn of<'v>(whole: &'v Value, kind: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    whole["resource"][kind].as_object().into_iter().flatten()
}

/// A text in which the references of the configuration are followed, and nothing else is expanded.
fn resolved(whole: &Value, value: &Value) -> String {
    let text = value.as_str().unwrap_or_else(|| panic!("no text: {value}"));
    let Some((before, rest)) = text.split_once("${").filter(|(before, _)| !before.ends_with('$')) else {
        return text.replace("$${", "${");
    };
    let (address, after) = rest.split_once('}').expect("a closing brace");
    let parts: Vec<&str> = address.split('.').collect();
    let there = &whole["resource"][parts[0]][parts[1]];
    let email = || format!("{}@acme-prod.iam.gserviceaccount.com", there["account_id"].as_str().expect("an id"));
    let end = match (parts[0], parts[2]) {
        ("google_service_account", "email") => email(),
        ("google_service_account", "name") => format!("projects/acme-prod/serviceAccounts/{}", email()),
        ("google_storage_bucket", "name") => there["name"].as_str().expect("a name").to_owned(),
        other => panic!("an unknown reference: {other:?}"),
    };
    format!("{before}{end}{after}")
}

/// A bucket as the API shows what the provider makes of these arguments.
fn bucket(made: &Value) -> Value {
    let mut there = json!({
        "name": made["name"], "location": made["location"], "projectNumber": "123456789012", "metageneration": "1",
        "labels": made["labels"],
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": made["uniform_bucket_level_access"]},
            "publicAccessPrevention": made["public_access_prevention"],
        },
    });
    if let Some(versioning) = made.get("versioning") {
        there["versioning"] = versioning.clone();
    }
    if let Some(kept) = made["soft_delete_policy"]["retention_duration_seconds"].as_u64() {
        there["softDeletePolicy"] = json!({"retentionDurationSeconds": kept.to_string()});
    }
    let renamed = |value: &Value, names: &[(&str, &str)]| -> Value {
        let entries = value.as_object().expect("a block").iter().map(|(key, value)| {
            let (_, to) =
                names.iter().find(|(from, _)| from == key).unwrap_or_else(|| panic!("an unknown argument {key}"));
            ((*to).to_owned(), value.clone())
        });
        Value::Object(entries.collect::<Map<_, _>>())
    };
    let rules = made["lifecycle_rule"].as_array().expect("rules").iter().map(|rule| {
        json!({"action": rule["action"], "condition": renamed(&rule["condition"], &[("age", "age"), ("matches_prefix", "matchesPrefix")])})
    });
    there["lifecycle"] = json!({"rule": rules.collect::<Vec<_>>()});
    if let Some(rules) = made["cors"].as_array() {
        let names = [
            ("origin", "origin"),
            ("method", "method"),
            ("response_header", "responseHeader"),
            ("max_age_seconds", "maxAgeSeconds"),
        ];
        there["cors"] = rules.iter().map(|rule| renamed(rule, &names)).collect();
    }
    there
}

/// Makes what the configuration says.
fn carry_out(google: &Google, whole: &Value) {
    let mut there = json!({"buckets": {}, "accounts": {}, "policies": {}});
    for (_, made) in of(whole, "google_storage_bucket") {
        there["buckets"][made["name"].as_str().expect("a name")] = bucket(made);
    }
    for (_, made) in of(whole, "google_service_account") {
        let email = format!("{}@acme-prod.iam.gserviceaccount.com", made["account_id"].as_str().expect("an id"));
        there["accounts"][&email] =
            json!({"email": email, "description": made["description"], "displayName": made["display_name"]});
    }
    let mut bind = |policy: String, one: &Value| {
        let bindings = there["policies"][policy.as_str()]["bindings"].as_array().cloned().unwrap_or_default();
        let new = json!({"role": one["role"], "members": [resolved(whole, &one["member"])]});
        let all: Vec<Value> = bindings.into_iter().chain([new]).collect();
        there["policies"][policy] = json!({"version": 3, "etag": "T", "bindings": all});
    };
    for (_, one) in of(whole, "google_storage_bucket_iam_member") {
        bind(format!("b/{}", resolved(whole, &one["bucket"])), one);
    }
    for (_, one) in of(whole, "google_project_iam_member") {
        assert_eq!(one["project"], "acme-prod");
        bind("project".to_owned(), one);
    }
    for (_, one) in of(whole, "google_service_account_iam_member") {
        let id = resolved(whole, &one["service_account_id"]);
        let email = id.strip_prefix("projects/acme-prod/serviceAccounts/").expect("an account's name");
        bind(format!("a/{email}"), one);
    }
    google.peer(&there);
}

#[test]
fn what_the_configuration_makes_needs_no_change() {
    let google = google!();
    let massdriver = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys}";
    let text = spec(&[ARGO, ARGO_PODS, GITPOD, GRADIENT, massdriver])
        .replace("name: acme\n", "name: acme\ntags: {team: data}\n");
    let text = text.replace("europe-west2}", "europe-west2, softDeleteDays: 30}");
    let sandbox = Sandbox::with_spec(&text);
    let whole = sandbox.run("export --as terraform").ok().json();
    for (_, one) in of(&whole, "google_storage_bucket") {
        assert_eq!(one["lifecycle"]["prevent_destroy"], true);
    }
    let kinds: Vec<&String> = whole["resource"].as_object().expect("resources").keys().collect();
    assert!(kinds.iter().all(|kind| !kind.contains("key")), "a key would lie in the state: {kinds:?}");
    carry_out(&google, &whole);
    // The accounts are Terraform's: the configuration names them, and the spec says that they are meant.
    let note = whole["//"].as_str().expect("a note");
    let adopt = note
        .split_once('`')
        .and_then(|(_, rest)| rest.split_once("`adopt: "))
        .and_then(|(_, rest)| rest.split_once('`'));
    sandbox.write("bucketwright.yaml", &text.replace("tags:", &format!("adopt: {}\ntags:", adopt.expect("a line").0)));
    let plan = google.call(&sandbox, "plan -o json").run().any().json();
    let steps = plan["steps"].as_array().or_else(|| plan["plan"]["steps"].as_array()).expect("steps");
    for step in steps.iter().filter(|step| step["kind"] != "key") {
        assert_eq!(step["verb"], "keep", "{step:#}");
    }
    assert!(steps.len() > 8 && plan["grants"].as_array().is_some_and(Vec::is_empty), "{plan:#}");
    // Nor does `destroy` delete what Terraform's state owns.
    let gone = google.call(&sandbox, "destroy --dry-run -o json").run().any().stdout;
    assert!(!gone.contains("delete the bucket") && !gone.contains("delete the service account"), "{gone}");
}

#[test]
fn what_is_not_made_is_not_declared() {
    let adopted = ARGO.replace("options:", "buckets: {artifacts: {name: theirs, existing: true}}, options:");
    let sandbox = Sandbox::with_spec(&spec(&[&adopted]).replace("name: acme\n", "name: acme\nadopt: [acme-argo]\n"));
    let whole = sandbox.run("export --as terraform").ok().json();
    assert!(of(&whole, "google_storage_bucket").next().is_none(), "{whole:#}");
    assert!(of(&whole, "google_service_account").next().is_none(), "{whole:#}");
    let bound: Vec<(&Value, String)> = of(&whole, "google_storage_bucket_iam_member")
        .map(|(_, one)| (&one["bucket"], resolved(&whole, &one["member"])))
        .collect();
    assert!(
        !bound.is_empty()
            && bound.iter().all(|(on, member)| *on == "theirs" && *member == format!("serviceAccount:{EMAIL}")),
        "{bound:?}"
    );
}
