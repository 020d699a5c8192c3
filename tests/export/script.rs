//! The script, run by `sh` with the real AWS CLI.

use std::process::{Command, Output};

use super::{is_taken_over, spec};
use crate::harness::{Account, Peer, Sandbox, bare, python};

/// Runs a script of the sandbox as a caller of the account.
fn run(account: &Account<'_>, sandbox: &Sandbox, script: &str) -> Output {
    let tools = python().expect("the peers are there").parent().expect("a folder").to_owned();
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let mut sh: Command = bare("sh");
    sh.arg(script).current_dir(sandbox.path("")).env("PATH", path).envs(account.environment());
    sh.output().expect("sh starts")
}

#[track_caller]
fn runs(account: &Account<'_>, sandbox: &Sandbox, script: &str) -> String {
    let output = run(account, sandbox, script);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Exported, run, run again, taken over.
fn hands_over(name: &str, identity: &str, install: &str) {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = if identity == "pod-identity" { peer.account() } else { peer.fresh() };
    let sandbox = Sandbox::with_spec(&spec(&account, &peer.ready, name, identity, install));
    let out = sandbox.run("export --as aws-cli --out .").ok();
    assert_eq!(out.stderr, format!("Wrote ./{name}.sh.\n"));
    assert_eq!(account.writes(), Vec::<String>::new(), "an export asks no cloud");
    let said = runs(&account, &sandbox, &format!("{name}.sh"));
    assert!(said.contains("done\n"), "{said}");
    let made = account.everything();
    let before = account.writes().len();
    let _ = runs(&account, &sandbox, &format!("{name}.sh"));
    assert_eq!(account.everything(), made, "a second run changes nothing");
    let again = account.writes().split_off(before);
    assert!(!again.iter().any(|write| write.starts_with("Create")), "{again:?}");
    is_taken_over(&account, &sandbox);
}

#[test]
fn users() {
    hands_over("sh-keys", "static-keys", "{profile: argo-workflows, chartVersion: 1.0.18}");
}

#[test]
fn roles_for_service_accounts() {
    hands_over("sh-irsa", "irsa", "{profile: argo-workflows, chartVersion: 1.0.18}");
}

#[test]
fn roles_for_pods() {
    hands_over("sh-pods", "pod-identity", "{profile: argo-workflows, chartVersion: 1.0.18, namespace: sh-pods}");
}

/// What is someone else's stops the script before it is touched.
#[test]
fn the_script_touches_nothing_of_others() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.fresh();
    let install = "{profile: argo-workflows, chartVersion: 1.0.18}";
    let sandbox = Sandbox::with_spec(&spec(&account, &peer.ready, "sh-foreign", "static-keys", install));
    let script = sandbox.run("export --as aws-cli").ok().stdout;
    let user = script.lines().rev().find_map(|line| line.strip_prefix("#   ")).expect("a user").to_owned();
    sandbox.write("make.sh", &script);
    // A user of that name, and a policy on the bucket.
    account.python(&format!("iam.create_user(UserName='{user}')"));
    account.python(
        "\
s3.create_bucket(Bucket='sh-foreign-argo-workflows-artifacts', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_bucket_tagging(Bucket='sh-foreign-argo-workflows-artifacts', Tagging={'TagSet': [{'Key': 'theirs', 'Value': 'yes'}]})",
    );
    let output = run(&account, &sandbox, "make.sh");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("stopped: the user") && said.contains("not this spec's"), "{said}");
    let after = account.everything();
    assert!(!account.written().contains("AttachUserPolicy"));
    let tags = &after["buckets"]["sh-foreign-argo-workflows-artifacts"]["tagging"]["TagSet"];
    assert_eq!(tags.as_array().map(Vec::len), Some(1), "tags of others stay: {tags}");
}
