//! Which cluster, and as whom: contexts, certificates, tokens, and the account of a pod.

use std::process::Command;

use serde_json::{Value, json};

use super::{api_server, push, sandbox};
use crate::harness::Sandbox;

/// A kubeconfig with one context, `far`.
fn config(sandbox: &Sandbox, cluster: &Value, user: &Value) {
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "far",
        "clusters": [{"name": "far", "cluster": cluster}], "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "far", "context": {"cluster": "far", "user": "me"}}]});
    sandbox.write("config", &config.to_string());
}

#[test]
fn no_cluster_and_a_wrong_context_are_named() {
    let sandbox = sandbox("nowhere");
    config(&sandbox, &json!({"server": "https://127.0.0.1:1"}), &json!({}));
    let wrong = push(&sandbox, "config", "--context near").exits(2);
    assert!(wrong.stderr.contains("BW1101") && wrong.stderr.contains("Known: far"), "{}", wrong.stderr);
    let none = push(&sandbox, "missing", "").exits(2);
    assert!(none.stderr.contains("BW1101") && none.stderr.contains("missing"), "{}", none.stderr);
    // No file is named, none is found, and this is no pod.
    let none = sandbox.call(["release"]).run().exits(2);
    assert!(none.stderr.contains("BW1101"), "{}", none.stderr);
    let closed = push(&sandbox, "config", "").exits(1);
    assert!(closed.stderr.contains("BW1102") && closed.stderr.contains("refused"), "{}", closed.stderr);
    let listed = push(&sandbox, "missing", "--dry-run=client").ok();
    assert!(listed.stdout.contains("Secret nowhere/"), "{}", listed.stdout);
    // KUBECONFIG is kubectl's.
    let found = sandbox.call(["release"]).env("KUBECONFIG", sandbox.path("config")).run().exits(1);
    assert!(found.stderr.contains("BW1102"), "{}", found.stderr);
}

/// What listens is no API server, or a broken one: its answer is cut off where it is too large or too slow.
#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    use std::io::{Read, Write};
    const HEAD: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"kind\":\"SecretList\",\"items\":[";
    for (name, chunk, pause, words) in [
        ("large", vec![b' '; 1 << 20], 0, "Its answer is larger than 64 MiB."),
        ("slow", vec![b' '], 200, "Its answer was not complete after 30 seconds."),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let mut going = stream.write_all(HEAD).is_ok();
                while going {
                    std::thread::sleep(std::time::Duration::from_millis(pause));
                    going = stream.write_all(&chunk).is_ok();
                }
            }
        });
        let sandbox = sandbox(name);
        config(&sandbox, &json!({"server": format!("http://{address}")}), &json!({}));
        let began = std::time::Instant::now();
        let told = sandbox.run("release --kubeconfig config").exits(1);
        assert!(told.stderr.contains("BW1102") && told.stderr.contains(words), "{name}: {}", told.stderr);
        if name == "large" {
            // Before a Job is made, none can be left.
            sandbox.write("bucketwright.yaml", crate::helm::check::fixture::SPEC);
            let told = sandbox.run("verify --in-cluster --kubeconfig config").any().all();
            assert!(told.contains("BW1102") && !told.contains("BW1116"), "{told}");
        }
        assert!(began.elapsed().as_secs() < 120, "{name}: {:?}", began.elapsed());
    }
}

#[test]
fn a_foreign_certificate_and_an_old_token_are_told_apart() {
    let server = api_server!();
    let sandbox = sandbox("strange");
    let address = server.ready("server");
    config(&sandbox, &json!({"server": address}), &json!({"token": "stale-token"}));
    let foreign = push(&sandbox, "config", "").exits(1);
    assert!(foreign.stderr.contains("BW1102") && foreign.stderr.contains("certificate"), "{}", foreign.stderr);
    config(
        &sandbox,
        &json!({"server": address, "certificate-authority": server.ready("ca")}),
        &json!({"token": "stale-token"}),
    );
    let unknown = push(&sandbox, "config", "").exits(1);
    assert!(
        unknown.stderr.contains("BW1110") && unknown.stderr.contains("aws eks update-kubeconfig"),
        "{}",
        unknown.stderr
    );
    assert!(!unknown.all().contains("stale-token"));
}

/// HTTPS_PROXY and NO_PROXY are kubectl's: the first byte that goes to the proxy is its own verb.
#[test]
fn a_proxy_of_the_environment_is_used() {
    let sandbox = sandbox("behind");
    config(&sandbox, &json!({"server": "https://kubernetes.example:6443"}), &json!({}));
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().expect("a caller");
        let mut begin = [0; 35];
        std::io::Read::read_exact(&mut stream, &mut begin).expect("a request");
        String::from_utf8_lossy(&begin).into_owned()
    });
    let call = sandbox.call(["release", "--kubeconfig", "config"]).env("HTTPS_PROXY", &address);
    assert!(call.run().exits(1).stderr.contains("BW1102"));
    assert_eq!(asked.join().expect("ends"), "CONNECT kubernetes.example:6443 HTT");
}

/// As a pod is: a projected token, the CA and the address in the environment; the ServiceAccount holds the printed Role.
#[test]
fn a_pod_pushes_with_its_own_account() {
    let server = api_server!();
    let sandbox = sandbox("inside");
    server.namespace("inside");
    server.make("serviceaccounts", Some("inside"), &json!({"metadata": {"name": "pusher"}}));
    let roles = push(&sandbox, "none", "--permissions").ok().json();
    let subject = json!({"kind": "ServiceAccount", "name": "pusher", "namespace": "inside"});
    server.grant(&roles, &subject, "system:serviceaccount:inside:pusher");
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": 600}});
    let token = server.post("/api/v1/namespaces/inside/serviceaccounts/pusher/token", &request);
    sandbox.write("token", token["status"]["token"].as_str().expect("a token"));
    // A pod's files lie at a fixed place: the test makes it in a mount namespace of its own.
    const POD: &str = "\
mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount && cd /run/secrets/kubernetes.io/serviceaccount \
&& cp \"$WORK/token\" token && cp \"$CA\" ca.crt && printf inside > namespace && cd \"$WORK\" && exec \"$0\" push";
    let unshare = ["--user", "--map-root-user", "--mount"];
    let able = Command::new("unshare").args(unshare).arg("true").output();
    if !able.is_ok_and(|output| output.status.success()) {
        skip!("unshare", "no mount namespace can be made");
    }
    let port = server.ready("server").rsplit(':').next().expect("a port");
    let output = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", POD, env!("CARGO_BIN_EXE_bucketwright")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("HOME", "/nonexistent")
        .env("WORK", sandbox.path(""))
        .env("CA", server.ready("ca"))
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("KEY_ID", "AKIAEXAMPLE1234567")
        .env("KEY_SECRET", "hushhushhushhushhushhushhushhush")
        .output()
        .expect("unshare starts");
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && words.contains("create Secret inside/massdriver-argo-s3"), "{words}");
    assert_eq!(server.secret("inside", "massdriver-argo-s3")["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE1234567");
}
