//! Keys that others switched off, removed, or replaced from another folder, and keys that an interrupted run left.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::rotate::{applied, in_secret, kept, keys, works};
use super::{codes, own, shared};
use crate::harness::{Account, Sandbox};

fn switch(account: &Account<'_>, user: &str, id: &str, status: &str) {
    account.python(&format!("iam.update_access_key(UserName='{user}', AccessKeyId='{id}', Status='{status}')"));
}

fn delete(account: &Account<'_>, user: &str, id: &str) {
    account.python(&format!("iam.delete_access_key(UserName='{user}', AccessKeyId='{id}')"));
}

/// The only error of a run, as a program reads it.
fn refused(account: &Account<'_>, sandbox: &Sandbox, arguments: &str) -> (String, String) {
    let report = account.call(sandbox, &format!("{arguments} -o json")).run().exits(1).json();
    let [error] = report["errors"].as_array().expect("errors").as_slice() else { panic!("{report:#}") };
    (codes(&report)[0].to_owned(), error["fix"].as_str().expect("a fix").to_owned())
}

/// The key that `rotate` lost is found by `apply` too, though the kept key works, and only that one goes.
#[test]
fn what_a_lost_rotation_made_is_removed_by_apply() {
    let peer = own!();
    let account = peer.account();
    let (sandbox, user, old) = applied(&account, "keys-lost");
    peer.fail(&json!({"operation": "CreateAccessKey", "lose_reply": true}));
    account.call(&sandbox, "rotate --yes").run().exits(1);
    assert_eq!(keys(&account, &user).as_object().map(serde_json::Map::len), Some(2));
    let intent = sandbox.path(format!("out/credentials/intents/{user}.yaml"));
    assert!(intent.is_file());
    let plan = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains("which an interrupted run made and whose secret nobody has"), "{plan}");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(keys(&account, &user), json!({&old.id: "Active"}));
    assert_eq!(kept(&sandbox, &user), old);
    assert!(!intent.exists());
    account.call(&sandbox, "plan --detailed-exitcode").run().ok();

    // What was kept and not yet handed out is no orphan, though the intent is still there.
    peer.fail(&json!({"operation": "CreateAccessKey", "lose_reply": true}));
    account.call(&sandbox, "rotate --yes").run().exits(1);
    let told = std::fs::read(&intent).expect("an intent");
    account.call(&sandbox, "rotate --yes").run().ok();
    let new = kept(&sandbox, &user);
    std::fs::write(&intent, told).expect("written");
    std::fs::set_permissions(&intent, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(keys(&account, &user), json!({&old.id: "Active", &new.id: "Active"}));
    assert!(!intent.exists());
}

/// The new key was removed by hand, and the old one still works: it is in use again, everywhere.
#[test]
fn a_new_key_that_is_gone_gives_way_to_the_old_one() {
    let account = shared!().fresh();
    let (sandbox, user, old) = applied(&account, "keys-gone");
    account.call(&sandbox, "rotate --yes").run().ok();
    let new = kept(&sandbox, &user);
    delete(&account, &user, &new.id);
    let plan = account.call(&sandbox, "plan").run().ok().stdout;
    assert!(plan.contains("is gone from the account; its predecessor"), "{plan}");
    account.call(&sandbox, "apply --yes").run().ok();
    let now = kept(&sandbox, &user);
    assert_eq!((&now.id, &now.previous), (&old.id, &Value::Null));
    assert!(in_secret(&sandbox, &old) && works(&account, &old, "keys-gone-argo-artifacts"));
    account.call(&sandbox, "rotate --yes").run().ok();
    assert_eq!(keys(&account, &user).as_object().map(serde_json::Map::len), Some(2));

    // The same without an apply between: `rotate` finds it, too.
    let newer = kept(&sandbox, &user);
    delete(&account, &user, &newer.id);
    let said = account.call(&sandbox, "rotate --yes").run().ok().stderr;
    assert!(said.contains("the key that was in use does not work"), "{said}");
    let now = kept(&sandbox, &user);
    assert!(works(&account, &now, "keys-gone-argo-artifacts") && now.previous == json!(old.id), "{now:?}");
}

/// A key that was switched off by hand: the old one is used while it works; else the line that switches it on is said.
#[test]
fn an_inactive_key_is_named_with_the_line_that_switches_it_on() {
    let account = shared!().fresh();
    let (sandbox, user, first) = applied(&account, "keys-off");
    switch(&account, &user, &first.id, "Inactive");
    let on = format!("aws iam update-access-key --user-name {user} --access-key-id {} --status Active", first.id);
    for arguments in ["apply --yes", "rotate --yes", "rotate --finish --yes"] {
        let (code, fix) = refused(&account, &sandbox, arguments);
        assert_eq!(code, "BW0634", "{arguments}: {fix}");
        assert!(fix.contains(&on) && !fix.contains("delete"), "{arguments}: {fix}");
    }
    assert_eq!(kept(&sandbox, &user), first);
    // The user wants it to stay off: a second key is made, and the first is kept.
    account.call(&sandbox, "apply --yes --no-proof --second-key").run().ok();
    let second = kept(&sandbox, &user);
    assert_eq!(second.previous, json!(first.id));
    assert_eq!(keys(&account, &user), json!({&first.id: "Inactive", &second.id: "Active"}));

    // Now the one in use is switched off and the other on.
    switch(&account, &user, &first.id, "Active");
    switch(&account, &user, &second.id, "Inactive");
    account.call(&sandbox, "apply --yes").run().ok();
    let now = kept(&sandbox, &user);
    assert_eq!((&now.id, &now.previous), (&first.id, &json!(second.id)));
    assert!(in_secret(&sandbox, &first));
    let said = account.call(&sandbox, "rotate --yes").run().ok().stderr;
    assert!(said.contains("the other key does not work") && said.contains("inactive"), "{said}");
    account.call(&sandbox, "rotate --finish --yes").run().ok();
    assert_eq!(keys(&account, &user), json!({&first.id: "Active"}));
}

