//! What works where: the page is the program's, and every yes is rendered.

use std::collections::BTreeSet;

use bucketwright::spec::{Identity, Provider};
use serde_json::Value;

use super::{built_in, tested};
use crate::harness::{Sandbox, blessing, project};

fn matrix() -> Vec<Value> {
    let matrix = Sandbox::new().run("profile list --matrix -o json").ok().json();
    matrix["matrix"].as_array().expect("a matrix").clone()
}

fn word<'a>(cell: &'a Value, key: &str) -> &'a str {
    cell[key].as_str().unwrap_or_else(|| panic!("{key}: {cell:#}"))
}

#[test]
fn the_page_is_what_the_program_prints() {
    let page = project().join("docs/matrix.md");
    let now = Sandbox::new().run("profile list --matrix --markdown").ok().stdout;
    if blessing() {
        std::fs::write(page, now).expect("docs/matrix.md");
        return;
    }
    let text = std::fs::read_to_string(page).expect("docs/matrix.md");
    assert_eq!(text, now, "write it again: bucketwright profile list --matrix --markdown > docs/matrix.md");
}

#[test]
fn every_profile_cloud_and_identity_has_one_answer_and_a_reason() {
    let cells = matrix();
    let mut open: BTreeSet<(String, &str, &str)> = BTreeSet::new();
    for name in built_in() {
        for cloud in Provider::ALL {
            open.extend(Identity::ALL.map(|identity| (name.clone(), cloud.as_str(), identity.as_str())));
        }
    }
    for cell in &cells {
        let key = (word(cell, "profile").to_owned(), word(cell, "cloud"), word(cell, "identity"));
        assert!(open.remove(&key), "{key:?} has two answers, or should have none");
        assert!(word(cell, "why").len() > 10, "{cell:#}");
        assert!(cell["works"] == true || word(cell, "code").starts_with("BW"), "a no has a code: {cell:#}");
    }
    assert!(open.is_empty(), "no answer: {open:?}");
    // The same in words, a line each.
    let words = Sandbox::new().run("profile list --matrix").ok().stdout;
    assert_eq!(words.lines().count(), cells.len());
}

/// What `profile test` renders is what the matrix says works.
#[test]
fn every_yes_is_rendered_and_no_no_is() {
    let tested = tested();
    let mut rendered: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for line in tested.lines().filter(|line| line.starts_with("ok ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, profile, _, cloud, identity, ..] = words.as_slice() else { panic!("{line}") };
        rendered.insert((profile, cloud, identity));
    }
    let cells = matrix();
    let yes = cells.iter().filter(|cell| cell["works"] == true);
    let yes: BTreeSet<_> =
        yes.map(|cell| (word(cell, "profile"), word(cell, "cloud"), word(cell, "identity"))).collect();
    assert_eq!(yes, rendered);
}

/// An answer that hangs on a version or an option says so.
#[test]
fn versions_and_options_are_named() {
    let cells = matrix();
    let cell = |profile: &str, cloud: &str, identity: &str| {
        let same = |cell: &&Value| {
            (word(cell, "profile"), word(cell, "cloud"), word(cell, "identity")) == (profile, cloud, identity)
        };
        cells.iter().find(same).unwrap_or_else(|| panic!("{profile} {cloud} {identity}"))
    };
    assert_eq!(cell("massdriver", "s3", "static-keys")["with"], serde_json::json!({"massdriver": "minio"}));
    assert_eq!(cell("massdriver", "aws", "static-keys")["with"], Value::Null);
    assert_eq!(cell("gitpod", "s3", "static-keys")["charts"], "<2023");
    let refused = cell("gitlab", "s3", "irsa");
    assert_eq!((&refused["works"], word(refused, "code")), (&Value::Bool(false), "BW0401"));
    assert!(word(refused, "why").contains("STS"), "{refused:#}");
    let shown = Sandbox::new().run("profile show gitlab -o json").ok().json();
    let clouds: BTreeSet<&str> =
        shown["identities"].as_array().expect("cells").iter().map(|cell| word(cell, "cloud")).collect();
    assert_eq!(clouds, Provider::ALL.map(Provider::as_str).into());
}
