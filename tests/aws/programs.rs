//! The documents in the hands of the programs that read them: they work in their buckets, and are refused in others.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{shared, spec};
use crate::harness::{Account, Peer, REGION, Sandbox, bare, project};

/// What a peer's script says, a JSON object a line, and whether it ended well.
fn say(command: &mut Command) -> (bool, Vec<Value>) {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let lines: Vec<Value> = lines.collect();
    assert!(!lines.is_empty(), "it said nothing: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), lines)
}

/// Expects that these actions, and no others, went well.
#[track_caller]
pub(super) fn works(command: &mut Command, actions: &[&str]) {
    let (well, lines) = say(command);
    assert!(well && lines.iter().all(|line| line["ok"] == true), "{lines:#?}");
    let found: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(found, actions);
}

/// Expects that AWS refused these actions.
#[track_caller]
pub(super) fn refused(command: &mut Command, actions: &[&str]) {
    let (well, lines) = say(command);
    assert!(!well, "{lines:#?}");
    for action in actions {
        let line = lines.iter().find(|line| line["action"] == *action).unwrap_or_else(|| panic!("no {action}"));
        let denied = line["code"] == "AccessDenied" || line["status"] == 403 || line["exit"] == 77;
        assert!(line["ok"] == false && denied, "{line:#}");
    }
}

pub(super) fn script(name: &str) -> PathBuf {
    project().join("tests/peers").join(name)
}

pub(super) fn installed(program: &str) -> bool {
    Path::new("/usr/bin").join(program).exists()
}

/// A bucket of the same account that no spec speaks of.
pub(super) fn outside(account: &Account<'_>, name: &str) {
    account.python(&format!(
        "s3.create_bucket(Bucket='{name}', CreateBucketConfiguration={{'LocationConstraint': '{REGION}'}})"
    ));
}

fn s3cmd(peer: &Peer, config: &Path, bucket: &str, outside: &str) {
    if !installed("s3cmd") {
        skip!("s3cmd", "it is not installed");
    }
    let call = |bucket: &str| {
        let mut command = bare("bash");
        command.arg(script("s3cmd.sh")).arg(config).arg(peer.endpoint()).arg(bucket);
        command
    };
    works(&mut call(bucket), &["ls", "put", "get", "del"]);
    refused(&mut call(outside), &["ls", "put"]);
}

fn fog(peer: &Peer, connection: &Path, buckets: &[&str], outside: &str) {
    if !installed("ruby") {
        skip!("fog", "ruby is not installed");
    }
    let call = |bucket: &str| {
        let mut command = bare("ruby");
        command.arg(script("fog.rb")).arg(connection).arg(peer.endpoint()).arg(bucket);
        command
    };
    for bucket in buckets {
        works(&mut call(bucket), &["connect", "put", "get", "list", "multipart", "delete"]);
    }
    refused(&mut call(outside), &["put", "list", "multipart"]);
    let (_, lines) = say(&mut call(outside));
    assert_eq!(lines[0]["provider"], "AWS");
    assert_eq!(lines[0]["region"], REGION);
    for (key, kind) in lines[0]["types"].as_object().expect("types") {
        assert_eq!(kind, "String", "{key}");
    }
}

/// GitLab's fork of the registry knows `s3_v2`, the driver of chart 10; Debian's is upstream's, which has only `s3`. Their
/// parameters are the same here, so the document runs under the older name.
fn registry(account: &Account<'_>, storage: &Path, driver: &str, bucket: &str, outside: &str) {
    if !installed("docker-registry") {
        skip!("docker-registry", "it is not installed");
    }
    let call = |storage: &Path| {
        let mut command = account.peer_python();
        command.arg("registry.py").arg(storage).arg("--endpoint").arg(account.peer().endpoint()).args(["--as", "s3"]);
        command
    };
    let (well, lines) = say(&mut call(storage));
    assert!(well, "{lines:#?}");
    assert_eq!(lines[0]["driver"], driver);
    assert_eq!(lines[0]["bucket"], bucket);
    assert_eq!(lines[0]["steps"], serde_json::json!(["push", "tag", "pull", "list", "delete"]));

    let text = std::fs::read_to_string(storage).expect("the document");
    assert!(text.contains(bucket));
    let elsewhere = storage.with_extension("outside");
    std::fs::write(&elsewhere, text.replace(bucket, outside)).expect("a document");
    let (well, lines) = say(&mut call(&elsewhere));
    assert!(!well && lines[0].to_string().contains("AccessDenied"), "{lines:#?}");
}

fn boto(account: &Account<'_>, key: &(String, String), buckets: &[&str], outside: &str) {
    let call = |bucket: &str| {
        let mut command = account.peer_python();
        command.arg("s3.py").args(["--endpoint", account.peer().endpoint(), "--bucket", bucket, "--region", REGION]);
        command.args(["--owner", &account.id, "all"]);
        command.env("AWS_ACCESS_KEY_ID", &key.0).env("AWS_SECRET_ACCESS_KEY", &key.1);
        command
    };
    let all = ["head", "location", "put", "get", "copy", "list", "multipart", "abort", "uploads", "delete"];
    for bucket in buckets {
        works(&mut call(bucket), &all);
    }
    refused(&mut call(outside), &["head", "put", "get", "copy", "list", "multipart", "delete"]);
}

/// The AWS CLI with what the toolbox or Gitpod gives it, and nothing else.
fn awscli(account: &Account<'_>, environment: &[(&str, String)], bucket: &str, outside: &str) {
    let call = |arguments: &[&str]| {
        let mut command = account.peer_python();
        let aws = Path::new(command.get_program()).with_file_name("aws");
        command = bare(aws);
        command.args(["--endpoint-url", account.peer().endpoint()]).args(arguments);
        command.env("AWS_REGION", REGION).env("AWS_MAX_ATTEMPTS", "1");
        command.envs(environment.iter().map(|(name, value)| (name, value))).current_dir(project());
        command.output().expect("aws starts")
    };
    let well = |arguments: &[&str]| {
        let output = call(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let url = format!("s3://{bucket}/backups/Cargo.toml");
    well(&["s3", "cp", "--only-show-errors", "Cargo.toml", &url]);
    assert!(well(&["s3", "ls", &format!("s3://{bucket}/backups/")]).ends_with(" Cargo.toml\n"));
    let back = well(&["s3", "cp", "--only-show-errors", &url, "-"]);
    assert_eq!(back, std::fs::read_to_string(project().join("Cargo.toml")).expect("Cargo.toml"));
    well(&["s3", "rm", "--only-show-errors", &url]);
    let output = call(&["s3", "ls", &format!("s3://{outside}")]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("AccessDenied"));
}

/// The data of the Secrets in a file of them, decoded as Kubernetes does, by another program than ours: `NAMESPACE/NAME`.
fn secrets(account: &Account<'_>, file: &Path) -> Value {
    let file = format!("{:?}", file.to_str().expect("text"));
    account.python(&format!(
        "\
import base64, yaml
secrets = list(yaml.safe_load_all(open({file})))
assert all(s['apiVersion'] == 'v1' and s['kind'] == 'Secret' for s in secrets)
say({{s['metadata']['namespace'] + '/' + s['metadata']['name']: {{k: base64.b64decode(v, validate=True).decode() for k, v in s['data'].items()}} for s in secrets}})
"
    ))
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[test]
fn gitlab_9() {
    let account = shared!().fresh();
    let peer = account.peer();
    let install = "{profile: gitlab, chartVersion: 9.9.1, namespace: git, options: {backupTool: awscli}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "prog-nine", "static-keys", install));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let outside = "prog-nine-outside";
    self::outside(&account, outside);
    let out = sandbox.path("out/gitlab");
    let data = secrets(&account, &out.join("secrets.yaml"));
    // The Secrets hold the documents, byte by byte.
    for (name, key, document) in [
        ("git/gitlab-object-storage", "connection", "object-storage.yaml"),
        ("git/gitlab-registry-storage", "config", "registry-storage.yaml"),
        ("git/gitlab-s3cmd", "config", "s3cmd.cfg"),
    ] {
        assert_eq!(text(&data[name][key]), sandbox.read(&format!("out/gitlab/{document}")), "{name}");
    }
    let cli = &data["git/gitlab-awscli"];
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let key = names.map(|name| (name, text(&cli[name])));
    std::thread::scope(|scope| {
        scope.spawn(|| s3cmd(peer, &out.join("s3cmd.cfg"), "prog-nine-backups", outside));
        scope.spawn(|| fog(peer, &out.join("object-storage.yaml"), &["prog-nine-lfs", "prog-nine-uploads"], outside));

        scope.spawn(|| registry(&account, &out.join("registry-storage.yaml"), "s3", "prog-nine-registry", outside));
        scope.spawn(|| awscli(&account, &key, "prog-nine-backups", outside));
        let pair = (key[0].1.clone(), key[1].1.clone());
        let buckets = ["prog-nine-artifacts", "prog-nine-backups-tmp", "prog-nine-packages"];
        boto(&account, &pair, &buckets, outside);
    });
}

/// The registry of chart 10, with a key that reaches its bucket only: Rails's is another user.
#[test]
fn gitlab_10() {
    let account = shared!().fresh();
    let install = "{profile: gitlab, chartVersion: 10.2.3, roles: per-component}";
    let sandbox = Sandbox::with_spec(&spec(&account, "prog-ten", "static-keys", install));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let out = sandbox.path("out/gitlab");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            registry(&account, &out.join("registry-storage.yaml"), "s3_v2", "prog-ten-registry", "prog-ten-uploads");
        });
        fog(account.peer(), &out.join("object-storage.yaml"), &["prog-ten-artifacts"], "prog-ten-registry");
    });
}

