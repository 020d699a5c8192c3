//! Old values that one of ours replaces: lists, of which Helm keeps nothing, and what somebody must look at.

use serde_json::Value;

use super::{Said, Settings, SettingsOutcome, Walk, says};
use crate::base::secret::looks_secret;
use crate::migrate::pattern::{fits, keys};
use crate::migrate::{Moved, Old};
use crate::profile::{Becomes, Migration, Setting};

/// Whether a text of a value, keys included, is one of those that are looked for.
pub(super) fn any_text(value: &Value, holds: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => holds(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, holds)),
        Value::Object(entries) => entries.iter().any(|(key, value)| holds(key) || any_text(value, holds)),
        _ => false,
    }
}

impl Walk<'_> {
    /// How many items of a list are not in the one that takes its place: Helm does not merge lists.
    ///
    /// Source: Helm documentation, "Values Files" (lists are replaced whole).
    pub(super) fn loses(&self, path: &[String], leaf: &Old) -> usize {
        let (Some(new), Some(old)) =
            (self.written(path).and_then(Value::as_array), leaf.value().and_then(Value::as_array))
        else {
            return 0;
        };
        old.iter().filter(|item| !new.contains(item)).count()
    }

    /// What the new values write at a path.
    fn written(&self, path: &[String]) -> Option<&Value> {
        self.facts.iter().rev().filter(|fact| !fact.is_default).find_map(|fact| says(fact, path))
    }

    /// Whether the new values, or the chart's own below them, only say an old one again.
    pub(super) fn says_again(&self, said: &Said<'_>, path: &[String], leaf: &Old) -> bool {
        match said {
            Said::Default(value) => leaf.value() == Some(*value),
            Said::Written => self.same(path, leaf),
        }
    }

    /// Whether the new values only write an old one again.
    fn same(&self, path: &[String], leaf: &Old) -> bool {
        self.written(path) == leaf.value()
    }

    /// Whether somebody must look at a setting that the new values write in another way.
    pub(super) fn decides(&self, path: &[String], leaf: &Old, rule: Option<&Setting>) -> bool {
        rule.is_some_and(|rule| rule.becomes == Becomes::Decide) && !self.same(path, leaf)
    }

    /// What is said of a setting that stays, with the name that a rule wants to be shown.
    pub(super) fn left(&self, rule: &Setting) -> String {
        let name = rule.named_by.as_deref().and_then(|path| self.old.leaf(&keys(path), None)?.as_str());
        let plain =
            |name: &&str| !looks_secret(name) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        match name.filter(plain) {
            Some(name) => format!("left as it is: `{name}`"),
            None => "left as it is".to_owned(),
        }
    }

    /// Says that items of a list are lost.
    pub(super) fn lost(&mut self, path: &[String], leaf: &Old, rule: Option<&Setting>) {
        let items = match self.loses(path, leaf) {
            1 => "an item".to_owned(),
            count => format!("{count} items"),
        };
        if leaf.place.is_none() {
            let what = format!("{} has another list, without {items} of the chart's own", self.file);
            return self.say(path, leaf, SettingsOutcome::Decide, what, rule);
        }
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
