//! Waiting for something to become so, and never for time to pass.

use std::io::Read;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take to become so.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it takes to be looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks again and again until it is so; gives whether it came to that.
pub fn becomes(mut holds: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if begun.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits until it is so; fails when it does not come to that.
#[track_caller]
pub fn until(what: &str, holds: impl FnMut() -> bool) {
    assert!(becomes(holds), "after {PATIENCE:?} still not: {what}");
}

/// How long a program may sleep that a test looks for afterwards: nobody else sleeps for just so long.
pub fn nobody_elses_seconds() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{}.{}", 1000 + std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Whether a program with this argument is alive. One that has ended and was not yet waited for has no arguments.
pub fn alive(argument: &str) -> bool {
    std::fs::read_dir("/proc").expect("/proc").flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    })
}

/// Reads on from a child's stderr, which is piped, until it has said some words; what comes after them stays unread.
#[track_caller]
pub fn hear(child: &mut Child, words: &str) {
    let stderr = child.stderr.as_mut().expect("piped");
    let (mut said, mut next) = (Vec::new(), [0]);
    while !said.ends_with(words.as_bytes()) {
        let read = stderr.read(&mut next).expect("read");
        assert!(read > 0, "it ended without `{words}`:\n{}", String::from_utf8_lossy(&said));
        said.push(next[0]);
    }
}
