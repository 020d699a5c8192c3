//! Every path of every migration table: old value, overlay and new values, by Helm's own engine, leave no trace.

use std::path::PathBuf;

use bucketwright::helm::chart::ValuesFile;
use bucketwright::migrate::SettingsOutcome;
use bucketwright::profile::{Catalogue, Migration, Undo, in_range, split_path};
use serde_json::{Value, json};

use super::helm::{charts, merges};
use crate::harness::{Sandbox, python};
use crate::properties::migrate::migrated;

/// The chart's own list of namespaces is to decide, so a list is said.
const ARGO_ON_MINIO: &str =
    "{artifactRepository: {s3: {endpoint: \"minio:9000\"}}, controller: {workflowNamespaces: [argo]}}";

/// What makes a release one on MinIO, whatever else it says.
const ON_MINIO: &[(&str, &str, &str)] = &[
    ("gitlab", "9.9.1", "{}"),
    ("argo-workflows", "1.0.18", ARGO_ON_MINIO),
    ("argo-workflows", "0.47.5", ARGO_ON_MINIO),
    ("argo-workflows", "0.45.14", ARGO_ON_MINIO),
    ("massdriver", "0.2.0", "{domain: a.example.com}"),
    ("massdriver", "0.0.12", "{domain: a.example.com}"),
];

/// The paths of a table whose values must go.
fn paths(migration: &Migration, version: &str) -> Vec<Vec<String>> {
    let version = version.parse().expect("a version");
    let signs = migration.stores.iter().flat_map(|store| &store.signs).map(|sign| sign.path.clone());
    let selectors = migration.stores.iter().flat_map(|store| store.selectors.iter().flatten().cloned());
    let buckets = migration.buckets.iter().flat_map(|one| one.path.iter().chain(&one.own).cloned());
    let gone = migration
        .settings
        .iter()
        .filter(|one| {
            ![Undo::No, Undo::Cache].contains(&one.undo)
                && one.mentions.is_empty()
                && in_range(one.charts.as_ref(), &version)
        })
        .map(|one| one.path.clone());
    let all = signs.chain(selectors).chain(buckets).chain(gone);
    let keys = |path: String| split_path(&path).expect("a path").into_iter();
    let real = |key: String| key.replace("AWS_*", "AWS_REGION").replace("amazonaws.com/*", "amazonaws.com/role-arn");
    all.map(|path| keys(path).map(real).map(|key| if key == "*" { "lfs".to_owned() } else { key }).collect()).collect()
}

/// What people write there: a text, or more below it; where a chart has a list, a list.
fn values(migration: &Migration, path: &[String]) -> Vec<Value> {
    let mut lists = migration.settings.iter().filter(|one| !one.entries.is_empty());
    if lists.any(|one| split_path(&one.path).expect("a path") == path) {
        return vec![json!([{"name": "AWS_ACCESS_KEY_ID", "value": "old-mark"}])];
    }
    vec![json!("old-mark"), json!({"name": "old-mark", "key": "old-mark"}), json!({"inner": {"a": "old-mark"}})]
}

fn nested(path: &[String], value: Value) -> Value {
    path.iter().rev().fold(value, |value, key| json!({ key: value }))
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            over.into_iter().for_each(|(key, value)| merge(base.entry(key).or_insert(Value::Null), value));
        }
        (base, over) => *base = over,
    }
}

/// Maps that a chart prints as they stand: a `null` that is left in one of them is printed too.
const PRINTED: [&str; 4] = [
    "/customArtifactRepository/",
    "/argo-workflows/customArtifactRepository/",
    "/serviceAccount/annotations/",
    "/extraEnv/",
];

/// The `null`s below maps that are printed.
fn printed(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, below)| printed(below, &format!("{path}/{key}"), out)),
        Value::Null if PRINTED.iter().any(|map| path.contains(map)) => out.push(path.to_owned()),
        _ => {}
    }
}

