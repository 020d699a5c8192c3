//! A new key before the old one goes: both work in between, none is lost, and each step goes on where it was interrupted.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{codes, own, shared, spec};
use crate::harness::{Account, Peer, Sandbox, bare, until};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A spec that was applied, the name of its user, and the key that it got.
pub(super) fn applied(account: &Account<'_>, name: &str) -> (Sandbox, String, Kept) {
    let sandbox = Sandbox::with_spec(&spec(account, name, "static-keys", ARGO));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let user = format!("{name}-argo-workflows");
    let kept = kept(&sandbox, &user);
    (sandbox, user, kept)
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) next: Value,
    pub(super) previous: Value,
}

pub(super) fn kept(sandbox: &Sandbox, user: &str) -> Kept {
    let value: Value = serde_yaml::from_str(&sandbox.read(&format!("out/credentials/{user}.yaml"))).expect("YAML");
    let text = |name: &str| value[name].as_str().expect(name).to_owned();
    let half = |name: &str| value[name]["accessKeyId"].clone();
    Kept { id: text("accessKeyId"), secret: text("secretAccessKey"), next: half("next"), previous: half("previous") }
}

/// The user's keys by id: whether they are active.
pub(super) fn keys(account: &Account<'_>, user: &str) -> Value {
    account.python(&format!(
        "say({{key['AccessKeyId']: key['Status'] for key in iam.list_access_keys(UserName='{user}')['AccessKeyMetadata']}})"
    ))
}

/// Whether S3 accepts a key.
pub(super) fn works(account: &Account<'_>, key: &Kept, bucket: &str) -> bool {
    let mut s3 = account.peer_python();
    s3.args(["s3.py", "--endpoint", account.peer().endpoint(), "--bucket", bucket, "--region", "eu-west-1", "list"]);
    s3.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", &key.secret);
    String::from_utf8_lossy(&s3.output().expect("s3.py").stdout).contains("\"ok\": true")
}

pub(super) fn in_secret(sandbox: &Sandbox, key: &Kept) -> bool {
    use base64::Engine;
    let text = sandbox.read("out/argo-workflows/secrets.yaml");
    text.contains(&key.secret) || text.contains(&base64::engine::general_purpose::STANDARD.encode(&key.secret))
}

#[test]
fn a_key_is_replaced_without_an_outage() {
    let peer = own!();
    let account = peer.account();
    let (sandbox, user, old) = applied(&account, "rot-whole");
    let bucket = "rot-whole-argo-artifacts";
    assert!(works(&account, &old, bucket) && in_secret(&sandbox, &old));
    let refused = account.call(&sandbox, "rotate").run().exits(2);
    assert!(refused.stderr.contains("BW0904"), "{}", refused.stderr);

    peer.post("key-delay", &json!({"ms": 400}));
    let said = account.call(&sandbox, "rotate --yes -vv --audit audit.jsonl").run().ok().stderr;
    peer.post("clear", &json!({}));
    assert!(said.contains("waiting for the key to be accepted everywhere"), "{said}");
    assert!(said.contains("kubectl apply -f out/argo-workflows/secrets.yaml"), "{said}");
    assert!(said.contains("kubectl --namespace argo rollout restart deployment argo-argo-workflows-server"), "{said}");
    assert!(
        said.contains("old key works on") && said.contains("last used") && said.contains("for s3 in eu-west-1"),
        "{said}"
    );
    let new = kept(&sandbox, &user);
    assert_ne!(new.id, old.id);
    for secret in [&old.secret, &new.secret] {
        assert!(
            !said.contains(secret.as_str()) && !sandbox.read("audit.jsonl").contains(secret.as_str()),
            "a secret was said"
        );
    }
    assert!(sandbox.read("audit.jsonl").contains("\"iam:CreateAccessKey\",\"resource\":\"rot-whole-argo-workflows\""));
    assert_eq!((&new.previous, &new.next), (&json!(old.id), &Value::Null));
    assert_eq!(keys(&account, &user), json!({&old.id: "Active", &new.id: "Active"}));
    assert!(works(&account, &new, bucket), "the new key works, and the old one is still active");
    assert!(in_secret(&sandbox, &new) && !in_secret(&sandbox, &old));
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.call(&sandbox, "render --check").run().ok();

    // A second run makes no third key.
    let again = account.call(&sandbox, "rotate -o json").run().ok().json();
    assert_eq!(again["users"][0]["state"], "handed-out");
    assert_eq!(kept(&sandbox, &user), new);

    // The old key was in use seconds ago: nobody can know yet whether something still has it.
    let early = account.call(&sandbox, "rotate --finish --yes -o json").run().exits(1).json();
    assert_eq!(codes(&early), ["BW0640"], "{early:#}");
    let fix = early["errors"][0]["fix"].as_str().expect("a fix");
    assert!(fix.contains("wait 29 minutes") || fix.contains("wait 30 minutes"), "{fix}");
    assert!(fix.contains("--even-if-used"), "{fix}");
    assert_eq!(keys(&account, &user), json!({&old.id: "Active", &new.id: "Active"}));
    assert!(works(&account, &old, bucket));
    let _ = account.call(&sandbox, "rotate --finish --yes --even-if-used").run().exits(3);
    assert_eq!(keys(&account, &user), json!({&old.id: "Inactive", &new.id: "Active"}));
    let finished = account.call(&sandbox, "rotate --finish --yes -o json").run().ok().json();
    let report = &finished["users"][0];
    assert_eq!((&report["state"], &report["user"]), (&json!("finished"), &json!(user)), "{finished:#}");
    assert_eq!(report["old"]["lastUse"]["service"], "s3");
    assert_eq!(keys(&account, &user), json!({&new.id: "Active"}));
    assert_eq!(kept(&sandbox, &user), Kept { previous: Value::Null, ..new.clone() });
    assert!(works(&account, &new, bucket) && !works(&account, &old, bucket));
    let nothing = account.call(&sandbox, "rotate --finish -o json").run().ok().json();
    assert_eq!(nothing["users"][0]["state"], "nothing");
    // And the next rotation begins again.
    account.call(&sandbox, "rotate --yes").run().ok();
    assert_eq!(kept(&sandbox, &user).previous, json!(new.id));
}

