//! A chart inside an umbrella: its values are below a key, and the umbrella's globals win.

use serde_json::{Value, json};

use super::COMMON;
use super::elsewhere::report;
use super::helm::merges;
use crate::harness::{Sandbox, python};

/// What is said of values that are refused.
fn refused(profile: &str, old: &str, more: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("old.yaml", old);
    let version = if profile == "gitlab" { "9.9.1" } else { "1.0.18" };
    let command =
        format!("migrate settings --profile {profile} --chart-version {version} --values old.yaml {COMMON} {more}");
    sandbox.run(&command).exits(2).all()
}

const ARGO: &str = "\
platform:
  argo:
    artifactRepository:
      s3:
        endpoint: minio.storage.svc:9000
        bucket: old-bucket
        insecure: true
        accessKeySecret: {name: old-login, key: user}
    server: {authModes: [server]}
  other: {a: 1}
";

/// An umbrella chart with charts inside of it, each with a few defaults, and what Helm's engine gives the innermost.
fn merged(sandbox: &Sandbox, key: &str, files: &[&str]) -> Option<Value> {
    let python = python().ok()?;
    let mut at = "umbrella".to_owned();
    for name in key.split('.') {
        sandbox.write(&format!("{at}/Chart.yaml"), "apiVersion: v2\nname: above\nversion: 1.0.0\n");
        at = format!("{at}/charts/{name}");
        sandbox.write(&format!("{at}/Chart.yaml"), &format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"));
    }
    sandbox.write(&format!("{at}/values.yaml"), "artifactRepository: {s3: {}}\nglobal: {minio: {enabled: true}}\n");
    let paths = files.iter().map(|file| sandbox.path(file)).collect();
    let merged = merges(&python, &[(sandbox.path("umbrella"), paths)]).remove(0);
    merged.pointer(&format!("/{}", key.replace('.', "/"))).cloned()
}

#[test]
fn the_overlay_and_the_new_values_are_below_the_key() {
    let (sandbox, report) = report("argo-workflows", "1.0.18", ARGO, "--below platform.argo");
    let line = |path: &str| {
        let lines = report["settings"].as_array().expect("settings");
        lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("{path} in {report:#}")).clone()
    };
    let key = line("platform.argo.artifactRepository.s3.accessKeySecret.name");
    assert_eq!((&key["outcome"], &key["place"]["line"]), (&json!("moved"), &json!(8)), "{key:#}");
    assert!(sandbox.read("s3/bucketwright.yaml").contains("below: \"platform.argo\""));
    for name in ["values.undo.yaml", "values.yaml"] {
        let text = std::fs::read_to_string(sandbox.path("s3/argo-workflows").join(name)).unwrap_or_default();
        let values: Value = serde_yaml::from_str(&text).expect("YAML");
        let top: Vec<&String> = values.as_object().into_iter().flatten().map(|(key, _)| key).collect();
        assert!(top.is_empty() || top == ["platform"], "{name}: {text}");
    }
    let upgrade = super::elsewhere::commands(&report, "Switch");
    assert!(upgrade.contains("UMBRELLA-CHART") && !upgrade.contains("--version"), "{upgrade}");
    assert!(!upgrade.contains("helm repo add"), "{upgrade}");
    // What `apply` writes later is below the key, too.
    let _ = sandbox.run("apply --rehearse --yes -f s3/bucketwright.yaml --out again").ok();
    let again: Value = serde_yaml::from_str(&sandbox.read("again/argo-workflows/values.yaml")).expect("YAML");
    assert!(again.pointer("/platform/argo/artifactRepository/s3/bucket").is_some(), "{again:#}");
    let mut files = vec!["old.yaml"];
    if sandbox.path("s3/argo-workflows/values.undo.yaml").exists() {
        files.push("s3/argo-workflows/values.undo.yaml");
    }
    files.push("s3/argo-workflows/values.yaml");
    let Some(argo) = merged(&sandbox, "platform.argo", &files) else { skip!("Helm's engine", "it is not there") };
    let text = argo.to_string();
    assert!(
        text.contains("acme-argo-artifacts") && !text.contains("minio.storage") && !text.contains("old-"),
        "{text}"
    );
    assert_eq!(argo.pointer("/server/authModes/0"), Some(&json!("server")));
}

