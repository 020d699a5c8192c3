//! Where objects are now: each part, and each bucket with a connection of its own, by itself.

use serde_json::Value;

use super::COMMON;
use crate::harness::Sandbox;

/// The report of one values file.
pub fn report(profile: &str, version: &str, old: &str, more: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::new();
    sandbox.write("old.yaml", old);
    let command = format!(
        "migrate settings --profile {profile} --chart-version {version} --values old.yaml {COMMON} {more} -o json"
    );
    let report = sandbox.run(&command).ok().json();
    (sandbox, report)
}

/// Each part with what it is on.
fn parts(report: &Value) -> Vec<(&str, &str, Option<&str>)> {
    let parts = report["parts"].as_array().expect("parts").iter();
    let word = |value| Value::as_str(value).expect("a word");
    parts.map(|one| (word(&one["name"]), word(&one["objects"]), one["at"].as_str())).collect()
}

/// The commands of a step.
pub fn commands(report: &Value, title: &str) -> String {
    let steps = report["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["title"] == title).unwrap_or_else(|| panic!("{title}"));
    step["commands"].as_array().expect("commands").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

const GIVEN: &str = "\
global:
  appConfig:
    object_store: {enabled: true, connection: {secret: rails-store, key: connection}}
registry: {storage: {secret: registry-store, key: config}}
gitlab: {toolbox: {backups: {objectStorage: {config: {secret: backup-store, key: config}}}}}
";

#[test]
fn a_given_connection_wins_over_the_bundled_minio() {
    let (_, all) = report("gitlab", "9.9.1", GIVEN, "");
    assert_eq!(
        parts(&all),
        [
            ("gitlab/rails", "secret", Some("rails-store")),
            ("gitlab/registry", "secret", Some("registry-store")),
            ("gitlab/backups", "secret", Some("backup-store")),
        ]
    );
    let (reach, sync) = (commands(&all, "Reach both stores"), commands(&all, "Sync"));
    for secret in ["rails-store", "registry-store", "backup-store"] {
        assert!(reach.contains(&format!("get secret {secret} ")), "{reach}");
    }
    assert!(!reach.contains("minio-svc"), "nobody looks into a MinIO that is empty: {reach}");
    for words in ["old:git-lfs ", "old2:registry ", "old3:gitlab-backups ", "old3:tmp "] {
        assert!(sync.contains(words), "{sync}");
    }
    assert!(!all["steps"].to_string().contains("helm.sh/resource-policy"), "no volume of MinIO's holds anything");
}

#[test]
fn parts_may_each_be_somewhere_else() {
    for (old, wanted) in [
        // One alone.
        (
            "registry: {storage: {secret: r, key: c}}\n",
            vec![
                ("gitlab/rails", "bundled", None),
                ("gitlab/registry", "secret", Some("r")),
                ("gitlab/backups", "bundled", None),
            ],
        ),
        // A common connection counts only where it is switched on.
        (
            "global: {appConfig: {object_store: {connection: {secret: c}}}}\n",
            vec![
                ("gitlab/rails", "bundled", None),
                ("gitlab/registry", "bundled", None),
                ("gitlab/backups", "bundled", None),
            ],
        ),
        // One type.
        (
            "global: {appConfig: {lfs: {connection: {secret: l}}}}\n",
            vec![
                ("gitlab/rails", "bundled", None),
                ("gitlab/lfs", "secret", Some("l")),
                ("gitlab/registry", "bundled", None),
                ("gitlab/backups", "bundled", None),
            ],
        ),
        // All types that are on, and a registry that is off.
        (
            "global: {registry: {enabled: false}, appConfig: {lfs: {connection: {secret: a}}, artifacts: {connection: {secret: a}}, uploads: {enabled: false}, packages: {connection: {secret: b}}}}\n",
            vec![
                ("gitlab/lfs", "secret", Some("a")),
                ("gitlab/artifacts", "secret", Some("a")),
                ("gitlab/packages", "secret", Some("b")),
                ("gitlab/registry", "none", None),
                ("gitlab/backups", "bundled", None),
            ],
        ),
        // A type that is off has no objects, whatever its connection says.
        (
            "global: {appConfig: {terraformState: {connection: {secret: t}}}}\n",
            vec![
                ("gitlab/rails", "bundled", None),
                ("gitlab/registry", "bundled", None),
                ("gitlab/backups", "bundled", None),
            ],
        ),
    ] {
        let (_, all) = report("gitlab", "9.9.1", old, "");
        assert_eq!(parts(&all), wanted, "{old}");
    }
    // The same Secret is one store.
    let old = "global: {appConfig: {lfs: {connection: {secret: a}}, artifacts: {connection: {secret: a}}}}\n";
    let (_, report) = report("gitlab", "9.9.1", old, "");
    let (reach, sync) = (commands(&report, "Reach both stores"), commands(&report, "Sync"));
    assert_eq!(reach.matches("get secret a ").count(), 1, "{reach}");
    assert!(sync.contains("old2:git-lfs ") && sync.contains("old2:gitlab-artifacts "), "{sync}");
    assert!(sync.contains("old:registry ") && reach.contains("port-forward service/gitlab-minio-svc 9000"), "{sync}");
}

#[test]
fn a_store_that_is_not_s3_is_named() {
    for (profile, version, old, part, store) in [
        (
            "gitlab",
            "9.9.1",
            "gitlab: {toolbox: {backups: {objectStorage: {backend: gcs, config: {secret: g, gcpProject: p}}}}}\n",
            "gitlab/backups",
            "Google Cloud Storage",
        ),
        (
            "gitlab",
            "10.2.3",
            "global: {appConfig: {object_store: {enabled: true, connection: {secret: c}}}}\ngitlab: {toolbox: {backups: {objectStorage: {backend: azure}}}}\n",
            "gitlab/backups",
            "Azure Blob Storage",
        ),
        (
            "gitlab",
            "9.9.1",
            "registry: {storage: {secret: r, key: config, extraKey: gcs.json}}\n",
            "gitlab/registry",
            "Google Cloud Storage",
        ),
        ("massdriver", "0.2.0", "massdriver: {blobStorage: {type: gcs}}\n", "massdriver/massdriver", "Google Cloud"),
        (
            "massdriver",
            "0.2.0",
            "massdriver: {blobStorage: {type: azureblob}}\n",
            "massdriver/massdriver",
            "Azure Blob",
        ),
        ("argo-workflows", "1.0.18", "artifactRepository: {gcs: {bucket: b}}\n", "argo-workflows/argo", "Google Cloud"),
        (
            "argo-workflows",
            "1.0.18",
            "customArtifactRepository: {artifactory: {repoURL: \"https://a.example.com\"}}\n",
            "argo-workflows/argo",
            "Artifactory",
        ),
        (
            "gitpod",
            "2022.11.3",
            "domain: a.example.com\nobjectStorage: {inCluster: false, cloudStorage: {project: p}}\n",
            "gitpod/storage",
            "Google Cloud Storage",
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("old.yaml", old);
        let command =
            format!("migrate settings --profile {profile} --chart-version {version} --values old.yaml {COMMON}");
        let said = sandbox.run(&command).exits(2).all();
        assert!(said.contains("BW1705") && said.contains(&format!("`{part}` is on {store}")), "{old}: {said}");
    }
}

#[test]
fn a_folder_of_a_shared_bucket_is_followed() {
    for (format, folder) in [
        ("argo/prod/{{workflow.name}}/{{pod.name}}", Some("argo/prod")),
        ("/lead/{{workflow.name}}", Some("lead")),
        ("{{workflow.name}}/x/{{pod.name}}", None),
        // In the middle of a name, whatever begins so.
        ("argo-{{workflow.name}}/{{pod.name}}", Some("argo-*")),
        ("prod{{workflow.name}}", Some("prod*")),
        ("argo/prod-{{workflow.name}}", Some("argo/prod-*")),
        ("argo/fixed", Some("argo/fixed")),
        ("a//{{workflow.name}}", None),
        ("a b-{{workflow.name}}", None),
        ("$(evil)/{{workflow.name}}", None),
        ("../{{workflow.name}}", None),
    ] {
        let old = format!(
            "artifactRepository: {{s3: {{endpoint: \"minio:9000\", bucket: shared, keyFormat: \"{format}\"}}}}\n"
        );
        let (_, all) = report("argo-workflows", "1.0.18", &old, "");
        assert_eq!(all["buckets"][0]["folder"].as_str(), folder, "{format}");
        for title in ["Sync", "Sync again", "Verify"] {
            let command = commands(&all, title);
            let include = folder.map_or(String::new(), |folder| format!(" --include '/{folder}/**'"));
            assert!(command.ends_with(&format!("old:shared new:acme-argo-artifacts{include}")), "{command}");
        }
    }
}

#[test]
fn where_it_is_said_is_found() {
    let at = |profile: &str, version: &str, old: &str, more: &str| {
        let (_, all) = report(profile, version, old, more);
        let parts = parts(&all)
            .iter()
            .map(|(name, objects, at)| format!("{name} {objects} {}", at.unwrap_or("-")))
            .collect::<Vec<_>>();
        (parts.join(", "), commands(&all, "Reach both stores"), commands(&all, "Sync"))
    };
    // Templates of the release's own names.
    let old = "artifactRepository: {s3: {endpoint: \"{{ .Release.Name }}-minio.{{ .Release.Namespace }}.svc:9000\", insecure: true, bucket: b, accessKeySecret: {name: \"{{ .Release.Name }}-minio\", key: user}}}\n";
    let (parts, reach, _) = at("argo-workflows", "1.0.18", old, "--release flows --namespace ci");
    assert_eq!(parts, "argo-workflows/argo server flows-minio.ci.svc:9000");
    assert!(
        reach.contains("--namespace ci port-forward service/flows-minio 9000:9000")
            && reach.contains("get secret flows-minio "),
        "{reach}"
    );
    // A repository of another name alone.
    let old = "artifactRepositoryRef: {artifact-repositories: {annotations: {a: b}, main: {s3: {endpoint: \"minio:9000\", insecure: true, bucket: mine}}}}\n";
    let (parts, _, sync) = at("argo-workflows", "1.0.18", old, "");
    assert_eq!(parts, "argo-workflows/argo server minio:9000");
    assert!(sync.contains("old:mine new:acme-argo-artifacts"), "{sync}");
    // The store inside of the cluster wins, and its buckets have names of their own.
    let old = "domain: a.example.com\nobjectStorage: {s3: {endpoint: \"s3.example.com\", bucket: unread, credentials: {kind: secret, name: s}}}\n";
    let (parts, _, sync) = at("gitpod", "2022.11.3", old, "");
    assert!(parts.contains("gitpod/storage bundled"), "{parts}");
    assert!(sync.contains("gitpod-user-") && !sync.contains("unread"), "{sync}");
    // The chart's own endpoint speaks plain HTTP.
    let (_, reach, _) = at("massdriver", "0.2.0", "domain: a.example.com\n", "");
    assert!(!reach.contains("ENDPOINT=https"), "{reach}");
    let (_, reach, _) = at(
        "massdriver",
        "0.2.0",
        "argo-workflows: {artifactRepository: {s3: {insecure: false, endpoint: \"minio.example.com\"}}}\n",
        "",
    );
    assert!(reach.contains("ENDPOINT=https://minio.example.com"), "{reach}");
}

#[test]
fn what_is_in_a_list_of_pods_is_to_be_looked_at() {
    let old = "gitlab: {sidekiq: {pods: [{name: a, extraEnvFrom: {AWS_ACCESS_KEY_ID: {secretKeyRef: {name: x, key: y}}}}]}}\n";
    let (_, all) = report("gitlab", "9.9.1", old, "");
    let line = &all["settings"][0];
    assert_eq!(
        (line["path"].as_str(), line["outcome"].as_str()),
        (Some("gitlab.sidekiq.pods"), Some("decide")),
        "{all:#}"
    );
}

/// Where objects of two old buckets go into one, a sync of either would delete those of the other.
#[test]
fn two_sources_of_one_bucket_delete_nothing() {
    let old = "objectStorage: {inCluster: false, s3: {endpoint: 'minio.corp.io:9443', bucket: gpb, credentials: {kind: secret, name: c}}}\n\
               containerRegistry: {inCluster: false, s3storage: {endpoint: 'minio2.st.svc:9000', bucket: regb, certificate: {kind: secret, name: r}}}\n";
    let (_, report) = report("gitpod", "2022.11.3", old, "");
    let again = commands(&report, "Sync again");
    assert!(
        again.contains("rclone copy --progress old:gpb ")
            && again.contains("old2:regb ")
            && !again.contains("rclone sync"),
        "{again}"
    );
}
