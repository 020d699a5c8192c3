//! The keys that a chart knows: from its defaults, its schema and its templates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mentions::{Mentions, Use};
use super::read::Chart;
use crate::yaml::Tree;

/// What is known of one place in the values.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) below: BTreeMap<String, Known>,
    pub(super) open: Use,
}

impl Default for Known {
    fn default() -> Self {
        Self { below: BTreeMap::new(), open: Use::Closed }
    }
}

impl Known {
    /// What a chart knows, its subcharts under their keys, and the words of all templates.
    pub(super) fn of(chart: &Chart) -> (Self, BTreeSet<String>) {
        let mut shared = Mentions::default();
        let mut words = Mentions::default();
        for one in chart.all() {
            for text in one.templates.values() {
                words.add(text);
                // A named template sees the values of whichever chart calls it.
                if text.contains("{{- define") || text.contains("{{ define") {
                    shared.add(text);
                }
            }
        }
        let mut globals = Self::default();
        let mut known = Self::chart(chart, &shared, &mut globals);
        known.join("global", globals);
        (known, words.words)
    }

    fn chart(chart: &Chart, shared: &Mentions, globals: &mut Self) -> Self {
        let mut own = Mentions::default();
        chart.templates.values().for_each(|text| own.add(text));
        let mut known = Self::default();
        for (path, how) in own.paths.iter().chain(&shared.paths) {
            known.mention(path, *how);
        }
        if let Some(schema) = &chart.schema {
            known.schema(schema, schema, 0);
        }
        for condition in chart.dependencies.iter().filter_map(|one| one.condition.as_deref()) {
            let paths = condition.split(',').map(|path| path.trim().split('.').map(str::to_owned).collect::<Vec<_>>());
            paths.for_each(|path| known.mention(&path, Use::Closed));
        }
        known.at("tags").open = Use::Free;
        for (key, subchart) in &chart.subcharts {
            let below = Self::chart(subchart, shared, globals);
            known.join(key, below);
        }
        known.defaults(&chart.values);
        // Of a chart that is not there, nothing can be said.
        for missing in chart.missing() {
            known.below.insert(missing.to_owned(), Self { open: Use::Free, ..Self::default() });
        }
        if let Some(global) = known.below.get("global") {
            globals.merge(global.clone());
        }
        known
    }

    fn at(&mut self, key: &str) -> &mut Self {
        self.below.entry(key.to_owned()).or_default()
    }

    fn join(&mut self, key: &str, other: Self) {
        self.at(key).merge(other);
    }

    fn merge(&mut self, other: Self) {
        self.open = self.open.max(other.open);
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
        match values {
            Tree::Map(entries) if !entries.is_empty() => {
                entries.iter().for_each(|(key, below)| self.at(key).defaults(below));
            }
            // An empty default is there to be filled.
            _ => self.open = Use::Free,
        }
    }

    fn schema(&mut self, schema: &Value, root: &Value, depth: usize) {
        if depth > 32 {
            return;
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|path| root.pointer(path.strip_prefix('#')?)) {
            self.schema(target, root, depth + 1);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            schema[word].as_array().into_iter().flatten().for_each(|one| self.schema(one, root, depth + 1));
        }
        let properties = schema["properties"].as_object();
        for (key, below) in properties.into_iter().flatten() {
            self.at(key).schema(below, root, depth + 1);
        }
        let more = &schema["additionalProperties"];
        let unsaid = more.is_null() && properties.is_none() && schema["type"] == "object";
        if more.is_object() || *more == true || unsaid {
            self.open = Use::Free;
        }
    }
}
