//! Where objects really go: what rendered manifests say of buckets, endpoints, roles and keys.

use super::fixture::{SPEC, chart, checked};

/// Values of the user's own that change where objects go, by identity, and the codes of which one must come.
const ELSEWHERE: &[(&str, &str, &[&str])] = &[
    ("irsa", "customArtifactRepository: {s3: {bucket: old}}", &["BW1227"]),
    ("irsa", "customArtifactRepository: {artifactory: {repoURL: 'https://repo.example.com'}}", &["BW1227"]),
    ("irsa", "customArtifactRepository: {oss: {bucket: old}}", &["BW1227"]),
    ("irsa", "customArtifactRepository: {hdfs: {addresses: 'hdfs.example.com:8020'}}", &["BW1227"]),
    ("irsa", "artifactRepository: {gcs: {bucket: old}}", &["BW1227"]),
    ("irsa", "artifactRepository: {azure: {container: old}}", &["BW1227"]),
    ("irsa", "artifactRepositoryRef: {own: {s3: {bucket: old}}}", &["BW1227"]),
    ("irsa", "artifactRepositoryRef: {own: {gcs: {bucket: old}}}", &["BW1227"]),
    ("irsa", "artifactRepository: {s3: {roleARN: 'arn:aws:iam::999999999999:role/x'}}", &["BW1227"]),
    ("static-keys", "artifactRepository: {s3: {roleARN: 'arn:aws:iam::999999999999:role/x'}}", &["BW1227"]),
    (
        "irsa",
        "artifactRepository: {s3: {encryptionOptions: {kmsKeyId: 'arn:aws:kms:eu-west-1:999999999999:key/x'}}}",
        &["BW1227"],
    ),
    ("irsa", "controller: {workflowDefaults: {spec: {artifactRepositoryRef: {configMap: own}}}}", &["BW1227"]),
    ("irsa", "controller: {workflowDefaults: {spec: {templates: [{outputs: {s3: {bucket: old}}}]}}}", &["BW1227"]),
    (
        "pod-identity",
        "controller: {workflowDefaults: {spec: {templateDefaults: {serviceAccountName: x}}}}",
        &["BW1227"],
    ),
    ("irsa", "controller: {workflowDefaults: {spec: {executor: {serviceAccountName: x}}}}", &["BW1227"]),
    ("pod-identity", "server: {serviceAccount: {name: x}}", &["BW1227"]),
    ("pod-identity", "server: {serviceAccount: {create: false}}", &["BW1227"]),
    ("pod-identity", "server: {namespace: x}", &["BW1222"]),
    ("irsa", "mainContainer: {env: [{name: AWS_PROFILE, value: old}]}", &["BW1225"]),
    ("static-keys", "mainContainer: {env: [{name: AWS_ENDPOINT_URL_S3, value: 'https://x'}]}", &["BW1225"]),
    (
        "static-keys",
        "extra: {kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: [{env: [{name: AWS_SECRET_ACCESS_KEY, value: x}, {name: K, valueFrom: {secretKeyRef: {name: argo-argo-workflows-artifacts, key: AWS_ACCESS_KEY_ID}}}]}]}}}}",
        &["BW1225"],
    ),
    ("pod-identity", "server: {env: [{name: AWS_WEB_IDENTITY_TOKEN_FILE, value: x}]}", &["BW1225"]),
    ("pod-identity", "server: {env: [{name: AWS_PROFILE, value: x}]}", &["BW1225"]),
    (
        "pod-identity",
        "workflow: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/old'}}}",
        &["BW1226"],
    ),
    (
        "node-role",
        "server: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::012345678901:role/old'}}}",
        &["BW1226"],
    ),
];

/// Values that our own win over, or that change nothing of where objects go.
const HARMLESS: &[(&str, &str)] = &[
    ("irsa", "artifactRepository: {s3: {bucket: old, endpoint: minio.example.com, region: us-east-1, insecure: true}}"),
    ("irsa", "artifactRepository: {s3: {keyFormat: 'x/{{workflow.name}}'}}"),
    ("static-keys", "artifactRepository: {s3: {useSDKCreds: true, accessKeySecret: {name: old, key: old}}}"),
    ("irsa", "useStaticCredentials: true"),
    ("irsa", "artifactRepository: {gcs: null, azure: {}}"),
    ("static-keys", "server: {serviceAccount: {name: x}}"),
    ("pod-identity", "controller: {workflowDefaults: {spec: {serviceAccountName: x}}}"),
    ("irsa", "server: {env: [{name: AWS_REGION, value: eu-west-1}, {name: LANG, value: C}]}"),
    ("irsa", "extra: {kind: ConfigMap, metadata: {name: mine}, data: {bucket: of-another-program}}"),
    (
        "irsa",
        "extra: {kind: Deployment, metadata: {name: mine}, spec: {template: {spec: {serviceAccountName: mine, containers: [{env: [{name: AWS_PROFILE, value: x}]}]}}}}",
    ),
    (
        "irsa",
        "server: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::999999999999:role/old'}}}",
    ),
];

