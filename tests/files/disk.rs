//! Sinks that fail: full, read-only, gone, a link, open to others. No key is made that cannot be kept, and none is lost.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use serde_json::json;

use super::sandbox;
use crate::harness::{Account, Peer, Sandbox, until};

/// The keys of the one user.
fn keys(account: &Account<'_>, name: &str) -> usize {
    let keys = account
        .python(&format!("say(len(iam.list_access_keys(UserName='{name}-argo-workflows')['AccessKeyMetadata']))"));
    keys.as_u64().expect("a number") as usize
}

macro_rules! account {
    () => {
        match Peer::shared() {
            Ok(peer) => peer.fresh(),
            Err(why) => skip!("account", why),
        }
    };
}

/// The binary below a shell, which sets the stage first.
fn staged(account: &Account<'_>, sandbox: &Sandbox, shell: &[&str], script: &str) -> Command {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_bucketwright")]);
    command.current_dir(sandbox.path("")).env_clear().envs(account.environment());
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", sandbox.path("../home")).env("NO_COLOR", "1");
    command.stdin(Stdio::null());
    command
}

/// What a refusal says; nothing was changed in the account.
#[track_caller]
fn refused(account: &Account<'_>, output: &std::process::Output, code: &str) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(code) && said.contains("help: "), "{said}");
    assert_eq!(account.writes(), Vec::<String>::new(), "{said}");
    said
}

/// After the sink is mended the same command makes one key and keeps it.
#[track_caller]
fn then_works(account: &Account<'_>, sandbox: &Sandbox, name: &str) {
    account.call(sandbox, "apply --yes --no-proof").run().ok();
    assert_eq!(keys(account, name), 1);
    account.call(sandbox, "render").run().ok();
}

/// A limit on the size of files, as a quota is: not one byte can be written.
#[test]
fn a_sink_without_room() {
    let account = account!();
    let sandbox = sandbox("disk-quota");
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$1\" apply --yes --no-proof";
    let output = staged(&account, &sandbox, &["env"], script).output().expect("sh");
    refused(&account, &output, "BW0801");
    then_works(&account, &sandbox, "disk-quota");
}

/// AWS asks to come back later for the key, until the peer is cleared: then the sink has failed.
fn hold_key(peer: &Peer) {
    peer.fail(&json!({"operation": "CreateAccessKey", "status": 400, "code": "Throttling", "times": 100_000}));
}

/// A file system of its own, in a mount namespace that ends with the shell.
const MOUNT: [&str; 2] = ["unshare", "-rm"];

