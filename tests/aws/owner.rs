//! Whose the buckets are: no call reaches a bucket of another account, and no key of ours does.

use serde_json::{Value, json};

use super::{own, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";
const STRANGER: &str = "000000999999";

/// The operations whose requests named no account, or another than this.
fn unpinned(account: &Account<'_>) -> Vec<String> {
    let of_buckets = |call: &Value| {
        let operation = call["operation"].as_str().unwrap_or_default();
        // One names no bucket, one makes it, and one is the question of a browser, which signs nothing.
        call["service"] == "s3" && !["ListBuckets", "CreateBucket"].contains(&operation) && call["method"] != "OPTIONS"
    };
    let calls = account.peer().journal();
    let pinned = calls.iter().filter(|call| of_buckets(call) && call["owner"] == json!(account.id)).count();
    assert!(pinned > 20, "{pinned} calls named the account");
    let others = calls.iter().filter(|call| of_buckets(call) && call["owner"] != json!(account.id));
    others.map(|call| call["operation"].to_string()).collect()
}

#[test]
fn every_call_that_names_a_bucket_names_its_account() {
    let peer = own!();
    let account = peer.account();
    for (name, identity, install) in [
        ("pin-keys", "static-keys", "{profile: massdriver, chartVersion: 0.2.0}"),
        ("pin-roles", "irsa", "{profile: gitlab, chartVersion: 9.9.1}"),
    ] {
        let sandbox = Sandbox::with_spec(&spec(&account, name, identity, install));
        account.call(&sandbox, "plan").run().ok();
        account.call(&sandbox, "apply --yes").run().ok();
        account.call(&sandbox, "verify").run().ok();
        account.call(&sandbox, "destroy --yes").run().ok();
        assert_eq!(unpinned(&account), Vec::<String>::new(), "{identity}");
    }
}

/// A bucket is deleted, a stranger registers its name and opens it to everybody: the pods' key must not write there, and no
/// command takes it for the spec's.
#[test]
fn a_bucket_that_a_stranger_registered_again_gets_nothing() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "again", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let kept: Value =
        serde_yaml::from_str(&sandbox.read("out/credentials/again-argo-workflows.yaml")).expect("the kept key");
    let policy: Value =
        serde_json::from_str(&sandbox.read("out/iam/again-argo-workflows.policy.json")).expect("the policy");
    let arn = policy["Statement"][0]["Resource"][0].as_str().expect("a bucket").to_owned();
    let bucket = arn.rsplit(':').next().expect("a name").to_owned();
    let write = || {
        account.python(&format!(
            "\
client = boto3.client('s3', region_name='eu-west-1', config=CONFIG, aws_access_key_id='{}', aws_secret_access_key='{}')
def code(call):
    try:
        call()
        return 'ok'
    except ClientError as error:
        return error.response['Error']['Code']
say([code(lambda: client.put_object(Bucket='{bucket}', Key='secret', Body=b'x')), code(lambda: client.list_objects_v2(Bucket='{bucket}'))])
",
            kept["accessKeyId"].as_str().expect("an id"),
            kept["secretAccessKey"].as_str().expect("a secret"),
        ))
    };
    assert_eq!(write(), json!(["ok", "ok"]));
    account.python(&format!("s3.delete_object(Bucket='{bucket}', Key='secret'), s3.delete_bucket(Bucket='{bucket}')"));
    peer.post("account-of-bucket", &json!({"bucket": bucket, "account": STRANGER, "region": "eu-west-1"}));
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "s3:*", "Resource": [arn, format!("{arn}/*")]}]});
    let request =
        json!({"service": "s3", "method": "PUT", "path": format!("/{bucket}?policy"), "body": open.to_string()});
    peer.post("setup", &json!({"account": STRANGER, "region": "eu-west-1", "requests": [request]}));
    assert_eq!(write(), json!(["AccessDenied", "AccessDenied"]));
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(report["errors"][0]["code"], "BW0601", "{report:#}");
    let seen = account.peer().journal();
    let answered = |call: &&Value| {
        let of_bucket = call["path"].as_str().is_some_and(|path| path.contains(&bucket));
        of_bucket && call["status"].as_u64().is_some_and(|status| status < 300)
    };
    let after = seen.iter().rposition(|call| call["operation"] == "DeleteBucket").expect("the bucket went");
    let reached: Vec<&Value> = seen[after + 1..].iter().filter(answered).collect();
    assert!(reached.is_empty(), "{reached:#?}");
}
