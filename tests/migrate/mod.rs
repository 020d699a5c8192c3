//! `migrate settings`: what it writes, held to Helm's own merge; what it never says; and what it refuses.

mod again;
mod cases;
mod copy;
mod decide;
mod elsewhere;
mod helm;
mod login;
mod names;
mod refusals;
mod region;
mod roles;
mod runner;
mod secrets;
mod traces;
mod umbrella;

use crate::harness::Sandbox;
use cases::CASES;

/// What follows `migrate settings`, but for profile, version and files.
const COMMON: &str = "--name acme --region eu-west-1 --out s3";
/// What a role needs.
const ROLE: &str = "--identity irsa --account 012345678901 --cluster prod --oidc-issuer https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

#[test]
fn the_warning_stands_first_and_last_and_the_spec_loads_and_plans() {
    for case in CASES {
        let sandbox = case.sandbox();
        let report = sandbox.run(&case.command()).ok().stdout;
        let (first, last) = (report.lines().next().unwrap(), report.lines().last().unwrap());
        assert!(first.starts_with("Data does not move by itself") && first == last, "{report}");
        let at = |words: &str| report.find(words).unwrap_or_else(|| panic!("{words} in\n{report}"));
        let order = [". Make the buckets", ". Sync. ", ". Freeze", ". Sync again", ". Verify", ". Switch. "].map(at);
        assert!(order.is_sorted(), "{report}");
        assert_eq!(sandbox.read("s3/migration.txt"), report);
        let json: serde_json::Value = serde_json::from_str(&sandbox.read("s3/migration.json")).unwrap();
        assert_eq!(json["version"], 1);
        for path in json["files"].as_array().unwrap() {
            assert!(sandbox.path("s3").join(path.as_str().unwrap()).exists(), "{path}");
        }
        let plan = sandbox.run("plan --rehearse -f s3/bucketwright.yaml -o json").ok().json();
        assert_eq!(plan["changes"], true, "{}", case.name);
        // The same command gives the same files; after `apply`, or a change to the spec, it writes nothing.
        let before = crate::harness::tree_of_text(&sandbox.path("s3"));
        let _ = sandbox.run(&case.command()).ok();
        assert_eq!(before, crate::harness::tree_of_text(&sandbox.path("s3")));
    }
}

#[test]
fn every_setting_of_storage_has_a_line_with_its_place() {
    let case = CASES.iter().find(|case| case.name == "gitlab-bundled").unwrap();
    let sandbox = case.sandbox();
    let json = sandbox.run(&format!("{} -o json", case.command())).ok().json();
    let line = |path: &str| {
        let lines = json["settings"].as_array().unwrap();
        lines.iter().find(|line| line["path"] == path).unwrap_or_else(|| panic!("{path} in {json:#}"))
    };
    for (path, outcome, file, words) in [
        ("global.appConfig.lfs.bucket", "moved", "old-0.yaml", "bucket: my-lfs"),
        ("global.appConfig.artifacts.connection.secret", "dropped", "old-1.yaml", "my-old-artifacts"),
        ("minio.persistence.size", "dropped", "old-0.yaml", "size: 200Gi"),
        ("global.appConfig.object_store.proxy_download", "moved", "old-1.yaml", "proxy_download: false"),
        ("gitlab-runner.runners.config", "dropped", "old-0.yaml", "config: |"),
        ("global.appConfig.artifacts.cdn.secret", "decide", "old-1.yaml", "cdn:"),
    ] {
        let line = line(path);
        let place = &line["place"];
        let text = sandbox.read(file);
        let there = text.lines().nth(place["line"].as_u64().unwrap() as usize - 1).unwrap();
        assert_eq!((line["outcome"].as_str(), place["file"].as_str()), (Some(outcome), Some(file)), "{line:#}");
        assert!(there.contains(words), "{path}: {there}");
    }
    let buckets = json["buckets"].as_array().unwrap();
    let pair = |old: &str| buckets.iter().find(|one| one["old"] == old).map(|one| one["new"].clone());
    assert_eq!(pair("my-lfs"), Some("acme-lfs".into()));
    assert_eq!(pair("gitlab-terraform-state"), Some("acme-terraform-state".into()));
    assert_eq!(pair("runner-cache"), Some(serde_json::Value::Null));
    assert_eq!(pair("gitlab-packages"), None, "packages are turned off");
    assert!(json["untouched"].as_u64().unwrap() >= 1);
    let spec = sandbox.read("s3/bucketwright.yaml");
    for words in
        ["packages: false", "terraformState: true", "proxyDownload: false", "backupArgs: \"--maximum-backups 7\""]
    {
        assert!(spec.contains(words), "{words} in\n{spec}");
    }
}

