//! Ways into each error that need no account.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use expectrl::{Expect, Session};

use super::{Said, note};
use crate::harness::Sandbox;
use crate::spec::{install_with, with};

const KEYS: &str = "    credentials: {accessKeyId: env:ARGO_KEY_ID, secretAccessKey: env:ARGO_SECRET}\n";

/// Everything that can be said offline.
pub fn said() -> Said {
    let mut said = Said::new();
    for (code, spec) in specs() {
        let words = Sandbox::with_spec(&spec).run("render --placeholders").exits(2).stderr;
        note(&mut said, code, &words);
    }
    let loose =
        "  - {id: ona, profile: ona, chartVersion: 2.0.0, identity: workload-identity, options: {subjects: [\"*\"]}}\n";
    let words = Sandbox::with_spec(&install_with(loose)).run("render --placeholders").exits(2).stderr;
    note(&mut said, "BW0407", &words);
    profiles(&mut said);
    rendering(&mut said);
    folders(&mut said);
    asking(&mut said);
    said
}

/// Specs that are wrong.
fn specs() -> Vec<(&'static str, String)> {
    let keys = with(&[("identity: irsa", "identity: static-keys")]);
    let second = "  - id: other\n    profile: argo-workflows\n    chartVersion: 1.0.18\n";
    vec![
        ("BW0102", with(&[("name: acme", "name: \"acme")])),
        ("BW0103", install_with("    relaese: argo\n")),
        ("BW0104", with(&[("    chartVersion: 1.0.18\n", "")])),
        ("BW0105", with(&[("identity: irsa", "identity: iras")])),
        ("BW0106", with(&[("\"012345678901\"", "012345678901")])),
        ("BW0107", with(&[("name: acme\n", "name: acme\nname: other\n")])),
        ("BW0108", install_with("  - profile: argo-workflows\n    chartVersion: 1.0.18\n")),
        ("BW0109", format!("{keys}    credentials: {{accessKeyId: \"env:\", secretAccessKey: env:ARGO_SECRET}}\n")),
        (
            "BW0110",
            format!(
                "{keys}    credentials:\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: not/a+reference\n"
            ),
        ),
        ("BW0201", install_with("    buckets:\n      artifacts: Acme_Artifacts\n")),
        ("BW0202", with(&[("region: eu-west-1", "region: eu-west-1a")])),
        ("BW0203", with(&[("\"012345678901\"", "\"12345678901\"")])),
        ("BW0204", install_with("    serviceAccounts:\n      server: Argo_Server\n")),
        (
            "BW0205",
            with(&[
                ("name: acme", "name: acme-production-in-europe"),
                ("  - profile", "  - id: workflows-of-the-team-that-trains-the-models\n    profile"),
            ]),
        ),
        ("BW0206", with(&[("identity: irsa", "    nodeRole: arn:aws:iam::1234:role/nodes\nidentity: node-role")])),
        ("BW0207", with(&[("0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF0123456789ABCDEF/")])),
        ("BW0208", with(&[("name: acme", "name: Acme_Prod")])),
        ("BW0209", with(&[("  cluster:", "  endpoint: minio.local:9000\n  cluster:")])),
        (
            "BW0210",
            with(&[("identity: irsa", "    nodeRole: arn:aws-cn:iam::012345678901:role/nodes\nidentity: node-role")]),
        ),
        ("BW0301", with(&[("argo-workflows", "argo-workflow")])),
        ("BW0304", with(&[("1.0.18", "0.40.0")])),
        ("BW0401", with(&[("identity: irsa", "identity: workload-identity")])),
        ("BW0402", install_with(second)),
        ("BW0403", install_with("    buckets:\n      artefacts: acme-artifacts\n")),
        (
            "BW0404",
            with(&[(
                "  cluster:\n    name: prod\n    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n",
                "",
            )]),
        ),
        ("BW0406", format!("{keys}    credentials: {{accessKeyId: env:ARGO_KEY_ID}}\n")),
    ]
}

