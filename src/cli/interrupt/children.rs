//! The programs that this one has started, in whatever library: `helm`, a `credential_process`, a kubeconfig's plugin.

use std::time::Duration;

/// How long a program has to end by itself.
const MOMENT: Duration = Duration::from_millis(100);

/// Ends all programs that this one has started, and those that they have started: asked first, then killed.
#[cfg(target_os = "linux")]
pub(super) fn end() {
    use rustix::process::{Pid, Signal, kill_process};

    for signal in [Signal::TERM, Signal::KILL] {
        let all = descendants();
        if all.is_empty() {
            return;
        }
        for pid in all.into_iter().filter_map(Pid::from_raw) {
            // Who has ended meanwhile needs no signal.
            let _ = kill_process(pid, signal);
        }
        std::thread::sleep(MOMENT);
    }
}

/// Elsewhere than on Linux nothing tells which they are. The terminal's Ctrl-C reaches them by itself.
#[cfg(not(target_os = "linux"))]
pub(super) fn end() {
    std::thread::sleep(MOMENT);
}

/// The ids of all programs below this one that are alive. Source: proc_pid_stat(5), fields 3 and 4.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "the kernel's own files, which nobody else can put there")]
fn descendants() -> Vec<i32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name in brackets may hold anything.
        let Some((_, rest)) = stat.rsplit_once(") ") else { continue };
        let mut fields = rest.split(' ');
        let (Some(state), Some(Ok(parent))) = (fields.next(), fields.next().map(str::parse::<i32>)) else { continue };
        if state != "Z" {
            parents.push((pid, parent));
        }
    }
    let mut found = vec![std::process::id().try_into().unwrap_or_default()];
    let mut at = 0;
    while let Some(above) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
        at += 1;
    }
    found.split_off(1)
}
