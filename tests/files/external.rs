//! `--external-secrets`: entries in Secrets Manager that hold what the Secrets would, and manifests that hold nothing.

use serde_json::{Value, json};

use super::{documents, nothing_in_plain, sandbox};
use crate::harness::{Account, Peer};

/// The account's entries by name: content as JSON, and tags.
fn entries(account: &Account<'_>) -> Value {
    account.python(
        "\
sm = boto3.client('secretsmanager', region_name=os.environ['AWS_REGION'], config=CONFIG)
def content(name):
    try:
        return json.loads(sm.get_secret_value(SecretId=name)['SecretString'])
    except ClientError as error:
        return error.response['Error']['Code']
say({one['Name']: {'content': content(one['Name']), 'tags': {t['Key']: t['Value'] for t in one.get('Tags', [])}}
     for one in sm.list_secrets()['SecretList']})
",
    )
}

/// What the operator would make: the entry's keys with their content, under the manifest's name.
fn as_the_operator(manifest: &Value, entries: &Value) -> Value {
    use base64::Engine;
    let spec = &manifest["spec"];
    assert_eq!(spec["secretStoreRef"], json!({"kind": "ClusterSecretStore", "name": "aws"}));
    let entry = spec["dataFrom"][0]["extract"]["key"].as_str().expect("a key");
    let content = entries[entry]["content"].as_object().unwrap_or_else(|| panic!("{entry} in {entries:#}"));
    let coded = |value: &Value| base64::engine::general_purpose::STANDARD.encode(value.as_str().expect("a text"));
    let data: serde_json::Map<String, Value> =
        content.iter().map(|(key, value)| (key.clone(), json!(coded(value)))).collect();
    json!({"name": spec["target"]["name"], "namespace": manifest["metadata"]["namespace"], "data": data})
}

#[test]
fn the_store_holds_what_the_secrets_would() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    let sandbox = sandbox("ext-all");
    account.call(&sandbox, "apply --yes --no-proof --external-secrets aws").run().ok();
    // The same keys, rendered plain.
    account.call(&sandbox, "render --out plain --keys out/credentials").run().ok();
    let meant: Vec<Value> = documents(&sandbox.read("plain/argo-workflows/secrets.yaml"))
        .iter()
        .map(|secret| json!({"name": secret["metadata"]["name"], "namespace": secret["metadata"]["namespace"], "data": secret["data"]}))
        .collect();
    let there = entries(&account);
    let made: Vec<Value> = documents(&sandbox.read("out/argo-workflows/external-secrets.yaml"))
        .iter()
        .map(|manifest| as_the_operator(manifest, &there))
        .collect();
    assert_eq!(made, meant);
    for (name, entry) in there.as_object().expect("entries") {
        assert!(name.starts_with("bucketwright/ext-all/argo/"), "{name}");
        assert_eq!(entry["tags"]["bucketwright:spec"], "ext-all");
    }
    nothing_in_plain(&sandbox, "out/argo-workflows");

    // A second run finds all as it should be and writes nothing.
    let before = account.writes().len();
    account.call(&sandbox, "apply --yes --no-proof --external-secrets aws").run().ok();
    assert_eq!(account.writes().len(), before, "{:?}", account.writes());
    // What someone changed is set right.
    account.python(
        "\
sm = boto3.client('secretsmanager', region_name=os.environ['AWS_REGION'], config=CONFIG)
sm.put_secret_value(SecretId=sm.list_secrets()['SecretList'][0]['Name'], SecretString='{}')
",
    );
    account.call(&sandbox, "apply --yes --no-proof --external-secrets aws").run().ok();
    assert_eq!(entries(&account), there);
}

/// A new key goes where the old one went, and nowhere else.
#[test]
fn a_rotation_fills_the_store() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    let sandbox = sandbox("ext-rot");
    account.call(&sandbox, "apply --yes --no-proof --external-secrets aws").run().ok();
    let before = entries(&account);
    let said = account.call(&sandbox, "rotate --yes --external-secrets aws").run().ok().stderr;
    assert!(said.contains("kubectl apply -f out/argo-workflows/external-secrets.yaml"), "{said}");
    assert!(said.contains("annotate externalsecret --all --overwrite force-sync="), "{said}");
    let after = entries(&account);
    assert_ne!(before, after);
    let id = sandbox.read("out/credentials/ext-rot-argo-workflows.yaml");
    let id = id.lines().find_map(|line| line.strip_prefix("accessKeyId: ")).expect("an id");
    assert!(after.to_string().contains(id) && !before.to_string().contains(id), "the store has the key in use");
    nothing_in_plain(&sandbox, "out/argo-workflows");
    account.call(&sandbox, "rotate --finish --yes").run().ok();
    assert_eq!(entries(&account), after);
}

