//! The cluster: a real API server, with RBAC on.

mod server;

use serde_json::{Value, json};
use server::Server;

use crate::harness::Sandbox;

const SPEC: &str = "\
apiVersion: bucketwright/v1
name: acme-md
cloud: {provider: aws, region: us-east-1}
identity: static-keys
installs:
  - profile: massdriver
    chartVersion: 0.2.0
    namespace: NAMESPACE
    options: {argoSecret: secret}
    credentials: {accessKeyId: env:KEY_ID, secretAccessKey: env:KEY_SECRET}
";

/// A sandbox whose spec brings its keys and uses a namespace of the test's own.
fn sandbox(namespace: &str) -> Sandbox {
    Sandbox::with_spec(&SPEC.replace("NAMESPACE", namespace))
}

fn push(sandbox: &Sandbox, kubeconfig: &str, more: &str) -> crate::harness::Run {
    let arguments = format!("push --kubeconfig {kubeconfig} {more}");
    sandbox
        .call(arguments.split_whitespace())
        .env("KEY_ID", "AKIAEXAMPLE1234567")
        .env("KEY_SECRET", "hushhushhushhushhushhushhushhush")
        .run()
}

macro_rules! server {
    () => {
        match Server::shared() {
            Ok(server) => server,
            Err(why) => skip!("kube.py", why),
        }
    };
}

#[test]
fn a_push_arrives_and_says_no_value() {
    let server = server!();
    let sandbox = sandbox("arrives");
    let admin = server.user("admin");
    let missing = push(&sandbox, &admin, "").exits(1);
    assert!(missing.stderr.contains("BW1106"), "{}", missing.stderr);
    let first = push(&sandbox, &admin, "--create-namespaces").ok();
    assert!(first.stdout.contains("create Secret arrives/"), "{}", first.stdout);
    let again = push(&sandbox, &admin, "-o json").ok();
    let objects = again.json()["objects"].clone();
    for object in objects.as_array().expect("objects") {
        assert_eq!(object["existed"], true);
        assert!(object["keys"].as_array().expect("keys").iter().all(|key| key["change"] == "same"), "{object}");
    }
    for text in [first.all(), again.all()] {
        assert!(!text.contains("hush") && !text.contains("AKIA") && !text.contains("aHVzaA"), "{text}");
    }
}

#[test]
fn a_dry_run_keeps_nothing() {
    let server = server!();
    let sandbox = sandbox("dry");
    server.make("namespaces", None, &json!({"metadata": {"name": "dry"}}));
    let _ = push(&sandbox, &server.user("admin"), "--dry-run=server").ok();
    assert_eq!(server.get("/api/v1/namespaces/dry/secrets")["items"], json!([]));
}

#[test]
fn the_printed_roles_are_enough_and_less_is_not() {
    let server = server!();
    let sandbox = sandbox("rights");
    server.make("namespaces", None, &json!({"metadata": {"name": "rights"}}));
    let pusher = server.user("pusher");
    let denied = push(&sandbox, &pusher, "").exits(1);
    assert!(denied.stderr.contains("BW1103") && denied.stderr.contains("get Secret rights/"), "{}", denied.stderr);
    let roles = push(&sandbox, &pusher, "--permissions").ok().json();
    for role in roles["items"].as_array().expect("roles") {
        server.make("roles", Some("rights"), role);
    }
    let binding = json!({"metadata": {"name": "pusher"}, "subjects": [{"kind": "User", "name": "pusher", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"kind": "Role", "name": "bucketwright-push", "apiGroup": "rbac.authorization.k8s.io"}});
    server.make("rolebindings", Some("rights"), &binding);
    server.until_allowed("rights");
    let _ = push(&sandbox, &pusher, "").ok();
    let _ = push(&sandbox, &pusher, "").ok();
}

#[test]
fn fields_of_others_are_named_and_never_taken_silently() {
    let server = server!();
    let sandbox = sandbox("owned");
    let admin = server.user("admin");
    let _ = push(&sandbox, &admin, "--create-namespaces").ok();
    let list = server.get("/api/v1/namespaces/owned/secrets");
    let secret = &list["items"][0];
    let name = secret["metadata"]["name"].as_str().expect("a name");
    let key = secret["data"].as_object().expect("data").keys().next().expect("a key").clone();
    server.patch(
        &format!("/api/v1/namespaces/owned/secrets/{name}?fieldManager=argocd"),
        &json!({"data": {&key: "b3RoZXI="}}),
    );
    let refused = push(&sandbox, &admin, "").exits(1);
    for word in ["BW1104", "argocd", key.as_str(), "--force-conflicts"] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    let forced = push(&sandbox, &admin, "--force-conflicts").ok();
    assert!(forced.stdout.contains(&format!("changed {key}")), "{}", forced.stdout);
    server.patch(
        &format!("/api/v1/namespaces/owned/secrets/{name}"),
        &json!({"data": {&key: "b3RoZXI="}, "immutable": true}),
    );
    let refused = push(&sandbox, &admin, "--force-conflicts").exits(1);
    assert!(
        refused.stderr.contains("BW1109") && refused.stderr.contains("kubectl delete secret"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_running_release_is_compared() {
    let server = server!();
    let sandbox = sandbox("runs");
    server.make("namespaces", None, &json!({"metadata": {"name": "runs"}}));
    let call = || sandbox.run(&format!("release --kubeconfig {}", server.user("admin")));
    let none = call().exits(1);
    assert!(none.stderr.contains("BW1107") && none.stderr.contains("SQL"), "{}", none.stderr);
    let stored = |version: u64, config: Value| {
        Server::packed(&json!({"version": version, "config": config,
        "chart": {"metadata": {"name": "massdriver", "version": "0.2.0"}}}))
    };
    let labels = |version: &str, status: &str| json!({"owner": "helm", "name": "massdriver", "version": version, "status": status});
    server.make(
        "configmaps",
        Some("runs"),
        &json!({"metadata": {"name": "sh.helm.release.v1.massdriver.v1", "labels": labels("1", "deployed")},
        "data": {"release": stored(1, json!({"fromMap": 1}))}}),
    );
    assert!(call().exits(3).stdout.contains("lost    fromMap"));
    server.make(
        "secrets",
        Some("runs"),
        &json!({"metadata": {"name": "sh.helm.release.v1.massdriver.v9", "labels": labels("9", "deployed")},
        "type": "helm.sh/release.v1", "stringData": {"release": stored(9, json!({"domain": {"secretName": "hush"}}))}}),
    );
    let seen = call().exits(3);
    assert!(seen.stdout.contains("revision 9") && seen.stdout.contains("lost    domain.secretName"), "{}", seen.stdout);
    assert!(!seen.all().contains("hush"));
}

#[test]
fn no_cluster_and_a_wrong_context_are_named() {
    let sandbox = sandbox("nowhere");
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "far", "users": [],
        "clusters": [{"name": "far", "cluster": {"server": "https://127.0.0.1:1"}}],
        "contexts": [{"name": "far", "context": {"cluster": "far", "user": ""}}]});
    sandbox.write("config", &config.to_string());
    let wrong = push(&sandbox, "config", "--context near").exits(1);
    assert!(wrong.stderr.contains("BW1101") && wrong.stderr.contains("Known: far"), "{}", wrong.stderr);
    let none = push(&sandbox, "missing", "").exits(1);
    assert!(none.stderr.contains("BW1101"), "{}", none.stderr);
    let listed = push(&sandbox, "missing", "--dry-run=client").ok();
    assert!(listed.stdout.contains("Secret nowhere/"), "{}", listed.stdout);
}
