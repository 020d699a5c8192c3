//! The real charts, where `BUCKETWRIGHT_CHARTS` names a folder with gitlab, argo-workflows and massdriver; their defaults always.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::fixture::{SPEC, with_helm};
use crate::harness::{Sandbox, project};

pub(super) const CHARTS: [(&str, &str); 3] =
    [("gitlab", "9.9.1"), ("argo-workflows", "1.0.18"), ("massdriver", "0.2.0")];

/// What the charts ask for, whatever the storage.
pub(super) const GITLAB_NEEDS: &str = "certmanager-issuer: {email: a@example.com}\n";
pub(super) const MASSDRIVER_NEEDS: &str = "\
domain: example.com
postgres: {hostname: h, username: u, password: p}
smtp: {server: s, username: u, password: p, fromAddress: a@example.com}
dockerhub: {username: u, accessToken: t}
licenseKey: k
";

/// What a chart asks for.
pub(super) fn needs(name: &str) -> &'static str {
    match name {
        "gitlab" => GITLAB_NEEDS,
        "massdriver" => MASSDRIVER_NEEDS,
        _ => "{}\n",
    }
}

/// The folder of the real charts. They are nobody's to install, so without it the tests say so and end.
pub(super) fn charts() -> Option<PathBuf> {
    let folder = std::env::var_os("BUCKETWRIGHT_CHARTS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("BUCKETWRIGHT_CHARTS names no folder with the real charts: they are left out");
    }
    folder
}

pub(super) fn sandbox(name: &str, version: &str) -> Sandbox {
    Sandbox::with_spec(&SPEC.replace("argo-workflows", name).replace("1.0.18", version))
}

/// The codes of findings with what they say, but for missing dependencies.
fn found(json: &Value) -> Vec<String> {
    let all = json["findings"].as_array().expect("findings");
    let line = |one: &Value| format!("{} {}", one["code"].as_str().unwrap(), one["what"].as_str().unwrap());
    all.iter().filter(|one| one["code"] != "BW1212").map(line).collect()
}

/// A copy of a chart that lists only the dependencies that it has available; Massdriver gets Argo's chart, whose version is another.
pub(super) fn copy(folder: &Path, name: &str, to: &Path) {
    let cp = |from: &Path, to: &Path| {
        assert!(Command::new("cp").args(["-rL"]).arg(from).arg(to).status().expect("cp").success());
    };
    cp(&folder.join(name), to);
    if name == "massdriver" {
        std::fs::create_dir_all(to.join("charts")).expect("charts");
        cp(&folder.join("argo-workflows"), &to.join("charts/argo-workflows"));
    }
    let text = std::fs::read_to_string(to.join("Chart.yaml")).expect("Chart.yaml");
    let mut about: Value = serde_yaml::from_str(&text).expect("YAML");
    if let Some(listed) = about["dependencies"].as_array_mut() {
        listed.retain(|one| to.join("charts").join(one["name"].as_str().unwrap_or_default()).is_dir());
        for one in listed.iter_mut().filter(|_| name == "massdriver") {
            one["version"] = "*".into();
        }
    }
    std::fs::write(to.join("Chart.yaml"), about.to_string()).expect("Chart.yaml");
    let _ = std::fs::remove_file(to.join("Chart.lock"));
}

/// Our own values against the real charts' values, schemas and templates: nothing is unknown.
#[test]
fn the_real_charts_know_our_values() {
    let Some(folder) = charts() else { return };
    for (name, version) in CHARTS {
        let call = format!("check -o json --chart {name}={}", folder.join(name).display());
        let json = sandbox(name, version).run(&call).ok().json();
        assert_eq!(found(&json), Vec::<String>::new());
    }
}

/// What the real charts render with our values, for each identity and cloud that they support: no finding at all.
#[test]
fn the_real_charts_render_what_we_mean() {
    let Some(folder) = charts() else { return };
    // Massdriver's options that keep MinIO ask for MinIO's own chart, which is not available.
    let variants = [
        ("argo-workflows", "", vec!["shared", "per-component"]),
        ("gitlab", GITLAB_NEEDS, vec!["shared needed buckets", "irsa per-component all buckets"]),
        (
            "massdriver",
            MASSDRIVER_NEEDS,
            vec!["irsa shared needed buckets", "pod-identity per-component needed buckets"],
        ),
    ];
    for (name, needs, some) in variants {
        let sandbox = Sandbox::new();
        sandbox.write("needed.yaml", needs);
        copy(&folder, name, &sandbox.path("chart"));
        for only in some {
            let call = format!("profile test {name} --chart chart --values needed.yaml -o json --only");
            let call = match with_helm(&sandbox, &call) {
                Ok(call) => call.arg(only),
                Err(why) => skip!("helm", why),
            };
            let json = call.run().any().json();
            let tried = json["variants"].as_array().expect("variants");
            let bad = tried.iter().filter(|one| !["ok", "refused"].contains(&one["result"].as_str().unwrap()));
            // What stays on MinIO cannot be rendered here.
            let bad: Vec<_> = bad.filter(|one| !one["variant"].as_str().unwrap().contains("minio")).collect();
            assert!(bad.is_empty() && tried.iter().any(|one| one["result"] == "ok"), "{bad:#?}");
        }
    }
}

