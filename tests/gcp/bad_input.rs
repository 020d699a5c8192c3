//! What goes wrong on Google Cloud, and the words for it.

use serde_json::json;

use super::{ARGO, EMAIL, google, spec};
use crate::harness::{Google, Sandbox};

/// Runs a command that must fail; gives its words in one line.
fn said(google: &Google, sandbox: &Sandbox, arguments: &str, code: i32) -> String {
    let said = google.call(sandbox, arguments).run().exits(code).messages();
    said.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn names_that_google_does_not_take() {
    let changed = |from: &str, to: &str| spec(&[ARGO]).replace(from, to);
    for (text, code, words) in [
        (changed("project: acme-prod", "project: \"123456789012\""), "BW1501", "gcloud projects describe 123456789012"),
        (changed("projectNumber: \"123456789012\"", "projectNumber: acme-prod"), "BW1501", "The id, with letters"),
        (changed("projectNumber: \"123456789012\"", "projectNumber: 123456789012"), "BW0106", "without quotes"),
        (changed("id: argo", "id: artifacts-of-all-the-workflows"), "BW1502", "5 characters shorter"),
        (changed("location: europe-west2", "location: eu-west-1"), "BW1503", "form of an AWS region"),
        (changed("location: europe-west2", "region: europe-west2"), "BW1401", "Write `location: …`"),
        (changed("{uploads: true}", "{uploads: true}, buckets: {artifacts: goog-acme}"), "BW1504", "kept for Google"),
        (changed("static-keys", "irsa"), "BW0401", "workload-identity"),
        (changed("name: acme\n", "name: acme\ntags: {Team: Infra}\n"), "BW1507", "small letters"),
        (changed("name: acme\n", "name: acme\nbucketDefaults: {tlsOnly: true}\n"), "BW1505", "Remove `tlsOnly`"),
        (
            changed("location: europe-west2", "location: europe-west2, cluster: {name: prod, workloadPool: prod}"),
            "BW1506",
            "PROJECT.svc.id.goog",
        ),
    ] {
        let sandbox = Sandbox::with_spec(&text);
        let said = sandbox.run("render --placeholders").exits(2).messages();
        let said = said.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(code) && said.contains(words), "{code} {words}: {said}");
    }
    // A name with `_` is good here and nowhere else.
    let named = |provider: &str| {
        spec(&[ARGO]).replace("{uploads: true}", "{uploads: true}, buckets: {artifacts: acme_artifacts}").replace(
            "{provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: europe-west2}",
            provider,
        )
    };
    let here = named("{provider: gcp, project: acme-prod, location: EU}");
    let _ = Sandbox::with_spec(&here).run("render --placeholders").ok();
    let there = Sandbox::with_spec(&named("{provider: aws, region: eu-west-1}")).run("render --placeholders");
    assert!(there.exits(2).messages().contains("BW0201"));
}

#[test]
fn a_403_may_mean_that_it_is_not_there() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    google.peer(&json!({"deny": ["iam.serviceAccounts.get"]}));
    let words = said(&google, &sandbox, "plan", 1);
    assert!(words.contains("BW1522") && words.contains("or it does not exist"), "{words}");
    assert!(words.contains("where AWS would say 404") && words.contains("plan --permissions"), "{words}");

    google.peer(&json!({"deny": ["storage.buckets.get"]}));
    let words = said(&google, &sandbox, "plan", 1);
    assert!(words.contains("BW1524") && words.contains("storage.buckets.get"), "{words}");

    // Whoever may not look at the project itself does without the comparison of numbers.
    google.peer(&json!({"deny": ["resourcemanager.projects.get"]}));
    let _ = google.call(&sandbox, "plan").run().ok();
}

#[test]
fn buckets_and_accounts_of_others_are_refused() {
    let google = google!();
    let bucket = |location: &str, number: &str, labels: serde_json::Value| {
        json!({"acme-argo-artifacts": {
            "name": "acme-argo-artifacts", "location": location, "projectNumber": number, "metageneration": "1", "labels": labels
        }})
    };
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    for (buckets, code) in [
        (bucket("EUROPE-WEST2", "999", json!({})), "BW1524"),
        (bucket("US", "123456789012", json!({})), "BW1531"),
        (bucket("EUROPE-WEST2", "123456789012", json!({"bucketwright-spec": "other"})), "BW0609"),
    ] {
        google.peer(&json!({"buckets": buckets}));
        let words = said(&google, &sandbox, "plan", 1);
        assert!(words.contains(code), "{code}: {words}");
    }
    google.peer(&json!({
        "buckets": bucket("EUROPE-WEST2", "123456789012", json!({})),
        "accounts": {EMAIL: {"email": EMAIL, "description": "made by hand"}}
    }));
    let words = said(&google, &sandbox, "plan", 1);
    assert!(words.contains("BW1526") && words.contains("adopt: [acme-argo]"), "{words}");
    let other = Sandbox::with_spec(&spec(&[ARGO]).replace("\"123456789012\"", "\"987654321098\""));
    let words = said(&google, &other, "plan", 1);
    assert!(words.contains("BW1530") && words.contains("123456789012"), "{words}");
}

