//! Every profile with every identity that it supports: made, proven, and left alone by the next run.

use super::{own, spec};
use crate::harness::{Account, Peer, Sandbox};

/// Applies, applies again, plans: the second run changes nothing, and the third says so.
fn applies(account: &Account<'_>, number: usize, identity: &str, install: &str) {
    let name = format!("all-{}-{number}", account.id.trim_start_matches('0'));
    let sandbox = Sandbox::with_spec(&spec(account, &name, identity, install));
    let what = format!("{identity} {install}");

    let first = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert_eq!(first["plan"]["changes"], true, "{what}");
    let trials = first["proof"]["trials"].as_array().unwrap_or_else(|| panic!("{what}: no proof"));
    assert!(!trials.is_empty(), "{what}: nothing was tried");
    assert!(trials.iter().all(|trial| trial["passed"] == true), "{what}: {trials:#?}");
    assert_eq!(first["proof"]["untried"], serde_json::json!([]), "{what}");
    // Every principal was tried, and every bucket.
    for step in first["plan"]["steps"].as_array().expect("steps") {
        let tried = match step["kind"].as_str().expect("kind") {
            "bucket" => trials.iter().any(|trial| trial["bucket"] == step["name"]),
            "role" | "user" => trials.iter().any(|trial| trial["principal"] == step["name"]),
            _ => true,
        };
        assert!(tried, "{what}: {} was not tried", step["name"]);
    }
    for file in first["files"].as_array().expect("files") {
        assert!(sandbox.path("out").join(file["path"].as_str().expect("path")).exists(), "{what}: {file}");
    }
    let files = crate::harness::tree(&sandbox.path("out"));

    let before = account.writes();
    assert!(!before.is_empty(), "{what}: nothing was written");
    // Without `--yes`: there is nothing to confirm.
    let second = account.call(&sandbox, "apply --no-proof -o json").run().ok().json();
    assert_eq!(second["plan"]["changes"], false, "{what}: {:#}", second["plan"]["steps"]);
    let plan = account.call(&sandbox, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!(plan["steps"], second["plan"]["steps"], "{what}");
    let said = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(
        said.ends_with("No changes. Everything is as the spec says.\n") && said.contains("\n  = unchanged: "),
        "{what}: {said}"
    );
    assert_eq!(account.writes(), before, "{what}: the next run wrote");
    assert_eq!(crate::harness::tree(&sandbox.path("out")), files, "{what}: the next run changed files");
}

/// All of one chart's ways, one after the other on one peer.
fn all(peer: &Peer, ways: &[(&str, &str)]) {
    let account = peer.account();
    for (number, (identity, install)) in ways.iter().enumerate() {
        applies(&account, number, identity, install);
    }
}

#[test]
fn gitlab_9() {
    let peer = own!();
    all(
        &peer,
        &[
            ("irsa", "{profile: gitlab, chartVersion: 9.9.1}"),
            ("irsa", "{profile: gitlab, chartVersion: 9.9.1, namespace: each, roles: per-component}"),
            ("pod-identity", "{profile: gitlab, chartVersion: 9.9.1, namespace: pods}"),
            ("node-role", "{profile: gitlab, chartVersion: 9.9.1}"),
            ("static-keys", "{profile: gitlab, chartVersion: 9.9.1}"),
            ("static-keys", "{profile: gitlab, chartVersion: 9.9.1, roles: per-component}"),
        ],
    );
}

#[test]
fn gitlab_10_and_gitpod() {
    let peer = own!();
    all(
        &peer,
        &[
            ("irsa", "{profile: gitlab, chartVersion: 10.2.3}"),
            ("pod-identity", "{profile: gitlab, chartVersion: 10.2.3, roles: per-component}"),
            ("node-role", "{profile: gitlab, chartVersion: 10.2.3}"),
            ("static-keys", "{profile: gitlab, chartVersion: 10.2.3}"),
            ("static-keys", "{profile: gitpod, chartVersion: 2022.11.3, options: {domain: gitpod.example.com}}"),
        ],
    );
}

#[test]
fn argo_and_massdriver() {
    let peer = own!();
    all(
        &peer,
        &[
            ("irsa", "{profile: argo-workflows, chartVersion: 1.0.18}"),
            ("irsa", "{profile: argo-workflows, chartVersion: 1.0.18, namespace: each, roles: per-component}"),
            ("pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18}"),
            ("node-role", "{profile: argo-workflows, chartVersion: 1.0.18, roles: per-component}"),
            ("static-keys", "{profile: argo-workflows, chartVersion: 1.0.18}"),
            ("irsa", "{profile: massdriver, chartVersion: 0.2.0}"),
            ("pod-identity", "{profile: massdriver, chartVersion: 0.2.0}"),
            ("static-keys", "{profile: massdriver, chartVersion: 0.2.0}"),
            ("static-keys", "{profile: massdriver, chartVersion: 0.2.0, roles: per-component}"),
            ("irsa", "{profile: massdriver, chartVersion: 0.0.12}"),
            ("static-keys", "{profile: massdriver, chartVersion: 0.0.12}"),
        ],
    );
}
