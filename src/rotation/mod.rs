//! Replacing an access key without an outage: what is to be done next, from the keys in the account and those at hand. Pure.
//!
//! IAM gives each user two slots. A rotation fills the second, hands the new key out when it is proven, and, when the user
//! says that all consumers have it, retires the old one. Where it stands is read from the account and from the kept keys, so
//! it can be interrupted anywhere. Source: IAM User Guide, "Update access keys".

use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::names::IamName;
use crate::plan::masked;
use crate::shell::word;

/// How long an old key must be quiet before it is retired, in seconds.
///
/// Of several uses within 15 minutes AWS writes down the first, so a key that is used all the time may look 15 minutes old.
/// Source: IAM User Guide, "Generate credential reports", `access_key_1_last_used_date`. Twice that is asked for.
pub const QUIET: i64 = 30 * 60;

/// When and for what an access key was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastUse {
    /// In seconds since 1970.
    pub at: i64,
    /// The service, such as `s3`.
    pub service: String,
    /// The region.
    pub region: String,
}

/// A key as the account tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenKey {
    /// Its id.
    pub id: String,
    /// Whether it can be used.
    pub active: bool,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Its last use.
    pub last_use: Option<LastUse>,
}

/// The ids of the keys whose secrets are at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldKeys {
    /// The key that renders use.
    pub current: Option<String>,
    /// Its successor, not yet proven.
    pub next: Option<String>,
    /// Its predecessor.
    pub previous: Option<String>,
}

/// Where a rotation stands, and so what `rotate` does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The key in use is alone: a second one is made.
    Make,
    /// The second key is at hand: it is proven and handed out.
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
        old: SeenKey,
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
    pub seen: Vec<SeenKey>,
    /// Its keys at hand.
    pub held: HeldKeys,
}

impl Rotation<'_> {
    /// A key of the account by its id.
    pub fn seen(&self, id: Option<&String>) -> Option<&SeenKey> {
        self.seen.iter().find(|key| Some(&key.id) == id)
    }

    /// Whether the secret of a key is at hand.
    pub fn holds(&self, id: &str) -> bool {
        [&self.held.current, &self.held.next, &self.held.previous].into_iter().flatten().any(|held| held == id)
    }

    /// Where the rotation stands.
    ///
    /// # Errors
    /// `BW0631` when the second slot is taken by a key that is not at hand, `BW0632` when the key in use is not at hand or
    /// cannot be used.
    pub fn stage(&self, now: i64) -> Result<Stage> {
        let current = self.current()?;
        if self.seen(self.held.next.as_ref()).is_some_and(|next| next.active) {
            return Ok(Stage::Prove);
        }
        if self.seen(self.held.previous.as_ref()).is_some() {
            return Ok(Stage::HandedOut);
        }
        if self.seen.iter().any(|key| key.id != current.id) {
            return Err(self.slots_full(now));
        }
        Ok(Stage::Make)
    }

    /// What finishing means now.
    ///
    /// # Errors
    /// `BW0632` as above, `BW0633` when the new key is not handed out yet, `BW0640` when the old one was used lately and nobody
    /// said that this does not matter. What we prove ourselves we prove with the new key, so that use was another's.
    pub fn finish(&self, now: i64, even_if_used: bool) -> Result<Finish> {
        let current = self.current()?;
        if self.seen(self.held.next.as_ref()).is_some() {
            return Err(Error::new(Code::NOT_HANDED_OUT, format!("the new key of `{}` is not proven yet", self.user))
                .why("An earlier run was interrupted between making the key and handing it out, so nothing can use it.")
                .fix("Run `bucketwright rotate` without `--finish`: it goes on from there."));
        }
        Ok(match (&self.held.previous, self.seen(self.held.previous.as_ref())) {
            (None, _) => Finish::Nothing,
            (Some(gone), None) => Finish::Forget(gone.clone()),
            (_, Some(old)) => {
                let lately = old.last_use.as_ref().filter(|last| old.active && last.at > now - QUIET);
                if let Some(last) = lately.filter(|_| !even_if_used) {
                    return Err(self.still_used(old, last, now));
                }
                let since = old.last_use.as_ref().is_some_and(|last| last.at > current.created);
                Finish::Retire { old: old.clone(), used_since: since || lately.is_some() }
            }
        })
    }

    /// The key in use, which must work: everything else rests on it.
    fn current(&self) -> Result<&SeenKey> {
        if let Some(current) = self.seen(self.held.current.as_ref()).filter(|key| key.active) {
            return Ok(current);
        }
        let user = self.user;
        let (what, fix) = match &self.held.current {
            None => (
                format!("no key of the user `{user}` is at hand"),
                "Name the folder that holds it, `--keys DIR`, or the one that `apply` wrote into, `--out DIR`; where there never was one, run `bucketwright apply`.".to_owned(),
            ),
            Some(id) => (
                format!("the key {} of the user `{user}`, which is in use here, does not work", masked(id)),
                format!("`aws iam list-access-keys --user-name {user}` shows its keys. Make it active again there, or run `bucketwright apply`."),
            ),
        };
        Err(Error::new(Code::NO_KEY_IN_USE, what)
            .why("A rotation replaces a key that works; whose secret is lost or which is off cannot be handed over.")
            .fix(fix))
    }

    fn still_used(&self, old: &SeenKey, last: &LastUse, now: i64) -> Error {
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

    fn slots_full(&self, now: i64) -> Error {
        let user = self.user;
        let keys: Vec<String> = self.seen.iter().map(|key| described(key, now)).collect();
        let other = self.seen.iter().find(|key| Some(&key.id) != self.held.current.as_ref());
        let (id, off) = other.map_or(("ID".to_owned(), false), |key| (word(&key.id), !key.active));
        let fix = if off {
            format!(
                "It is inactive, so it serves nobody. Remove it and rotate again: `aws iam delete-access-key --user-name {user} --access-key-id {id}`."
            )
        } else {
            format!(
                "If nobody uses it, make it inactive, which can be undone, and rotate again: `aws iam update-access-key --user-name {user} --access-key-id {id} --status Inactive`."
            )
        };
        Error::new(Code::SLOTS_TAKEN, format!("both key slots of the user `{user}` are taken: {}", keys.join("; ")))
            .why("IAM allows two keys for each user, inactive ones included, and the second is not one that this folder keeps: someone else made it, or its secret was lost on the way.")
            .fix(fix)
    }
}

