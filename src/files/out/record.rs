//! The record of what was written into the output folder: `.rendered`, a line for each file.
//!
//! It is committed with the files, so that a clone knows, too, what no longer belongs. A line has the form that
//! `sha256sum` writes; of a private file it tells no checksum, because a short secret could be guessed from it.
//!
//! So a pull request can write lines into it. That a private file is what was written is proven by its checksum in a file
//! beside it, `.rendered.private`, which is for its owner alone and stays out of Git.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Component, Path};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Folder, private};
use crate::base::error::Result;
use crate::base::names::DnsLabel;
use crate::model::LEARNT;
use crate::render::Bundle;
use crate::spec::Mark;

/// The record's name.
pub const RECORD: &str = ".rendered";
/// The name of the file with the checksums of private files.
pub(super) const PROOFS: &str = ".rendered.private";
/// Stands where a private file has no checksum.
const PRIVATE: &str = "private";
const FIRST: &str =
    "# Written by bucketwright: its files here, for `render --check` and `render --prune`. Commit it with them.\n";
const FIRST_OF_PROOFS: &str =
    "# Written by bucketwright: checksums of its private files here, for `render --prune`. Never commit it.\n";

/// Before the mark of the spec whose folder it is.
pub(super) const OF: &str = "# spec: ";

/// Files by path, each with its checksum unless it is private; and whose they are.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) files: BTreeMap<String, Option<String>>,
    /// How many lines name no file that a render could have written.
    pub(super) odd: usize,
    /// The spec whose folder it is.
    pub(super) of: Option<Mark>,
}

/// A file of an earlier run that no longer belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its path in the folder.
    pub path: String,
    /// Whether it is still what was written.
    pub trace: Trace,
}

/// What is known of a file that was written earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It is what was written.
    Unchanged,
    /// It holds something else now.
    Edited,
    /// It is private, and nothing here proves that it is what was written.
    Unproven,
}

impl Leftover {
    /// Whether it is ours to remove.
    pub fn is_ours(&self) -> bool {
        self.trace == Trace::Unchanged
    }
}

impl Record {
    /// Reads the record. It may come from anybody, so a path that leads out of the folder is no path of ours.
    fn parse(text: &str) -> Self {
        let of = text.lines().find_map(|line| line.strip_prefix(OF)).and_then(Mark::read);
        let mut record = Self { of, ..Self::default() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once("  ").filter(|(_, path)| is_inside(path)) {
                Some((sum, path)) => {
                    record.files.insert(path.to_owned(), (sum != PRIVATE).then(|| sum.to_owned()));
                }
                None => record.odd += 1,
            }
        }
        record
    }

    fn text(&self, first: &str, banner: Option<&str>) -> String {
        let mut out = banner.map(|words| format!("# {words}\n")).unwrap_or_default();
        out.push_str(first);
        out.extend(self.of.iter().map(|of| format!("{OF}{of}\n")));
        for (path, sum) in &self.files {
            out.push_str(&format!("{}  {path}\n", sum.as_deref().unwrap_or(PRIVATE)));
        }
        out
    }

    /// Whether no file is known: the folder was only claimed.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a file was written by an earlier run.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// Whether a path is one that a render could have written: what was learnt, or below a folder of the output folder, and none of the
/// kept keys.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    let within = parts.all(|part| matches!(part, Component::Normal(_)));
    // A file system that ignores case takes other spellings for the same folder.
    within && path.split_once('/').map_or(path == LEARNT, |(first, _)| !first.eq_ignore_ascii_case("credentials"))
}

