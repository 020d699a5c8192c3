//! The calls of a plan are those that `apply` makes, each as often: for what is made, what is adopted and what has drifted.

use serde_json::{Value, json};

use super::adopt::by_hand;
use super::drift::{changes, mended};
use super::{own, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";
const ISSUER: &str =
    "name: prod, oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"";

/// Every identity of every kind of install, made.
#[test]
fn what_is_made() {
    let peer = own!();
    for (name, identity, install) in [
        ("calls-keys", "static-keys", ARGO),
        ("calls-parts", "static-keys", "{profile: massdriver, chartVersion: 0.2.0, roles: per-component}"),
        ("calls-irsa", "irsa", "{profile: gitlab, chartVersion: 9.9.1}"),
        ("calls-pods", "pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18, namespace: calls}"),
        ("calls-cors", "static-keys", "{profile: gradient, chartVersion: 1.0.0}"),
        (
            "calls-old",
            "static-keys",
            "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: {name: calls-versions, versioning: true}}}",
        ),
        ("calls-node", "node-role", ARGO),
    ] {
        let account = peer.account();
        if identity == "node-role" {
            account.python(
                "iam.create_role(RoleName='nodes', AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}))",
            );
        }
        let sandbox = Sandbox::with_spec(&spec(&account, name, identity, install));
        assert!(!mended(&account, &sandbox).is_empty(), "{name}");
    }
}

/// A bucket, a role and a user of others, adopted; then tags, boundary and policies that the spec adds.
#[test]
fn what_is_adopted_and_added_to() {
    for identity in ["irsa", "static-keys"] {
        let account = shared!().fresh();
        let (name, kind) =
            (format!("calls-adopt-{}", &identity[..4]), if identity == "irsa" { "role" } else { "user" });
        let bucket = format!("{name}-argo-artifacts");
        by_hand(&account, &bucket);
        let trust = "{'Version': '2012-10-17', 'Statement': [{'Sid': 'Theirs', 'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}";
        let make = if kind == "role" {
            format!("iam.create_role(RoleName='{name}-argo-workflows', AssumeRolePolicyDocument=json.dumps({trust}))")
        } else {
            format!("iam.create_user(UserName='{name}-argo-workflows')")
        };
        account.python(&make);
        let accept = format!(
            "accept: [{bucket}/lifecycle-theirs@a23e6597b883075d, {bucket}/lifecycle-cold@f9ff6f81443c7a59]\nadopt: [{name}-argo-workflows]\n"
        );
        let text = format!("{}{accept}", spec(&account, &name, identity, ARGO).replace("name: prod", ISSUER));
        let sandbox = Sandbox::with_spec(&text);
        mended(&account, &sandbox);
        account.python("iam.create_policy(PolicyName='more', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::x/*'}]}))");
        let attach = format!("attachPolicies: [\"arn:aws:iam::{}:policy/more\"]", account.id);
        sandbox.write(
            "bucketwright.yaml",
            &text.replace("chartVersion: 1.0.18}", &format!("chartVersion: 1.0.18, {attach}}}")),
        );
        let said = mended(&account, &sandbox);
        assert_eq!(said.len(), 1, "{said:?}");
    }
}

/// The versions of the one policy that a user has, as IAM lists them: how many, and which is in force.
fn versions(account: &Account<'_>) -> Value {
    account.python(
        "\
arn = iam.list_policies(Scope='Local')['Policies'][0]['Arn']
found = iam.list_policy_versions(PolicyArn=arn)['Versions']
say([len(found), [v['VersionId'] for v in found if v['IsDefaultVersion']][0]])",
    )
}

/// Somebody puts an older version of a policy in force, when IAM has room for no more.
#[test]
fn an_older_version_in_force_gives_way() {
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "calls-versions", "static-keys", ARGO));
    mended(&account, &sandbox);
    account.python(
        "\
arn = iam.list_policies(Scope='Local')['Policies'][0]['Arn']
document = iam.get_policy_version(PolicyArn=arn, VersionId='v1')['PolicyVersion']['Document']
for number in range(4):
    other = json.loads(json.dumps(document))
    other['Statement'][0]['Action'] = ['s3:ListBucket', 's3:GetBucketLocation'][: number % 2 + 1]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(other), SetAsDefault=True)
iam.set_default_policy_version(PolicyArn=arn, VersionId='v3')",
    );
    assert_eq!(versions(&account), json!([5, "v3"]));
    let said = mended(&account, &sandbox);
    assert_eq!(said[0], "iam:DeletePolicyVersion remove the version v1, which is not in force: IAM keeps five");
    assert!(said[1].starts_with("iam:CreatePolicyVersion put a new version in force"), "{said:?}");
    assert_eq!(versions(&account), json!([5, "v6"]));
    // The right version among five, put in force again by hand, is enough.
    account.python(
        "\
arn = iam.list_policies(Scope='Local')['Policies'][0]['Arn']
iam.set_default_policy_version(PolicyArn=arn, VersionId='v2')
iam.set_default_policy_version(PolicyArn=arn, VersionId='v6')",
    );
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}

/// Sessions that somebody shortened are lengthened; longer ones are said and stay.
#[test]
fn sessions_are_as_long_as_is_needed() {
    let account = shared!().fresh();
    let example = std::fs::read_to_string(crate::harness::project().join("examples/ona.yaml")).expect("the example");
    let text = example
        .replace("012345678901", &account.id)
        .replace("name: acme-dev", "name: calls-ona")
        .replace("    options:\n", "    options:\n      sessionSeconds: \"14400\"\n");
    let sandbox = Sandbox::with_spec(&text);
    mended(&account, &sandbox);
    let set = |seconds: u32| {
        account.python(&format!("role = iam.list_roles()['Roles'][0]['RoleName']\niam.update_role(RoleName=role, MaxSessionDuration={seconds})"));
    };
    let needed = account.python("say(iam.list_roles()['Roles'][0]['MaxSessionDuration'])").as_u64().expect("seconds");
    set(3600);
    assert_eq!(mended(&account, &sandbox), [format!("iam:UpdateRole let sessions last up to {needed} seconds")]);
    set(43200);
    let plan = account.call(&sandbox, "plan -o json --detailed-exitcode").run().ok().json();
    let step =
        plan["steps"].as_array().expect("steps").iter().find(|step| step["kind"] == "role").expect("a role").clone();
    if needed < 43200 {
        let note = format!("Its sessions may last 43200 seconds, {needed} would do: that stays as it is.");
        assert_eq!((step["verb"].as_str(), step["note"].as_str()), (Some("keep"), Some(note.as_str())));
    }
    assert!(changes(&plan).is_empty());
}
