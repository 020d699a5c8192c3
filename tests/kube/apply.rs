//! `apply --push`: made in the account, then in the cluster; the cluster is asked before a key is made.

use super::api_server;
use crate::harness::{Peer, Sandbox};

const SPEC: &str = "\
apiVersion: bucketwright/v1
name: NAME
cloud: {provider: aws, region: eu-west-1}
identity: static-keys
installs:
  - {profile: argo-workflows, chartVersion: 1.0.18, namespace: NAME}
";

#[test]
fn what_apply_makes_is_pushed() {
    let server = api_server!();
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(&SPEC.replace("NAME", "pushed"));
    let admin = server.user("admin");
    // A cluster that would not take the Secrets is known before anything is made.
    let refused = account.call(&sandbox, &format!("apply --yes --no-proof --push --kubeconfig {admin}")).run().exits(1);
    assert!(refused.stderr.contains("BW1106"), "{}", refused.stderr);
    assert!(account.writes().is_empty(), "{:?}", account.writes());
    let arguments = format!("apply --yes --no-proof --push --create-namespaces --kubeconfig {admin}");
    let done = account.call(&sandbox, &arguments).run().ok();
    assert!(done.stdout.contains("create Secret pushed/argo-argo-workflows-artifacts"), "{}", done.all());
    let there = server.secret("pushed", "argo-argo-workflows-artifacts");
    let id = there["AWS_ACCESS_KEY_ID"].as_str().expect("an id");
    let kept = std::fs::read_dir(sandbox.path("out/credentials")).expect("a folder").flatten();
    let kept: String = kept.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect();
    assert!(id.starts_with("AKIA") && kept.contains(id), "{id}");
    assert!(!done.all().contains(id));
    let again = account.call(&sandbox, &format!("{arguments} -o json")).run().ok().json();
    let objects = again["pushed"]["objects"].as_array().expect("objects");
    assert_eq!(objects.len(), 2, "{again:#}");
    assert!(objects.iter().all(|object| object["existed"] == true), "{again:#}");
}
