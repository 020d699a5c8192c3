//! Ctrl-C in the middle, and answers that get lost.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{own, spec};
use crate::harness::{Account, Sandbox, hear, tree_of_text};

fn interrupt(child: &Child) {
    send("-INT", child);
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn begin(account: &Account<'_>, sandbox: &Sandbox) -> Child {
    let mut command = account.command(sandbox, "apply --yes");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

/// Files that are there are whole: each reads as the format that its name says.
fn whole(sandbox: &Sandbox) {
    let out = sandbox.path("out");
    if !out.exists() {
        return;
    }
    for (name, text) in tree_of_text(&out) {
        assert!(
            name.ends_with(".yaml")
                || name.ends_with(".json")
                || name.ends_with(".md")
                || [".gitignore", ".rendered", ".rendered.private"].contains(&name.as_str()),
            "{name}"
        );
        if name.starts_with("credentials/") {
            assert!(text.contains("accessKeyId") && text.contains("secretAccessKey") && text.ends_with('\n'), "{name}");
        }
    }
}

#[test]
fn an_apply_that_is_interrupted_goes_on_later() {
    let peer = own!();
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    for (number, operation) in ["CreateBucket", "CreateUser", "AttachUserPolicy", "CreateAccessKey"].iter().enumerate()
    {
        let sandbox = Sandbox::with_spec(&spec(&account, &format!("int-{number}"), "static-keys", install));
        peer.post("clear", &json!({}));
        peer.post("latency", &json!({"ms": 200}));
        let child = begin(&account, &sandbox);
        peer.saw(operation);
        interrupt(&child);
        let output = child.wait_with_output().expect("the binary ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "after {operation}: {stderr}");
        assert!(stderr.contains("BW0903") && stderr.contains("help: "), "after {operation}: {stderr}");
        whole(&sandbox);
        assert!(!sandbox.path("out/argo-workflows").exists(), "after {operation}: files of an unfinished run");

        peer.post("clear", &json!({}));
        let made = account.call(&sandbox, "apply --yes -o json").run().ok().json();
        assert!(made["proof"]["trials"].as_array().is_some_and(|trials| !trials.is_empty()));
        // A key that was made before is the one that is used.
        let keys = account.python(&format!(
            "say(len(iam.list_access_keys(UserName='int-{number}-argo-workflows')['AccessKeyMetadata']))"
        ));
        assert_eq!(keys, 1, "after {operation}");
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    }
}

/// The second Ctrl-C does not wait for the call under way.
#[test]
fn an_apply_that_is_interrupted_twice_ends_at_once() {
    let peer = own!();
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let sandbox = Sandbox::with_spec(&spec(&account, "int-twice", "static-keys", install));
    peer.post("latency", &json!({"ms": 200}));
    let mut child = begin(&account, &sandbox);
    peer.saw("CreateUser");
    peer.post("latency", &json!({"ms": 4000}));
    peer.holds("*", 4000);
    interrupt(&child);
    hear(&mut child, "stopping after the calls under way");
    let begun = Instant::now();
    interrupt(&child);
    let output = child.wait_with_output().expect("the binary ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited {:?}", begun.elapsed());
    peer.post("clear", &json!({}));
}

/// A proof that waits for a policy to take effect: Ctrl-C ends that too, and the next run writes the files.
#[test]
fn a_proof_that_is_interrupted_ends() {
    let peer = own!();
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let sandbox = Sandbox::with_spec(&spec(&account, "int-proof", "static-keys", install));
    peer.fail(&json!({"operation": "PutObject", "times": 1000}));
    let child = begin(&account, &sandbox);
    peer.saw("PutObject");
    let begun = Instant::now();
    interrupt(&child);
    let output = child.wait_with_output().expect("the binary ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(begun.elapsed() < Duration::from_secs(5), "it waited {:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("BW0903") && stderr.contains("help: "), "{stderr}");
    assert!(sandbox.path("out/credentials/int-proof-argo-workflows.yaml").exists(), "the key is kept");
    assert!(!sandbox.path("out/argo-workflows").exists(), "nothing unproven is written");
    peer.post("clear", &json!({}));
    let made = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert_eq!(made["plan"]["changes"], false);
    assert!(sandbox.path("out/argo-workflows/secrets.yaml").exists());
}

/// Whatever signal stops a proof, its objects go with it, and the words say what is done and what to run.
#[test]
fn a_proof_that_is_stopped_takes_its_objects_away() {
    let peer = own!();
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    for signal in ["-INT", "-TERM"] {
        for (number, arguments) in ["apply --yes", "verify", "rotate --yes"].iter().enumerate() {
            let name = format!("left{}-{number}", signal.to_lowercase());
            let sandbox = Sandbox::with_spec(&spec(&account, &name, "static-keys", install));
            if number > 0 {
                account.call(&sandbox, "apply --yes --no-proof").run().ok();
            }
            peer.post("clear", &json!({}));
            peer.post("latency", &json!({"ms": 200}));
            let mut command = account.command(&sandbox, arguments);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().expect("the binary starts");
            peer.saw("PutObject");
            let begun = Instant::now();
            send(signal, &child);
            let output = child.wait_with_output().expect("the binary ends");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(130), "{arguments} {signal}: {stderr}");
            assert!(begun.elapsed() < Duration::from_secs(6), "{arguments} {signal}: it waited {:?}", begun.elapsed());
            assert!(stderr.contains("BW0903") && stderr.contains("un the same command again"), "{stderr}");
            peer.post("clear", &json!({}));
            let left = account.python(&format!(
                "say([one['Key'] for one in s3.list_objects_v2(Bucket='{name}-argo-artifacts').get('Contents', [])])"
            ));
            assert_eq!(left, json!([]), "{arguments} {signal}: {stderr}");
        }
    }
}

/// An answer that is lost on the way: what was made is found, and a key whose secret was lost is replaced by the next run
/// that knows of it, and told by any other.
#[test]
fn answers_that_are_lost() {
    let peer = own!();
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    for (number, operation) in ["CreateBucket", "CreateUser", "CreatePolicy", "AttachUserPolicy"].iter().enumerate() {
        let sandbox = Sandbox::with_spec(&spec(&account, &format!("lost-{number}"), "static-keys", install));
        peer.fail(&json!({"operation": operation, "lose_reply": true}));
        account.call(&sandbox, "apply --yes --no-proof").run().ok();
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
        assert!(peer.journal().iter().any(|call| call["code"].as_str().is_some_and(|code| code.starts_with("lost"))));
        peer.post("clear", &json!({}));
    }
    let sandbox = Sandbox::with_spec(&spec(&account, "lost-key", "static-keys", install));
    peer.fail(&json!({"operation": "CreateAccessKey", "lose_reply": true, "times": 1}));
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    let made = peer.journal().iter().filter(|call| call["operation"] == "CreateAccessKey").count();
    assert_eq!(made, 1, "a key is not asked for twice: {report:#}");
    assert!(report["errors"][0]["fix"].is_string(), "{report:#}");
    let report = account.call(&sandbox, "apply --yes -o json --out elsewhere").run().exits(1).json();
    assert_eq!(super::codes(&report), ["BW0611"], "{report:#}");
    let intent = sandbox.read("out/credentials/intents/lost-key-argo-workflows.yaml");
    assert!(intent.contains("at: ") && !intent.contains("AKIA"), "{intent}");
    let planned = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(planned.contains("which an interrupted run made"), "{planned}");
    account.call(&sandbox, "apply --yes").run().ok();
    let keys = "say([key['AccessKeyId'] for key in iam.list_access_keys(UserName='lost-key-argo-workflows')['AccessKeyMetadata']])";
    let keys = account.python(keys);
    let kept = sandbox.read("out/credentials/lost-key-argo-workflows.yaml");
    assert!(matches!(keys.as_array().map(Vec::as_slice), Some([id]) if kept.contains(id.as_str().expect("an id"))));
    assert!(!sandbox.path("out/credentials/intents/lost-key-argo-workflows.yaml").exists(), "it is settled");
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}
