//! Ways into each error of what happens to keys and buckets later: interrupted runs, `rotate`, `destroy`.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::aws::{named, plain, sandbox};
use super::{Said, note};
use crate::harness::{Account, Peer, Sandbox};

/// An account of its own, and a spec of that name for it: names of buckets are shared by all accounts.
fn begin<'a>(peer: &'a Peer, name: &str) -> (Account<'a>, Sandbox) {
    let account = peer.fresh();
    let here = named(&account, "static-keys", name);
    (account, here)
}

/// The same, and applied.
fn applied<'a>(peer: &'a Peer, name: &str) -> (Account<'a>, Sandbox) {
    let (account, here) = begin(peer, name);
    account.call(&here, "apply --yes --no-proof").run().ok();
    (account, here)
}

/// Notes what a command says that fails.
fn told(said: &mut Said, code: &'static str, account: &Account<'_>, here: &Sandbox, arguments: &str) {
    let words = account.call(here, arguments).env("AWS_MAX_ATTEMPTS", "1").run().exits(1).stderr;
    // How long ago something was differs from run to run.
    let ago = regex::Regex::new(r"\d\d seconds ago").expect("a pattern");
    let words = ago.replace_all(&plain(account, &words), "12 seconds ago").into_owned();
    // Accounts are counted as tests make them.
    let accounts = regex::Regex::new(r"account 0000007\d{5}").expect("a pattern");
    let first = accounts.find(&words).map(|found| found.as_str().to_owned());
    let same = accounts.replace_all(&words, |found: &regex::Captures<'_>| {
        if Some(&found[0]) == first.as_deref() { "account 111122223333" } else { "account 012345678901" }
    });
    note(said, code, &same);
}

/// Everything that needs a history.
pub fn say(said: &mut Said, peer: &Peer) {
    interrupted(said, peer);
    rotated(said, peer);
    destroyed(said, peer);
}

/// What an earlier run, or another one, left.
fn interrupted(said: &mut Said, peer: &Peer) {
    let (account, here) = begin(peer, "acme-eu");
    let intent = here.write("out/credentials/intents/acme-eu-argo-workflows.yaml", "before: [\n");
    std::fs::set_permissions(intent, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    told(said, "BW0612", &account, &here, "apply --yes");

    // The other run made the user between this one's plan and its first call.
    let (account, here) = applied(peer, "acme-us");
    peer.fail(&json!({"account": account.id, "operation": "GetUser", "status": 404, "code": "NoSuchEntity"}));
    told(said, "BW0613", &account, &here, "apply --yes --out elsewhere");
    peer.post("clear", &json!({}));
}

/// An account in which nobody may write into buckets.
fn denied(peer: &Peer, account: &Account<'_>) {
    let fault =
        json!({"account": account.id, "operation": "PutObject", "status": 403, "code": "AccessDenied", "times": 1000});
    peer.fail(&fault);
}

fn rotated(said: &mut Said, peer: &Peer) {
    let (account, here) = applied(peer, "acme-one");
    told(said, "BW0632", &account, &here, "rotate --yes --out elsewhere");
    // In another second than the first, which tells which of them is newer; and both of an age of two digits, so that lines break alike.
    peer.post("age", &json!({"account": account.id, "seconds": 2}));
    account.python("iam.create_access_key(UserName='acme-one-argo-workflows')");
    peer.post("age", &json!({"account": account.id, "seconds": 20}));
    told(said, "BW0631", &account, &here, "rotate --yes");
    told(said, "BW0630", &account, &sandbox(&account, "irsa", "prod"), "rotate --yes");

    let (account, here) = applied(peer, "acme-off");
    account.python(
        "\
user = 'acme-off-argo-workflows'
key = iam.list_access_keys(UserName=user)['AccessKeyMetadata'][0]['AccessKeyId']
iam.update_access_key(UserName=user, AccessKeyId=key, Status='Inactive')
",
    );
    told(said, "BW0634", &account, &here, "apply --yes");

    // Other credentials than those of before, and the same folder.
    let (_, here) = applied(peer, "acme-here");
    let spec = here.read("bucketwright.yaml");
    here.write(
        "bucketwright.yaml",
        &spec.lines().filter(|line| !line.contains("account:")).collect::<Vec<_>>().join("\n"),
    );
    told(said, "BW0820", &peer.fresh(), &here, "apply --yes");

    // The file of another user in the place of this one's.
    let (account, here) = applied(peer, "acme-swap");
    let path = here.path("out/credentials/acme-swap-argo-workflows.yaml");
    let text = std::fs::read_to_string(&path).expect("a key").replace("acme-swap-argo", "acme-other-argo");
    std::fs::write(path, text).expect("written");
    told(said, "BW0822", &account, &here, "render");

    // The proof of the first key fails, so it is not handed on later either.
    let (account, here) = begin(peer, "acme-fresh");
    denied(peer, &account);
    account.call(&here, "apply --yes").env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1);
    peer.post("clear", &json!({}));
    told(said, "BW0635", &account, &here, "render");

    // The proof of the new key fails, so it is not handed out.
    let (account, here) = applied(peer, "acme-two");
    denied(peer, &account);
    account.call(&here, "rotate --yes").env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1);
    peer.post("clear", &json!({}));
    told(said, "BW0633", &account, &here, "rotate --finish --yes");
}

fn destroyed(said: &mut Said, peer: &Peer) {
    for (code, name, operation, word, message) in [
        ("BW0620", "acme-full", "DeleteBucket", "BucketNotEmpty", "The bucket you tried to delete is not empty"),
        (
            "BW0623",
            "acme-old",
            "DeleteUser",
            "DeleteConflict",
            "Cannot delete entity, must remove users from group first.",
        ),
    ] {
        let (account, here) = applied(peer, name);
        let fault = json!({"account": account.id, "operation": operation, "status": 409, "code": word, "message": message, "times": 1000});
        peer.fail(&fault);
        told(said, code, &account, &here, "destroy --yes");
        peer.post("clear", &json!({}));
    }
    let (account, here) = applied(peer, "acme-new");
    told(said, "BW0622", &account, &here, "destroy --yes --delete-data acme-new-argo-artefacts");
    let (account, here) = begin(peer, "acme-lent");
    account.python("s3.create_bucket(Bucket='acme-lent-argo-artifacts', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})");
    account.call(&here, "apply --yes --no-proof").run().ok();
    told(said, "BW0621", &account, &here, "destroy --yes --delete-data acme-lent-argo-artifacts");
}
