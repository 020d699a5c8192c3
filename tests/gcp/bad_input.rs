//! What goes wrong on Google Cloud, and the words for it.

use serde_json::json;

use super::{ARGO, ARGO_PODS, EMAIL, GRADIENT, google, spec};
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

/// What no role would change is told in Google's own words, and is not taken for somebody who writes at the same time.
#[test]
fn what_the_organisation_and_billing_say() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    for (permission, status, reason, message, details, code, words) in [
        (
            "storage.buckets.create",
            412,
            "conditionNotMet",
            "'us' violates constraint 'constraints/gcp.resourceLocations'",
            "",
            "BW1534",
            "org-policies describe gcp.resourceLocations",
        ),
        (
            "storage.buckets.update",
            412,
            "conditionNotMet",
            "The bucket violates constraint 'constraints/storage.uniformBucketLevelAccess'.",
            "",
            "BW1534",
            "describe storage.uniformBucketLevelAccess",
        ),
        (
            "storage.buckets.setIamPolicy",
            412,
            "conditionNotMet",
            "One or more users named in the policy do not belong to a permitted customer.",
            "",
            "BW1534",
            "describe iam.allowedPolicyMemberDomains",
        ),
        (
            "storage.buckets.get",
            403,
            "accountDisabled",
            "The billing account for the owning project is disabled in state absent",
            "",
            "BW1535",
            "gcloud billing projects link acme-prod",
        ),
        (
            "iam.serviceAccounts.get",
            403,
            "PERMISSION_DENIED",
            "This API method requires billing to be enabled.",
            "BILLING_DISABLED",
            "BW1535",
            "billing is off in the project `acme-prod`",
        ),
        (
            "resourcemanager.projects.get",
            403,
            "PERMISSION_DENIED",
            "The cloudresourcemanager.googleapis.com API requires a quota project, which is not set by default.",
            "SERVICE_DISABLED",
            "BW1535",
            "set-quota-project acme-prod",
        ),
    ] {
        google.peer(&json!({"empty": true}));
        if permission == "storage.buckets.update" {
            google.peer(&json!({"buckets": {"acme-argo-artifacts": {
                "name": "acme-argo-artifacts", "location": "EUROPE-WEST2", "projectNumber": "123456789012", "metageneration": "1"
            }}}));
        }
        let mut fault = json!({"permission": permission, "status": status, "reason": reason, "message": message});
        if !details.is_empty() {
            fault["details"] = json!({"reason": details, "domain": "googleapis.com"});
        }
        google.peer(&json!({"faults": [fault]}));
        let words_said = said(&google, &sandbox, "apply --yes --out fresh", 1);
        let first = message.trim_end_matches('.');
        assert!(
            words_said.contains(code) && words_said.contains(words) && words_said.contains(first),
            "{code} {words}: {words_said}"
        );
        assert!(!words_said.contains("BW1532"), "{words_said}");
    }
}

/// A label is no proof: whose a bucket is, its project's number says.
#[test]
fn a_bucket_is_not_taken_where_no_number_can_be_compared() {
    let google = google!();
    let without = spec(&[ARGO]).replace(", projectNumber: \"123456789012\"", "");
    let sandbox = Sandbox::with_spec(&without);
    google.peer(&json!({
        "deny": ["resourcemanager.projects.get"],
        "buckets": {"acme-argo-artifacts": {
            "name": "acme-argo-artifacts", "location": "EUROPE-WEST2", "projectNumber": "123456789012", "metageneration": "1",
            "labels": {"bucketwright-spec": "acme", "bucketwright-origin": "created"}
        }}
    }));
    let words = said(&google, &sandbox, "apply --yes", 1);
    assert!(words.contains("BW1530") && words.contains("Add `projectNumber`"), "{words}");
    let there = google.peer(&json!({}));
    assert_eq!(there["accounts"], json!({}), "nothing was made");
    let _ = google.call(&Sandbox::with_spec(&spec(&[ARGO])), "apply --yes").run().ok();
}

#[test]
fn one_pool_for_all_clusters_is_said() {
    let sandbox = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    let run = sandbox.run("plan --rehearse").ok();
    assert!(run.all().contains("BW1536") && run.all().contains("acme-prod.svc.id.goog"), "{run:?}");
    let _ = sandbox.run("render --placeholders").ok();
    assert!(sandbox.read("out/pods/NOTES.md").contains("a project of its own"));
    let keys = Sandbox::with_spec(&spec(&[ARGO])).run("plan --rehearse").ok();
    assert!(!keys.all().contains("BW1536"), "{keys:?}");
}