/// Profiles that are wrong.
fn profiles(said: &mut Said) {
    let many =
        |n: u8| format!("  - {{purpose: p{n}, name: shop-{n}-{:x<52}, access: {{app: read-write}}, why: .}}\n", "");
    let buckets = format!("buckets:\n{}", (10..50).map(many).collect::<String>());
    for (code, file, from, to) in [
        ("BW0302", "profile.yaml", "profile: shop", "profile: store"),
        ("BW0303", "values.yaml", "{{ region }}", "{{ regoin }}"),
        // A comment cannot hold a control character.
        ("BW0305", "values.yaml", "why: Where", "why: \"\\x01\" # Where"),
        ("BW0405", "profile.yaml", "buckets:\n", buckets.as_str()),
    ] {
        let sandbox = Sandbox::with_spec(&with(&[("argo-workflows", "shop"), ("1.0.18", "1.0.0")]));
        let _ = sandbox.run("profile new shop --dir profiles").ok();
        let file = format!("profiles/shop/{file}");
        sandbox.write(&file, &sandbox.read(&file).replacen(from, to, 1));
        note(said, code, &sandbox.run("--profiles profiles render").exits(2).stderr);
    }
}

/// Specs that are right, without what rendering needs.
fn rendering(said: &mut Said) {
    let keys = with(&[("identity: irsa", "identity: static-keys")]);
    note(said, "BW0703", &Sandbox::with_spec(&keys).run("render").exits(1).stderr);
    let brought = Sandbox::with_spec(&(keys.clone() + KEYS));
    note(said, "BW0701", &brought.call(["render"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").run().exits(1).stderr);
    let gitpod = keys.replace("argo-workflows", "gitpod").replace("1.0.18", "2026.7.0")
        + "    options: {domain: gitpod.example.com}\n"
        + KEYS;
    let gitpod = Sandbox::with_spec(&gitpod);
    let words = gitpod.call(["render"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").env("ARGO_SECRET", "$example").run();
    note(said, "BW0702", &words.exits(1).stderr);
    let mut command = brought.command();
    command.args(["render", "--out", "-"]).env("ARGO_KEY_ID", "AKIAEXAMPLE").env("ARGO_SECRET", "example");
    note(said, "BW0803", &on_a_terminal(command, None));
}

/// Files that are not there, or not as they should be.
fn folders(said: &mut Said) {
    let sandbox = Sandbox::with_spec(&with(&[("identity: irsa", "identity: static-keys")]));
    note(said, "BW0101", &sandbox.run("render -f nope.yaml").exits(2).stderr);
    sandbox.write("dump.sql", &"x".repeat((1 << 20) + 1));
    note(said, "BW0111", &sandbox.run("render -f dump.sql").exits(2).stderr);
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    note(said, "BW0905", &sandbox.run("profile new shop --dir profiles").exits(2).stderr);
    sandbox.write("notes.txt", "a file");
    note(said, "BW0801", &sandbox.run("apply --rehearse --out notes.txt/out").exits(1).stderr);
    let key = sandbox.write("out/credentials/acme-argo-workflows.yaml", "accessKeyId: a\nsecretAccessKey: b\n");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    note(said, "BW0802", &sandbox.run("apply --rehearse").exits(1).stderr);
}

/// Questions without answers.
fn asking(said: &mut Said) {
    let sandbox = Sandbox::new();
    note(said, "BW0901", &sandbox.run("").exits(2).stderr);
    sandbox.write("answers.yaml", "spec.name: acme\n");
    note(said, "BW0902", &sandbox.run("init --offline --defaults --answers answers.yaml").exits(2).stderr);
    let mut command = sandbox.command();
    command.args(["init", "--offline"]);
    note(said, "BW0903", &on_a_terminal(command, Some("What shall this installation be called?")));
}

/// What a command prints on a terminal; at a question it is interrupted.
fn on_a_terminal(mut command: std::process::Command, question: Option<&str>) -> String {
    command.env("TERM", "xterm");
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(80, 40).expect("80 columns");
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    if let Some(question) = question {
        session.expect(question).and_then(|_| session.expect("Answer")).expect("the question");
        session.write_all(b"\x03").and_then(|()| session.flush()).expect("Ctrl-C");
    }
    let end = session.expect(expectrl::Eof).expect("it ends");
    let text = String::from_utf8_lossy(end.as_bytes()).into_owned();
    text.replace('\r', "")
}
