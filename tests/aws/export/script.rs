//! The script, run by `sh` with the real AWS CLI.

use std::process::{Command, Output};

use serde_json::json;

use super::{is_taken_over, spec};
use crate::harness::{Account, Peer, Sandbox, bare, python};

/// Runs a script of the sandbox as a caller of the account.
fn run(account: &Account<'_>, sandbox: &Sandbox, script: &str) -> Output {
    let tools = python().expect("the peers are there").parent().expect("a folder").to_owned();
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let mut sh: Command = bare("sh");
    sh.arg(script).current_dir(sandbox.path("")).env("PATH", path).envs(account.environment());
    sh.output().expect("sh starts")
}

#[track_caller]
fn runs(account: &Account<'_>, sandbox: &Sandbox, script: &str) -> String {
    let output = run(account, sandbox, script);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Exported, run, run again, taken over.
fn hands_over(name: &str, identity: &str, install: &str) {
    hands_over_with(name, identity, install, |_| String::new());
}

/// The same for a spec with more lines at its end, for which the account is made ready.
fn hands_over_with(name: &str, identity: &str, install: &str, more: impl Fn(&Account<'_>) -> String) {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = if identity == "pod-identity" { peer.account() } else { peer.fresh() };
    let text = spec(&account, &peer.ready, name, identity, install);
    let sandbox = Sandbox::with_spec(&format!("{text}{}", more(&account)));
    let ready = account.writes();
    let out = sandbox.run("export --as aws-cli --out .").ok();
    assert!(out.stderr.ends_with(&format!("Wrote ./{name}.sh.\n")), "{}", out.stderr);
    assert_eq!(account.writes(), ready, "an export asks no cloud");
    let said = runs(&account, &sandbox, &format!("{name}.sh"));
    assert!(said.contains("done\n"), "{said}");
    let made = account.everything();
    let before = account.writes().len();
    let _ = runs(&account, &sandbox, &format!("{name}.sh"));
    assert_eq!(account.everything(), made, "a second run changes nothing");
    let again = account.writes().split_off(before);
    assert!(!again.iter().any(|write| write.starts_with("Create")), "{again:?}");
    is_taken_over(&account, &sandbox);
}

#[test]
fn users() {
    hands_over("sh-keys", "static-keys", "{profile: argo-workflows, chartVersion: 1.0.18}");
}

#[test]
fn roles_for_service_accounts() {
    hands_over("sh-irsa", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18}");
}

#[test]
fn roles_for_pods() {
    hands_over("sh-pods", "pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18, namespace: sh-pods}");
}

#[test]
fn a_policy_for_the_role_of_the_nodes() {
    hands_over_with("sh-nodes", "node-role", "{profile: argo-workflows, chartVersion: 1.0.18}", |account| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        account.python(&format!("iam.create_role(RoleName='nodes', AssumeRolePolicyDocument='{trust}')"));
        String::new()
    });
}

#[test]
fn a_kms_key_and_names_of_the_account() {
    hands_over_with("sh-kms", "static-keys", "{profile: argo-workflows, chartVersion: 1.0.18}", |account| {
        let key = "say(boto3.client('kms', region_name='eu-west-1').create_key()['KeyMetadata']['Arn'])";
        let key = account.python(key);
        format!("encryption: {{kmsKey: {key}}}\nbucketDefaults: {{namespace: account-regional}}\n")
    });
}

#[test]
fn a_rule_for_browsers() {
    hands_over("sh-cors", "static-keys", "{profile: gradient, chartVersion: 1.0.0}");
}

/// Massdriver's state keeps old versions; that `apply` then changes nothing shows that the script turned them on.
#[test]
fn versions() {
    hands_over("sh-old", "irsa", "{profile: massdriver, chartVersion: 0.2.0, options: {argo: minio}}");
}

/// A spec of an account that already has a bucket, which carries a tag of someone else's.
fn with_a_bucket<'a>(peer: &'a Peer, name: &str, bucket: &str, install: &str) -> (Account<'a>, Sandbox) {
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, &peer.ready, name, "static-keys", install));
    account.python(&format!(
        "\
s3.create_bucket(Bucket='{bucket}', CreateBucketConfiguration={{'LocationConstraint': 'eu-west-1'}})
s3.put_bucket_tagging(Bucket='{bucket}', Tagging={{'TagSet': [{{'Key': 'theirs', 'Value': 'yes'}}]}})"
    ));
    sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
    (account, sandbox)
}

