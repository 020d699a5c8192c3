//! The keys that a chart knows: from its defaults, its schema and its templates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Chart;
use super::mentions::{Mentions, Use};
use crate::base::yaml::Tree;

/// How many parts of a schema are looked at, those that are referred to each time: the largest known has some thousands.
const MOST_VISITED: usize = 100_000;

/// What is known of one place in the values.
#[derive(Clone, Debug)]
pub(super) struct KnownKeys {
    pub(super) below: BTreeMap<String, KnownKeys>,
    pub(super) open: Use,
    /// Whether the values of a chart begin here.
    pub(super) root: bool,
    /// Whether the defaults list it.
    pub(super) listed: bool,
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self { below: BTreeMap::new(), open: Use::Closed, root: false, listed: false }
    }
}

/// What a chart knows, its subcharts under their keys.
#[derive(Debug)]
pub struct Knowledge {
    pub(super) known: KnownKeys,
    /// A named template sees the values of whichever chart calls it, so this is known where any chart's values begin.
    pub(super) shared: KnownKeys,
    /// The words of all templates.
    pub(super) words: BTreeSet<String>,
}

impl Knowledge {
    /// Reads every template once.
    pub fn of(chart: &Chart) -> Self {
        let mut whole = Self { known: KnownKeys::default(), shared: KnownKeys::default(), words: BTreeSet::new() };
        let mut globals = KnownKeys::default();
        let mut known = whole.chart(chart, &mut globals);
        if let Some(global) = whole.shared.below.get("global") {
            globals.merge(global.clone());
        }
        known.join("global", globals);
        whole.known = known;
        whole
    }

    fn chart(&mut self, chart: &Chart, globals: &mut KnownKeys) -> KnownKeys {
        let mut known = KnownKeys { root: true, ..KnownKeys::default() };
        for text in chart.templates.values() {
            let mentions = Mentions::of(text);
            let named = text.contains("{{- define") || text.contains("{{ define");
            for (path, how) in &mentions.paths {
                // What is shared is known of this chart, too.
                let place = if named { &mut self.shared } else { &mut known };
                place.mention(path, *how);
            }
            self.words.extend(mentions.words);
        }
        if let Some(schema) = &chart.schema {
            known.schema(schema, schema, 0, &mut 0);
        }
        for condition in chart.dependencies.iter().filter_map(|one| one.condition.as_deref()) {
            let paths = condition.split(',').map(|path| path.trim().split('.').map(str::to_owned).collect::<Vec<_>>());
            paths.for_each(|path| known.mention(&path, Use::Closed));
        }
        known.at("tags").open = Use::Free;
        for (key, subchart) in &chart.subcharts {
            let below = self.chart(subchart, globals);
            known.join(key, below);
        }
        known.defaults(&chart.values);
        // Of a chart that is not there, nothing can be said.
        for missing in chart.missing() {
            known.at(missing).open = Use::Absent;
        }
        if let Some(global) = known.below.get("global") {
            globals.merge(global.clone());
        }
        known
    }
}

impl KnownKeys {
    fn at(&mut self, key: &str) -> &mut Self {
        self.below.entry(key.to_owned()).or_default()
    }

    fn join(&mut self, key: &str, other: Self) {
        self.at(key).merge(other);
    }

    fn merge(&mut self, other: Self) {
        self.open = self.open.max(other.open);
        self.root |= other.root;
        self.listed |= other.listed;
        for (key, below) in other.below {
            self.at(&key).merge(below);
        }
    }

    fn mention(&mut self, path: &[String], how: Use) {
        match path {
            [] => self.open = self.open.max(how),
            [first, rest @ ..] => self.at(first).mention(rest, how),
        }
    }

    fn defaults(&mut self, values: &Tree) {
        self.listed = true;
        match values {
            Tree::Map(entries) if !entries.is_empty() => {
                entries.iter().for_each(|(key, below)| self.at(key).defaults(below));
            }
            // An empty default is there to be filled.
            _ => self.open = Use::Free,
        }
    }

    fn schema(&mut self, schema: &Value, root: &Value, depth: usize, visited: &mut usize) {
        // A schema that refers to itself twice has no end; what is not visited takes any key.
        *visited += 1;
        if depth > 32 || *visited > MOST_VISITED {
            self.open = Use::Free;
            return;
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|path| root.pointer(path.strip_prefix('#')?)) {
            self.schema(target, root, depth + 1, visited);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            schema[word].as_array().into_iter().flatten().for_each(|one| self.schema(one, root, depth + 1, visited));
        }
        let properties = schema["properties"].as_object();
        for (key, below) in properties.into_iter().flatten() {
            self.at(key).schema(below, root, depth + 1, visited);
        }
        let more = &schema["additionalProperties"];
        let unsaid = more.is_null() && properties.is_none() && schema["type"] == "object";
        if more.is_object() || *more == true || unsaid {
            self.open = Use::Free;
        }
    }
}
