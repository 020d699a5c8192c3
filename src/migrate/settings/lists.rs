//! Lists of the old values that one of ours replaces.

use serde_json::Value;

use super::{SettingsOutcome, Walk, says};
use crate::migrate::Old;

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
}