/// A key that was used after its successor was made goes inactive first; the next run deletes it.
#[test]
fn a_key_that_is_still_used_is_only_made_inactive() {
    let account = shared!().fresh();
    let (sandbox, user, old) = applied(&account, "rot-used");
    account.call(&sandbox, "rotate --yes").run().ok();
    let new = kept(&sandbox, &user);
    // IAM tells times in whole seconds.
    account.peer().post("age", &json!({"account": account.id, "seconds": 2}));
    assert!(works(&account, &old, "rot-used-argo-artifacts"));
    let _ = account.call(&sandbox, "rotate --finish --yes").run().exits(1);
    let first = account.call(&sandbox, "rotate --finish --yes --even-if-used").run().exits(3);
    assert!(
        first.stderr.contains("something still uses it") && first.stderr.contains("--status Active"),
        "{}",
        first.stderr
    );
    assert_eq!(keys(&account, &user), json!({&old.id: "Inactive", &new.id: "Active"}));
    assert!(!works(&account, &old, "rot-used-argo-artifacts"));
    assert_eq!(kept(&sandbox, &user).previous, json!(old.id), "its secret is kept as long as it can come back");
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();
    account.call(&sandbox, "rotate --finish --yes").run().ok();
    assert_eq!(keys(&account, &user), json!({&new.id: "Active"}));
}

#[test]
fn slots_that_others_took_are_named() {
    let account = shared!().fresh();
    let (sandbox, user, old) = applied(&account, "rot-full");
    let theirs = account.python(&format!("say(iam.create_access_key(UserName='{user}')['AccessKey']['AccessKeyId'])"));
    let theirs = theirs.as_str().expect("an id");
    let before = account.writes();
    let report = account.call(&sandbox, "rotate --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0631"]);
    let error = report["errors"][0].clone();
    for id in [old.id.as_str(), theirs] {
        assert!(error["what"].as_str().is_some_and(|what| what.contains(&id[id.len() - 4..])), "{error:#}");
    }
    assert!(
        error["what"].as_str().is_some_and(|what| what.contains("never used") && what.contains(" ago")),
        "{error:#}"
    );
    let fix = error["fix"].as_str().expect("a fix");
    assert!(fix.contains(theirs) && !fix.contains(&old.id), "{fix}");
    // Neither does finishing touch it: it says that it is there.
    let said = account.call(&sandbox, "rotate --finish --yes").run().exits(3).stderr;
    assert!(said.contains("it has a second key, which this folder does not keep"), "{said}");
    assert_eq!(account.writes(), before);
    assert_eq!(kept(&sandbox, &user), old);

    // Without the folder there is nothing to replace, even with a free slot.
    account.python(&format!("iam.delete_access_key(UserName='{user}', AccessKeyId='{theirs}')"));
    let lost = account.call(&sandbox, "rotate --yes -o json --out elsewhere").run().exits(1).json();
    assert_eq!(codes(&lost), ["BW0632"]);
    let wrong = account.call(&sandbox, "rotate --yes -o json --principal nobody").run().exits(1).json();
    assert_eq!(codes(&wrong), ["BW0630"]);
    assert!(wrong.to_string().contains(&user));
}

