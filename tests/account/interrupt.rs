//! Ctrl-C in the middle, answers that get lost, and secrets that must not get out.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{own, shared, spec};
use crate::harness::{Account, Peer, Sandbox, tree, tree_of_text};

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

/// Waits until the peer has seen a call.
fn seen(peer: &Peer, operation: &str) {
    let begun = Instant::now();
    while !peer.journal().iter().any(|call| call["operation"] == operation) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{operation} was never called");
        std::thread::sleep(Duration::from_millis(5));
    }
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
            name.ends_with(".yaml") || name.ends_with(".json") || name.ends_with(".md") || name == ".gitignore",
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
        seen(&peer, operation);
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
    let child = begin(&account, &sandbox);
    seen(&peer, "CreateUser");
    peer.post("latency", &json!({"ms": 4000}));
    // By now a call of the new latency is under way.
    std::thread::sleep(Duration::from_millis(450));
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(100));
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
    seen(&peer, "PutObject");
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

/// What a secret looks like: as it is, in base64 (at each of three offsets), and in a URL.
fn forms(secret: &str) -> Vec<String> {
    use base64::Engine;
    let mut forms = vec![secret.to_owned()];
    for pad in 0..3 {
        let text = format!("{}{secret}", "x".repeat(pad));
        let coded = base64::engine::general_purpose::STANDARD.encode(text);
        // The first and last group also hold what stands around it.
        let clean = coded.trim_end_matches('=');
        forms.push(clean[if pad == 0 { 0 } else { 4 }..clean.len() - 4].to_owned());
    }
    let url: String = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    forms.push(url);
    forms
}

/// At the highest verbosity, in both formats and when things fail: no secret outside private files.
#[test]
fn secrets_stay_in_private_files() {
    use std::os::unix::fs::PermissionsExt;
    let account = shared!().fresh();
    let mut in_base64 = 0;
    for install in [
        "{profile: gitlab, chartVersion: 9.9.1, roles: per-component}",
        "{profile: massdriver, chartVersion: 0.2.0}",
        "{profile: gitpod, chartVersion: 2026.7.0, options: {domain: gitpod.example.com}}",
    ] {
        let name = format!("hid-{}", install.len());
        let sandbox = Sandbox::with_spec(&spec(&account, &name, "static-keys", install));
        let mut said = account.call(&sandbox, "apply --yes -vv").run().ok().all();
        assert!(said.lines().count() > 50, "-vv says much: {said}");
        for arguments in [
            "apply --yes -vv -o json",
            "plan -vv",
            "plan -o json",
            "render --check -vv",
            "render -vv --only none",
            "render --out - --placeholders",
        ] {
            said += &account.call(&sandbox, arguments).run().any().all();
        }
        let out = sandbox.path("out");
        let mut secrets = vec![account.key.secret.clone()];
        for (name, text) in tree_of_text(&out).iter().filter(|(name, _)| name.starts_with("credentials/")) {
            let value: Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            secrets.push(value["secretAccessKey"].as_str().expect("a secret").to_owned());
        }
        assert!(secrets.len() > 1);
        let mut held = [0; 5];
        for secret in &secrets {
            for (number, form) in forms(secret).into_iter().enumerate() {
                assert!(!said.contains(&form), "a secret was said");
                for (name, bytes) in tree(&out) {
                    let text = String::from_utf8_lossy(&bytes);
                    let private =
                        std::fs::metadata(out.join(&name)).expect("a file").permissions().mode() & 0o777 == 0o600;
                    held[number] += usize::from(text.contains(&form));
                    assert!(private || !text.contains(&form), "{name} holds a secret and can be read by others");
                }
            }
        }
        // The search finds secrets where they are: kept, and rendered plain or in base64.
        assert!(held[0] > 0 && held.iter().sum::<usize>() > 1, "{held:?}");
        in_base64 += held[1] + held[2] + held[3];
    }
    assert!(in_base64 > 2, "{in_base64}");
}