#[test]
fn mixed_set_ups_stay_mixed() {
    for (kept, moved) in [("argo", "massdriver"), ("massdriver", "argo")] {
        let sandbox = Sandbox::new();
        sandbox.write("old.yaml", "domain: example.com\nminio: {persistence: {size: 1Ti}}\n");
        let command = format!(
            "migrate settings --profile massdriver --chart-version 0.2.0 --values old.yaml {COMMON} --keep-minio massdriver/{kept}"
        );
        let report = sandbox.run(&command).ok().stdout;
        let text = sandbox.read("s3/massdriver/values.yaml");
        assert!(!text.contains("enabled: false"), "MinIO stays on:\n{text}");
        assert!(sandbox.read("s3/bucketwright.yaml").contains(&format!("{kept}: \"minio\"")));
        let part = report.lines().find(|line| line.contains(&format!("massdriver/{kept}"))).unwrap();
        assert!(part.ends_with("it stays there"), "{report}");
        let undo = std::fs::read_to_string(sandbox.path("s3/massdriver/values.undo.yaml")).unwrap_or_default();
        for key in ["minio:", "size: null"] {
            assert!(!undo.contains(key), "{kept} needs MinIO with its login and volume:\n{undo}");
        }
        let there = |words: &str| text.contains(words);
        assert_eq!(there("acme-massdriver-argo"), moved == "argo", "{text}");
        assert_eq!(there("acme-massdriver-state"), moved == "massdriver", "{text}");
    }
}

#[test]
fn gitpods_chart_and_its_installer_come_to_one_config() {
    for (old, host) in [
        (
            "hostname: git.example.com\nminio: {enabled: true, accessKey: a, secretKey: b}\ncomponents: {contentService: {remoteStorage: {kind: minio, minio: {accessKey: a}}}}\n",
            "the MinIO that the chart brings",
        ),
        ("domain: git.example.com\nmetadata: {region: local}\n", "the MinIO that the chart brings"),
        (
            "apiVersion: v1\nkind: Full\ndomain: git.example.com\nobjectStorage:\n  inCluster: false\n  azure: null\n  s3: {endpoint: \"minio.example.com:9000\", allowInsecureConnection: true, bucket: work, credentials: {kind: secret, name: old}}\n",
            "minio.example.com:9000, plain HTTP",
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("old.yaml", old);
        let report = sandbox
            .run(&format!("migrate settings --profile gitpod --chart-version 2022.11.3 --values old.yaml {COMMON}"))
            .ok()
            .stdout;
        assert!(report.contains(host), "{report}");
        let config = sandbox.read("s3/gitpod/gitpod.config.yaml");
        for words in ["domain: \"git.example.com\"", "inCluster: false", "bucket: \"acme-gitpod\""] {
            assert!(config.contains(words), "{words} in\n{config}");
        }
        assert!(!config.contains("s3storage"), "the registry stays on its volume:\n{config}");
        assert!(
            report.contains(if host.starts_with("minio.") {
                "old:work new:acme-gitpod"
            } else {
                "${bucket#gitpod-user-}"
            }),
            "{report}"
        );
    }
}