/// Starts `rotate`, waits for something, and stops it with a signal.
fn stopped(
    account: &Account<'_>,
    sandbox: &Sandbox,
    arguments: &str,
    signal: &str,
    reached: impl Fn() -> bool,
) -> String {
    let mut command = account.command(sandbox, arguments);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    until(arguments, reached);
    let sent = bare("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    String::from_utf8_lossy(&child.wait_with_output().expect("ends").stderr).into_owned()
}

fn called(peer: &Peer, operation: &str) -> bool {
    peer.journal().iter().any(|call| call["operation"] == operation)
}

/// Interrupted and killed at each step, and run again: there are never more than two keys, and always one that works here.
#[test]
fn each_step_goes_on_where_it_was_interrupted() {
    let peer = own!();
    let account = peer.account();
    let (sandbox, user, mut current) = applied(&account, "rot-cut");
    let file = format!("out/credentials/{user}.yaml");
    let check = |what: &str| {
        let held = kept(&sandbox, &user);
        assert!(works(&account, &held, "rot-cut-argo-artifacts"), "{what}: the key in use works");
        let there = keys(&account, &user);
        for id in there.as_object().expect("keys").keys() {
            assert!(*id == held.id || held.next == **id || held.previous == **id, "{what}: {id} is lost");
        }
    };
    let cuts = [
        ("rotate --yes", "-INT", "CreateAccessKey"),
        ("rotate --yes", "-TERM", "PutObject"),
        ("rotate --yes", "-KILL", "PutObject"),
        ("rotate --finish --yes --even-if-used", "-KILL", "UpdateAccessKey"),
    ];
    for (arguments, signal, operation) in cuts {
        let what = format!("{arguments} {signal} {operation}");
        if arguments.contains("finish") {
            account.call(&sandbox, "rotate --yes").run().ok();
        }
        peer.post("clear", &json!({}));
        peer.post("latency", &json!({"ms": 40}));
        let said = stopped(&account, &sandbox, arguments, signal, || called(&peer, operation));
        peer.post("clear", &json!({}));
        assert!(signal == "-KILL" || said.contains("BW0903"), "{what}: {said}");
        check(&what);
        if arguments == "rotate --yes" {
            assert_eq!(kept(&sandbox, &user).id, current.id, "{what}: an unproven key is not handed out");
            assert!(in_secret(&sandbox, &current), "{what}");
            let early = account.call(&sandbox, "rotate --finish --yes -o json").run().exits(1).json();
            assert_eq!(codes(&early), ["BW0633"], "{what}");
            account.call(&sandbox, "rotate --yes").run().ok();
            check(&what);
            assert_eq!(kept(&sandbox, &user).previous, json!(current.id), "{what}");
        }
        let _ = account.call(&sandbox, "rotate --finish --yes --even-if-used").run();
        let run = account.call(&sandbox, "rotate --finish --yes").run().ok();
        check(&format!("{what}: {}", run.stderr));
        let now = kept(&sandbox, &user);
        assert_ne!(now.id, current.id, "{what}");
        assert_eq!(keys(&account, &user), json!({&now.id: "Active"}), "{what}");
        assert!(!sandbox.read(&file).contains(&current.secret), "{what}: the dead key is forgotten");
        current = now;
    }
}

/// Killed between the new key and the files: the files are written by the next run.
#[test]
fn a_kill_after_the_hand_over_loses_nothing() {
    let peer = own!();
    let account = peer.account();
    let (sandbox, user, old) = applied(&account, "rot-kill");
    peer.post("latency", &json!({"ms": 40}));
    let file = sandbox.path(format!("out/credentials/{user}.yaml"));
    let kept_now = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains("next:"));
    stopped(&account, &sandbox, "rotate --yes", "-KILL", kept_now);
    peer.post("clear", &json!({}));
    assert_eq!(kept(&sandbox, &user).id, old.id);
    account.call(&sandbox, "rotate --yes").run().ok();
    let new = kept(&sandbox, &user);
    assert_eq!(new.previous, json!(old.id));
    // The files are those of before, as if the run had been killed before it wrote them.
    std::fs::remove_file(sandbox.path("out/argo-workflows/secrets.yaml")).expect("removed");
    account.call(&sandbox, "rotate").run().ok();
    assert!(in_secret(&sandbox, &new));
}