/// Rendered without a cloud and without a key: the manifests hold neither.
#[test]
fn the_manifests_need_no_key() {
    let sandbox = sandbox("ext-off");
    let said = sandbox.run("render --external-secrets SecretStore/aws").ok();
    assert!(said.stderr.contains("kubectl apply -f out/argo-workflows/external-secrets.yaml"), "{}", said.stderr);
    let text = sandbox.read("out/argo-workflows/external-secrets.yaml");
    assert!(text.contains("kind: \"SecretStore\"") && !text.contains("PLACEHOLDER"), "{text}");
    let _ = sandbox.run("render --external-secrets SecretStore/aws --check").ok();
    let said = sandbox.run("render --external-secrets Vault/aws").exits(2);
    assert!(said.stderr.contains("BW0712"), "{}", said.stderr);
    let said = sandbox.run("render --external-secrets aws --seal cert.pem").exits(2);
    assert!(said.stderr.contains("cannot be used with"), "{}", said.stderr);
}

/// An entry of someone else is not replaced, and a caller who may not make entries makes no key.
#[test]
fn no_key_is_made_for_a_store_that_cannot_be_used() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.fresh();
    let sandbox = sandbox("ext-not");
    let _ = sandbox.run("render --external-secrets aws").ok();
    let manifests = documents(&sandbox.read("out/argo-workflows/external-secrets.yaml"));
    let name = manifests[0]["spec"]["dataFrom"][0]["extract"]["key"].as_str().expect("a key").to_owned();
    account.python(&format!(
        "\
sm = boto3.client('secretsmanager', region_name=os.environ['AWS_REGION'], config=CONFIG)
sm.create_secret(Name='{name}', SecretString='theirs')
say(1)
"
    ));
    let before = account.writes().len();
    let said = account.call(&sandbox, "apply --yes --external-secrets aws").run().exits(1).stderr;
    assert!(said.contains("BW0806") && said.contains("tag-resource"), "{said}");
    assert_eq!(account.writes().len(), before);

    let most = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*"},
    ]});
    let caller = peer.user(&peer.fresh().id, "most", &most);
    let said = caller.call(&sandbox, "apply --yes --external-secrets aws").run().exits(1).stderr;
    assert!(said.contains("BW0504") && said.contains("secretsmanager:CreateSecret"), "{said}");
    assert!(
        !caller.written().contains("CreateAccessKey") && !caller.written().contains("CreateUser"),
        "{:?}",
        caller.written()
    );
}

/// What went into the store and the cluster is not removed; it is said with the lines that do.
#[test]
fn what_stays_behind_is_said_with_its_lines() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    let sandbox = sandbox("ext-gone");
    account.call(&sandbox, "apply --yes --no-proof --external-secrets aws").run().ok();
    let names: Vec<String> = entries(&account).as_object().expect("entries").keys().cloned().collect();
    let line = |name: &String| format!("aws secretsmanager delete-secret --region eu-west-1 --secret-id {name}");
    let kubectl = "kubectl delete externalsecret --ignore-not-found -n argo ";

    // Without keys, the Secrets come in plaintext, and the entries with the old keys stay.
    let keys = sandbox.read("bucketwright.yaml");
    let roles = keys.replace("identity: static-keys", "identity: irsa").replace(
        "region: eu-west-1}",
        "region: eu-west-1, account: \"012345678901\", cluster: {name: prod, oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE}}",
    );
    sandbox.write("bucketwright.yaml", &roles);
    let report = sandbox.run("render -o json --prune").ok().json();
    let said = report["remaining"].to_string();
    assert!(!names.is_empty() && names.iter().all(|name| said.contains(&line(name))), "{said}");
    assert!(said.contains(kubectl), "{said}");
    assert_eq!(sandbox.run("render -o json").ok().json()["remaining"], json!([]), "what is pruned was said");

    // The entries are found by their names and tags, whatever the folder tells.
    sandbox.write("bucketwright.yaml", &keys);
    for options in ["--dry-run -o json", "--yes -o json"] {
        let report = account.call(&sandbox, &format!("destroy {options}")).run().ok().json();
        let said = report["remaining"].to_string();
        assert!(names.iter().all(|name| said.contains(&line(name))), "{options}: {said}");
        assert!(said.contains("kubectl delete secret --ignore-not-found -n argo "), "{options}: {said}");
    }
}
