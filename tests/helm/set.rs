//! `render --format set`: the flags, read by Helm's own parser, make the values that the file holds.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{TRAPS, spec};
use crate::harness::{Sandbox, project, python};

/// What Helm makes of lists of flags.
fn parsed(python: &Path, installs: &[Value]) -> Vec<Value> {
    let mut child = Command::new(python)
        .args(["-B", "helm_set.py"])
        .current_dir(project().join("tests/peers"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peers' Python starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(json!(installs).to_string().as_bytes()).expect("writes");
    drop(input);
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Every value of every golden case, and texts that Helm takes for something else when they are not given as texts.
#[test]
fn helm_makes_the_same_values_of_the_flags() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    let specs: Vec<String> = crate::golden::cases()
        .values()
        .map(|case| std::fs::read_to_string(case.join("spec.yaml")).expect("spec.yaml"))
        .collect();
    let (mut flags, mut meant) = (Vec::new(), Vec::new());
    for text in &specs {
        let sandbox = Sandbox::with_spec(text);
        let _ = sandbox.run("render --placeholders").ok();
        let run = sandbox.run("render --format set -o json");
        if run.code() == Some(2) {
            // Nothing of it is installed by Helm.
            continue;
        }
        let said = run.ok().json();
        for install in said["installs"].as_array().expect("installs") {
            let id = install["id"].as_str().expect("an id");
            flags.push(install["flags"].clone());
            meant.push(
                bucketwright::base::yaml::read_back(&sandbox.read(&format!("out/{id}/values.yaml"))).expect("YAML"),
            );
            assert_eq!(install["private"].is_string(), sandbox.path(format!("out/{id}/values.secret.yaml")).exists());
            assert!(!install.to_string().contains("PLACEHOLDER"), "{install:#}");
        }
    }
    assert!(meant.len() > 15, "{}", meant.len());
    // No spec makes such values; a profile of somebody's may.
    let odd =
        ["a,b", "{a,b}", "x=y", r"back\\slash", "it's", "$HOME", "a.b[0]", "two\nlines", "", "true", "null", "0x1f"];
    for text in TRAPS.iter().chain(&odd) {
        let key = format!("k{text}");
        meant.push(
            json!({key: {"text": text, "list": [text, {"in": text}], "not": null, "n": 12, "half": 0.5, "none": {}}}),
        );
        flags.push(json!(bucketwright::render::set_flags(meant.last().expect("one"))));
    }
    for ((made, meant), flags) in parsed(&python, &flags).iter().zip(&meant).zip(&flags) {
        assert_eq!(made, meant, "{flags:#}");
    }
}

#[test]
fn flags_can_be_pasted_and_hold_no_key() {
    let sandbox = Sandbox::with_spec(&spec("acme-artifacts", "argo"));
    let said = sandbox.run("render --format set").ok();
    assert!(!sandbox.path("out").exists(), "it writes nothing");
    for words in [
        "# argo-workflows\n  --set-string artifactRepository.s3.bucket=acme-artifacts \\\n  --set",
        "# massdriver\n  --set",
    ] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
    assert!(!said.stdout.contains("accessKeyId="), "{}", said.stdout);
    let keep = "keep `-f massdriver/values.secret.yaml`";
    assert!(said.stderr.contains(keep) && said.stderr.contains("helm upgrade --install argo"), "{}", said.stderr);
    let one = sandbox.run("render --format set --only argo-workflows").ok();
    assert!(!one.stdout.contains("massdriver"), "{}", one.stdout);

    let text = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n  - {profile: gradient, chartVersion: 1.0.0}\n";
    let refused = Sandbox::with_spec(text).run("render --format set").exits(2).stderr;
    assert!(refused.contains("none of these installs takes `--set`"), "{refused}");
}