fn checksum(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Folder {
    /// The record; `None` when there is none.
    pub(super) fn record(&self) -> Result<Option<Record>> {
        Ok(private::read_public(&self.spot(RECORD))?.map(|text| Record::parse(&text)))
    }

    /// The files of earlier runs, and whether each was private.
    pub(super) fn recorded(&self) -> Result<Vec<(String, bool)>> {
        let files = self.record()?.unwrap_or_default().files;
        Ok(files.into_iter().map(|(path, sum)| (path, sum.is_none())).collect())
    }

    pub(super) fn write_record(&self, record: &Record) -> Result<()> {
        private::write(&self.spot(RECORD), &record.text(FIRST, self.world.banner()), private::PUBLIC)
    }

    /// The checksums of private files. What others can read or write proves nothing: Git gives no file the mode 0600.
    fn proofs(&self) -> Record {
        let text = private::read(&self.spot(PROOFS)).ok().flatten();
        text.map(|text| Record::parse(&text)).unwrap_or_default()
    }

    /// Adds the files of a bundle to the record. Those of earlier runs stay in it as long as they are there.
    pub(super) fn note(&self, bundle: &Bundle) -> Result<()> {
        let (mut record, mut proofs) = (self.record()?.unwrap_or_default(), self.proofs());
        for one in [&mut record, &mut proofs] {
            one.files.retain(|path, _| private::is_file(&self.spot(path.as_str())) && bundle.get(path).is_none());
        }
        for (path, file) in bundle.files() {
            let sum = Some(checksum(file.content.text().as_bytes()));
            if file.content.is_private() {
                proofs.files.insert(path.to_owned(), sum);
                record.files.insert(path.to_owned(), None);
            } else {
                record.files.insert(path.to_owned(), sum);
            }
        }
        record.of = self.marked(record.of.as_ref());
        // Where rules of the user would let them into version control, there are none.
        if proofs.files.is_empty() || !self.rules()?.hide(PROOFS) {
            private::remove(&self.spot(PROOFS))?;
        } else {
            let text = proofs.text(FIRST_OF_PROOFS, self.world.banner());
            private::write(&self.spot(PROOFS), &text, private::PRIVATE)?;
        }
        self.write_record(&record)
    }

    /// What earlier runs wrote and this bundle has no more; of one install, when only that one is rendered.
    ///
    /// # Errors
    /// `BW0802` when the record is no plain file.
    pub fn leftovers(&self, bundle: &Bundle, only: Option<&DnsLabel>) -> Result<Vec<Leftover>> {
        let of = only.map(|id| format!("{id}/"));
        let record = self.record()?.unwrap_or_default().files.into_iter();
        let proofs = self.proofs();
        let left = record
            .filter(|(path, _)| bundle.get(path).is_none() && private::is_file(&self.spot(path)))
            .filter(|(path, _)| of.as_ref().is_none_or(|folder| path.starts_with(folder)))
            .filter(|(path, _)| !self.is_below_keys(Path::new(path)))
            .map(|(path, sum)| {
                let trace = self.trace(&path, sum.as_deref(), &proofs);
                Leftover { path, trace }
            });
        Ok(left.collect())
    }

    fn trace(&self, path: &str, sum: Option<&str>, proofs: &Record) -> Trace {
        let spot = self.spot(path);
        let sum = match (sum, proofs.files.get(path)) {
            (Some(sum), _) => sum,
            (None, Some(Some(sum))) => sum.as_str(),
            _ => return Trace::Unproven,
        };
        // One that others can read now is still what was written, and the sooner it goes, the better.
        let same = private::read_public(&spot).ok().flatten().is_some_and(|text| checksum(text.as_bytes()) == sum);
        if same { Trace::Unchanged } else { Trace::Edited }
    }

    /// Whether a file lies where keys are kept: in the folder in use, or in one that an earlier run made for keys.
    fn is_below_keys(&self, path: &Path) -> bool {
        let above = path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        above.into_iter().any(|folder| {
            let rules = private::read_public(&self.spot(folder.join(super::ignore::NAME))).ok().flatten();
            rules.is_some_and(|text| text.starts_with(super::folder::OF_KEYS))
                || private::is_folder(&self.spot(folder), &self.keys())
        })
    }

    /// Removes leftovers that are still what was written, and the folders that get empty by it.
    ///
    /// # Errors
    /// `BW0801` when one cannot be removed.
    pub fn prune(&self, leftovers: &[Leftover]) -> Result<()> {
        for leftover in leftovers.iter().filter(|leftover| leftover.is_ours()) {
            private::remove(&self.spot(&leftover.path))?;
            let above = Path::new(&leftover.path).ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
            above.map_while(|path| private::remove_folder(&self.spot(path)).then_some(())).for_each(drop);
        }
        let mut record = self.record()?.unwrap_or_default();
        record.files.retain(|path, _| private::is_file(&self.spot(path)));
        self.write_record(&record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_only_what_a_render_could_have_written() {
        let good = "private  gitlab/secrets.yaml\nab12  iam/acme.policy.json\n";
        assert_eq!(Record::parse(&format!("{FIRST}{good}")).text(FIRST, None), format!("{FIRST}{good}"));
        let marked = format!("{FIRST}# spec: acme 6f3a\n{good}");
        assert_eq!(Record::parse(&marked).text(FIRST, None), marked);
        for bad in [
            "/etc/passwd",
            "../a/b",
            "a/../../b",
            "b",
            "credentials/a.yaml",
            ".gitignore",
            "./credentials/a.yaml",
            "Credentials/a.yaml",
            "",
        ] {
            let record = Record::parse(&format!("private  {bad}\n"));
            assert!(record.files.is_empty() && record.odd == 1, "{bad}");
        }
    }
}
