//! What the template and the configuration say, value by value: carried out property by property, `apply` has nothing to change, and
//! the account is the one that `apply` alone makes.

use super::stack::made;
use super::{is_taken_over, spec};
use crate::harness::{Account, Peer, Sandbox};

const FORMS: [(&str, &str); 2] = [("cloudformation", "stack.yaml"), ("terraform", "main.tf.json")];

/// The same id for both ways: without one in the spec, `apply` makes one.
fn one_id(text: &str) -> String {
    text.replacen("\ncloud:", "\nid: one-id\ncloud:", 1)
}

/// Exports, carries out.
fn carried_out(account: &Account<'_>, text: &str, (form, file): (&str, &str)) -> Sandbox {
    let sandbox = Sandbox::with_spec(text);
    sandbox.run(&format!("export --as {form} --out {file}")).ok();
    let mut python = account.peer_python();
    python.arg("handover.py").arg(form).arg(sandbox.path(file)).envs(account.environment());
    let output = python.output().expect("the peers' Python starts");
    assert!(output.status.success(), "{form}: {}", String::from_utf8_lossy(&output.stderr));
    sandbox
}

#[test]
fn each_form_makes_what_apply_makes() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    for (identity, short, install) in [
        ("static-keys", "keys", "{profile: gradient, chartVersion: 1.0.0}"),
        ("irsa", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18, options: {uploads: true}}"),
        ("irsa", "old", "{profile: massdriver, chartVersion: 0.2.0, options: {argo: minio}, roles: per-component}"),
    ] {
        let alone = peer.fresh();
        let name = format!("val-{short}-apply");
        let sandbox = Sandbox::with_spec(&one_id(&spec(&alone, &peer.ready, &name, identity, install)));
        alone.call(&sandbox, "apply --yes --no-proof").run().ok();
        let by_apply = made(&alone, &name);
        for form in FORMS {
            let account = peer.fresh();
            let name = format!("val-{short}-{}", &form.0[..4]);
            let sandbox = carried_out(&account, &one_id(&spec(&account, &peer.ready, &name, identity, install)), form);
            is_taken_over(&account, &sandbox);
            assert_eq!(made(&account, &name), by_apply, "{form:?} {identity}");
        }
    }
}

/// A key, names of the account, limits of the account, policies of the user's own, long sessions, pods.
#[test]
fn each_form_has_what_a_spec_may_ask_for_beside() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    for (number, form) in FORMS.into_iter().enumerate() {
        let account = peer.fresh();
        let made = account.python(
            "\
document = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]})
say([boto3.client('kms', region_name='eu-west-1').create_key()['KeyMetadata']['Arn']] + [
    iam.create_policy(PolicyName=name, PolicyDocument=document)['Policy']['Arn'] for name in ('limit', 'more')])",
        );
        let arn = |index: usize| made[index].as_str().expect("an ARN").to_owned();
        let iam = format!("  iam: {{permissionsBoundary: \"{}\", path: /acme/, namePrefix: app-}}\n  cluster:", arn(1));
        let install = format!("{{profile: argo-workflows, chartVersion: 1.0.18, attachPolicies: [\"{}\"]}}", arn(2));
        for identity in ["static-keys", "irsa"] {
            let name = format!("beside-{}-{number}", &identity[..4]);
            let text = spec(&account, &peer.ready, &name, identity, &install).replace("  cluster:", &iam);
            // One provider is enough for an account.
            let text = format!(
                "{text}encryption: {{kmsKey: \"{}\", formerKeys: [\"{}\"]}}\nbucketDefaults: {{namespace: account-regional, tlsOnly: false}}\n",
                arn(0),
                arn(0).replace(":key/", ":key/mrk-")
            );
            is_taken_over(&account, &carried_out(&account, &text, form));
        }
        let example =
            std::fs::read_to_string(crate::harness::project().join("examples/ona.yaml")).expect("the example");
        let text =
            example.replace("012345678901", &account.id).replace("name: acme-dev", &format!("name: val-ona-{number}"));
        let text = text.replace("    options:\n", "    options:\n      sessionSeconds: \"14400\"\n");
        is_taken_over(&account, &carried_out(&account, &text, form));
        let cluster = peer.account();
        let pods = "{profile: argo-workflows, chartVersion: 1.0.18, namespace: values}";
        let pods = pods.replace("values", &format!("values-{number}"));
        let text = spec(&cluster, &peer.ready, &format!("val-pods-{number}"), "pod-identity", &pods);
        is_taken_over(&cluster, &carried_out(&cluster, &text, form));
    }
}
