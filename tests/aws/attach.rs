//! `attachPolicies`: further rights for a role or user, by policies of the user's own.

use serde_json::{Value, json};

use super::{own, shared, spec};
use crate::harness::{Account, Sandbox};

const ORGANISATION: &str = "0191e223-1c3c-7607-badf-303c98b52d2f";

/// A policy of the user's own; its ARN.
fn policy(account: &Account<'_>, name: &str, document: &Value) -> String {
    let document = document.to_string();
    let arn = account
        .python(&format!("say(iam.create_policy(PolicyName='{name}', PolicyDocument='{document}')['Policy']['Arn'])"));
    arn.as_str().expect("an ARN").to_owned()
}

fn reads_secrets() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
}

/// The policies that are attached to a role or user, by name.
fn attached(account: &Account<'_>, kind: &str, name: &str) -> Value {
    let upper = if kind == "role" { "Role" } else { "User" };
    account.python(&format!(
        "say(sorted(p['PolicyName'] for p in iam.list_attached_{kind}_policies({upper}Name='{name}')['AttachedPolicies']))"
    ))
}

#[test]
fn a_role_gets_the_users_own_policy_and_keeps_it() {
    let peer = own!();
    let account = peer.account();
    let arn = policy(&account, "read-secrets", &reads_secrets());
    let install = format!(
        "{{profile: ona, chartVersion: 2.0.0, options: {{organization: {ORGANISATION}}}, attachPolicies: [\"{arn}\"]}}"
    );
    let sandbox = Sandbox::with_spec(&spec(&account, "more", "workload-identity", &install));
    let rights = account.call(&sandbox, "plan --permissions").run().ok().json();
    let attaches = rights["Statement"]
        .as_array()
        .expect("statements")
        .iter()
        .find(|s| s.to_string().contains("iam:AttachRolePolicy"));
    let allowed = &attaches.expect("the right to attach")["Condition"]["ArnLike"]["iam:PolicyARN"];
    assert!(allowed.as_array().is_some_and(|list| list.iter().any(|one| one == arn.as_str())), "{rights:#}");
    let planned = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(planned.contains(&format!("attach your policy {arn}")), "{planned}");
    account.call(&sandbox, "apply --yes").run().ok();
    assert_eq!(attached(&account, "role", "more-ona"), json!(["more-ona", "read-secrets"]));
    let before = account.writes();
    let again = account.call(&sandbox, "apply --no-proof -o json").run().ok().json();
    assert_eq!(again["plan"]["changes"], false, "{again:#}");
    assert_eq!(account.writes(), before);
    // Leaving the list takes nothing away: somebody may rely on it.
    let text = sandbox.read("bucketwright.yaml").replace(&format!(", attachPolicies: [\"{arn}\"]"), "");
    sandbox.write("bucketwright.yaml", &text);
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(attached(&account, "role", "more-ona"), json!(["more-ona", "read-secrets"]));
    // But the plan says so, with the line that detaches it, until it is accepted or gone.
    let line = format!("aws iam detach-role-policy --role-name more-ona --policy-arn {arn}\n");
    let plan = || account.call(&sandbox, "plan").run().ok().stdout;
    let said = plan();
    assert!(
        said.contains(&format!("{arn} is attached too, and the spec does not name it")) && said.contains(&line),
        "{said}"
    );
    sandbox.write("bucketwright.yaml", &format!("{text}accept: [\"more-ona/{arn}\"]\n"));
    assert!(!plan().contains("is attached too"), "it is accepted");
    sandbox.write("bucketwright.yaml", &text);
    account.python(&format!("say(iam.detach_role_policy(RoleName='more-ona', PolicyArn='{arn}') and 1)"));
    assert!(!plan().contains("is attached too"), "it is gone");
    // The role goes with `destroy`, the policy does not.
    account.call(&sandbox, "destroy --yes").run().ok();
    let left = account.python("say([p['PolicyName'] for p in iam.list_policies(Scope='Local')['Policies']])");
    assert_eq!(left, json!(["read-secrets"]));
}

