//! The JSON Schema: what the program takes, the schema takes, and what the schema refuses, the program refuses.

use jsonschema::Validator;
use serde_json::Value;

use super::{GOOD, install_with, with};
use crate::harness::{Sandbox, project, tree_of_text};

fn validator() -> Validator {
    let schema = Sandbox::new().run("schema").ok().json();
    jsonschema::validator_for(&schema).expect("the schema is one")
}

fn read(text: &str) -> Value {
    bucketwright::base::yaml::read_back(text).expect("YAML")
}

#[test]
fn examples_and_golden_specs_are_valid() {
    let validator = validator();
    let mut seen = 0;
    for folder in ["examples", "tests/golden"] {
        for (name, text) in tree_of_text(&project().join(folder)) {
            if folder == "examples" && name.ends_with(".yaml") || name.ends_with("/spec.yaml") {
                let problems: Vec<String> =
                    validator.iter_errors(&read(&text)).map(|error| error.to_string()).collect();
                assert!(problems.is_empty(), "{folder}/{name}: {problems:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 1, "there are examples");
}

#[test]
fn typos_are_found_by_the_schema_as_by_the_program() {
    let validator = validator();
    assert!(validator.is_valid(&read(GOOD)));
    for bad in [
        with(&[("identity: irsa", "identty: irsa")]),
        with(&[("identity: irsa", "identity: iras")]),
        with(&[("region:", "regoin:")]),
        with(&[("provider: aws", "provider: azure")]),
        with(&[("name: acme", "name: Acme")]),
        with(&[("\"012345678901\"", "\"1234\"")]),
        with(&[("    name: prod", "    nmae: prod")]),
        with(&[("    chartVersion: 1.0.18\n", "")]),
        install_with("    relaese: argo\n"),
        install_with("    buckets: {artifacts: Acme_Artifacts}\n"),
        install_with("    buckets: {artifacts: {name: acme-artifacts, exsting: true}}\n"),
        install_with("    credentials: {accessKeyID: env:A}\n"),
        install_with("    roles: per-pod\n"),
        with(&[("apiVersion: bucketwright/v1", "apiVersion: bucketwright/v2")]),
        with(&[("profile: argo-workflows", "profile: argo-workflow")]),
        with(&[("1.0.18", "2.0.0")]),
        with(&[("1.0.18", "0.44.0")]),
        with(&[("1.0.18", "latest")]),
        with(&[("installs:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n", "installs: []\n")]),
    ] {
        assert!(!validator.is_valid(&read(&bad)), "the schema takes\n{bad}");
        let _ = Sandbox::with_spec(&bad).run("render --placeholders").exits(2);
    }
}

/// A profile of one's own is known to the schema that is printed with it.
#[test]
fn the_schema_knows_profiles_of_ones_own() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    let spec = read(&with(&[("argo-workflows", "shop"), ("1.0.18", "1.0.0")]));
    assert!(!validator().is_valid(&spec));
    let own = sandbox.run("schema --profiles profiles").ok().json();
    assert!(jsonschema::validator_for(&own).expect("the schema is one").is_valid(&spec));
}

/// Every key that the schema knows says what it is for: editors show it.
#[test]
fn every_key_is_described() {
    let schema = Sandbox::new().run("schema").ok().json();
    let mut silent = Vec::new();
    let mut seen = 0;
    for (name, definition) in std::iter::once(("the spec", &schema))
        .chain(schema["$defs"].as_object().expect("definitions").iter().map(|(n, d)| (n.as_str(), d)))
    {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            seen += 1;
            if !property["description"].is_string() {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(seen > 30, "the schema has keys");
    assert!(silent.is_empty(), "{silent:?}");
}
