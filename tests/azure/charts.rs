//! What the charts are told about Azure, each identity in turn.

use serde_json::{Value, json};

use super::{ARGO, GITLAB, spec};
use crate::harness::Sandbox;

const LABEL: &str = "azure.workload.identity/use";
const ANNOTATION: &str = "azure.workload.identity/client-id";
const IDENTITIES: &str = "  cluster: {name: prod}\n  tenant: 66666666-7777-8888-9999-000000000000\n";

/// Renders one install; gives its values.
fn values(install: &str, folder: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::with_spec(&spec(IDENTITIES, &[install]));
    let _ = sandbox.run("render --placeholders").ok();
    let values = read(&sandbox, &format!("out/{folder}/values.yaml"));
    (sandbox, values)
}

fn read(sandbox: &Sandbox, file: &str) -> Value {
    bucketwright::base::yaml::read_back(&sandbox.read(file)).expect(file)
}

/// Every place of a key, and what stands there.
fn places(tree: &Value, key: &str, path: &str) -> Vec<(String, Value)> {
    let Some(map) = tree.as_object() else { return Vec::new() };
    let here = map.get(key).map(|value| (path.to_owned(), value.clone()));
    let below = map.iter().flat_map(|(name, child)| places(child, key, &format!("{path}/{name}")));
    here.into_iter().chain(below).collect()
}

/// A pod gets a token if it has the label, and the identity if its ServiceAccount has the annotation; one alone does nothing.
#[test]
fn workload_identity_is_a_label_and_an_annotation() {
    let roles =
        |install: &str, roles: &str| install.replace("static-keys", &format!("workload-identity, roles: {roles}"));
    let gitlab = ["webservice", "sidekiq", "migrations", "toolbox"].map(|name| format!("/gitlab/{name}"));
    let gitlab: Vec<String> = gitlab.into_iter().chain(["/registry".to_owned()]).collect();
    for (way, accounts) in [("shared", vec!["/global".to_owned()]), ("per-component", gitlab.clone())] {
        let (_, values) = values(&roles(GITLAB, way), "gitlab");
        let mut wanted: Vec<String> = gitlab.iter().map(|pod| format!("{pod}/podLabels")).collect();
        let mut labels: Vec<String> = places(&values, LABEL, "").into_iter().map(|(path, _)| path).collect();
        wanted.sort();
        labels.sort();
        assert_eq!(labels, wanted);
        let mut wanted: Vec<String> =
            accounts.iter().map(|account| format!("{account}/serviceAccount/annotations")).collect();
        let mut annotations: Vec<String> = places(&values, ANNOTATION, "").into_iter().map(|(path, _)| path).collect();
        wanted.sort();
        annotations.sort();
        assert_eq!(annotations, wanted, "{way}");
        // The label is a text: Kubernetes refuses a bare `true`.
        assert!(places(&values, LABEL, "").iter().all(|(_, value)| value == "true"), "{values:#}");
    }
    let (_, values) = values(&roles(ARGO, "shared"), "argo-workflows");
    let pods: Vec<String> = places(&values, LABEL, "").into_iter().map(|(path, _)| path).collect();
    assert_eq!(pods.len(), 3, "steps, collector and server: {pods:?}");
    let accounts: Vec<String> = places(&values, ANNOTATION, "").into_iter().map(|(path, _)| path).collect();
    assert_eq!(accounts.len(), 2, "steps and server: {accounts:?}");
    assert_eq!(values["artifactRepository"]["azure"]["useSDKCreds"], true);
    assert_eq!(values["artifactRepository"]["azure"]["accountKeySecret"], Value::Null);
}

#[test]
fn gitlab_takes_the_key_or_its_identity() {
    let roles = GITLAB.replace("static-keys", "workload-identity");
    let newer = GITLAB.replace("9.9.1", "10.0.0");
    for (install, driver, credentials) in [
        (GITLAB, "azure", Value::Null),
        (&newer, "azure_v2", json!("shared_key")),
        (&roles, "azure_v2", json!("default_credentials")),
    ] {
        let (sandbox, values) = values(install, "gitlab");
        let registry = read(&sandbox, "out/gitlab/registry-storage.yaml");
        assert_eq!(registry[driver]["credentialstype"], credentials, "{registry:#}");
        let keyed = install != roles;
        assert_eq!(registry[driver]["accountkey"].is_string(), keyed, "{registry:#}");
        let rails = read(&sandbox, "out/gitlab/object-storage.yaml");
        assert_eq!((&rails["provider"], rails["azure_storage_access_key"].is_string()), (&json!("AzureRM"), keyed));
        assert_eq!(values["gitlab"]["toolbox"]["backups"]["objectStorage"]["backend"], "azure");
    }
}

