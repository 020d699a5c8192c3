//! What earlier runs wrote into the output folder and the spec no longer asks for.

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::DnsLabel;
use crate::files::out::{Folder, Leftover, Trace};
use crate::render::Bundle;
use crate::report::Screen;

/// What earlier runs wrote and the spec no longer asks for.
#[derive(Debug, Default)]
pub(super) struct Leavings {
    /// What was removed.
    removed: Vec<Leftover>,
    /// What is still there.
    left: Vec<Leftover>,
}

impl Leavings {
    /// What is left in a folder beside a bundle; with one install alone, only of that one.
    pub(super) fn of(folder: &Folder, bundle: &Bundle, only: Option<&DnsLabel>) -> Result<Self> {
        Ok(Self { removed: Vec::new(), left: folder.leftovers(bundle, only)? })
    }

    /// The same without files that the spec asks for and this run did not write.
    pub(super) fn beside(mut self, withheld: &[String]) -> Self {
        self.left.retain(|leftover| !withheld.contains(&leftover.path));
        self
    }

    /// Removes what is still as it was written.
    pub(super) fn pruned(self, folder: &Folder) -> Result<Self> {
        folder.prune(&self.left)?;
        let (left, removed) = self.left.into_iter().partition(|leftover| !leftover.is_ours());
        Ok(Self { removed, left })
    }

    /// Adds both lists to a report.
    pub(super) fn add_to(&self, report: &mut Value) {
        report["removed"] = json!(Self::paths(&self.removed));
        report["superfluous"] = json!(Self::paths(&self.left));
    }

    fn paths(of: &[Leftover]) -> Vec<&str> {
        of.iter().map(|leftover| leftover.path.as_str()).collect()
    }

    /// In words: what was removed, what can be, and what was edited since. `render` is the command that renders the same again;
    /// nothing is proposed without it.
    pub(super) fn say(&self, screen: Screen, render: Option<&str>) {
        if !self.removed.is_empty() {
            screen.say(&format!("Removed what earlier runs wrote: {}.", Self::paths(&self.removed).join(", ")));
        }
        let of = |trace: Trace| {
            let left: Vec<_> = self.left.iter().filter(|leftover| leftover.trace == trace).cloned().collect();
            (!left.is_empty()).then(|| Self::paths(&left).join(", "))
        };
        if let Some(paths) = of(Trace::Unchanged) {
            screen.say(&format!("Earlier runs wrote these, and the spec no longer asks for them: {paths}."));
            if let Some(render) = render {
                screen.say(&format!("`{render} --prune` removes them."));
            }
        }
        if let Some(paths) = of(Trace::Edited) {
            screen.say(&format!(
                "The spec no longer asks for these, and they were edited after they were written: {paths}."
            ));
        }
        if let Some(paths) = of(Trace::Unproven) {
            screen.say(&format!(
                "`.rendered` lists these as private files of an earlier run, and nothing here proves it: {paths}."
            ));
        }
        if self.left.iter().any(|leftover| !leftover.is_ours()) {
            screen.say("bucketwright does not remove them. Remove them yourself when you no longer need them.");
        }
    }
}
