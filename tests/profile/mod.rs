//! Profiles: a new chart without Rust, the built-in ones under their own test, their docs, and the keys that they write.

mod keys;
mod matrix;
mod own;
mod vendor_pages;
pub mod ways;

use std::fs;
use std::sync::LazyLock;

use crate::harness::{Sandbox, project, tree_of_text};

/// The names of the built-in profiles.
fn built_in() -> Vec<String> {
    let list = Sandbox::new().run("profile list -o json").ok().json();
    list["profiles"]
        .as_array()
        .expect("profiles")
        .iter()
        .map(|p| p["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// What `profile test` says of all of them; it takes a while, so it is run once.
fn tested() -> &'static str {
    static TESTED: LazyLock<String> = LazyLock::new(|| Sandbox::new().run("profile test").ok().stdout);
    &TESTED
}

#[test]
fn every_folder_is_a_profile_and_no_other() {
    let mut folders: Vec<String> = fs::read_dir(project().join("charts-profiles"))
        .expect("charts-profiles/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    folders.sort();
    assert_eq!(built_in(), folders);
}

#[test]
fn built_in_profiles_pass_their_own_test() {
    let tested = tested();
    for name in built_in() {
        let lines: Vec<&str> = tested.lines().filter(|line| line.split_whitespace().nth(1) == Some(&name)).collect();
        assert!(lines.iter().any(|line| line.starts_with("ok ")), "nothing of `{name}` rendered:\n{tested}");
    }
    assert!(!tested.contains("FAILED"), "{tested}");
}

#[test]
fn a_profile_is_shown_to_people_and_programs() {
    let sandbox = Sandbox::new();
    for name in built_in() {
        let words = sandbox.run(&format!("profile show {name}")).ok().stdout;
        let json = sandbox.run(&format!("profile show {name} -o json")).ok().json();
        assert_eq!(json["name"], name.as_str());
        // A service that others run has no values.
        let service = json["kind"] == "service";
        for key in ["identities", "buckets", "values"].iter().filter(|key| !service || **key != "values") {
            assert!(json[key].as_array().is_some_and(|list| !list.is_empty()), "{name}: {key}");
        }
        for bucket in json["buckets"].as_array().expect("buckets") {
            let purpose = bucket["purpose"].as_str().expect("a purpose");
            assert!(
                words.lines().any(|line| line.trim_start().starts_with(purpose)),
                "{name}: `{purpose}` in\n{words}"
            );
        }
    }
    let unknown = sandbox.run("profile show gitlabs").exits(2).stderr;
    assert!(unknown.contains("Did you mean `gitlab`?"), "{unknown}");
}

/// A fact without a reason and a source is a rumour.
#[test]
fn every_fact_has_a_reason_and_a_source() {
    let sandbox = Sandbox::new();
    let mut seen = 0;
    for name in built_in() {
        let profile = sandbox.run(&format!("profile show {name} -o json")).ok().json();
        for fact in profile["values"].as_array().expect("values") {
            for key in ["why", "source"] {
                assert!(fact[key].as_str().is_some_and(|text| text.len() > 5), "{name}: {} has no {key}", fact["path"]);
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "there are facts");
}

#[test]
fn the_docs_are_what_the_profiles_say() {
    let folder = project().join("docs/profiles");
    if !folder.exists() {
        skip!("docs/profiles", "it is not written yet");
    }
    let sandbox = Sandbox::new();
    let mut pages = tree_of_text(&folder);
    pages.retain(|name, _| name != "README.md" && !name.ends_with(".svg"));
    let names: Vec<String> = pages.keys().map(|name| name.trim_end_matches(".md").to_owned()).collect();
    assert_eq!(names, built_in(), "a page for each profile");
    for (page, text) in pages {
        let name = page.trim_end_matches(".md");
        let now = sandbox.run(&format!("profile show {name} --markdown")).ok().stdout;
        // The first line that differs says enough.
        let different = text.lines().zip(now.lines()).find(|(was, is)| was != is);
        assert!(
            text == now,
            "{different:?}\nwrite it again: bucketwright profile show {name} --markdown > docs/profiles/{page}"
        );
    }
}

/// Names that charts cut are refused before two of them become one.
#[test]
fn releases_are_as_long_as_the_charts_allow() {
    let spec = |profile: &str, version: &str, release: &str, rest: &str| {
        format!(
            "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1}}\nidentity: static-keys\ninstalls:\n  - {{profile: {profile}, chartVersion: {version}, release: {release}{rest}}}\n"
        )
    };
    let long = |start: &str, length: usize| format!("{start}{}", "x".repeat(length - start.len()));
    for (profile, version, start, most, code) in [
        ("argo-workflows", "1.0.18", "prod", 46, "BW0446"),
        // The word is in the name, so it is not put behind it.
        ("argo-workflows", "1.0.18", "argo-workflows-", 53, ""),
        ("massdriver", "0.2.0", "massdriver-", 46, "BW0452"),
    ] {
        for (length, fits) in [(most, true), (most + 1, false)] {
            let sandbox = Sandbox::with_spec(&spec(profile, version, &long(start, length), ""));
            let said = sandbox.run("render --placeholders").exits(if fits { 0 } else { 2 }).stderr;
            assert!(fits || said.contains(code), "{profile} {length}: {said}");
        }
    }
    let short = spec("argo-workflows", "1.0.18", &long("prod", 50), ", options: {fullnameOverride: argo}");
    let _ = Sandbox::with_spec(&short).run("render --placeholders").ok();
    let full = format!(", options: {{fullnameOverride: {}}}", "x".repeat(62));
    let said =
        Sandbox::with_spec(&spec("argo-workflows", "1.0.18", "argo", &full)).run("render --placeholders").exits(2);
    assert!(said.stderr.contains("BW0446"), "{}", said.stderr);
}
