//! Two applies of one spec at once.

use super::lab::{Lab, SCENARIOS};
use super::lab_peer;
use super::sweep::clean;

/// In one folder the second waits for the first, plans on what it made, and has nothing to do.
#[test]
fn two_at_once_in_one_folder() {
    let peer = lab_peer!();
    for scenario in [&SCENARIOS[0], &SCENARIOS[1]] {
        let (_, state) = clean(peer, scenario);
        let lab = Lab::new(peer, scenario);
        std::thread::scope(|scope| {
            for run in [scope.spawn(|| lab.apply("").ok()), scope.spawn(|| lab.apply("").ok())] {
                run.join().expect("it ends well");
            }
        });
        for (operation, times) in [
            ("CreateBucket", 1),
            ("CreatePolicy", 1),
            ("CreateAccessKey", usize::from(scenario.identity == "static-keys")),
        ] {
            let made = lab.calls().iter().filter(|call| call["operation"] == operation).count();
            assert_eq!(made, times, "{operation}: the second run saw what the first one made");
        }
        lab.recovers(&state).expect("one consistent account");
    }
}

/// With two folders each run may win some of the calls. At most one of them has a key, and that one works.
#[test]
fn two_at_once_in_two_folders() {
    let peer = lab_peer!();
    for scenario in [&SCENARIOS[0], &SCENARIOS[1]] {
        let (_, state) = clean(peer, scenario);
        let lab = Lab::new(peer, scenario);
        let ends = std::thread::scope(|scope| {
            let runs = ["out", "other"].map(|out| {
                scope.spawn({
                    let lab = &lab;
                    move || {
                        let run = lab.apply(&format!("--out {out}"));
                        (run.code(), run.any().all())
                    }
                })
            });
            runs.map(|run| run.join().expect("it ends"))
        });
        for (code, said) in &ends {
            assert!(*code == Some(0) || (*code == Some(1) && said.contains("help: ")), "{said}");
        }
        if ends[0].0 != Some(0) {
            // The other one has the key, so its folder is the one to go on with.
            let (here, other) = (lab.sandbox.path("out"), lab.sandbox.path("other"));
            // A run that refuses its plan makes no folder.
            if here.exists() {
                std::fs::remove_dir_all(&here).expect("rm");
            }
            std::fs::rename(other, here).expect("mv");
        }
        lab.recovers(&state).unwrap_or_else(|error| panic!("{}: {error}\n{ends:#?}", scenario.name));
    }
}

/// Two first runs of specs of one name whose texts differ: one makes everything. The other makes nothing, keeps no id of its own, and
/// may be run again.
#[test]
fn two_that_differ_at_once() {
    let peer = lab_peer!();
    for scenario in [&SCENARIOS[0], &SCENARIOS[1], &SCENARIOS[2]] {
        let (_, state) = clean(peer, scenario);
        for _ in 0..3 {
            let lab = Lab::new(peer, scenario);
            let text = std::fs::read_to_string(lab.sandbox.path("bucketwright.yaml")).expect("a spec");
            lab.sandbox.write("mine.yaml", &format!("{text}# mine\n"));
            let ends = std::thread::scope(|scope| {
                let runs = ["-f bucketwright.yaml --out out", "-f mine.yaml --out other"].map(|arguments| {
                    scope.spawn({
                        let lab = &lab;
                        move || {
                            let run = lab.apply(arguments);
                            (run.code(), run.any().all())
                        }
                    })
                });
                runs.map(|run| run.join().expect("it ends"))
            });
            let won = ends.iter().position(|(code, _)| *code == Some(0));
            let won = won.unwrap_or_else(|| panic!("{}: none can go on: {ends:#?}", scenario.name));
            let (winner, loser) = if won == 0 { ("out", "other") } else { ("other", "out") };
            // One that saw what the other had made stops in its plan, or goes on as the same spec.
            let (code, said) = &ends[1 - won];
            let codes = ["BW0628", "BW0625", "BW0611", "BW0613"];
            assert!(*code == Some(0) || codes.iter().any(|code| said.contains(code)), "{}: {said}", scenario.name);
            if said.contains("BW0628") {
                let learnt = lab.sandbox.path(loser).join("learnt.yaml");
                assert!(!learnt.exists() && !lab.sandbox.path(loser).join(".rendered").exists(), "{learnt:?}");
            }
            if winner == "other" {
                let (here, other) = (lab.sandbox.path("out"), lab.sandbox.path("other"));
                if here.exists() {
                    std::fs::remove_dir_all(&here).expect("rm");
                }
                std::fs::rename(other, here).expect("mv");
            }
            lab.recovers(&state).unwrap_or_else(|error| panic!("{}: {error}\n{ends:#?}", scenario.name));
        }
    }
}
