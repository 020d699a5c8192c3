//! The release that runs, as Helm's own SDK stored it, and what is no release.

use serde_json::{Value, json};

use super::server::Server;
use super::{api_server, sandbox};
use crate::harness::Sandbox;

/// A chart that makes one ConfigMap, under the name and version of the real one.
pub fn chart(sandbox: &Sandbox) -> std::path::PathBuf {
    sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: massdriver\nversion: 0.1.9\n");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-made'}\n";
    sandbox.write("chart/templates/map.yaml", template);
    sandbox.path("chart")
}

fn compare(server: &Server, sandbox: &Sandbox, more: &str) -> crate::harness::Run {
    sandbox.run(&format!("release --kubeconfig {} {more}", server.user("admin")))
}

#[test]
fn what_helm_stored_is_compared() {
    let server = api_server!();
    for driver in ["secret", "configmap"] {
        let namespace = format!("runs-{driver}");
        let sandbox = sandbox(&namespace);
        server.namespace(&namespace);
        let none = compare(server, &sandbox, "").exits(1);
        assert!(none.stderr.contains("BW1107") && none.stderr.contains("helm list -A"), "{}", none.stderr);
        let running = json!({"domain": {"secretName": "hush"}, "minio": {"enabled": true}});
        server.install(&chart(&sandbox), driver, &namespace, "massdriver", &running);
        let seen = compare(server, &sandbox, "").exits(3);
        for part in
            ["massdriver 0.1.9, revision 1", "lost    domain.secretName\n", "changed minio.enabled\n", "added   "]
        {
            assert!(seen.stdout.contains(part), "{part} in {}", seen.stdout);
        }
        assert!(!seen.all().contains("hush"));
        let found = compare(server, &sandbox, "-o json").exits(3).json();
        assert_eq!(found["releases"][0]["revision"], 1);
    }
}

