//! The default key of buckets and the rights to it move together; what was written before can still be read.

use serde_json::{Value, json};

use super::{codes, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// Two keys of the account.
fn keys(account: &Account<'_>) -> [String; 2] {
    let made = account.python("kms = boto3.client('kms', region_name='eu-west-1')\nsay([kms.create_key()['KeyMetadata']['Arn'] for _ in range(2)])");
    [0, 1].map(|index| made[index].as_str().expect("an ARN").to_owned())
}

/// The spec with this line about encryption.
fn encrypted(sandbox: &Sandbox, text: &str, line: &str) {
    sandbox.write("bucketwright.yaml", &format!("{text}{line}\n"));
}

/// What a bucket encrypts with, and what the policy of a name allows with keys: `ACTIONS on KEYS`, in order.
fn state(account: &Account<'_>, name: &str) -> (Value, Vec<String>) {
    let everything = account.everything();
    let bucket = &everything["buckets"][format!("{name}-argo-artifacts")];
    let rule = &bucket["encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0];
    let default = rule["ApplyServerSideEncryptionByDefault"].clone();
    let policies = everything["iam"]["Policies"].as_array().expect("policies").iter();
    let versions = policies.flat_map(|policy| policy["PolicyVersionList"].as_array().expect("versions"));
    let live = versions.filter(|version| version["IsDefaultVersion"] == true);
    let statements = live.flat_map(|version| version["Document"]["Statement"].as_array().expect("statements"));
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|one| one.as_str().expect("a text")).collect::<Vec<_>>().join("+"),
        one => one.as_str().expect("a text").to_owned(),
    };
    let of_keys = statements.filter(|one| one.to_string().contains("kms:"));
    (default, of_keys.map(|one| format!("{} on {}", list(&one["Action"]), list(&one["Resource"]))).collect())
}

fn kms(key: &str) -> Value {
    json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key})
}

fn step(plan: &Value, kind: &str) -> Value {
    let steps = plan["steps"].as_array().expect("steps");
    steps.iter().find(|step| step["kind"] == kind).expect("a step").clone()
}

/// The operations of a run, in order.
fn operations(account: &Account<'_>, before: usize) -> Vec<String> {
    let writes = account.writes().split_off(before);
    writes
        .iter()
        .map(|write| write.split(' ').next().expect("a name").to_owned())
        .filter(|name| name.contains("Encryption") || name.contains("PolicyVersion"))
        .collect()
}

