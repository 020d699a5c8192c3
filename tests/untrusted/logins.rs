//! Programs that log in, by a kubeconfig or an AWS profile: bounded in time and output, and ended with all that they started.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::harness::{Sandbox, alive, nobody_elses_seconds, until};
use crate::spec::with;

/// A sandbox with a program in a kubeconfig and in an AWS profile, from which another takes its role.
fn with_program(script: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(&with(&[]));
    let program = sandbox.write("login", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    sandbox.write(
        "kubeconfig",
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"http://127.0.0.1:1\"}}]\nusers:\n  - name: u\n    user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, env: [{name: WHO, value: kube}]}}\n",
    );
    sandbox.write("aws", &format!("[default]\ncredential_process = {0}\n\n[profile role]\nrole_arn = arn:aws:iam::012345678901:role/x\nsource_profile = default\n", program.display()));
    sandbox
}

fn said(sandbox: &Sandbox, command: &str, profile: &str) -> String {
    let call = sandbox.call(command.split_whitespace()).env("AWS_CONFIG_FILE", sandbox.path("aws"));
    let call = call.env("AWS_SHARED_CREDENTIALS_FILE", "none").env("AWS_PROFILE", profile);
    call.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY").run().any().all()
}

const COMMANDS: [(&str, &str); 3] =
    [("release --kubeconfig kubeconfig", "default"), ("plan", "default"), ("plan", "role")];

#[test]
fn a_login_that_prints_without_end_is_ended() {
    for (command, profile) in COMMANDS {
        let seconds = nobody_elses_seconds();
        let sandbox = with_program(&format!("sleep {seconds} & exec yes"));
        let words = said(&sandbox, command, profile);
        assert!(
            words.split_whitespace().collect::<Vec<_>>().join(" ").contains("printed more than 16 MiB"),
            "{command}: {words}"
        );
        until(&format!("{command}: what it started is ended, too"), || !alive(&seconds));
    }
}

/// What a login gives is used, and its children do not hold anything up.
#[test]
fn a_login_that_answers_is_used() {
    let script = "(sleep 300) &\nif [ \"$WHO\" = kube ]; then echo \"$KUBERNETES_EXEC_INFO\" > info; echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": {\"token\": \"hunter2\"}}'\nelse echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLE\", \"SecretAccessKey\": \"hunter2\"}'; fi";
    let sandbox = with_program(script);
    let begun = Instant::now();
    let words = said(&sandbox, "release --kubeconfig kubeconfig", "default");
    assert!(words.contains("BW1102") && !words.contains("hunter2"), "it is asked with the token: {words}");
    assert!(sandbox.read("info").contains("\"interactive\":false"), "{}", sandbox.read("info"));
    for profile in ["default", "role"] {
        let call = sandbox.call(["plan"]).env("AWS_CONFIG_FILE", sandbox.path("aws")).env("AWS_PROFILE", profile);
        let call = call.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
        let words = call.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY").run().any().all();
        assert!(!words.contains("credential_process") && !words.contains("hunter2"), "{profile}: {words}");
    }
    assert!(begun.elapsed() < Duration::from_secs(59), "{:?}", begun.elapsed());
}

#[test]
fn a_login_that_fails_says_why() {
    for (command, profile) in COMMANDS {
        let words = said(&with_program("echo 'no session, sign in first' >&2; exit 4"), command, profile);
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("no session, sign in first"), "{command}: {words}");
    }
}
