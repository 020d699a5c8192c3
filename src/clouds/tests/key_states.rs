//! Every state of a user's keys: those in the account and those that the folder keeps. Whatever `apply`, `rotate` and
//! `rotate --finish` do and advise, a key that works and is kept stays, and no advice leads in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::error::Error;
use crate::base::names::{AccountId, Arn, IamName, Kind};
use crate::blueprint::blueprint;
use crate::clouds::aws::plan::{AwsChange, Observed, PrincipalObserved, PrincipalState, principal_steps};
use crate::clouds::aws::rotation::{Finish, Rotation, Stage};
use crate::clouds::gcp::plan::{GcpAccount, GcpChange, GcpObserved, gcp_plan};
use crate::model::{AtHand, Blueprint, HeldKeys, Intent, KeyState, SPEC_TAG, Step, Use};
use crate::profile::Catalogue;
use crate::spec::Spec;

/// When everything was made; long ago.
const MADE: i64 = 1_000_000;
const NOW: i64 = 2_000_000;
const USER: &str = "acme-argo-workflows";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Command {
    Apply,
    SecondKey,
    Rotate,
    Finish,
}

/// The keys in the account, whether each is active; the kept ones; and the one that an open intent explains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    seen: BTreeMap<String, bool>,
    held: [Option<String>; 3],
    orphan: Option<String>,
}

impl State {
    fn held(&self) -> HeldKeys {
        let [current, next, previous] = self.held.clone();
        HeldKeys { current, next, previous }
    }

    fn hold(&mut self, held: HeldKeys) {
        self.held = [held.current, held.next, held.previous];
    }

    fn works(&self, id: &str) -> bool {
        self.seen.get(id) == Some(&true)
    }

    fn active(&self) -> impl Fn(&str) -> Option<bool> {
        |id| self.seen.get(id).copied()
    }

    fn keys(&self) -> Vec<KeyState> {
        let state = |(id, active): (&String, &bool)| KeyState {
            id: id.clone(),
            active: *active,
            created: MADE,
            used: if self.orphan.is_some() { Use::Never } else { Use::Unasked },
        };
        self.seen.iter().map(state).collect()
    }

    fn intent(&self, user: &IamName) -> Option<Intent> {
        let orphan = self.orphan.as_ref()?;
        let before = self.seen.keys().filter(|id| *id != orphan).cloned().collect();
        Some(Intent { user: user.clone(), at: MADE, before })
    }

    /// A key that is new in the account, under a name that is free.
    fn make(&mut self) -> String {
        let id =
            (1..9).map(|number| format!("AKIANEW{number}")).find(|id| !self.seen.contains_key(id)).expect("a name");
        assert!(self.seen.len() < 2, "IAM has two slots: {self:?}");
        self.seen.insert(id.clone(), true);
        id
    }
}

/// Every state of two slots.
fn states() -> Vec<State> {
    let ids = ["AKIACURRENT", "AKIANEXT", "AKIAPREVIOUS", "AKIATHEIRS", "AKIAOTHER"];
    let mut states = Vec::new();
    for kept in [[false, false, false], [true, false, false], [true, true, false], [true, false, true], [true; 3]] {
        for code in 0..3_usize.pow(5) {
            let of = |place: usize| (code / 3_usize.pow(u32::try_from(place).expect("small"))) % 3;
            let there = (0..5).filter(|place| of(*place) > 0);
            let seen: BTreeMap<String, bool> = there.map(|place| (ids[place].to_owned(), of(place) == 2)).collect();
            if seen.len() > 2 {
                continue;
            }
            let held = [0, 1, 2].map(|place| kept[place].then(|| ids[place].to_owned()));
            let state = State { seen, held, orphan: None };
            for id in state.seen.keys().filter(|id| state.works(id) && !state.held().holds(id)) {
                states.push(State { orphan: Some(id.clone()), ..state.clone() });
            }
            states.push(state);
        }
    }
    states
}

