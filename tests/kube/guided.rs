//! The guided run beside a cluster: what Helm runs there is proposed, and a release on MinIO is handed to the migration, which reads it.

use serde_json::json;

use super::api_server;
use crate::harness::Sandbox;
use crate::wizard::terminal::{Person, SIZES};

#[test]
fn a_release_that_runs_is_proposed_and_leaves_minio() {
    let server = api_server!();
    let sandbox = Sandbox::new();
    server.namespace("guided");
    sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: gitlab\nversion: 9.8.2\n");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-made'}\n";
    sandbox.write("chart/templates/map.yaml", template);
    let running = json!({"global": {"minio": {"enabled": true}, "hosts": {"domain": "example.com"}}});
    server.install(&sandbox.path("chart"), "secret", "guided", "shop", &running);
    let kubeconfig = server.user("admin");
    let mut command = sandbox.command();
    command.arg("init").env("KUBECONFIG", &kubeconfig);
    let mut person = Person::run(command, SIZES[0]);
    person.answers("Name of this installation", "acme\r");
    person.answers("Where the buckets are", "\r");
    person.answers("Region of the buckets", "eu-west-1\r");
    person.answers("AWS account", "\r");
    person.answers("Charts that need object storage", "gitlab\r");
    person.answers("GitLab chart version · 9.8.2", "\r");
    person.answers("GitLab Helm release · shop", "\r");
    person.answers("GitLab namespace · guided", "\r");
    person.answers("Is GitLab new", "runs\r");
    assert_eq!(person.ends(), 0, "{}", person.transcript());
    let told = person.transcript().split_whitespace().collect::<Vec<_>>().join(" ");
    let command = "bucketwright migrate settings --profile gitlab --chart-version 9.8.2 --running --release shop --namespace guided --name acme --region eu-west-1";
    assert!(told.contains(command), "{told}");
    // The command reads that release and writes the way over.
    let words: Vec<&str> = command.split_whitespace().skip(1).chain(["--out", "s3"]).collect();
    let moved = sandbox.call(words).env("KUBECONFIG", &kubeconfig).run().any();
    let spec = sandbox.read("s3/bucketwright.yaml");
    assert!(spec.contains("release: \"shop\"") || spec.contains("release: shop"), "{spec}\n{}", moved.all());
}
