//! GitLab Runner's configuration: the cache tables that name the old store go, and everything else stays as it was.

use serde_json::Value;

use super::elsewhere::report;

/// What the overlay says of the configuration, if it says anything, and the report's lines for the runner.
fn migrated(more: &str, config: &str) -> (Option<String>, Vec<(String, String, String)>) {
    let indented: String = config.lines().map(|line| format!("      {line}\n")).collect();
    let old = format!("{more}gitlab-runner:\n  runners:\n    config: |\n{indented}");
    parsed(&old)
}

fn parsed(old: &str) -> (Option<String>, Vec<(String, String, String)>) {
    let (sandbox, report) = report("gitlab", "9.9.1", old, "");
    let undo = std::fs::read_to_string(sandbox.path("s3/gitlab/values.undo.yaml")).unwrap_or_default();
    let undo: Value = serde_yaml::from_str(&undo).expect("YAML");
    let config = undo.pointer("/gitlab-runner/runners/config").and_then(Value::as_str).map(str::to_owned);
    let word = |line: &Value, key: &str| line[key].as_str().expect("a word").to_owned();
    let lines = report["settings"].as_array().expect("settings").iter();
    let lines = lines.filter(|line| word(line, "path").starts_with("gitlab-runner."));
    (config, lines.map(|line| (word(line, "path"), word(line, "outcome"), word(line, "what"))).collect())
}

/// A configuration of one's own, as the chart's default has its cache.
const OWN: &str = r#"concurrent = 20
[[runners]]
  # Ours.
  [runners.kubernetes]
  namespace = "{{ .Release.Namespace }}"
  image = "registry.example.com/base:1.2"   # pinned
  cpu_limit = "2"
  {{- if .Values.global.minio.enabled }}
  [runners.cache]
    Type = "s3"
    Path = "gitlab-runner"

    # The bundled MinIO.
    [runners.cache.s3]
      ServerAddress = {{ include "gitlab-runner.cache-tpl.s3ServerAddress" . }}
      BucketName = "runner-cache"
      Insecure = false
  {{ end }}
  [runners.kubernetes.node_selector]
    "pool" = "ci"
"#;

#[test]
fn the_cache_tables_of_the_old_store_go_and_nothing_else() {
    let (config, lines) = migrated("", OWN);
    let from = OWN.find("  [runners.cache]\n").expect("the cache");
    let to = OWN.find("  {{ end }}").expect("its end");
    assert_eq!(config.as_deref(), Some(format!("{}{}", &OWN[..from], &OWN[to..]).as_str()));
    assert_eq!(lines[0].1, "dropped", "{lines:?}");
}

#[test]
fn every_form_of_the_old_address_is_known() {
    let plain = |address: &str| {
        format!(
            "[[runners]]\n  image = \"a\"\n  [runners.cache]\n    Type = \"s3\"\n    [runners.cache.s3]\n      ServerAddress = {address}\n"
        )
    };
    const SERVER: &str =
        "global: {minio: {enabled: false}, appConfig: {object_store: {enabled: true, connection: {secret: c}}}}\n";
    let hosts = "global: {hosts: {domain: git.example.org, minio: {name: objects.example.net}}}\n";
    for (more, address) in [
        ("", "\"gitlab-minio-svc:9000\""),
        ("", "'gitlab-minio-svc.gitlab.svc:9000'"),
        ("", "\"{{ .Release.Name }}-minio-svc.{{ .Release.Namespace }}.svc.cluster.local:9000\""),
        ("", "\"minio.example.com\""),
        ("global: {hosts: {domain: git.example.org}}\n", "\"minio.git.example.org\""),
        ("global: {hosts: {domain: git.example.org, hostSuffix: x}}\n", "\"minio-x.git.example.org:443\""),
        (hosts, "\"objects.example.net\""),
        ("", "{{ include \"gitlab.minio.hostname\" . | quote }}"),
        (hosts, "\"{{ .Values.global.hosts.minio.name }}\""),
    ] {
        let (config, lines) = migrated(more, &plain(address));
        assert_eq!(config.as_deref(), Some("[[runners]]\n  image = \"a\"\n"), "{address}: {lines:?}");
    }
    // Other forms of the same table.
    for cache in [
        "  cache = { Type = \"s3\", s3 = { ServerAddress = \"gitlab-minio-svc\" } }\n",
        "  cache.Type = \"s3\"\n  cache.s3.ServerAddress = \"gitlab-minio-svc\"\n",
        "  [runners.\"cache\"]\n  type = \"s3\"\n  [runners.'cache'.s3]\n  serveraddress = \"gitlab-minio-svc\"\n",
        "  [runners.cache.s3]\n  ServerAddress = {{ if .Values.x }}\"gitlab-minio-svc\"{{ else }}\"minio.example.com\"{{ end }}\n",
    ] {
        let text = format!("[[runners]]\n  image = \"a\"\n{cache}");
        let (config, lines) = migrated("", &text);
        let is_template = cache.contains("if .Values.x");
        assert_eq!(config.is_none(), is_template, "{cache}: {lines:?}");
        assert_eq!(lines[0].1, if is_template { "decide" } else { "dropped" }, "{cache}");
    }
    // The bundled MinIO goes, whatever the objects are on.
    let (config, lines) = migrated(SERVER, &plain("\"gitlab-minio-svc:9000\""));
    assert!(config.is_some(), "{lines:?}");
}