fn wanted(cloud: &str) -> Blueprint {
    let text = format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {cloud}\nidentity: static-keys\ninstalls:\n  - {{profile: argo-workflows, chartVersion: 1.0.18}}\n"
    );
    let spec = Spec::parse("t.yaml", &text).expect("spec");
    let account = AccountId::parse("012345678901").expect("account");
    blueprint(spec, &Catalogue::embedded(), Some(&account)).expect("blueprint")
}

fn at_hand(blueprint: &Blueprint, state: &State, second_key: bool) -> AtHand {
    let user = &blueprint.principals[0].name;
    let mut at_hand = AtHand { second_key, ..AtHand::default() };
    if state.held[0].is_some() {
        at_hand.held.insert(user.clone(), state.held());
    }
    at_hand.intents.extend(state.intent(user).map(|intent| (user.clone(), intent)));
    at_hand
}

fn key_step(blueprint: &Blueprint, state: &State, second_key: bool) -> Step<AwsChange> {
    let user = &blueprint.principals[0];
    let tags = BTreeMap::from([(SPEC_TAG.to_owned(), "acme".to_owned())]);
    let arn = format!("arn:aws:iam::012345678901:user/{USER}");
    let principal = PrincipalState {
        arn: arn.clone(),
        boundary: None,
        tags,
        trust: None,
        session_seconds: None,
        keys: state.keys(),
    };
    let found = PrincipalObserved { principal: Some(principal), ..PrincipalObserved::default() };
    let observed = Observed {
        account: AccountId::parse("012345678901").expect("account"),
        caller: Arn::parse(&arn).expect("an ARN"),
        issuer: None,
        providers: BTreeMap::new(),
        buckets: BTreeMap::new(),
        principals: BTreeMap::from([(user.name.clone(), found)]),
        associations: BTreeMap::new(),
        at_hand: at_hand(blueprint, state, second_key),
    };
    let steps = principal_steps(blueprint, user, &observed);
    steps.into_iter().find(|step| step.kind == Kind::AccessKey).expect("a step")
}

/// Carries a command out; what it refuses is its error.
fn run(blueprint: &Blueprint, before: &State, command: Command) -> Result<State, Box<Error>> {
    match command {
        Command::Apply => applied(blueprint, before, false),
        Command::SecondKey => applied(blueprint, before, true),
        Command::Rotate => rotated(blueprint, before),
        Command::Finish => finished(blueprint, before),
    }
}

fn applied(blueprint: &Blueprint, before: &State, second_key: bool) -> Result<State, Box<Error>> {
    let step = key_step(blueprint, before, second_key);
    if let Some(error) = step.refusal {
        return Err(Box::new(error));
    }
    let mut state = before.clone();
    for change in &step.changes {
        match change {
            AwsChange::DeleteOrphanKey(id) => {
                assert_eq!(before.orphan.as_ref(), Some(id), "only what the intent explains is removed");
                state.seen.remove(id);
                state.orphan = None;
            }
            AwsChange::CreateAccessKey => {
                let stays = before.held().all().find(|id| state.seen.contains_key(*id)).cloned();
                let current = Some(state.make());
                state.hold(HeldKeys { current, next: None, previous: stays });
            }
            other => panic!("{other:?}"),
        }
    }
    let held = state.held().arranged(state.active());
    state.hold(held);
    assert!(state.held[0].as_ref().is_some_and(|id| state.works(id)), "what apply proves works: {before:?}");
    assert_eq!(state.orphan, None, "{before:?}");
    Ok(state)
}

fn rotation<'a>(blueprint: &'a Blueprint, state: &State) -> Rotation<'a> {
    let seen = state.keys().into_iter().map(|key| KeyState { used: Use::Never, ..key });
    Rotation::new(&blueprint.principals[0].name, seen.collect(), &state.held())
}

/// As the command does it: the orphan goes first.
fn without_orphan(before: &State) -> State {
    let mut state = before.clone();
    if let Some(orphan) = state.orphan.take() {
        state.seen.remove(&orphan);
    }
    state
}

