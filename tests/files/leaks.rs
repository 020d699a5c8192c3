//! Everything that the program says and leaves behind is searched for every secret of its run.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::encrypted::identity;
use super::printed;
use crate::harness::{Account, Peer, Sandbox, Search, becomes, tree, tree_of_text};

/// What a run said, and what others could see of it and of its children while it ran.
fn run(account: &Account<'_>, sandbox: &Sandbox, arguments: &str) -> (Option<i32>, Vec<u8>) {
    let mut command = account.command(sandbox, arguments);
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("TMPDIR", sandbox.path("../home"));
    let files = ["stdout", "stderr"].map(|name| sandbox.path(format!("../{name}")));
    let [stdout, stderr] = files.each_ref().map(|path| std::fs::File::create(path).expect("a file"));
    let mut child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn().expect("the binary starts");
    let mut seen = BTreeSet::new();
    let status = loop {
        seen.extend(visible(child.id()));
        match child.try_wait().expect("the binary ends") {
            Some(status) => break status,
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    assert!(!seen.is_empty(), "nothing was seen of the run");
    let mut all = seen.into_iter().collect::<Vec<_>>().concat();
    for file in files {
        all.extend(std::fs::read(&file).expect("what was said"));
        std::fs::remove_file(&file).expect("remove");
    }
    (status.code(), all)
}

/// The arguments of a process, and the arguments and environments of its children.
fn visible(process: u32) -> Vec<Vec<u8>> {
    let of = |process: u32, name: &str| std::fs::read(format!("/proc/{process}/{name}")).ok();
    let children = of(process, &format!("task/{process}/children")).unwrap_or_default();
    let children = String::from_utf8_lossy(&children).into_owned();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    let theirs = children.flat_map(|child: u32| [of(child, "cmdline"), of(child, "environ")]);
    [of(process, "cmdline")].into_iter().chain(theirs).flatten().filter(|bytes| !bytes.is_empty()).collect()
}

/// The secrets of a run: the caller's, and those of the keys that were made.
pub fn secrets(account: &Account<'_>, sandbox: &Sandbox) -> Vec<String> {
    let mut secrets = vec![account.key.secret.clone()];
    for (name, text) in tree_of_text(&sandbox.path("out/credentials")) {
        let value: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        secrets.push(value["secretAccessKey"].as_str().expect("a secret").to_owned());
    }
    assert!(secrets.len() > 1, "a key was made");
    secrets
}

/// Every file that the test's folder holds is searched: what holds a secret is private and a sink. Gives their number.
#[track_caller]
fn searched(sandbox: &Sandbox, search: &Search, protected: bool) -> usize {
    let root = sandbox.path("..");
    let mut held = 0;
    for (name, bytes) in tree(&root) {
        if search.found(&bytes).is_empty() {
            continue;
        }
        held += 1;
        let mode = std::fs::metadata(root.join(&name)).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name} holds a secret and can be read by others");
        let sink = if protected { "work/out/credentials/" } else { "work/out/" };
        assert!(name.starts_with(sink), "{name} holds a secret and is no sink for it");
    }
    held
}

const INSTALLS: [&str; 5] = [
    "{profile: gitlab, chartVersion: 9.9.1}",
    "{profile: gitlab, chartVersion: 10.2.3, roles: per-component, options: {backupTool: awscli}}",
    "{profile: massdriver, chartVersion: 0.2.0}",
    "{profile: argo-workflows, chartVersion: 1.0.18}",
    "{profile: gitpod, chartVersion: 2022.11.3, options: {domain: gitpod.example.com}}",
];

pub fn spec(name: &str, install: &str) -> String {
    format!(
        "\
apiVersion: bucketwright/v1
name: {name}
cloud: {{provider: aws, region: eu-west-1}}
identity: static-keys
installs:
  - {install}
"
    )
}

/// With secrets in plaintext files: at the highest verbosity, in both formats, and when things fail.
#[test]
fn secrets_are_in_private_files_and_nowhere_else() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    for (number, install) in INSTALLS.iter().enumerate() {
        let sandbox = Sandbox::with_spec(&spec(&format!("leak-{number}"), install));
        let (code, mut said) = run(&account, &sandbox, "apply --yes -vv");
        assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&said));
        assert!(said.len() > 3000, "-vv says much");
        for (arguments, expected) in [
            ("apply --yes -vv -o json", 0),
            ("plan -vv", 0),
            ("plan -vv -o json", 0),
            ("render -vv", 0),
            ("render -vv -o json", 0),
            ("render --check -vv", 0),
            ("render -vv --only none", 2),
            ("render --out - --placeholders", 0),
            ("render --out -", 2),
        ] {
            let (code, more) = run(&account, &sandbox, arguments);
            assert_eq!(code, Some(expected), "{arguments}: {}", String::from_utf8_lossy(&more));
            said.extend(more);
        }
        // What differs is told, and not what it says.
        let secret = tree(&sandbox.path("out"))
            .into_keys()
            .find(|name| name.ends_with("secrets.yaml") || name.contains(".secret."));
        let path = sandbox.path("out").join(secret.expect("a private file"));
        let text = std::fs::read_to_string(&path).expect("a text");
        std::fs::write(&path, text.replace(": ", ":  ")).expect("write");
        let (code, more) = run(&account, &sandbox, "render --check -vv");
        assert_eq!(code, Some(3));
        said.extend(more);
        let search = Search::new(&secrets(&account, &sandbox));
        assert_eq!(search.found(&said), Vec::<&str>::new(), "{install}: {}", String::from_utf8_lossy(&said));
        // The search finds secrets where they are: kept, and rendered.
        assert!(searched(&sandbox, &search, false) >= 2, "{install}");
    }
}

