//! Ways into each error of where secrets are written.

use serde_json::json;

use super::aws::{named, plain};
use super::{Said, note};
use crate::files::{GITLAB, MASSDRIVER, brought, render};
use crate::harness::Peer;

/// Those that need no account.
pub fn offline(said: &mut Said) {
    let words = |install: &str, arguments: &str, exit: i32| render(&brought(install), arguments).exits(exit).stderr;
    let here = brought(GITLAB);
    here.write("cert.pem", "no certificate\n");
    note(said, "BW0710", &render(&here, "--seal cert.pem").exits(2).stderr);
    let identity = format!("AGE-SECRET-KEY-1{}", "Q".repeat(58));
    note(said, "BW0711", &words(GITLAB, &format!("--encrypt age:{identity}"), 2));
    note(said, "BW0712", &words(GITLAB, "--external-secrets Vault/aws", 2));
    note(said, "BW0804", &words(MASSDRIVER, "--external-secrets aws", 2));
    here.write("out/gitlab/values.yaml", "mine: true\n");
    note(said, "BW0807", &render(&here, "").exits(2).stderr);
    std::fs::remove_dir_all(here.path("out")).expect("removed");
    render(&here, "").ok();
    note(said, "BW0805", &render(&here, "--external-secrets aws").exits(1).stderr);
    let here = brought(GITLAB);
    render(&here, "--external-secrets aws").ok();
    note(said, "BW0808", &render(&here, "").exits(1).stderr);
    here.write("bucketwright.yaml", &here.read("bucketwright.yaml").replace("name: ", "name: other-"));
    note(said, "BW0821", &render(&here, "--external-secrets aws").exits(1).stderr);
}

/// An entry of the store that somebody else made.
pub fn live(said: &mut Said, peer: &Peer) {
    let account = peer.fresh();
    let here = named(&account, "static-keys", "acme-kept");
    let _ = here.run("render --external-secrets aws").ok();
    let manifests = here.read("out/argo-workflows/external-secrets.yaml");
    let entry = manifests.lines().find_map(|line| line.trim().strip_prefix("key: ")).expect("a key").trim_matches('"');
    account.python(&format!(
        "boto3.client('secretsmanager', region_name='eu-west-1', config=CONFIG).create_secret(Name={}, SecretString='theirs')",
        json!(entry)
    ));
    let run = account.call(&here, "apply --yes --external-secrets aws").run().exits(1);
    note(said, "BW0806", &plain(&account, &run.stderr));
}
