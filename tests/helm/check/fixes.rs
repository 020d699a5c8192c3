//! The fix of each rival, applied to the letter.

use serde_json::{Value, json};

use super::fixture::with_helm;
use super::property::real;
use super::real::{CHARTS, charts};
use crate::harness::{Sandbox, project};

const MARK: &str = "zz-stranger";

/// Each rival of the profiles: put where it is a rival it is told, and with its fix applied to the letter `check` is green, which the
/// rendered objects prove.
#[test]
fn the_fix_of_each_rival_is_one() {
    let Some(folder) = charts() else { return };
    for (name, version) in CHARTS {
        let identities = ["irsa", "pod-identity", "static-keys"];
        let sandboxes: Vec<Sandbox> =
            identities.iter().map(|identity| real(&folder, name, version, identity, "")).collect();
        for rival in rivals_of(name) {
            let path = rival["path"].as_str().expect("a path");
            // Other clouds and versions have their own charts' values; what needs one is told by none of these.
            let elsewhere = rival["when"]
                .as_str()
                .is_some_and(|when| ["not speaks_s3", "== 'gcs'", "== 'azure'"].iter().any(|word| when.contains(word)));
            // A list loses the item; anything else is set to null.
            let mut keys = example(path);
            let item = path.contains("extraEnv|env.").then(|| keys.pop().unwrap_or_default());
            let put = |value: Value| keys.iter().rev().fold(value, |below, key| json!({key: below}));
            let strange = match &item {
                Some(name) => json!([{"name": name, "value": MARK}]),
                None if rival["is"].is_null() => strange_at(path),
                None => rival["is"].clone(),
            };
            let fixed = item.as_ref().map_or(Value::Null, |_| json!([]));
            let mut told = elsewhere;
            for sandbox in &sandboxes {
                let codes = |value: Value| -> Vec<String> {
                    sandbox.write("mine.yaml", &value.to_string());
                    let call = format!("check --chart {name}=chart --values needed.yaml --values mine.yaml -o json");
                    let json = with_helm(sandbox, &call).expect("Helm").run().any().json();
                    let all = json["findings"].as_array().unwrap_or_else(|| panic!("{path}: {json:#}")).clone();
                    let errors = all.iter().filter(|one| one["severity"] == "error");
                    errors.map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
                };
                told |= codes(put(strange.clone())).contains(&"BW1214".to_owned());
                let fix = rival["fix"].as_str().unwrap_or_default();
                assert!(fix.starts_with("Remove "), "{path}: {fix}");
                assert_eq!(codes(json!({})), Vec::<String>::new(), "{name}: {path} is removed");
                if item.is_some() || fix.contains("set it to null") || fix.contains("set them to null") {
                    assert_eq!(codes(put(fixed.clone())), Vec::<String>::new(), "{name}: {path} is null");
                }
            }
            assert!(told, "{name}: {path} is told for no identity");
        }
    }
}

pub(super) fn rivals_of(profile: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(project().join("charts-profiles").join(profile).join("profile.yaml"));
    let about: Value = serde_yaml::from_str(&text.expect("a profile")).expect("YAML");
    about["rivals"].as_array().cloned().unwrap_or_default()
}

/// A path that fits: the first of several names, and a part of the chart's for any.
pub(super) fn example(path: &str) -> Vec<String> {
    let (path, annotation) =
        path.split_once("[\"").map_or((path, None), |(path, rest)| (path, rest.strip_suffix("\"]")));
    let first = |part: &str| part.split('|').next().unwrap_or(part).replace('*', "server");
    let gitlab = path.starts_with("gitlab.*");
    let parts =
        path.split('.').map(first).map(|part| if gitlab && part == "server" { "webservice".to_owned() } else { part });
    parts.chain(annotation.map(str::to_owned)).collect()
}

/// What may be there: in lists of variables an item with the name, else a text or a map, as the key has it.
fn strange_at(path: &str) -> Value {
    let key = example(path).pop().unwrap_or_default();
    match key.as_str() {
        "gcs" | "azure" | "s3" | "artifactory" | "customArtifactRepository" | "connection" => {
            json!({"bucket": MARK, "secret": MARK})
        }
        "artifactRepositoryRef" => json!({"own": {"s3": {"bucket": MARK}}}),
        "sessionTokenSecret" => json!({"name": MARK, "key": MARK}),
        _ => json!(MARK),
    }
}
