//! A property over Helm's engine: whatever the user's own values say where storage is set, what is rendered with ours after them is what
//! ours alone render, or `check` tells.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::fixes::{example, rivals_of};
use super::fixture::{AZURE, GOOGLE, SPEC, chart, with_helm};
use super::real::{CHARTS, charts, copy, needs};
use crate::harness::{Sandbox, project, python};

const MARK: &str = "zz-stranger";

/// Where our own values are, the chart's defaults, and what lies beside each of our paths.
struct Neighbours {
    ours: Value,
    defaults: Value,
    /// Where the profile knows rivals.
    rivals: BTreeSet<Vec<String>>,
}

impl Neighbours {
    fn new(profile: &str, ours: &str, defaults: &str) -> Self {
        let read = |text: &str| serde_yaml::from_str::<Value>(text).expect("values");
        let rivals = rivals_of(profile).iter().filter_map(|one| one["path"].as_str().map(example)).collect();
        Self { ours: read(ours), defaults: read(defaults), rivals }
    }

    /// Paths with strange values, those beside what ours write first of all.
    fn strange(&self) -> Vec<Value> {
        let mut paths = self.rivals.clone();
        Self::collect(&self.ours, &self.defaults, &mut Vec::new(), &mut paths);
        let at = |tree: &Value, path: &[String]| path.iter().fold(tree.clone(), |tree, key| tree[key.as_str()].clone());
        let mut values = Vec::new();
        for path in &paths {
            let (ours, default) = (at(&self.ours, path), at(&self.defaults, path));
            // Argo's repository on Azure has a container, and reads no bucket.
            let bucket = if path.last().is_some_and(|key| key == "azure") { "container" } else { "bucket" };
            let map = json!({bucket: MARK, "key": MARK, "secret": MARK, "name": MARK});
            let strange = match if default.is_null() { &ours } else { &default } {
                Value::Bool(_) => vec![json!(true), json!(false)],
                Value::Object(_) if of_storage(path) => vec![map],
                Value::Array(_) if path.iter().any(|key| key.to_lowercase().contains("env")) => {
                    vec![json!([{"name": "AWS_PROFILE", "value": MARK}])]
                }
                Value::Null if of_storage(path) => vec![json!(MARK), map],
                Value::String(_) | Value::Null => vec![json!(MARK)],
                _ => vec![],
            };
            values.extend(
                strange.into_iter().map(|value| path.iter().rev().fold(value, |below, key| json!({key: below}))),
            );
        }
        values
    }

    /// The paths of maps that ours write into: what ours, the chart's defaults and the rivals know there.
    fn collect(ours: &Value, defaults: &Value, path: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
        let Some(entries) = ours.as_object() else { return };
        let nothing = Map::new();
        if path.len() > 1 {
            // Names in a map of Kubernetes' own are free: one that nobody knows does nothing.
            let free = path.last().is_some_and(|key| {
                ["annotations", "Annotations", "Labels", "extraEnv"].iter().any(|end| key.ends_with(end))
            });
            let defaults = defaults.as_object().filter(|_| !free).unwrap_or(&nothing);
            let keys = entries.keys().chain(defaults.keys());
            found.extend(keys.map(|key| path.iter().cloned().chain([key.clone()]).collect()));
        }
        for (key, below) in entries {
            path.push(key.clone());
            Self::collect(below, &defaults[key.as_str()], path, found);
            path.pop();
        }
    }
}

/// Whether a path is a place that may hold settings of storage as a map.
fn of_storage(path: &[String]) -> bool {
    const WORDS: [&str; 9] =
        ["store", "storage", "bucket", "connection", "s3", "gcs", "azure", "artifactrepository", "encryption"];
    let key = path.last().map(|key| key.to_lowercase()).unwrap_or_default();
    WORDS.iter().any(|word| key.contains(word))
}

