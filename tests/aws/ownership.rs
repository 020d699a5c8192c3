//! Whose is it: what others made is never replaced or removed, whatever it is called and whatever tags it carries.

use serde_json::{Value, json};

use super::{codes, shared, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A spec whose cluster's issuer is known, for accounts without a cluster.
fn irsa(account: &Account<'_>, name: &str, install: &str) -> String {
    let issuer = "oidcIssuer: \"https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\"";
    spec(account, name, "irsa", install).replace("{name: prod, ", &format!("{{name: prod, {issuer}, "))
}

/// A role and a policy of others, whose statements have the Sids that ours once had.
const THEIRS: &str = "\
trust = {'Version': '2012-10-17', 'Statement': [{'Sid': 'ServiceAccounts', 'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
rights = {'Version': '2012-10-17', 'Statement': [
    {'Sid': 'Buckets', 'Effect': 'Allow', 'Action': ['s3:ListBucket'], 'Resource': ['arn:aws:s3:::theirs']},
    {'Sid': 'Objects', 'Effect': 'Allow', 'Action': ['s3:GetObject'], 'Resource': ['arn:aws:s3:::theirs/*']},
    {'Sid': 'Key', 'Effect': 'Allow', 'Action': ['kms:Decrypt'], 'Resource': ['*']}]}
iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(rights))
";

/// The trust and the policy in force of this name, as documents.
fn documents(account: &Account<'_>, name: &str) -> Value {
    account.python(&format!(
        "\
name = '{name}'
arn = f'arn:aws:iam::{id}:policy/{{name}}'
version = iam.get_policy(PolicyArn=arn)['Policy']['DefaultVersionId']
say({{'trust': iam.get_role(RoleName=name)['Role']['AssumeRolePolicyDocument'],
     'policy': iam.get_policy_version(PolicyArn=arn, VersionId=version)['PolicyVersion']['Document'],
     'attached': [one['PolicyName'] for one in iam.list_attached_role_policies(RoleName=name)['AttachedPolicies']],
     'tags': iam.list_role_tags(RoleName=name)['Tags'] + iam.list_policy_tags(PolicyArn=arn)['Tags'],
     'providers': len(iam.list_open_id_connect_providers()['OpenIDConnectProviderList'])}})
",
        id = account.id
    ))
}

#[test]
fn an_adopted_role_is_as_it_was_after_destroy() {
    let account = shared!().fresh();
    let name = "sids-argo-workflows";
    account.python(&format!("name = '{name}'\n{THEIRS}"));
    let before = documents(&account, name);
    let sandbox = Sandbox::with_spec(&format!("{}adopt: [{name}]\n", irsa(&account, "sids", ARGO)));
    account.call(&sandbox, "apply --yes").run().ok();
    let used = documents(&account, name);
    for part in ["trust", "policy"] {
        let (old, new) = (&before[part]["Statement"], &used[part]["Statement"]);
        let (old, new) = (old.as_array().expect("a list"), new.as_array().expect("a list"));
        assert!(old.iter().all(|one| new.contains(one)) && new.len() > old.len(), "{used:#}");
    }
    assert!(used["tags"].to_string().contains("adopted") && !used["tags"].to_string().contains("created"), "{used:#}");
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    let gone = account.call(&sandbox, "destroy --yes -o json").run().ok().json();
    assert!(gone["steps"].to_string().contains("iam:DetachRolePolicy"), "{gone:#}");
    assert_eq!(documents(&account, name), before, "what was adopted is as it was");
}

#[test]
fn a_statement_of_ours_that_others_wrote_is_not_replaced() {
    let account = shared!().fresh();
    let name = "marked-argo-workflows";
    let theirs = THEIRS.replace("'ServiceAccounts'", "'BucketwrightServiceAccounts'");
    account.python(&format!("name = '{name}'\n{theirs}"));
    let before = documents(&account, name);
    let sandbox = Sandbox::with_spec(&format!("{}adopt: [{name}]\n", irsa(&account, "marked", ARGO)));
    let refused = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&refused), ["BW0603"]);
    assert_eq!(documents(&account, name), before);
}

