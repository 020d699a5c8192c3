//! Random lives of a spec at the command line: edits, runs, faults, kills and foreign hands. After each run that ended well the
//! account, the output folder and the cluster are held to what the spec says; what belongs to others stays whatever happens.
//!
//! The model of the account's own code walks more of them in memory; here the files and the cluster take part.

mod hands;
mod oracle;
mod says;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::faults::kill::{begin, whole};
use crate::faults::lab::{Lab, Scenario};
use crate::harness::Peer;
use crate::kube::server::Server;
use hands::{Hand, Theirs, hand};
use oracle::Found;
use says::{Says, says};

/// One step of a life.
#[derive(Clone, Debug)]
enum Move {
    Edit(Says),
    Run(What),
    /// A call fails in this way during a run.
    Fault(Nth, usize, What),
    /// An apply is killed before or after a call took effect.
    Kill(Nth, bool),
    Hand(Hand),
}

/// A run of the program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Apply,
    /// With the cluster; taking fields that others own, or not.
    Push(bool),
    Prune,
    Rotate,
    RotatePush,
    Finish,
    Render,
    RenderPrune,
    Destroy,
}

/// A call of a run: its operation, or any, and how many of these go through before.
type Nth = (&'static str, usize);

/// How a call fails: before or after it took effect.
fn fault(kind: usize) -> Value {
    match kind {
        0 => json!({"lose_reply": true}),
        1 => json!({"reset": true}),
        2 => json!({"status": 500, "code": "ServiceFailure"}),
        3 => json!({"status": 500, "code": "ServiceFailure", "act": true}),
        _ => json!({"status": 403, "code": "AccessDenied"}),
    }
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => Just(What::Apply),
        4 => any::<bool>().prop_map(What::Push),
        3 => Just(What::Prune),
        2 => Just(What::Rotate),
        2 => Just(What::RotatePush),
        2 => Just(What::Finish),
        1 => Just(What::Render),
        1 => Just(What::RenderPrune),
        1 => Just(What::Destroy),
    ]
}

fn one_move() -> impl Strategy<Value = Move> {
    // The making of a key is where most can be lost.
    let nth = || {
        prop_oneof![
            1 => Just(("CreateAccessKey", 0)),
            1 => prop::sample::select(vec!["CreateUser", "CreateRole", "CreatePolicyVersion", "UpdateAssumeRolePolicy", "PutObject"]).prop_map(|name| (name, 0)),
            4 => (0..60_usize).prop_map(|after| ("*", after)),
        ]
    };
    prop_oneof![
        4 => says().prop_map(Move::Edit),
        8 => what().prop_map(Move::Run),
        4 => (nth(), 0..5_usize, what()).prop_map(|(nth, kind, what)| Move::Fault(nth, kind, what)),
        2 => (nth(), any::<bool>()).prop_map(|(nth, act)| Move::Kill(nth, act)),
        4 => hand().prop_map(Move::Hand),
    ]
}

/// A life under way.
struct Life {
    lab: Lab,
    server: &'static Server,
    says: Says,
    /// The id, once the user had to write it into the spec.
    id: Option<String>,
    theirs: Theirs,
    /// The account before the first run.
    before: Value,
    /// What the last run said.
    last: String,
    /// The files are those of a run that ended well with the present spec.
    settled: bool,
}

/// The figures of all lives.
#[derive(Default)]
struct Figures {
    moves: AtomicUsize,
    ended_well: AtomicUsize,
    refused: AtomicUsize,
    faults: AtomicUsize,
    /// The codes of what was refused, and how often.
    codes: Mutex<BTreeMap<String, usize>>,
}

impl Figures {
    fn count(one: &AtomicUsize) {
        one.fetch_add(1, Ordering::Relaxed);
    }
}

