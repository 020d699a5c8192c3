//! Helm as the judge of keys: a key that changes nothing in what Helm renders has no effect in this release.
//!
//! Renders are dear, so keys are asked in groups: a group that changes nothing is decided by one render, and any other is halved.
//! A text of ours that shows up in the manifests decides its key at once, for all keys in one render.

mod change;
mod keys;
mod manifests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::keys::{Files, by_reading, judged};

use self::change::{Way, mark, shows};
use self::manifests::Manifests;
use crate::base::error::Result;

/// How many times a chart is rendered at most to judge the keys of one install.
const MOST_RENDERS: usize = 48;
/// The key that is put beside others, and that no chart reads.
const PROBE: &str = "bucketwrightProbe";

/// A key whose effect is asked for, with nothing below it.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its path.
    pub path: Vec<String>,
    /// What it says.
    pub value: Value,
    /// What the chart's defaults say there.
    pub default: Option<Value>,
    /// Whether the reading of the templates does not know it.
    pub suspect: bool,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What Helm renders depends on it.
    Used,
    /// Helm renders the same, whatever it says.
    Idle,
    /// There is no telling: too many keys, or manifests that are new each time.
    Unknown,
}

/// What Helm makes of values that are laid over all others: the manifests, or nothing when it refuses them.
pub type Render<'a> = dyn FnMut(&Value) -> Result<Option<String>> + 'a;

/// The effect of each key, in their order.
///
/// `base` is what Helm makes of the values as they are; `roots` are the paths at which the values of a chart begin, and that of the
/// globals.
///
/// # Errors
/// Whatever `render` fails with.
pub fn effects(base: &str, leaves: &[Leaf], roots: &[Vec<String>], render: &mut Render<'_>) -> Result<Vec<Effect>> {
    let mut search = Search { leaves, effects: vec![Effect::Unknown; leaves.len()], left: MOST_RENDERS, render };
    let Some(base) = search.steady(base, roots)? else { return Ok(search.effects) };
    search.all_at_once()?;
    let suspect = |one: &Leaf| one.suspect;
    let text = |one: &Leaf| !one.suspect && one.value.is_string();
    let other = |one: &Leaf| !one.suspect && !one.value.is_string();
    let groups: [&dyn Fn(&Leaf) -> bool; 3] = [&suspect, &text, &other];
    for group in groups {
        search.decide(&base, group)?;
    }
    if !base.is_steady() {
        let known = |(leaf, effect): (&Leaf, &mut Effect)| {
            if !leaf.suspect && *effect == Effect::Idle {
                *effect = Effect::Unknown;
            }
        };
        leaves.iter().zip(&mut search.effects).for_each(known);
    }
    Ok(search.effects)
}

struct Search<'a, 'r> {
    leaves: &'a [Leaf],
    effects: Vec<Effect>,
    left: usize,
    render: &'a mut Render<'r>,
}

impl Search<'_, '_> {
    fn render(&mut self, over: &Value) -> Result<Option<String>> {
        self.left = self.left.saturating_sub(1);
        (self.render)(over)
    }

    /// The manifests without the lines that always differ, such as generated passwords and names with a hash of all values. A key
    /// that no chart reads is put beside each suspect; where that key shows up, the chart writes out every key there.
    fn steady(&mut self, base: &str, roots: &[Vec<String>]) -> Result<Option<Manifests>> {
        let mut places: BTreeMap<Vec<String>, String> = BTreeMap::new();
        let suspects = self.leaves.iter().filter(|one| one.suspect).filter_map(|one| one.path.split_last());
        for parent in suspects.map(|(_, parent)| parent.to_vec()).chain(roots.iter().cloned()) {
            let number = self.leaves.len() + places.len();
            places.entry(parent).or_insert_with(|| mark(number));
        }
        let probes = |wanted: &dyn Fn(&Vec<String>) -> bool| {
            let mut over = Value::Object(Map::new());
            for (parent, text) in places.iter().filter(|(parent, _)| wanted(parent)) {
                let path = [parent.as_slice(), &[PROBE.to_owned()]].concat();
                put(&mut over, &path, Value::String(text.clone()));
            }
            over
        };
        // A schema may refuse unknown keys, everywhere or in some places.
        for over in [probes(&|_| true), probes(&|parent| roots.contains(parent)), Value::Object(Map::new())] {
            let Some(text) = self.render(&over)? else { continue };
            for (leaf, effect) in self.leaves.iter().zip(&mut self.effects).filter(|(leaf, _)| leaf.suspect) {
                let beside = leaf.path.split_last().and_then(|(_, parent)| places.get(parent));
                if beside.is_some_and(|beside| shows(&text, beside)) {
                    *effect = Effect::Used;
                }
            }
            let marks: Vec<&str> = places.values().map(String::as_str).collect();
            return Ok(Some(Manifests::steady(base, &text, &marks)));
        }
        Ok(None)
    }