fn can_mount() -> bool {
    let tried = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn a_sink_that_is_full_or_read_only() {
    let account = account!();
    if !can_mount() {
        skip!("tmpfs", "mounting needs a user namespace");
    }
    for (name, options, words) in
        [("disk-full", "size=8k", "no space left"), ("disk-ro", "ro", "read-only file system")]
    {
        let sandbox = sandbox(name);
        std::fs::create_dir(sandbox.path("out")).expect("out");
        let script = format!("mount -t tmpfs -o {options} none out && exec \"$1\" apply --yes --no-proof");
        let output = staged(&account, &sandbox, &MOUNT, &script).output().expect("unshare");
        let said = refused(&account, &output, "BW0801");
        assert!(said.contains(words), "{said}");
    }
}

/// The disk fills up after it was tried and before the key is there: the key has its room. What does not fit is written by
/// the next run, with the same key.
#[test]
fn a_sink_that_fills_up_meanwhile() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    if !can_mount() {
        skip!("tmpfs", "mounting needs a user namespace");
    }
    let account = peer.account();
    let sandbox = sandbox("disk-fills");
    std::fs::create_dir(sandbox.path("out")).expect("out");
    let script = "\
mount -t tmpfs -o size=256k none out; mkfifo fill
\"$1\" apply --yes --no-proof & run=$!
read word < fill
dd if=/dev/zero of=out/filler bs=1k 2>/dev/null; touch filled
wait $run; code=$?
cp out/credentials/*.yaml kept.yaml
rm out/filler
\"$1\" apply --yes --no-proof >&2 && cp -r out done
exit $code";
    hold_key(&peer);
    let child = staged(&account, &sandbox, &MOUNT, script).stderr(Stdio::piped()).spawn().expect("unshare");
    peer.saw("CreateAccessKey");
    sandbox.write("fill", "now\n");
    until("the disk is full", || sandbox.path("filled").exists());
    peer.post("clear", &json!({}));
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("BW0801"), "{said}");
    assert!(sandbox.read("kept.yaml").contains("secretAccessKey"), "the key was kept on the full disk");
    let mut files = std::fs::read_dir(sandbox.path("done/credentials")).expect("the second run was well");
    let file = files.next().expect("a key").expect("an entry").path();
    assert_eq!(std::fs::read_to_string(file).expect("a key"), sandbox.read("kept.yaml"));
    assert!(sandbox.path("done/argo-workflows/secrets.yaml").exists());
    assert_eq!(keys(&account, "disk-fills"), 1);
}

/// The folder is removed after it was tried: it is made again for the key.
#[test]
fn a_sink_that_is_gone() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    let sandbox = sandbox("disk-gone");
    hold_key(&peer);
    let mut command = account.command(&sandbox, "apply --yes --no-proof");
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    peer.saw("CreateAccessKey");
    std::fs::remove_dir_all(sandbox.path("out")).expect("remove");
    peer.post("clear", &json!({}));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kept = sandbox.path("out/credentials/disk-gone-argo-workflows.yaml");
    assert_eq!(std::fs::metadata(kept).expect("the key").permissions().mode() & 0o777, 0o600);
    assert_eq!(keys(&account, "disk-gone"), 1);
    account.call(&sandbox, "render --check").run().ok();
}

#[test]
fn links_are_not_followed() {
    let account = account!();
    for (number, link) in
        ["credentials", "credentials/disk-link-argo-workflows.yaml", "argo-workflows/secrets.yaml"].iter().enumerate()
    {
        let sandbox = sandbox("disk-link");
        let path = sandbox.path("out").join(link);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        let elsewhere = sandbox.path("elsewhere");
        if *link == "credentials" {
            std::fs::create_dir(&elsewhere).expect("a folder");
        } else {
            std::fs::write(&elsewhere, "mine\n").expect("a file");
        }
        symlink(&elsewhere, &path).expect("a link");
        let output =
            account.command(&sandbox, "apply --yes --no-proof").stdin(Stdio::null()).output().expect("it runs");
        refused(&account, &output, "BW0802");
        if elsewhere.is_file() {
            assert_eq!(sandbox.read("elsewhere"), "mine\n");
        } else {
            assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
        }
        std::fs::remove_file(&path).expect("remove");
        if number == 2 {
            then_works(&account, &sandbox, "disk-link");
        }
    }
}

/// A kept key that others can read is not used; another file is replaced, never written into: who holds the old one open
/// does not see the new.
#[test]
fn files_that_others_can_read() {
    let account = account!();
    let sandbox = sandbox("disk-open");
    let kept = sandbox.write("out/credentials/disk-open-argo-workflows.yaml", "accessKeyId: x\nsecretAccessKey: y\n");
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let output = account.command(&sandbox, "apply --yes --no-proof").stdin(Stdio::null()).output().expect("it runs");
    let said = refused(&account, &output, "BW0802");
    assert!(said.contains("chmod 600"), "{said}");
    std::fs::remove_file(&kept).expect("remove");

    let secrets = sandbox.write("out/argo-workflows/secrets.yaml", "old\n");
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    // An earlier run wrote it.
    sandbox.write("out/.rendered", "private  argo-workflows/secrets.yaml\n");
    let before = std::fs::File::open(&secrets).expect("open");
    then_works(&account, &sandbox, "disk-open");
    let after = std::fs::metadata(&secrets).expect("a file");
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_ne!(after.ino(), before.metadata().expect("a file").ino());
    assert_eq!(std::io::read_to_string(before).expect("read"), "old\n");
    let folder = std::fs::metadata(sandbox.path("out/credentials")).expect("a folder");
    assert!(folder.is_dir());
}

/// Something that is no folder, and a place where nobody can write.
#[test]
fn what_is_no_folder() {
    let account = account!();
    let sandbox = sandbox("disk-file");
    sandbox.write("out", "a file\n");
    for out in ["out", "/proc/bucketwright"] {
        let arguments = format!("apply --yes --no-proof --out {out}");
        let output = account.command(&sandbox, &arguments).stdin(Stdio::null()).output().expect("it runs");
        refused(&account, &output, "BW0801");
    }
    let output = account.command(&sandbox, "apply --yes --out -").stdin(Stdio::null()).output().expect("it runs");
    refused(&account, &output, "BW0801");
    std::fs::remove_file(sandbox.path("out")).expect("remove");
    then_works(&account, &sandbox, "disk-file");
}