#[test]
fn a_cache_elsewhere_stays_with_its_login() {
    for (address, place) in [
        ("ServerAddress = \"cache.example.net:9000\"", "cache.example.net:9000"),
        ("ServerAddress = \"minio.storage.svc:9000\"", "minio.storage.svc:9000"),
        ("ServerAddress = \"s3.eu-west-1.amazonaws.com\"", "S3"),
        ("BucketName = \"mine\"", "S3"),
    ] {
        let old = format!(
            "gitlab-runner:\n  runners:\n    cache: {{secretName: my-cache}}\n    config: |\n      [[runners]]\n        [runners.cache]\n          Type = \"s3\"\n          [runners.cache.s3]\n            {address}\n"
        );
        let (config, lines) = parsed(&old);
        assert_eq!(config, None, "{address}");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|(_, outcome, what)| outcome == "stays" && what.contains(place)), "{lines:?}");
    }
    let gcs = "[[runners]]\n  [runners.cache]\n    Type = \"gcs\"\n    [runners.cache.gcs]\n      BucketName = \"c\"\n";
    let (config, lines) = migrated("", gcs);
    assert!(config.is_none() && lines[0].2.contains("Google Cloud Storage"), "{lines:?}");
    // Two runners, one cache in the old store.
    let old = "[[runners]]\n  name = \"a\"\n  [runners.cache.s3]\n    ServerAddress = \"gitlab-minio-svc\"\n";
    let other = "[[runners]]\n  name = \"b\"\n  [runners.cache.s3]\n    ServerAddress = \"cache.example.net\"\n";
    let (config, lines) = migrated("", &format!("{old}{other}"));
    assert_eq!(config, Some(format!("[[runners]]\n  name = \"a\"\n{other}")), "{lines:?}");
    assert!(lines[0].2.contains("cache.example.net"), "{lines:?}");
}

#[test]
fn what_cannot_be_told_is_left_and_named() {
    let hidden =
        "global: {minio: {enabled: false}, appConfig: {object_store: {enabled: true, connection: {secret: store}}}}\n";
    for (more, config, words) in [
        ("", "[[runners]]\n  {{ include \"x\" . }} = 1\n  [runners.cache]\n", "line 2 of the text"),
        ("", "[[runners]]\n  [runners.cache.s3]\n  ServerAddress = \"{{ .Values.mine }}\"\n", "`{{ .Values.mine }}`"),
        (
            "",
            "[[runners]]\n  [runners.cache.s3]\n  ServerAddress = \"gitlab-minio-svc\"\n  {{ include \"x\" . }}\n",
            "a template writes into a cache table",
        ),
        (
            "",
            "[[runners]]\n  [runners.cache.s3]\n  ServerAddress = \"gitlab-minio-svc\" # {{ if x }}\n  Insecure = true\n  {{ end }}\n",
            "a template begins in a cache table",
        ),
        (
            hidden,
            "[[runners]]\n  [runners.cache.s3]\n  ServerAddress = \"x.example.net\"\n",
            "If the Secret store names",
        ),
        (
            "",
            "[[runners]]\n  token = \"abc\"\n  [runners.cache.s3]\n  ServerAddress = \"gitlab-minio-svc\"\n",
            "seems to hold a secret",
        ),
        ("", "[[runners]]\n  environment = [\"MINIO=a\"]\n", "speaks of the old store"),
    ] {
        let (undo, lines) = migrated(more, config);
        assert_eq!(undo, None, "{config}");
        assert!(lines[0].1 == "decide" && lines[0].2.contains(words), "{config}: {lines:?}");
    }
    // Without a cache there is nothing to say.
    let (undo, lines) = migrated("", "[[runners]]\n  pre = \"cache\"\n");
    assert!(undo.is_none() && lines.is_empty(), "{lines:?}");
}