/// The key changes, is removed, is given up: rights, default and proof follow.
#[test]
fn a_key_that_changes_keeps_what_it_encrypted_readable() {
    let account = shared!().fresh();
    let [old, new] = keys(&account);
    let text = spec(&account, "rekey", "static-keys", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}encryption: {{kmsKey: \"{old}\"}}\n"));
    account.call(&sandbox, "apply --yes").run().ok();
    account.python("s3.put_object(Bucket='rekey-argo-artifacts', Key='logs/old', Body=b'old')");

    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\"}}"));
    let plan = account.call(&sandbox, "plan -o json").run().ok().json();
    assert_eq!(step(&plan, "bucket")["changes"][0]["words"], format!("encrypt with {new} (now {old})"));
    let note = format!(
        "It keeps its rights to {old}, which what is there is encrypted with. Once no pod writes with that, say so in the spec: `encryption: {{kmsKey: \"{new}\", formerKeys: [\"{old}\"]}}` leaves the right to read, `formerKeys: []` gives it up."
    );
    assert_eq!(step(&plan, "policy")["note"], note);
    let before = account.writes().len();
    let done = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    assert!(done["proof"]["trials"].to_string().contains("get an older object"), "{done:#}");
    assert_eq!(operations(&account, before), ["CreatePolicyVersion", "PutBucketEncryption"], "the right comes first");
    let both = vec![format!("kms:GenerateDataKey+kms:Decrypt on {new}+{old}")];
    assert_eq!(state(&account, "rekey"), (kms(&new), both));
    let again = account.call(&sandbox, "plan -o json --detailed-exitcode").run().ok().json();
    assert_eq!(
        (step(&again, "policy")["verb"].as_str(), &step(&again, "policy")["note"]),
        (Some("keep"), &json!(note))
    );
    account.call(&sandbox, "verify").run().ok();

    // What the plan asks to be said limits the right to reading.
    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\", formerKeys: [\"{old}\"]}}"));
    account.call(&sandbox, "apply --yes").run().ok();
    let apart = vec![format!("kms:GenerateDataKey+kms:Decrypt on {new}"), format!("kms:Decrypt on {old}")];
    assert_eq!(state(&account, "rekey"), (kms(&new), apart.clone()));
    let said = account.call(&sandbox, "plan -o json --detailed-exitcode").run().ok().json();
    assert!(step(&said, "policy").get("note").is_none(), "{said:#}");

    // Given up: the proof says what it costs.
    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\", formerKeys: []}}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(state(&account, "rekey").1, [format!("kms:GenerateDataKey+kms:Decrypt on {new}")]);
    let lost = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(
        lost.to_string().contains("no identity-based policy allows the kms:Decrypt action); it was written before"),
        "{lost:#}"
    );

    // Back again, and then no key at all.
    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\", formerKeys: [\"{old}\"]}}"));
    account.call(&sandbox, "apply --yes").run().ok();
    encrypted(&sandbox, &text, "");
    let plan = account.call(&sandbox, "plan -o json").run().ok().json();
    let words = format!("encrypt with S3's own keys, as the spec names none (now {new})");
    assert_eq!(step(&plan, "bucket")["changes"][0]["words"], words);
    account.call(&sandbox, "apply --yes").run().ok();
    let (default, rights) = state(&account, "rekey");
    assert_eq!((default, rights), (json!({"SSEAlgorithm": "AES256"}), apart));
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.call(&sandbox, "verify").run().ok();
    encrypted(&sandbox, &text, "encryption: {formerKeys: []}");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(state(&account, "rekey"), (json!({"SSEAlgorithm": "AES256"}), Vec::new()));
}

