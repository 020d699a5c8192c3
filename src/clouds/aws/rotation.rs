//! Replacing an access key without an outage: what is to be done next, from the keys in the account and those that are kept. Pure.
//!
//! IAM gives each user two slots. A rotation fills the second, hands the new key out when it is proven, and, when the user
//! says that all consumers have it, retires the old one. Where it stands is read from the account and from the kept keys, so
//! it can be interrupted anywhere. Source: IAM User Guide, "Update access keys".

use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::shell::word;
use crate::clouds::aws::plan::inactive;
use crate::clouds::clock::span;
use crate::model::{HeldKeys, KeyState, LastUse, masked};

/// What to do where the secret of the only key is lost.
const LOST: &str = "If it is lost, `bucketwright apply --second-key` makes a second key, and the first keeps working.";

/// How long an old key must be quiet before it is retired, in seconds.
///
/// Of several uses within 15 minutes AWS writes down the first, so a key that is used all the time may look 15 minutes old.
/// Source: IAM User Guide, "Generate credential reports", `access_key_1_last_used_date`. Twice that is asked for.
pub const QUIET: i64 = 30 * 60;

/// Where a rotation stands, and so what `rotate` does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The key in use is alone: a second one is made.
    Make,
    /// The second key is kept: it is proven and handed out.
    Prove,
    /// The new key is handed out and the old one still exists: only the files are written again.
    HandedOut,
}

/// What `rotate --finish` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// There is no old key.
    Nothing,
    /// The old key is gone from the account already: only its secret is forgotten.
    Forget(String),
    /// The old key is made inactive, if it is not, and deleted.
    Retire {
        /// The old key.
        old: KeyState,
        /// Whether it was used lately or after the new one was made: then something may still use it.
        used_since: bool,
    },
}

/// What is known of one user.
#[derive(Clone, Debug)]
pub struct Rotation<'a> {
    /// The user.
    pub user: &'a IamName,
    /// Its keys in the account.
    pub seen: Vec<KeyState>,
    /// Its keys that are kept.
    pub held: HeldKeys,
}

impl<'a> Rotation<'a> {
    /// What is known of a user. Where the key in use does not work and its predecessor does, that one is in use again.
    pub fn new(user: &'a IamName, seen: Vec<KeyState>, held: &HeldKeys) -> Self {
        let active = |id: &str| seen.iter().find(|key| key.id == id).map(|key| key.active);
        // A successor is proven before it is used.
        let works = held.usable(active).filter(|id| held.next.as_ref() != Some(id));
        let held = works.map_or_else(|| held.clone(), |id| held.using(id, active));
        Self { user, seen, held }
    }

    /// A key of the account by its id.
    pub fn seen(&self, id: Option<&String>) -> Option<&KeyState> {
        self.seen.iter().find(|key| Some(&key.id) == id)
    }

    /// A key of the account whose secret is not kept here.
    pub fn other(&self) -> Option<&KeyState> {
        self.seen.iter().find(|key| !self.held.holds(&key.id))
    }

    /// The kept keys once the successor is handed out.
    pub fn promoted(&self) -> HeldKeys {
        let active = |id: &str| self.seen(Some(&id.to_owned())).map(|key| key.active);
        self.held.next.as_ref().map_or_else(|| self.held.clone(), |next| self.held.using(next, active))
    }

    /// Where the rotation stands.
    ///
    /// # Errors
    /// `BW0631` when the second slot is taken by a key that is not kept, `BW0632` when the key in use is not kept or is gone,
    /// `BW0634` when a key that is kept is inactive.
    pub fn stage(&self, now: i64) -> Result<Stage> {
        let next = self.seen(self.held.next.as_ref());
        if next.is_some_and(|next| next.active) {
            return Ok(Stage::Prove);
        }
        self.current()?;
        if let Some(next) = next {
            return Err(inactive(self.user.as_str(), &next.id, self.seen.len()));
        }
        if self.seen(self.held.previous.as_ref()).is_some() {
            return Ok(Stage::HandedOut);
        }
        match self.other() {
            Some(other) => Err(self.slots_full(other, now)),
            None => Ok(Stage::Make),
        }
    }

