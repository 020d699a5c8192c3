//! Whole runs for `provider: azure`: against Azurite, the Azure CLI's parser, and the programs that read the documents.

mod bad_input;
mod charts;
mod lines;
mod programs;
mod terraform;

use serde_json::Value;

use crate::harness::{ACCOUNT, Call, Sandbox, Store};

/// What every spec here says of its cloud; the rest of `cloud` follows.
const CLOUD: &str = "cloud:\n  provider: azure\n  subscription: 11111111-2222-3333-4444-555555555555\n  resourceGroup: acme-prod\n  storageAccount: acmeprod\n  location: westeurope\n";
const GITLAB: &str = "{profile: gitlab, chartVersion: 9.9.1, identity: static-keys}";
pub const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}";

/// A spec with installs, each in one line.
pub fn spec(cloud: &str, installs: &[&str]) -> String {
    let installs: String = installs.iter().map(|install| format!("  - {install}\n")).collect();
    format!("apiVersion: bucketwright/v1\nname: acme\n{CLOUD}{cloud}installs:\n{installs}")
}

/// A call with the account's key, to a store in plaintext.
fn call<'a>(sandbox: &'a Sandbox, store: &Store, arguments: &str) -> Call<'a> {
    let address = format!("{}/{}", store.endpoint(), ACCOUNT.0);
    let call = sandbox.call(arguments.split_whitespace());
    call.env("AZURE_STORAGE_KEY", ACCOUNT.1).env("AZURE_STORAGE_SERVICE_ENDPOINT", &address)
}

fn verbs(plan: &Value) -> Vec<&str> {
    plan["steps"].as_array().expect("steps").iter().filter_map(|step| step["verb"].as_str()).collect()
}

