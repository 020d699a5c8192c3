//! What the next commands say after an edit of the spec, the folder or the account: what is true, and what mends it.

use serde_json::json;

use super::{codes, own, shared, spec};
use crate::harness::Sandbox;

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A spec with two installs of the name, and one with the first alone.
fn two(name: &str) -> (String, String) {
    let install = |id: &str| {
        format!(
            "{{profile: argo-workflows, chartVersion: 1.0.18, id: {id}, namespace: {id}, buckets: {{artifacts: {name}-{id}}}}}"
        )
    };
    (install("one"), format!("{}\n  - {}", install("one"), install("two")))
}

/// Prune takes a bucket without data, and no user that holds what others gave it; whoever runs `plan` is told, until it is settled.
#[test]
fn what_prune_cannot_take_is_a_difference() {
    let account = shared!().fresh();
    let (one, both) = two("stays");
    let text = |installs: &str| spec(&account, "stays", "static-keys", installs);
    let sandbox = Sandbox::with_spec(&text(&both));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    account.python(
        "\
s3.put_object(Bucket='stays-two', Key='data', Body=b'data')
iam.put_user_policy(UserName='stays-two', PolicyName='theirs', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}}))
",
    );
    sandbox.write("bucketwright.yaml", &text(&one));
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    let said = account.call(&sandbox, "plan --detailed-exitcode").run().exits(3).stdout;
    assert!(!said.contains("add `--prune`"), "{said}");
    assert!(
        said.contains("`--prune` does not remove what holds data or is held by others: ")
            && said.contains("retired: [stays-two]"),
        "{said}"
    );
    // What others hold is still a difference when the data may stay.
    sandbox.write("bucketwright.yaml", &format!("{}retired: [stays-two]\n", text(&one)));
    let said = account.call(&sandbox, "plan --detailed-exitcode").run().exits(3).stdout;
    assert!(said.contains("held by others: stays-two.") && !said.contains("--delete-data stays-two`, with"), "{said}");
    account.python("iam.delete_user_policy(UserName='stays-two', PolicyName='theirs')");
    let said = account.call(&sandbox, "plan --detailed-exitcode").run().exits(3).stdout;
    assert!(said.contains("add `--prune`") && !said.contains("does not remove"), "{said}");
    account.call(&sandbox, "apply --yes --no-proof --prune --even-if-used").run().ok();
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
}

/// The user of an install that left the spec stays with its key: nobody is told to delete the Secret that its pods read.
#[test]
fn destroy_says_which_keys_go_on_working() {
    let account = shared!().fresh();
    let (one, both) = two("ends");
    let text = |installs: &str| spec(&account, "ends", "static-keys", installs);
    let sandbox = Sandbox::with_spec(&text(&both));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    sandbox.write("bucketwright.yaml", &text(&one));
    let report = account.call(&sandbox, "destroy --dry-run -o json").run().ok().json();
    let said = account.call(&sandbox, "destroy --yes").run().exits(3).stderr;
    assert!(!said.contains("with keys that no longer work"), "{said}");
    let lines = report["remaining"].as_array().expect("lines");
    let at = |words: &str| lines.iter().position(|line| line.as_str().is_some_and(|line| line.contains(words)));
    let (ours, mark, theirs) = (at(" -n one "), at("# The spec names these no more"), at(" -n two "));
    assert!(ours.is_some() && ours < mark && mark < theirs, "{lines:#?}");
    for line in lines {
        assert!(said.contains(line.as_str().expect("a line")), "{line}: {said}");
    }
    assert!(lines.iter().any(|line| line.as_str().is_some_and(|line| line.contains("of ends-two."))), "{lines:#?}");
    // When that user is gone too, so is the difference.
    let report = account.call(&sandbox, "destroy --yes --leftovers -o json").run().ok().json();
    assert!(!report["remaining"].to_string().contains("names these no more"), "{report:#}");
}

