//! Where a key is known that was written in the wrong place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::ValuesFile;
use super::known::{Knowledge, Open, Place, ROOT};
use crate::base::yaml::Tree;

/// How many places are named.
const MOST_NAMED: usize = 3;
/// In more places than these a word is too common to tell anything by itself.
const COMMON: usize = 12;
/// How deep places are looked for.
const DEEPEST: usize = 12;

/// All places that are known by name, by their last word.
#[derive(Debug)]
pub(super) struct Elsewhere {
    by_word: BTreeMap<String, Vec<Candidate>>,
    /// The places that our own values write, with those above them.
    ours: BTreeSet<Vec<String>>,
}

#[derive(Debug)]
struct Candidate {
    path: Vec<String>,
    below: BTreeSet<String>,
    takes_all: bool,
}

impl Elsewhere {
    pub(super) fn new(knowledge: &Knowledge, ours: &[ValuesFile]) -> Self {
        let mut new = Self { by_word: BTreeMap::new(), ours: BTreeSet::new() };
        new.collect(knowledge, ROOT, &mut Vec::new());
        for file in ours {
            written(&file.tree, &mut Vec::new(), &mut new.ours);
        }
        new
    }

    fn collect(&mut self, knowledge: &Knowledge, place: Place, path: &mut Vec<String>) {
        let known = knowledge.place(place);
        let globals = knowledge.place(ROOT).below.get("global");
        for (key, below) in &known.below {
            // The globals of all charts are one place.
            // `tags` at the top is Helm's own, for dependencies.
            let of_helm = path.is_empty() && key == "tags";
            if of_helm || path.len() >= DEEPEST || (!path.is_empty() && Some(below) == globals) {
                continue;
            }
            path.push(key.clone());
            let there = knowledge.place(*below);
            self.by_word.entry(key.clone()).or_default().push(Candidate {
                path: path.clone(),
                below: there.below.keys().cloned().collect(),
                takes_all: there.open >= Open::Empty || there.any.is_some(),
            });
            self.collect(knowledge, *below, path);
            path.pop();
        }
    }

    /// The places where what is at a path is known, the likeliest first.
    pub(super) fn of(&self, path: &[String], tree: &Tree) -> Vec<String> {
        let Some(word) = path.last() else { return Vec::new() };
        let mut found: Vec<(_, &Candidate)> = self
            .by_word
            .get(word)
            .into_iter()
            .flatten()
            .filter(|one| one.takes(tree))
            .map(|one| (self.distance(path, tree, one), one))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let told = found.len() <= COMMON || found.first().is_some_and(|(_, one)| self.is_clear(path, tree, one));
        let mut places: Vec<String> =
            found.iter().filter(|_| told).take(MOST_NAMED).map(|(_, one)| one.path.join(".")).collect();
        places.splice(0..0, self.beside(path));
        places
    }

    /// Whether a place is rather meant than a key of a similar name.
    pub(super) fn is_meant(&self, path: &[String], tree: &Tree, place: &str) -> bool {
        let Some(word) = path.last() else { return false };
        let all = self.by_word.get(word).map_or(&[][..], Vec::as_slice);
        let named = all.iter().find(|one| one.path.join(".") == place);
        match named {
            Some(one) => all.len() <= MOST_NAMED || self.is_clear(path, tree, one),
            None => self.beside(path).is_some_and(|beside| beside == place),
        }
    }

    /// Whether there is more than the word itself that speaks for a place.
    fn is_clear(&self, path: &[String], tree: &Tree, one: &Candidate) -> bool {
        tail(path, &one.path) > 1 || one.held(tree) > 0 || self.ours.contains(&one.path)
    }

    fn distance(&self, path: &[String], tree: &Tree, one: &Candidate) -> impl Ord + use<> {
        let start = path.iter().zip(&one.path).take_while(|(a, b)| a == b).count();
        (
            Reverse(tail(path, &one.path)),
            Reverse(one.held(tree)),
            Reverse(self.ours.contains(&one.path)),
            Reverse(start),
            one.path.len(),
            one.path.clone(),
        )
    }

    /// `certmanager.install` for `installCertmanager`: the same words in one key further up.
    fn beside(&self, path: &[String]) -> Option<String> {
        let [above @ .., parent, key] = path else { return None };
        let wanted = words(parent).into_iter().chain(words(key)).collect::<BTreeSet<_>>();
        let same = |one: &&Candidate| {
            one.path.split_last().is_some_and(|(last, rest)| above.starts_with(rest) && words(last) == wanted)
        };
        let all = || self.by_word.values().flatten();
        all().find(same).filter(|_| parent != key).map(|one| one.path.join("."))
    }
}

impl Candidate {
    /// How many of the keys in a map are known here.
    fn held(&self, tree: &Tree) -> usize {
        tree.entries().iter().filter(|(key, _)| self.below.contains(key.as_str())).count()
    }

    /// Whether it may be what was meant: a map with keys of which none is known is not.
    fn takes(&self, tree: &Tree) -> bool {
        tree.entries().is_empty() || self.takes_all || self.held(tree) > 0
    }
}

/// How many words at the end are the same.
fn tail(a: &[String], b: &[String]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn written(tree: &Tree, path: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
    for (key, below) in tree.entries() {
        path.push(key.value.clone());
        found.insert(path.clone());
        written(below, path, found);
        path.pop();
    }
}

/// The words of a key, in lower case.
fn words(key: &str) -> BTreeSet<String> {
    let mut words = vec![String::new()];
    for c in key.chars() {
        if c.is_uppercase() || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}
