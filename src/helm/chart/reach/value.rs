//! What is known of a value while templates are followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::helm::chart::known::Place;

/// How much a value may hold before its parts are no longer told apart.
const MOST_PARTS: usize = 500;

/// A thing that templates see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A place in the values.
    Place(Place),
    /// What a chart's templates get: its values, its subcharts, its release.
    Context(usize),
    /// The subcharts of that chart.
    Subcharts(usize),
}

/// Something that a template handles: all that it may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    /// The things that it may be: places in the values and in what templates see beside them.
    pub(super) things: BTreeSet<Thing>,
    /// The texts that it may be.
    pub(super) texts: BTreeSet<String>,
    /// What is below its keys, where a template made it.
    pub(super) keys: BTreeMap<String, Held>,
    /// What is in it, where it is a list.
    pub(super) items: Option<Box<Held>>,
    /// Whether it was written as YAML or the like, so that all that is below it is in the text.
    pub(super) whole: bool,
}

impl Held {
    pub(super) fn thing(thing: Thing) -> Self {
        Self { things: BTreeSet::from([thing]), ..Self::default() }
    }

    pub(super) fn text(text: &str) -> Self {
        Self { texts: BTreeSet::from([text.to_owned()]), ..Self::default() }
    }

    pub(super) fn list(items: Held) -> Self {
        Self { items: Some(Box::new(items)), ..Self::default() }
    }

    /// Takes in what else it may be.
    pub(super) fn join(&mut self, other: Self) {
        self.add(other);
        if self.size() > MOST_PARTS {
            let things = self.everything();
            *self = Self { things, whole: self.whole, ..Self::default() };
        }
    }

    fn add(&mut self, other: Self) {
        self.things.extend(other.things);
        self.texts.extend(other.texts);
        self.whole |= other.whole;
        for (key, value) in other.keys {
            self.keys.entry(key).or_default().add(value);
        }
        if let Some(items) = other.items {
            self.items.get_or_insert_default().add(*items);
        }
    }

    fn size(&self) -> usize {
        let below: usize = self.keys.values().map(Held::size).sum();
        1 + self.things.len() + self.texts.len() + below + self.items.as_ref().map_or(0, |items| items.size())
    }

    /// All things in it, however deep.
    pub(super) fn everything(&self) -> BTreeSet<Thing> {
        let mut all = self.things.clone();
        self.keys.values().chain(self.items.as_deref()).for_each(|value| all.extend(value.everything()));
        all
    }

    /// What of it is in a text that a function makes of it: its whole, if it was written out before.
    pub(super) fn written(self) -> Self {
        if self.whole { Self { texts: BTreeSet::new(), ..self } } else { Self::default() }
    }
}
