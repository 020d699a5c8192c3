//! s3cmd with the config that each product gets: with its keys, and with what a role gives to s3cmd.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::programs::{installed, outside, refused, script, works};
use super::{own, shared, spec};
use crate::harness::{Account, Sandbox, bare};

const ALL: [&str; 4] = ["ls", "put", "get", "del"];

fn s3cmd(account: &Account<'_>, config: &Path, bucket: &str) -> Command {
    let mut command = bare("bash");
    command.arg(script("s3cmd.sh")).arg(config).arg(account.peer().endpoint()).arg(bucket);
    command
}

/// Every product whose chart speaks S3, each key in its own buckets and in no other.
#[test]
fn the_keys_of_every_product_reach_their_own_buckets_alone() {
    if !installed("s3cmd") {
        skip!("s3cmd", "it is not installed");
    }
    let account = shared!().fresh();
    let installs = "{profile: argo-workflows, chartVersion: 1.0.18}
  - {profile: massdriver, chartVersion: 0.2.0, roles: per-component}
  - {profile: gitpod, chartVersion: 2022.11.3, roles: per-component, options: {domain: gitpod.example.com, separateRegistryBucket: true}}
  - {profile: gradient, chartVersion: 1.0.0}
  - {id: both, profile: massdriver, chartVersion: 0.0.12, release: massdriver-both, buckets: {massdriver: look-both, state: look-both-state, argo: look-both-argo}}
  - {id: part, profile: massdriver, chartVersion: 0.2.0, release: massdriver-part, options: {massdriver: minio}, buckets: {argo: look-part-argo}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "look", "static-keys", installs));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    outside(&account, "look-outside");
    let rows: [(&str, &[&str], &str); 8] = [
        ("argo-workflows/s3cmd.cfg", &["look-argo-artifacts"], "look-outside"),
        ("massdriver/s3cmd.cfg", &["look-massdriver", "look-massdriver-state"], "look-massdriver-argo"),
        ("massdriver/s3cmd-argo.cfg", &["look-massdriver-argo"], "look-massdriver-state"),
        ("gitpod/s3cmd.cfg", &["look-gitpod"], "look-gitpod-registry"),
        ("gitpod/s3cmd-registry.cfg", &["look-gitpod-registry"], "look-gitpod"),
        ("gradient/s3cmd.cfg", &["look-gradient"], "look-outside"),
        ("both/s3cmd.cfg", &["look-both", "look-both-state", "look-both-argo"], "look-outside"),
        ("part/s3cmd.cfg", &["look-part-argo"], "look-massdriver-argo"),
    ];
    for (file, own, other) in rows {
        let config = sandbox.path(format!("out/{file}"));
        let mode = std::fs::metadata(&config).unwrap_or_else(|error| panic!("{file}: {error}")).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file} holds a key");
        for bucket in own {
            works(&mut s3cmd(&account, &config, bucket), &ALL);
            let (folder, _) = file.split_once('/').expect("a folder");
            let notes = sandbox.read(&format!("out/{folder}/NOTES.md"));
            assert!(notes.contains(&format!("s3cmd --config {file} ls s3://{}", own[0])), "{file}: {notes}");
        }
        refused(&mut s3cmd(&account, &config, other), &["ls", "put"]);
    }
    assert!(!sandbox.path("out/both/s3cmd-argo.cfg").exists(), "one key needs one file");
}

