//! Lists of the old values that one of ours replaces.

use serde_json::Value;

use super::{Settings, SettingsOutcome, Walk, says};
use crate::migrate::pattern::{fits, keys};
use crate::migrate::{Moved, Old};
use crate::profile::{Becomes, Migration, Setting};

impl Walk<'_> {
    /// How many items of a list are not in the one that takes its place: Helm does not merge lists.
    ///
    /// Source: Helm documentation, "Values Files" (lists are replaced whole).
    pub(super) fn loses(&self, path: &[String], leaf: &Old) -> usize {
        let written = self.facts.iter().rev().filter(|fact| !fact.is_default).find_map(|fact| says(fact, path));
        let (Some(new), Some(old)) = (written.and_then(Value::as_array), leaf.value().and_then(Value::as_array)) else {
            return 0;
        };
        old.iter().filter(|item| !new.contains(item)).count()
    }

    /// Says that items of a list are lost.
    pub(super) fn lost(&mut self, path: &[String], leaf: &Old) {
        let items = match self.loses(path, leaf) {
            1 => "an item".to_owned(),
            count => format!("{count} items"),
        };
        let what = format!(
            "{} has this list too, and Helm does not merge lists: {items} of yours are lost. Give a values file with the whole list after it",
            self.file
        );
        self.say(path, leaf, SettingsOutcome::Decide, what, None);
    }

    /// Says that a setting answers an option of the spec, and that somebody must look at it, where a rule wants that.
    pub(super) fn answered(
        &mut self,
        path: &[String],
        leaf: &Old,
        outcome: SettingsOutcome,
        what: String,
        rule: Option<&Setting>,
    ) {
        match rule.filter(|rule| rule.becomes == Becomes::Decide) {
            Some(rule) => {
                self.say(path, leaf, SettingsOutcome::Decide, format!("left as it is; {what}"), Some(rule));
            }
            None => self.say(path, leaf, outcome, what, None),
        }
    }
}

impl Settings {
    /// Removes the buckets without a purpose that only the runners' cache used, where that cache is elsewhere and stays.
    pub(in crate::migrate) fn without_stayers(&self, moved: &mut Vec<Moved>, migration: &Migration) {
        let Some(config) = migration.cache.as_ref().map(|cache| keys(&cache.config).join(".")) else { return };
        let stays = |line: &super::Line| line.path.ends_with(&config) && line.outcome == SettingsOutcome::Stays;
        if self.lines.iter().any(stays) {
            moved.retain(|bucket| bucket.purpose.is_some());
        }
    }
}

/// The names of a list's entries that a rule removes.
pub(super) fn named<'v>(rule: &'v Setting, leaf: &'v Old) -> impl Iterator<Item = &'v str> {
    let entries = leaf.value().and_then(Value::as_array).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.get("name")?.as_str());
    names.filter(|name| rule.entries.iter().any(|pattern| fits(pattern, name)))
}

/// What is said of a value that takes the place of another.
pub(super) fn in_its_place(value: &Value) -> &'static str {
    match value {
        Value::Array(items) if items.is_empty() => "an empty list in its place",
        Value::Array(_) => "another list in its place",
        Value::String(_) => "another text in its place",
        _ => "another value in its place",
    }
}
