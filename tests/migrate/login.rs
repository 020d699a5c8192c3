//! The keys of an old store come from the Secret that the values name, or are left open: no name is invented.

use super::elsewhere::{commands, report};

/// Where the two keys come from: Secret and entry, or `…`.
fn keys(profile: &str, version: &str, old: &str) -> Vec<String> {
    let (_, report) = report(profile, version, old, "");
    let reach = commands(&report, "Reach both stores");
    let all = reach.lines().filter(|line| line.contains("KEY_ID=") || line.contains("ACCESS_KEY="));
    all.map(|line| match line.split_once("get secret ") {
        Some((_, rest)) => {
            let secret = rest.split(' ').next().expect("a Secret");
            let entry = rest.split_once("{.data.").and_then(|(_, rest)| rest.split_once('}')).expect("an entry").0;
            format!("{secret}/{entry}")
        }
        None => line.split_once('=').expect("a value").1.to_owned(),
    })
    .collect()
}

#[test]
fn the_secret_beside_the_endpoint_is_read() {
    let login = "accessKeySecret: {name: mk, key: ak}, secretKeySecret: {name: mk2, key: sk}";
    for (profile, version, old, wanted) in [
        ("argo-workflows", "1.0.18", format!("artifactRepository: {{s3: {{endpoint: 'store:9000', bucket: b, {login}}}}}\n"), ["mk/ak", "mk2/sk"]),
        ("argo-workflows", "1.0.18", format!("customArtifactRepository: {{s3: {{endpoint: 'store:9000', bucket: b, {login}}}}}\n"), ["mk/ak", "mk2/sk"]),
        ("argo-workflows", "1.0.18", format!("artifactRepositoryRef: {{repos: {{v1: {{s3: {{endpoint: 'store:9000', bucket: b, {login}}}}}}}}}\n"), ["mk/ak", "mk2/sk"]),
        ("gitpod", "2022.11.3", "domain: a.example.com\nobjectStorage: {inCluster: false, s3: {endpoint: 'store.st.svc:9000', bucket: b, credentials: {kind: secret, name: os-creds}}}\n".to_owned(), ["os-creds/accessKeyId", "os-creds/secretAccessKey"]),
        ("massdriver", "0.2.0", "domain: a.example.com\n".to_owned(), ["massdriver-minio/rootUser", "massdriver-minio/rootPassword"]),
        ("gitlab", "9.9.1", "global: {minio: {credentials: {secret: mine}}}\n".to_owned(), ["mine/accesskey", "mine/secretkey"]),
    ] {
        assert_eq!(keys(profile, version, &old)[..2], wanted, "{old}");
    }
    let old = "domain: a.example.com\ncontainerRegistry: {inCluster: false, s3storage: {endpoint: 'other.st.svc:9000', bucket: r, region: r, certificate: {kind: secret, name: reg-creds}}}\n";
    assert!(
        keys("gitpod", "2022.11.3", old)
            .ends_with(&["reg-creds/s3AccessKey".to_owned(), "reg-creds/s3SecretKey".to_owned()])
    );
}

#[test]
fn what_nothing_names_is_left_open() {
    let argo = |s3: &str| format!("artifactRepository: {{s3: {{endpoint: 'store:9000', bucket: b, {s3}}}}}\n");
    for (profile, version, old) in [
        ("argo-workflows", "1.0.18", argo("useSDKCreds: true")),
        ("argo-workflows", "1.0.18", argo("accessKeySecret: null, secretKeySecret: null")),
        ("argo-workflows", "1.0.18", argo("accessKeySecret: {name: mk}, secretKeySecret: {key: sk}")),
        ("argo-workflows", "1.0.18", argo("accessKeySecret: {name: \"a'$(id)\", key: ak}, secretKeySecret: {name: -x, key: sk}")),
        ("argo-workflows", "1.0.18", "customArtifactRepository: {s3: {endpoint: 'store:9000', bucket: b}}\n".to_owned()),
        ("massdriver", "0.0.12", "massdriver: {blobStorage: {type: s3, s3: {endpoint: 'http://store.st.svc:9000', accessKeyId: a, secretAccessKey: b}}}\n".to_owned()),
        ("gitlab", "9.9.1", "global: {minio: {credentials: {secret: \"mi'n$(id)\"}}}\n".to_owned()),
    ] {
        assert_eq!(keys(profile, version, &old)[..2], ["…", "…"], "{old}");
    }
    // One of the two may be named alone.
    let (_, report) = report("argo-workflows", "1.0.18", &argo("accessKeySecret: {name: mk, key: ak}"), "");
    let reach = commands(&report, "Reach both stores");
    assert!(reach.contains("get secret mk ") && reach.contains("SECRET_ACCESS_KEY=…"), "{reach}");
    assert!(reach.contains("# The values name no Secret with this key"), "{reach}");
}