/// With a role the file holds no key: s3cmd exchanges the pod's token itself, as IRSA's webhook tells it to.
#[test]
fn a_pods_token_is_enough_for_s3cmd() {
    if !installed("s3cmd") {
        skip!("s3cmd", "it is not installed");
    }
    let peer = own!();
    let account = peer.account();
    let sandbox =
        Sandbox::with_spec(&spec(&account, "token", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    outside(&account, "token-outside");
    let trust: Value = serde_json::from_str(&sandbox.read("out/iam/token-argo-workflows.trust.json")).expect("JSON");
    let condition = trust["Statement"][0]["Condition"]["StringEquals"].as_object().expect("conditions");
    let (key, subjects) = condition.iter().find(|(key, _)| key.ends_with(":sub")).expect("sub");
    let issuer = format!("https://{}", key.trim_end_matches(":sub"));
    let sub = subjects.as_str().or_else(|| subjects[0].as_str()).expect("a subject");
    let token = |sub: &str| {
        let token = account.peer().post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
        sandbox.write("token", token["token"].as_str().expect("a token"))
    };
    let config = sandbox.path("out/argo-workflows/s3cmd.cfg");
    let keyless = "[default]\nbucket_location = eu-west-1\nacl_public = False\npreserve_attrs = False\n";
    assert_eq!(sandbox.read("out/argo-workflows/s3cmd.cfg"), keyless);
    let as_pod = |sub: &str, bucket: &str| {
        let mut command = s3cmd(&account, &config, bucket);
        let host = account.peer().endpoint().trim_start_matches("http://");
        command.arg("env").env("S3CMD_STS", host).env("AWS_WEB_IDENTITY_TOKEN_FILE", token(sub));
        command.env("AWS_ROLE_ARN", format!("arn:aws:iam::{}:role/token-argo-workflows", account.id));
        command.env("AWS_STS_REGIONAL_ENDPOINTS", "regional").env("AWS_REGION", "eu-west-1");
        command
    };
    works(&mut as_pod(sub, "token-argo-artifacts"), &ALL);
    refused(&mut as_pod(sub, "token-outside"), &["ls", "put"]);
    // A stranger's token gets no role, so s3cmd has nothing to sign with.
    let output = as_pod("system:serviceaccount:other:default", "token-argo-artifacts").output().expect("starts");
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What s3cmd cannot take by itself is handed to it in the environment, as the notes say: Pod Identity's role here. The peers have
/// the AWS CLI 1, which has no `export-credentials`; what version 2 prints are these three variables.
#[test]
fn credentials_that_the_cli_exports_are_enough_for_s3cmd() {
    if !installed("s3cmd") {
        skip!("s3cmd", "it is not installed");
    }
    let peer = own!();
    let account = peer.account();
    let sandbox =
        Sandbox::with_spec(&spec(&account, "agent", "pod-identity", "{profile: massdriver, chartVersion: 0.2.0}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    outside(&account, "agent-outside");
    let notes = sandbox.read("out/massdriver/NOTES.md");
    let line = "aws configure export-credentials --format env";
    assert!(notes.contains(&format!("eval \"$({line})\"")), "{notes}");
    let arn = format!("arn:aws:iam::{}:role/agent-massdriver", account.id);
    let trust: Value = serde_json::from_str(&sandbox.read("out/iam/agent-massdriver.trust.json")).expect("JSON");
    let tag =
        |name: &str| trust["Statement"][0]["Condition"]["StringEquals"][format!("aws:RequestTag/{name}")][0].clone();
    let made = account.peer().post(
        "assume",
        &json!({"role_arn": arn, "region": "eu-west-1", "pod": {
            "cluster": "prod",
            "namespace": tag("kubernetes-namespace"),
            "serviceAccount": tag("kubernetes-service-account"),
        }}),
    );
    let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name} in {made}")).to_owned();
    let config = sandbox.path("out/massdriver/s3cmd.cfg");
    let with_exported = |bucket: &str| {
        let mut command = s3cmd(&account, &config, bucket);
        command.arg("env").env("AWS_ACCESS_KEY_ID", text("access_key_id"));
        command.env("AWS_SECRET_ACCESS_KEY", text("secret_access_key")).env("AWS_SESSION_TOKEN", text("session_token"));
        command
    };
    for bucket in ["agent-massdriver", "agent-massdriver-state", "agent-massdriver-argo"] {
        works(&mut with_exported(bucket), &ALL);
    }
    refused(&mut with_exported("agent-outside"), &["ls", "put"]);
}