/// The account's key and a service principal are never both there: the chart takes the key where it finds one.
#[test]
fn massdriver_takes_the_key_or_a_service_principal() {
    let key = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys}";
    let principal = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys, roles: per-component, \
                     credentials: {components: {massdriver: {accessKeyId: env:A, secretAccessKey: env:B}}}}";
    for (install, secret, tenant) in [
        (key, vec!["storageAccountKey"], Value::Null),
        (principal, vec!["clientId", "clientSecret"], json!("66666666-7777-8888-9999-000000000000")),
    ] {
        let (sandbox, values) = values(install, "massdriver");
        let blobs = &values["massdriver"]["blobStorage"];
        assert_eq!((&blobs["type"], &blobs["azureblob"]["tenantId"]), (&json!("azureblob"), &tenant), "{values:#}");
        let kept = read(&sandbox, "out/massdriver/values.secret.yaml");
        let kept = kept["massdriver"]["blobStorage"]["azureblob"].as_object().expect("secrets");
        assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), secret);
        // Its bundled Argo reads the account's key from a Secret either way.
        let argo = &values["argo-workflows"]["artifactRepository"];
        assert!(argo["azure"]["accountKeySecret"].is_object() && argo["s3"].is_null(), "{values:#}");
        assert_eq!(values["minio"]["enabled"], false);
    }
}

/// Azure is divided into clouds; the location says which, and nothing leads into another one.
#[test]
fn a_location_decides_the_cloud() {
    const MARKS: [&str; 3] = ["core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net"];
    for (location, domain, name, audience) in [
        ("westeurope", MARKS[0], "", "api://AzureADTokenExchange "),
        ("chinanorth3", MARKS[1], "AzureChinaCloud", "api://AzureADTokenExchangeChina "),
        ("usgovvirginia", MARKS[2], "AzureUSGovernment", "api://AzureADTokenExchangeUSGov "),
        ("usdodeast", MARKS[2], "AzureUSGovernment", "api://AzureADTokenExchangeUSGov "),
    ] {
        let argo = ARGO.replace("static-keys", "workload-identity");
        let text = spec(IDENTITIES, &[GITLAB, &argo]).replace("westeurope", location);
        let sandbox = Sandbox::with_spec(&text);
        let _ = sandbox.run("render --placeholders").ok();
        for file in ["gitlab/object-storage.yaml", "gitlab/registry-storage.yaml", "argo-workflows/values.yaml"] {
            let text = sandbox.read(&format!("out/{file}"));
            for other in MARKS.into_iter().filter(|other| *other != domain) {
                assert!(!text.contains(other), "{location}: {file}: {text}");
            }
        }
        assert!(sandbox.read("out/argo-workflows/values.yaml").contains(&format!("https://acmeprod.blob.{domain}")));
        assert!(sandbox.read("out/gitlab/object-storage.yaml").contains(domain), "{location}");
        let set = format!("az cloud set --name {name}");
        for lines in [
            sandbox.run("export --as az").ok().stdout,
            sandbox.run("destroy --yes").exits(2).stdout,
            sandbox.run("rotate --yes").exits(2).stdout,
        ] {
            assert_eq!(lines.contains(&set) && !name.is_empty(), lines.contains("az cloud set"), "{location}: {lines}");
            assert_eq!(lines.contains("az cloud set"), !name.is_empty(), "{location}: {lines}");
        }
        assert!(sandbox.run("export --as az").ok().stdout.contains(&format!("--audiences {audience}")), "{location}");
    }
}

/// The notes speak of the cloud that the spec names.
#[test]
fn notes_are_true_of_azure() {
    let massdriver = "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys, options: {argo: azure}}";
    let gitpod =
        "{profile: gitpod, chartVersion: 2022.11.3, identity: static-keys, options: {registryStorage: volume}}";
    let newer = GITLAB.replace("9.9.1", "10.0.0, id: newer, namespace: newer");
    for install in [GITLAB, &newer, massdriver, gitpod, ARGO] {
        let sandbox = Sandbox::with_spec(&spec(IDENTITIES, &[install]));
        let _ = sandbox.run("render --placeholders").ok();
        let folder = std::fs::read_dir(sandbox.path("out")).expect("out").flatten();
        let folder = folder.map(|entry| entry.path()).find(|path| path.is_dir() && path.join("NOTES.md").exists());
        let notes = std::fs::read_to_string(folder.expect("an install").join("NOTES.md")).expect("NOTES.md");
        for word in ["s3_v2", "AWS keys", "to S3 ", "s3:Delete", "from MinIO to S3"] {
            assert!(!notes.contains(word), "{install}: {word}: {notes}");
        }
    }
}
