//! What a spec made goes again, and nothing else: data stays unless its bucket is named, and what was adopted is released.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::adopt::by_hand;
use super::{codes, own, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";
/// Both halves of this spec: an install with keys, one with Pod Identity, one with IRSA.
const THREE: &str = "\
{profile: argo-workflows, chartVersion: 1.0.18}
  - {profile: argo-workflows, chartVersion: 1.0.18, id: pods, identity: pod-identity, namespace: pods, buckets: {artifacts: NAME-pods}}
  - {profile: argo-workflows, chartVersion: 1.0.18, id: irsa, identity: irsa, namespace: irsa, buckets: {artifacts: NAME-irsa}}";

/// A spec with all kinds of resources.
fn three(account: &Account<'_>, name: &str) -> String {
    spec(account, name, "static-keys", &THREE.replace("NAME", name))
}

fn destroy(account: &Account<'_>, sandbox: &Sandbox, more: &str) -> Value {
    account.call(sandbox, &format!("destroy --yes -o json {more}")).run().ok().json()
}

#[track_caller]
fn step<'a>(report: &'a Value, kind: &str, name: &str) -> &'a Value {
    let steps = report["steps"].as_array().expect("steps");
    let found = steps.iter().find(|step| step["kind"] == kind && step["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name} in {report:#}"))
}

/// What counts of an account: moto's times and counters are left out.
fn rest(account: &Account<'_>) -> Value {
    let mut all = account.everything();
    for policy in all["iam"]["Policies"].as_array_mut().into_iter().flatten() {
        let last = policy["PolicyVersionList"].as_array().and_then(|list| {
            list.iter().find(|version| version["IsDefaultVersion"] == true).map(|version| version["Document"].clone())
        });
        *policy = json!({"arn": policy["Arn"], "document": last, "attached": policy["AttachmentCount"]});
    }
    for bucket in all["buckets"].as_object_mut().into_iter().flat_map(|buckets| buckets.values_mut()) {
        if let Some(tags) = bucket["tagging"].get_mut("TagSet").and_then(Value::as_array_mut) {
            tags.sort_by_key(Value::to_string);
        }
        if let Some(text) = bucket["policy"].get("Policy").and_then(Value::as_str) {
            bucket["policy"] = serde_json::from_str(text).expect("JSON");
        }
    }
    all
}

#[test]
fn all_that_was_made_goes_and_nothing_else() {
    let peer = own!();
    let account = peer.account();
    account.python(
        "\
s3.create_bucket(Bucket='destroy-all-notes', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
boto3.client('s3', region_name='eu-central-1', config=CONFIG).create_bucket(Bucket='destroy-all-elsewhere', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
iam.create_user(UserName='destroy-all-people')
iam.create_policy(PolicyName='destroy-all-theirs', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}]}))
",
    );
    let before = rest(&account);
    let sandbox = Sandbox::with_spec(&three(&account, "destroy-all"));
    account.call(&sandbox, "apply --yes").run().ok();
    assert!(sandbox.path("out/credentials/destroy-all-argo-workflows.yaml").exists());

    let writes = account.writes();
    let dry = account.call(&sandbox, "destroy --dry-run").run().ok();
    assert!(
        dry.stdout.contains("delete  oidc-provider") && dry.stdout.contains("delete  association"),
        "{}",
        dry.stdout
    );
    let refused = account.call(&sandbox, "destroy").run().exits(2);
    assert!(refused.stderr.contains("BW0904"), "{}", refused.stderr);
    assert_eq!(account.writes(), writes, "nothing is removed before it is confirmed");

    let report = destroy(&account, &sandbox, "");
    assert_eq!((&report["done"], &report["changes"]), (&json!(true), &json!(true)));
    for (kind, name) in [
        ("access-key", "destroy-all-argo-workflows"),
        ("user", "destroy-all-argo-workflows"),
        ("role", "destroy-all-pods"),
        ("role", "destroy-all-irsa"),
        ("policy", "destroy-all-irsa"),
        ("bucket", "destroy-all-pods"),
    ] {
        assert_eq!(step(&report, kind, name)["fate"], "delete", "{kind} {name}");
    }
    assert_eq!(rest(&account), before);
    assert_eq!(
        account.python("say(eks.list_pod_identity_associations(clusterName='prod')['associations'])"),
        json!([])
    );
    assert!(!sandbox.path("out/credentials/destroy-all-argo-workflows.yaml").exists(), "the dead key is forgotten");

    let again = destroy(&account, &sandbox, "");
    assert_eq!((&again["changes"], &again["steps"]), (&json!(false), &json!([])));
    account.call(&sandbox, "apply --yes").run().ok();
}