/// What the spec calls existing is left to `apply`, which only adds.
#[test]
fn a_bucket_that_is_there_is_not_touched() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let install =
        "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: {name: sh-there-old, existing: true}}}";
    let (account, sandbox) = with_a_bucket(peer, "sh-there", "sh-there-old", install);
    let before = account.everything()["buckets"].clone();
    let said = runs(&account, &sandbox, "make.sh");
    assert!(said.contains("bucket sh-there-old: bucketwright apply adds what it lacks"), "{said}");
    assert_eq!(account.everything()["buckets"], before);
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let tags = account.everything()["buckets"]["sh-there-old"]["tagging"].to_string();
    assert!(tags.contains("theirs") && tags.contains("\"adopted\""), "{tags}");
}

/// What is someone else's stops the script before it is touched.
#[test]
fn the_script_touches_nothing_of_others() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let (account, sandbox) = with_a_bucket(peer, "sh-taken", "sh-taken-argo-artifacts", install);
    let stopped = |account: &Account<'_>, sandbox: &Sandbox, words: &str| {
        let before = account.writes();
        let output = run(account, sandbox, "make.sh");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{said}");
        account.writes().split_off(before.len())
    };
    let words = "stopped: the bucket sh-taken-argo-artifacts exists and is not this spec's";
    assert_eq!(stopped(&account, &sandbox, words), Vec::<String>::new());

    // A user of that name.
    let (account, sandbox) = with_a_bucket(peer, "sh-foreign", "sh-foreign-unrelated", install);
    let script = sandbox.read("make.sh");
    let user = script.lines().rev().find_map(|line| line.strip_prefix("#   ")).expect("a user").to_owned();
    account.python(&format!("iam.create_user(UserName='{user}')"));
    let written = stopped(&account, &sandbox, "stopped: the user");
    assert!(!written.iter().any(|write| write.starts_with("AttachUserPolicy")), "{written:?}");
}

/// All that is another's is found before anything is changed: pods that run would lose what a changed trust takes from them.
#[test]
fn it_looks_at_everything_before_it_changes_anything() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, namespace: sh-first}";
    let text = |identity: &str| spec(&account, &peer.ready, "sh-first", identity, install);
    let sandbox = Sandbox::with_spec(&text("irsa"));
    let export = |sandbox: &Sandbox| sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
    export(&sandbox);
    let _ = runs(&account, &sandbox, "make.sh");
    sandbox.write("bucketwright.yaml", &text("pod-identity"));
    export(&sandbox);
    let script = sandbox.read("make.sh");
    let line = script.lines().find(|line| line.starts_with("associated ")).expect("an association");
    let account_name = line.split(' ').nth(3).expect("a ServiceAccount").to_owned();
    account.python(&format!(
        "\
trust = {{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Principal': {{'Service': 'pods.eks.amazonaws.com'}}, 'Action': ['sts:AssumeRole', 'sts:TagSession']}}]}}
arn = iam.create_role(RoleName='theirs-first', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']
eks.create_pod_identity_association(clusterName='prod', namespace='sh-first', serviceAccount='{account_name}', roleArn=arn)
"
    ));
    let stopped = |words: &str| {
        let (before, made) = (account.writes().len(), account.everything());
        let output = run(&account, &sandbox, "make.sh");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{said}");
        assert_eq!(account.writes().split_off(before), Vec::<String>::new(), "{words}");
        assert_eq!(account.everything(), made, "{words}");
    };
    stopped("is associated with arn:aws:iam::");
    // The same of a role and a policy of others, where everything else is still to be made.
    for (kind, made) in [
        (
            "role",
            "iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': []}))",
        ),
        (
            "policy",
            "iam.create_policy(PolicyName=name, PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}]}))",
        ),
    ] {
        let name = format!("sh-{kind}");
        sandbox.write("bucketwright.yaml", &spec(&account, &peer.ready, &name, "irsa", install));
        export(&sandbox);
        account.python(&format!("name = '{name}-argo-workflows'\n{made}"));
        stopped(&format!("stopped: the {kind} {name}-argo-workflows exists"));
    }
}