/// A key with its age and last use, in words.
pub fn described(key: &SeenKey, now: i64) -> String {
    let state = if key.active { "" } else { ", inactive" };
    let used = key.last_use.as_ref().map_or_else(
        || "never used".to_owned(),
        |last| format!("last used {} ago for {} in {}", span(now - last.at), last.service, last.region),
    );
    format!("{} made {} ago{state}, {used}", masked(&key.id), span(now - key.created))
}

/// A length of time in its largest whole unit.
pub fn span(seconds: i64) -> String {
    let (count, unit) = match seconds.max(0) {
        s if s < 120 => (s, "second"),
        s if s < 2 * 3600 => (s / 60, "minute"),
        s if s < 2 * 86400 => (s / 3600, "hour"),
        s => (s / 86400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::IamNameKind;

    fn key(id: &str, created: i64, used: Option<i64>) -> SeenKey {
        let last_use = used.map(|at| LastUse { at, service: "s3".into(), region: "eu-west-1".into() });
        SeenKey { id: id.into(), active: true, created, last_use }
    }

    fn rotation<T>(seen: Vec<SeenKey>, held: [Option<&str>; 3], ask: impl Fn(&Rotation<'_>) -> T) -> T {
        let user = IamName::parse(IamNameKind::User, "acme").expect("name");
        let [current, next, previous] = held.map(|id| id.map(str::to_owned));
        ask(&Rotation { user: &user, seen, held: HeldKeys { current, next, previous } })
    }

    #[test]
    fn each_interruption_is_a_stage_to_go_on_from() {
        let (old, new) = (key("OLD", 0, Some(50)), key("NEW", 100, None));
        let stage = |seen: Vec<SeenKey>, held| rotation(seen, held, |rotation| rotation.stage(1000));
        assert_eq!(stage(vec![old.clone()], [Some("OLD"), None, None]).expect("ok"), Stage::Make);
        let both = vec![old.clone(), new.clone()];
        assert_eq!(stage(both.clone(), [Some("OLD"), Some("NEW"), None]).expect("ok"), Stage::Prove);
        assert_eq!(stage(both.clone(), [Some("NEW"), None, Some("OLD")]).expect("ok"), Stage::HandedOut);
        assert_eq!(stage(vec![new.clone()], [Some("NEW"), None, Some("OLD")]).expect("ok"), Stage::Make);
        // The second key was removed by hand before it was proven.
        assert_eq!(stage(vec![old], [Some("OLD"), Some("NEW"), None]).expect("ok"), Stage::Make);
        assert_eq!(*stage(both, [Some("OLD"), None, None]).expect_err("taken").code(), Code::SLOTS_TAKEN);
        assert_eq!(*stage(vec![new.clone()], [None, None, None]).expect_err("not held").code(), Code::NO_KEY_IN_USE);
        let off = SeenKey { active: false, ..new };
        assert_eq!(*stage(vec![off], [Some("NEW"), None, None]).expect_err("off").code(), Code::NO_KEY_IN_USE);
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
        let off = vec![SeenKey { active: false, ..used }, new];
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
        let finish = |seen: Vec<SeenKey>, held| rotation(seen, held, finished);
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
        // The only key that is left is never retired.
        assert_eq!(
            *finish(vec![old], [Some("NEW"), None, Some("OLD")]).expect_err("alone").code(),
            Code::NO_KEY_IN_USE
        );
    }
}
