//! Keys with the printed policies and nothing more, made by the printed lines with MinIO's own client, in the hands of the
//! charts' programs.

use std::process::Command;

use super::programs::{IMAGE, programs};
use super::{call, spec};
use crate::harness::{Call, KEY, Sandbox, Store, bare, client, project};

/// The keys that the charts bring.
const KEYS: [(&str, &str); 4] = [
    ("GITLAB_ID", "gitlab-key"),
    ("GITLAB_SECRET", "gitlab-secret"),
    ("ARGO_ID", "argo-key"),
    ("ARGO_SECRET", "argo-secret"),
];

fn brought<'a>(sandbox: &'a Sandbox, arguments: &str) -> Call<'a> {
    KEYS.iter().fold(call(sandbox, arguments), |call, (name, value)| call.env(name, value))
}

#[test]
fn the_printed_policies_are_enough_and_no_more() {
    let store = match client().and_then(|_| Store::minio(true)) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let install = |profile: &str, name: &str| {
        format!(
            "{{profile: {profile}, credentials: {{accessKeyId: env:{name}_ID, secretAccessKey: env:{name}_SECRET}}}}"
        )
    };
    let ca = store.authority();
    let cloud = format!("  store: minio\n  endpoint: {}\n  ca: {}\n", store.endpoint(), ca.display());
    let gitlab = install("gitlab, chartVersion: 9.9.1", "GITLAB");
    let argo = install("argo-workflows, chartVersion: 1.0.18, options: {uploads: true}", "ARGO");
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[&gitlab, &argo]));

    let _ = brought(&sandbox, "render --placeholders").run().ok();
    let plan = brought(&sandbox, "plan -o json").run().ok().json();
    let lines: Vec<&str> =
        plan["userCommands"].as_array().expect("lines").iter().filter_map(|line| line.as_str()).collect();
    assert_eq!(lines.iter().filter(|line| line.contains("user add")).count(), 2, "{lines:#?}");
    for line in lines {
        let typed = |key: (&str, &str)| format!("{}\n{}\n", key.0, key.1);
        let typed = match line {
            _ if line.contains("alias set") => typed(KEY),
            _ if line.contains("for acme-gitlab") => typed((KEYS[0].1, KEYS[1].1)),
            _ if line.contains("for acme-argo-workflows") => typed((KEYS[2].1, KEYS[3].1)),
            _ => String::new(),
        };
        store.administer(&sandbox.path("out"), line, &typed, &KEYS).unwrap_or_else(|why| panic!("{why}"));
    }

    let done = brought(&sandbox, "apply --yes -o json").run().ok().json();
    let trials = done["proof"]["trials"].as_array().expect("trials");
    assert!(trials.len() > 5 && trials.iter().all(|trial| trial["passed"] == true), "{trials:#?}");
    programs(&sandbox.path("out/gitlab"), Some(&ca), &IMAGE);

    // GitLab's key in Argo's bucket.
    let mut s3cmd: Command = bare("bash");
    s3cmd.arg(project().join("tests/peers/s3cmd.sh")).arg(sandbox.path("out/gitlab/s3cmd.cfg"));
    let output = s3cmd.args(["-", "acme-argo-artifacts"]).env("SSL_CERT_FILE", &ca).output().expect("s3cmd.sh");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches("403 (AccessDenied)").count(), 3, "{said}");
}