/// `ov` with the install `b-c`, and `ov-b` with the install `c`: both have a user `ov-b-c`.
#[test]
fn specs_whose_names_meet_are_refused() {
    let account = shared!().fresh();
    let install = |id: &str, bucket: &str| {
        format!("{{profile: argo-workflows, chartVersion: 1.0.18, id: {id}, buckets: {{artifacts: {bucket}}}}}")
    };
    let first = Sandbox::with_spec(&spec(&account, "ov", "static-keys", &install("b-c", "ov-one")));
    account.call(&first, "apply --yes").run().ok();
    let before = account.everything();
    let text = spec(&account, "ov-b", "static-keys", &install("c", "ov-two"));
    for more in ["", "adopt: [ov-b-c]\n"] {
        let second = Sandbox::with_spec(&format!("{text}{more}"));
        let refused = account.call(&second, "apply --yes -o json").run().exits(1).json();
        assert_eq!(codes(&refused), ["BW0603", "BW0603"], "{refused:#}");
        let words = refused.to_string();
        assert!(
            words.contains("the spec `ov`") && words.contains("namePrefix") && !words.contains("adopt:"),
            "{words}"
        );
        let gone = account.call(&second, "destroy --yes -o json").run().exits(3).json();
        assert_eq!(gone["changes"], false, "nothing of it is the second's");
        assert!(gone["steps"].to_string().contains("By its tags it belongs to the spec `ov`"), "{gone:#}");
    }
    assert_eq!(account.everything(), before);
    // With a prefix of its own the second spec works.
    let prefixed = text.replace("  region: eu-west-1\n", "  region: eu-west-1\n  iam: {namePrefix: \"two-\"}\n");
    account.call(&Sandbox::with_spec(&prefixed), "apply --yes").run().ok();
}

#[test]
fn what_lost_its_tag_is_adopted_and_never_deleted() {
    let account = shared!().fresh();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18, buckets: {artifacts: released-one}}";
    let first = Sandbox::with_spec(&spec(&account, "released-a", "static-keys", install));
    account.call(&first, "apply --yes").run().ok();
    account.python(
        "\
tags = s3.get_bucket_tagging(Bucket='released-one')['TagSet']
s3.put_bucket_tagging(Bucket='released-one', Tagging={'TagSet': [tag for tag in tags if tag['Key'] != 'bucketwright:spec']})
",
    );
    let second = Sandbox::with_spec(&spec(&account, "released-b", "static-keys", install));
    account.call(&second, "apply --yes").run().ok();
    let tags = account.python("say(s3.get_bucket_tagging(Bucket='released-one')['TagSet'])").to_string();
    assert!(tags.contains("adopted") && tags.contains("released-b") && !tags.contains("created"), "{tags}");
    account.call(&second, "destroy --yes").run().ok();
    account.python("s3.head_bucket(Bucket='released-one')");
}

