//! What specs may ask for beyond the plain case: KMS, versions, names of the account's own, other partitions, brought keys.

use serde_json::{Value, json};

use super::{own, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// Applies twice: all is proven, and the second run writes nothing. The first run's report.
fn applied(account: &Account<'_>, sandbox: &Sandbox, arguments: &str) -> Value {
    let report = account.call(sandbox, &format!("apply --yes -o json {arguments}")).run().ok().json();
    let before = account.writes();
    let again = account.call(sandbox, "apply --no-proof -o json").run().ok().json();
    assert_eq!(again["plan"]["changes"], false, "{:#}", again["plan"]["steps"]);
    assert_eq!(account.writes(), before);
    report
}

fn trials_passed(report: &Value) {
    let trials = report["proof"]["trials"].as_array().expect("trials");
    assert!(!trials.is_empty() && trials.iter().all(|trial| trial["passed"] == true), "{trials:#?}");
}

#[test]
fn a_kms_key_versions_and_names_of_the_account() {
    let account = shared!().fresh();
    let key = account.python("say(boto3.client('kms', region_name='eu-west-1').create_key()['KeyMetadata']['Arn'])");
    let key = key.as_str().expect("an ARN").to_owned();
    let text = spec(
        &account,
        "kms",
        "static-keys",
        "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: {name: kms-versions, versioning: true}}}",
    );
    let sandbox = Sandbox::with_spec(&format!("{text}encryption: {{kmsKey: \"{key}\"}}\n"));
    trials_passed(&applied(&account, &sandbox, ""));
    let found = account.everything();
    let bucket = &found["buckets"]["kms-versions"];
    assert_eq!(bucket["versioning"]["Status"], "Enabled");
    let rule = &bucket["encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"], json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}));
    let policy = sandbox.read("out/iam/kms-argo-workflows.policy.json");
    assert!(policy.contains(&key) && policy.contains("kms:GenerateDataKey"), "{policy}");
}

#[test]
fn names_that_nobody_else_can_take() {
    let account = shared!().fresh();
    let text = spec(&account, "regional", "static-keys", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}bucketDefaults: {{namespace: account-regional}}\n"));
    trials_passed(&applied(&account, &sandbox, ""));
    let buckets = account.everything()["buckets"].as_object().expect("buckets").keys().cloned().collect::<Vec<_>>();
    assert_eq!(buckets, [format!("regional-argo-artifacts-{}-eu-west-1-an", account.id)]);
}

#[test]
fn other_partitions_have_their_own_arns() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let account = shared!().fresh();
        let text = spec(&account, &format!("in-{region}"), "static-keys", ARGO).replace("eu-west-1", region);
        let sandbox = Sandbox::with_spec(&text.replace("arn:aws:", &format!("arn:{partition}:")));
        let report = account.call(&sandbox, "plan -o json").env("AWS_REGION", region).run().ok().json();
        assert_eq!(report["region"], region);
        let needs = account.call(&sandbox, "plan --permissions").env("AWS_REGION", region).run().ok().stdout;
        assert!(needs.contains(&format!("arn:{partition}:s3:::in-{region}")) && !needs.contains("arn:aws:"), "{needs}");
        let _ = account.call(&sandbox, "apply --yes --no-proof").env("AWS_REGION", region).run().ok();
        let policy = sandbox.read(&format!("out/iam/in-{region}-argo-workflows.policy.json"));
        assert!(
            policy.contains(&format!("arn:{partition}:s3:::in-{region}")) && !policy.contains("arn:aws:"),
            "{policy}"
        );
    }
}

/// With keys of one's own no user is made; they are proven, and written into the Secret.
#[test]
fn keys_that_are_brought() {
    let account = shared!().fresh();
    let rights = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::brought-argo-artifacts", "arn:aws:s3:::brought-argo-artifacts/*"]}});
    let user = account.peer().user(&account.id, "by-hand", &rights);
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, credentials: {accessKeyId: \"env:KEY_ID\", secretAccessKey: \"file:secret\"}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "brought", "static-keys", install));
    sandbox.write("secret", &user.key.secret);
    let run = |arguments: &str| account.call(&sandbox, arguments).env("KEY_ID", &user.key.id).run();
    trials_passed(&run("apply --yes -o json").ok().json());
    assert!(!account.written().contains("CreateUser") && !account.written().contains("CreateAccessKey"));
    let secrets = sandbox.read("out/argo-workflows/secrets.yaml");
    assert!(!secrets.is_empty() && !sandbox.path("out/credentials/brought-argo-workflows.yaml").exists());
}

/// Gitpod's main branch with a role: the registry stays on its volume.
#[test]
fn gitpod_main_with_a_role() {
    let peer = own!();
    let account = peer.account();
    let install =
        "{profile: gitpod, chartVersion: 2026.7.0, options: {domain: gitpod.example.com, registryStorage: volume}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "pods", "irsa", install));
    trials_passed(&applied(&account, &sandbox, ""));
}
