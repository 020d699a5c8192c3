//! `rotate --push`: the new key in the cluster, and a restart of what reads it. No controller runs: the annotation is the restart.

use serde_json::{Value, json};

use super::api_server;
use super::server::Server;
use crate::harness::{Peer, Sandbox};

const SPEC: &str = "\
apiVersion: bucketwright/v1
name: turned
cloud: {provider: aws, region: eu-west-1}
identity: static-keys
installs:
  - {profile: argo-workflows, chartVersion: 1.0.18, namespace: turned}
";

/// A workload whose pods read a Secret.
fn workload(server: &Server, resource: &str, name: &str, secret: &str, more: &Value) {
    let labels = json!({"app": name});
    let container = json!({"name": "main", "image": "x", "envFrom": [{"secretRef": {"name": secret}}]});
    let mut spec = json!({"selector": {"matchLabels": labels}, "serviceName": name,
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}});
    more.as_object().expect("a map").iter().for_each(|(key, value)| spec[key] = value.clone());
    if resource != "statefulsets" {
        spec.as_object_mut().expect("a map").remove("serviceName");
    }
    server.make(resource, Some("turned"), &json!({"metadata": {"name": name}, "spec": spec}));
}

/// When a workload was restarted.
fn restarted(server: &Server, resource: &str, name: &str) -> Value {
    let there = server.get(&format!("/apis/apps/v1/namespaces/turned/{resource}/{name}"));
    there["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].clone()
}

#[test]
fn just_what_reads_the_key_restarts() {
    let server = api_server!();
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(SPEC);
    let admin = server.user("admin");
    let secret = "argo-argo-workflows-artifacts";
    let apply = format!("apply --yes --no-proof --push --create-namespaces --kubeconfig {admin}");
    let _ = account.call(&sandbox, &apply).run().ok();
    let first = server.secret("turned", secret)["AWS_ACCESS_KEY_ID"].clone();
    workload(server, "deployments", "reads", secret, &json!({}));
    workload(server, "statefulsets", "keeps", secret, &json!({}));
    workload(server, "deployments", "stops", secret, &json!({"strategy": {"type": "Recreate"}}));
    workload(server, "deployments", "other", "another-secret", &json!({}));
    let user = server.user("turner");
    let rotate = |more: &str| account.call(&sandbox, &format!("rotate --yes --push --kubeconfig {user} {more}")).run();
    // What the cluster refuses is known before a key is made, with and without the Roles of a push alone.
    let keys = || account.writes().iter().filter(|call| call.contains("CreateAccessKey")).count();
    let before = keys();
    let subject = json!({"kind": "User", "name": "turner", "apiGroup": "rbac.authorization.k8s.io"});
    let denied = rotate("").exits(1).messages().replace("\n        ", " ");
    assert!(denied.contains("BW1103") && denied.contains("get secrets turned/"), "{denied}");
    server.grant(&sandbox.run("push --permissions").ok().json(), &subject, "turner");
    let denied = rotate("").exits(1).messages().replace("\n        ", " ");
    assert!(denied.contains("--verb=list --resource=deployments -n turned`"), "{denied}");
    assert_eq!((keys(), server.secret("turned", secret)["AWS_ACCESS_KEY_ID"].clone()), (before, first.clone()));
    server.delete("/apis/rbac.authorization.k8s.io/v1/namespaces/turned/rolebindings/pusher");
    server.grant(&sandbox.run("rotate --push --permissions").ok().json(), &subject, "turner");
    let done = rotate("").ok();
    for words in ["change Secret turned/", "Deployment turned/reads restarts.", "StatefulSet turned/keeps restarts."] {
        assert!(done.all().contains(words), "{words}: {}", done.all());
    }
    assert!(done.stderr.contains("Deployment turned/stops is yours to restart"), "{}", done.stderr);
    assert!(done.stderr.contains("  kubectl --namespace turned rollout restart deployment stops\n"), "{}", done.stderr);
    assert!(!done.stderr.contains("kubectl apply"), "{}", done.stderr);
    let second = server.secret("turned", secret)["AWS_ACCESS_KEY_ID"].clone();
    assert!(second != first && keys() == before + 1, "{second}");
    assert!(
        restarted(server, "deployments", "reads").is_string() && restarted(server, "statefulsets", "keeps").is_string()
    );
    assert!(restarted(server, "deployments", "stops").is_null() && restarted(server, "deployments", "other").is_null());
    // Once more, as after an interruption: the same key.
    let again = rotate("-o json").ok().json();
    let names = |left: bool| {
        let all = again["pushed"]["consumers"].as_array().expect("consumers").iter();
        all.filter(|one| one["byHand"].is_null() != left).map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((names(false), names(true)), (vec![json!("reads"), json!("keeps")], vec![json!("stops")]));
    assert_eq!(server.secret("turned", secret)["AWS_ACCESS_KEY_ID"], second);
}

/// A kept key that fails its proof, with a push: the cluster keeps what it had.
#[test]
fn an_unproven_key_is_not_pushed() {
    let server = api_server!();
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(&SPEC.replace("turned", "unproven"));
    let admin = server.user("admin");
    let apply = format!("apply --yes --push --create-namespaces --kubeconfig {admin}");
    let fault =
        json!({"account": account.id, "operation": "PutObject", "status": 403, "code": "AccessDenied", "times": 1000});
    peer.fail(&fault);
    let call = account.call(&sandbox, &apply).env("BUCKETWRIGHT_PAUSE_MS", "2");
    let words = call.run().exits(1).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("BW0608") && words.contains("Nothing was pushed."), "{words}");
    let names = server.get("/api/v1/namespaces")["items"].to_string();
    assert!(!names.contains("unproven"), "{names}");
    peer.post("clear", &json!({}));
    account.call(&sandbox, &apply).run().ok();
    let before = server.secret("unproven", "argo-argo-workflows-artifacts")["AWS_ACCESS_KEY_ID"].clone();
    assert!(before.is_string(), "{before}");
}

/// Two specs with one release in one namespace: the second does not write over the Secret of the first.
#[test]
fn what_another_spec_pushed_stays() {
    let server = api_server!();
    let sandbox = super::sandbox("marked");
    let admin = server.user("admin");
    let _ = super::push(&sandbox, &admin, "--create-namespaces").ok();
    let other = super::sandbox("marked");
    other.write("bucketwright.yaml", &sandbox.read("bucketwright.yaml").replace("name: acme-md", "name: other-md"));
    let secret = || server.secret("marked", super::NAME);
    let before = secret();
    for more in ["", "--force-conflicts", "--dry-run=server"] {
        let said = super::run(&other, &format!("push --kubeconfig {admin} {more}"), "anotheranotheranother").exits(1);
        let words = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("BW1117") && words.contains("`acme-md`") && words.contains("`other-md`"), "{words}");
        assert!(words.contains("bucketwright/spec-"), "{words}");
        assert_eq!(secret(), before, "{more}");
    }
    // Its own spec goes on, and one without a mark is anybody's.
    let _ = super::push(&sandbox, &admin, "").ok();
}
