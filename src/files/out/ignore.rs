//! The `.gitignore` of the output folder: it keeps out of version control what holds a secret, and nothing else.

use std::collections::BTreeSet;

use super::record::PROOFS;
use super::{Folder, private};
use crate::base::error::Result;
use crate::render::Bundle;

/// The file's name.
pub(super) const NAME: &str = ".gitignore";
/// The first line of a file of ours.
const FIRST: &str = "# Written by bucketwright: these files hold secrets.\n";

/// The rules that are there.
#[derive(Debug)]
pub(super) struct Rules(Option<String>);

impl Rules {
    /// Whether there are any.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Whether they are ours, rather than rules that the user wrote.
    pub(super) fn are_ours(&self) -> bool {
        self.0.as_ref().is_some_and(|text| text.starts_with(FIRST))
    }

    /// Whether rules of ours hide a file.
    pub(super) fn hide(&self, path: &str) -> bool {
        self.are_ours() && self.0.iter().flat_map(|text| text.lines()).any(|rule| rule.strip_prefix('/') == Some(path))
    }
}

impl Folder {
    /// The rules that are there.
    ///
    /// # Errors
    /// `BW0802` when they are no plain file.
    pub(super) fn rules(&self) -> Result<Rules> {
        Ok(Rules(private::read_public(&self.spot(NAME))?.map(|text| text.to_string())))
    }

    /// Keeps private files out of version control, unless the folder has rules of its own. Rules of earlier runs stay, as
    /// their files do; one for a file that holds no secret any more goes, if `unhide` says so.
    pub(super) fn ignore_secrets(&self, bundle: &Bundle, unhide: bool) -> Result<()> {
        let there = self.rules()?;
        if there.is_there() && !there.are_ours() {
            return Ok(());
        }
        let text = there.0.unwrap_or_else(|| format!("{FIRST}/credentials/\n"));
        let shown = |rule: &str| {
            let file = rule.strip_prefix('/').and_then(|path| bundle.get(path));
            unhide && file.is_some_and(|file| !file.content.is_private())
        };
        let mut rules: Vec<&str> = text.lines().filter(|rule| !shown(rule)).collect();
        let private: Vec<String> = bundle
            .files()
            .filter(|(_, file)| file.content.is_private())
            .flat_map(|(path, _)| [format!("/{PROOFS}"), format!("/{path}")])
            .filter(|rule| !rules.contains(&rule.as_str()))
            .collect();
        rules.extend(private.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        rules.retain(|rule| rule.is_empty() || seen.insert(*rule));
        private::write(&self.spot(NAME), &format!("{}\n", rules.join("\n")), private::PUBLIC)
    }
}