/// The charts' own example values: what is found there is written down in docs/check.md.
#[test]
fn examples_of_the_real_charts_hold_few_findings() {
    let Some(folder) = charts() else { return };
    for (name, version) in CHARTS {
        let sandbox = sandbox(name, version);
        let mut call =
            sandbox.call(["check", "-o", "json"]).arg(format!("--chart={name}={}", folder.join(name).display()));
        let examples = examples(&folder.join(name));
        assert!(!examples.is_empty(), "{name} has examples");
        for file in &examples {
            call = call.arg(format!("--values={}", file.display()));
        }
        let found = found(&call.run().any().json());
        let known = [
            // Mistakes of GitLab's own: a letter doubled, and a key that its chart does not read.
            "BW1210 gitlab 9.9.1 does not know `nginx-ingress.controller.minAavailable`",
            "BW1210 gitlab 9.9.1 does not know `gitlab.gitaly.persistence.volumeName`",
            // Of the root and of the globals, written below `gitlab`, and the other way round.
            "BW1210 gitlab 9.9.1 does not know `gitlab.kas.enabled`",
            "BW1210 gitlab 9.9.1 does not know `gitlab.shared-secrets`",
            "BW1210 gitlab 9.9.1 does not know `global.gitlab-shell`",
        ];
        // Examples of other stores and connections: beside ours they win.
        let rival = |one: &str| {
            one.starts_with("BW1214 ")
                && [".connection` gives", "`artifactRepository", "`customArtifactRepository` "]
                    .iter()
                    .any(|words| one.contains(words))
        };
        let others: Vec<_> = found.iter().filter(|one| !known.contains(&one.as_str()) && !rival(one)).collect();
        assert!(others.is_empty(), "{name}: {others:#?}");
    }
}

/// Values files among the examples; configurations of kind and of Rails, which lie beside them, are none.
fn examples(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("examples"), folder.join("ci")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let values = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
            let other = ["kind-ssl.yaml", "kind-no-ssl.yaml"].contains(&name.as_str())
                || ["rails.", "registry.", "s3cmd.", "eks_", "gke_", "gitaly_persistent_"]
                    .iter()
                    .any(|start| name.starts_with(start));
            if path.is_dir() {
                folders.push(path);
            } else if values && !other {
                found.push(path);
            }
        }
    }
    found.extend(Some(folder.join("values-example.yaml")).filter(|path| path.exists()));
    found
}

/// The charts' defaults alone, which are always available: every key of ours that they list is known, and none is taken for another.
#[test]
fn defaults_are_known() {
    let folder = match std::env::var_os("BUCKETWRIGHT_CHARTS_DEFAULTS") {
        Some(folder) => PathBuf::from(folder),
        None => project().join("../shared/charts"),
    };
    if !folder.is_dir() {
        skip!("the charts' defaults", "../shared/charts is not there");
    }
    for (name, version) in CHARTS {
        let sandbox = sandbox(name, version);
        let chart = folder.join(format!("{name}-{version}"));
        let values = chart.join("values.yaml");
        let call = format!("check -o json --chart {name}={} --values {}", chart.display(), values.display());
        let json = sandbox.run(&call).any().json();
        let mine = json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["place"]["file"] == values.display().to_string());
        assert_eq!(mine.count(), 0, "{name}: {json:#}");
    }
}

