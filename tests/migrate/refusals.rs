//! What is refused, and how.

use super::COMMON;
use crate::harness::Sandbox;

/// What is said of one values file.
fn refused(profile: &str, version: &str, old: &str, more: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("old.yaml", old);
    let command =
        format!("migrate settings --profile {profile} --chart-version {version} --values old.yaml {COMMON} {more}");
    let run = sandbox.run(&command).exits(2);
    assert!(!sandbox.path("s3").exists(), "nothing is written");
    run.all()
}

#[test]
fn odd_files_are_refused_with_their_place() {
    let minio = "artifactRepository: {s3: {endpoint: minio:9000}}\n";
    for (old, code, words) in [
        ("- a\n", "BW1701", "its top is not a mapping"),
        ("just words\n", "BW1701", "its top is not a mapping"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", "BW1701", "a Kubernetes manifest"),
        ("apiVersion: bucketwright/v1\nname: a\n", "BW1701", "a spec of bucketwright"),
        ("a: 1\na: 2\n", "BW0107", "stands twice"),
        ("a: [\n", "BW0102", "YAML"),
        ("", "BW1702", "nothing in the values says"),
        ("artifactRepository: {s3: {endpoint: s3.amazonaws.com}}\n", "BW1702", "nothing in the values says"),
        ("artifactRepository: {s3: {endpoint: 9000}}\n", "BW1703", "`artifactRepository.s3.endpoint` is not a text"),
        ("artifactRepository: {s3: {endpoint: minio:9000, bucket: \"a b\"}}\n", "BW1703", "the name of a bucket"),
        (
            "artifactRepository: {s3: {endpoint: '{{ include \"my.host\" . }}:9000'}}\n",
            "BW1703",
            "is a template that this command does not read",
        ),
        ("artifactRepository: {s3: minio:9000}\n", "BW1703", "`artifactRepository.s3` is not a mapping"),
        ("artifactRepository: {s3: {endpoint: {host: minio}}}\n", "BW1703", "not a single value"),
        (
            "artifactRepository: {s3: {endpoint: minio:9000, insecure: \"true\"}}\n",
            "BW1703",
            "insecure` is not true or false",
        ),
        ("artifactRepository: {s3: {endpoint: minio:9000, insecure: 1}}\n", "BW1703", "insecure` is not true or false"),
        (
            "customArtifactRepository: {s3: {endpoint: minio:9000, insecure: \"false\"}}\n",
            "BW1703",
            "insecure` is not true or false",
        ),
        ("artifactRepository: {archiveLogs: \"true\", s3: {endpoint: minio:9000}}\n", "BW1703", "true or false"),
    ] {
        let text = refused("argo-workflows", "1.0.18", old, "");
        assert!(text.contains(code) && text.contains(words), "{old}: {text}");
    }
    let text = refused("gitlab", "9.9.1", "global:\n  minio:\n    enabled: \"false\"\n", "");
    assert!(text.contains("BW1703") && text.contains("old.yaml:3:5"), "{text}");
    let text = refused("massdriver", "0.2.0", "global: {appConfig: {lfs: {bucket: a-b}}}\n", "");
    assert!(text.contains("BW1701") && text.contains("Use `--profile gitlab`"), "{text}");
    let text = refused("argo-workflows", "1.0.18", minio, "--identity irsa --account 012345678901");
    assert!(text.contains("BW0404") && text.contains("`--cluster`, `--oidc-issuer`"), "{text}");
    let text = refused("argo-workflows", "1.0.18", &"# 50 MB of a comment\n".repeat(2_500_000), "");
    assert!(text.contains("BW1202"), "{text}");
}

#[test]
fn what_cannot_stay_or_move_is_refused() {
    let text = refused("ona", "3.0.0", "a: 1\n", "");
    assert!(text.contains("BW1704") && text.contains("argo-workflows, gitlab, gitpod, massdriver"), "{text}");
    let text = refused("gitlab", "9.9.1", "a: 1\n", "--keep-minio gitlab/rails");
    assert!(text.contains("BW1705") && text.contains("by itself"), "{text}");
    let text = refused("massdriver", "0.2.0", "a: 1\n", "--keep-minio massdriver/arg");
    assert!(text.contains("BW1705") && text.contains("massdriver/massdriver, massdriver/argo"), "{text}");
    let both = "--keep-minio massdriver/argo --keep-minio massdriver/massdriver";
    assert!(refused("massdriver", "0.2.0", "a: 1\n", both).contains("BW1702"));
    let other = "massdriver: {blobStorage: {type: gcs}}\n";
    let text = refused("massdriver", "0.2.0", other, "");
    assert!(
        text.contains("BW1705") && text.contains("Google Cloud Storage, which this command does not move"),
        "{text}"
    );
    let outside = "argo-workflows: {artifactRepository: {s3: {endpoint: \"minio.example.com\"}}}\n";
    let text = refused("massdriver", "0.2.0", outside, "--keep-minio massdriver/argo");
    assert!(text.contains("BW1705") && text.contains("minio.example.com"), "{text}");
    let text = refused("gitlab", "10.2.3", "global: {hosts: {domain: example.com}}\n", "");
    assert!(text.contains("BW1702"), "chart 10 brings no MinIO: {text}");
}

#[test]
fn malformed_addresses_are_refused_by_name() {
    for host in ["fd00::1", "minio:99999", "minio:", "minio:0", "minio:port", "minio..svc:9000"] {
        let text =
            refused("argo-workflows", "1.0.18", &format!("artifactRepository: {{s3: {{endpoint: \"{host}\"}}}}\n"), "");
        assert!(text.contains("BW1703") && text.contains("`artifactRepository.s3.endpoint` is not a host"), "{text}");
    }
    let capitals = "artifactRepository: {s3: {endpoint: S3.EU-WEST-1.AMAZONAWS.COM}}\n";
    assert!(refused("argo-workflows", "1.0.18", capitals, "").contains("BW1702"), "hosts ignore case");
    let controller = "controller: {name: '$(x)'}\nartifactRepository: {s3: {endpoint: minio:9000}}\n";
    let text = refused("argo-workflows", "1.0.18", controller, "");
    assert!(text.contains("BW1703") && text.contains("is not a name"), "{text}");
    let text = refused("massdriver", "0.2.0", "minio: {service: {port: 99999}}\n", "");
    assert!(text.contains("BW1703") && text.contains("`minio.service.port` is not a port"), "{text}");
}

#[test]
fn no_refusal_names_a_file_that_was_not_written() {
    let minio = "artifactRepository: {s3: {endpoint: minio:9000}}\n";
    for (profile, version, old, more) in [
        ("argo-workflows", "0.40.0", minio, ""),
        ("argo-workflows", "1.0.18", minio, "--release 'r;id'"),
        ("massdriver", "0.2.0", "minio: {replicas: 4}\n", "--release md"),
    ] {
        let text = refused(profile, version, old, more);
        assert!(!text.contains("s3/bucketwright.yaml") && text.contains("the spec that would be written"), "{text}");
    }
    let text = refused("massdriver", "0.2.0", "minio: {replicas: 4}\n", "--release md");
    assert!(text.contains("Helm cannot rename a"), "{text}");
    let text = refused("massdriver", "0.2.0", "minio: {enabled: false}\n", "");
    assert!(text.contains("BW1705") && text.contains("`minio.enabled` is"), "{text}");
}

#[test]
fn standard_input_is_not_read() {
    let sandbox = Sandbox::new();
    let command = format!("migrate settings --profile gitlab --chart-version 9.9.1 --values - {COMMON}");
    let text = sandbox.run(&command).exits(2).all();
    assert!(text.contains("BW0101") && text.contains("does not read standard input"), "{text}");
}

#[test]
fn a_folder_that_is_in_use_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("old.yaml", "artifactRepository: {s3: {endpoint: minio:9000}}\n");
    let command =
        format!("migrate settings --profile argo-workflows --chart-version 1.0.18 --values old.yaml {COMMON}");
    let _ = sandbox.run(&command).ok();
    // A rehearsal keeps out of it, too.
    assert!(sandbox.run("apply --rehearse --yes -f s3/bucketwright.yaml --out s3").exits(2).stderr.contains("BW0815"));
    sandbox.write("s3/credentials/acme-argo-workflows.yaml", "accessKeyId: a\nsecretAccessKey: b\n");
    let secrets = sandbox.read("s3/argo-workflows/secrets.yaml");
    let text = sandbox.run(&command).exits(2).stderr;
    assert!(text.contains("BW1706") && text.contains("what `apply` has made"), "{text}");
    assert_eq!(sandbox.read("s3/argo-workflows/secrets.yaml"), secrets);
    std::fs::remove_dir_all(sandbox.path("s3/credentials")).unwrap();
    sandbox.write("s3/bucketwright.yaml", "# mine\n");
    assert!(sandbox.run(&command).exits(2).stderr.contains("BW1706"));
    assert_eq!(sandbox.read("s3/bucketwright.yaml"), "# mine\n");
}

/// What a controller applies is no values file: Helm would read nothing of what is inside.
#[test]
fn documents_of_controllers_are_refused_with_the_way() {
    let values = "artifactRepository: {s3: {endpoint: 'minio:9000', bucket: b, insecure: true}}";
    let flux = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: argo}}\nspec: {{values: {{{values}}}}}\n"
    );
    let argo = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: argo}}\nspec: {{source: {{helm: {{valuesObject: {{{values}}}}}}}}}\n"
    );
    for document in [flux, argo] {
        let sandbox = Sandbox::new();
        sandbox.write("old.yaml", &document);
        let call =
            format!("migrate settings --profile argo-workflows --chart-version 1.0.18 --values old.yaml {COMMON}");
        let words = sandbox.run(&call).exits(2).stderr;
        assert!(
            words.contains("BW1701") && words.contains("a controller applies") && words.contains("Suspend"),
            "{words}"
        );
    }
}