/// Two files were exchanged by hand: none is written over, and no Secret gets the key of the other install.
#[test]
fn a_key_in_the_place_of_another_users_is_refused() {
    let account = shared!().fresh();
    let (_, both) = two("swap");
    let sandbox = Sandbox::with_spec(&spec(&account, "swap", "static-keys", &both));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let path = |name: &str| sandbox.path(format!("out/credentials/swap-{name}.yaml"));
    let rename = |from: &str, to: &str| std::fs::rename(path(from), path(to)).expect("renamed");
    rename("one", "aside");
    rename("two", "one");
    rename("aside", "two");
    let secrets = || ["one", "two"].map(|id| sandbox.read(&format!("out/{id}/secrets.yaml")));
    let before = (account.everything(), secrets());
    for arguments in ["plan", "apply --yes", "apply --yes --second-key", "render", "render --check", "rotate --yes"] {
        let report = account.call(&sandbox, &format!("{arguments} -o json")).run().exits(1).json();
        assert!(codes(&report).iter().all(|code| *code == "BW0822"), "{arguments}: {report:#}");
        assert_eq!((account.everything(), secrets()), before, "{arguments}");
    }
    rename("one", "aside");
    rename("two", "one");
    rename("aside", "two");
    account.call(&sandbox, "apply --yes").run().ok();
}

/// `adopt` was taken out of the spec: what others made is not to be overwritten by the first advice.
#[test]
fn a_role_that_was_adopted_is_named_so() {
    let peer = own!();
    let account = peer.account();
    let name = "again-argo-workflows";
    account.python(&format!(
        "\
trust = {{'Version': '2012-10-17', 'Statement': [{{'Sid': 'Theirs', 'Effect': 'Allow', 'Principal': {{'AWS': 'arn:aws:iam::111122223333:root'}}, 'Action': 'sts:AssumeRole'}}]}}
iam.create_role(RoleName='{name}', AssumeRolePolicyDocument=json.dumps(trust))
"
    ));
    let text = spec(&account, "again", "irsa", ARGO);
    let sandbox = Sandbox::with_spec(&format!("{text}adopt: [{name}]\n"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    sandbox.write("bucketwright.yaml", &text);
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(3).json();
    assert_eq!(codes(&report), ["BW0624"], "{report:#}");
    let fix = report["errors"][0]["fix"].as_str().expect("a fix");
    let at = |words: &str| fix.find(words).unwrap_or_else(|| panic!("no `{words}` in {fix}"));
    assert!(at(&format!("Put `adopt: [{name}]` back")) < at("update-assume-role-policy"), "{fix}");
}

/// Words that a person reads: each a whole sentence, and none that sends one to do by hand what the same run does.
#[test]
fn the_words_are_whole() {
    let peer = own!();
    let account = peer.account();
    let text = |identity: &str| spec(&account, "words", identity, ARGO);
    let sandbox = Sandbox::with_spec(&text("static-keys"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    // Our statement was edited so that it lets everybody in.
    account.python(
        "\
name = 'words-argo-artifacts'
s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={'BlockPublicAcls': False, 'IgnorePublicAcls': False, 'BlockPublicPolicy': False, 'RestrictPublicBuckets': False})
s3.put_bucket_policy(Bucket=name, Policy=json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Sid': 'BucketwrightTlsOnly', 'Effect': 'Allow', 'Principal': {'AWS': '111122223333'}, 'Action': 's3:GetObject', 'Resource': f'arn:aws:s3:::{name}/*'}]}))
",
    );
    let said = account.call(&sandbox, "verify").run().exits(3).stdout;
    assert!(said.contains("BW1332") && said.contains("puts back the statement"), "{said}");
    assert!(!said.contains("delete-bucket-policy"), "{said}");
    account.call(&sandbox, "apply --yes").run().ok();

    // A user that an earlier version of the spec left has no statement.
    sandbox.write("bucketwright.yaml", &text("irsa"));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let said = account.call(&sandbox, "verify").run().exits(3).stdout;
    assert!(said.contains("BW1333") && !said.contains("{}"), "{said}");
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert!(!report.to_string().contains("\"statement\":{}"), "{report:#}");

    // The tag that names the spec was edited.
    account.python(&format!(
        "iam.tag_role(RoleName='words-argo-workflows', Tags=[{}])",
        json!({"Key": "bucketwright:spec", "Value": "other"})
    ));
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    let error =
        report["errors"].as_array().expect("errors").iter().find(|error| error["code"] == "BW0603").expect("BW0603");
    let why = error["why"].as_str().expect("why");
    assert!(!why.contains("?,") && why.contains("somebody edited the tag"), "{why}");
    let fix = error["fix"].as_str().expect("a fix");
    assert!(fix.contains("previousName: other") && fix.contains("put `words` back"), "{fix}");
}
