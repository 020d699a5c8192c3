//! `check`: charts written for the purpose, and the real ones where `BUCKETWRIGHT_CHARTS` names them.

mod agree;
mod effects;
mod fixes;
pub mod fixture;
mod manifests;
mod property;
mod real;
mod storage;
mod umbrella;

use fixture::{SPEC, chart};

const CHECK: &str = "check --chart argo-workflows=chart --values mine.yaml";

#[test]
fn a_typo_is_named_with_its_place_and_no_value_is_shown() {
    let sandbox = chart(SPEC);
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
    let sandbox = chart(SPEC);
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
    let sandbox = chart(SPEC);
    sandbox.write("mine.yaml", "useDefaultArtifactRepo: true\n");
    let text = sandbox.run(CHECK).exits(3).all();
    assert!(text.contains("BW1211") && text.contains("2023-05-05"), "{text}");
}

/// Each bad input with its code and words of its message.
#[test]
fn bad_input_is_refused_with_its_code() {
    let sandbox = chart(SPEC);
    let refused = |code: &str, words: &str| {
        let text = sandbox.run(CHECK).exits(2).all().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(code) && text.contains(words), "{text}");
    };
    sandbox.write("mine.yaml", "a: hunter2\na: 2\n");
    refused("BW0107", "stands twice in one mapping ╭─[mine.yaml:2:1]");
    assert!(!sandbox.run(CHECK).any().all().contains("hunter2"));
    sandbox.write("mine.yaml", &"# 50 MB of a comment\n".repeat(2_500_000));
    refused("BW1202", "mine.yaml has more than 4 MiB");
    sandbox.write("mine.yaml", "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n");
    refused("BW0111", "unfolds to more than 50000 values");
    sandbox.write("mine.yaml", "");
    sandbox.write("chart/values.yaml", "server: {}\nserver: {}\n");
    refused("BW0107", "`server` stands twice");
    sandbox.write("chart/values.yaml", "server: {}\n");
    std::os::unix::fs::symlink("/etc/passwd", sandbox.path("chart/templates/two.yaml")).unwrap();
    refused("BW1203", "`templates/two.yaml` is a link");
    std::fs::remove_file(sandbox.path("chart/templates/two.yaml")).unwrap();
    sandbox.write("chart/Chart.yaml", "name: argo-workflows\nversion: 1.0.18\ndependencies: [{name: other}]\n");
    let text = sandbox.run(CHECK).any().all();
    assert!(text.contains("BW1212") && text.contains("helm dependency update chart"), "{text}");
    assert!(text.contains("Manifests were not checked"), "{text}");
    std::fs::remove_file(sandbox.path("chart/Chart.yaml")).unwrap();
    refused("BW1201", "chart is no chart: it has no Chart.yaml");
    let several = "check --chart argo-workflows=chart --chart argo-workflows=chart --rendered mine.yaml";
    let text = sandbox.run(several).exits(2).stderr;
    assert!(text.contains("`--rendered` is of one install"), "{text}");
}

#[test]
fn archives_with_tricks_are_refused() {
    let sandbox = chart(SPEC);
    sandbox.write("mine.yaml", "");
    const MAKE: &str = "\
import io, sys, tarfile
def entry(name, data=b'', link=None):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    if link: info.type, info.linkname = tarfile.SYMTYPE, link
    return info, io.BytesIO(data)
inner = io.BytesIO()
with tarfile.open(fileobj=inner, mode='w:gz') as archive: archive.addfile(*entry('other/values.yaml', b'0' * (80 << 20)))
for file, one in [('nested.tgz', entry('c/charts/other-1.0.0.tgz', inner.getvalue())), ('dots.tgz', entry('c/../../x')), ('root.tgz', entry('/etc/x')), ('link.tgz', entry('c/values.yaml', link='/etc/passwd')), ('bomb.tgz', entry('c/values.yaml', b'0' * (80 << 20)))]:
    with tarfile.open(file, 'w:gz') as archive: archive.addfile(*one)
";
    let made = std::process::Command::new("python3").args(["-c", MAKE]).current_dir(sandbox.path("")).status();
    if !made.is_ok_and(|status| status.success()) {
        skip!("python3", "it makes the archives");
    }
    for (file, code, words) in [
        ("dots", "BW1203", "its entry `c/../../x` leads out of the archive"),
        ("root", "BW1203", "its entry `/etc/x` leads out of the archive"),
        ("link", "BW1203", "its entry `c/values.yaml` is a link"),
        ("bomb", "BW1202", "bomb.tgz unpacks to more than 64 MiB"),
        ("nested", "BW1202", "nested.tgz unpacks to more than 64 MiB"),
    ] {
        let text = sandbox.run(&format!("check --chart argo-workflows={file}.tgz")).exits(2).all();
        let text = text.replace("\n        ", " ").replace("\n  │ ", " ");
        assert!(text.contains(code) && text.contains(words), "{file}: {text}");
    }
    sandbox.write("plain.tgz", "no archive");
    let text = sandbox.run("check --chart argo-workflows=plain.tgz").exits(2).all();
    assert!(text.contains("BW1201") && text.contains("is not a chart archive"), "{text}");
}