#[test]
fn containers_are_made_proven_and_kept() {
    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let sandbox = Sandbox::with_spec(&spec("", &[GITLAB, ARGO]));
    let done = call(&sandbox, &store, "apply --yes -o json --audit audit.log").run().ok().json();
    assert_eq!(verbs(&done["plan"]), ["create"; 8], "{done:#}");
    let trials = done["proof"]["trials"].as_array().expect("trials");
    assert!(trials.iter().all(|trial| trial["passed"] == true), "{done:#}");
    for action in ["put", "get", "list", "delete"] {
        assert_eq!(trials.iter().filter(|trial| trial["action"] == action).count(), 8, "{action}");
    }
    let audit = sandbox.read("audit.log");
    for call in ["GetContainerProperties", "CreateContainer", "PutBlob", "GetBlob", "ListBlobs", "DeleteBlob"] {
        assert_eq!(audit.matches(&format!("\"blob:{call}\"")).count(), 8, "{call}: {audit}");
    }
    let everywhere = format!("{done}{audit}");
    assert!(!everywhere.contains(ACCOUNT.1), "the key is nowhere but in the private files");
    assert!(sandbox.read("out/gitlab/object-storage.yaml").contains(ACCOUNT.1));

    let again = call(&sandbox, &store, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!((verbs(&again), &again["changes"]), (vec!["keep"; 8], &false.into()), "{again:#}");

    // A second spec sees by the metadata whose the container is.
    let other = sandbox.read("bucketwright.yaml").replace("name: acme\n", "name: other\n");
    sandbox.write("other.yaml", &other.replace("9.9.1,", "9.9.1, buckets: {lfs: acme-lfs},"));
    let refused = call(&sandbox, &store, "plan -f other.yaml --out other").run().exits(1).all();
    assert!(refused.contains("BW0609"), "{refused}");
    let taken = other.replace("9.9.1,", "9.9.1, buckets: {lfs: {name: not-there, existing: true}},");
    sandbox.write("other.yaml", &taken);
    let refused = call(&sandbox, &store, "plan -f other.yaml --out other").run().exits(1).all();
    assert!(refused.contains("BW1625"), "{refused}");
}

/// `verify` proves keys; of what only Entra ID can tell it says so, and does not pass.
#[test]
fn keys_are_verified_and_identities_named_as_untried() {
    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let sandbox = Sandbox::with_spec(&spec("", &[GITLAB, ARGO]));
    let missing = call(&sandbox, &store, "verify -o json").run().exits(3).json();
    assert!(missing["rows"].to_string().contains("ContainerNotFound"), "{missing:#}");
    let _ = call(&sandbox, &store, "apply --yes").run().ok();
    let proven = call(&sandbox, &store, "verify -o json --audit audit.log").run().ok().json();
    let rows = proven["rows"].as_array().expect("rows");
    assert!(
        rows.iter().any(|row| (&row["component"], &row["bucket"]) == (&"registry".into(), &"acme-registry".into()))
    );
    for row in rows {
        let actions: Vec<&str> =
            row["cells"].as_array().expect("cells").iter().filter_map(|cell| cell["action"].as_str()).collect();
        let wanted: &[&str] =
            if row["principal"] == "(buckets)" { &["nobody else"] } else { &["put", "get", "list", "delete"] };
        assert_eq!(actions, wanted, "{row:#}");
    }
    assert_eq!(proven["failed"], 0, "{proven:#}");
    let calls = sandbox.read("audit.log");
    assert_eq!(calls.matches("blob:PutBlob").count(), calls.matches("blob:DeleteBlob").count(), "{calls}");
    assert!(!format!("{proven}{calls}").contains(ACCOUNT.1));

    let unkeyed = sandbox.run("verify -o json").exits(2).json();
    assert_eq!(unkeyed["errors"][0]["code"], "BW0701", "{unkeyed:#}");
    assert!(unkeyed["errors"][0]["what"].to_string().contains("`env:AZURE_STORAGE_KEY`"), "{unkeyed:#}");
    // For a managed identity nothing is proven.
    let roles = GITLAB.replace("static-keys", "workload-identity");
    sandbox.write("bucketwright.yaml", &spec("  cluster: {name: prod}\n", &[&roles, ARGO]));
    let half = call(&sandbox, &store, "verify -o json").run().exits(3).json();
    assert_eq!(half["failed"], 0, "{half:#}");
    assert!(half["untried"].to_string().contains("only a pod can try it"), "{half:#}");
    let _ = call(&sandbox, &store, "verify --principal acme-argo-workflows").run().ok();
    for arguments in ["--as-caller", "--print-probe --principal acme-argo-workflows", "--print-job --image x"] {
        let refused = call(&sandbox, &store, &format!("verify {arguments} -o json")).run().exits(2).json();
        assert_eq!(refused["errors"][0]["code"], "BW1408", "{refused:#}");
    }
}

#[test]
fn without_a_key_nothing_is_asked_and_all_is_said() {
    let sandbox = Sandbox::with_spec(&spec("", &[GITLAB, ARGO]));
    let plan = sandbox.run("plan -o json").ok().json();
    assert!(verbs(&plan).is_empty() && plan["changes"] == false, "{plan:#}");
    let lines = plan["userCommands"].to_string();
    for word in ["az storage account create", "az storage container-rm create", "AZURE_STORAGE_KEY"] {
        assert!(lines.contains(word), "{word}: {lines}");
    }
    let text = sandbox.run("plan").ok().stdout;
    assert!(text.contains("Nothing was asked") && text.contains("acme-lfs"), "{text}");
}

#[test]
fn a_rehearsal_needs_no_account() {
    let roles = GITLAB.replace("static-keys", "workload-identity");
    let sandbox = Sandbox::with_spec(&spec("  cluster: {name: prod}\n", &[&roles, ARGO]));
    let done = sandbox.run("apply --rehearse --yes -o json").ok().json();
    assert_eq!(done["rehearsal"], true);
    assert_eq!(done["proof"]["trials"].as_array().map(Vec::len), Some(4), "{done:#}");
    let untried = done["proof"]["untried"].to_string();
    assert!(untried.contains("acme-gitlab") && untried.contains("only a pod"), "{untried}");
}

/// Storage rights end at the containers, and what goes beyond is the one role that a chart says it needs.
#[test]
fn rights_are_no_wider_than_containers() {
    let gitlab = GITLAB.replace("static-keys", "workload-identity, roles: per-component");
    let argo = ARGO.replace("static-keys", "workload-identity, roles: per-component");
    let sandbox = Sandbox::with_spec(&spec("  cluster: {name: prod}\n", &[&gitlab, &argo]));
    let script = sandbox.run("export --as az").ok().stdout;
    let roles: Vec<&str> = script.lines().filter(|line| line.contains("az role assignment create")).collect();
    let wide: Vec<&&str> = roles.iter().filter(|line| !line.contains("/containers/$container\"")).collect();
    assert_eq!(roles.len(), 8, "{roles:#?}");
    assert_eq!(wide.len(), 3, "GitLab's three parts sign links: {wide:#?}");
    assert!(wide.iter().all(|line| line.contains("'Storage Blob Delegator' --scope \"$scope\"")), "{wide:#?}");
    assert!(script.contains("--allow-shared-key-access false"), "nobody uses a key: {script}");
    let (_, server) = script.split_once("--name acme-argo-workflows-server ").expect("the server's part");
    let (server, _) = server.split_once("--name acme-argo-workflows-workflow ").expect("the next part");
    assert!(server.contains("'Storage Blob Data Reader'") && !server.contains("Contributor"), "{server}");
    // A message of the script is never a secret, and a key is never an argument.
    assert!(!script.contains("--account-key"), "{script}");
}

/// What others put on the containers, or left open in the account, is told by `plan` and by `verify`, and may be accepted.
#[test]
fn what_others_may_reach_is_judged() {
    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let sandbox = Sandbox::with_spec(&spec("", &[ARGO]));
    let _ = call(&sandbox, &store, "apply --yes").run().ok();
    let quiet = call(&sandbox, &store, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!(quiet["grants"], serde_json::json!([]), "{quiet:#}");
    let az = |arguments: &str| {
        let connection = format!(
            "DefaultEndpointsProtocol=http;AccountName={};AccountKey={};BlobEndpoint={}/{};",
            ACCOUNT.0,
            ACCOUNT.1,
            store.endpoint(),
            ACCOUNT.0
        );
        let mut az = crate::harness::bare("/usr/bin/az");
        az.args(["storage", "container"]).args(arguments.split_whitespace());
        az.env("AZURE_STORAGE_CONNECTION_STRING", connection).env("AZURE_CONFIG_DIR", sandbox.path("az"));
        az.output().is_ok_and(|output| output.status.success())
    };
    if !az("policy create --container-name acme-argo-artifacts --name outsiders --permissions rl --expiry 2030-01-01") {
        skip!("az", "it cannot reach Azurite");
    }
    let plan = call(&sandbox, &store, "plan --detailed-exitcode -o json").run().exits(3).json();
    let grant = &plan["grants"][0];
    assert_eq!((&grant["code"], &grant["place"]), (&"BW1332".into(), &"stored access policy".into()), "{plan:#}");
    assert!(grant.to_string().contains("`outsiders`"), "{plan:#}");
    let verified = call(&sandbox, &store, "verify -o json").run().exits(3).json();
    assert!(verified.to_string().contains("`outsiders`"), "{verified:#}");
    let name = grant["accept"].as_str().expect("a name");
    let accepted = format!("{}accept: [\"{name}\"]\n", sandbox.read("bucketwright.yaml"));
    sandbox.write("bucketwright.yaml", &accepted);
    let _ = call(&sandbox, &store, "plan --detailed-exitcode").run().ok();
    let _ = call(&sandbox, &store, "verify").run().ok();
    assert!(az("policy delete --container-name acme-argo-artifacts --name outsiders"), "the policy goes");
    assert!(az("set-permission --name acme-argo-artifacts --public-access blob"), "the container is opened");
    let refused = call(&sandbox, &store, "plan").run().exits(1).all();
    assert!(refused.contains("BW1625"), "{refused}");
    let verified = call(&sandbox, &store, "verify -o json").run().exits(3).json();
    assert!(verified.to_string().contains("everybody may read"), "{verified:#}");
    // The account takes keys, and no install uses one.
    assert!(az("set-permission --name acme-argo-artifacts --public-access off"), "the container is closed");
    let roles = ARGO.replace("static-keys", "workload-identity");
    let clients = "  clientIds: {acme-argo-workflows: 77777777-8888-9999-0000-111111111111}\n  cluster: {name: prod}\n";
    sandbox.write("bucketwright.yaml", &spec(clients, &[&roles]));
    let plan = call(&sandbox, &store, "plan -o json").run().ok().json();
    assert!(plan["grants"].to_string().contains("--allow-shared-key-access false"), "{plan:#}");
}
