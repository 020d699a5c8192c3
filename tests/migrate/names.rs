//! Names, ports and volumes that the old values choose, in the commands of the safe order.

use super::elsewhere::{commands, report};

/// A repository on MinIO in the cluster.
const S3: &str = "endpoint: minio:9000, insecure: true, bucket: b1, accessKeySecret: {name: mk, key: ak}, secretKeySecret: {name: mk, key: sk}";

/// The whole of a report's steps.
fn steps(report: &serde_json::Value) -> String {
    report["steps"].to_string()
}

/// The outcome of a setting.
fn outcome<'r>(report: &'r serde_json::Value, path: &str) -> &'r str {
    let lines = report["settings"].as_array().expect("settings");
    let line = lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("{path} in {report:#}"));
    line["outcome"].as_str().expect("an outcome")
}

#[test]
fn a_standalone_minio_keeps_its_claim() {
    let annotate = "annotate persistentvolumeclaim";
    for (minio, claim) in [
        ("mode: standalone, replicas: 1", Some("massdriver-minio")),
        ("mode: standalone, fullnameOverride: store", Some("store")),
        ("mode: standalone, nameOverride: objects", Some("massdriver-objects")),
        ("mode: standalone, persistence: {existingClaim: mine}", None),
        ("replicas: 4", None),
    ] {
        let (_, all) = report("massdriver", "0.2.0", &format!("minio: {{{minio}}}\n"), "");
        match claim {
            Some(claim) => {
                assert!(commands(&all, "Keep the old volume").contains(&format!("{annotate} {claim} ")), "{minio}");
            }
            None => assert!(!steps(&all).contains(annotate), "{minio}: {all:#}"),
        }
    }
}

#[test]
fn without_a_volume_there_is_no_way_back() {
    for (profile, version) in [("gitlab", "9.9.1"), ("massdriver", "0.2.0")] {
        let (_, all) = report(profile, version, "minio: {persistence: {enabled: false}}\n", "");
        assert!(commands(&all, "Copy without a way back").contains("emptyDir"), "{all:#}");
        let steps = steps(&all);
        assert!(steps.contains("There is no way back") && !steps.contains("resource-policy"), "{steps}");
    }
}

#[test]
fn gitlabs_minio_of_another_name_is_found() {
    let (_, all) = report("gitlab", "9.9.1", "minio: {nameOverride: store}\n", "");
    assert!(commands(&all, "Reach both stores").contains("service/gitlab-store-svc "), "{all:#}");
    assert!(commands(&all, "Reach both stores").contains("secret gitlab-minio-secret "), "the login keeps its name");
    assert!(commands(&all, "Keep the old volume").contains("persistentvolumeclaim gitlab-store "), "{all:#}");
}

#[test]
fn massdrivers_minio_is_reached_by_its_own_name_port_and_login() {
    let old =
        "fullnameOverride: md\nminio: {fullnameOverride: md-minio, existingSecret: md-login, service: {port: 9100}}\n";
    let (_, all) = report("massdriver", "0.2.0", old, "");
    let reach = commands(&all, "Reach both stores");
    for words in ["service/md-minio 9000:9100 ", "get secret md-login "] {
        assert!(reach.contains(words), "{words}: {reach}");
    }
}

