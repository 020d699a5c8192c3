//! `--audit`: each request in one line, and no secret in any.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{keys, own, spec};
use crate::harness::{Account, Sandbox, tree_of_text};

const INSTALLS: &str = "\
{profile: massdriver, chartVersion: 0.2.0}
  - {profile: argo-workflows, chartVersion: 1.0.18, identity: pod-identity}";

fn lines(sandbox: &Sandbox, name: &str) -> Vec<Value> {
    sandbox
        .read(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// How often each call was made with each outcome, as the peer saw it.
fn seen(account: &Account<'_>, from: usize) -> BTreeMap<(String, String), usize> {
    let mut seen = BTreeMap::new();
    for call in &account.peer().journal()[from..] {
        let name =
            format!("{}:{}", call["service"].as_str().expect("service"), call["operation"].as_str().expect("name"));
        let outcome = match (call["status"].as_u64().expect("status"), call["code"].as_str()) {
            (200..300, _) => "ok".to_owned(),
            (status, None) => format!("HTTP{status}"),
            (_, Some(_)) if call["method"] == "HEAD" => format!("HTTP{}", call["status"]),
            (_, Some(code)) => code.to_owned(),
        };
        *seen.entry((name, outcome)).or_insert(0) += 1;
    }
    seen
}

#[test]
fn every_request_is_in_it_and_no_secret() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "audited", "static-keys", INSTALLS));
    // One call is refused for being made too often, and made again.
    peer.fail(&json!({"operation": "PutBucketLifecycleConfiguration", "status": 503, "code": "SlowDown"}));
    account.call(&sandbox, "apply --yes --audit audit.jsonl").run().ok();
    let mode = std::fs::metadata(sandbox.path("audit.jsonl")).expect("the log").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);

    let log = lines(&sandbox, "audit.jsonl");
    let mut logged = BTreeMap::new();
    for line in &log {
        keys(line, &["time", "call", "resource", "outcome", "requestId", "attempt"]);
        let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
        assert!(text("time").ends_with('Z'), "{line}");
        *logged.entry((text("call"), text("outcome"))).or_insert(0) += 1;
    }
    assert_eq!(logged, seen(&account, 0), "what was sent is what was logged");
    for write in ["s3:CreateBucket", "iam:CreateUser", "iam:CreateAccessKey", "eks:CreatePodIdentityAssociation"] {
        assert!(logged.keys().any(|(call, outcome)| call == write && outcome == "ok"), "{write}: {logged:#?}");
    }
    let find = |call: &str| log.iter().find(|line| line["call"] == call).unwrap_or_else(|| panic!("no {call}"));
    assert_eq!(find("eks:CreatePodIdentityAssociation")["resource"], "clusters/prod/pod-identity-associations");
    assert!(find("iam:CreateUser")["resource"].as_str().is_some_and(|name| name.starts_with("audited-massdriver")));
    assert!(find("s3:CreateBucket")["resource"].as_str().is_some_and(|name| name.starts_with("audited")));
    let slow = log.iter().find(|line| line["outcome"] == "SlowDown").expect("the refused attempt");
    assert_eq!((&slow["attempt"], &slow["call"]), (&json!(1), &json!("s3:PutBucketLifecycleConfiguration")));
    assert!(log.iter().any(|line| line["attempt"] == 2 && line["resource"] == slow["resource"]));

    let text = sandbox.read("audit.jsonl");
    let mut secrets = vec![account.key.secret.clone()];
    for (name, kept) in tree_of_text(&sandbox.path("out")) {
        if name.starts_with("credentials/") {
            let value: Value = serde_yaml::from_str(&kept).expect("YAML");
            secrets.extend(
                ["accessKeyId", "secretAccessKey"].map(|half| value[half].as_str().expect("a half").to_owned()),
            );
        }
    }
    assert!(secrets.len() > 2);
    assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "a secret is in the audit log");

    // The next run adds to it.
    let before = peer.journal().len();
    account.call(&sandbox, "plan --audit audit.jsonl").run().ok();
    assert_eq!(lines(&sandbox, "audit.jsonl").len(), log.len() + peer.journal().len() - before);
}

/// Without a place for its lines, no call is made.
#[test]
fn no_log_no_calls() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "unaudited", "static-keys", INSTALLS));
    sandbox.write("open.jsonl", "");
    std::fs::set_permissions(sandbox.path("open.jsonl"), std::fs::Permissions::from_mode(0o644)).expect("a mode");
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.path("link.jsonl")).expect("a link");
    for (file, code) in [("open.jsonl", "BW0802"), ("link.jsonl", "BW0802"), ("missing/audit.jsonl", "BW0801")] {
        let run = account.call(&sandbox, &format!("apply --yes --audit {file}")).run().exits(1);
        assert!(run.stderr.contains(code), "{file}: {}", run.stderr);
    }
    assert!(account.call(&sandbox, "apply --yes --audit /dev/full").run().exits(1).stderr.contains("BW0802"));
    assert_eq!(peer.journal().len(), 0);
}