/// With protected sinks only the kept keys hold a secret.
#[test]
fn protected_secrets_are_kept_and_nowhere_else() {
    let peer = match (Peer::shared(), identity()) {
        (Ok(peer), Ok(identity)) => (peer, identity),
        (Err(why), _) | (_, Err(why)) => skip!("account", why),
    };
    let (account, recipient) = (peer.0.fresh(), peer.1.1);
    // The second of GitLab's has all that the first has.
    for (number, install) in INSTALLS[1..].iter().enumerate() {
        let sinks = [
            format!("--encrypt age:{recipient}"),
            format!("--seal cert.pem --encrypt age:{recipient}"),
            format!("--external-secrets aws --encrypt age:{recipient}"),
        ];
        for (form, sink) in sinks.iter().enumerate() {
            let sandbox = Sandbox::with_spec(&spec(&format!("safe-{number}-{form}"), install));
            let mut make = super::peer("sealed.py make").expect("the peers' Python");
            make.arg(sandbox.path(""));
            printed(make);
            let mut said = Vec::new();
            for command in ["apply --yes -vv", "apply --yes --no-proof -vv -o json", "render -vv"] {
                let (code, more) = run(&account, &sandbox, &format!("{command} {sink}"));
                assert_eq!(code, Some(0), "{command} {sink}: {}", String::from_utf8_lossy(&more));
                said.extend(more);
            }
            let secrets = secrets(&account, &sandbox);
            let search = Search::new(&secrets);
            assert_eq!(search.found(&said), Vec::<&str>::new(), "{install}: {}", String::from_utf8_lossy(&said));
            assert_eq!(searched(&sandbox, &search, true), secrets.len() - 1, "{install}: one file a key");
        }
    }
}

/// When a call fails after the key was made.
#[test]
fn failures_say_no_secret() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    for (number, fault) in [
        json!({"operation": "PutObject", "times": 1000, "status": 403, "code": "AccessDenied"}),
        json!({"operation": "PutObject", "times": 1000, "status": 403, "code": "SignatureDoesNotMatch"}),
        json!({"operation": "PutSecretValue", "times": 1000, "status": 400, "code": "InvalidRequestException"}),
        json!({"operation": "GetCallerIdentity", "times": 1000, "after": 1, "status": 403, "code": "AccessDenied"}),
    ]
    .iter()
    .enumerate()
    {
        let sandbox = Sandbox::with_spec(&spec(&format!("fail-{number}"), INSTALLS[3]));
        let made = run(&account, &sandbox, "apply --yes --no-proof -vv --external-secrets aws");
        peer.fail(fault);
        let (_, mut said) = run(&account, &sandbox, "render -vv");
        std::fs::remove_dir_all(sandbox.path("out/argo-workflows")).expect("remove");
        // Waits of the proof are cut short: what matters is what is said.
        let mut slow = Command::new("timeout");
        slow.args(["-s", "INT", "6", env!("CARGO_BIN_EXE_bucketwright"), "apply", "--yes", "-vv"]);
        slow.args(["--external-secrets", "aws"]).current_dir(sandbox.path("")).env_clear().envs(account.environment());
        slow.env("PATH", "/usr/bin:/bin").env("HOME", sandbox.path("../home")).env("RUST_LOG", "trace");
        let output = slow.stdin(Stdio::null()).output().expect("timeout starts");
        peer.post("clear", &json!({}));
        said.extend([made.1, output.stdout, output.stderr].concat());
        let search = Search::new(&secrets(&account, &sandbox));
        assert_eq!(search.found(&said), Vec::<&str>::new(), "{}", String::from_utf8_lossy(&said));
    }
}

/// Programs are started in one place, in an environment without our variables, and Helm alone is: `check` gives it values
/// rendered with placeholders, and those of a release that runs, in memory.
#[test]
fn nothing_is_handed_to_other_programs() {
    let source = tree_of_text(&crate::harness::project().join("src"));
    for (name, text) in source.iter().filter(|(name, _)| *name != "host/child.rs") {
        let starts =
            text.contains("process::Command") || text.contains("child::program(") && name != "files/input/helm.rs";
        assert!(!starts, "{name}: what it passes on must be searched as well");
    }
    assert!(source["cli/check.rs"].contains("placeholders: true"), "check renders with placeholders");
    assert!(source.values().any(|text| text.contains("process::ExitCode")), "the search itself is broken");
}

/// The kernel is told to write no core and to keep others out of the memory.
#[test]
fn no_core_is_dumped() {
    if !cfg!(target_os = "linux") {
        skip!("core dumps", "not Linux");
    }
    let sandbox = Sandbox::with_spec(&spec("core", INSTALLS[3]));
    // It waits for a spec on standard input, which never comes.
    let mut command = sandbox.command();
    let mut child = command
        .args(["render", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let limits = format!("/proc/{}/limits", child.id());
    let mut line = String::new();
    let limited = becomes(|| {
        let text = std::fs::read_to_string(&limits).unwrap_or_default();
        line = text.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default().to_owned();
        line.split_whitespace().filter(|word| *word == "0").count() == 2
    });
    drop(child.stdin.take());
    child.wait().expect("it ends");
    assert!(limited, "{line}");
}
