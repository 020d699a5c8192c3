//! RBAC: the printed Roles are enough, and each right that is missing is named with the Role that gives it.

use serde_json::json;

use super::{api_server, push, sandbox};

#[test]
fn the_printed_roles_are_enough_and_less_is_not() {
    let server = api_server!();
    let sandbox = sandbox("rights");
    server.namespace("rights");
    let pusher = server.user("pusher");
    let denied = push(&sandbox, &pusher, "").exits(1);
    let words = denied.messages().replace("\n        ", " ");
    for word in [
        "BW1103",
        "the cluster denies `get`: get secrets rights/massdriver-argo-s3",
        "`kubectl create role bucketwright --verb=get --resource=secrets --resource-name=massdriver-argo-s3 -n rights`",
        "User \"pusher\" cannot get",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }
    let user = json!({"kind": "User", "name": "pusher", "apiGroup": "rbac.authorization.k8s.io"});
    // Without `create`, only what is there already can be applied.
    let roles = push(&sandbox, &pusher, "--permissions").ok().json();
    let mut fewer = roles.clone();
    let held = fewer["items"][0]["rules"].as_array_mut().expect("a list");
    held.retain(|rule| rule["verbs"] != json!(["create"]));
    server.grant(&fewer, &user, "pusher");
    let denied = push(&sandbox, &pusher, "").exits(1).messages().replace("\n        ", " ");
    assert!(denied.contains("the cluster denies `create`"), "{denied}");
    assert!(denied.contains("--verb=create --resource=secrets -n rights`"), "{denied}");
    server.delete("/apis/rbac.authorization.k8s.io/v1/namespaces/rights/rolebindings/pusher");
    server.delete("/apis/rbac.authorization.k8s.io/v1/namespaces/rights/roles/bucketwright-push");
    server.grant(&roles, &user, "pusher");
    for _ in 0..2 {
        let _ = push(&sandbox, &pusher, "").ok();
    }
    // Nothing beside it: no other Secret of the namespace can be read.
    let listed = sandbox.run(&format!("release --kubeconfig {pusher}")).exits(1);
    let words = listed.messages().replace("\n        ", " ");
    assert!(words.contains("the cluster denies `list`: list secrets in rights"), "{words}");
    assert!(words.contains("--verb=list --resource=secrets -n rights`"), "{words}");
}

/// The ClusterRole for namespaces, as a user that holds it and the Role.
#[test]
fn namespaces_need_a_cluster_role_of_their_own() {
    let server = api_server!();
    let sandbox = sandbox("made-by-role");
    let pusher = server.user("maker");
    let denied = push(&sandbox, &pusher, "--create-namespaces").exits(1);
    let words = denied.messages().replace("\n        ", " ");
    assert!(words.contains("kubectl create clusterrole bucketwright --verb=get --resource=namespaces"), "{words}");
    let mut roles = push(&sandbox, &pusher, "--create-namespaces --permissions").ok().json();
    let roles = roles["items"].as_array_mut().expect("roles");
    assert_eq!(roles[0]["kind"], "ClusterRole");
    let user = json!({"kind": "User", "name": "maker", "apiGroup": "rbac.authorization.k8s.io"});
    // A Role can only be made in a namespace that is there, so the first push makes nothing else.
    server.grant(&json!({"items": [roles[0]]}), &user, "maker");
    let denied = push(&sandbox, &pusher, "--create-namespaces").exits(1);
    assert!(denied.stderr.contains("the cluster denies `get`: get secrets made-by-role/"), "{}", denied.stderr);
    server.namespace("made-by-role");
    server.grant(&json!({"items": [roles[1]]}), &user, "maker");
    let _ = push(&sandbox, &pusher, "--create-namespaces").ok();
}
