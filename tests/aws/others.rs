//! What others gain behind a spec's back: `plan` and `verify` name each grant, with statement and fix, until the spec accepts it.

use serde_json::{Value, json};

use super::{codes, own, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// What an adversary does to the role, the bucket and the account.
const ADVERSARY: &str = "\
role, bucket = 'seized-argo-workflows', 'seized-argo-artifacts'
trust = iam.get_role(RoleName=role)['Role']['AssumeRolePolicyDocument']
trust['Statement'] += [
    {'Sid': 'Everybody', 'Effect': 'Allow', 'Principal': {'AWS': '*'}, 'Action': 'sts:AssumeRole'},
    {'Sid': 'Partner', 'Effect': 'Allow', 'Principal': {'AWS': 'arn:aws:iam::111122223333:root'}, 'Action': 'sts:AssumeRole'}]
iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
everything = json.dumps({'Version': '2012-10-17', 'Statement': {'Sid': 'Root', 'Effect': 'Allow', 'Action': 'iam:*', 'Resource': '*'}})
iam.put_role_policy(RoleName=role, PolicyName='sneaky', PolicyDocument=everything)
iam.attach_role_policy(RoleName=role, PolicyArn=iam.create_policy(PolicyName='seized-more', PolicyDocument=everything)['Policy']['Arn'])
s3.delete_public_access_block(Bucket=bucket)
policy = json.loads(s3.get_bucket_policy(Bucket=bucket)['Policy'])
policy['Statement'] += [
    {'Sid': 'Public', 'Effect': 'Allow', 'Principal': '*', 'Action': 's3:GetObject', 'Resource': f'arn:aws:s3:::{bucket}/*'},
    {'Sid': 'Foreign', 'Effect': 'Allow', 'Principal': {'AWS': '111122223333'}, 'Action': 's3:*', 'Resource': f'arn:aws:s3:::{bucket}/*'}]
s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
";

/// An applied spec.
fn applied(account: &Account<'_>, name: &str, identity: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(&spec(account, name, identity, ARGO));
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    sandbox
}

/// What a verification found that others gained: `PLACE CODE what`.
fn found(report: &Value) -> Vec<String> {
    let rows = report["rows"].as_array().expect("rows").iter();
    let cells = rows.flat_map(|row| row["cells"].as_array().expect("cells").iter().map(move |cell| (row, cell)));
    let gained = cells.filter(|(_, cell)| cell["finding"].is_object());
    gained
        .map(|(row, cell)| {
            let finding = &cell["finding"];
            assert!(cell["passed"] == false && finding["fix"].as_str().is_some_and(|fix| fix.len() > 10), "{cell:#}");
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            format!("{} {} {}", text(&row["bucket"]), text(&finding["code"]), text(&cell["note"]))
        })
        .collect()
}

/// The plan that a run prints; where it is refused, the errors follow it.
fn planned(text: &str) -> Value {
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    documents.next().expect("a plan").expect("JSON")
}

/// The names that accept what a plan found.
fn names(plan: &Value) -> Vec<String> {
    let grants = plan["grants"].as_array().expect("grants");
    grants.iter().filter_map(|grant| grant["accept"].as_str()).map(str::to_owned).collect()
}

#[test]
fn each_grant_to_others_is_found_until_it_is_accepted() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "seized", "irsa");
    let clean = account.call(&sandbox, "verify -o json").run().ok().json();
    assert_eq!((clean["proven"].as_bool(), found(&clean)), (Some(true), Vec::new()), "{clean:#}");
    let plan = account.call(&sandbox, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!((names(&plan), &plan["unjudged"]), (Vec::new(), &json!([])));

    account.python(ADVERSARY);
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert_eq!(
        found(&report),
        [
            "(rights) BW1331 the role `seized-argo-workflows` may call `iam:*` on `*`",
            "(rights) BW1331 the role `seized-argo-workflows` may call `iam:*` on `*`",
            "(trust) BW1330 anybody in any account may become the role `seized-argo-workflows`",
            "(trust) BW1330 whoever the account 111122223333 allows may become the role `seized-argo-workflows`",
            "seized-argo-artifacts BW1332 anybody in any account may call `s3:GetObject` on `arn:aws:s3:::seized-argo-artifacts/*`",
            "seized-argo-artifacts BW1332 whoever the account 111122223333 allows may call `s3:*` on `arn:aws:s3:::seized-argo-artifacts/*`",
            "seized-argo-artifacts BW1332 the bucket `seized-argo-artifacts` may be opened to everybody",
        ]
    );
    let text = account.call(&sandbox, "verify").run().exits(3).stdout;
    for words in [
        r#"{"Sid":"Everybody","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#,
        "aws iam delete-role-policy --role-name seized-argo-workflows --policy-name sneaky",
        "aws iam detach-role-policy --role-name seized-argo-workflows --policy-arn arn:aws:iam::",
        "accept: [\"seized-argo-workflows/Everybody@",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let xml = account.call(&sandbox, "verify -o junit").run().exits(3).stdout;
    assert!(xml.contains("may become the role") && xml.contains("delete-role-policy"), "{xml}");

    // The trust is refused: the pods of others would get what ours get.
    let writes = account.writes();
    let plan = planned(&account.call(&sandbox, "plan -o json").run().exits(3).stdout);
    assert_eq!(plan["refusals"][0]["code"], "BW0624", "{plan:#}");
    let codes_of = plan["grants"].as_array().expect("grants").iter().map(|one| one["code"].as_str().expect("a code"));
    assert_eq!(codes_of.collect::<Vec<_>>(), ["BW1330", "BW1330", "BW1331", "BW1331", "BW1332", "BW1332", "BW1332"]);
    let said = account.call(&sandbox, "apply --yes").run().exits(3).stderr;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("BW0624") && said.contains("adopt: [seized-argo-workflows]"), "{said}");
    assert_eq!(account.writes(), writes, "something was changed");

    // Accepted by name, it is the user's own choice; what apply can put right, it does.
    let spec = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &format!("{spec}accept: {}\n", json!(names(&plan))));
    let plan = account.call(&sandbox, "plan -o json").run().ok().json();
    assert_eq!(names(&plan), Vec::<String>::new());
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let report = account.call(&sandbox, "verify -o json").run().ok().json();
    assert_eq!(report["proven"], true, "{report:#}");
    let _ = account.call(&sandbox, "plan --detailed-exitcode").run().ok();

    // A statement that changes is another one, whatever its Sid and its policy's name.
    account.python(
        "\
anything = {'Version': '2012-10-17', 'Statement': {'Sid': 'Root', 'Effect': 'Allow', 'Action': '*', 'Resource': '*'}}
iam.put_role_policy(RoleName='seized-argo-workflows', PolicyName='sneaky', PolicyDocument=json.dumps(anything))
",
    );
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert_eq!(found(&report), ["(rights) BW1331 the role `seized-argo-workflows` may call `*` on `*`"]);
    let _ = account.call(&sandbox, "plan --detailed-exitcode").run().exits(3);
}