    /// Gives each text a mark of its own: those that show up are used.
    fn all_at_once(&mut self) -> Result<()> {
        let texts = |(number, leaf): (usize, &Leaf)| leaf.value.is_string().then_some(number);
        let texts: Vec<usize> = self.leaves.iter().enumerate().filter_map(texts).collect();
        self.marked(&texts)
    }

    /// A chart that refuses some of the marks is asked for each half of them, a few times.
    fn marked(&mut self, texts: &[usize]) -> Result<()> {
        if texts.is_empty() || self.left <= MOST_RENDERS / 2 {
            return Ok(());
        }
        let Some(text) = self.render(&self.over(texts, Way::Marked))? else {
            if texts.len() == 1 {
                self.effects[texts[0]] = Effect::Used;
                return Ok(());
            }
            let (one, other) = texts.split_at(texts.len() / 2);
            self.marked(one)?;
            return self.marked(other);
        };
        for number in texts.iter().filter(|number| shows(&text, &mark(**number))) {
            self.effects[*number] = Effect::Used;
        }
        Ok(())
    }

    /// Decides what is not known yet of some keys: idle are those that change nothing, in whichever way they are changed.
    fn decide(&mut self, base: &Manifests, wanted: &dyn Fn(&Leaf) -> bool) -> Result<()> {
        let open = |(number, leaf): (usize, &Leaf)| {
            (self.effects[number] == Effect::Unknown && wanted(leaf) && !leaf.value.is_null()).then_some(number)
        };
        let mut group: Vec<usize> = self.leaves.iter().enumerate().filter_map(open).collect();
        for way in [Way::Marked, Way::Default, Way::Absent] {
            group = self.idle(base, &group, way, false)?;
        }
        group.into_iter().for_each(|number| self.effects[number] = Effect::Idle);
        Ok(())
    }

    /// Those of a group that change nothing. It is `known_to_differ` when its other half does not, and the two together do.
    fn idle(&mut self, base: &Manifests, group: &[usize], way: Way, known_to_differ: bool) -> Result<Vec<usize>> {
        let changed: Vec<usize> =
            group.iter().copied().filter(|one| way.of(&self.leaves[*one], *one).is_some()).collect();
        if changed.is_empty() {
            return Ok(group.to_vec());
        }
        if !known_to_differ {
            if self.left == 0 {
                return Ok(Vec::new());
            }
            let text = self.render(&self.over(&changed, way))?;
            if text.is_some_and(|text| base.is_same(&text)) {
                return Ok(group.to_vec());
            }
        }
        if let [only] = changed.as_slice() {
            self.effects[*only] = Effect::Used;
            return Ok(group.iter().copied().filter(|one| one != only).collect());
        }
        let (one, other) = group.split_at(group.len() / 2);
        let mut idle = self.idle(base, one, way, false)?;
        let all = idle.len() == one.len();
        idle.extend(self.idle(base, other, way, all)?);
        Ok(idle)
    }

    fn over(&self, group: &[usize], way: Way) -> Value {
        let mut over = Value::Object(Map::new());
        for number in group {
            let leaf = &self.leaves[*number];
            if let Some(value) = way.of(leaf, *number) {
                put(&mut over, &leaf.path, value);
            }
        }
        over
    }
}

fn put(over: &mut Value, path: &[String], value: Value) {
    match path.split_first() {
        None => *over = value,
        Some((key, rest)) => {
            if !over.is_object() {
                *over = Value::Object(Map::new());
            }
            if let Some(map) = over.as_object_mut() {
                put(map.entry(key.clone()).or_insert(Value::Null), rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