/// A key that is given up goes from the bucket before it goes from the policy; whoever is interrupted goes on.
#[test]
fn rights_never_go_before_the_key_does() {
    let peer = shared!();
    let account = peer.fresh();
    let [old, new] = keys(&account);
    let text = spec(&account, "giveup", "irsa", ARGO).replace(
        "name: prod",
        "name: prod, oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"",
    );
    let sandbox = Sandbox::with_spec(&format!("{text}encryption: {{kmsKey: \"{old}\"}}\n"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    for (line, calls) in [
        (format!("encryption: {{kmsKey: \"{new}\"}}"), ["CreatePolicyVersion", "PutBucketEncryption"]),
        ("encryption: {formerKeys: []}".to_owned(), ["PutBucketEncryption", "CreatePolicyVersion"]),
    ] {
        encrypted(&sandbox, &text, &line);
        for (number, operation) in calls.iter().enumerate() {
            peer.fail(&json!({"operation": operation, "account": account.id}));
            let before = account.writes().len();
            let failed = account.call(&sandbox, "apply --yes --no-proof").run().exits(1).stderr;
            // What is refused is not in the journal under its caller.
            assert_eq!(operations(&account, before), calls[..number], "{line}: {failed}");
            // The default key has its rights at any time.
            let (default, rights) = state(&account, "giveup");
            if let Some(key) = default["KMSMasterKeyID"].as_str() {
                let has = |right: &String| right.contains("GenerateDataKey") && right.contains(key);
                assert!(rights.iter().any(has), "{line}: {default} {rights:?}");
            }
        }
        account.call(&sandbox, "apply --yes --no-proof").run().ok();
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    }
    // For a role the simulator is asked, with the key of an object that is there.
    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\", formerKeys: []}}"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python(&format!(
        "s3.put_object(Bucket='giveup-argo-artifacts', Key='logs/old', Body=b'old', ServerSideEncryption='aws:kms', SSEKMSKeyId='{old}')"
    ));
    let lost = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(lost.to_string().contains(&format!("implicitDeny on {old}")), "{lost:#}");
    encrypted(&sandbox, &text, &format!("encryption: {{kmsKey: \"{new}\", formerKeys: [\"{old}\"]}}"));
    account.call(&sandbox, "apply --yes").run().ok();
    let report = account.call(&sandbox, "verify -o json").run().any().stdout;
    assert!(report.contains("\"kms:Decrypt\"") && !report.contains("implicitDeny"), "{report}");
}

/// A bucket with somebody's key is asked about, and each line of the answer works.
#[test]
fn a_key_that_nobody_named_is_asked_about() {
    let account = shared!().fresh();
    let [theirs, ours] = keys(&account);
    let id = theirs.rsplit('/').next().expect("an id");
    for (number, (form, line)) in [
        (theirs.as_str(), format!("encryption: {{kmsKey: \"{theirs}\"}}")),
        (id, format!("encryption: {{kmsKey: \"{theirs}\"}}")),
        (id, format!("encryption: {{formerKeys: [\"{theirs}\"]}}")),
        (theirs.as_str(), format!("encryption: {{kmsKey: \"{ours}\", formerKeys: [\"{theirs}\"]}}")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("askkey{number}");
        account.python(&format!(
            "\
name = '{name}-argo-artifacts'
s3.create_bucket(Bucket=name, CreateBucketConfiguration={{'LocationConstraint': 'eu-west-1'}})
s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={{'Rules': [{{'ApplyServerSideEncryptionByDefault': {{'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': '{form}'}}}}]}})
s3.put_object(Bucket=name, Key='old', Body=b'old')
"
        ));
        let text = spec(&account, &name, "static-keys", ARGO);
        let without = if number == 3 { format!("encryption: {{kmsKey: \"{ours}\"}}") } else { String::new() };
        let sandbox = Sandbox::with_spec(&format!("{text}{without}\n"));
        let writes = account.writes();
        let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
        assert_eq!(codes(&report), ["BW0614"], "{report:#}");
        let error = report["errors"][0].to_string().replace("\\\"", "\"");
        assert!(error.contains(&format!("`{line}`")), "{line}: {error}");
        assert_eq!(account.writes(), writes);
        encrypted(&sandbox, &text, &line);
        account.call(&sandbox, "apply --yes").run().ok();
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
        account.call(&sandbox, "verify").run().ok();
    }
}

/// AWS's own key takes no rights; an alias is not compared, and the way out is said.
#[test]
fn an_alias_is_no_key_and_aws_own_key_takes_no_rights() {
    let account = shared!().fresh();
    for (number, (form, code)) in [
        (", 'KMSMasterKeyID': 'arn:aws:kms:eu-west-1:012345678901:alias/aws/s3'", None),
        ("", None),
        (", 'KMSMasterKeyID': 'alias/team'", Some("BW0614")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("askalias{number}");
        account.python(&format!(
            "\
name = '{name}-argo-artifacts'
s3.create_bucket(Bucket=name, CreateBucketConfiguration={{'LocationConstraint': 'eu-west-1'}})
s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={{'Rules': [{{'ApplyServerSideEncryptionByDefault': {{'SSEAlgorithm': 'aws:kms'{form}}}}}]}})
"
        ));
        let sandbox = Sandbox::with_spec(&spec(&account, &name, "static-keys", ARGO));
        match code {
            None => {
                account.call(&sandbox, "apply --yes").run().ok();
                account.call(&sandbox, "plan --detailed-exitcode").run().ok();
            }
            Some(code) => {
                let report = account.call(&sandbox, "plan -o json").run().exits(1).json();
                assert_eq!(report["refusals"][0]["code"], code, "{report:#}");
                assert!(
                    report.to_string().contains("aws kms describe-key --region eu-west-1 --key-id alias/team"),
                    "{report:#}"
                );
            }
        }
    }
}
