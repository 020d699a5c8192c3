//! The kill sweep: SIGKILL right before or right after any call took effect, and at any moment in between.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::lab::{Lab, SCENARIOS, Scenario};
use super::sweep::{asked, clean};
use super::{lab_peer, say};
use crate::harness::{Peer, tree_of_text};

/// Starts an apply whose process id is in a file before its first call: a shell writes it, then becomes the program.
fn begin(lab: &Lab) -> Child {
    let program = lab.account.command(&lab.sandbox, "");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "echo $$ > pid; exec \"$0\" apply --yes"]).arg(program.get_program());
    command.current_dir(lab.sandbox.path("")).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).envs(lab.surroundings());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts")
}

/// Whatever is there is whole: a file is not there, or it says all that it should.
fn whole(lab: &Lab) -> Result<(), String> {
    let out = lab.sandbox.path("out");
    if !out.exists() {
        return Ok(());
    }
    for (name, text) in
        tree_of_text(&out).into_iter().filter(|(name, _)| !name.contains("/.tmp") && !name.starts_with(".tmp"))
    {
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

/// Killed at times spread over the whole run: also while files are written, which no call marks.
fn killed_at_times(peer: &'static Peer, scenario: &Scenario, moments: u32) {
    let (_, state) = clean(peer, scenario);
    let lab = Lab::new(peer, scenario);
    let begun = Instant::now();
    begin(&lab).wait().expect("it ends");
    let whole_run = begun.elapsed();
    let mut killed = 0;
    for moment in 0..moments {
        let lab = Lab::new(peer, scenario);
        let mut child = begin(&lab);
        // Most of the moments fall into the last quarter, where the files are written.
        let part = if moment % 2 == 0 {
            0.7 + 0.4 * f64::from(moment) / f64::from(moments)
        } else {
            f64::from(moment) / f64::from(moments)
        };
        std::thread::sleep(Duration::from_secs_f64(whole_run.as_secs_f64() * part));
        let _ = child.kill();
        killed += u32::from(child.wait().expect("it ends").code().is_none());
        let sound = whole(&lab).and_then(|()| lab.recovers(&state));
        assert!(sound.is_ok(), "killed at {part:.2} of the run: {}", sound.unwrap_err());
    }
    say(&format!("{}: killed {killed} times at moments of {moments}, all recovered", scenario.name));
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

#[test]
fn killed_at_any_moment() {
    let peer = lab_peer!();
    let moments = if asked().is_empty() { 4 } else { 60 };
    killed_at_times(peer, &SCENARIOS[0], moments);
}