/// Values that send a part of a chart elsewhere by what Helm renders of them, whatever the keys are called.
const ELSEWHERE: [(&str, &str); 6] = [
    ("gitlab", "gitlab: {toolbox: {extraEnv: {BACKUP_BUCKET_NAME: other}}}"),
    ("gitlab", "gitlab: {toolbox: {extraEnvFrom: {TMP_BUCKET_NAME: {configMapKeyRef: {name: a, key: b}}}}}"),
    ("gitlab", "registry: {extraEnv: {REGISTRY_STORAGE_S3_BUCKET: other}}"),
    ("gitlab", "registry: {extraEnv: {REGISTRY_STORAGE: inmemory}}"),
    ("massdriver", "massdriver: {additionalEnvs: {MD_REPOSITORY_BUCKET: other}}"),
    ("argo-workflows", "server: {podAnnotations: {eks.amazonaws.com/skip-containers: argo-server}}"),
];

#[test]
fn what_is_rendered_elsewhere_is_told() {
    let Some(folder) = charts() else { return };
    for (name, values) in ELSEWHERE {
        let version = CHARTS.iter().find(|(one, _)| *one == name).expect("a chart").1;
        let sandbox = sandbox(name, version);
        copy(&folder, name, &sandbox.path("chart"));
        sandbox.write("needed.yaml", needs(name));
        sandbox.write("mine.yaml", values);
        let call = format!("check -o json --chart {name}=chart --values needed.yaml --values mine.yaml");
        let call = match with_helm(&sandbox, &call) {
            Ok(call) => call,
            Err(why) => skip!("helm", why),
        };
        let json = call.run().any().json();
        let told = json["findings"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == "BW1227"));
        assert!(told, "{values}: {json:#}");
    }
}

/// Right keys in the wrong place, and the place that the finding names.
const MISPLACED: [(&str, &str, &str); 14] = [
    ("gitlab", "serviceAccount: {annotations: {a: b}}", "`global.serviceAccount`"),
    ("gitlab", "global: {artifacts: {bucket: x}}", "`global.appConfig.artifacts`"),
    ("gitlab", "global: {registry: {storage: {secret: x}}}", "`registry.storage`"),
    ("gitlab", "global: {appConfig: {connection: {secret: x}}}", "`global.appConfig.object_store.connection`"),
    ("gitlab", "gitlab: {webservice: {serviceAcount: {}}}", "`serviceAccount`"),
    ("gitlab", "gitlab: {toolbox: {backup: {cron: {enabled: true}}}}", "`backups`"),
    ("gitlab", "global: {backups: {bucket: x}}", "`global.appConfig.backups`"),
    ("gitlab", "pages: {objectStore: {enabled: true}}", "`global.pages`"),
    ("argo-workflows", "controller: {artifactRepository: {s3: {bucket: x}}}", "`artifactRepository`"),
    ("gitlab", "registry: {bucket: x}", "`global.registry.bucket`"),
    ("argo-workflows", "artifactRepository: {useStaticCredentials: false}", "`useStaticCredentials`"),
    ("argo-workflows", "artifactRepository: {s3: {keyPrefix: x}}", "keyFormat"),
    ("argo-workflows", "s3: {bucket: x}", "`artifactRepository.s3`"),
    ("argo-workflows", "controller: {workflowDefault: {}}", "`workflowDefaults`"),
];

#[test]
fn a_right_key_in_the_wrong_place_names_the_place() {
    let Some(folder) = charts() else { return };
    for (name, values, place) in MISPLACED {
        let version = CHARTS.iter().find(|(one, _)| *one == name).expect("a chart").1;
        let sandbox = sandbox(name, version);
        sandbox.write("mine.yaml", values);
        let call = format!("check -o json --values mine.yaml --chart {name}={}", folder.join(name).display());
        let json = sandbox.run(&call).any().json();
        let all = json["findings"].as_array().expect("findings");
        let named = |one: &Value| one["code"] == "BW1210" && one["fix"].as_str().is_some_and(|fix| fix.contains(place));
        let found = all.iter().find(|one| named(one)).unwrap_or_else(|| panic!("{values}: {json:#}"));
        // Moved to the letter, it is known there.
        let fix = found["fix"].as_str().expect("a fix");
        let Some(to) = fix.strip_prefix("Move it to `").and_then(|rest| rest.split('`').next()) else { continue };
        let from = found["what"].as_str().and_then(|what| what.split('`').nth(1)).expect("a path");
        let tree: Value = serde_yaml::from_str(values).expect("values");
        let moved = from.split('.').fold(tree, |tree, key| tree[key].clone());
        let moved = to.split('.').rev().fold(moved, |below, key| serde_json::json!({ key: below }));
        sandbox.write("mine.yaml", &moved.to_string());
        let left = sandbox.run(&call).any().json();
        let left = left["findings"].as_array().expect("findings").iter().find(|one| one["code"] == "BW1210").cloned();
        assert_eq!(left, None, "{moved}");
    }
}
