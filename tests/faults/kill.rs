//! The kill sweep: SIGKILL right before or right after any call took effect, and before each change of a file.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::lab::{Lab, SCENARIOS, Scenario};
use super::sweep::{asked, clean};
use super::{lab_peer, say};
use crate::harness::{Peer, tree_of_text};

/// Starts an apply whose process id is in a file before its first call: a shell writes it, then becomes the program.
pub fn begin(lab: &Lab) -> Child {
    let program = lab.account.command(&lab.sandbox, "");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "echo $$ > pid; exec \"$0\" apply --yes"]).arg(program.get_program());
    command.current_dir(lab.sandbox.path("")).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).envs(lab.surroundings());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Whatever is there is whole: a file is not there, or it says all that it should.
pub fn whole(lab: &Lab) -> Result<(), String> {
    let out = lab.sandbox.path("out");
    if !out.exists() {
        return Ok(());
    }
    for (name, text) in tree_of_text(&out).into_iter().filter(|(name, _)| !unfinished(name)) {
        let sound = match name.as_str() {
            name if name.starts_with("credentials/intents/") => text.contains("before"),
            name if name.starts_with("credentials/") => text.contains("secretAccessKey") && text.ends_with('\n'),
            name if name.ends_with(".json") => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            _ => text.ends_with('\n'),
        };
        if !sound {
            return Err(format!("{name} is not whole:\n{text}"));
        }
    }
    Ok(())
}

fn killed_at_calls(peer: &'static Peer, scenario: &Scenario, every: usize) {
    let (calls, state) = clean(peer, scenario);
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let moments: Vec<(usize, bool)> = (0..calls.len())
        .flat_map(|at| [(at, false), (at, true)])
        .filter(|(at, act)| (at * 2 + usize::from(*act)) % every == 0 || calls[*at].operation == "CreateAccessKey")
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((at, act)) = moments.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lab = Lab::new(peer, scenario);
                    let call = &calls[*at];
                    let pid = lab.sandbox.path("pid").display().to_string();
                    lab.fail(json!({"operation": call.operation, "after": call.nth, "kill": pid, "act": act}));
                    let status = begin(&lab).wait().expect("it ends");
                    killed.fetch_add(usize::from(status.code().is_none()), Ordering::Relaxed);
                    lab.mend();
                    let sound = whole(&lab).and_then(|()| lab.recovers(&state));
                    let when = if *act { "after" } else { "before" };
                    assert!(
                        sound.is_ok(),
                        "killed {when} {} ({}): {}",
                        call.operation,
                        call.nth + 1,
                        sound.unwrap_err()
                    );
                }
            });
        }
    });
    let killed = killed.into_inner();
    say(&format!("{}: killed at {killed} of {} moments, {killed} recovered", scenario.name, moments.len()));
    assert!(killed * 10 >= moments.len() * 9);
}

/// A change of a file or a folder: the system call, and the how manieth of its kind it is.
type Touch = (String, usize);

/// The system calls that leave something else on the disk than before. What a `write` filled is seen by the one after it.
const TOUCHES: &str = "mkdir,fchmod,ftruncate,fsync,rename,renameat,renameat2,unlink,unlinkat,rmdir";

/// Starts an apply below strace, which tells or changes what the kernel is asked for.
fn traced(lab: &Lab, options: &[String]) -> std::process::ExitStatus {
    let program = lab.account.command(&lab.sandbox, "");
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-o", "trace"]).args(options).arg(program.get_program()).args(["apply", "--yes"]);
    command.current_dir(lab.sandbox.path("")).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).envs(lab.surroundings());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("strace starts")
}

/// Every moment of a clean run at which the disk changes.
fn touches(lab: &Lab) -> Vec<Touch> {
    assert!(traced(lab, &["-e".to_owned(), format!("trace={TOUCHES}")]).success());
    let trace = std::fs::read_to_string(lab.sandbox.path("trace")).expect("a trace");
    let mut seen = BTreeMap::new();
    let calls = trace.lines().filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('('));
    let touches = calls.map(|(call, _)| {
        let nth = seen.entry(call.to_owned()).or_insert(0_usize);
        *nth += 1;
        (call.to_owned(), *nth)
    });
    touches.collect()
}

/// Killed right before each change of the disk: of a file's making, mode, length, syncing, naming, removal.
fn killed_at_files(peer: &'static Peer, scenario: &Scenario, every: usize) {
    let (_, state) = clean(peer, scenario);
    let all = touches(&Lab::new(peer, scenario));
    let chosen: Vec<&Touch> = all.iter().step_by(every).collect();
    let mut killed = 0;
    for (call, nth) in &chosen {
        let lab = Lab::new(peer, scenario);
        let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
        let status = traced(&lab, &["-e".to_owned(), format!("trace={call}"), "-e".to_owned(), inject]);
        killed += usize::from(status.signal() == Some(9));
        let sound = whole(&lab).and_then(|()| lab.recovers(&state)).and_then(|()| tidy(&lab));
        assert!(sound.is_ok(), "killed at {call} ({nth}): {}", sound.unwrap_err());
    }
    say(&format!(
        "{}: killed at {killed} of {} changes of files ({} in all), {killed} recovered",
        scenario.name,
        chosen.len(),
        all.len()
    ));
    assert!(killed * 10 >= chosen.len() * 9);
}

/// The name of a file that is not whole yet.
pub fn unfinished(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|name| name.starts_with(".bucketwright-"))
}

/// Nothing unfinished is left after the run that recovers.
fn tidy(lab: &Lab) -> Result<(), String> {
    let left: Vec<String> =
        tree_of_text(&lab.sandbox.path("out")).into_keys().filter(|name| unfinished(name)).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
}

/// By default at each ninth moment of one scenario, and around the making of the key.
#[test]
fn killed_between_any_two_calls() {
    let peer = lab_peer!();
    for (scenario, every) in asked() {
        killed_at_calls(peer, scenario, every);
    }
    if asked().is_empty() {
        killed_at_calls(peer, &SCENARIOS[0], 9);
    }
}

/// By default at each seventh change, with a key; each run makes some fifty.
#[test]
fn killed_at_any_change_of_a_file() {
    let peer = lab_peer!();
    if let Err(why) = std::process::Command::new("strace").arg("--version").output() {
        skip!("strace", why);
    }
    for (scenario, every) in asked() {
        killed_at_files(peer, scenario, every);
    }
    if asked().is_empty() {
        killed_at_files(peer, &SCENARIOS[0], 7);
    }
}