impl Life {
    fn new(peer: &'static Peer, server: &'static Server, says: Says) -> Self {
        // A role makes the lab give the account a cluster.
        let scenario = Scenario {
            name: "lives",
            identity: "irsa",
            install: "{profile: argo-workflows, chartVersion: 1.0.18}",
            adopted: None,
        };
        let lab = Lab::new(peer, &scenario);
        let before = lab.ask("state", json!({}));
        let (theirs, last) = (Theirs::default(), String::new());
        let mut life = Self { lab, server, says, id: None, theirs, before, last, settled: false };
        life.edit(says);
        life
    }

    fn edit(&mut self, says: Says) {
        self.says = says;
        self.settled = false;
        self.lab.sandbox.write("bucketwright.yaml", &says.text(&self.lab.spec, self.id.as_deref()));
    }

    fn step(&mut self, one: &Move, figures: &Figures) -> Found {
        Figures::count(&figures.moves);
        let removing = |what: What| matches!(what, What::Prune | What::Destroy);
        let mut removes = false;
        match one {
            Move::Edit(says) => self.edit(*says),
            Move::Run(what) => {
                removes = removing(*what);
                self.run(*what, false, figures)?;
            }
            Move::Fault((operation, after), kind, what) => {
                removes = removing(*what);
                let mut fault = fault(*kind);
                fault["operation"] = json!(operation);
                fault["after"] = json!(after);
                self.lab.fail(fault);
                let found = self.run(*what, true, figures);
                self.lab.mend();
                found?;
            }
            Move::Kill((operation, after), act) => {
                let pid = self.lab.sandbox.path("pid").display().to_string();
                self.lab.fail(json!({"operation": operation, "after": after, "kill": pid, "act": act}));
                let status = begin(&self.lab).wait().expect("it ends");
                self.lab.mend();
                self.settled = false;
                if status.code().is_none() {
                    Figures::count(&figures.faults);
                }
                whole(&self.lab)?;
            }
            Move::Hand(hand) => self.by_hand(*hand),
        }
        self.others(removes)
    }

    /// Runs the program, and holds what came of it to the spec.
    fn run(&mut self, what: What, faulty: bool, figures: &Figures) -> Found {
        let cluster = format!("--create-namespaces --kubeconfig {}", self.server.user("admin"));
        let arguments = match what {
            What::Apply => "apply --yes".to_owned(),
            What::Push(force) => {
                format!("apply --yes --push {cluster}{}", if force { " --force-conflicts" } else { "" })
            }
            What::Prune => "apply --yes --prune --even-if-used".to_owned(),
            What::Rotate => "rotate --yes".to_owned(),
            What::RotatePush => format!("rotate --yes --push {cluster}"),
            What::Finish => "rotate --finish --yes --even-if-used".to_owned(),
            What::Render => "render".to_owned(),
            What::RenderPrune => "render --prune".to_owned(),
            What::Destroy => "destroy --yes --leftovers".to_owned(),
        };
        let before = self.state();
        let run = self.lab.run(&arguments);
        let code = run.code();
        let said = run.any().all();
        self.last = format!("{arguments}: {code:?}\n{said}");
        let calls = self.lab.ask("calls", json!({}));
        if faulty && calls.as_array().is_some_and(|calls| calls.iter().any(|call| call["fault"] == true)) {
            Figures::count(&figures.faults);
        }
        // What the plan after it asks is not to be hit.
        if faulty {
            self.lab.mend();
        }
        if said.contains("panicked") {
            return Err("it panicked".to_owned());
        }
        match code {
            Some(0) => {
                Figures::count(&figures.ended_well);
                // A provider that a role trusted when the run began goes with the next prune.
                let spared = ["Nothing was pruned", "Other roles trust it"].iter().any(|words| said.contains(words));
                self.ended_well(what, faulty || spared)
            }
            Some(1..=3) => {
                Figures::count(&figures.refused);
                let codes = regex::Regex::new(r"BW\d{4}").expect("a pattern");
                if let Some(code) = codes.find(&said).filter(|_| !faulty) {
                    *figures.codes.lock().expect("a lock").entry(code.as_str().to_owned()).or_insert(0) += 1;
                }
                if code != Some(3) && !(said.contains("BW0") || said.contains("BW1"))
                    || code == Some(1) && !said.contains("help: ")
                {
                    return Err("a refusal without a code or a help".to_owned());
                }
                self.take_the_id(&said);
                if said.contains("BW1104") && self.theirs.taken.is_empty() {
                    return Err("a conflict, and nobody else owns a field".to_owned());
                }
                // A key that was not proven is kept, and handed out by the next run.
                if matches!(what, What::Rotate | What::RotatePush) && said.contains("BW0608") {
                    return self.keys();
                }
                // What ends with 3 did what it could: it is the next run's turn.
                if faulty || (code == Some(3) && matches!(what, What::Destroy | What::Finish)) {
                    self.settled = false;
                    return Ok(());
                }
                if self.state() == before { Ok(()) } else { Err("it refused, and the account has changed".to_owned()) }
            }
            _ => Err("it ended in no way that it knows".to_owned()),
        }
    }