#[test]
fn each_component_and_each_user_gets_its_own() {
    let peer = own!();
    let account = peer.account();
    let arn = policy(&account, "scan", &reads_secrets());
    let install = format!(
        "{{profile: argo-workflows, chartVersion: 1.0.18, roles: per-component, identity: irsa, attachPolicies: {{workflow: [\"{arn}\"]}}}}
  - {{profile: gradient, chartVersion: 1.0.0, attachPolicies: [\"{arn}\"]}}"
    );
    let sandbox = Sandbox::with_spec(&spec(&account, "each", "static-keys", &install));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let named = |kind: &str, name: &str| attached(&account, kind, name);
    assert_eq!(named("role", "each-argo-workflows-workflow"), json!(["each-argo-workflows-workflow", "scan"]));
    assert_eq!(named("role", "each-argo-workflows-server"), json!(["each-argo-workflows-server"]));
    assert_eq!(named("user", "each-gradient"), json!(["each-gradient", "scan"]));
}

#[test]
fn a_policy_that_is_not_there_is_named_at_once() {
    let account = shared!().fresh();
    let arn = format!("arn:aws:iam::{}:policy/nowhere", account.id);
    let install = format!("{{profile: gradient, chartVersion: 1.0.0, attachPolicies: [\"{arn}\"]}}");
    let sandbox = Sandbox::with_spec(&spec(&account, "gone", "static-keys", &install));
    let refused = account.call(&sandbox, "apply --yes --no-proof").run().exits(1).stderr;
    let refused = refused.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        refused.contains("below `attachPolicies` of the install `gradient`") && refused.contains(&arn),
        "{refused}"
    );
}

/// What others take of the spec names the policy, too.
#[test]
fn exports_attach_it_too() {
    let arn = "arn:aws:iam::012345678901:policy/read-secrets";
    let text = format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1, account: \"012345678901\"}}\nidentity: workload-identity\ninstalls:\n  - {{profile: ona, chartVersion: 2.0.0, options: {{organization: {ORGANISATION}}}, attachPolicies: [\"{arn}\"]}}\n"
    );
    let sandbox = Sandbox::with_spec(&text);
    let script = sandbox.run("export --as aws-cli").ok().stdout;
    assert!(script.contains(&format!("attach-role-policy --role-name acme-ona --policy-arn {arn}")), "{script}");
    let stack = sandbox.run("export --as cloudformation").ok().stdout;
    assert!(stack.contains(arn), "{stack}");
    let terraform = sandbox.run("export --as terraform").ok().json();
    let attachments = terraform["resource"]["aws_iam_role_policy_attachment"].as_object().expect("attachments");
    assert_eq!(attachments.len(), 2, "{attachments:#?}");
    assert!(attachments.values().any(|one| one["policy_arn"] == arn), "{attachments:#?}");
    let _ = sandbox.run("apply --rehearse --yes --out rehearsed").ok();
}

#[test]
fn what_cannot_be_attached_is_refused() {
    let spec = |provider: &str, lines: &str| {
        format!(
            "apiVersion: bucketwright/v1\nname: acme\ncloud: {{{provider}}}\nidentity: static-keys\ninstalls:\n  - {{profile: argo-workflows, chartVersion: 1.0.18, {lines}}}\n"
        )
    };
    let aws = "provider: aws, region: eu-west-1, account: \"012345678901\"";
    let arn = "arn:aws:iam::012345678901:policy/x";
    for (provider, lines, words) in [
        (aws, format!("roles: per-component, attachPolicies: [\"{arn}\"]"), "does not say whose policies"),
        (aws, format!("attachPolicies: {{workflow: [\"{arn}\"]}}"), "they share one role"),
        (aws, format!("roles: per-component, attachPolicies: {{worker: [\"{arn}\"]}}"), "`worker` is no component"),
        (aws, "attachPolicies: [\"arn:aws:iam::012345678901:role/x\"]".to_owned(), "not the ARN of a managed policy"),
        (aws, "attachPolicies: [read-secrets]".to_owned(), "is not an ARN"),
        (aws, "attachPolicies: [\"arn:aws-cn:iam::012345678901:policy/x\"]".to_owned(), "another partition"),
        (aws, format!("attachPolicies: \"{arn}\""), "a list of ARNs of policies"),
        (
            aws,
            format!("attachPolicies: [\"{arn}\"], credentials: {{accessKeyId: env:A, secretAccessKey: env:B}}"),
            "has no user to attach to",
        ),
        (
            "provider: s3, store: minio, endpoint: \"https://m.example.com\"",
            format!("attachPolicies: [\"{arn}\"]"),
            "does not go with `provider: s3`",
        ),
    ] {
        let refused = Sandbox::with_spec(&spec(provider, &lines)).run("render --placeholders").exits(2).stderr;
        let refused = refused.replace(['│', '·'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(refused.contains(words), "{lines}: {refused}");
    }
}
