//! What `export` writes, run by the programs that it is written for, in an account; then `apply` takes it over.

mod script;
mod stack;
mod template;
mod terraform;
mod values;

use serde_json::Value;

use crate::harness::{Account, Sandbox};

/// A spec that an export can do without any cloud: with the account and the issuer.
fn spec(account: &Account<'_>, peer: &Value, name: &str, identity: &str, install: &str) -> String {
    let id = &account.id;
    let issuer = peer["cluster"]["oidc_issuer"].as_str().expect("an issuer");
    format!(
        "\
apiVersion: bucketwright/v1
name: {name}
cloud:
  provider: aws
  region: eu-west-1
  account: \"{id}\"
  cluster: {{name: prod, oidcIssuer: \"{issuer}\", nodeRole: \"arn:aws:iam::{id}:role/nodes\"}}
identity: {identity}
tags: {{team: \"storage and builds\", \"cost:center\": \"a=b+c\"}}
installs:
  - {install}
"
    )
}

/// `plan` finds nothing to do, and `apply` does nothing, but for the access keys of users, which no export holds.
#[track_caller]
fn is_taken_over(account: &Account<'_>, sandbox: &Sandbox) {
    let plan = account.call(sandbox, "plan -o json").run().ok().json();
    let steps = plan["steps"].as_array().expect("steps");
    assert!(!steps.is_empty());
    for step in steps {
        let verb = if step["kind"] == "access-key" { "create" } else { "keep" };
        assert_eq!(step["verb"], verb, "{step:#}");
    }
    let before = account.writes().len();
    account.call(sandbox, "apply --yes --no-proof").run().ok();
    let keys = steps.iter().filter(|step| step["kind"] == "access-key").count();
    let writes = account.writes().split_off(before);
    assert!(writes.len() == keys && writes.iter().all(|write| write.starts_with("CreateAccessKey ")), "{writes:?}");
}

#[test]
fn what_only_the_cloud_knows_is_asked_for() {
    let sandbox = Sandbox::new();
    let spec = std::fs::read_to_string(crate::harness::project().join("examples/argo-irsa.yaml")).expect("the example");
    let without = |key: &str| spec.lines().filter(|line| !line.contains(key)).map(|line| format!("{line}\n")).collect();
    for (key, said) in [("account:", "`account: "), ("oidcIssuer:", "`oidcIssuer: ")] {
        let text: String = without(key);
        sandbox.write("bucketwright.yaml", &text);
        let report = sandbox.run("export --as aws-cli -o json").exits(2).json();
        assert_eq!(report["errors"][0]["code"], "BW0703", "{report:#}");
        assert!(report["errors"][0]["fix"].as_str().is_some_and(|fix| fix.contains(said)), "{report:#}");
    }
}

/// What an account demands of users, roles and policies is in every form, and every call on a bucket names its account.
#[test]
fn what_an_account_demands_is_in_every_form() {
    let good = crate::spec::with(&[(
        "  cluster:\n",
        "  iam: {permissionsBoundary: \"arn:aws:iam::012345678901:policy/limit\", path: /acme/apps/, namePrefix: app-, nameSuffix: -eu}\n  cluster:\n",
    )]);
    for identity in ["irsa", "static-keys"] {
        let sandbox = Sandbox::with_spec(&good.replace("identity: irsa", &format!("identity: {identity}")));
        let name = "app-acme-argo-workflows-eu";
        let kind = if identity == "irsa" { "role" } else { "user" };
        let script = sandbox.run("export --as aws-cli").ok().stdout;
        for part in [
            "--path /acme/apps/".to_owned(),
            "--permissions-boundary arn:aws:iam::012345678901:policy/limit".to_owned(),
            format!("--{kind}-name {name}"),
            format!("policy/\"acme/apps/{name}"),
        ] {
            assert!(script.contains(&part), "{part}:\n{script}");
        }
        let joined = script.replace("\\\n", " ");
        for line in joined.lines().filter(|line| line.contains("aws s3api") && !line.contains("create-bucket ")) {
            assert!(line.contains("--expected-bucket-owner \"$account\""), "{line}");
        }
        let stack = sandbox.run("export --as cloudformation").ok().stdout;
        assert!(stack.contains("PermissionsBoundary: ") && stack.contains("Path: "), "{stack}");
        assert_eq!(stack.matches("/acme/apps/").count(), 2, "{stack}");
        assert_eq!(stack.matches("arn:aws:iam::012345678901:policy/limit").count(), 1, "{stack}");
        let terraform = sandbox.run("export --as terraform").ok().json();
        let made = &terraform["resource"][format!("aws_iam_{kind}")][name];
        assert_eq!((&made["path"], &made["name"]), (&"/acme/apps/".into(), &name.into()), "{terraform:#}");
        assert_eq!(made["permissions_boundary"], "arn:aws:iam::012345678901:policy/limit");
        assert_eq!(terraform["resource"]["aws_iam_policy"][name]["path"], "/acme/apps/");
    }
}