/// What the file no longer names is found by its tags.
#[test]
fn what_was_dropped_from_the_file_goes_too() {
    let peer = own!();
    let account = peer.account();
    let before = rest(&account);
    let sandbox = Sandbox::with_spec(&three(&account, "dropped"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let other = "{profile: argo-workflows, chartVersion: 1.0.18, id: new, buckets: {artifacts: another-name}}";
    sandbox.write("bucketwright.yaml", &spec(&account, "dropped", "static-keys", other));
    let report = destroy(&account, &sandbox, "--leftovers");
    assert_eq!(step(&report, "bucket", "dropped-argo-artifacts")["fate"], "delete");
    assert_eq!(step(&report, "association", "pods/argo-workflow")["fate"], "delete");
    assert_eq!(rest(&account), before);
}

/// A provider is shared by all roles of a cluster: it goes with the last.
#[test]
fn a_provider_that_others_use_stays() {
    let peer = own!();
    let account = peer.account();
    let first = Sandbox::with_spec(&spec(&account, "first", "irsa", ARGO));
    let second = Sandbox::with_spec(&spec(&account, "second", "irsa", ARGO));
    account.call(&first, "apply --yes").run().ok();
    account.call(&second, "apply --yes").run().ok();
    let report = account.call(&first, "destroy --yes -o json").run().exits(3).json();
    let provider = report["steps"].as_array().expect("steps").iter().find(|step| step["kind"] == "oidc-provider");
    let provider = provider.expect("the provider");
    assert_eq!(provider["fate"], "keep");
    assert!(provider["note"].as_str().is_some_and(|note| note.contains("second-argo-workflows")), "{provider}");
    account.call(&second, "plan --detailed-exitcode").run().ok();
    let last = destroy(&account, &second, "");
    let provider = last["steps"].as_array().expect("steps").iter().find(|step| step["kind"] == "oidc-provider");
    let note = provider.expect("the provider")["note"].to_string();
    assert!(note.contains("the spec `first`") && note.contains("aws iam delete-open-id-connect-provider"), "{note}");
    assert_eq!(account.everything()["providers"].as_array().map(Vec::len), Some(1), "it is the first spec's");
    let _ = destroy(&account, &first, "");
    assert_eq!(account.everything()["providers"], json!([]));
}

/// 1,500 objects in three versions' worth of states, delete markers, odd keys, and an unfinished upload.
const FILL: &str = "\
s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={'Status': 'Enabled'})
for n in range(600):
    s3.put_object(Bucket=name, Key=f'many/{n}', Body=b'1')
for n in range(450):
    s3.put_object(Bucket=name, Key=f'many/{n}', Body=b'2')
for n in range(100):
    s3.delete_object(Bucket=name, Key=f'many/{n}')
for key in ['a b+c%20d', 'ünï/✓', 'x&<y>', '+', ' ']:
    s3.put_object(Bucket=name, Key=key, Body=b'odd')
s3.create_multipart_upload(Bucket=name, Key='unfinished')
";

#[test]
fn data_goes_only_when_its_bucket_is_named() {
    let account = shared!().fresh();
    let name = "full-argo-artifacts";
    let sandbox = Sandbox::with_spec(&spec(&account, "full", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python(&format!("name = '{name}'\n{FILL}"));

    let report = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    let kept = step(&report, "bucket", name);
    assert_eq!((&kept["fate"], &kept["removals"]), (&json!("keep"), &json!([])));
    let note = kept["note"].as_str().expect("a note");
    assert!(note.contains("more than 1000") && note.contains(&format!("--delete-data {name}")), "{note}");
    assert_eq!(
        account.everything()["iam"]["UserDetailList"].as_array().map(Vec::len),
        Some(1),
        "only the administrator"
    );

    let wrong = account.call(&sandbox, "destroy --yes -o json --delete-data full-argo-artefacts").run().exits(1).json();
    assert_eq!(codes(&wrong), ["BW0622"]);
    assert_eq!(account.python(&format!("say(len(s3.list_objects_v2(Bucket='{name}')['Contents']))")), 505);

    let writes = account.writes().len();
    let _ = destroy(&account, &sandbox, &format!("--delete-data {name}"));
    assert_eq!(account.everything()["buckets"], json!({}));
    let batches = account.writes()[writes..].iter().filter(|write| write.starts_with("DeleteObjects ")).count();
    assert_eq!(batches, 2, "1,155 versions and markers, a thousand at a time");
}

/// What the proof leaves in a bucket with versions is nobody's data.
#[test]
fn what_the_proof_left_is_swept() {
    let account = shared!().fresh();
    let install =
        "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: {name: swept-one, versioning: true}}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "swept", "static-keys", install));
    account.call(&sandbox, "apply --yes").run().ok();
    let left = account.python("say(len(s3.list_object_versions(Bucket='swept-one').get('Versions', [])))");
    assert!(left.as_u64().is_some_and(|left| left > 0), "{left}");
    let report = destroy(&account, &sandbox, "");
    assert!(
        step(&report, "bucket", "swept-one")["removals"][0]["words"]
            .as_str()
            .is_some_and(|words| words.contains("our own proof"))
    );
    assert_eq!(account.everything()["buckets"], json!({}));
}

/// Adopted: a bucket, a user and a policy. After it the account is as it was, but for what only adds safety.
#[test]
fn what_was_adopted_is_released() {
    let account = shared!().fresh();
    let bucket = "released-argo-artifacts";
    by_hand(&account, bucket);
    account.python(
        "\
name = 'released-argo-workflows'
document = json.dumps({'Version': '2012-10-17', 'Statement': [{'Sid': 'Theirs', 'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::theirs/*'}]})
own = iam.create_policy(PolicyName=name, PolicyDocument=document, Tags=[{'Key': 'owner', 'Value': 'ops'}])['Policy']['Arn']
iam.create_user(UserName=name, Tags=[{'Key': 'owner', 'Value': 'ops'}])
iam.put_user_policy(UserName=name, PolicyName='theirs', PolicyDocument=document)
iam.attach_user_policy(UserName=name, PolicyArn=own)
",
    );
    let before = rest(&account);
    let text = spec(&account, "released", "static-keys", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}adopt: [released-argo-workflows]\n"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_ne!(rest(&account), before);
    // Somebody adds a key of their own meanwhile.
    let theirs =
        account.python("say(iam.create_access_key(UserName='released-argo-workflows')['AccessKey']['AccessKeyId'])");

    let refused =
        account.call(&sandbox, &format!("destroy --yes -o json --delete-data {bucket}")).run().exits(1).json();
    assert_eq!(codes(&refused), ["BW0621"]);
    let report = destroy(&account, &sandbox, "");
    for (kind, name) in [("bucket", bucket), ("user", "released-argo-workflows"), ("policy", "released-argo-workflows")]
    {
        assert_eq!(step(&report, kind, name)["fate"], "release", "{kind}");
    }
    let mut after = rest(&account);
    let keys = after["keys"]["released-argo-workflows"]["AccessKeyMetadata"].take();
    let ids: Vec<&Value> = keys.as_array().expect("keys").iter().map(|key| &key["AccessKeyId"]).collect();
    assert_eq!(ids, [&theirs], "our key is gone, theirs is there");
    after["keys"]["released-argo-workflows"]["AccessKeyMetadata"] = json!([]);
    // These were switched on, and are not switched off behind anyone's back.
    let mut expected = before.clone();
    for kind in ["block", "ownership_controls"] {
        expected["buckets"][bucket][kind] = after["buckets"][bucket][kind].clone();
    }
    assert_eq!(after, expected);
    assert_eq!(destroy(&account, &sandbox, "")["changes"], false);
}

/// Killed at each of its calls, and run again: the account ends empty.
#[test]
fn a_destroy_that_is_killed_goes_on_later() {
    let peer = own!();
    let account = peer.account();
    let before = rest(&account);
    for (number, operation) in ["DeletePodIdentityAssociation", "DeleteUser"].iter().enumerate() {
        let sandbox = Sandbox::with_spec(&three(&account, &format!("killed-{number}")));
        account.call(&sandbox, "apply --yes --no-proof").run().ok();
        peer.post("clear", &json!({}));
        peer.post("latency", &json!({"ms": 30}));
        let mut command = account.command(&sandbox, "destroy --yes");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        peer.saw(operation);
        child.kill().expect("killed");
        child.wait().expect("ends");
        peer.post("clear", &json!({}));
        let _ = destroy(&account, &sandbox, "");
        assert_eq!(rest(&account), before, "after {operation}");
    }
}

/// Answers that are lost, and others that hold on: each run says so, and the next goes on.
#[test]
fn a_destroy_that_fails_goes_on_later() {
    let peer = own!();
    let account = peer.account();
    let before = rest(&account);
    let sandbox = Sandbox::with_spec(&three(&account, "failing"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    for operation in ["DeleteAccessKey", "DeletePolicy", "DeleteRole", "DeleteBucket"] {
        peer.fail(&json!({"operation": operation, "lose_reply": true}));
    }
    peer.fail(&json!({"operation": "DeleteUser", "status": 409, "code": "DeleteConflict", "message": "Cannot delete entity, must remove users from group first.", "times": 100, "after": 0}));
    let report = account.call(&sandbox, "destroy --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0623"]);
    assert!(report.to_string().contains("users from group"), "{report}");
    peer.post("clear", &json!({}));
    let _ = destroy(&account, &sandbox, "");
    assert_eq!(rest(&account), before);
}

/// What others added to a user is seen before anything goes, and the line that removes it is printed.
#[test]
fn what_others_added_to_a_user_is_said_first() {
    let peer = own!();
    let account = peer.account();
    let before = rest(&account);
    let sandbox = Sandbox::with_spec(&spec(&account, "joined", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let user = "joined-argo-workflows";
    account.python(&format!(
        "\
iam.create_group(GroupName='people')
iam.add_user_to_group(GroupName='people', UserName='{user}')
iam.put_user_policy(UserName='{user}', PolicyName='more', PolicyDocument=json.dumps({{'Version': '2012-10-17', 'Statement': {{'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}}}}))
iam.attach_group_policy(GroupName='people', PolicyArn='arn:aws:iam::{id}:policy/{user}')
",
        id = account.id
    ));
    let dry = account.call(&sandbox, "destroy --dry-run -o json").run().ok().json();
    let note = step(&dry, "user", user)["note"].to_string();
    for line in
        ["aws iam delete-user-policy --user-name joined-argo-workflows --policy-name more", "remove-user-from-group"]
    {
        assert!(note.contains(line), "{note}");
    }
    assert!(step(&dry, "policy", user)["note"].to_string().contains("people"), "{dry:#}");
    account.call(&sandbox, "destroy --yes").run().exits(3);
    account.python(&format!(
        "\
iam.delete_user_policy(UserName='{user}', PolicyName='more')
iam.remove_user_from_group(GroupName='people', UserName='{user}')
iam.detach_group_policy(GroupName='people', PolicyArn='arn:aws:iam::{id}:policy/{user}')
iam.delete_group(GroupName='people')
",
        id = account.id
    ));
    let _ = destroy(&account, &sandbox, "");
    assert_eq!(rest(&account), before);
}

/// An adopted role keeps the trust that others wrote.
#[test]
fn an_adopted_role_is_released() {
    let peer = own!();
    let account = peer.account();
    account.python(
        "\
name = 'lent-argo-workflows'
trust = {'Version': '2012-10-17', 'Statement': [{'Sid': 'Theirs', 'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Description='theirs', Tags=[{'Key': 'owner', 'Value': 'ops'}])
iam.put_role_policy(RoleName=name, PolicyName='theirs', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}]}))
",
    );
    let before = rest(&account);
    let text = spec(&account, "lent", "pod-identity", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}adopt: [lent-argo-workflows]\n"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_ne!(rest(&account), before);
    let report = destroy(&account, &sandbox, "");
    assert_eq!(step(&report, "role", "lent-argo-workflows")["fate"], "release");
    assert_eq!(step(&report, "policy", "lent-argo-workflows")["fate"], "delete", "that one was made");
    assert_eq!(rest(&account), before);
    assert_eq!(destroy(&account, &sandbox, "")["changes"], false);
}

/// The permissions that the docs list, beside those that `plan` prints, are enough; a provider that may not be seen is said.
#[test]
fn the_listed_permissions_are_enough() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&three(&account, "allowed"));
    let docs = std::fs::read_to_string(crate::harness::project().join("docs/day-two.md")).expect("the docs");
    let listed: Vec<&str> = docs
        .split("The caller needs")
        .skip(1)
        .flat_map(|list| list.split("\n\n").next().unwrap_or_default().split('`'))
        .filter(|word| word.split_once(':').is_some_and(|(service, _)| ["s3", "iam", "eks"].contains(&service)))
        .collect();
    assert!(listed.len() > 25, "{listed:?}");
    let mut policy = sandbox.run("plan --permissions").ok().json();
    policy["Statement"]
        .as_array_mut()
        .expect("statements")
        .push(json!({"Effect": "Allow", "Action": listed, "Resource": "*"}));
    let user = peer.user(&account.id, "allowed", &policy);
    user.call(&sandbox, "apply --yes").run().ok();
    user.call(&sandbox, "rotate --yes").run().ok();
    // The proof of `apply` used the old key just now.
    user.call(&sandbox, "rotate --finish --yes --even-if-used").run().exits(3);
    user.call(&sandbox, "rotate --finish --yes").run().ok();

    let mut less = policy.clone();
    let deny = json!({"Effect": "Deny", "Action": "iam:ListOpenIDConnectProviders", "Resource": "*"});
    less["Statement"].as_array_mut().expect("statements").push(deny);
    let half_blind = peer.user(&account.id, "half-blind", &less);
    let report = half_blind.call(&sandbox, "destroy --dry-run -o json").run().ok().json();
    assert!(report["unread"].to_string().contains("iam:ListOpenIDConnectProviders"), "{report:#}");

    let name = "allowed-pods";
    account.python(&format!(
        "s3.put_object(Bucket='{name}', Key='x')\ns3.create_multipart_upload(Bucket='{name}', Key='y')"
    ));
    user.call(&sandbox, &format!("destroy --yes --delete-data {name}")).run().ok();
    assert_eq!(rest(&account)["buckets"], json!({}));
}

/// On a terminal the spec's name must be typed.
#[test]
fn a_person_types_the_name() {
    use expectrl::process::unix::WaitStatus;
    use expectrl::{Expect, Session};
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "typed", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let before = rest(&account);
    for (word, code) in [("yes", 2), ("typed", 0)] {
        let mut command = account.command(&sandbox, "destroy");
        command.env("TERM", "xterm");
        let mut session = Session::spawn(command).expect("a terminal");
        session.set_expect_timeout(Some(Duration::from_mins(2)));
        session.expect("Type the spec's name, typed, to go on").expect("the question");
        session.send(format!("{word}\r")).expect("typed");
        session.expect(expectrl::Eof).expect("the end");
        let status = session.get_process().wait().expect("a status");
        assert!(matches!(status, WaitStatus::Exited(_, found) if found == code), "{word}: {status:?}");
        assert_eq!(rest(&account) == before, word == "yes");
    }
    assert_eq!(account.everything()["buckets"], json!({}));
}
