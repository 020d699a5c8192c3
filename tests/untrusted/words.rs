//! Words of others in what is printed: nothing in them is obeyed, by a terminal, a CI service or a shell, and no secret
//! of theirs is repeated.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;

use super::changed;
use crate::harness::Sandbox;
use crate::helm::check::fixture::{SPEC, chart};
use crate::spec::{refused, with};

/// What a YAML text in double quotes holds: it clears the screen, sets a title, turns the writing round, begins orders.
const HOSTILE: &str = r"x\e[2J\e]0;t\a\x9b31m\u202e\u2066\r\n::error::owned\n##[error]owned\n##vso[task.x]owned\e[8m";

#[track_caller]
fn harmless(text: &str) {
    let obeyed = |c: &char| (c.is_control() && *c != '\n' && *c != '\t') || "\u{202e}\u{2066}\u{200b}".contains(*c);
    let plain = strip_styles(text);
    assert!(!plain.chars().any(|c| obeyed(&c)), "{text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{text}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{text}");
    }
}

/// The text without colours and weights, which are ours.
fn strip_styles(text: &str) -> String {
    let style = regex::Regex::new("\u{1b}\\[(0|1|2|3|4|9|3[0-9]|[34]8;5;[0-9]+|[34]8;2;[0-9;]+|39)(;[0-9]+)*m")
        .expect("a pattern");
    style.replace_all(text, "").into_owned()
}

#[test]
fn a_spec_says_nothing_to_the_terminal() {
    for (from, to) in [
        ("name: acme\n", format!("name: \"{HOSTILE}\"\n")),
        ("    name: prod", format!("    name: \"{HOSTILE}\"")),
        ("identity: irsa", format!("identity: \"{HOSTILE}\"")),
        ("identity: irsa", format!("identity: irsa\n\"{HOSTILE}\": 1")),
        ("profile: argo-workflows", format!("profile: \"{HOSTILE}\"")),
        ("chartVersion: 1.0.18", format!("chartVersion: 1.0.18\n    options: {{\"{HOSTILE}\": 1}}")),
        ("chartVersion: 1.0.18", format!("chartVersion: 1.0.18\n    buckets: {{artifacts: \"{HOSTILE}\"}}")),
    ] {
        let sandbox = Sandbox::with_spec(&with(&[(from, &to)]));
        for colour in ["never", "always"] {
            harmless(&sandbox.run(&format!("render --placeholders --color {colour}")).any().all());
        }
        harmless(&sandbox.run("render --placeholders -o json").any().all());
    }
    // A raw escape in the line that a message shows.
    let raw = with(&[("identity: irsa", "identity: iras # \u{9b}2J\u{202e}")]);
    harmless(&refused(&raw));
}

#[test]
fn a_profile_says_nothing_to_the_terminal() {
    for (file, from) in [
        ("profile.yaml", "summary: "),
        ("profile.yaml", "title: "),
        ("values.yaml", "  why: "),
        ("profile.yaml", "why: A folder"),
    ] {
        let sandbox = changed(file, from, &format!("{from}\"{HOSTILE}\" # "));
        for command in [
            "profile list",
            "profile show shop",
            "profile list -o json",
            "profile show shop -o json",
            "profile list --matrix",
        ] {
            for colour in ["never", "always"] {
                harmless(&sandbox.run(&format!("--profiles profiles --color {colour} {command}")).ok().all());
            }
        }
    }
    let check = format!(
        "checks:\n  - {{when: \"true\", severity: warn, code: BW0499, what: \"{HOSTILE}\", why: \"{HOSTILE}\", fix: \"{HOSTILE}\"}}\nnotes:"
    );
    let sandbox = changed("profile.yaml", "notes:", &check);
    harmless(&sandbox.run("--profiles profiles apply --rehearse --yes --out out").any().all());
}

#[test]
fn a_chart_says_nothing_to_the_terminal() {
    let sandbox = chart(SPEC);
    sandbox.write("mine.yaml", &format!("\"{HOSTILE}\": 1\n"));
    sandbox.write("none.yaml", "");
    for form in ["text", "json", "sarif"] {
        let call = format!("check --chart argo-workflows=chart --values mine.yaml --rendered none.yaml -o {form}");
        harmless(&sandbox.run(&call).exits(3).all());
    }
}