    /// What finishing means now.
    ///
    /// # Errors
    /// `BW0632` and `BW0634` as above, `BW0633` when the new key is not handed out yet, `BW0640` when the old one was used lately
    /// and nobody said that this does not matter. What we prove ourselves we prove with the new key, so that use was another's.
    pub fn finish(&self, now: i64, even_if_used: bool) -> Result<Finish> {
        let next = self.seen(self.held.next.as_ref());
        if next.is_some_and(|next| next.active) {
            return Err(Error::new(Code::NOT_HANDED_OUT, format!("the new key of `{}` is not proven yet", self.user))
                .why("An earlier run was interrupted between making the key and handing it out, so nothing can use it.")
                .fix("Run `bucketwright rotate` without `--finish`: it proves that key and hands it out."));
        }
        let current = self.current()?;
        if let Some(next) = next {
            return Err(inactive(self.user.as_str(), &next.id, self.seen.len()));
        }
        Ok(match (&self.held.previous, self.seen(self.held.previous.as_ref())) {
            (None, _) => Finish::Nothing,
            (Some(gone), None) => Finish::Forget(gone.clone()),
            (_, Some(old)) => {
                let lately = old.last_use().filter(|last| old.active && last.at > now - QUIET);
                if let Some(last) = lately.filter(|_| !even_if_used) {
                    return Err(self.still_used(old, last, now));
                }
                let since = old.last_use().is_some_and(|last| last.at > current.created);
                Finish::Retire { old: old.clone(), used_since: since || lately.is_some() }
            }
        })
    }

    /// The key in use, which must work: everything else rests on it.
    fn current(&self) -> Result<&KeyState> {
        if let Some(current) = self.seen(self.held.current.as_ref()).filter(|key| key.active) {
            return Ok(current);
        }
        let user = self.user;
        let active = |id: &str| self.seen(Some(&id.to_owned())).map(|key| key.active);
        if let Some(off) = self.held.inactive(active) {
            return Err(inactive(user.as_str(), off, self.seen.len()));
        }
        let elsewhere = "Name the folder that keeps it, `--keys DIR`, or the one that `apply` wrote into, `--out DIR`";
        let (what, fix) = match (&self.held.current, self.other()) {
            (None, _) => (
                format!("this folder keeps no key of the user `{user}`"),
                format!("{elsewhere}; where there never was one, run `bucketwright apply`."),
            ),
            (Some(id), None) => (
                format!("the key {} of the user `{user}`, which is in use here, is gone from the account", masked(id)),
                "Run `bucketwright apply`: it makes a new one.".to_owned(),
            ),
            (Some(id), Some(other)) => (
                format!(
                    "the key {} of the user `{user}`, which is in use here, is gone from the account; it has {}",
                    masked(id),
                    masked(&other.id)
                ),
                format!("Another folder may have rotated it. {elsewhere}. {LOST}"),
            ),
        };
        Err(Error::new(Code::NO_KEY_IN_USE, what)
            .why("A rotation replaces a key that works and whose secret is kept.")
            .fix(fix))
    }

    fn still_used(&self, old: &KeyState, last: &LastUse, now: i64) -> Error {
        let (user, ago, wait) = (self.user, span(now - last.at), span(last.at + QUIET - now));
        let what = format!(
            "the old key {} of `{user}` was used {ago} ago for {} in {}",
            masked(&old.id),
            last.service,
            last.region
        );
        Error::new(Code::STILL_USED, what)
            .why(format!("Something may still use it: what this program proves it proves with the new key. AWS writes a use down at most once in 15 minutes, so the key counts as unused after {} of quiet.", span(QUIET)))
            .fix(format!("Restart what still has the old key, wait {wait}, and run the same command again. Or add `--even-if-used`: the key is then made inactive first, which can be undone."))
    }