#[test]
fn a_tag_proves_nothing() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "planted", "irsa", ARGO));
    account.python(
        "\
trust = {'Version': '2012-10-17', 'Statement': [{'Sid': 'Nodes', 'Effect': 'Allow', 'Principal': '*', 'Action': 'sts:AssumeRole'}]}
tags = [{'Key': 'bucketwright:spec', 'Value': 'planted'}, {'Key': 'bucketwright:install', 'Value': 'argo-workflows'}, {'Key': 'bucketwright:origin', 'Value': 'created'}]
iam.create_role(RoleName='planted-argo-workflows', AssumeRolePolicyDocument=json.dumps(trust), Tags=tags)
",
    );
    let writes = account.writes();
    for command in ["plan -o json", "apply --yes -o json"] {
        let report = planned(&account.call(&sandbox, command).run().exits(3).stdout);
        let list = if command.starts_with("plan") { &report["refusals"] } else { &report["errors"] };
        assert_eq!(list[0]["code"], "BW0624", "{report:#}");
        assert!(list[0].to_string().contains("tags proves nothing"), "{report:#}");
    }
    assert_eq!(account.writes(), writes, "something was changed");
    let text = sandbox.read("bucketwright.yaml");
    sandbox.write("bucketwright.yaml", &format!("{text}adopt: [planted-argo-workflows]\n"));
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    // Used as it is, it is still open: that is told, and was taken with it.
    let report = account.call(&sandbox, "verify -o json").run().ok().json();
    let note = "accepted (`adopt`): anybody in any account may become the role `planted-argo-workflows`";
    assert!(report.to_string().contains(note), "{report:#}");
    let plan = account.call(&sandbox, "plan --detailed-exitcode").run().ok().stdout;
    assert!(plan.contains("adopted with this: anybody in any account may become"), "{plan}");
}