fn rotated(blueprint: &Blueprint, before: &State) -> Result<State, Box<Error>> {
    let mut state = without_orphan(before);
    let rotation = rotation(blueprint, &state);
    let next = rotation.stage(NOW).map_err(Box::new)?;
    state.hold(rotation.held.clone());
    match next {
        Stage::HandedOut => {}
        Stage::Make => state.held = [Some(state.make()), None, state.held[0].take()],
        Stage::Prove => state.hold(rotation.promoted()),
    }
    assert!(state.held[0].as_ref().is_some_and(|id| state.works(id)), "what is handed out works: {before:?}");
    Ok(state)
}

fn finished(blueprint: &Blueprint, before: &State) -> Result<State, Box<Error>> {
    let mut state = without_orphan(before);
    let rotation = rotation(blueprint, &state);
    let end = rotation.finish(NOW, false).map_err(Box::new)?;
    state.hold(rotation.held.clone());
    let gone = match end {
        Finish::Nothing => return Ok(state),
        Finish::Forget(id) => id,
        Finish::Retire { old, .. } => {
            state.seen.remove(&old.id);
            old.id
        }
    };
    assert_ne!(state.held[0].as_ref(), Some(&gone), "the key in use stays: {before:?}");
    state.held[2] = None;
    Ok(state)
}

/// What a text proposes, as the states that it leads to and the command to run there.
fn advised(state: &State, command: Command, text: &str) -> Vec<(State, Command)> {
    let mut ways = Vec::new();
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = flat.split('`').collect();
    for (before, line) in parts.iter().zip(&parts[1..]).step_by(2).map(|(before, line)| (*before, *line)) {
        let id = line.split("--access-key-id ").nth(1).map(|rest| rest.split(' ').next().expect("an id").to_owned());
        let mut after = state.clone();
        match (line, id) {
            (line, Some(id)) if line.starts_with("aws iam delete-access-key") => {
                assert!(!state.works(&id), "a key that works is never to be deleted: {state:?}\n{text}");
                assert!(!state.held().holds(&id), "a kept key is never to be deleted: {state:?}\n{text}");
                assert!(after.seen.remove(&id).is_some(), "it is there: {state:?}\n{text}");
                ways.push((after, command));
            }
            (line, Some(id)) if line.ends_with("--status Active") => {
                assert!(state.held().holds(&id), "only a kept key is of use: {state:?}\n{text}");
                assert_eq!(after.seen.insert(id, true), Some(false), "it is inactive: {state:?}\n{text}");
                ways.push((after, command));
            }
            (line, Some(id)) if line.ends_with("--status Inactive") => {
                let theirs = |key: &&String| state.works(key) && !state.held().holds(key);
                let any: Vec<String> = state.seen.keys().filter(theirs).cloned().collect();
                let ids = if id == "ID" { any.clone() } else { vec![id] };
                for id in ids {
                    assert!(any.contains(&id), "a kept key is never to be made inactive: {state:?}\n{text}");
                    let mut after = state.clone();
                    after.seen.insert(id, false);
                    ways.push((after, command));
                }
            }
            ("bucketwright apply --second-key", _) if before == ", then " => {
                ways.last_mut().expect("what is done first").1 = Command::SecondKey;
            }
            ("bucketwright apply", _) => ways.push((after, Command::Apply)),
            ("bucketwright apply --second-key", _) => ways.push((after, Command::SecondKey)),
            ("bucketwright rotate", _) => ways.push((after, Command::Rotate)),
            ("bucketwright rotate --finish", _) => ways.push((after, Command::Finish)),
            (other, _) => {
                let neutral =
                    [USER, "--", "bucketwright plan", "credentials", "apply", "aws iam get-access-key-last-used"];
                assert!(neutral.iter().any(|known| other.starts_with(known)), "{other}\n{text}");
            }
        }
    }
    ways
}

