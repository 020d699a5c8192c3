//! The lines that GitLab's notes give to ask the toolbox who it is, run by the real AWS CLI as the pod would.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::{own, spec};
use crate::harness::{Sandbox, bare};

/// The commands of the notes that run in the toolbox, without what reaches it.
fn lines(notes: &str) -> Vec<String> {
    let reach = "kubectl -n gitlab exec deploy/gitlab-toolbox -- ";
    let found = notes.lines().filter_map(|line| line.trim().strip_prefix(reach));
    found.filter(|line| line.starts_with("aws sts") || line.starts_with("sh -c")).map(str::to_owned).collect()
}

#[test]
fn the_toolbox_says_who_it_is() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "box", "irsa", "{profile: gitlab, chartVersion: 9.9.1}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let notes = sandbox.read("out/gitlab/NOTES.md");
    let lines = lines(&notes);
    assert_eq!(lines.len(), 2, "{notes}");
    let trust: Value = serde_json::from_str(&sandbox.read("out/iam/box-gitlab.trust.json")).expect("JSON");
    let condition = trust["Statement"][0]["Condition"]["StringEquals"].as_object().expect("conditions");
    let key = condition.keys().find(|key| key.ends_with(":sub")).expect("sub");
    let issuer = format!("https://{}", key.trim_end_matches(":sub"));
    let aws = account.peer_python().get_program().to_owned();
    let programs = Path::new(&aws).parent().expect("a folder").display().to_string();
    let run = |line: &str, sub: &str| -> Output {
        let token = account.peer().post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
        let token = sandbox.write("token", token["token"].as_str().expect("a token"));
        let mut command = bare("bash");
        command.args(["-c", line]).env("PATH", format!("{programs}:/usr/bin:/bin"));
        // The CLI keeps what it exchanged below HOME, by the role's ARN, which other peers have too.
        command.env("HOME", sandbox.path("home"));
        command.env("AWS_ENDPOINT_URL", account.peer().endpoint()).env("AWS_DEFAULT_REGION", "eu-west-1");
        command.env("AWS_ROLE_ARN", format!("arn:aws:iam::{}:role/box-gitlab", account.id));
        command.env("AWS_WEB_IDENTITY_TOKEN_FILE", token).env("AWS_MAX_ATTEMPTS", "1").output().expect("bash starts")
    };
    let toolbox = "system:serviceaccount:gitlab:gitlab-toolbox";
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let who = run(&lines[0], toolbox);
    assert!(said(&who).contains("assumed-role/box-gitlab/"), "{who:?}");
    let exchanged = run(&lines[1], toolbox);
    let right = format!("arn:aws:sts::{}:assumed-role/box-gitlab/gitlab", account.id);
    assert_eq!(said(&exchanged), right, "{exchanged:?}");
    assert!(notes.contains(&format!("The right answer is `{right}`")), "{notes}");
    // A pod under another ServiceAccount gets the words that the notes explain.
    let stranger = run(&lines[1], "system:serviceaccount:gitlab:default");
    let refusal = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert!(String::from_utf8_lossy(&stranger.stderr).contains(refusal) && notes.contains(refusal), "{stranger:?}");
}