#[test]
fn a_user_is_judged_with_its_groups_and_a_bucket_with_its_list() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "grouped", "static-keys");
    account.python(
        "\
everything = json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': '*', 'Resource': '*'}})
iam.create_group(GroupName='ops')
iam.put_group_policy(GroupName='ops', PolicyName='all', PolicyDocument=everything)
iam.attach_group_policy(GroupName='ops', PolicyArn=iam.create_policy(PolicyName='grouped-more', PolicyDocument=everything)['Policy']['Arn'])
iam.add_user_to_group(GroupName='ops', UserName='grouped-argo-workflows')
s3.delete_public_access_block(Bucket='grouped-argo-artifacts')
s3.put_bucket_ownership_controls(Bucket='grouped-argo-artifacts', OwnershipControls={'Rules': [{'ObjectOwnership': 'ObjectWriter'}]})
s3.put_bucket_acl(Bucket='grouped-argo-artifacts', ACL='public-read')
",
    );
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert_eq!(
        found(&report),
        [
            "(rights) BW1331 the user `grouped-argo-workflows` may call `*` on `*`",
            "(rights) BW1331 the user `grouped-argo-workflows` may call `*` on `*`",
            "grouped-argo-artifacts BW1332 anybody without signing in has READ on the bucket `grouped-argo-artifacts`",
            "grouped-argo-artifacts BW1332 the bucket `grouped-argo-artifacts` may be opened to everybody",
        ]
    );
    assert!(
        report
            .to_string()
            .contains("aws iam remove-user-from-group --user-name grouped-argo-workflows --group-name ops")
    );
}

#[test]
fn what_may_not_be_read_is_not_passed_over() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "hidden", "irsa");
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let none = json!({"Effect": "Deny", "Action": ["iam:ListRolePolicies", "s3:GetBucketAcl"], "Resource": "*"});
    let few = peer.user(&account.id, "few", &json!({"Version": "2012-10-17", "Statement": [all, none]}));
    let report = few.call(&sandbox, "verify -o json").run().exits(3).json();
    let missing = "the rights of the role hidden-argo-workflows are not judged: missing permission iam:ListRolePolicies on hidden-argo-workflows";
    assert_eq!(report["untried"], json!([missing]), "{report:#}");
    let plan = few.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains(missing), "{plan}");
}

#[test]
fn what_a_spec_accepts_is_read_before_anything() {
    let peer = own!();
    let account = peer.account();
    for (entry, words) in [
        ("Debug", "does not name a grant"),
        ("acme/Debug", "behind the `@` stand 16 digits"),
        ("acme/*@0123456789abcdef", "A pattern would accept"),
    ] {
        let text = format!("{}accept: [\"{entry}\"]\n", spec(&account, "accepts", "irsa", ARGO));
        let report = account.call(&Sandbox::with_spec(&text), "plan -o json").run().exits(2).json();
        assert_eq!(codes(&report), ["BW0105"]);
        assert!(report.to_string().contains(words), "{report:#}");
    }
}