#[test]
fn the_umbrellas_globals_win_and_are_undone_where_they_are() {
    let old = "\
global: {minio: {enabled: true, credentials: {secret: old-root}}, appConfig: {lfs: {bucket: root-lfs}}}
git:
  global: {minio: {credentials: {secret: old-inner}}, appConfig: {lfs: {bucket: inner-lfs}}}
  registry: {storage: {secret: old-registry, key: c}}
";
    let (sandbox, report) = report("gitlab", "9.9.1", old, "--below git");
    let buckets = report["buckets"].as_array().expect("buckets");
    assert!(buckets.iter().any(|one| one["old"] == "root-lfs"), "{report:#}");
    let undo: Value = serde_yaml::from_str(&sandbox.read("s3/gitlab/values.undo.yaml")).expect("YAML");
    for pointer in ["/global/minio/credentials/secret", "/git/global/minio/credentials/secret"] {
        assert_eq!(undo.pointer(pointer), Some(&Value::Null), "{pointer}: {undo:#}");
    }
    let new: Value = serde_yaml::from_str(&sandbox.read("s3/gitlab/values.yaml")).expect("YAML");
    assert_eq!(new.pointer("/global/minio/enabled"), Some(&json!(false)), "{new:#}");
    assert!(new.pointer("/git/registry/storage/secret").is_some() && new.pointer("/git/global").is_none(), "{new:#}");
    let files = ["old.yaml", "s3/gitlab/values.undo.yaml", "s3/gitlab/values.yaml"];
    let Some(git) = merged(&sandbox, "git", &files) else { skip!("Helm's engine", "it is not there") };
    assert!(!git.to_string().contains("old-"), "{git:#}");
    assert_eq!(git.pointer("/global/minio/enabled"), Some(&json!(false)), "{git:#}");
    assert_eq!(git.pointer("/global/appConfig/lfs/bucket"), Some(&json!("acme-lfs")), "{git:#}");
}

#[test]
fn an_umbrellas_values_are_recognised() {
    for (profile, old, key) in [
        ("argo-workflows", ARGO, "platform.argo"),
        ("argo-workflows", "argo: {artifactRepository: {s3: {endpoint: \"minio:9000\"}}}\n", "argo"),
        // A MinIO that the umbrella brings for itself.
        (
            "argo-workflows",
            "minio: {enabled: true}\nargo: {artifactRepository: {s3: {endpoint: \"minio:9000\"}}}\n",
            "argo",
        ),
        (
            "argo-workflows",
            "argo-workflows: {artifactRepository: {s3: {endpoint: \"minio:9000\"}}}\n",
            "argo-workflows",
        ),
        ("gitlab", "a: 1\ngit: {global: {x: 1}, registry: {storage: {secret: r}}}\n", "git"),
        ("gitlab", "global: {minio: {enabled: true}}\ngit: {gitlab-runner: {install: false}}\n", "git"),
    ] {
        let said = refused(profile, old, "");
        assert!(said.contains("BW1701") && said.contains(&format!("Give `--below {key}`")), "{old}: {said}");
    }
    for (more, words) in [
        ("--below argo", "no values file has the key `argo`"),
        ("--below platform.other.a", "holds no values below `platform.other.a`"),
        ("--below global", "is not the key of a subchart"),
        ("--below platform..argo", "is not the key of a subchart"),
    ] {
        let said = refused("argo-workflows", ARGO, more);
        assert!(said.contains(words), "{more}: {said}");
    }
}

/// Globals below a key are an umbrella's, also where the key is one that the chart has for a subchart.
#[test]
fn globals_below_a_key_tell_an_umbrella() {
    let gitlab = "gitlab: {global: {minio: {enabled: false}, appConfig: {object_store: {enabled: true, connection: {secret: s}}}}, registry: {storage: {secret: r}}}";
    let words = refused("gitlab", gitlab, "");
    assert!(words.contains("BW1701") && words.contains("Give `--below gitlab`"), "{words}");
    let words = refused("gitlab", &format!("platform: {{{gitlab}}}"), "");
    assert!(words.contains("Give `--below platform.gitlab`"), "{words}");
}
