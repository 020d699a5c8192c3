//! The keys whose secrets a folder keeps for a user, and which of them is of use.

use std::collections::BTreeMap;

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
    /// Whether it was ever used; asked only where an open intent makes it matter.
    pub used: Option<bool>,
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