    /// A prune in which a call failed tells what it could not look into.
    fn ended_well(&mut self, what: What, spared: bool) -> Found {
        match what {
            What::Apply | What::Push(_) | What::Prune => {
                if what == What::Push(true) {
                    self.theirs.taken.clear();
                }
                self.settled = true;
                self.agrees(matches!(what, What::Push(_)))?;
                if what == What::Prune && !spared { self.pruned() } else { Ok(()) }
            }
            What::Rotate | What::RotatePush | What::Finish => {
                self.keys()?;
                if self.settled { self.agrees(what == What::RotatePush) } else { Ok(()) }
            }
            What::Render | What::RenderPrune => Ok(()),
            What::Destroy => {
                self.settled = false;
                self.destroyed()
            }
        }
    }

    /// What the program says to write into the spec when the folder has forgotten the id.
    fn take_the_id(&mut self, said: &str) {
        let id = regex::Regex::new("id: ([a-z0-9]{8})").expect("a pattern");
        if said.contains("BW0625") {
            self.id = id.captures(said).map(|found| found[1].to_owned());
            self.lab.sandbox.write("bucketwright.yaml", &self.says.text(&self.lab.spec, self.id.as_deref()));
        }
    }
}

/// `BUCKETWRIGHT_CLI_LIVES` says how many, each of four to twelve moves; `PROPTEST_RNG_SEED` gives others.
#[test]
fn lives_at_the_command_line() {
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => skip!("kube.py", why),
    };
    let peer = match crate::faults::lab::peer() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    let lives = std::env::var("BUCKETWRIGHT_CLI_LIVES").ok().map_or(3, |lives| lives.parse().expect("a number"));
    let figures = Figures::default();
    let config = crate::properties::cases(lives);
    let max_shrink_iters = config.max_shrink_iters.min(24);
    let mut runner = TestRunner::new(ProptestConfig { max_shrink_iters, ..config });
    let outcome = runner.run(&(says(), prop::collection::vec(one_move(), 4..=12)), |(says, moves)| {
        let mut life = Life::new(peer, server, says);
        // Each begins with something to lose.
        let first = [Move::Run(What::Push(false))];
        for (at, one) in first.iter().chain(&moves).enumerate() {
            life.step(one, &figures).map_err(|why| {
                let until = moves[..at].iter().map(|one| format!("  {one:?}\n")).collect::<String>();
                TestCaseError::fail(format!("{why}\n{}\nAfter an apply of {says:?}, and\n{until}", life.last))
            })?;
        }
        Ok(())
    });
    let of = |one: &AtomicUsize| one.load(Ordering::Relaxed);
    let (moves, well, refused, faults) =
        (of(&figures.moves), of(&figures.ended_well), of(&figures.refused), of(&figures.faults));
    crate::faults::say(&format!(
        "{lives} lives: {moves} moves, {well} runs ended well, {refused} refused or failed, {faults} faults; {:?}",
        figures.codes.lock().expect("a lock")
    ));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
