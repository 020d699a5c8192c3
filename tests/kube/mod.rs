//! The cluster: a real API server, with RBAC on.

mod apply;
mod guided;
mod in_cluster;
mod providers;
mod reached;
mod references;
pub mod release;
mod rights;
mod rotate;
pub mod server;
mod stop;

use serde_json::{Value, json};

use crate::harness::{Run, Sandbox};

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

/// The Secret of that spec.
pub const NAME: &str = "massdriver-argo-s3";

/// A sandbox whose spec brings its keys and uses a namespace of the test's own.
pub fn sandbox(namespace: &str) -> Sandbox {
    Sandbox::with_spec(&SPEC.replace("NAMESPACE", namespace))
}

/// Runs the binary with the keys that the spec refers to.
pub fn run(sandbox: &Sandbox, arguments: &str, secret: &str) -> Run {
    let call = sandbox.call(arguments.split_whitespace()).env("KEY_ID", "AKIAEXAMPLE1234567");
    call.env("KEY_SECRET", secret).run()
}

pub fn push(sandbox: &Sandbox, kubeconfig: &str, more: &str) -> Run {
    run(sandbox, &format!("push --kubeconfig {kubeconfig} {more}"), "hushhushhushhushhushhushhushhush")
}

macro_rules! api_server {
    () => {
        match crate::kube::server::Server::shared() {
            Ok(server) => server,
            Err(why) => skip!("kube.py", why),
        }
    };
}
use api_server;

