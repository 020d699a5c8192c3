//! What the memory of a run holds: each secret as often as it is needed, and no remains of it.

use std::fs::File;
use std::io::BufRead;
use std::os::unix::fs::FileExt;
use std::process::Stdio;

use serde_json::json;

use crate::harness::{Peer, Sandbox, until};

/// How often a text is in what a process may write to: its heap, its stacks. Only root may look.
fn copies(process: u32, text: &str) -> std::io::Result<usize> {
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let maps = std::io::BufReader::new(File::open(format!("/proc/{process}/maps"))?);
    let mut found = 0;
    for line in maps.lines() {
        let line = line?;
        let mut parts = line.split_whitespace();
        let range = parts.next().and_then(|range| range.split_once('-')).expect("a range");
        let [from, to] = [range.0, range.1].map(|end| u64::from_str_radix(end, 16).expect("an address"));
        if !parts.next().is_some_and(|rights| rights.starts_with("rw")) {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).expect("a length")];
        // The kernel keeps some of its own pages to itself.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            found += bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        }
    }
    Ok(found)
}

/// Waits until every thread of a process sleeps, and none has woken since the looks before: it hangs in its call.
fn until_quiet(process: u32) {
    let threads = || {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("it runs").flatten();
        let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let tells = |line: &&str| line.starts_with("State:") || line.contains("ctxt_switches");
        tasks.map(|task| of(task).lines().filter(tells).collect::<Vec<_>>().join("\n")).collect::<Vec<_>>()
    };
    let (mut before, mut same) = (Vec::new(), 0);
    until("no thread of it wakes", || {
        let now = threads();
        same = if now == before && now.iter().all(|one| one.contains("S (sleeping)")) { same + 1 } else { 0 };
        before = now;
        // A clock of the program wakes some ten times a second; on a busy machine more looks would never fit between.
        same == 6
    });
}

/// While the second of three entries of the store is written, five copies are in use: the key, the content of each entry, and
/// the call under way. The answer that brought the key, the first call, and every buffer that they went through are wiped.
#[test]
fn a_secret_leaves_no_remains() {
    let peer = match Peer::start() {
        Ok(peer) => peer,
        Err(why) => skip!("account", why),
    };
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&super::leaks::spec("memory", "{profile: gitlab, chartVersion: 9.9.1}"));
    peer.fail(&json!({"operation": "PutSecretValue", "after": 1, "delay": 120_000}));
    let mut command = account.command(&sandbox, "apply --yes --no-proof --external-secrets aws");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let said = std::io::BufReader::new(child.stderr.take().expect("stderr"));
    let made = said.lines().map_while(Result::ok).filter(|line| line.contains("done bucket")).take(7).count();
    assert_eq!(made, 7, "buckets");
    peer.holds("PutSecretValue", 120_000);
    until_quiet(child.id());
    let kept = super::leaks::secrets(&account, &sandbox);
    let found: std::io::Result<Vec<usize>> = kept.iter().map(|secret| copies(child.id(), secret)).collect();
    child.kill().expect("killed");
    child.wait().expect("ends");
    match found {
        Err(why) if why.kind() == std::io::ErrorKind::PermissionDenied => {
            eprintln!("the memory of a process is for root alone to look into: it is left out");
        }
        Err(why) => panic!("{why}"),
        // The caller's own is in the environment too.
        Ok(found) => assert_eq!(found, [2, 5], "copies of the caller's secret, and of the new one"),
    }
}