#[test]
fn argo() {
    let account = shared!().fresh();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let sandbox = Sandbox::with_spec(&spec(&account, "prog-argo", "static-keys", install));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    outside(&account, "prog-argo-outside");
    let data = secrets(&account, &sandbox.path("out/argo-workflows/secrets.yaml"));
    let secret = &data["argo/argo-workflows-artifacts"];
    let secret = if secret.is_null() { data.as_object().expect("a map").values().next().expect("one") } else { secret };
    let key = (text(&secret["AWS_ACCESS_KEY_ID"]), text(&secret["AWS_SECRET_ACCESS_KEY"]));
    boto(&account, &key, &["prog-argo-argo-artifacts"], "prog-argo-outside");
}

/// Builds of Gitpod's main branch read an AWS shared config file; 2022.11 reads two keys.
#[test]
fn gitpod() {
    let account = shared!().fresh();
    let install = "{profile: gitpod, chartVersion: 2026.7.0, options: {domain: gitpod.example.com}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "prog-pod", "static-keys", install));
    let made = account.call(&sandbox, "apply --yes --no-proof -o json").run().ok().json();
    let steps = made["plan"]["steps"].as_array().expect("steps");
    let bucket = text(&steps.iter().find(|step| step["kind"] == "bucket").expect("a bucket")["name"]);
    outside(&account, "prog-pod-outside");
    let data = secrets(&account, &sandbox.path("out/gitpod/secrets.yaml"));
    let secret = |name: &str| {
        let mut all = data.as_object().expect("a map").iter();
        all.find(|(key, _)| key.ends_with(name)).unwrap_or_else(|| panic!("no {name}")).1.clone()
    };
    let storage = secret("/storage-s3");
    let file = sandbox.write("credentials", &text(&storage["credentials"]));
    let environment = [("AWS_CONFIG_FILE", file.display().to_string())];
    awscli(&account, &environment, &bucket, "prog-pod-outside");
    let key = (text(&storage["accessKeyId"]), text(&storage["secretAccessKey"]));
    boto(&account, &key, &[&bucket], "prog-pod-outside");
    let registry = secret("/container-registry-s3-backend");
    let key = (text(&registry["s3AccessKey"]), text(&registry["s3SecretKey"]));
    boto(&account, &key, &[&bucket], "prog-pod-outside");
}
