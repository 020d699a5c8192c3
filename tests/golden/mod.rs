//! Golden folders: `tests/golden/CASE/spec.yaml` renders to `tests/golden/CASE/expected/`, byte for byte.
//!
//! A case needs no Rust: write its `spec.yaml`, run `BUCKETWRIGHT_BLESS=1 cargo test --test main golden`, and read what came out.

mod commands;
mod in_git;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bucketwright::base::yaml::read_back;
use bucketwright::profile::Catalogue;
use bucketwright::spec::{Provider, Spec};
use serde_json::Value;

use crate::harness::{Sandbox, blessing, holds, project, tree_of_text};

/// The cases: the folders that hold a spec, by name.
pub fn cases() -> BTreeMap<String, PathBuf> {
    let folder = project().join("tests/golden");
    let cases: BTreeMap<String, PathBuf> = fs::read_dir(folder)
        .expect("tests/golden/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    assert!(cases.len() > 10, "there are cases: {cases:?}");
    cases
}

/// What a case renders to, by path. Secrets are placeholders.
pub fn rendered(case: &Path) -> BTreeMap<String, String> {
    let sandbox = Sandbox::with_spec(&fs::read_to_string(case.join("spec.yaml")).expect("spec.yaml"));
    let _ = sandbox.run("render --placeholders").ok();
    let mut files = tree_of_text(&sandbox.path("out"));
    assert!(files.remove(".rendered").is_some(), "what was written is recorded");
    let proofs = files.remove(".rendered.private");
    assert_eq!(proofs.is_some(), files.get(".gitignore").is_some_and(|rules| rules.lines().count() > 2), "{proofs:?}");
    // Under its own name it would hide the expected files from version control.
    let rules = files.remove(".gitignore").expect("private files are kept out of version control");
    files.insert("gitignore".to_owned(), rules);
    files
}

#[test]
fn every_case_renders_to_what_is_expected() {
    let mut differences = String::new();
    for (name, case) in cases() {
        let found = rendered(&case);
        let expected = case.join("expected");
        if blessing() && expected.exists() {
            fs::remove_dir_all(&expected).expect("the old files go");
        }
        for (path, text) in &found {
            differences += &holds(&expected.join(path), text).err().unwrap_or_default();
        }
        for path in tree_of_text(&expected).into_keys().filter(|path| !found.contains_key(path)) {
            differences += &format!("{name}/expected/{path} is not written any more\n");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Every profile is in the cases with every identity that works, every generation of its chart, and both layouts of roles.
#[test]
fn the_cases_cover_the_profiles() {
    let mut seen = BTreeSet::new();
    for (name, case) in cases() {
        let text = fs::read_to_string(case.join("spec.yaml")).expect("spec.yaml");
        let spec = Spec::parse(&name, &text).expect(&name);
        let cloud = spec.cloud.provider().as_str();
        for install in &spec.installs {
            seen.insert(format!("{} {cloud} {}", install.profile, install.identity));
            for what in [install.identity.as_str(), install.roles.as_str(), &install.chart_version.to_string()] {
                seen.insert(format!("{} {what}", install.profile));
            }
        }
    }
    let catalogue = Catalogue::embedded();
    let mut wanted = BTreeSet::new();
    for name in catalogue.names() {
        let profile = catalogue.get(name).expect(name);
        for version in &profile.about.chart.examples {
            wanted.insert(format!("{name} {version}"));
            for cloud in [Provider::Aws, Provider::Gcp] {
                for verdict in profile.verdicts(cloud, version).into_iter().filter(|verdict| verdict.works) {
                    wanted.insert(format!("{name} {} {}", cloud.as_str(), verdict.identity));
                }
            }
        }
        wanted.extend(["shared", "per-component"].map(|roles| format!("{name} {roles}")));
    }
    let missing: Vec<_> = wanted.difference(&seen).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// The same documents stand alone and in the Secrets, and every Secret is one that Kubernetes takes.
#[test]
fn secrets_hold_the_documents_byte_for_byte() {
    use base64::Engine;
    let decode = |text: &str| {
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).expect("base64")).expect("UTF-8")
    };
    let mut held = 0;
    for (name, case) in cases() {
        let files = rendered(&case);
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with("/secrets.yaml")) {
            let install = path.trim_end_matches("/secrets.yaml");
            for manifest in text.split("---\n") {
                let secret = read_back(manifest).expect("YAML");
                assert_eq!((&secret["apiVersion"], &secret["kind"]), (&"v1".into(), &"Secret".into()));
                let docker = secret["data"].get(".dockerconfigjson").is_some();
                assert_eq!(secret["type"], if docker { "kubernetes.io/dockerconfigjson" } else { "Opaque" });
                for (key, value) in secret["data"].as_object().expect("data") {
                    let bytes = decode(value.as_str().expect("text"));
                    // What looks like a document is one of the files beside it.
                    if bytes.contains('\n') {
                        assert!(
                            files.iter().any(|(file, text)| file.starts_with(install) && *text == bytes),
                            "{name}: {key}\n{bytes}"
                        );
                        held += 1;
                    } else {
                        assert!(bytes.starts_with("PLACEHOLDER-"), "{name}: {key}: {bytes}");
                    }
                }
            }
        }
    }
    assert!(held > 10, "documents were compared: {held}");
}

/// Every Secret and ServiceAccount that the values name is one that is written, made by the chart, or trusted by a role.
#[test]
fn values_and_secrets_agree_on_names() {
    for (name, case) in cases() {
        let files = rendered(&case);
        for (path, values) in files.iter().filter(|(path, _)| path.ends_with("/values.yaml")) {
            let install = path.trim_end_matches("/values.yaml");
            let values = read_back(values).expect("YAML");
            let own = files.get(&format!("{install}/secrets.yaml")).map_or("", String::as_str);
            let private = files.get(&format!("{install}/values.secret.yaml")).map_or("", String::as_str);
            let mut named = BTreeSet::new();
            secret_names(&values, &mut named);
            for secret in named {
                let there = [own, private].iter().any(|text| text.contains(&format!("name: \"{secret}\"")));
                // Massdriver's MinIO makes its login itself.
                assert!(
                    there || secret.ends_with("-minio"),
                    "{name}: {path} names the Secret {secret}, which nothing makes"
                );
            }
        }
    }
}

/// The names below keys that refer to Secrets in the charts' values.
fn secret_names(value: &Value, names: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let inner = value.get("name").or(value.get("secret")).and_then(|name| name.as_str());
        match (key.as_str(), value.as_str(), inner) {
            (
                "accessKeySecret" | "secretKeySecret" | "accountKeySecret" | "secretKeyRef" | "connection",
                _,
                Some(name),
            )
            | ("secret", Some(name), _) => {
                names.insert(name.to_owned());
            }
            _ => secret_names(value, names),
        }
    }
}

/// Where values name a Secret of ours, they name the key in it too, even where the chart's default is the same: a user's own `key` would
/// win, and the pod ask for what the Secret lacks.
#[test]
fn who_names_a_secret_names_its_key() {
    fn walk(value: &Value, path: &str, secrets: &BTreeMap<String, BTreeSet<String>>, seen: &mut usize) {
        let Value::Object(map) = value else { return };
        for word in ["secret", "name"] {
            let Some(keys) = map.get(word).and_then(Value::as_str).and_then(|name| secrets.get(name)) else { continue };
            let selector = word == "secret" || path.ends_with("Secret");
            if selector {
                let key = map.get("key").and_then(Value::as_str).unwrap_or_else(|| panic!("{path} has no `key`"));
                assert!(keys.contains(key), "{path}: the Secret has {keys:?}, not {key}");
                *seen += 1;
            }
        }
        map.iter().for_each(|(key, below)| walk(below, &format!("{path}.{key}"), secrets, seen));
    }
    let mut seen = 0;
    for case in fs::read_dir(project().join("tests/golden")).expect("the cases").flatten() {
        let Ok(folders) = fs::read_dir(case.path().join("expected")) else { continue };
        for folder in folders.flatten().filter(|folder| folder.path().is_dir()) {
            let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap_or_default();
            let documents =
                |text: &str| -> Vec<Value> { text.split("\n---\n").filter_map(|one| read_back(one).ok()).collect() };
            let mut secrets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for secret in documents(&read("secrets.yaml")) {
                let Some(name) = secret["metadata"]["name"].as_str() else { continue };
                let keys = secret["data"].as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
                secrets.insert(name.to_owned(), keys);
            }
            for values in documents(&read("values.yaml")) {
                walk(&values, &folder.path().display().to_string(), &secrets, &mut seen);
            }
        }
    }
    assert!(seen > 20, "{seen} references were looked at");
}