/// Answers that are lost on the way.
#[test]
fn lost_answers_are_looked_into() {
    let peer = own!();
    let account = peer.account();
    let (sandbox, user, old) = applied(&account, "rot-lost");
    peer.fail(&json!({"operation": "CreateAccessKey", "lose_reply": true}));
    account.call(&sandbox, "rotate --yes").run().exits(1);
    assert_eq!(kept(&sandbox, &user), old, "nothing was handed out");
    assert_eq!(keys(&account, &user).as_object().map(serde_json::Map::len), Some(2));
    // The intent tells which of the two nobody has the secret of: it is removed, and a new one made.
    account.call(&sandbox, "rotate --yes").run().ok();
    assert_eq!(keys(&account, &user).as_object().map(serde_json::Map::len), Some(2));
    assert_ne!(kept(&sandbox, &user).id, old.id);
    for operation in ["UpdateAccessKey", "DeleteAccessKey"] {
        peer.fail(&json!({"operation": operation, "lose_reply": true}));
    }
    let _ = account.call(&sandbox, "rotate --finish --yes").run();
    account.call(&sandbox, "rotate --finish --yes").run().ok();
    assert_eq!(keys(&account, &user), json!({kept(&sandbox, &user).id: "Active"}));
}

/// Every chart that takes keys has its own commands: the Secret or the values that hold the key, and the restart.
#[test]
fn each_chart_has_its_commands() {
    let account = shared!().fresh();
    let installs = "\
{profile: gitlab, chartVersion: 9.9.1}
  - {profile: massdriver, chartVersion: 0.2.0}
  - {profile: gitpod, chartVersion: 2022.11.3, options: {domain: gitpod.example.com}}";
    let sandbox = Sandbox::with_spec(&spec(&account, "rot-charts", "static-keys", installs));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let report = account.call(&sandbox, "rotate --yes --install massdriver -o json").run().ok().json();
    let commands = report["commands"].to_string();
    assert!(commands.contains("helm upgrade") && commands.contains("values.secret.yaml"), "{commands}");
    assert!(commands.contains("app.kubernetes.io/component in (massdriver,s3proxy)"), "{commands}");
    assert!(!commands.contains("gitlab"), "{commands}");
    assert_eq!(report["users"].as_array().map(Vec::len), Some(1));
    let all = account.call(&sandbox, "rotate --yes -o json").run().ok().json()["commands"].to_string();
    for wanted in [
        "kubectl apply -f out/gitlab/secrets.yaml",
        "release=gitlab,app in (webservice,sidekiq,toolbox,registry)",
        "rollout restart deployment content-service ws-manager registry",
        "rollout restart daemonset ws-daemon",
    ] {
        assert!(all.contains(wanted), "{wanted}: {all}");
    }
}

/// The issuer that `apply` learnt for the roles of another install is still there, so `render` needs no cloud.
#[test]
fn what_apply_learnt_stays() {
    let peer = own!();
    let account = peer.account();
    let two = format!(
        "{ARGO}\n  - {{profile: argo-workflows, chartVersion: 1.0.18, id: two, namespace: two, identity: irsa, buckets: {{artifacts: rot-learnt-two}}}}"
    );
    let sandbox = Sandbox::with_spec(&spec(&account, "rot-learnt", "static-keys", &two));
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let learnt = sandbox.read("out/learnt.yaml");
    assert!(learnt.contains("oidcIssuer"), "{learnt}");
    account.call(&sandbox, "rotate --yes").run().ok();
    assert_eq!(sandbox.read("out/learnt.yaml"), learnt);
    sandbox.run("render --check").ok();
}
