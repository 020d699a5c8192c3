//! The template, carried out: a stack of it, once taken over by `apply`, is what `apply` alone makes.
//!
//! The AWS emulator carries out buckets, users, roles and managed policies; what it leaves out is in `LEFT_OUT`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Account, Peer, Sandbox};

/// The calls that `apply` still has to make after a stack, because the peer's CloudFormation makes no bucket policies, lifecycle
/// rules and OIDC providers, attaches nothing and tags no user; and the access key, which no template holds.
const LEFT_OUT: [&str; 9] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateOpenIDConnectProvider",
    "iam:TagUser",
    "iam:UpdateAssumeRolePolicy",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketPolicy",
    "iam:TagRole",
];

fn spec(account: &Account<'_>, name: &str, identity: &str) -> String {
    let (id, issuer) = (&account.id, "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF");
    format!(
        "\
apiVersion: bucketwright/v1
name: {name}
cloud:
  provider: aws
  region: eu-west-1
  account: \"{id}\"
  cluster: {{name: prod, oidcIssuer: \"{issuer}\"}}
identity: {identity}
# The peer's stacks make users without their tags, which say whose they are.
adopt: [{name}-argo-workflows]
installs:
  - {{profile: argo-workflows, chartVersion: 1.0.18}}
"
    )
}

/// What an account has, without what differs by its nature: ids, dates, the account's number, and who owns it.
pub(super) fn made(account: &Account<'_>, name: &str) -> Value {
    let all = account.everything();
    let mut users = BTreeSet::new();
    for list in ["UserDetailList", "RoleDetailList"] {
        for one in all["iam"][list].as_array().into_iter().flatten() {
            let trust = one.get("AssumeRolePolicyDocument").cloned().unwrap_or(Value::Null);
            let attached = one["AttachedManagedPolicies"].clone();
            let called = one.get("UserName").or_else(|| one.get("RoleName")).cloned();
            // Who attached the policy is told where the user or role is not ours.
            let mut tags = one["Tags"].clone();
            tags.as_array_mut().into_iter().for_each(|tags| tags.retain(|tag| tag["Key"] != "bucketwright:attached"));
            users.insert(json!({"name": called, "trust": trust, "attached": attached, "tags": tags}).to_string());
        }
    }
    let policies: BTreeSet<String> = all["iam"]["Policies"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|policy| json!([policy["PolicyName"], policy["PolicyVersionList"][0]["Document"]]).to_string())
        .collect();
    let whole = json!({"buckets": all["buckets"], "users": users, "policies": policies, "providers": all["providers"]});
    let text = whole.to_string().replace(&account.id, "ACCOUNT").replace(name, "NAME");
    let text = text.replace("adopted", "ORIGIN").replace("created", "ORIGIN");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    for bucket in value["buckets"].as_object_mut().into_iter().flat_map(|buckets| buckets.values_mut()) {
        // The text of a policy may be written in many ways.
        if let Some(text) = bucket["policy"].get("Policy").and_then(Value::as_str) {
            bucket["policy"] = serde_json::from_str(text).expect("JSON");
        }
    }
    sorted(&mut value);
    value
}

/// Lists of tags come in any order.
fn sorted(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sorted);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(entries) => {
            entries.values_mut().for_each(sorted);
            entries.sort_keys();
        }
        _ => {}
    }
}

#[test]
fn a_stack_taken_over_is_what_apply_makes() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    for identity in ["static-keys", "irsa"] {
        let (by_stack, by_apply) = (peer.fresh(), peer.fresh());
        let (first, second) = (format!("stack-{identity}"), format!("plain-{identity}"));
        let with_id = |text: String| text.replacen("\ncloud:", "\nid: one-id\ncloud:", 1);
        let sandbox = Sandbox::with_spec(&with_id(spec(&by_stack, &first, identity)));
        sandbox.run("export --as cloudformation --out stack.yaml").ok();
        let template = sandbox.path("stack.yaml");
        let status = by_stack.python(&format!(
            "\
cloud = boto3.client('cloudformation', region_name='eu-west-1')
cloud.create_stack(StackName='{first}', TemplateBody=open('{}').read(), Capabilities=['CAPABILITY_NAMED_IAM'])
say(cloud.describe_stacks(StackName='{first}')['Stacks'][0]['StackStatus'])
",
            template.display()
        ));
        assert_eq!(status, "CREATE_COMPLETE");
        // The emulator loses who is trusted, since the ARN is put together in the template.
        by_stack.python(&format!(
            "\
for role in iam.list_roles()['Roles']:
    trust = role['AssumeRolePolicyDocument']
    for one in trust['Statement']:
        if one['Principal'] == {{}}:
            issuer = next(iter(one['Condition']['StringEquals'])).rsplit(':', 1)[0]
            one['Principal'] = {{'Federated': f'arn:aws:iam::{id}:oidc-provider/{{issuer}}'}}
    iam.update_assume_role_policy(RoleName=role['RoleName'], PolicyDocument=json.dumps(trust))
",
            id = by_stack.id
        ));
        let plan = by_stack.call(&sandbox, "plan -o json").run().ok().json();
        assert_eq!(plan["refusals"], json!([]), "{plan:#}");
        let calls: Vec<&str> = plan["calls"].as_array().expect("calls").iter().filter_map(Value::as_str).collect();
        assert!(calls.iter().all(|call| LEFT_OUT.contains(call)), "{identity}: {calls:?}");
        by_stack.call(&sandbox, "apply --yes --no-proof").run().ok();
        let alone = Sandbox::with_spec(&with_id(spec(&by_apply, &second, identity)));
        by_apply.call(&alone, "apply --yes --no-proof").run().ok();
        assert_eq!(made(&by_stack, &first), made(&by_apply, &second), "{identity}");
    }
}
