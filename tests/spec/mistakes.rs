//! One run tells of every mistake that does not depend on another.

use serde_json::Value;

use super::{GOOD, install_with, with};
use crate::harness::Sandbox;

/// The mistakes as `line code`, in words and as JSON.
#[track_caller]
fn told(spec: &str, command: &str) -> Vec<String> {
    let sandbox = Sandbox::with_spec(spec);
    let words = sandbox.run(command).exits(2).stderr;
    let json = sandbox.run(&format!("{command} -o json")).exits(2).json();
    let errors = json["errors"].as_array().expect("errors");
    let one = |error: &Value| format!("{} {}", error["place"]["line"], error["code"].as_str().expect("a code"));
    for error in errors {
        let place = format!(":{}:{}]", error["place"]["line"], error["place"]["column"]);
        assert!(words.contains(&place), "{error} in\n{words}");
    }
    assert_eq!(words.lines().filter(|line| line.len() == 6 && line.starts_with("BW")).count(), errors.len(), "{words}");
    errors.iter().map(one).collect()
}

/// Eight mistakes of eight kinds: in keys, in values, in names, and against the profile.
const EIGHT: &str = r"apiVersion: bucketwright/v1
nmae: acme
colour: blue
cloud:
  provider: awz
  region: eu-wst-1
  account: 012345678901
  cluster: {nam: prod}
identity: iras
installs:
  - profile: argo-workflow
    chartVersion: 1.0.18
  - profile: argo-workflows
    id: other
    relaese: argo
    chartVersion: 1.0.18
    options: {upload: true}
    buckets: {artefacts: acme-artifacts, logs: Acme_Logs}
    credentials: {accesKeyId: env:A}
  - profile: gitlab
    id: old
    chartVersion: 7.0.0
";

#[test]
fn eight_mistakes_need_one_run() {
    for command in
        ["render --placeholders", "render --check", "plan --rehearse", "apply --rehearse", "export --as terraform"]
    {
        let told = told(EIGHT, command);
        for expected in [
            "2 BW0103",  // nmae
            "3 BW0103",  // colour
            "5 BW0105",  // awz
            "6 BW0202",  // eu-wst-1
            "7 BW0106",  // no quotes
            "8 BW0103",  // nam
            "9 BW0105",  // iras
            "15 BW0103", // relaese
            "18 BW0201", // Acme_Logs
            "19 BW0103", // accesKeyId
            "11 BW0301", // argo-workflow
            "22 BW0304", // 7.0.0
        ] {
            assert!(told.iter().any(|one| one == expected), "{command}: {expected} in {told:#?}");
        }
        assert!(!told.iter().any(|one| one.starts_with("null")), "nothing is told of what was made up: {told:#?}");
    }
}

/// Mistakes against a profile are told beside those of the spec, where the cloud is right.
#[test]
fn what_profiles_refuse_is_told_in_the_same_run() {
    let spec = install_with(
        "    relaese: argo\n    options: {upload: true}\n    buckets: {artefacts: acme-artifacts}\n    serviceAccounts: {wokflow: x}\n",
    );
    let spec =
        format!("{spec}  - profile: gitlba\n    chartVersion: 9.9.1\n  - {{profile: gitlab, chartVersion: 7.0.0}}\n");
    let found = told(&spec, "render");
    for expected in ["14 BW0103", "15 BW0403", "16 BW0403", "17 BW0403", "18 BW0301", "20 BW0304"] {
        assert!(found.iter().any(|one| one == expected), "{expected} in {found:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
    // Without mistakes in the spec itself, too.
    let found = told(&spec.replace("    relaese: argo\n", ""), "render");
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn missing_keys_are_told_together() {
    let spec =
        with(&[("name: acme\n", ""), ("    name: prod\n", ""), ("  - profile: argo-workflows\n", "  - id: argo\n")]);
    let found = told(&spec, "render");
    assert_eq!(found.iter().filter(|one| one.ends_with("BW0104")).count(), 3, "{found:#?}");
}

/// A mistake that makes the rest uncertain is told alone: better one true word than ten false ones.
#[test]
fn nothing_is_made_up() {
    for (spec, codes) in [
        (with(&[("provider: aws", "provider: moon")]), &["BW0105"][..]),
        (with(&[("name: acme", "name: \"acme")]), &["BW0102"]),
        (with(&[("region: eu-west-1", "regoin: eu-west-1")]), &["BW0103"]),
        (with(&[("identity: irsa", "identty: irsa")]), &["BW0103"]),
        (with(&[("name: acme", "name: acme\nname: b")]), &["BW0107"]),
        (with(&[("  provider: aws\n", "")]), &["BW0104"]),
        (GOOD.replace("identity: irsa", "identity: [irsa]"), &["BW0102"]),
    ] {
        let found = told(&spec, "render");
        let found: Vec<&str> = found.iter().map(|one| one.split(' ').next_back().expect("a code")).collect();
        assert_eq!(found, codes, "{spec}");
    }
}
