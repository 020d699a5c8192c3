//! `check`: charts written for the purpose, and the real ones where `BUCKETWRIGHT_CHARTS` names them.

use std::path::PathBuf;

use crate::harness::Sandbox;

const SPEC: &str = "\
apiVersion: bucketwright/v1
name: acme-prod
cloud:
  provider: aws
  region: eu-west-1
  account: \"012345678901\"
  cluster:
    name: prod
    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
identity: irsa
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
";
const TEMPLATE: &str = "\
{{ if .Values.artifactRepository.s3 }}{{ toYaml .Values.artifactRepository.s3 }}{{ end }}
{{ with .Values.artifactRepository }}{{ .archiveLogs }}{{ end }}
";
const VALUES: &str = "\
artifactRepository: {archiveLogs: false, s3: {}}
server: {serviceAccount: {create: true, name: '', annotations: {}}}
workflow: {serviceAccount: {create: true, name: '', annotations: {}}, rbac: {create: true}}
controller: {workflowNamespaces: [], serviceAccount: {annotations: {}}}
useStaticCredentials: true
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: argo-workflows\nversion: 1.0.18\n");
    sandbox.write("chart/values.yaml", VALUES);
    sandbox.write("chart/templates/one.yaml", TEMPLATE);
    sandbox
}

const CHECK: &str = "check --chart argo-workflows=chart --values mine.yaml";

#[test]
fn a_typo_is_named_with_its_place_and_no_value_is_shown() {
    let sandbox = sandbox();
    sandbox.write("mine.yaml", "server:\n  serviceAcount:\n    name: hunter2hunter2\n");
    let text = sandbox.run(CHECK).exits(3).all();
    assert!(text.contains("BW1210") && text.contains("mine.yaml:2:3") && text.contains("`serviceAccount`"), "{text}");
    let json = sandbox.run(&format!("{CHECK} -o json")).exits(3).json();
    let mine = json["findings"].as_array().unwrap().iter().find(|one| one["place"]["file"] == "mine.yaml").unwrap();
    assert_eq!((&mine["place"]["line"], &mine["place"]["column"]), (&2.into(), &3.into()));
    let sarif = sandbox.run(&format!("{CHECK} -o sarif")).exits(3).sarif();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif["runs"][0]["results"].to_string().contains("mine.yaml"));
    sandbox.write("mine.yaml", "server: {serviceAccount: {nam: hunter2hunter2}}\n");
    let text = sandbox.run(CHECK).exits(3).all();
    assert!(text.contains("`name`") && !text.contains("hunter2"), "{text}");
}

#[test]
fn good_values_and_free_maps_are_no_findings() {
    let sandbox = sandbox();
    sandbox.write(
        "mine.yaml",
        "artifactRepository:\n  s3: {anything: {at: all}}\nserver: {serviceAccount: {annotations: {a/b: c}}}\n",
    );
    let json = sandbox.run(&format!("{CHECK} -o json")).any().json();
    let mine = json["findings"].as_array().unwrap().iter().filter(|one| one["place"]["file"] == "mine.yaml").count();
    assert_eq!(mine, 0, "{json:#}");
}

#[test]
fn a_dropped_key_is_named() {
    let sandbox = sandbox();
    sandbox.write("mine.yaml", "useDefaultArtifactRepo: true\n");
    let text = sandbox.run(CHECK).exits(3).all();
    assert!(text.contains("BW1211") && text.contains("2023-05-05"), "{text}");
}

#[test]
fn bad_input_is_refused_with_its_code() {
    let sandbox = sandbox();
    sandbox.write("mine.yaml", "a: 1\na: 2\n");
    assert!(sandbox.run(CHECK).exits(2).all().contains("BW0107"));
    sandbox.write("mine.yaml", &"# 50 MB of a comment\n".repeat(2_500_000));
    assert!(sandbox.run(CHECK).exits(2).all().contains("BW1202"));
    sandbox.write("mine.yaml", "");
    std::os::unix::fs::symlink("/etc/passwd", sandbox.path("chart/templates/two.yaml")).unwrap();
    assert!(sandbox.run(CHECK).exits(2).all().contains("BW1203"));
    std::fs::remove_file(sandbox.path("chart/templates/two.yaml")).unwrap();
    sandbox.write("chart/Chart.yaml", "name: argo-workflows\nversion: 1.0.18\ndependencies: [{name: other}]\n");
    let text = sandbox.run(CHECK).any().all();
    assert!(text.contains("BW1212") && text.contains("helm dependency update chart"), "{text}");
    std::fs::remove_file(sandbox.path("chart/Chart.yaml")).unwrap();
    assert!(sandbox.run(CHECK).exits(2).all().contains("BW1201"));
}

#[test]
fn archives_with_tricks_are_refused() {
    let sandbox = sandbox();
    sandbox.write("mine.yaml", "");
    const MAKE: &str = "\
import io, sys, tarfile
def entry(name, data=b'', link=None):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    if link: info.type, info.linkname = tarfile.SYMTYPE, link
    return info, io.BytesIO(data)
for file, one in [('dots.tgz', entry('c/../../x')), ('root.tgz', entry('/etc/x')), ('link.tgz', entry('c/values.yaml', link='/etc/passwd')), ('bomb.tgz', entry('c/values.yaml', b'0' * (80 << 20)))]:
    with tarfile.open(file, 'w:gz') as archive: archive.addfile(*one)
";
    let made = std::process::Command::new("python3").args(["-c", MAKE]).current_dir(sandbox.path("")).status();
    if !made.is_ok_and(|status| status.success()) {
        skip!("python3", "it makes the archives");
    }
    for (file, code) in [("dots", "BW1203"), ("root", "BW1203"), ("link", "BW1203"), ("bomb", "BW1202")] {
        let text = sandbox.run(&format!("check --chart argo-workflows={file}.tgz")).exits(2).all();
        assert!(text.contains(code), "{file}: {text}");
    }
}

#[test]
fn rendered_accounts_and_minio_are_held_against_the_spec() {
    let sandbox = sandbox();
    sandbox.write("mine.yaml", "");
    sandbox.write("rendered.yaml", "kind: ServiceAccount\nmetadata: {name: stranger, annotations: {eks.amazonaws.com/role-arn: x}}\n---\nkind: ConfigMap\nmetadata: {name: c}\ndata: {endpoint: 'gitlab-minio-svc:9000'}\n");
    let text = sandbox.run(&format!("{CHECK} --rendered rendered.yaml")).exits(3).all();
    for code in ["BW1222", "BW1223", "BW1224"] {
        assert!(text.contains(code), "{code}: {text}");
    }
}

/// Our own values against the real charts: not one error among the keys.
#[test]
fn the_real_charts_know_our_values() {
    let Some(folder) = std::env::var_os("BUCKETWRIGHT_CHARTS").map(PathBuf::from) else {
        eprintln!(
            "BUCKETWRIGHT_CHARTS names no folder with gitlab, argo-workflows and massdriver: the real charts are left out"
        );
        return;
    };
    for (name, version) in [("gitlab", "9.9.1"), ("argo-workflows", "1.0.18"), ("massdriver", "0.2.0")] {
        let spec = SPEC.replace("argo-workflows", name).replace("1.0.18", version);
        let sandbox = Sandbox::with_spec(&spec);
        let chart = folder.join(name);
        let json = sandbox.run(&format!("check -o json --chart {name}={}", chart.display())).ok().json();
        let keys = json["findings"].as_array().unwrap().iter().filter(|one| one["code"] == "BW1210").count();
        assert_eq!(keys, 0, "{json:#}");
    }
}
