//! Ways into each error that a Kubernetes cluster gives.

use serde_json::{Value, json};

use super::{Said, note};
use crate::harness::Sandbox;
use crate::kube::release::chart;
use crate::kube::server::Server;
use crate::kube::{NAME, push, run, sandbox};

/// A kubeconfig with one context.
fn config(here: &Sandbox, server: &str, user: &Value) {
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "prod",
        "clusters": [{"name": "prod", "cluster": {"server": server, "insecure-skip-tls-verify": true}}], "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me"}}]});
    here.write("config", &config.to_string());
}

/// Everything that needs a cluster; a reason when there is none.
pub fn say(said: &mut Said) -> Result<(), String> {
    let here = sandbox("told");
    config(&here, "https://127.0.0.1:1", &json!({}));
    note(said, "BW1101", &push(&here, "config", "--context prd").exits(2).stderr);
    note(said, "BW1102", &push(&here, "config", "").exits(1).stderr);

    let server = Server::shared()?;
    config(&here, server.ready("server"), &json!({"token": "of-yesterday"}));
    note(said, "BW1110", &push(&here, "config", "").exits(1).stderr);
    pushed(said, server, &here);
    released(said, server);
    Ok(())
}

/// What is in the way of Secrets.
fn pushed(said: &mut Said, server: &Server, here: &Sandbox) {
    let admin = server.user("admin");
    note(said, "BW1106", &push(here, &admin, "").exits(1).stderr);
    note(said, "BW1103", &push(here, &server.user("pusher"), "").exits(1).stderr);
    let _ = push(here, &admin, "--create-namespaces").ok();
    let again =
        || run(here, &format!("push --kubeconfig {admin}"), "another secret of forty characters, or so").exits(1);
    let path = &format!("/api/v1/namespaces/told/secrets/{NAME}");
    server.patch(&format!("{path}?fieldManager=argocd"), &json!({"data": {"AWS_SECRET_ACCESS_KEY": "b3RoZXI="}}));
    note(said, "BW1104", &again().stderr);
    server.delete(path);
    let _ = push(here, &admin, "").ok();
    server.patch(path, &json!({"immutable": true}));
    note(said, "BW1109", &again().stderr);
    // Nobody finishes it: no controllers run.
    server.delete("/api/v1/namespaces/told");
    server.delete(path);
    note(said, "BW1105", &again().stderr);
}

/// What is in the way of a release's values.
fn released(said: &mut Said, server: &Server) {
    let here = sandbox("told-release");
    server.namespace("told-release");
    let compare = || here.run(&format!("release --kubeconfig {}", server.user("admin"))).exits(1).stderr;
    note(said, "BW1107", &compare());
    server.install(&chart(&here), "secret", "told-release", "massdriver", &json!({}));
    let stored = "/api/v1/namespaces/told-release/secrets/sh.helm.release.v1.massdriver.v1";
    server.patch(stored, &json!({"data": {"release": "bm8gcmVsZWFzZSE="}}));
    note(said, "BW1108", &compare());
    server.delete(stored);
    note(said, "BW1111", &compare());
}