/// The operations that a script makes; each fails once, after it took effect, as when the machine goes down between two calls.
const OPERATIONS: [&str; 14] = [
    "CreateBucket",
    "PutBucketTagging",
    "PutBucketEncryption",
    "PutPublicAccessBlock",
    "PutBucketOwnershipControls",
    "PutBucketVersioning",
    "PutBucketLifecycleConfiguration",
    "PutBucketCors",
    "PutBucketPolicy",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreateUser",
    "CreateRole",
    "AttachUserPolicy",
];

/// Cut after each call in turn, it goes on where it was.
fn cut_and_run_again(name: &str, identity: &str, install: &str, lines: &str) {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.fresh();
    let sandbox = Sandbox::with_spec(&format!("{}{lines}", spec(&account, &peer.ready, name, identity, install)));
    sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
    for operation in OPERATIONS.into_iter().chain(["AttachRolePolicy"]) {
        peer.fail(&json!({"operation": operation, "account": account.id, "act": true}));
    }
    let mut cuts = 0;
    while !run(&account, &sandbox, "make.sh").status.success() {
        cuts += 1;
        let hit = account.calls().iter().filter(|call| call["fault"] == true).count();
        assert!(
            hit == cuts && cuts <= OPERATIONS.len(),
            "run {cuts} was not cut, and did not end: {:#?}",
            account.writes()
        );
    }
    assert!(cuts >= 8, "{cuts} cuts");
    let made = account.writes().into_iter().filter(|write| write.starts_with("Create")).count();
    let things = made - account.writes().iter().filter(|write| write.starts_with("CreateAccessKey")).count();
    assert_eq!(things, if identity == "irsa" { 4 } else { 3 }, "each thing is made once: {:#?}", account.writes());
    is_taken_over(&account, &sandbox);
}

#[test]
fn it_goes_on_after_a_cut_at_each_call_of_a_user() {
    cut_and_run_again("cut-keys", "static-keys", "{profile: gradient, chartVersion: 1.0.0}", "");
}

#[test]
fn it_goes_on_after_a_cut_at_each_call_of_a_role() {
    cut_and_run_again("cut-irsa", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18}", "");
}

