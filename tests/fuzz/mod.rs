//! Real files, changed at random, through everything that reads them: no panic, no overflow of the stack, no endless work.
//!
//! `BUCKETWRIGHT_FUZZ_CASES=100000 cargo test --test main -- fuzz` spends a large budget and prints figures;
//! `BUCKETWRIGHT_FUZZ_SEED` gives other changes. A case that fails is kept in the target folder's `tmp/`.

mod limits;
mod mutate;
mod targets;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mutate::Mutator;

/// What the program's main thread has on Linux and macOS. Tera's own limit of nesting is safe within it, and only within it:
/// unoptimised, a chain of 200 operators needs more than the 2 MiB of a test thread.
const STACK: usize = 8 << 20;
/// A case that takes longer counts as endless. The slowest takes some hundredths of that.
const ENDLESS: Duration = Duration::from_mins(1);

/// What a target does with a case: whether it was accepted as valid.
type Target = fn(&str, &mut Mutator) -> bool;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs a target on so many cases, unless the environment says another number.
fn fuzz(name: &'static str, cases: u64, seeds: Vec<String>, target: Target) {
    assert!(!seeds.is_empty(), "{name}: nothing to start from");
    let budget = from_environment("BUCKETWRIGHT_FUZZ_CASES");
    let seed = from_environment("BUCKETWRIGHT_FUZZ_SEED").unwrap_or(20_261_121);
    // The case is on the disk before it runs: an overflow of the stack ends the whole process.
    let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.yaml"));
    let done = Arc::new(AtomicU64::new(0));
    let worker = {
        let (done, kept) = (Arc::clone(&done), kept.clone());
        let work = move || {
            let mut mutator = Mutator::new(seed, name);
            let (begun, mut accepted, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
            let cases = budget.unwrap_or(cases);
            for _ in 0..cases {
                let case = mutator.text(&seeds);
                std::fs::write(&kept, &case).expect("the case is kept");
                let one = Instant::now();
                accepted += u64::from(target(&case, &mut mutator));
                slowest = slowest.max(one.elapsed());
                done.fetch_add(1, Ordering::Relaxed);
            }
            let figures = format!(
                "fuzz {name}: {cases} cases, {accepted} of them valid, {:.0} s, the slowest {} ms, seed {seed}",
                begun.elapsed().as_secs_f64(),
                slowest.as_millis()
            );
            (figures, accepted)
        };
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || catch_unwind(AssertUnwindSafe(work)))
            .expect("a thread")
    };
    let (mut last, mut since) = (0, Instant::now());
    while !worker.is_finished() {
        std::thread::sleep(Duration::from_millis(20));
        let now = done.load(Ordering::Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        assert!(since.elapsed() < ENDLESS, "{name}: no end after {ENDLESS:?}; the case is {}", kept.display());
    }
    match worker.join().expect("the thread ends") {
        Ok((figures, accepted)) => {
            let _ = std::fs::remove_file(&kept);
            assert!(accepted > 0, "no case was valid: the changes are too many to get behind the first check");
            if budget.is_some() {
                // Not through `eprintln!`, which the test runner hides when a test passes.
                writeln!(std::io::stderr(), "{figures}").expect("stderr");
            }
        }
        Err(panic) => {
            let failed = kept.with_extension("failed.yaml");
            let _ = std::fs::rename(&kept, &failed);
            writeln!(std::io::stderr(), "fuzz {name}: the case is {}", failed.display()).expect("stderr");
            resume_unwind(panic);
        }
    }
}
