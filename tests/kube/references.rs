//! `kube:NAMESPACE/NAME/KEY` in a spec.

use serde_json::json;

use super::{SPEC, api_server};
use crate::harness::Sandbox;

/// A sandbox whose spec takes its keys from a Secret in the cluster.
fn sandbox(namespace: &str, key: &str) -> Sandbox {
    let spec = SPEC.replace("NAMESPACE", namespace);
    let spec = spec.replace("env:KEY_ID", &format!("kube:{namespace}/brought/id"));
    Sandbox::with_spec(&spec.replace("env:KEY_SECRET", &format!("kube:{namespace}/brought/{key}")))
}

#[test]
fn keys_come_from_a_secret_in_the_cluster() {
    let server = api_server!();
    server.namespace("refers");
    let brought = json!({"metadata": {"name": "brought"}, "stringData": {"id": "AKIAEXAMPLE1234567", "secret": "hushhushhushhush", "padded": "hush\n"}});
    server.make("secrets", Some("refers"), &brought);
    let admin = server.user("admin");
    let here = sandbox("refers", "secret");
    let _ = here.run(&format!("push --kubeconfig {admin}")).ok();
    let there = server.secret("refers", "massdriver-argo-s3");
    assert_eq!(there, json!({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE1234567", "AWS_SECRET_ACCESS_KEY": "hushhushhushhush"}));
    let _ = here.run(&format!("render --kubeconfig {admin}")).ok();
    assert!(here.read("out/massdriver/values.secret.yaml").contains("hushhushhushhush"));
    // Each that cannot be resolved is named; the value never.
    let spec = here.read("bucketwright.yaml");
    here.write("bucketwright.yaml", &spec.replace("brought/id", "absent/id").replace("brought/secret", "brought/none"));
    let lost = here.run(&format!("render --kubeconfig {admin}")).exits(2);
    for word in
        ["`kube:refers/absent/id` cannot be resolved", "no such Secret", "`kube:refers/brought/none`", "no such key"]
    {
        assert!(lost.stderr.contains(word), "{word}: {}", lost.stderr);
    }
    let padded = sandbox("refers", "padded").run(&format!("render --kubeconfig {admin}")).exits(2);
    assert!(padded.stderr.contains("blanks at its ends") && !padded.stderr.contains("hush"), "{}", padded.stderr);
}

#[test]
fn the_printed_role_reads_what_the_spec_refers_to() {
    let server = api_server!();
    server.namespace("refers-role");
    let brought = json!({"metadata": {"name": "brought"}, "stringData": {"id": "AKIAEXAMPLE1234567", "secret": "hushhushhushhush"}});
    server.make("secrets", Some("refers-role"), &brought);
    let reader = server.user("reader");
    let here = sandbox("refers-role", "secret");
    let denied = here.run(&format!("push --kubeconfig {reader}")).exits(1);
    assert!(denied.stderr.contains("BW1103") && denied.stderr.contains("--resource-name=brought"), "{}", denied.stderr);
    let roles = here.run("push --permissions").ok().json();
    let user = json!({"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"});
    server.grant(&roles, &user, "reader");
    let _ = here.run(&format!("push --kubeconfig {reader}")).ok();
}
