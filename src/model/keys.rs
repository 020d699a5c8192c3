//! The keys whose secrets a folder keeps for a user, and which of them is of use.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Intent;
use crate::base::names::IamName;

/// What is known here, not in the cloud: of keys that earlier runs made.
#[derive(Clone, Debug, Default)]
pub struct AtHand {
    /// The ids of the access keys whose secrets are kept, by user.
    pub held: BTreeMap<IamName, HeldKeys>,
    /// The intents that are open: it is not known whether their keys were made.
    pub intents: BTreeMap<IamName, Intent>,
    /// Whether a second key is wanted beside one whose secret is kept nowhere.
    pub second_key: bool,
}

/// An access key that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Its id.
    pub id: String,
    /// Whether it can be used.
    pub active: bool,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Whether it was ever used; asked only where that matters.
    pub used: Use,
}

impl KeyState {
    /// Whether it was ever used; `None` where nobody asked, or might not.
    pub fn was_used(&self) -> Option<bool> {
        match self.used {
            Use::Unasked => None,
            Use::Never => Some(false),
            Use::At(_) => Some(true),
        }
    }

    /// When and for what it was used last, as far as that is known.
    pub fn last_use(&self) -> Option<&LastUse> {
        if let Use::At(last) = &self.used { Some(last) } else { None }
    }
}

/// Whether a key was ever used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nobody asked, or the caller may not.
    Unasked,
    /// It never was.
    Never,
    /// It was, the last time then.
    At(LastUse),
}

impl Use {
    /// What the account tells: the last use, if there was one.
    pub fn of(last: Option<LastUse>) -> Self {
        last.map_or(Self::Never, Self::At)
    }
}

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

/// The ids of the keys whose secrets are kept for one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldKeys {
    /// The key that renders use.
    pub current: Option<String>,
    /// Its successor, not yet proven.
    pub next: Option<String>,
    /// Its predecessor.
    pub previous: Option<String>,
}

impl HeldKeys {
    /// All of them, in the order in which they are used: what pods ran with before comes before what nobody has proven.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        [&self.current, &self.previous, &self.next].into_iter().flatten()
    }

    /// Whether the secret of a key is kept.
    pub fn holds(&self, id: &str) -> bool {
        self.all().any(|held| held == id)
    }

    /// The first key that works; `active` tells of each key in the account whether it can be used.
    pub fn usable(&self, active: impl Fn(&str) -> Option<bool>) -> Option<&String> {
        self.all().find(|id| active(id) == Some(true))
    }

    /// The first key that exists and is inactive.
    pub fn inactive(&self, active: impl Fn(&str) -> Option<bool>) -> Option<&String> {
        self.all().find(|id| active(id) == Some(false))
    }

    /// The same keys with this one in use: what was in use is kept as its predecessor while the account has it.
    #[must_use]
    pub fn using(&self, id: &str, active: impl Fn(&str) -> Option<bool>) -> Self {
        if self.current.as_deref() == Some(id) || !self.holds(id) {
            return self.clone();
        }
        let rest = |held: &&String| held.as_str() != id && active(held).is_some();
        let next = self.next.as_ref().filter(rest);
        let previous = self.current.as_ref().filter(rest).or(self.previous.as_ref().filter(rest));
        Self { current: Some(id.to_owned()), next: next.cloned(), previous: previous.cloned() }
    }

    /// The same keys as they are used from now on: where the one in use does not work, another that does takes its place.
    #[must_use]
    pub fn arranged(&self, active: impl Fn(&str) -> Option<bool>) -> Self {
        self.usable(&active).map_or_else(|| self.clone(), |id| self.using(id, &active))
    }
}

/// A key id with all but its last four characters hidden.
pub fn masked(id: &str) -> String {
    format!("…{}", id.get(id.len().saturating_sub(4)..).unwrap_or_default())
}

/// Whether a key of the account can be used; `None` where the account does not have it.
pub(crate) fn active(keys: &[KeyState]) -> impl Fn(&str) -> Option<bool> {
    move |id| keys.iter().find(|key| key.id == id).map(|key| key.active)
}

impl AtHand {
    /// The keys that are kept for a user as this run uses them, where one of them works.
    pub fn arranged(&self, user: &IamName, keys: &[KeyState]) -> Option<HeldKeys> {
        let held = self.held.get(user)?;
        held.usable(active(keys))?;
        Some(held.arranged(active(keys)))
    }

    /// The users whose intents have nothing left to tell: what they made is kept, or was never made, or is used by somebody.
    pub fn settled<'a>(&'a self, keys: impl Fn(&IamName) -> &'a [KeyState], now: i64) -> Vec<&'a IamName> {
        let settled = |(user, intent): &(&IamName, &Intent)| {
            let (there, held) = (keys(user), self.held.get(*user));
            let held_there = |fresh: bool| {
                there
                    .iter()
                    .any(|key| held.is_some_and(|held| held.holds(&key.id)) && intent.is_fresh(&key.id) == fresh)
            };
            held_there(true) || held_there(false) && intent.explains_nothing(there, now)
        };
        self.intents.iter().filter(settled).map(|(user, _)| user).collect()
    }
}

/// Where the secrets of keys are.
pub(crate) const KEPT: &str = "`apply` keeps it in `credentials` below its `--out`, or in the folder of `--keys`.";
/// What to do where they are not.
pub(crate) const LOST: &str =
    "If it is lost, run `bucketwright apply --second-key`: it makes a second key, and the first keeps working.";

/// What is said where another key than the one in use is used from now on.
pub(crate) fn fallen_back(held: &HeldKeys, used: &str, keys: &[KeyState]) -> Option<String> {
    let before = held.current.as_deref().filter(|id| *id != used)?;
    let why = if active(keys)(before).is_some() { "is inactive" } else { "is gone from the account" };
    let which = if held.previous.as_deref() == Some(used) { "its predecessor" } else { "its successor" };
    Some(format!("The key {} {why}; {which} {} works and is used.", masked(before), masked(used)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_works_takes_the_place_of_one_that_does_not() {
        let held = |current: &str, next: &str, previous: &str| {
            let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            HeldKeys { current: id(current), next: id(next), previous: id(previous) }
        };
        for (before, seen, after) in [
            (held("A", "", ""), "A", held("A", "", "")),
            (held("A", "", "B"), "A B", held("A", "", "B")),
            // The new key was deleted: the old one is used again, and alone.
            (held("A", "", "B"), "B", held("B", "", "")),
            // The new key was made inactive: it may come back, so it is kept.
            (held("A", "", "B"), "a B", held("B", "", "A")),
            (held("A", "C", ""), "C", held("C", "", "")),
            (held("A", "C", ""), "a C", held("C", "", "A")),
            // A key that pods ran with comes before one that nobody has proven.
            (held("A", "C", "B"), "B C", held("B", "C", "")),
            (held("A", "", "B"), "a b", held("A", "", "B")),
            (held("A", "", "B"), "F", held("A", "", "B")),
            (held("", "", ""), "F", held("", "", "")),
        ] {
            let active = |id: &str| {
                let there = seen.split(' ').find(|key| key.eq_ignore_ascii_case(id))?;
                Some(there.chars().all(|letter| letter.is_ascii_uppercase()))
            };
            assert_eq!(before.arranged(active), after, "{before:?} {seen}");
        }
    }
}
