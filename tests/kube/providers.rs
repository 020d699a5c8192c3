//! The cluster beside clouds other than AWS: references, Secrets and ServiceAccounts are the same there.

use serde_json::json;

use super::{api_server, push};
use crate::harness::{Google, KEY, Sandbox, Store};

const GCP: &str = "\
apiVersion: bucketwright/v1
name: acme
cloud: {provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: EU}
installs:
";

#[test]
fn a_key_file_comes_from_the_cluster_and_goes_into_renamed_secrets() {
    let server = api_server!();
    server.namespace("on-gcp");
    let file = json!({"type": "service_account", "project_id": "acme-prod", "private_key_id": "0", "private_key": "hushhushhush",
        "client_email": "gitlab@acme-prod.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token"});
    let google = json!({"metadata": {"name": "google"}, "stringData": {"key.json": file.to_string(), "torn": "{"}});
    server.make("secrets", Some("on-gcp"), &google);
    let spec = |key: &str| {
        format!(
            "{GCP}  - profile: gitlab
    chartVersion: 10.3.0
    namespace: on-gcp
    identity: static-keys
    credentials: {{keyFile: kube:on-gcp/google/{key}}}
    secretNames: {{gitlab-registry-storage: registry-2}}
"
        )
    };
    let admin = server.user("admin");
    let torn = push(&Sandbox::with_spec(&spec("torn")), &admin, "").exits(2);
    assert!(torn.stderr.contains("BW1510"), "{}", torn.stderr);
    let sandbox = Sandbox::with_spec(&spec("key.json"));
    let said = push(&sandbox, &admin, "").ok();
    assert!(
        said.stdout.contains("create Secret on-gcp/registry-2\n") && !said.all().contains("hush"),
        "{}",
        said.all()
    );
    let there = [server.secret("on-gcp", "registry-2"), server.secret("on-gcp", "gitlab-object-storage")];
    assert!(there.iter().all(|secret| secret.to_string().contains("hushhushhush")), "{there:?}");
    let _ = sandbox.run(&format!("render --kubeconfig {admin}")).ok();
    let values = sandbox.read("out/gitlab/values.yaml");
    assert!(values.contains("\"registry-2\"") && !values.contains("gitlab-registry-storage"), "{values}");
}

#[test]
fn accounts_on_gke_get_their_service_account() {
    let server = api_server!();
    let install = "{profile: gitlab, chartVersion: 10.3.0, namespace: gke, identity: workload-identity, options: {serviceAccounts: existing}}";
    let sandbox = Sandbox::with_spec(&format!("{GCP}  - {install}\n"));
    let said = push(&sandbox, &server.user("admin"), "--create-namespaces --service-accounts").ok();
    assert!(said.stdout.contains("create ServiceAccount gke/gitlab-registry"), "{}", said.stdout);
    let there = server.get("/api/v1/namespaces/gke/serviceaccounts/gitlab-registry");
    let email = &there["metadata"]["annotations"]["iam.gke.io/gcp-service-account"];
    assert_eq!(email, "acme-gitlab@acme-prod.iam.gserviceaccount.com");
}

#[test]
fn accounts_on_aks_get_label_and_annotation() {
    let server = api_server!();
    let cloud = "{provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: acme-prod, storageAccount: acmeprod, location: westeurope, cluster: {name: prod}, clientIds: {acme-gitlab: 77777777-8888-9999-0000-111111111111}}";
    let install = "{profile: gitlab, chartVersion: 10.3.0, namespace: aks, identity: workload-identity, options: {serviceAccounts: existing}}";
    let text = format!("apiVersion: bucketwright/v1\nname: acme\ncloud: {cloud}\ninstalls:\n  - {install}\n");
    let sandbox = Sandbox::with_spec(&text);
    let said = push(&sandbox, &server.user("admin"), "--create-namespaces --service-accounts").ok();
    for name in ["gitlab-registry", "gitlab-toolbox"] {
        assert!(said.stdout.contains(&format!("create ServiceAccount aks/{name}")), "{}", said.stdout);
        let there = server.get(&format!("/api/v1/namespaces/aks/serviceaccounts/{name}"));
        let of = |kind: &str, key: &str| there["metadata"][kind][key].clone();
        assert_eq!(of("labels", "azure.workload.identity/use"), "true", "{there:#}");
        assert_eq!(
            of("annotations", "azure.workload.identity/client-id"),
            "77777777-8888-9999-0000-111111111111",
            "{there:#}"
        );
    }
}

#[test]
fn what_apply_makes_on_gcp_is_pushed() {
    let server = api_server!();
    let google = match Google::start() {
        Ok(google) => google,
        Err(why) => skip!("google.py", why),
    };
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, namespace: made-gcp, identity: static-keys}";
    let sandbox = Sandbox::with_spec(&format!("{GCP}  - {install}\n"));
    let admin = server.user("admin");
    let refused = google.call(&sandbox, &format!("apply --yes --no-proof --push --kubeconfig {admin}")).run().exits(1);
    assert!(refused.stderr.contains("BW1106"), "{}", refused.stderr);
    assert_eq!(google.peer(&json!({}))["buckets"], json!({}));
    let arguments = format!("apply --yes --no-proof --push --create-namespaces --kubeconfig {admin}");
    let _ = google.call(&sandbox, &arguments).run().ok();
    let secrets = server.get("/api/v1/namespaces/made-gcp/secrets");
    let secrets = secrets["items"].as_array().expect("a list");
    assert_eq!(secrets.len(), 1, "{secrets:#?}");
}

#[test]
fn a_store_is_used_with_keys_of_the_cluster() {
    let server = api_server!();
    let store = match Store::minio(false) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    server.namespace("on-store");
    let keys = json!({"metadata": {"name": "keys"}, "stringData": {"id": KEY.0, "secret": KEY.1}});
    server.make("secrets", Some("on-store"), &keys);
    let key = "{accessKeyId: kube:on-store/keys/id, secretAccessKey: kube:on-store/keys/secret}";
    let sandbox = Sandbox::with_spec(&format!(
        "\
apiVersion: bucketwright/v1
name: acme
cloud: {{provider: s3, store: minio, endpoint: \"{}\", insecure: true, credentials: {key}}}
installs:
  - profile: argo-workflows
    chartVersion: 1.0.18
    namespace: on-store
    credentials: {key}
    secretNames: {{argo-argo-workflows-artifacts: renamed}}
",
        store.endpoint()
    ));
    let admin = server.user("admin");
    // Not even a plan without the cluster, since the store's own key lies in it; a rehearsal asks nobody.
    let alone = sandbox.run("plan").exits(2);
    assert!(alone.stderr.contains("BW1101"), "{}", alone.stderr);
    let _ = sandbox.run("apply --rehearse --yes --out rehearsed").ok();
    let planned = sandbox.run(&format!("plan --kubeconfig {admin} -o json")).ok().json();
    assert_eq!(planned["steps"][0]["verb"], "create", "{planned:#}");
    let done = sandbox.run(&format!("apply --yes --push --kubeconfig {admin}")).ok();
    assert!(done.stdout.contains("create Secret on-store/renamed") && !done.all().contains(KEY.1), "{}", done.all());
    assert!(server.secret("on-store", "renamed").to_string().contains(KEY.1));
    let verified = sandbox.run(&format!("verify --kubeconfig {admin} -o json")).ok().json();
    assert_eq!(verified["proven"], true, "{verified:#}");
}