#[test]
fn a_push_arrives_and_says_no_value() {
    let server = api_server!();
    let sandbox = sandbox("arrives");
    let admin = server.user("admin");
    let missing = push(&sandbox, &admin, "").exits(1);
    assert!(missing.stderr.contains("BW1106"), "{}", missing.stderr);
    let first = push(&sandbox, &admin, "--create-namespaces").ok();
    assert!(first.stdout.contains("create Namespace arrives\n"), "{}", first.stdout);
    assert!(first.stdout.contains(&format!("create Secret arrives/{NAME}\n")), "{}", first.stdout);
    assert_eq!(server.secret("arrives", NAME)["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE1234567");
    let again = push(&sandbox, &admin, "-o json").ok();
    let objects = again.json()["objects"].clone();
    for object in objects.as_array().expect("objects") {
        assert_eq!(object["existed"], true);
        assert!(object["fields"].as_array().expect("fields").iter().all(|field| field["change"] == "same"), "{object}");
    }
    for text in [first.all(), again.all()] {
        assert!(!text.contains("hush") && !text.contains("AKIA") && !text.contains("aHVzaA"), "{text}");
    }
}

#[test]
fn a_dry_run_shows_what_would_change_and_keeps_nothing() {
    let server = api_server!();
    let sandbox = sandbox("dry");
    let admin = server.user("admin");
    // The namespace is not there yet, and is not made by a dry run either.
    let new = push(&sandbox, &admin, "--dry-run=server --create-namespaces").ok();
    assert!(new.stdout.contains("create Namespace dry") && new.stdout.contains("create Secret dry/"), "{}", new.stdout);
    server.namespace("dry");
    let _ = push(&sandbox, &admin, "--dry-run=server").ok();
    assert_eq!(server.get("/api/v1/namespaces/dry/secrets")["items"], json!([]));
    let _ = push(&sandbox, &admin, "").ok();
    let before = server.secret("dry", NAME);
    let diff = run(&sandbox, &format!("push --kubeconfig {admin} --dry-run=server"), "silentsilentsilentsilent").ok();
    for part in [
        format!("change Secret dry/{NAME}\n"),
        "same    data.AWS_ACCESS_KEY_ID\n".to_owned(),
        "changed data.AWS_SECRET_ACCESS_KEY (values hidden)\n".to_owned(),
    ] {
        assert!(diff.stdout.contains(&part), "{part} in {}", diff.stdout);
    }
    assert!(!diff.all().contains("silentsilent") && !diff.all().contains("hushhush"));
    assert_eq!(server.secret("dry", NAME), before);
}

#[test]
fn fields_of_others_are_named_and_never_taken_silently() {
    let server = api_server!();
    // Two Secrets: what is wrong with one leaves the other as it was.
    let text = SPEC.replace("NAMESPACE", "owned").replace("  - profile", "  - profile: argo-workflows\n    chartVersion: 1.0.18\n    namespace: owned\n    credentials: {accessKeyId: env:KEY_ID, secretAccessKey: env:KEY_SECRET}\n  - profile");
    let sandbox = Sandbox::with_spec(&text);
    let admin = server.user("admin");
    let _ = push(&sandbox, &admin, "--create-namespaces").ok();
    let path = format!("/api/v1/namespaces/owned/secrets/{NAME}?fieldManager=argocd");
    server.patch(&path, &json!({"data": {"AWS_ACCESS_KEY_ID": "b3RoZXI="}}));
    let new = |more: &str| run(&sandbox, &format!("push --kubeconfig {admin} {more}"), "silentsilentsilentsilent");
    let refused = new("").exits(1);
    for word in ["BW1104", "argocd", ".data.AWS_ACCESS_KEY_ID", "--force-conflicts"] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    let other = server.secret("owned", "argo-argo-workflows-artifacts");
    assert!(other["AWS_SECRET_ACCESS_KEY"].as_str().expect("a text").starts_with("hush"), "{other}");
    let forced = new("--force-conflicts").ok();
    assert!(forced.stdout.contains("changed data.AWS_ACCESS_KEY_ID"), "{}", forced.stdout);
    assert_eq!(server.secret("owned", NAME)["AWS_ACCESS_KEY_ID"], "AKIAEXAMPLE1234567");
}

#[test]
fn an_immutable_secret_gets_a_new_name_and_the_values_follow() {
    let server = api_server!();
    let sandbox = sandbox("immutable");
    let admin = server.user("admin");
    let _ = push(&sandbox, &admin, "--create-namespaces").ok();
    server.patch(&format!("/api/v1/namespaces/immutable/secrets/{NAME}"), &json!({"immutable": true}));
    // Nothing to change, nothing to refuse.
    let _ = push(&sandbox, &admin, "").ok();
    let new = |arguments: &str| run(&sandbox, arguments, "silentsilentsilentsilent");
    let refused = new(&format!("push --kubeconfig {admin}")).exits(1);
    for word in ["BW1109", "secretNames: {massdriver-argo-s3: massdriver-argo-s3-2}", "kubectl delete secret"] {
        assert!(refused.messages().replace("\n        ", " ").contains(word), "{word}: {}", refused.stderr);
    }
    let spec = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &format!("{spec}    secretNames: {{{NAME}: {NAME}-2}}\n"));
    let _ = new(&format!("push --kubeconfig {admin}")).ok();
    assert_eq!(server.secret("immutable", &format!("{NAME}-2"))["AWS_SECRET_ACCESS_KEY"], "silentsilentsilentsilent");
    let _ = new("render").ok();
    let values = sandbox.read("out/massdriver/values.yaml");
    assert!(values.contains("\"massdriver-argo-s3-2\"") && !values.contains("\"massdriver-argo-s3\""), "{values}");
    // The next name counts on, under the profile's name.
    server.patch(&format!("/api/v1/namespaces/immutable/secrets/{NAME}-2"), &json!({"immutable": true}));
    let refused = push(&sandbox, &admin, "").exits(1).messages().replace("\n        ", " ");
    assert!(refused.contains("secretNames: {massdriver-argo-s3: massdriver-argo-s3-3}"), "{refused}");
    sandbox.write("bucketwright.yaml", &format!("{spec}    secretNames: {{massdriver-argo: x}}\n"));
    let unknown = new("render").exits(2);
    assert!(
        unknown.stderr.contains("BW0403") && unknown.stderr.contains("Known: massdriver-argo-s3."),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_namespace_that_goes_away_is_named() {
    let server = api_server!();
    let sandbox = sandbox("leaving");
    server.namespace("leaving");
    // Nobody finishes it: no controllers run.
    server.delete("/api/v1/namespaces/leaving");
    let refused = push(&sandbox, &server.user("admin"), "").exits(1).messages().replace("\n        ", " ");
    assert!(refused.contains("BW1105") && refused.contains("because it is being terminated"), "{refused}");
}

/// ServiceAccounts that the chart uses and does not make; all others are the chart's.
#[test]
fn accounts_that_the_chart_does_not_make_get_their_role() {
    let server = api_server!();
    let spec = |options: &str| {
        format!(
            "\
apiVersion: bucketwright/v1
name: acme
cloud:
  provider: aws
  region: eu-west-1
  account: \"012345678901\"
  cluster: {{name: prod, oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF}}
identity: irsa
installs:
  - {{profile: gitlab, chartVersion: 9.9.1, namespace: accounts, options: {{{options}}}}}
"
        )
    };
    let admin = server.user("admin");
    let own = Sandbox::with_spec(&spec("")).run("push --dry-run=client --service-accounts").ok();
    assert!(!own.stdout.contains("ServiceAccount"), "{}", own.stdout);
    let sandbox = Sandbox::with_spec(&spec("serviceAccounts: existing"));
    let said = push(&sandbox, &admin, "--create-namespaces --service-accounts").ok();
    let role = "arn:aws:iam::012345678901:role/acme-gitlab";
    assert!(
        said.stdout.contains(&format!("added   metadata.annotations.eks.amazonaws.com/role-arn: {role}")),
        "{}",
        said.stdout
    );
    let accounts = server.get("/api/v1/namespaces/accounts/serviceaccounts");
    let names: Vec<&Value> =
        accounts["items"].as_array().expect("a list").iter().map(|one| &one["metadata"]["name"]).collect();
    assert_eq!(
        names,
        ["gitlab-migrations", "gitlab-registry", "gitlab-sidekiq", "gitlab-toolbox", "gitlab-webservice"]
    );
    assert_eq!(accounts["items"][0]["metadata"]["annotations"]["eks.amazonaws.com/role-arn"], role);
}