/// Our own values, run by Helm and read back, differ in nothing but the keys.
#[test]
fn a_release_of_our_values_has_no_difference() {
    let server = api_server!();
    let sandbox = Sandbox::with_spec(
        "\
apiVersion: bucketwright/v1
name: acme
cloud: {provider: aws, region: eu-west-1, account: \"012345678901\", cluster: {name: prod, oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF}}
identity: irsa
installs:
  - {profile: argo-workflows, chartVersion: 1.0.18, namespace: same}
",
    );
    server.namespace("same");
    let _ = sandbox.run("render").ok();
    let python = crate::harness::python().expect("the peers' Python");
    let values = crate::harness::helm_reads(&python, &[sandbox.read("out/argo-workflows/values.yaml")]);
    let values: Value = values.into_iter().next().expect("one").expect("values");
    server.install(&chart(&sandbox), "secret", "same", "argo", &values);
    let same = compare(server, &sandbox, "").ok();
    assert!(same.stdout.contains("nothing differs"), "{}", same.stdout);
}

/// What runs is judged as the user's own values, and no value is shown.
#[test]
fn the_values_that_run_are_checked_against_the_chart() {
    let server = api_server!();
    let sandbox = sandbox("checked");
    server.namespace("checked");
    let chart = chart(&sandbox);
    sandbox.write("chart/values.yaml", "domain: {name: ''}\n");
    let running = json!({"domain": {"name": "hush.example.com", "nmae": "hushhush"}});
    server.install(&chart, "secret", "checked", "massdriver", &running);
    let check = format!("check --chart massdriver=chart --running --kubeconfig {}", server.user("admin"));
    let said = sandbox.run(&check).any();
    for words in ["the release massdriver in checked", "`domain.nmae`", "nmae"] {
        assert!(said.all().contains(words), "{words}: {}", said.all());
    }
    assert!(!said.all().contains("hush"), "{}", said.all());
    // Helm reads them, and no file of them is on any disk, then or later.
    let script = "#!/bin/sh\nls -A \"$TMPDIR\" > seen-tmp\nfor word; do [ \"$before\" = -f ] && cat \"$word\" >> seen-values; before=$word; done\n";
    let helm = sandbox.write("programs/helm", script);
    std::fs::set_permissions(helm, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    sandbox.write("tmp/.keep", "");
    let path = format!("{}:/usr/bin:/bin", sandbox.path("programs").display());
    let call = sandbox.call(check.split_whitespace()).env("PATH", path).env("TMPDIR", sandbox.path("tmp"));
    let _ = call.run().any();
    assert!(sandbox.read("seen-values").contains("hushhush"));
    assert_eq!(sandbox.read("seen-tmp"), ".keep\n");
    assert_eq!(std::fs::read_dir(sandbox.path("tmp")).expect("listed").count(), 1);
    let alone = sandbox.run("check --chart massdriver=chart").any();
    assert!(!alone.all().contains("nmae"), "{}", alone.all());
}

/// The values that run are where a move away from MinIO begins.
#[test]
fn what_runs_on_minio_is_read() {
    let server = api_server!();
    let sandbox = Sandbox::new();
    server.namespace("moves");
    let running = json!({"minio": {"persistence": {"size": "10Gi"}}, "massdriver": {"licence": "hushhush"}});
    server.install(&chart(&sandbox), "secret", "moves", "massdriver", &running);
    let what = "migrate settings --running --release massdriver --namespace moves --profile massdriver --chart-version 0.2.0 --name acme --region eu-west-1 --out s3";
    let report = sandbox.run(&format!("{what} -o json --kubeconfig {}", server.user("admin"))).ok();
    assert!(!report.all().contains("hush"));
    let report = report.json();
    let settings = report["settings"].as_array().expect("settings");
    let setting = settings.iter().find(|one| one["path"] == "minio.persistence.size").expect("the setting");
    assert_eq!(setting["outcome"], "dropped");
    assert_eq!(setting["place"]["file"], "the release massdriver in moves");
    let kept = "(umask 077; helm get values massdriver --namespace moves --output yaml > massdriver.now.yaml)";
    assert_eq!(report["steps"][0]["commands"], json!([kept]));
    assert!(report["steps"].to_string().contains(" -f massdriver.now.yaml -f s3/"), "{report:#}");
    let said =
        sandbox.run("migrate settings --running --profile gitlab --chart-version 9.9.1 --name a --region b").exits(2);
    assert!(said.stderr.contains("--release <NAME>"), "{}", said.stderr);
}

/// Helm's SQL driver leaves the objects and no storage: the test takes the storage away, since no database runs here.
#[test]
fn a_release_of_the_sql_driver_is_explained() {
    let server = api_server!();
    let sandbox = sandbox("sql");
    server.namespace("sql");
    server.install(&chart(&sandbox), "secret", "sql", "massdriver", &json!({}));
    server.delete("/api/v1/namespaces/sql/secrets/sh.helm.release.v1.massdriver.v1");
    let told = compare(server, &sandbox, "").exits(1);
    for word in ["BW1111", "HELM_DRIVER=sql", "helm get values massdriver -n sql"] {
        assert!(told.stderr.contains(word), "{word}: {}", told.stderr);
    }
}

#[test]
fn a_bomb_and_a_torn_release_are_refused() {
    let server = api_server!();
    let sandbox = sandbox("bomb");
    server.namespace("bomb");
    let store = |version: &str, release: &str| {
        let labels = json!({"owner": "helm", "name": "massdriver", "version": version, "status": "deployed"});
        let name = format!("sh.helm.release.v1.massdriver.v{version}");
        let secret = json!({"metadata": {"name": name, "labels": labels}, "type": "helm.sh/release.v1", "stringData": {"release": release}});
        server.make("secrets", Some("bomb"), &secret);
    };
    store("1", &Server::packed(&json!({"config": {"a": " ".repeat(40 << 20)}})));
    let bomb = compare(server, &sandbox, "").exits(1);
    assert!(bomb.stderr.contains("BW1108") && bomb.stderr.contains("32 MiB"), "{}", bomb.stderr);
    store("2", "H4sIAAAAAAAA");
    let torn = compare(server, &sandbox, "").exits(1);
    assert!(torn.stderr.contains("BW1108") && torn.stderr.contains("damaged"), "{}", torn.stderr);
    store("3", "no release!");
    assert!(compare(server, &sandbox, "").exits(1).stderr.contains("not base64"));
}