/// The README's own spec names neither account nor issuer: what `apply` learnt is read here, too.
#[test]
fn what_apply_learnt_is_known_here() {
    let spec = SPEC
        .replace("  account: \"012345678901\"\n", "")
        .replace("    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n", "");
    let learnt = "spec: acme-prod\nregion: eu-west-1\ncluster: prod\naccount: \"012345678901\"\noidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n";
    let sandbox = chart(&spec);
    let check = "check --chart argo-workflows=chart";
    assert!(sandbox.run(check).exits(2).stderr.contains("BW0703"));
    for (out, option) in [("out", ""), ("else where", "--out")] {
        sandbox.write(&format!("{out}/learnt.yaml"), learnt);
        let call = |command: &str| {
            let call = sandbox.call(command.split_whitespace());
            (if option.is_empty() { call } else { call.arg(option).arg(out) }).run().any().all()
        };
        for command in [
            check,
            "release --kubeconfig none",
            "verify --print-job",
            "verify --print-probe --principal acme-prod-argo-workflows",
        ] {
            let said = call(command);
            assert!(!said.contains("BW0703"), "{out}: {command}: {said}");
        }
        std::fs::remove_file(sandbox.path(format!("{out}/learnt.yaml"))).expect("removed");
    }
}

/// Values that the chart knows and that send objects elsewhere, or are lost beside ours.
#[test]
fn what_wins_over_ours_is_told() {
    let sandbox = chart(SPEC);
    let codes = |values: &str| -> Vec<String> {
        sandbox.write("mine.yaml", values);
        let run = sandbox.run("check --chart argo-workflows=chart --values mine.yaml -o json").any();
        let findings = run.json()["findings"].as_array().expect("findings").clone();
        let codes = findings.iter().map(|one| one["code"].as_str().expect("a code").to_owned());
        codes.filter(|code| ["BW1214", "BW1215"].contains(&code.as_str())).collect()
    };
    for values in [
        "artifactRepository: {gcs: {bucket: x}}\n",
        "artifactRepository: {azure: {container: x}}\n",
        "artifactRepository: {artifactory: {repoURL: x}}\n",
        "artifactRepository: {s3: {roleARN: 'arn:aws:iam::012345678901:role/x'}}\n",
        "artifactRepository: {s3: {encryptionOptions: {kmsKeyId: x}}}\n",
        "customArtifactRepository: {s3: {bucket: x}}\n",
        "artifactRepositoryRef: {own: {s3: {bucket: x}}}\n",
        "controller: {workflowDefaults: {spec: {artifactRepositoryRef: {configMap: x}}}}\n",
        "controller: {configMap: {create: false}}\n",
        "controller: {extraEnv: [{name: AWS_ACCESS_KEY_ID, value: x}]}\n",
        "mainContainer: {env: [{name: AWS_SECRET_ACCESS_KEY, value: x}]}\n",
        "executor: {env: [{name: AWS_PROFILE, value: x}]}\n",
        "server: {extraEnv: [{name: OTHER, value: x}, {name: AWS_ENDPOINT_URL_S3, value: x}]}\n",
    ] {
        assert_eq!(codes(values), ["BW1214"], "{values}");
    }
    assert_eq!(codes("controller: {workflowNamespaces: [team]}\n"), ["BW1215"]);
    for values in [
        "artifactRepository: {gcs: null, azure: {}, s3: {bucket: x}}\n",
        "customArtifactRepository: {}\nartifactRepositoryRef: {}\n",
        "controller: {configMap: {create: true}, extraEnv: [{name: AWS_REGION, value: x}]}\n",
        "controller: {workflowNamespaces: [argo]}\n",
    ] {
        assert!(codes(values).is_empty(), "{values}");
    }
}