/// Follows every way that is advised, until the command works; gives whether one does.
fn followed(blueprint: &Blueprint, state: &State, command: Command, path: &mut Vec<(State, Command)>) -> bool {
    let here = (state.clone(), command);
    assert!(!path.contains(&here), "the advice leads in a circle: {path:#?}");
    let Err(error) = run(blueprint, state, command) else { return true };
    path.push(here);
    let text = format!("{}\n{}", error.what(), error.remedy().expect("a fix"));
    let mut works = false;
    for (after, next) in advised(state, command, &text) {
        works |= followed(blueprint, &after, next, path);
    }
    path.pop();
    works
}

#[test]
fn no_advice_leads_in_a_circle_or_removes_a_key_that_works() {
    let blueprint = wanted("{provider: aws, region: eu-west-1}");
    for state in states() {
        for command in [Command::Apply, Command::SecondKey, Command::Rotate, Command::Finish] {
            let works = followed(&blueprint, &state, command, &mut Vec::new());
            assert!(works, "no advice helps: {command:?} {state:?}");
        }
    }
}

#[test]
fn a_key_that_works_and_is_kept_stays() {
    let blueprint = wanted("{provider: aws, region: eu-west-1}");
    for before in states() {
        for command in [Command::Apply, Command::SecondKey, Command::Rotate, Command::Finish] {
            let Ok(after) = run(&blueprint, &before, command) else { continue };
            let lost: BTreeSet<&String> = before.seen.keys().filter(|id| !after.seen.contains_key(*id)).collect();
            let old = if command == Command::Finish { rotation(&blueprint, &before).held.previous } else { None };
            for id in lost {
                let allowed = before.orphan.as_ref() == Some(id) || old.as_ref() == Some(id);
                assert!(allowed, "{command:?} removes {id}: {before:?}");
            }
            for id in before.held().all().filter(|id| after.seen.contains_key(*id)) {
                assert!(after.held().holds(id), "{command:?} forgets {id}: {before:?} {after:?}");
            }
            let usable = |state: &State| state.held().usable(state.active()).is_some();
            assert!(!usable(&before) || usable(&after), "{command:?}: {before:?} {after:?}");
            // What `render` takes from now on works, where anything kept does.
            let current = after.held[0].as_ref();
            assert!(!usable(&after) || current.is_some_and(|id| after.works(id)), "{command:?}: {before:?} {after:?}");
        }
    }
}

/// Google removes nothing, and has room for more than two keys.
#[test]
fn a_key_of_google_that_works_is_used_and_none_is_removed() {
    let blueprint = wanted("{provider: gcp, project: acme-prod-1, location: EU}");
    let gcp = blueprint.spec.cloud.gcp().expect("Google");
    for state in states() {
        for second_key in [false, true] {
            let user = blueprint.principals[0].name.clone();
            let account = GcpAccount {
                unlisted: false,
                found: Some(serde_json::json!({"description": "bucketwright spec=acme install=argo-workflows"})),
                keys: state.keys(),
            };
            let observed = GcpObserved {
                accounts: BTreeMap::from([(user, account)]),
                at_hand: at_hand(&blueprint, &state, second_key),
                ..GcpObserved::default()
            };
            let plan = gcp_plan(&blueprint, gcp, &observed).expect("a plan");
            let step = plan.steps.into_iter().find(|step| step.kind == Kind::ServiceAccountKey).expect("a step");
            let makes = step.changes.iter().any(|change| matches!(change, GcpChange::CreateKey { .. }));
            let usable = state.held().usable(state.active()).is_some();
            assert_eq!(makes, !usable && (second_key || state.seen.is_empty()), "{state:?}");
            let Some(error) = step.refusal else { continue };
            let fix = error.remedy().expect("a fix");
            assert!(!usable && !fix.contains("delete"), "{state:?} {fix}");
            let off = state.held().inactive(state.active()).cloned();
            assert_eq!(off.is_some(), off.is_some_and(|id| fix.contains(&format!("keys enable {id}"))), "{fix}");
        }
    }
}
