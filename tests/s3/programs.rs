//! The rendered documents in the hands of the programs that read them, as they are: address, style and all.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{ARGO, GITLAB, call, spec, with_tls};
use crate::harness::{Sandbox, Store, bare, project, python};

/// What the registry does with an image.
pub const IMAGE: [&str; 5] = ["push", "tag", "pull", "list", "delete"];

/// Expects that a peer's script says well of these actions, and of no others.
#[track_caller]
fn works(command: &mut Command, actions: &[&str]) {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let found: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
    let well = output.status.success() && lines.iter().all(|line| line["ok"] == true);
    assert!(well && found == actions, "{lines:#?}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// s3cmd, fog and the registry on the documents of a GitLab; no steps where the store cannot serve a registry.
pub fn programs(out: &Path, authority: Option<&Path>, registry_steps: &[&str]) {
    for program in ["s3cmd", "ruby", "docker-registry"] {
        if !Path::new("/usr/bin").join(program).exists() {
            skip!(program, "it is not installed");
        }
    }
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("registry.py", why),
    };
    let scripts = project().join("tests/peers");
    let trusting = |mut command: Command| {
        if let Some(authority) = authority {
            // What the certificates container does to a pod.
            command.env("SSL_CERT_FILE", authority);
        }
        command
    };
    let mut s3cmd = trusting(bare("bash"));
    s3cmd.arg(scripts.join("s3cmd.sh")).arg(out.join("s3cmd.cfg")).args(["-", "acme-backups"]);
    works(&mut s3cmd, &["ls", "put", "get", "del"]);

    let mut fog = trusting(bare("ruby"));
    fog.arg(scripts.join("fog.rb")).arg(out.join("object-storage.yaml")).args(["-", "acme-lfs"]);
    works(&mut fog, &["connect", "put", "get", "list", "multipart", "delete"]);

    // The registry redirects a pull to the store, so who pulls must trust it too: here the test's own Python does.
    let mut registry = trusting(bare(&python));
    registry.args(["-B", "registry.py"]).arg(out.join("registry-storage.yaml")).args(["--endpoint", "-", "--as", "s3"]);
    let output = registry.current_dir(&scripts).output().expect("Python starts");
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    if registry_steps.is_empty() {
        // The store's own lack, and no fault of the document: the address and the key were right.
        assert!(said.to_string().contains("ListMultipartUploads is not implemented"), "{said:#}");
    } else {
        assert_eq!(said["steps"], serde_json::json!(registry_steps), "{said:#}");
    }
}

#[test]
fn minio_with_an_authority_of_its_own() {
    let store = match Store::minio(true) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let sandbox = with_tls(&store, &[GITLAB, ARGO]);
    let _ = call(&sandbox, "apply --yes").run().ok();
    programs(&sandbox.path("out/gitlab"), Some(&store.authority()), &IMAGE);

    // Argo: no scheme, TLS, and the authority from the Secret that the values name.
    let values = bucketwright::base::yaml::read_back(&sandbox.read("out/argo-workflows/values.yaml")).expect("YAML");
    let s3 = &values["artifactRepository"]["s3"];
    assert_eq!((s3["endpoint"].as_str(), s3["insecure"].as_bool()), (Some(store.host()), Some(false)));
    let secret = bucketwright::base::yaml::read_back(&sandbox.read("out/argo-workflows/secrets.yaml")).expect("YAML");
    assert_eq!(secret["metadata"]["name"], s3["caSecret"]["name"]);
    let held = secret["data"][s3["caSecret"]["key"].as_str().expect("a key")].as_str().expect("a certificate");
    use base64::Engine;
    let held = base64::engine::general_purpose::STANDARD.decode(held).expect("base64");
    assert_eq!(held, std::fs::read(store.authority()).expect("the authority"));
}

#[test]
fn minio_in_plain() {
    let store = match Store::minio(false) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[GITLAB]));
    let _ = call(&sandbox, "apply --yes").run().ok();
    programs(&sandbox.path("out/gitlab"), None, &IMAGE);
}

/// The s3cmd config of each product that a store can serve, as it is, against a real MinIO.
#[test]
fn s3cmd_of_every_product_on_minio() {
    if !Path::new("/usr/bin/s3cmd").exists() {
        skip!("s3cmd", "it is not installed");
    }
    let store = match Store::minio(false) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let key = "credentials: {accessKeyId: env:CHART_ID, secretAccessKey: env:CHART_SECRET}";
    let installs = [
        format!("{{profile: argo-workflows, chartVersion: 1.0.18, {key}}}"),
        format!("{{profile: massdriver, chartVersion: 0.2.0, options: {{massdriver: minio}}, {key}}}"),
        format!(
            "{{profile: gitpod, chartVersion: 2022.11.3, options: {{registryStorage: volume, domain: pod.example.com}}, {key}}}"
        ),
        format!("{{profile: gradient, chartVersion: 1.0.0, {key}}}"),
    ];
    let sandbox = Sandbox::with_spec(&spec(&cloud, &installs.each_ref().map(String::as_str)));
    let _ = call(&sandbox, "apply --yes").run().ok();
    for (install, bucket) in [
        ("argo-workflows", "acme-argo-artifacts"),
        ("massdriver", "acme-massdriver-argo"),
        ("gitpod", "acme-gitpod"),
        ("gradient", "acme-gradient"),
    ] {
        let mut s3cmd = bare("bash");
        s3cmd.arg(project().join("tests/peers/s3cmd.sh")).arg(sandbox.path(format!("out/{install}/s3cmd.cfg")));
        works(s3cmd.args(["-", bucket]), &["ls", "put", "get", "del"]);
    }
    // Gradient's form has the address, and nothing that a store does not know.
    let form = bucketwright::base::yaml::read_back(&sandbox.read("out/gradient/console-form.yaml")).expect("YAML");
    assert_eq!(form["endpoint"], store.endpoint(), "{form:#}");
    let policy = sandbox.read("out/iam/acme-gradient.policy.json");
    assert!(!policy.contains("sts:") && policy.contains("\"s3:*\""), "{policy}");
    let notes = sandbox.read("out/gradient/NOTES.md");
    for words in ["BW0464", "api cors_allow_origin=https://console.paperspace.com", "s3cmd --config gradient/s3cmd.cfg"]
    {
        assert!(notes.contains(words), "{words}: {notes}");
    }
}

#[test]
fn s3s_fs() {
    let store = match Store::s3s() {
        Ok(store) => store,
        Err(why) => skip!("s3s-fs", why),
    };
    let cloud = format!("  endpoint: {}\n  region: us-east-1\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[GITLAB]));
    let _ = call(&sandbox, "apply --yes").run().ok();
    programs(&sandbox.path("out/gitlab"), None, &[]);
}
