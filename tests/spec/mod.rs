//! Every way in which a spec can be wrong, and the words that the user gets. A refusal names its place and teaches the fix.

mod identity;
mod install;
mod mistakes;
mod profile;
mod region;
mod schema;
mod secret;
mod text;

use serde_json::Value;

use crate::harness::Sandbox;

/// A spec that works.
pub const GOOD: &str = r#"apiVersion: bucketwright/v1
name: acme
cloud:
  provider: aws
  region: eu-west-1
  account: "012345678901"
  cluster:
    name: prod
    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
identity: irsa
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
"#;

/// The good spec with changes; each text to be changed is in it once.
pub fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` in\n{text}");
        text.replace(from, to)
    })
}

/// The good spec with lines added to its install.
pub fn install_with(lines: &str) -> String {
    format!("{GOOD}{lines}")
}

/// What a user reads who renders a spec that is refused.
#[track_caller]
pub fn refused(spec: &str) -> String {
    refused_in(&Sandbox::with_spec(spec), "render --placeholders")
}

/// What a user reads whose command is refused. It must end with 2, print no data, write nothing, and say the same as JSON.
#[track_caller]
pub fn refused_in(sandbox: &Sandbox, command: &str) -> String {
    let words = sandbox.run(command).exits(2);
    assert_eq!(words.stdout, "", "a refusal is no data");
    assert!(!sandbox.path("out").exists(), "a refusal writes nothing");
    let json = sandbox.run(&format!("{command} -o json")).exits(2);
    assert_eq!(json.stderr, "", "with JSON the refusal is on stdout");
    let errors = json.json()["errors"].as_array().cloned().expect("a list of errors");
    assert!(!errors.is_empty());
    for error in &errors {
        holds_together(error, &words.stderr);
    }
    words.messages()
}

/// An error as JSON says what the words say, and teaches: why it matters, or how to fix it.
#[track_caller]
fn holds_together(error: &Value, words: &str) {
    let code = error["code"].as_str().expect("a code");
    assert!(code.len() == 6 && code.starts_with("BW") && code[2..].bytes().all(|b| b.is_ascii_digit()), "{code}");
    assert!(words.lines().any(|line| line == code), "{code} in\n{words}");
    assert!(error["fix"].is_string() || error["why"].is_string(), "it teaches nothing: {error}");
    if let Some(place) = error["place"].as_object() {
        let place = format!("[{}:{}:{}]", place["file"].as_str().expect("a file"), place["line"], place["column"]);
        assert!(words.contains(&place), "{place} in\n{words}");
    }
}

#[test]
fn the_good_spec_is_good() {
    let _ = Sandbox::with_spec(GOOD).run("render").ok();
}
