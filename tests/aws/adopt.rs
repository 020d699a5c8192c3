//! What others made stays as it is: buckets are added to, identities only when the spec names them.

use serde_json::Value;

use super::{codes, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A bucket with tags, CORS, lifecycle, policy and versioning of somebody else's.
pub(super) fn by_hand(account: &Account<'_>, bucket: &str) {
    account.python(&format!(
        "\
name = '{bucket}'
s3.create_bucket(Bucket=name, CreateBucketConfiguration={{'LocationConstraint': 'eu-west-1'}})
s3.put_object(Bucket=name, Key='theirs/object', Body=b'data')
s3.put_bucket_tagging(Bucket=name, Tagging={{'TagSet': [{{'Key': 'team', 'Value': 'data'}}, {{'Key': 'Cost Centre', 'Value': 'ä/1'}}]}})
s3.put_bucket_cors(Bucket=name, CORSConfiguration={{'CORSRules': [{{'ID': 'theirs', 'AllowedMethods': ['GET'], 'AllowedOrigins': ['https://theirs.example.com'], 'MaxAgeSeconds': 7}}]}})
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={{'Rules': [
    {{'ID': 'theirs', 'Status': 'Enabled', 'Filter': {{'Prefix': 'logs/'}}, 'Expiration': {{'Days': 30}}}},
    {{'ID': 'cold', 'Status': 'Enabled', 'Filter': {{'And': {{'Prefix': 'old/', 'Tags': [{{'Key': 'a', 'Value': 'b'}}]}}}}, 'Transitions': [{{'Days': 90, 'StorageClass': 'GLACIER'}}]}},
    {{'ID': 'off', 'Status': 'Disabled', 'Filter': {{'Prefix': ''}}, 'NoncurrentVersionExpiration': {{'NoncurrentDays': 5}}}}]}})
s3.put_bucket_policy(Bucket=name, Policy=json.dumps({{'Version': '2008-10-17', 'Id': 'theirs', 'Statement': [
    {{'Sid': 'Theirs', 'Effect': 'Allow', 'Principal': {{'AWS': 'arn:aws:iam::{id}:root'}}, 'Action': 's3:GetObject', 'Resource': f'arn:aws:s3:::{{name}}/*'}},
    {{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:DeleteBucket', 'Resource': f'arn:aws:s3:::{{name}}'}}]}}))
s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={{'Status': 'Enabled'}})
",
        id = account.id
    ));
}

/// The line of a spec that accepts what the rules of [`by_hand`] do to objects.
fn accepted(bucket: &str) -> String {
    format!("accept: [{bucket}/lifecycle-theirs@a23e6597b883075d, {bucket}/lifecycle-cold@f9ff6f81443c7a59]\n")
}

/// Whether every part of what was there is still there: maps may have grown, and so may lists.
fn survives(before: &Value, after: &Value) -> Result<(), String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().try_for_each(|(key, value)| {
            survives(value, after.get(key).unwrap_or(&Value::Null)).map_err(|error| format!("{key}: {error}"))
        }),
        (Value::Array(before), Value::Array(after)) => before.iter().try_for_each(|value| {
            let there = after.iter().any(|other| survives(value, other).is_ok());
            if there { Ok(()) } else { Err(format!("{value} is not in {after:?}")) }
        }),
        // Policies are JSON in a text.
        (Value::String(one), Value::String(other)) if one.starts_with('{') => {
            survives(&serde_json::from_str(one).expect("JSON"), &serde_json::from_str(other).expect("JSON"))
        }
        _ if before == after => Ok(()),
        _ => Err(format!("{before} became {after}")),
    }
}

#[test]
fn a_bucket_is_adopted_and_keeps_everything() {
    let account = shared!().fresh();
    let bucket = "adopt-bucket-argo-artifacts";
    by_hand(&account, bucket);
    let before = account.everything();
    let sandbox = Sandbox::with_spec(&spec(&account, "adopt-bucket", "static-keys", ARGO));
    let made = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    let step = &made["plan"]["steps"][0];
    assert_eq!((&step["name"], &step["verb"]), (&bucket.into(), &"adopt".into()), "{step:#}");
    let after = account.everything();
    survives(&before["buckets"], &after["buckets"]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(before["buckets"][bucket]["cors"], after["buckets"][bucket]["cors"]);
    let tags = after["buckets"][bucket]["tagging"].to_string();
    assert!(tags.contains("adopted") && tags.contains("adopt-bucket"), "{tags}");
    assert!(!account.written().contains("DeleteObject"));
    assert_eq!(
        account.python(&format!("say(s3.get_object(Bucket='{bucket}', Key='theirs/object')['ContentLength'])")),
        4
    );
    // Ours was added, once.
    assert_ne!(before["buckets"][bucket]["policy"], after["buckets"][bucket]["policy"]);
    // Their rules take objects away from the chart, which is said until it is accepted.
    let said = account.call(&sandbox, "plan --detailed-exitcode").run().exits(3).stdout;
    assert!(said.contains("BW1334 the lifecycle rule `theirs`") && said.contains("to GLACIER after 90 days"), "{said}");
    let text = spec(&account, "adopt-bucket", "static-keys", ARGO);
    sandbox.write("bucketwright.yaml", &format!("{text}{}", accepted(bucket)));
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}

/// The account has a role and its policy of this name, or a user.
const ROLE: &str = "\
trust = {'Version': '2012-10-17', 'Statement': [{'Sid': 'Theirs', 'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Description='theirs', MaxSessionDuration=7200, Tags=[{'Key': 'owner', 'Value': 'ops'}])
iam.put_role_policy(RoleName=name, PolicyName='theirs', PolicyDocument=document)
iam.attach_role_policy(RoleName=name, PolicyArn=theirs)
";
const USER: &str = "\
iam.create_user(UserName=name, Tags=[{'Key': 'owner', 'Value': 'ops'}])
iam.put_user_policy(UserName=name, PolicyName='theirs', PolicyDocument=document)
iam.attach_user_policy(UserName=name, PolicyArn=theirs)
";
const POLICY: &str = "iam.create_policy(PolicyName=name, PolicyDocument=document)\n";

/// Makes an identity by hand; a spec that does not name it is refused, and one that does adds to it.
fn adopts(identity: &str, kind: &str, made: &str, spec_name: &str) {
    let account = shared!().fresh();
    let name = format!("{spec_name}-argo-workflows");
    let bucket = format!("{spec_name}-argo-artifacts");
    by_hand(&account, &bucket);
    account.python(&format!(
        "\
name = '{name}'
document = json.dumps({{'Version': '2012-10-17', 'Statement': [{{'Sid': 'Theirs', 'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}}]}})
theirs = iam.create_policy(PolicyName='theirs', PolicyDocument=document)['Policy']['Arn']
{made}"
    ));
    let before = account.everything();
    let issuer =
        "name: prod, oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"";
    let text = spec(&account, spec_name, identity, ARGO).replace("name: prod", issuer);
    let sandbox = Sandbox::with_spec(&text);

    let writes = account.writes();
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0603"], "{report:#}");
    let error = report["errors"][0].to_string();
    assert!(error.contains(&format!("the {kind} `{name}`")) && error.contains(&format!("adopt: [{name}]")), "{error}");
    let words = account.call(&sandbox, "apply --yes").run().exits(1);
    assert!(words.stderr.contains("BW0603") && words.stderr.contains("refuse"), "{}", words.stderr);
    account.call(&sandbox, "plan").run().exits(1);
    assert_eq!(account.writes(), writes, "something was changed");
    assert_eq!(account.everything(), before);
    assert!(!sandbox.path("out").exists(), "files were written");

    sandbox.write("bucketwright.yaml", &format!("{text}adopt: [{name}]\n{}", accepted(&bucket)));
    // What was there lets the user list all buckets, which the proof takes for a fault: it is left out for users.
    let proof = if kind == "role" { "" } else { "--no-proof" };
    account.call(&sandbox, &format!("apply --yes {proof}")).run().ok();
    let after = account.everything();
    let (mut was, mut is) = (before["iam"].clone(), after["iam"].clone());
    for state in [&mut was, &mut is] {
        // Times and counters move on.
        state["Policies"].as_array_mut().expect("policies").iter_mut().for_each(|policy| {
            for key in ["AttachmentCount", "DefaultVersionId", "UpdateDate"] {
                policy.as_object_mut().expect("a policy").remove(key);
            }
            if let Some(versions) = policy["PolicyVersionList"].as_array_mut() {
                versions.iter_mut().for_each(|version| {
                    version.as_object_mut().expect("a version").remove("IsDefaultVersion");
                });
            }
        });
    }
    survives(&was, &is).unwrap_or_else(|error| panic!("{error}"));
    survives(&before["buckets"], &after["buckets"]).unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(before["iam"], after["iam"]);
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}

#[test]
fn a_role() {
    adopts("irsa", "role", ROLE, "adopt-role");
}

#[test]
fn a_user() {
    adopts("static-keys", "user", USER, "adopt-user");
}

#[test]
fn a_policy() {
    adopts("static-keys", "policy", POLICY, "adopt-policy");
}

/// A bucket of another spec is not adopted: two specs would fight over it.
#[test]
fn what_another_spec_made() {
    let account = shared!().fresh();
    let one = Sandbox::with_spec(&spec(&account, "adopt-one", "static-keys", ARGO));
    account.call(&one, "apply --yes --no-proof").run().ok();
    let writes = account.writes();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: adopt-one-argo-artifacts}}";
    let two = Sandbox::with_spec(&spec(&account, "adopt-two", "static-keys", install));
    let report = account.call(&two, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0609"], "{report:#}");
    assert!(report.to_string().contains("adopt-one"), "{report:#}");
    assert_eq!(account.writes(), writes);
}