fn spec(identity: &str) -> String {
    SPEC.replace("identity: irsa", &format!("identity: {identity}"))
        .replace("    name: prod\n", "    name: prod\n    nodeRole: arn:aws:iam::012345678901:role/nodes\n")
}

/// The codes of what is judged by the rendered objects.
fn rendered_codes(identity: &str, values: &str) -> Result<Vec<String>, String> {
    let json = checked(&chart(&spec(identity)), values, "-o json")?.any().json();
    let all = json["findings"].as_array().unwrap_or_else(|| panic!("{values}: {json:#}")).clone();
    let codes = all.iter().map(|one| one["code"].as_str().expect("a code").to_owned());
    Ok(codes.filter(|code| code.as_str() >= "BW1220").collect())
}

#[test]
fn what_sends_objects_elsewhere_is_told_by_the_rendered_objects_alone() {
    for (identity, values, wanted) in ELSEWHERE {
        let codes = match rendered_codes(identity, values) {
            Ok(codes) => codes,
            Err(why) => skip!("helm", why),
        };
        assert!(codes.iter().any(|code| wanted.contains(&code.as_str())), "{identity}: {values}: {codes:?}");
    }
    for (identity, values) in HARMLESS {
        assert_eq!(
            rendered_codes(identity, values).expect("helm is there"),
            Vec::<String>::new(),
            "{identity}: {values}"
        );
    }
}

/// A ConfigMap that is not rendered, or that names nothing, is missed; a role of our name in another account is not ours.
#[test]
fn what_is_missing_is_told() {
    let sandbox = chart(SPEC);
    let role = |account: &str| {
        format!(
            "kind: ServiceAccount\nmetadata: {{name: argo-workflow, annotations: {{eks.amazonaws.com/role-arn: 'arn:aws:iam::{account}:role/acme-prod-argo-workflows'}}}}\n"
        )
    };
    for (manifest, code, words) in [
        (role("012345678901"), "BW1228", "no rendered ConfigMap names the bucket `acme-prod-argo-artifacts`"),
        (role("012345678901"), "BW1228", "the endpoint `s3.eu-west-1.amazonaws.com`"),
        (role("999999999999"), "BW1226", "acme-prod-argo-workflows"),
    ] {
        sandbox.write("rendered.yaml", &manifest);
        let text = sandbox.run("check --chart argo-workflows=chart --rendered rendered.yaml").exits(3).all();
        let text = text.replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(code) && text.contains(words), "{manifest}: {text}");
    }
}

/// What is in a Secret is compared and not told.
#[test]
fn a_foreign_value_is_not_shown() {
    let sandbox = chart(SPEC);
    let config = super::fixture::CONFIG.replace("acme-prod-argo-artifacts", "hunter2");
    sandbox.write("rendered.yaml", &config);
    let text = sandbox.run("check --chart argo-workflows=chart --rendered rendered.yaml").exits(3).all();
    assert!(text.contains("BW1227") && !text.contains("hunter2"), "{text}");
}

/// A document of a controller that installs another release than the spec's.
#[test]
fn another_release_of_a_document_is_told() {
    let sandbox = chart(SPEC);
    let flux = |more: &str, namespace: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: argo, namespace: {namespace}}}\nspec: {{{more}values: {{}}}}\n"
        )
    };
    for (document, words) in [
        (flux("", "argo"), ""),
        (flux("releaseName: wf, ", "argo"), "release `wf`"),
        (flux("releaseName: argo, targetNamespace: other, ", "argo"), "namespace `other`"),
        (flux("targetNamespace: argo, ", "argo"), "release `argo-argo`"),
        (flux("", "flux-system"), "namespace `flux-system`"),
    ] {
        sandbox.write("mine.yaml", &document);
        let json = sandbox.run("check --chart argo-workflows=chart --values mine.yaml -o json").any().json();
        let told = json["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .any(|one| one["code"] == "BW1214" && one["what"].as_str().is_some_and(|what| what.contains(words)));
        assert_eq!(told, !words.is_empty(), "{document}: {json:#}");
    }
}
