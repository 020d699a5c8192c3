//! What is fuzzed. A reader of anything that a user or a cluster hands over belongs here, with the files to start from.

use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bucketwright::base::error::{Error, Source};
use bucketwright::base::yaml::read_back;
use bucketwright::blueprint::blueprint;
use bucketwright::helm::release::Release;
use bucketwright::lint::lint;
use bucketwright::model::Facts;
use bucketwright::profile::Catalogue;
use bucketwright::render::variants::{run, variants};
use bucketwright::render::{RenderOptions, parse_ini, render};
use bucketwright::report::review::{
    Review, Signed, add_checked, add_planned, add_verified, difference, page, review, signed,
};
use bucketwright::report::{Colour, Screen, error_json, error_text, findings_sarif, findings_text, profile_markdown};
use bucketwright::spec::Spec;
use bucketwright::wizard::Scripted;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::fuzz;
use super::mutate::Mutator;
use crate::harness::{project, tree_of_text};

/// What is said of a case that is refused: it can be printed, is not endless, and has words.
fn told(error: &Error) {
    let text = error_text(error, &Screen::new(Colour::Never, true));
    assert!(text.len() < 8_000 * error.all().count(), "an endless message: {} bytes", text.len());
    assert!(error.all().all(|one| !one.what().is_empty()), "{error:?}");
    assert!(error_json(error)["errors"].is_array());
}

/// Every file of the project that is a spec.
fn specs() -> Vec<String> {
    let golden = tree_of_text(&project().join("tests/golden"));
    let golden = golden.into_iter().filter(|(name, _)| name.ends_with("/spec.yaml")).map(|(_, text)| text);
    tree_of_text(&project().join("examples")).into_values().chain(golden).collect()
}

thread_local! {
    static CATALOGUE: Catalogue = Catalogue::embedded();
}

/// A spec, and all that is written for it.
fn spec(case: &str, _: &mut Mutator) -> bool {
    let rendered = Spec::parse("spec.yaml", case).and_then(|spec| {
        let blueprint = CATALOGUE.with(|catalogue| blueprint(spec, catalogue, None))?;
        render(&blueprint, &Facts::default(), &RenderOptions { placeholders: true, ..RenderOptions::default() })
    });
    rendered.inspect_err(told).is_ok()
}

#[test]
fn specs_and_what_is_rendered_from_them() {
    fuzz("spec", 150, specs(), spec);
}

/// The files of all profiles: `NAME/FILE` to text.
fn profiles() -> BTreeMap<String, String> {
    let mut files = tree_of_text(&project().join("charts-profiles"));
    files.retain(|name, _| name.ends_with(".yaml"));
    files
}

/// A file of a profile, among the other files of one; what loads is tried in one variant.
fn profile(case: &str, mutator: &mut Mutator) -> bool {
    let all = profiles();
    let names: Vec<&str> = all.keys().filter_map(|name| name.strip_suffix("/profile.yaml")).collect();
    // The case says by its keys which file it is.
    let file = if case.contains("identities:") || case.contains("chart:") {
        "profile.yaml"
    } else if case.contains("documents:") || case.contains("secrets:") {
        "documents.yaml"
    } else {
        "values.yaml"
    };
    let own = case.lines().find_map(|line| line.strip_prefix("profile: ")).map(|name| name.trim_matches('"'));
    let name = names.iter().find(|name| Some(**name) == own).copied().unwrap_or_else(|| mutator.pick(&names));
    let mut files: BTreeMap<String, String> = all
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(name)?.strip_prefix('/')?.to_owned(), text.clone())))
        .collect();
    files.insert(file.to_owned(), case.to_owned());
    let mut catalogue = Catalogue::default();
    catalogue.add(name, name, &files);
    let Ok(profile) = catalogue.get(name).inspect_err(told) else { return false };
    assert!(profile_markdown(&profile).starts_with("# "));
    let variants = variants(&profile);
    if let Some(variant) = variants.get(mutator.below(variants.len())) {
        let _ = run(&catalogue, &profile, variant).inspect_err(told);
    }
    true
}

#[test]
fn profiles_and_their_expressions() {
    fuzz("profile", 60, profiles().into_values().collect(), profile);
}

/// An answers file.
fn answers(case: &str, _: &mut Mutator) -> bool {
    Scripted::read(&Source::new("answers.yaml", case), true).inspect_err(told).is_ok()
}

#[test]
fn answers_files() {
    let seeds = "spec.name: acme\ncloud.region: eu-west-1\ncharts: [gitlab]\nprovision: false\n";
    fuzz("answers", 300, vec![seeds.to_owned()], answers);
}

/// An INI document of our own making, which is read back.
fn ini(case: &str, _: &mut Mutator) -> bool {
    parse_ini(case).is_object()
}

#[test]
fn ini_documents() {
    let golden = tree_of_text(&project().join("tests/golden"));
    fuzz(
        "ini",
        300,
        golden.into_iter().filter(|(name, _)| name.ends_with(".cfg")).map(|(_, text)| text).collect(),
        ini,
    );
}

/// A policy: of a user, a bucket or a role. Valid when nothing in it is a reason to refuse it.
fn policy(case: &str, _: &mut Mutator) -> bool {
    let findings = lint(&Source::new("policy.json", case), None);
    findings.iter().for_each(|finding| told(&finding.error));
    assert!(findings_sarif(&findings)["runs"].is_array());
    assert!(findings.is_empty() || !findings_text(&findings, &Screen::new(Colour::Never, true)).is_empty());
    findings.is_empty()
}