/// The spec is edited, and others edit what was made: what the new script says is then so, and theirs stays.
#[test]
fn it_follows_an_edit_and_keeps_what_others_wrote() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    for (name, identity) in [("edit-keys", "static-keys"), ("edit-irsa", "irsa")] {
        let account = peer.fresh();
        let argo = "{profile: argo-workflows, chartVersion: 1.0.18}";
        let text = spec(&account, &peer.ready, name, identity, argo);
        let sandbox = Sandbox::with_spec(&text);
        sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
        let _ = runs(&account, &sandbox, "make.sh");
        account.python(&format!(
            "\
name = '{name}-argo-artifacts'
rules = s3.get_bucket_lifecycle_configuration(Bucket=name)['Rules']
rules[0]['Status'] = 'Disabled'
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={{'Rules': rules + [{{'ID': 'theirs', 'Status': 'Enabled', 'Filter': {{'Prefix': 'x/'}}, 'NoncurrentVersionExpiration': {{'NoncurrentDays': 3}}}}]}})
s3.put_bucket_cors(Bucket=name, CORSConfiguration={{'CORSRules': [
    {{'ID': 'theirs', 'AllowedMethods': ['GET'], 'AllowedOrigins': ['https://theirs.example.com']}},
    {{'ID': 'bucketwright-old', 'AllowedMethods': ['GET'], 'AllowedOrigins': ['https://old.example.com']}}]}})
tags = s3.get_bucket_tagging(Bucket=name)['TagSet']
s3.put_bucket_tagging(Bucket=name, Tagging={{'TagSet': tags + [{{'Key': 'theirs', 'Value': 'yes'}}]}})
arn = iam.list_policies(Scope='Local')['Policies'][0]['Arn']
document = iam.get_policy_version(PolicyArn=arn, VersionId='v1')['PolicyVersion']['Document']
for number in range(4):
    document['Statement'][0]['Action'] = ['s3:ListBucket', 's3:GetBucketLocation'][: number % 2 + 1]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
"
        ));
        let edited = text
            .replace("team: \"storage and builds\"", "team: storage")
            .replace("1.0.18}", "1.0.18, namespace: moved}");
        sandbox.write(
            "bucketwright.yaml",
            &format!("{edited}bucketDefaults: {{tlsOnly: false, abortUploadsAfterDays: 2}}\n"),
        );
        sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
        let said = runs(&account, &sandbox, "make.sh");
        assert!(said.ends_with("done\n"), "{said}");
        let found = account.everything();
        let bucket = found["buckets"][format!("{name}-argo-artifacts")].to_string();
        assert_eq!(bucket.matches("theirs").count(), 4, "a rule, a CORS rule with its origin, a tag: {bucket}");
        assert!(!bucket.contains("bucketwright-old") && bucket.contains("NoSuchBucketPolicy"), "{bucket}");
        let policy = &found["iam"]["Policies"][0];
        assert_eq!(policy["PolicyVersionList"].as_array().map(Vec::len), Some(5), "{policy:#}");
        if identity == "irsa" {
            let trust = found["iam"]["RoleDetailList"].to_string();
            assert!(
                trust.contains("system:serviceaccount:moved:") && !trust.contains("serviceaccount:argo:"),
                "{trust}"
            );
        }
        let made = account.everything();
        let _ = runs(&account, &sandbox, "make.sh");
        assert_eq!(account.everything(), made, "a second run changes nothing");
        is_taken_over(&account, &sandbox);
    }
}

/// A key that the spec no longer names stops it, until the spec says what becomes of what it encrypted.
#[test]
fn it_loses_no_right_to_a_key() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.fresh();
    let key = account.python("say(boto3.client('kms', region_name='eu-west-1').create_key()['KeyMetadata']['Arn'])");
    let key = key.as_str().expect("an ARN");
    let text =
        spec(&account, &peer.ready, "lose-key", "static-keys", "{profile: argo-workflows, chartVersion: 1.0.18}");
    let sandbox = Sandbox::with_spec(&format!("{text}encryption: {{kmsKey: \"{key}\"}}\n"));
    let export = |line: &str| {
        sandbox.write("bucketwright.yaml", &format!("{text}{line}\n"));
        sandbox.write("make.sh", &sandbox.run("export --as aws-cli").ok().stdout);
        run(&account, &sandbox, "make.sh")
    };
    assert!(export(&format!("encryption: {{kmsKey: \"{key}\"}}")).status.success());
    let output = export("");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains(&format!("encrypts with {key}")), "{said}");
    assert!(export(&format!("encryption: {{formerKeys: [\"{key}\"]}}")).status.success());
    is_taken_over(&account, &sandbox);
    let found = account.everything();
    assert!(found["buckets"]["lose-key-argo-artifacts"]["encryption"].to_string().contains("AES256"));
}