#[test]
fn a_policy_says_nothing_to_the_terminal() {
    let sandbox = Sandbox::new();
    let policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"a\\u001b[2J\\u009b\\u202e\\n::error::x\", \"Effect\": \"Allow\", \"Action\": \"s3:Gte\\u001b[2J\\u009bObject\", \"Resource\": \"*\"}]}";
    sandbox.write("policy.json", policy);
    for form in ["text", "json", "sarif"] {
        harmless(&sandbox.run(&format!("lint-policy policy.json -o {form}")).any().all());
    }
}

#[test]
fn commands_are_quoted() {
    let store = with(&[
        (
            "  provider: aws\n",
            "  provider: s3\n  store: minio\n  endpoint: https://s3.example.com\n  ca: \"it's $(touch x).crt\"\n",
        ),
        (
            "  region: eu-west-1\n  account: \"012345678901\"\n  cluster:\n    name: prod\n    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n",
            "  region: us-east-1\n",
        ),
        ("identity: irsa", "identity: static-keys"),
    ]);
    let sandbox = Sandbox::with_spec(&store);
    sandbox.write("it's $(touch x).crt", crate::profile::ways::AUTHORITY);
    let words = sandbox.run("render").exits(2).stderr;
    assert!(words.contains(r"cp 'it'\''s $(touch x).crt' ~/.mc/certs/CAs/acme.crt"), "{words}");
    for (from, to) in [
        ("  name: shop\n", "  name: \"evil; touch x #\"\n"),
        ("  name: shop\n", "  name: shop\n  repository: {name: \"a b\", url: \"https://x\"}\n"),
        ("  name: shop\n", "  name: shop\n  repository: {name: a, url: \"https://x; touch x\"}\n"),
    ] {
        let words = changed("profile.yaml", from, to).run("--profiles profiles render --placeholders").exits(2).stderr;
        assert!(words.contains("BW0105") && words.contains("cannot be the"), "{words}");
    }
    let argo = with(&[]) + "    options: {fullnameOverride: \"x; touch x\"}\n";
    let words = Sandbox::with_spec(&argo).run("apply --rehearse --yes --out out").any().all();
    assert!(!words.lines().any(|line| line.contains(" x; touch x")), "{words}");
}

#[test]
fn what_programs_say_is_masked() {
    let program = |sandbox: &Sandbox, name: &str, script: &str| {
        let path = sandbox.write(name, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
        path
    };
    let sandbox = Sandbox::with_spec(&with(&[]));
    for script in [
        "echo 'error: refresh failed, token: hunter2' >&2; exit 1",
        "echo 'Authorization: Bearer hunter2'; exit 1",
        "echo '{\"id_token\": \"hunter2\"}' >&2; exit 1",
        "echo hunter2",
        "printf 'hunter2: [\\n'",
        "echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": {\"tokne\": \"hunter2\"}}'",
    ] {
        let plugin = program(&sandbox, "plugin", script);
        sandbox.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{server: \"http://127.0.0.1:1\"}}}}]\nusers:\n  - name: u\n    user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Never}}}}\n",
                plugin.display()
            ),
        );
        let words = sandbox.run("release --kubeconfig kubeconfig").any().all();
        assert!(words.contains("BW11") && !words.contains("hunter2"), "{script}: {words}");
        let shown = program(&sandbox, "process", script);
        sandbox.write("aws", &format!("[default]\ncredential_process = {}\n", shown.display()));
        let call = sandbox
            .call(["plan"])
            .env("AWS_CONFIG_FILE", sandbox.path("aws"))
            .env("AWS_SHARED_CREDENTIALS_FILE", "none");
        let words = call.run().any().all();
        assert!(words.contains("BW05") && !words.contains("hunter2"), "{script}: {words}");
    }
}

/// A server that answers every request with an error whose words are hostile.
fn hostile_cloud() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 8192];
            let _ = stream.read(&mut request);
            let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>x\u{9b}2J\u{202e}\u{2066}&#10;::error::owned ##[error]owned ##vso[task.x]</Message></Error><RequestId>\u{9b}31m</RequestId></ErrorResponse>";
            let head = format!(
                "HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_clouds_answer_says_nothing_to_the_terminal() {
    let sandbox = Sandbox::with_spec(&with(&[]));
    let cloud = hostile_cloud();
    for form in ["text", "json"] {
        for colour in ["never", "always"] {
            let call = sandbox.call(["plan", "-o", form, "--color", colour]).env("AWS_ENDPOINT_URL", &cloud);
            let call = call.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "s");
            let words = call.run().exits(1).all();
            assert!(words.contains("BW0504") || words.contains("BW05"), "{words}");
            harmless(&words);
        }
    }
}
