//! `export --as gcloud`: a script that makes what is missing, which `apply` then takes over as it is.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::json;

use super::{ARGO, ARGO_PODS, EMAIL, GITPOD, GRADIENT, google, spec};
use crate::harness::{Google, Sandbox, project, python};

/// Runs a script with a gcloud that makes its calls to the peer.
fn run(google: &Google, sandbox: &Sandbox, script: &str) -> Output {
    let shim = format!(
        "#!/bin/sh\nexec {} -B {} \"$@\"\n",
        python().expect("python").display(),
        project().join("tests/peers/gcloud.py").display()
    );
    let path = sandbox.write("bin/gcloud", &shim);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let file = sandbox.write("make.sh", script);
    let own = google.command(sandbox);
    let mut shell = Command::new("sh");
    shell.arg(file).current_dir(sandbox.path("")).env_clear();
    shell.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
    shell.output().expect("sh starts")
}

#[test]
fn what_the_script_makes_needs_no_change() {
    let google = google!();
    // Massdriver's state is a bucket with old versions.
    let massdriver = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys}";
    let installs = [ARGO, ARGO_PODS, GITPOD, GRADIENT, massdriver];
    let text = spec(&installs).replace("name: acme\n", "name: acme\nid: abcdef\ntags: {team: data}\n");
    let text = text.replace("europe-west2}", "europe-west2, softDeleteDays: 30}");
    let sandbox = Sandbox::with_spec(&text);
    let script = sandbox.run("export --as gcloud").ok().stdout;
    assert!(
        script.lines().take(2).any(|line| line.contains("Written by `bucketwright export --as gcloud`")),
        "{script}"
    );
    for _ in 0..2 {
        let done = run(&google, &sandbox, &script);
        assert!(done.status.success(), "{}\n{script}", String::from_utf8_lossy(&done.stderr));
    }
    let there = google.peer(&json!({}));
    assert_eq!(there["keys"][EMAIL].as_array().map(Vec::len), Some(1), "the second run makes no key");
    assert_eq!(there["hmac"].as_array().map(Vec::len), Some(1));
    let key = sandbox.path("acme-argo.json").metadata().expect("a key file").permissions().mode();
    assert_eq!(key & 0o077, 0, "nobody else may read it");
    let plan = google.call(&sandbox, "plan -o json").run().any().json();
    let steps = plan["steps"].as_array().or_else(|| plan["plan"]["steps"].as_array()).expect("steps");
    for step in steps.iter().filter(|step| step["kind"] != "key") {
        assert_eq!(step["verb"], "keep", "{step:#}");
    }
    assert!(steps.len() > 8 && plan["grants"].as_array().is_some_and(Vec::is_empty), "{plan:#}");
}

#[test]
fn a_bucket_of_others_is_not_touched() {
    let google = google!();
    let bucket = json!({"name": "acme_pods", "location": "EUROPE-WEST2", "projectNumber": "123456789012", "metageneration": "1", "labels": {"team": "data"}});
    google.peer(&json!({"buckets": {"acme_pods": bucket}}));
    let sandbox = Sandbox::with_spec(&spec(&[ARGO_PODS]));
    let script = sandbox.run("export --as gcloud").ok().stdout;
    let done = run(&google, &sandbox, &script);
    assert!(
        !done.status.success() && String::from_utf8_lossy(&done.stderr).contains("does not carry the label"),
        "{done:?}"
    );
    assert_eq!(google.peer(&json!({}))["buckets"]["acme_pods"], bucket);
}

#[test]
fn deleted_objects_are_kept_as_the_spec_says() {
    let google = google!();
    let kept =
        |days: &str| spec(&[ARGO_PODS]).replace("europe-west2}", &format!("europe-west2, softDeleteDays: {days}}}"));
    let sandbox = Sandbox::with_spec(&kept("14"));
    let _ = google.call(&sandbox, "apply --yes").run().any();
    let policy = |google: &Google| google.peer(&json!({}))["buckets"]["acme_pods"]["softDeletePolicy"].clone();
    assert_eq!(policy(&google), json!({"retentionDurationSeconds": "1209600"}));
    sandbox.write("bucketwright.yaml", &kept("0"));
    let plan = google.call(&sandbox, "plan -o json").run().any().json();
    assert!(plan.to_string().contains("keep no deleted objects"), "{plan:#}");
    for days in ["6", "91"] {
        let said = Sandbox::with_spec(&kept(days)).run("render --placeholders").exits(2).messages();
        assert!(said.contains("between 7 and 90"), "{said}");
    }
}

#[test]
fn a_form_of_another_cloud_is_refused() {
    let sandbox = Sandbox::with_spec(&spec(&[ARGO]));
    for form in ["aws-cli", "cloudformation", "az"] {
        let said = sandbox.run(&format!("export --as {form}")).exits(2).messages();
        assert!(said.contains("BW1508") && said.contains("--as gcloud"), "{said}");
    }
    let aws = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n";
    let said = Sandbox::with_spec(aws).run("export --as gcloud").exits(2).messages();
    assert!(said.contains("BW1508") && said.contains("`--as aws-cli`"), "{said}");
}
