//! The every-call sweep: each call of a clean run fails once in each way, then a run without faults must end where the clean
//! one did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::kinds::{Call, KINDS, Kind};
use super::lab::{Lab, SCENARIOS, Scenario};
use super::lab_peer;
use crate::harness::Peer;

/// The calls of a clean run, and what it leaves.
pub fn clean(peer: &'static Peer, scenario: &Scenario) -> (Vec<Call>, Value) {
    let lab = Lab::new(peer, scenario);
    lab.apply("").ok();
    let mut seen = BTreeMap::new();
    let journal = lab.calls();
    let calls = journal.iter().map(|call| {
        let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let operation = text("operation");
        let nth = seen.entry(operation.clone()).or_insert(0_usize);
        *nth += 1;
        Call { service: text("service"), operation, write: call["write"] == true, nth: *nth - 1 }
    });
    let calls: Vec<Call> = calls.collect();
    let state = lab.state().expect("a sound state");
    lab.recovers(&state).expect("a second run changes nothing");
    (calls, state)
}

/// One fault in one call, and the run after it.
fn case(peer: &'static Peer, scenario: &Scenario, clean: &Value, fault: &Value, patient: bool) -> Result<bool, String> {
    let lab = Lab::new(peer, scenario);
    let lab = if patient { lab.patient() } else { lab };
    lab.fail(fault.clone());
    let run = lab.apply("");
    let code = run.code();
    let said = run.any().all();
    let hit = lab.calls().iter().any(|call| call["fault"] == true);
    let orderly = code == Some(0) || code == Some(1) && said.contains("BW0") && said.contains("help: ");
    if !orderly || said.contains("panicked") {
        return Err(format!("the run with the fault ended with {code:?}:\n{said}"));
    }
    lab.mend();
    lab.recovers(clean).map_err(|error| format!("{error}\nThe run with the fault ended with {code:?}:\n{said}"))?;
    Ok(hit)
}

/// Runs the cases on two threads, and says what came of them.
fn sweep(peer: &'static Peer, scenario: &Scenario, chosen: impl Fn(usize, &Call, usize, &Kind) -> bool) {
    let (calls, state) = clean(peer, scenario);
    let mut cases = Vec::new();
    for (i, call) in calls.iter().enumerate() {
        for (k, kind) in KINDS.iter().enumerate() {
            if let Some(fault) = kind.at(call).filter(|_| chosen(i, call, k, kind)) {
                cases.push((call, kind.name, fault));
            }
        }
    }
    let (next, hits, failures) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((call, name, fault)) = cases.get(number) else { break };
                    match case(peer, scenario, &state, fault, number % 2 == 0) {
                        Ok(hit) => _ = hits.fetch_add(usize::from(hit), Ordering::Relaxed),
                        Err(error) => failures.lock().expect("a lock").push(format!(
                            "== {}: {name} at {} ({})\n{error}",
                            scenario.name,
                            call.operation,
                            call.nth + 1
                        )),
                    }
                }
            });
        }
    });
    let (hits, failures) = (hits.into_inner(), failures.into_inner().expect("a lock"));
    let operations: BTreeSet<&str> = cases.iter().map(|(call, ..)| call.operation.as_str()).collect();
    let kinds: BTreeSet<&str> = cases.iter().map(|(_, name, _)| *name).collect();
    super::say(&format!(
        "{}: {} calls, {} operations, {} kinds: {} faults injected, {} survived",
        scenario.name,
        calls.len(),
        operations.len(),
        kinds.len(),
        hits + failures.len(),
        hits
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(hits > 0 && hits * 10 >= cases.len() * 9, "{hits} of {} faults met a call", cases.len());
}

/// By default, in each scenario below, each operation fails in some ways and each way is taken somewhere; creations fail in
/// every way that leaves it open whether they took effect.
fn swept(name: &str) {
    let peer = lab_peer!();
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).expect("a scenario");
    let seen = Mutex::new(BTreeSet::new());
    sweep(peer, scenario, |i, call, k, kind| {
        let open = matches!(kind.name, "reply lost after the call took effect" | "500 although it took effect");
        let first = call.nth == 0;
        let turn = (i + k) % 7 == 0 && first;
        // The first time that a kind can happen at all, it does.
        let fresh = first && seen.lock().expect("a lock").insert(k);
        turn || fresh || (open && first && call.operation.starts_with("Create"))
    });
}

#[test]
fn every_operation_and_every_kind_with_keys() {
    swept("argo/static-keys");
}

#[test]
fn every_operation_and_every_kind_with_roles_and_an_adopted_bucket() {
    swept("argo/irsa, bucket adopted");
}

#[test]
fn every_call_in_every_way() {
    let peer = lab_peer!();
    for (scenario, every) in asked() {
        sweep(peer, scenario, |i, _, k, _| (i + k).is_multiple_of(every));
    }
}

/// What `BUCKETWRIGHT_FAULTS` asks for: `all`, or a part of scenarios' names, and after a colon that only every Nth case
/// is to be tried.
pub fn asked() -> Vec<(&'static Scenario, usize)> {
    let Ok(wanted) = std::env::var("BUCKETWRIGHT_FAULTS") else { return Vec::new() };
    let (name, every) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    let every = every.parse().expect("a number after the colon");
    let chosen = SCENARIOS.iter().filter(|scenario| name == "all" || scenario.name.contains(name));
    chosen.map(|scenario| (scenario, every)).collect()
}