    fn slots_full(&self, other: &KeyState, now: i64) -> Error {
        let user = self.user;
        let keys: Vec<String> = self.seen.iter().map(|key| described(key, now)).collect();
        Error::new(Code::SLOTS_TAKEN, format!("both key slots of the user `{user}` are taken: {}", keys.join("; ")))
            .why("IAM allows two keys for each user, inactive ones included, and the second is not one that this folder keeps: another folder keeps it, someone else made it, or its secret was lost.")
            .fix(format!("{} Then rotate again.", self.rid_of(other)))
    }

    /// What is to be done about a key that is not kept here, so that nothing that works is lost.
    pub fn rid_of(&self, other: &KeyState) -> String {
        let (user, id) = (self.user, word(&other.id));
        if !other.active {
            return format!(
                "{} is inactive, so it serves nobody. Remove it: `aws iam delete-access-key --user-name {user} --access-key-id {id}`.",
                masked(&other.id)
            );
        }
        let current = self.seen(self.held.current.as_ref());
        let begin = if current.is_some_and(|current| other.created > current.created) {
            format!("{} is newer than the key in use here: if", masked(&other.id))
        } else {
            "If".to_owned()
        };
        format!(
            "{begin} another folder rotated this key, continue with that one, `--out DIR` or `--keys DIR`. If nobody uses {}, make it inactive, which can be undone: `aws iam update-access-key --user-name {user} --access-key-id {id} --status Inactive`.",
            masked(&other.id)
        )
    }
}