#[test]
fn the_backups_job_is_suspended_as_long_as_the_freeze() {
    let (_, all) = report("gitlab", "9.9.1", "gitlab: {toolbox: {backups: {cron: {enabled: true}}}}\n", "");
    let (freeze, thaw) = (commands(&all, "Freeze"), commands(&all, "Thaw"));
    assert!(freeze.contains("get cronjob --selector 'release=gitlab,app=toolbox'"), "{freeze}");
    assert!(freeze.contains(".spec.suspend!=true") && freeze.contains(r#"{"suspend": true}"#), "{freeze}");
    assert!(thaw.contains(r#"{"suspend": false}"#) && thaw.contains("< gitlab.cronjobs"), "{thaw}");
}

#[test]
fn argos_own_namespace_and_controller_are_frozen() {
    let old = format!("namespaceOverride: wf\ncontroller: {{name: ctl}}\nartifactRepository: {{s3: {{{S3}}}}}\n");
    let (sandbox, all) = report("argo-workflows", "1.0.18", &old, "");
    let freeze = commands(&all, "Freeze");
    assert!(freeze.contains("--namespace wf ") && freeze.contains("component=ctl'"), "{freeze}");
    assert!(!freeze.contains("--namespace argo "), "{freeze}");
    assert!(commands(&all, "Thaw").contains("--namespace wf "));
    assert!(commands(&all, "Reach both stores").contains("--namespace wf port-forward service/minio "));
    assert_eq!(outcome(&all, "namespaceOverride"), "decide");
    assert!(
        sandbox.read("s3/argo-workflows/secrets.yaml").contains("namespace: \"wf\""),
        "the controller reads it there"
    );
}

#[test]
fn the_secret_is_written_where_workflows_run() {
    for old in
        ["workflow: {namespace: wfs}\n", "workflow: {namespace: wfs}\ncontroller: {workflowNamespaces: [team]}\n"]
    {
        let (sandbox, _) =
            report("argo-workflows", "1.0.18", &format!("{old}artifactRepository: {{s3: {{{S3}}}}}\n"), "");
        let secrets = sandbox.read("s3/argo-workflows/secrets.yaml");
        assert!(secrets.contains("namespace: \"wfs\""), "{secrets}");
        assert_eq!(secrets.contains("namespace: \"team\""), old.contains("team"), "{secrets}");
    }
}

#[test]
fn a_store_with_tls_in_the_cluster_is_reached_by_its_name() {
    let tls = S3.replace("minio:9000, insecure: true", "\"minio.st.svc:9443\", insecure: false");
    let (_, all) = report("argo-workflows", "1.0.18", &format!("artifactRepository: {{s3: {{{tls}}}}}\n"), "");
    let reach = commands(&all, "Reach both stores");
    for words in
        ["ENDPOINT=https://minio.st.svc:9000", "'127.0.0.1 minio.st.svc'", "RCLONE_CA_CERT=", "service/minio 9000:9443"]
    {
        assert!(reach.contains(words), "{words}: {reach}");
    }
}

#[test]
fn a_host_of_two_labels_is_a_service_or_may_be_one() {
    for (host, words) in [
        ("minio.other:9000", "--namespace other port-forward service/minio 9000:9000"),
        ("minio-0.minio-hl.st.svc:9000", "--namespace st port-forward service/minio-hl 9000:9000"),
        ("minio.st:9000", "# If minio.st:9000 is the Service minio in the namespace st,"),
    ] {
        let old = format!("artifactRepository: {{s3: {{{}}}}}\n", S3.replace("minio:9000", &format!("\"{host}\"")));
        let (_, all) = report("argo-workflows", "1.0.18", &old, "");
        let reach = commands(&all, "Reach both stores");
        assert!(reach.contains(words), "{host}: {reach}");
    }
}

#[test]
fn every_repository_on_an_old_store_is_in_the_list_of_buckets() {
    let of = |name: &str| S3.replace("minio:9000", &format!("\"{name}:9000\"")).replace("b1", name);
    let (a, b, s3) = (of("one"), of("two"), of("three").replace("three:9000", "s3.amazonaws.com"));
    let refs = format!(
        "artifactRepositoryRef: {{artifact-repositories: {{v1: {{s3: {{{a}}}}}, v2: {{s3: {{{b}}}}}, v3: {{s3: {{{s3}}}}}}}}}\n"
    );
    for (old, expected) in [
        (refs.clone(), [("one", false), ("two", true)].as_slice()),
        (format!("artifactRepository: {{s3: {{{S3}}}}}\n{refs}"), &[("b1", false), ("one", true), ("two", true)]),
    ] {
        let (_, all) = report("argo-workflows", "1.0.18", &old, "");
        let buckets = all["buckets"].as_array().expect("buckets").iter();
        let found: Vec<_> = buckets.map(|one| (one["old"].as_str().expect("a name"), one["new"].is_null())).collect();
        assert_eq!(found, expected, "{all:#}");
    }
}

#[test]
fn a_cache_that_is_elsewhere_is_not_left_behind() {
    let elsewhere = "gitlab-runner:\n  runners:\n    config: |\n      [[runners]]\n        [runners.cache]\n          Type = \"s3\"\n          [runners.cache.s3]\n            ServerAddress = \"minio.other-team.io\"\n            BucketName = \"rc\"\n";
    let off = "global: {minio: {enabled: false}, appConfig: {lfs: {connection: {secret: lfs}}}}\nregistry: {storage: {secret: rs}}\n";
    for (old, listed) in [(elsewhere, false), (off, false), ("registry: {enabled: true}\n", true)] {
        let (_, all) = report("gitlab", "9.9.1", old, "");
        assert_eq!(all["buckets"].to_string().contains("runner-cache"), listed, "{old}");
    }
}

#[test]
fn a_cdn_before_the_registry_is_to_decide() {
    let old =
        "registry: {middleware: {storage: [{name: cloudfront, options: {baseurl: \"https://cdn.example.com\"}}]}}\n";
    let (_, all) = report("gitlab", "9.9.1", old, "");
    assert_eq!(outcome(&all, "registry.middleware.storage"), "decide");
}

#[test]
fn an_emptied_list_is_called_one() {
    let old = format!("artifactRepository: {{s3: {{{S3}}}}}\nexecutor: {{env: [{{name: AWS_REGION, value: x}}]}}\n");
    let (_, all) = report("argo-workflows", "1.0.18", &old, "");
    assert!(all["settings"].to_string().contains("an empty list in its place"), "{all:#}");
}