/// Two teams, each with a spec `prod`, in one account.
#[test]
fn a_name_alone_proves_nothing() {
    let account = shared!().fresh();
    let install = |namespace: &str| {
        format!(
            "{{profile: argo-workflows, chartVersion: 1.0.18, namespace: {namespace}, buckets: {{artifacts: twins-{namespace}}}}}"
        )
    };
    let text = |namespace: &str| irsa(&account, "twins", &install(namespace));
    let first = Sandbox::with_spec(&text("one"));
    let made = account.call(&first, "apply --yes -o json").run().ok().json();
    let id = made["learnt"]["id"].as_str().expect("an id").to_owned();
    let before = account.everything();

    // The other team knows no id: its role would be the first team's.
    let second = Sandbox::with_spec(&text("two"));
    let refused = account.call(&second, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&refused), ["BW0625", "BW0625"], "{refused:#}");
    assert!(refused.to_string().contains(&format!("id: {id}")), "{refused:#}");
    let kept = account.call(&second, "destroy --yes --leftovers -o json").run().exits(1).json();
    assert!(codes(&kept).iter().all(|code| *code == "BW0625"), "{kept:#}");
    // Nor with an id of its own.
    let third = Sandbox::with_spec(&text("two").replace("name: twins\n", "name: twins\nid: other-one\n"));
    let refused = account.call(&third, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&refused), ["BW0603", "BW0603"], "{refused:#}");
    let kept = account.call(&third, "destroy --yes -o json").run().exits(3).json();
    assert_eq!(kept["changes"], false, "{kept:#}");
    assert_eq!(account.everything(), before);

    // The same spec from another folder is used as it is, and goes on to be the same.
    let elsewhere = Sandbox::with_spec(&text("one"));
    let again = account.call(&elsewhere, "apply --yes -o json").run().ok().json();
    assert_eq!((&again["learnt"]["id"], &again["plan"]["changes"]), (&json!(id), &json!(false)), "{again:#}");
    // With the id in the file it is changed from anywhere.
    let named = text("two").replace("name: twins\n", &format!("name: twins\nid: {id}\n"));
    account.call(&Sandbox::with_spec(&named), "apply --yes").run().ok();
}

#[test]
fn a_statement_of_others_in_a_policy_of_ours_stays_and_is_told() {
    let account = shared!().fresh();
    let name = "guest-argo-workflows";
    let sandbox = Sandbox::with_spec(&irsa(&account, "guest", ARGO));
    account.call(&sandbox, "apply --yes").run().ok();
    account.python(&format!(
        "\
arn = 'arn:aws:iam::{id}:policy/{name}'
version = iam.get_policy(PolicyArn=arn)['Policy']['DefaultVersionId']
document = iam.get_policy_version(PolicyArn=arn, VersionId=version)['PolicyVersion']['Document']
document['Statement'].append({{'Sid': 'Guest', 'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::guests/*'}})
document['Statement'][0]['Action'] = 's3:*'
iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
",
        id = account.id
    ));
    let plan = account.call(&sandbox, "plan -o json").run().ok().json();
    let words = plan.to_string();
    assert!(words.contains("removes {") && words.contains("s3:*") && words.contains("BW1331"), "{plan:#}");
    account.call(&sandbox, "apply --yes").run().ok();
    let after = documents(&account, name);
    let policy = after["policy"].to_string();
    assert!(policy.contains("Guest") && !policy.contains("s3:*"), "{policy}");
    // It is somebody's, so it stays; verify and plan go on to tell it until the spec accepts it.
    account.call(&sandbox, "plan --detailed-exitcode").run().exits(3);
}

/// What the file does not name goes only when it is said.
#[test]
fn destroy_spares_what_only_the_tags_name() {
    let account = shared!().fresh();
    let two = "\
{profile: argo-workflows, chartVersion: 1.0.18, id: one, buckets: {artifacts: spare-one}}
  - {profile: argo-workflows, chartVersion: 1.0.18, id: two, namespace: two, buckets: {artifacts: spare-two}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "spare", "static-keys", two));
    account.call(&sandbox, "apply --yes").run().ok();
    let one = two.lines().next().expect("a line");
    sandbox.write("bucketwright.yaml", &spec(&account, "spare", "static-keys", one));
    let gone = account.call(&sandbox, "destroy --yes -o json").run().exits(3).json();
    let kept: Vec<&Value> =
        gone["steps"].as_array().expect("steps").iter().filter(|step| step["inSpec"] == false).collect();
    assert_eq!(kept.len(), 4, "{gone:#}");
    assert!(
        kept.iter().all(|step| step["fate"] == "keep" && step["note"].to_string().contains("--leftovers")),
        "{gone:#}"
    );
    account.python("s3.head_bucket(Bucket='spare-two'); iam.get_user(UserName='spare-two')");
    account.call(&sandbox, "destroy --yes --leftovers").run().ok();
    assert_eq!(account.everything()["buckets"], json!({}));
}
