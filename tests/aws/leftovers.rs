//! What leaves the spec: `plan` lists it, `verify` judges it, `apply --prune` removes it when nothing uses it any more.

use serde_json::{Value, json};

use super::{codes, own, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// The kinds and names of what a plan says was left.
fn left(plan: &Value) -> Vec<(String, String)> {
    let steps = plan["leftovers"].as_array().unwrap_or_else(|| panic!("no leftovers in {plan:#}"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    steps.iter().map(|step| (text(&step["kind"]), text(&step["name"]))).collect()
}

fn plan(account: &Account<'_>, sandbox: &Sandbox) -> Value {
    account.call(sandbox, "plan -o json").run().ok().json()
}

/// The identities of an account: users, roles, policies, associations of the cluster.
fn identities(account: &Account<'_>) -> Value {
    account.python(
        "\
say({'users': [one['UserName'] for one in iam.list_users()['Users'] if one['UserName'] != 'admin'],
     'roles': [one['RoleName'] for one in iam.list_roles()['Roles'] if one['RoleName'] != 'eks-prod'],
     'policies': [one['PolicyName'] for one in iam.list_policies(Scope='Local')['Policies']],
     'associations': [[one['namespace'], one['serviceAccount']] for one in eks.list_pod_identity_associations(clusterName='prod')['associations']]})
",
    )
}

/// Every change of identity leaves the old one behind until it is pruned, and then nothing of it.
#[test]
fn a_change_of_identity_leaves_nothing_behind() {
    let peer = own!();
    let account = peer.account();
    let kinds = ["irsa", "static-keys", "pod-identity", "irsa"];
    let sandbox = Sandbox::with_spec(&spec(&account, "moves", kinds[0], ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    for (old, new) in kinds.iter().zip(&kinds[1..]) {
        sandbox.write("bucketwright.yaml", &spec(&account, "moves", new, ARGO));
        // The run that changes it prunes nothing: the pods have not moved.
        let first = account.call(&sandbox, "apply --yes --no-proof --prune").run().ok();
        assert!(first.stderr.contains("Nothing was pruned"), "{old} to {new}: {}", first.stderr);
        let found = left(&plan(&account, &sandbox));
        let whole = [*old, *new].contains(&"static-keys");
        assert_eq!(!found.is_empty(), whole || *old == "pod-identity", "{old} to {new}: {found:?}");
        if whole {
            account.call(&sandbox, "plan --detailed-exitcode").run().exits(3);
            let verified = account.call(&sandbox, "verify -o json").run().exits(3);
            assert!(verified.stdout.contains("left over"), "{old} to {new}: {}", verified.stdout);
        }
        account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
        assert_eq!(left(&plan(&account, &sandbox)), [], "{old} to {new}");
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
        let now = identities(&account);
        let (users, roles) = if *new == "static-keys" { (1, 0) } else { (0, 1) };
        assert_eq!(
            (now["users"].as_array().map(Vec::len), now["roles"].as_array().map(Vec::len)),
            (Some(users), Some(roles)),
            "{now:#}"
        );
        assert_eq!(now["policies"].as_array().map(Vec::len), Some(1), "{now:#}");
        let associated = now["associations"].as_array().is_some_and(|all| !all.is_empty());
        assert_eq!(associated, *new == "pod-identity", "{now:#}");
        let trust = account
            .python("roles = [one for one in iam.list_roles()['Roles'] if one['RoleName'] != 'eks-prod']\nsay([one['AssumeRolePolicyDocument'] for one in roles])");
        assert!(!trust.to_string().contains("pods.eks") || *new == "pod-identity", "{trust}");
    }
    account.call(&sandbox, "destroy --yes").run().ok();
    assert_eq!(identities(&account)["policies"], json!([]));
}

/// Under Pod Identity an association of ours is handed over in place, from a shared role to one for each component and back.
#[test]
fn associations_of_ours_are_changed_in_place() {
    let peer = own!();
    let account = peer.account();
    let install = |roles: &str| format!("{{profile: argo-workflows, chartVersion: 1.0.18, roles: {roles}}}");
    let sandbox = Sandbox::with_spec(&spec(&account, "parts", "pod-identity", &install("shared")));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    for roles in ["per-component", "shared"] {
        sandbox.write("bucketwright.yaml", &spec(&account, "parts", "pod-identity", &install(roles)));
        let made = account.call(&sandbox, "apply --yes --no-proof -o json").run().ok().json();
        assert!(made["plan"]["calls"].to_string().contains("eks:UpdatePodIdentityAssociation"), "{made:#}");
        account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
        account.call(&sandbox, "plan --detailed-exitcode").run().ok();
        let roles: Value = account.python("say(len({eks.describe_pod_identity_association(clusterName='prod', associationId=one['associationId'])['association']['roleArn'] for one in eks.list_pod_identity_associations(clusterName='prod')['associations']}))");
        assert_eq!(identities(&account)["roles"].as_array().map(Vec::len).map(|count| json!(count)), Some(roles));
    }
}

/// An install that left the spec, and a namespace that was renamed.
#[test]
fn an_install_and_a_namespace_that_left() {
    let peer = own!();
    let account = peer.account();
    let one = "{profile: argo-workflows, chartVersion: 1.0.18, id: one, buckets: {artifacts: gone-one}}";
    let two = format!(
        "{one}\n  - {{profile: argo-workflows, chartVersion: 1.0.18, id: two, namespace: two, identity: static-keys, buckets: {{artifacts: gone-two}}}}"
    );
    let sandbox = Sandbox::with_spec(&spec(&account, "gone", "irsa", &two));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python("s3.put_object(Bucket='gone-two', Key='data', Body=b'data')");
    sandbox.write(
        "bucketwright.yaml",
        &spec(&account, "gone", "irsa", &one.replace("id: one", "id: one, namespace: renamed")),
    );
    let planned = plan(&account, &sandbox);
    let mut found = left(&planned);
    found.sort();
    let expected = [("access-key", "gone-two"), ("bucket", "gone-two"), ("policy", "gone-two"), ("user", "gone-two")];
    assert_eq!(found, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
    assert!(
        planned["steps"].to_string().contains("system:serviceaccount:argo:"),
        "what the trust loses is printed: {planned:#}"
    );
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let trust =
        account.python("say(iam.get_role(RoleName='gone-one')['Role']['AssumeRolePolicyDocument'])").to_string();
    assert!(trust.contains("serviceaccount:renamed:") && !trust.contains("serviceaccount:argo:"), "{trust}");
    account.call(&sandbox, "apply --yes --no-proof --prune").run().ok();
    // Data stays until it is named.
    assert_eq!(left(&plan(&account, &sandbox)), [("bucket".to_owned(), "gone-two".to_owned())]);
    account.call(&sandbox, "destroy --yes --delete-data gone-two").run().ok();
    assert!(!account.everything()["buckets"].to_string().contains("gone-two"));
}

/// A key that was used lately is somebody's who has not moved.
#[test]
fn what_was_used_lately_is_not_pruned() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "late", "static-keys", ARGO));
    account.call(&sandbox, "apply --yes").run().ok();
    sandbox.write("bucketwright.yaml", &spec(&account, "late", "irsa", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let kept = account.call(&sandbox, "apply --yes --no-proof --prune").run().ok();
    assert!(kept.stderr.contains("stays: it was used") && kept.stderr.contains("--even-if-used"), "{}", kept.stderr);
    account.python("iam.get_user(UserName='late-argo-workflows')");
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    assert_eq!(identities(&account)["users"], json!([]));
}

/// Data that would stay behind without a word.
#[test]
fn a_renamed_bucket_and_a_renamed_spec_are_refused() {
    let account = shared!().fresh();
    let install =
        |bucket: &str| format!("{{profile: argo-workflows, chartVersion: 1.0.18, buckets: {{artifacts: {bucket}}}}}");
    let text = |name: &str, bucket: &str, more: &str| {
        format!("{}{more}", spec(&account, name, "static-keys", &install(bucket)))
    };
    let sandbox = Sandbox::with_spec(&text("ren", "ren-first", ""));
    let made = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    let id = made["learnt"]["id"].as_str().expect("an id").to_owned();
    account.python("s3.put_object(Bucket='ren-first', Key='data', Body=b'data')");
    sandbox.write("bucketwright.yaml", &text("ren", "ren-second", ""));
    let refused = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&refused), ["BW0627"], "{refused:#}");
    sandbox.write("bucketwright.yaml", &text("ren", "ren-second", "retired: [ren-first]\n"));
    account.call(&sandbox, "apply --yes").run().ok();

    // The spec itself: its id tells that it is the same.
    let renamed = text("other", "ren-second", "").replace("name: other\n", &format!("name: other\nid: {id}\n"));
    let elsewhere = Sandbox::with_spec(&renamed);
    let refused = account.call(&elsewhere, "apply --yes -o json").run().exits(1).json();
    assert!(codes(&refused).contains(&"BW0626"), "{refused:#}");
    assert!(refused.to_string().contains("name: ren"), "{refused:#}");
    elsewhere.write("bucketwright.yaml", &format!("{renamed}previousName: ren\nretired: [ren-first]\n"));
    account.call(&elsewhere, "apply --yes").run().ok();
    account.call(&elsewhere, "apply --yes --prune --even-if-used").run().ok();
    let users = account.python("say([one['UserName'] for one in iam.list_users()['Users']])").to_string();
    assert!(users.contains("other-argo-workflows") && !users.contains("ren-argo"), "{users}");
}

/// A role or bucket that somebody made beforehand with our tags is not used while it gives others something.
#[test]
fn what_was_made_beforehand_with_our_tags_is_refused() {
    let account = shared!().fresh();
    account.python(
        "\
tags = [{'Key': 'bucketwright:spec', 'Value': 'pre'}, {'Key': 'bucketwright:install', 'Value': 'argo-workflows'}, {'Key': 'bucketwright:origin', 'Value': 'created'}]
iam.create_user(UserName='pre-argo-workflows', Tags=tags)
iam.put_user_policy(UserName='pre-argo-workflows', PolicyName='more', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': '*', 'Resource': '*'}}))
s3.create_bucket(Bucket='pre-argo-artifacts', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_bucket_tagging(Bucket='pre-argo-artifacts', Tagging={'TagSet': tags})
s3.put_bucket_policy(Bucket='pre-argo-artifacts', Policy=json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Principal': {'AWS': '111122223333'}, 'Action': 's3:*', 'Resource': 'arn:aws:s3:::pre-argo-artifacts/*'}}))
"
    );
    let sandbox = Sandbox::with_spec(&spec(&account, "pre", "static-keys", ARGO));
    let before = account.everything();
    let refused = account.call(&sandbox, "apply --yes -o json").run().exits(3).json();
    assert_eq!(codes(&refused), ["BW0624", "BW0624"], "{refused:#}");
    assert_eq!(account.everything(), before);
}