#[test]
fn what_the_organisation_and_the_project_forbid() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    google.peer(&json!({"faults": [{
        "permission": "iam.serviceAccountKeys.create", "status": 400, "reason": "FAILED_PRECONDITION",
        "message": "Key creation is not allowed on this service account. constraints/iam.disableServiceAccountKeyCreation"
    }]}));
    let words = said(&google, &sandbox, "apply --yes", 1);
    assert!(words.contains("BW1528") && words.contains("identity: workload-identity"), "{words}");
    assert!(
        !sandbox.path("out/credentials/intents").exists()
            || sandbox.path("out/credentials/intents").read_dir().expect("intents").next().is_none()
    );

    google.peer(&json!({"faults": [{
        "permission": "iam.serviceAccounts.get", "status": 403, "reason": "PERMISSION_DENIED",
        "message": "Identity and Access Management (IAM) API has not been used in project 123456789012 before or it is disabled.",
        "details": {"reason": "SERVICE_DISABLED", "domain": "googleapis.com"}
    }]}));
    let words = said(&google, &sandbox, "plan", 1);
    assert!(
        words.contains("BW1525") && words.contains("gcloud services enable iam.googleapis.com --project acme-prod"),
        "{words}"
    );
}

#[test]
fn who_the_caller_is() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    let run = |name: &str, value: &str, code: i32| {
        let said = google.anonymous(&sandbox, "plan").env(name, value).run().exits(code).all();
        said.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let none = run("LANG", "C", 1);
    assert!(none.contains("BW1520") && none.contains("gcloud auth application-default login"), "{none}");
    let wrong = run("GOOGLE_OAUTH_ACCESS_TOKEN", "of-yesterday", 1);
    assert!(wrong.contains("BW1521") && !wrong.contains("of-yesterday"), "{wrong}");
    for (text, words) in [
        ("not json", "is not JSON"),
        (r#"{"type": "external_account"}"#, "`external_account`"),
        (r#"{"type": "service_account", "client_email": "a@b"}"#, "is not whole"),
        (
            r#"{"type": "service_account", "client_email": "a@b", "private_key": "hush", "token_uri": "http://127.0.0.1:1/"}"#,
            "private key in the key file cannot be read",
        ),
    ] {
        sandbox.write("key.json", text);
        let said = run("GOOGLE_APPLICATION_CREDENTIALS", "key.json", 1);
        assert!(said.contains("BW1521") && said.contains(words) && !said.contains("hush"), "{words}: {said}");
    }
    // The key of the service account that apply made signs in; it may do less than its maker.
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let kept: serde_json::Value =
        bucketwright::base::yaml::read_back(&sandbox.read("out/credentials/acme-argo.yaml")).expect("YAML");
    sandbox.write("key.json", kept["secretAccessKey"].as_str().expect("the file"));
    let said = run("GOOGLE_APPLICATION_CREDENTIALS", "key.json", 1);
    assert!(said.contains("BW1522") || said.contains("BW1524"), "{said}");

    let user = r#"{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}"#;
    std::fs::create_dir_all(sandbox.path("gcloud")).expect("a folder");
    sandbox.write("gcloud/application_default_credentials.json", user);
    let said = google
        .anonymous(&sandbox, "plan")
        .env("CLOUDSDK_CONFIG", "gcloud")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .run()
        .exits(1)
        .messages();
    assert!(said.contains("BW1529"), "gcloud's own file is found, and Google asked for a token: {said}");
}

#[test]
fn what_does_not_work_here_names_the_commands() {
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    for (command, words) in [
        ("rotate", "gcloud iam service-accounts keys delete"),
        ("export --as aws-cli", "gcloud storage buckets create gs://acme-argo-artifacts"),
    ] {
        let run = sandbox.run(command).exits(2);
        assert!(run.stderr.contains("BW1508") && run.stdout.contains(words), "{command}: {run:?}");
    }
    let needs = sandbox.run("plan --permissions").ok().json();
    assert!(needs["permissions"].to_string().contains("iam.serviceAccountKeys.create"), "{needs:#}");
    assert!(needs["predefinedRoles"].to_string().contains("roles/storage.admin"), "{needs:#}");
}