/// Two machines: the second one's folder is that of before the rotation.
#[test]
fn a_stale_folder_names_the_key_that_it_does_not_keep() {
    let account = shared!().fresh();
    let (sandbox, user, old) = applied(&account, "keys-two");
    let copied = crate::harness::bare("cp").args(["-a", "out", "stale"]).current_dir(sandbox.path("")).status();
    assert!(copied.expect("cp").success());
    account.call(&sandbox, "rotate --yes").run().ok();
    let new = kept(&sandbox, &user);

    let report = account.call(&sandbox, "rotate --finish --yes --out stale -o json").run().exits(3).json();
    let four = |id: &str| format!("…{}", &id[id.len() - 4..]);
    assert_eq!(report["users"][0]["other"]["id"], four(&new.id), "{report:#}");
    let said = account.call(&sandbox, "rotate --finish --yes --out stale").run().exits(3).stderr;
    assert!(said.contains(&format!("a second key, which this folder does not keep: {}", four(&new.id))), "{said}");
    assert!(said.contains("--keys DIR") && !said.contains("delete-access-key"), "{said}");
    let (code, fix) = refused(&account, &sandbox, "rotate --yes --out stale");
    assert_eq!(code, "BW0631");
    assert!(!fix.contains("delete") && !fix.contains(&old.id), "{fix}");
    account.call(&sandbox, "plan --out stale").run().ok();

    // The first machine finishes: the stale folder keeps nothing of use, and makes nothing by itself.
    account.call(&sandbox, "rotate --finish --yes").run().ok();
    for (arguments, code) in
        [("rotate --yes", "BW0632"), ("rotate --finish --yes", "BW0632"), ("apply --yes", "BW0611")]
    {
        let (found, fix) = refused(&account, &sandbox, &format!("{arguments} --out stale"));
        assert_eq!(found, code, "{arguments}: {fix}");
        assert!(fix.contains("--keys DIR") && !fix.contains("delete"), "{arguments}: {fix}");
    }
    assert_eq!(keys(&account, &user), json!({&new.id: "Active"}));
}

/// Other credentials and the same folder: the only copy of the first account's key stays.
#[test]
fn a_key_of_another_account_is_never_touched() {
    let peer = shared!();
    let (first, second) = (peer.fresh(), peer.fresh());
    let (sandbox, user, key) = applied(&first, "keys-home");
    let text = sandbox.read("bucketwright.yaml");
    assert!(!text.contains("account:"), "the spec names no account");
    let file = format!("out/credentials/{user}.yaml");
    let before = sandbox.read(&file);
    assert!(before.contains(&format!("account: \"{}\"", first.id)), "the file says whose it is");
    for arguments in
        ["plan", "apply --yes --no-proof", "apply --yes --second-key", "rotate --yes", "rotate --finish --yes"]
    {
        let words = second.call(&sandbox, arguments).run().exits(1).stderr;
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("BW0820") && words.contains(&first.id) && words.contains(&second.id),
            "{arguments}: {words}"
        );
        assert!(words.contains("--keys DIR") && words.contains("cloud.account"), "{arguments}: {words}");
        assert_eq!(sandbox.read(&file), before, "{arguments}");
    }
    // There is nothing of the spec's to remove in the other account, and nothing is forgotten.
    second.call(&sandbox, "destroy --yes").run().ok();
    assert!(second.writes().is_empty(), "{:?}", second.writes());
    assert_eq!(kept(&sandbox, &user), key);
    // A file of before does not say whose it is: it is completed by the run whose account has the key.
    let old: String =
        before.lines().filter(|line| !line.starts_with("account:")).map(|line| format!("{line}\n")).collect();
    sandbox.write(&file, &old);
    first.call(&sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(sandbox.read(&file), before);
    // Offline, the spec tells the account.
    let other = format!("  region: eu-west-1\n  account: \"{}\"\n", second.id);
    sandbox.write("bucketwright.yaml", &text.replace(&first.id, &second.id).replace("  region: eu-west-1\n", &other));
    let words = sandbox.run("render").exits(1).stderr;
    assert!(words.contains("BW0820"), "{words}");
}

/// The same with roles, which have no keys: the files were made for another account.
#[test]
fn the_files_of_another_account_are_not_written_over() {
    let peer = own!();
    let first = peer.account();
    let sandbox = Sandbox::with_spec(&super::spec(
        &first,
        "roles-home",
        "irsa",
        "{profile: argo-workflows, chartVersion: 1.0.18}",
    ));
    first.call(&sandbox, "apply --yes --no-proof").run().ok();
    let second = peer.fresh();
    let (code, fix) = refused(&second, &sandbox, "apply --yes --no-proof");
    assert_eq!(code, "BW0505");
    assert!(fix.contains(&first.id) && fix.contains(&format!("account: \"{}\"", second.id)), "{fix}");
}