/// A key with its age and last use, in words.
pub fn described(key: &KeyState, now: i64) -> String {
    let state = if key.active { "" } else { ", inactive" };
    let used = key.last_use().map_or_else(
        || "never used".to_owned(),
        |last| format!("last used {} ago for {} in {}", span(now - last.at), last.service, last.region),
    );
    format!("{} made {} ago{state}, {used}", masked(&key.id), span(now - key.created))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::names::IamNameKind;
    use crate::model::Use;

    fn key(id: &str, created: i64, used: Option<i64>) -> KeyState {
        let used = used.map(|at| LastUse { at, service: "s3".into(), region: "eu-west-1".into() });
        KeyState { id: id.into(), active: true, created, used: Use::of(used) }
    }

    fn rotation<T>(seen: Vec<KeyState>, held: [Option<&str>; 3], ask: impl Fn(&Rotation<'_>) -> T) -> T {
        let user = IamName::parse(IamNameKind::User, "acme").expect("name");
        let [current, next, previous] = held.map(|id| id.map(str::to_owned));
        ask(&Rotation::new(&user, seen, &HeldKeys { current, next, previous }))
    }

    #[test]
    fn each_interruption_is_a_stage_to_go_on_from() {
        let (old, new) = (key("OLD", 0, Some(50)), key("NEW", 100, None));
        let stage = |seen: Vec<KeyState>, held| rotation(seen, held, |rotation| rotation.stage(1000));
        assert_eq!(stage(vec![old.clone()], [Some("OLD"), None, None]).expect("ok"), Stage::Make);
        let both = vec![old.clone(), new.clone()];
        assert_eq!(stage(both.clone(), [Some("OLD"), Some("NEW"), None]).expect("ok"), Stage::Prove);
        assert_eq!(stage(both.clone(), [Some("NEW"), None, Some("OLD")]).expect("ok"), Stage::HandedOut);
        assert_eq!(stage(vec![new.clone()], [Some("NEW"), None, Some("OLD")]).expect("ok"), Stage::Make);
        // The second key was removed by hand before it was proven.
        assert_eq!(stage(vec![old.clone()], [Some("OLD"), Some("NEW"), None]).expect("ok"), Stage::Make);
        // The new key was removed or switched off, and the old one works: it is in use again.
        assert_eq!(stage(vec![old.clone()], [Some("NEW"), None, Some("OLD")]).expect("ok"), Stage::Make);
        // The old key was removed, and the new one is not proven yet.
        assert_eq!(stage(vec![new.clone()], [Some("OLD"), Some("NEW"), None]).expect("ok"), Stage::Prove);
        assert_eq!(*stage(both, [Some("OLD"), None, None]).expect_err("taken").code(), Code::SLOTS_TAKEN);
        assert_eq!(*stage(vec![new.clone()], [None, None, None]).expect_err("not held").code(), Code::NO_KEY_IN_USE);
        let off = KeyState { active: false, ..new };
        assert_eq!(*stage(vec![off], [Some("NEW"), None, None]).expect_err("off").code(), Code::INACTIVE_KEY);
    }

    #[test]
    fn taken_slots_are_named_with_age_and_use() {
        let seen = vec![key("AKIAOLD1", 0, None), key("AKIATHEIRS2", 600, Some(940))];
        let error = rotation(seen, [Some("AKIAOLD1"), None, None], |rotation| rotation.stage(1000)).expect_err("taken");
        assert!(error.what().contains("…OLD1 made 16 minutes ago, never used"), "{error}");
        assert!(
            error.what().contains("…IRS2 made 6 minutes ago, last used 60 seconds ago for s3 in eu-west-1"),
            "{error}"
        );
        assert!(error.remedy().is_some_and(|fix| fix.contains("AKIATHEIRS2") && !fix.contains("AKIAOLD1")));
    }

    /// Long after all uses.
    const NOW: i64 = 100_000;

    #[test]
    fn a_key_that_was_used_lately_is_not_retired() {
        let (used, new) = (key("OLD", 0, Some(NOW - 120)), key("NEW", NOW - 60, None));
        let held = [Some("NEW"), None, Some("OLD")];
        let both = vec![used.clone(), new.clone()];
        let error = rotation(both.clone(), held, |one| one.finish(NOW, false)).expect_err("used");
        assert_eq!(*error.code(), Code::STILL_USED);
        assert!(error.what().contains("2 minutes ago"), "{error}");
        assert!(error.remedy().is_some_and(|fix| fix.contains("wait 28 minutes") && fix.contains("--even-if-used")));
        // Even so it is only made inactive, though that use was before the new key.
        let retired = rotation(both.clone(), held, |one| one.finish(NOW, true)).expect("said aloud");
        assert_eq!(retired, Finish::Retire { old: used.clone(), used_since: true });
        let later = rotation(both, held, |one| one.finish(NOW + QUIET, false)).expect("quiet since");
        assert_eq!(later, Finish::Retire { old: used.clone(), used_since: false });
        // What is inactive serves nobody.
        let off = vec![KeyState { active: false, ..used }, new];
        assert!(matches!(
            rotation(off, held, |one| one.finish(NOW, false)).expect("off"),
            Finish::Retire { used_since: false, .. }
        ));
    }

    fn finished(rotation: &Rotation<'_>) -> Result<Finish> {
        rotation.finish(NOW, false)
    }

    #[test]
    fn only_an_old_key_that_we_hold_is_retired() {
        let finish = |seen: Vec<KeyState>, held| rotation(seen, held, finished);
        let (old, new) = (key("OLD", 0, Some(50)), key("NEW", 100, None));
        let both = vec![old.clone(), new.clone()];
        assert_eq!(
            finish(both.clone(), [Some("NEW"), None, Some("OLD")]).expect("ok"),
            Finish::Retire { old: old.clone(), used_since: false }
        );
        let used = key("OLD", 0, Some(101));
        assert!(matches!(
            finish(vec![used, new.clone()], [Some("NEW"), None, Some("OLD")]).expect("ok"),
            Finish::Retire { used_since: true, .. }
        ));
        assert_eq!(
            finish(vec![new.clone()], [Some("NEW"), None, Some("OLD")]).expect("ok"),
            Finish::Forget("OLD".into())
        );
        assert_eq!(finish(both.clone(), [Some("OLD"), None, None]).expect("ok"), Finish::Nothing, "not ours to delete");
        let early = finish(both, [Some("OLD"), Some("NEW"), None]).expect_err("early");
        assert_eq!(*early.code(), Code::NOT_HANDED_OUT);
        // The only key that is left is never retired: it is in use again.
        assert_eq!(finish(vec![old], [Some("NEW"), None, Some("OLD")]).expect("alone"), Finish::Nothing);
    }
}