/// What each value changes of storage in the rendered manifests, by the peer.
fn compared(sandbox: &Sandbox, release: &str, values: &[Value]) -> Result<Vec<Value>, String> {
    let mut child = Command::new(python()?)
        .arg("-B")
        .arg(project().join("tests/peers/helm_compare.py"))
        .args(["chart", release, release, "needed.yaml", "ours.yaml", "private.yaml"])
        .current_dir(sandbox.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let input = json!(values).to_string();
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// Tries every strange value with one identity; what changes where objects go and is not told.
fn untold(sandbox: &Sandbox, profile: &str, release: &str, defaults: &str) -> Result<Vec<String>, String> {
    let _ = sandbox.run("render --placeholders").ok();
    let text = sandbox.read(&format!("out/{profile}/values.yaml"));
    sandbox.write("ours.yaml", &text);
    let private = std::fs::read_to_string(sandbox.path(format!("out/{profile}/values.secret.yaml")));
    sandbox.write("private.yaml", &private.unwrap_or_else(|_| "{}\n".to_owned()));
    let values = Neighbours::new(profile, &text, defaults).strange();
    assert!(values.len() > 20, "{profile}: {}", values.len());
    let answers = compared(sandbox, release, &values)?;
    let mut untold = Vec::new();
    for (value, answer) in values.iter().zip(answers) {
        // Helm's own refusal leaves nothing to install.
        if answer["lines"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        sandbox.write("mine.yaml", &value.to_string());
        let call = format!("check --chart {profile}=chart --values needed.yaml --values mine.yaml -o json");
        let json = with_helm(sandbox, &call)?.run().any().json();
        // What Helm makes of it may be no YAML at all, which is refused and cannot be installed.
        let told = json["findings"].as_array().is_none_or(|all| all.iter().any(|one| one["severity"] == "error"));
        if !told {
            untold.push(format!("{value}: {}", answer["lines"]));
        }
    }
    Ok(untold)
}

#[test]
fn a_small_chart_renders_ours_whatever_else_is_set() {
    let on_aws =
        ["irsa", "pod-identity", "static-keys"].map(|one| SPEC.replace("identity: irsa", &format!("identity: {one}")));
    for spec in on_aws.iter().map(String::as_str).chain([GOOGLE, AZURE]) {
        let sandbox = chart(spec);
        sandbox.write("needed.yaml", "{}\n");
        let defaults = sandbox.read("chart/values.yaml");
        match untold(&sandbox, "argo-workflows", "argo", &defaults) {
            Ok(untold) => assert!(untold.is_empty(), "{spec}: {untold:#?}"),
            Err(why) => skip!("helm", why),
        }
    }
}

#[test]
fn the_real_charts_render_ours_whatever_else_is_set() {
    let Some(folder) = charts() else { return };
    let mut all = Vec::new();
    for (name, version) in CHARTS {
        let identities: &[&str] =
            if name == "gitlab" { &["irsa", "static-keys"] } else { &["irsa", "pod-identity", "static-keys"] };
        for identity in identities {
            let sandbox = real(&folder, name, version, identity, "");
            let defaults = sandbox.read("chart/values.yaml");
            let release = if name == "argo-workflows" { "argo" } else { name };
            match untold(&sandbox, name, release, &defaults) {
                Ok(untold) => all.extend(untold.into_iter().map(|one| format!("{name} {identity}: {one}"))),
                Err(why) => skip!("helm", why),
            }
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// A real chart with what it asks for, and a spec for it.
pub(super) fn real(folder: &Path, name: &str, version: &str, identity: &str, more: &str) -> Sandbox {
    let spec = SPEC.replace("argo-workflows", name).replace("1.0.18", version);
    let spec = spec.replace("identity: irsa", &format!("identity: {identity}"));
    let sandbox = Sandbox::with_spec(&format!("{spec}{more}"));
    sandbox.write("needed.yaml", needs(name));
    copy(folder, name, &sandbox.path("chart"));
    sandbox
}

/// The chart's own names of buckets, which are somebody else's on AWS, are in no manifest, however few buckets the spec has.
#[test]
fn no_default_name_of_a_bucket_is_left() {
    let Some(folder) = charts() else { return };
    let none = "    buckets: {registry: false, artifacts: false, uploads: false, packages: false, backups: false, backupsTmp: false}\n";
    let all = "    buckets: {pages: acme-pages, externalDiffs: acme-diffs, terraformState: acme-state, dependencyProxy: acme-proxy, ciSecureFiles: acme-secure}\n";
    for buckets in ["", none, all] {
        let sandbox = real(&folder, "gitlab", "9.9.1", "irsa", buckets);
        let defaults: Value = serde_yaml::from_str(&sandbox.read("chart/values.yaml")).expect("values");
        let mut names = BTreeSet::new();
        bucket_names(&defaults, &mut names);
        assert!(names.contains("gitlab-pages") && names.contains("registry") && names.contains("tmp"), "{names:?}");
        let ours = sandbox.run("render --file gitlab/values.yaml").ok().stdout;
        sandbox.write("ours.yaml", &ours);
        let helm = match crate::harness::helm(&sandbox) {
            Ok(folder) => folder.join("helm"),
            Err(why) => skip!("helm", why),
        };
        let template = ["template", "gitlab", "chart", "--namespace", "gitlab", "-f", "needed.yaml", "-f", "ours.yaml"];
        let output = Command::new(helm).args(template).current_dir(sandbox.path("")).output().expect("helm");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("BACKUP_BUCKET_NAME"), "{}", String::from_utf8_lossy(&output.stderr));
        let mut last = "";
        for line in text.lines() {
            let (_, value) = line.split_once(": ").unwrap_or_default();
            let speaks = [line, last].iter().any(|line| line.to_lowercase().contains("bucket"));
            let default = names.contains(value.trim_matches('"'));
            assert!(!speaks || !default || line.contains("- name:"), "{buckets}: {last}\n{line}");
            last = line;
        }
    }
}

/// The names at keys that end in `bucket`.
fn bucket_names(values: &Value, names: &mut BTreeSet<String>) {
    for (key, below) in values.as_object().into_iter().flatten() {
        let name = below.as_str().filter(|name| key.to_lowercase().ends_with("bucket") && !name.is_empty());
        names.extend(name.map(str::to_owned));
        bucket_names(below, names);
    }
}
