//! Values read back through Helm's own engine: what looks like a number or a boolean must still be a string.

pub mod check;
mod set;

use serde_json::Value;

use crate::harness::{Sandbox, helm_reads, project, python, tree_of_text};

/// Texts that YAML 1.1, which Helm reads, takes for something else when they stand bare.
const TRAPS: [&str; 8] = ["no", "off", "on", "y", "012345678901", "1e10", "0x1f", "1_000"];

fn spec(bucket: &str, text: &str) -> String {
    format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1}}\nidentity: static-keys\ninstalls:\n  \
         - profile: argo-workflows\n    chartVersion: 1.0.18\n    buckets: {{artifacts: {{name: \"{bucket}\", existing: true}}}}\n    \
         options: {{workflowServiceAccount: \"{text}\"}}\n  - profile: massdriver\n    chartVersion: 0.2.0\n    \
         credentials: {{accessKeyId: env:KEY_ID, secretAccessKey: env:KEY_SECRET}}\n"
    )
}

#[test]
fn traps_stay_strings() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    let mut texts = Vec::new();
    for trap in TRAPS {
        let bucket = if trap.len() < 3 { "off" } else { trap };
        let sandbox = Sandbox::with_spec(&spec(bucket, "argo"));
        let run = sandbox
            .call(["render", "--only", "massdriver", "--out", "out"])
            .env("KEY_ID", trap)
            .env("KEY_SECRET", trap)
            .run();
        let _ = run.ok();
        let _ = sandbox.run("render --only argo-workflows --placeholders --out out").ok();
        texts.push(sandbox.read("out/massdriver/values.secret.yaml"));
        texts.push(sandbox.read("out/argo-workflows/values.yaml"));
    }
    let answers = helm_reads(&python, &texts);
    for (pair, trap) in answers.chunks(2).zip(TRAPS) {
        let (secret, values) = (pair[0].as_ref().expect("reads"), pair[1].as_ref().expect("reads"));
        let s3 = &secret["massdriver"]["blobStorage"]["s3"];
        assert_eq!((&s3["accessKeyId"], &s3["secretAccessKey"]), (&Value::from(trap), &Value::from(trap)));
        let bucket = &values["artifactRepository"]["s3"]["bucket"];
        assert_eq!(bucket, &Value::from(if trap.len() < 3 { "off" } else { trap }));
    }
    // The test itself: bare, Helm takes most of them for something else.
    let bare: Vec<String> = TRAPS.iter().map(|trap| format!("k: {trap}\n")).collect();
    let misread = helm_reads(&python, &bare);
    let wrong = misread.iter().zip(TRAPS).filter(|(answer, trap)| answer.as_ref().is_ok_and(|v| v["k"] != *trap));
    assert_eq!(wrong.count(), TRAPS.len(), "{misread:?}");
}

#[test]
fn helm_reads_what_was_meant() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => skip!("Helm's engine", why),
    };
    let golden = tree_of_text(&project().join("tests/golden"));
    let texts: Vec<String> =
        golden.into_iter().filter(|(name, _)| name.ends_with("/values.yaml")).map(|(_, text)| text).collect();
    assert!(texts.len() > 5, "the golden folders hold values");
    for (text, answer) in texts.iter().zip(helm_reads(&python, &texts)) {
        let meant: Value = serde_yaml::from_str(text).expect("YAML");
        assert_eq!(answer.expect("Helm reads it"), meant);
    }
}
