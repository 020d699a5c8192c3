//! The rendered documents in the hands of the programs that read them.

use std::path::Path;

use serde_json::Value;

use super::{google, spec};
use crate::harness::{Google, Sandbox, bare, project};

#[test]
fn fog_opens_the_connection_of_gitlab() {
    let google = google!();
    if !Path::new("/usr/bin/ruby").exists() {
        skip!("fog_google.rb", "ruby is not installed");
    }
    let sandbox = Sandbox::with_spec(&spec(&["{profile: gitlab, chartVersion: 9.9.1, identity: static-keys}"]));
    let _ = google.call(&sandbox, "apply --yes").run().ok();
    let mut fog = bare("ruby");
    fog.arg(project().join("tests/peers/fog_google.rb"));
    fog.arg(sandbox.path("out/gitlab/object-storage.yaml")).args([&google.endpoint, "acme-lfs", "acme-nobody"]);
    let output = fog.output().expect("ruby starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let found: Vec<&str> =
        lines.iter().filter(|line| line["ok"] == true).filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(
        found,
        ["connect", "put", "get", "list", "delete", "foreign bucket is refused"],
        "{lines:#?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
