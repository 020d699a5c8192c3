//! Where secrets go, and where they do not: sealed, encrypted, kept in a store; and what happens when a sink fails.

mod disk;
mod encrypted;
mod external;
mod forms;
mod leaks;
mod memory;
mod plain;
mod sealed;
mod unproven;

use std::process::Command;

use base64::Engine;
use serde_json::Value;

use crate::harness::{Peer, Sandbox, bare, project, python, tree_of_text};

/// Halves of a key that look like AWS's.
pub const ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A spec of that name with one install that needs a key.
fn sandbox(name: &str) -> Sandbox {
    Sandbox::with_spec(&format!(
        "\
apiVersion: bucketwright/v1
name: {name}
cloud: {{provider: aws, region: eu-west-1}}
identity: static-keys
installs:
  - {{profile: argo-workflows, chartVersion: 1.0.18}}
"
    ))
}

/// A sandbox whose spec brings the key of one install.
pub fn brought(install: &str) -> Sandbox {
    Sandbox::with_spec(&format!(
        "\
apiVersion: bucketwright/v1
name: acme
cloud: {{provider: aws, region: eu-west-1, account: \"012345678901\"}}
identity: static-keys
installs:
  - {install}
    credentials: {{accessKeyId: env:KEY_ID, secretAccessKey: env:KEY_SECRET}}
"
    ))
}

pub const GITLAB: &str = "profile: gitlab\n    chartVersion: 9.9.1";
pub const MASSDRIVER: &str = "profile: massdriver\n    chartVersion: 0.2.0\n    options: {argoSecret: secret}";

/// Renders with the key available.
pub fn render(sandbox: &Sandbox, arguments: &str) -> crate::harness::Run {
    let call = sandbox.call(format!("render {arguments}").split_whitespace());
    call.env("KEY_ID", ID).env("KEY_SECRET", SECRET).run()
}

/// What `opened` shows of the user's Secret, after `apply` and after `rotate`, with files written in the same way: the new key
/// takes the old one's place, and does not lie there in plaintext.
#[track_caller]
fn a_rotation_hands_out(sandbox: &Sandbox, name: &str, sink: &str, opened: impl Fn() -> String) {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    // Both halves of the key in use, as a Secret has them.
    let kept = || -> [String; 2] {
        let text = sandbox.read(&format!("out/credentials/{name}-argo-workflows.yaml"));
        ["accessKeyId: ", "secretAccessKey: "].map(|start| {
            let half = text.lines().find_map(|line| line.strip_prefix(start)).expect(start).trim_matches('"');
            base64::engine::general_purpose::STANDARD.encode(half)
        })
    };
    account.call(sandbox, &format!("apply --yes --no-proof {sink}")).run().ok();
    let (old, before) = (kept(), opened());
    assert!(old.iter().all(|half| before.contains(half)), "{before}");
    account.call(sandbox, &format!("rotate --yes {sink}")).run().ok();
    let (new, after) = (kept(), opened());
    assert!(new.iter().all(|half| after.contains(half) && !old.contains(half)), "{after}");
    for (file, text) in tree_of_text(&sandbox.path("out/argo-workflows")) {
        assert!(new.iter().all(|half| !text.contains(half)), "{file} holds the key");
    }
}

/// The peers' Python in the folder of its scripts.
fn peer(script: &str) -> Result<Command, String> {
    let mut command = bare(python()?);
    command.arg("-B").current_dir(project().join("tests/peers")).args(script.split_whitespace());
    Ok(command)
}

/// What a peer prints.
#[track_caller]
fn printed(mut command: Command) -> String {
    let output = command.output().expect("the peers' Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The documents of a stream of YAML.
#[track_caller]
fn documents(text: &str) -> Vec<Value> {
    text.split("---\n")
        .map(|text| serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}")))
        .collect()
}

/// No file below a folder but the kept keys holds the secret, in plaintext or in base64.
#[track_caller]
fn nothing_in_plain(sandbox: &Sandbox, folder: &str) {
    let coded = base64::engine::general_purpose::STANDARD.encode(SECRET);
    for (name, text) in tree_of_text(&sandbox.path(folder)) {
        assert!(!text.contains(SECRET) && !text.contains(&coded), "{name} holds the secret:\n{text}");
    }
}