#[test]
fn policies() {
    let golden = tree_of_text(&project().join("tests/golden"));
    let golden = golden.into_iter().filter(|(name, _)| name.contains("/iam/") && name.ends_with(".json"));
    fuzz("policy", 300, golden.map(|(_, text)| text).collect(), policy);
}

/// A Helm release as it may be stored: plain or packed, whole, with bytes changed, or a bomb. What is read is compared with values.
fn release(case: &str, mutator: &mut Mutator) -> bool {
    // Changes in the tree are written as YAML; Helm stores JSON.
    let text = read_back(case).map_or_else(|_| case.to_owned(), |value| value.to_string());
    let bomb = mutator.below(200) == 0;
    let mut bytes = if mutator.below(4) == 0 && !bomb {
        text.into_bytes()
    } else {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).expect("gzip");
        if bomb {
            gzip.write_all(&vec![b' '; 33 << 20]).expect("gzip");
        }
        gzip.finish().expect("gzip")
    };
    for _ in 0..mutator.below(3) {
        let at = mutator.below(bytes.len().max(1));
        bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << mutator.below(8));
    }
    let mut stored = STANDARD.encode(&bytes);
    if mutator.below(8) == 0 {
        stored.truncate(mutator.below(stored.len().max(1)));
    }
    let Ok(release) = Release::decode(stored.as_bytes()).inspect_err(told) else { return false };
    assert!(!bomb, "a bomb was unpacked");
    assert!(release.compare(&json!({"global": {"minio": {"enabled": false}}})).is_sorted_by(|a, b| a.path <= b.path));
    true
}

#[test]
fn helm_releases() {
    let golden = tree_of_text(&project().join("tests/golden"));
    let values = golden.into_iter().filter(|(name, _)| name.ends_with("values.yaml"));
    let stored = |(_, text): (String, String)| {
        let config: Value = read_back(&text).expect("values");
        json!({"name": "x", "version": 3, "chart": {"metadata": {"name": "x", "version": "1.0.0"}}, "config": config})
    };
    fuzz("release", 150, values.map(stored).map(|release| release.to_string()).collect(), release);
}

thread_local! {
    static REVIEW: Review = {
        let text = std::fs::read_to_string(project().join("examples/argo-irsa.yaml")).expect("an example");
        let spec = Spec::parse("spec.yaml", &text).expect("a spec");
        let blueprint = CATALOGUE.with(|catalogue| blueprint(spec, catalogue, None)).expect("a blueprint");
        let options = RenderOptions { placeholders: true, ..RenderOptions::default() };
        let bundle = render(&blueprint, &Facts::default(), &options).expect("a bundle");
        review(&blueprint, &bundle).expect("a review")
    };
}

/// What another command printed: a review takes it in, and its page reads back as what it was made of.
fn result(case: &str, _: &mut Mutator) -> bool {
    // Changes in the tree are written as YAML; the commands print JSON.
    let text = read_back(case).map_or_else(|_| case.to_owned(), |value| value.to_string());
    let mut review = REVIEW.with(Clone::clone);
    let read = [add_verified, add_checked, add_planned].map(|add| add(&mut review, "result.json", &text));
    read.iter().filter_map(|read| read.as_ref().err()).for_each(told);
    let whole = Signed::new(review, None);
    assert_eq!(signed(&page(&whole).expect("a page")), Some(whole));
    read.iter().any(Result::is_ok)
}

#[test]
fn results_of_other_commands() {
    let finding = json!({"code": "BW1332", "severity": "error", "what": "x", "why": "y", "fix": "z", "place": {"file": "a", "line": 1}});
    let cell = json!({"action": "put", "passed": false, "note": "no", "finding": finding});
    let row = json!({"install": "argo", "principal": "acme-prod-argo-workflows-server", "component": null, "bucket": "acme-prod-argo-artifacts", "cells": [cell]});
    let step = json!({"verb": "create", "kind": "bucket", "name": "x", "changes": [{"words": "make"}]});
    let grant = json!({"code": "BW1332", "resource": "acme-prod-argo-artifacts", "what": "x", "why": null, "fix": null, "statement": {"Sid": "y"}});
    let documents = [
        json!({"proven": false, "rows": [row], "untried": ["a"], "unjudged": ["b"]}),
        json!({"findings": [finding]}),
        json!({"spec": "acme-prod", "steps": [step], "grants": [grant], "unjudged": ["c"], "userCommands": ["d"], "refusals": [finding]}),
    ];
    fuzz("result", 100, documents.map(|document| document.to_string()).to_vec(), result);
}

/// A page that somebody may have changed since it was written.
fn old_page(case: &str, _: &mut Mutator) -> bool {
    let Some(old) = signed(case) else { return false };
    let review = REVIEW.with(Clone::clone);
    let difference = difference(&old.review, &review);
    page(&Signed::new(review, Some(difference))).is_ok_and(|page| page.starts_with("<!doctype html>"))
}

#[test]
fn pages_of_earlier_reports() {
    let whole = REVIEW.with(|review| page(&Signed::new(review.clone(), None)).expect("a page"));
    fuzz("page", 100, vec![whole], old_page);
}