#[test]
fn a_rotation_takes_the_old_key_last() {
    let google = google!();
    let sandbox = Sandbox::with_spec(&spec(&[ARGO, GRADIENT]));
    let _ = google.call(&sandbox, "apply --yes --no-proof").run().ok();
    let lines = sandbox.run("rotate").exits(2).stdout;
    let at = |word: &str| lines.find(word).unwrap_or_else(|| panic!("{word} in {lines}"));
    let order = [
        "apply --second-key",
        "Bring the new Secrets",
        "keys disable",
        "hmac update",
        "nothing has failed",
        "keys delete",
        "hmac delete",
    ];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{lines}");
    // The lines up to the new Secrets are run as they are, and the id of the old key is what they find.
    let old = google.peer(&json!({}))["keys"][EMAIL][0].as_str().expect("a key").to_owned();
    for line in lines.lines().filter(|line| line.starts_with("mv ")) {
        let done = std::process::Command::new("sh").args(["-c", line]).current_dir(sandbox.path("")).status();
        assert!(done.expect("sh").success(), "{line}");
    }
    let _ = google.call(&sandbox, "apply --yes --second-key --no-proof").run().ok();
    let keys = google.peer(&json!({}));
    assert_eq!(
        (keys["keys"][EMAIL].as_array().map(Vec::len), keys["hmac"].as_array().map(Vec::len)),
        (Some(2), Some(2))
    );
    let line = lines.lines().find(|line| line.contains("keys delete")).expect("a line");
    let told = line.replace("gcloud iam service-accounts keys delete", "echo");
    let echo = std::process::Command::new("sh").args(["-c", &told]).current_dir(sandbox.path("")).output().expect("sh");
    assert!(String::from_utf8_lossy(&echo.stdout).starts_with(&old), "{line}: {echo:?}");
    assert!(!sandbox.read("out/credentials/acme-argo.yaml").contains(&old), "the new key is the one in use");

    // What the call names, the lines name again, and no more than was meant.
    sandbox.write("specs/acme.yaml", &spec(&[ARGO, GRADIENT]));
    let call = ["rotate", "-f", "specs/acme.yaml", "--out", "my files", "--install", "gradient"];
    let lines = sandbox.call(call).run().exits(2).stdout;
    assert!(lines.contains("bucketwright apply --second-key -f specs/acme.yaml --out 'my files'\n"), "{lines}");
    assert!(
        lines.contains("mv 'my files/credentials/acme-gradient.yaml' 'my files/credentials/acme-gradient.old'"),
        "{lines}"
    );
    assert!(!lines.contains("acme-argo"), "{lines}");
    let lines = sandbox.run("rotate --keys kept --principal acme-argo").exits(2).stdout;
    assert!(lines.contains("mv kept/acme-argo.yaml kept/acme-argo.old") && !lines.contains("gradient"), "{lines}");
    let said = sandbox.run("rotate --install other").exits(1).messages();
    assert!(
        said.contains("BW0630") && said.contains("acme-gradient (install gradient)"),
        "it names those that are: {said}"
    );

    let pods = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    let said = pods.run("rotate").exits(1).messages();
    assert!(said.contains("BW0630"), "{said}");
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
    let universe = run("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "apis.example.com", 1);
    assert!(universe.contains("BW1521") && universe.contains("only `googleapis.com` is known"), "{universe}");
    let wrong = run("GOOGLE_OAUTH_ACCESS_TOKEN", "of-yesterday", 1);
    assert!(wrong.contains("BW1521") && !wrong.contains("of-yesterday"), "{wrong}");
    for (text, words) in [
        ("not json", "is not JSON"),
        (r#"{"type": "external_account"}"#, "`external_account`"),
        (
            r#"{"type": "service_account", "universe_domain": "apis.example.com", "client_email": "a@b", "private_key": "hush"}"#,
            "for the universe `apis.example.com`",
        ),
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
    let run = sandbox.run("rotate").exits(2);
    let words = "gcloud iam service-accounts keys delete";
    assert!(run.stderr.contains("BW1508") && run.stdout.contains(words), "{run:?}");
    let needs = sandbox.run("plan --permissions").ok().json();
    assert!(needs["permissions"].to_string().contains("iam.serviceAccountKeys.create"), "{needs:#}");
    assert!(needs["predefinedRoles"].to_string().contains("roles/storage.admin"), "{needs:#}");
}