#[test]
fn no_path_of_any_table_leaves_one() {
    let (python, charts) = match (python(), charts()) {
        (Ok(python), Some(charts)) => (python, charts),
        (Err(why), _) => skip!("Helm's engine", why),
        (_, None) => skip!("the charts' own values", "they are not there"),
    };
    let catalogue = Catalogue::embedded();
    for (profile, version, start) in ON_MINIO {
        let chart = charts.join(format!("{profile}-{version}"));
        let defaults = std::fs::read_to_string(chart.join("values.yaml")).expect("the chart's own values");
        let defaults: Value = serde_yaml::from_str(&defaults).expect("YAML");
        let table = catalogue.get(profile).expect("a profile");
        let table = table.migration.as_ref().expect("a table");
        let (mut jobs, mut tried): (Vec<(PathBuf, Vec<PathBuf>)>, Vec<String>) = (Vec::new(), Vec::new());
        let sandbox = Sandbox::new();
        for path in paths(table, version) {
            for value in values(table, &path) {
                // A subchart's values are a map, or Helm refuses them; of a map over a single value it complains.
                let own = path.iter().try_fold(&defaults, |value, key| value.get(key));
                let single = own.is_some_and(|own| !own.is_object() && !own.is_null() && !own.is_array());
                if path.len() == 1 && value.is_string() || single && value.is_object() {
                    continue;
                }
                let mut old: Value = serde_yaml::from_str(start).expect("YAML");
                merge(&mut old, nested(&path, value));
                let file = ValuesFile::parse("old.yaml", &old.to_string()).expect("values");
                // What is odd, and what is on another store, is refused.
                let Ok(found) = migrated(&catalogue, (profile, version), &[file]) else { continue };
                if found.lines.iter().any(|line| line.outcome == SettingsOutcome::Decide) {
                    continue;
                }
                let number = jobs.len();
                let mut files = vec![sandbox.write(&format!("{number}/old.yaml"), &old.to_string())];
                files.extend(found.undo.iter().map(|(_, text)| sandbox.write(&format!("{number}/undo.yaml"), text)));
                for name in ["values.yaml", "values.secret.yaml"] {
                    let new = found.bundle.get(&format!("{profile}/{name}"));
                    files.extend(new.map(|new| sandbox.write(&format!("{number}/{name}"), new.content.text())));
                }
                jobs.push((chart.clone(), files));
                tried.push(old.to_string());
            }
        }
        assert!(jobs.len() > table.settings.len() / 2, "{profile}: {} of {}", jobs.len(), table.settings.len());
        for (old, merged) in tried.iter().zip(merges(&python, &jobs)) {
            assert!(!merged.to_string().contains("old-mark"), "{profile} {version}: {old}\n{merged:#}");
            let mut left = Vec::new();
            printed(&merged, "", &mut left);
            assert!(left.is_empty(), "{profile} {version}: {old}: {left:?}");
        }
    }
}

/// The part of Argo's chart that prints a repository written out by hand, as its template does.
const ARGO: &str = "artifactRepository:\n  s3:\n    bucket: {{ .Values.artifactRepository.s3.bucket }}\n{{- with .Values.customArtifactRepository }}\n{{ toYaml . | indent 2 }}\n{{- end }}\n";

#[test]
fn argo_reads_one_s3() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    for old in [
        "customArtifactRepository: {s3: {endpoint: \"minio:9000\", bucket: b, accessKeySecret: {name: a, key: b}}}\n",
        "customArtifactRepository: {archiveLogs: true, s3: {endpoint: \"minio:9000\"}}\n",
        "artifactRepository: {s3: {endpoint: \"minio:9000\"}}\ncustomArtifactRepository: {s3: {bucket: b}}\n",
    ] {
        let (sandbox, _) = super::elsewhere::report("argo-workflows", "1.0.18", old, "");
        sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: argo-workflows\nversion: 1.0.18\n");
        sandbox.write("chart/values.yaml", "artifactRepository: {s3: {}}\ncustomArtifactRepository: {}\n");
        sandbox.write("chart/templates/config.yaml", ARGO);
        let mut command = std::process::Command::new(&python);
        command.args(["-B", "helm_render.py", "--text"]).current_dir(crate::harness::project().join("tests/peers"));
        for file in ["old.yaml", "s3/argo-workflows/values.undo.yaml", "s3/argo-workflows/values.yaml"] {
            command.arg("-f").arg(sandbox.path(file));
        }
        let output = command.arg(sandbox.path("chart")).output().expect("the peers' Python starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.matches("s3:").count() == 1, "{old}: {text}");
        assert!(text.contains("acme-argo-artifacts") && !text.contains("minio"), "{old}: {text}");
    }
}
