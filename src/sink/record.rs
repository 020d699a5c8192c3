//! The record of what was written into the output folder: `.rendered`, a line for each file.
//!
//! It is committed with the files, so that a clone knows, too, what no longer belongs. A line has the form that
//! `sha256sum` writes; of a private file it tells no checksum, because a short secret could be guessed from it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Component, Path};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Folder, private};
use crate::error::Result;
use crate::names::DnsLabel;
use crate::render::{Bundle, LEARNT};

/// The record's name.
pub const RECORD: &str = ".rendered";
/// Stands where a private file has no checksum.
const PRIVATE: &str = "private";
const FIRST: &str =
    "# Written by bucketwright: its files here, for `render --check` and `render --prune`. Commit it with them.\n";

/// Files by path, each with its checksum unless it is private.
#[derive(Debug, Default)]
pub(super) struct Record(BTreeMap<String, Option<String>>);

/// A file of an earlier run that no longer belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its path in the folder.
    pub path: String,
    /// Whether it holds something else than what was written: then it is no longer ours to remove.
    pub edited: bool,
}

impl Record {
    /// Reads the record. It may come from anybody, so a path that leads out of the folder is no path of ours.
    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (sum, path) = line.split_once("  ")?;
            let sum = if sum == PRIVATE { None } else { Some(sum.to_owned()) };
            is_inside(path).then(|| (path.to_owned(), sum))
        };
        Self(text.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect())
    }

    fn text(&self, banner: Option<&str>) -> String {
        let mut out = banner.map(|words| format!("# {words}\n")).unwrap_or_default();
        out.push_str(FIRST);
        for (path, sum) in &self.0 {
            out.push_str(&format!("{}  {path}\n", sum.as_deref().unwrap_or(PRIVATE)));
        }
        out
    }
}

/// Whether a path is one that a render could have written: what was learnt, or below a folder of the output folder, and none of the
/// kept keys.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    let within = parts.all(|part| matches!(part, Component::Normal(_))) && !path.starts_with("credentials/");
    within && (path.contains('/') || path == LEARNT)
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
    fn record(&self) -> Result<Record> {
        Ok(private::read_public(&self.spot(RECORD))?.map(|text| Record::parse(&text)).unwrap_or_default())
    }

    fn write_record(&self, record: &Record) -> Result<()> {
        private::write(&self.spot(RECORD), &record.text(self.world.banner()), private::PUBLIC)
    }

    /// Adds the files of a bundle to the record. Those of earlier runs stay in it as long as they are there.
    pub(super) fn note(&self, bundle: &Bundle) -> Result<()> {
        let mut record = self.record()?;
        record.0.retain(|path, _| private::is_file(&self.spot(path)));
        record.0.extend(bundle.files().map(|(path, file)| {
            let sum = (!file.content.is_private()).then(|| checksum(file.content.text().as_bytes()));
            (path.to_owned(), sum)
        }));
        self.write_record(&record)
    }

    /// What earlier runs wrote and this bundle has no more; of one install, when only that one is rendered.
    ///
    /// # Errors
    /// `BW0802` when the record is no plain file.
    pub fn leftovers(&self, bundle: &Bundle, only: Option<&DnsLabel>) -> Result<Vec<Leftover>> {
        let of = only.map(|id| format!("{id}/"));
        let record = self.record()?.0.into_iter();
        let left = record
            .filter(|(path, _)| bundle.get(path).is_none() && private::is_file(&self.spot(path)))
            .filter(|(path, _)| of.as_ref().is_none_or(|folder| path.starts_with(folder)))
            .map(|(path, sum)| {
                let there = || private::read_public(&self.spot(&path)).ok().flatten();
                let edited = sum.is_some_and(|sum| there().is_none_or(|text| checksum(text.as_bytes()) != sum));
                Leftover { path, edited }
            });
        Ok(left.collect())
    }

    /// Removes leftovers that are still what was written, and the folders that get empty by it.
    ///
    /// # Errors
    /// `BW0801` when one cannot be removed.
    pub fn prune(&self, leftovers: &[Leftover]) -> Result<()> {
        for leftover in leftovers.iter().filter(|leftover| !leftover.edited) {
            private::remove(&self.spot(&leftover.path))?;
            let above = Path::new(&leftover.path).ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
            above.map_while(|path| private::remove_folder(&self.spot(path)).then_some(())).for_each(drop);
        }
        let mut record = self.record()?;
        record.0.retain(|path, _| private::is_file(&self.spot(path)));
        self.write_record(&record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_only_what_a_render_could_have_written() {
        let good = "private  gitlab/secrets.yaml\nab12  iam/acme.policy.json\n";
        assert_eq!(Record::parse(&format!("{FIRST}{good}")).text(None), format!("{FIRST}{good}"));
        for bad in
            ["/etc/passwd", "../a/b", "a/../../b", "b", "credentials/a.yaml", ".gitignore", "./credentials/a.yaml", ""]
        {
            assert!(Record::parse(&format!("private  {bad}\n")).0.is_empty(), "{bad}");
        }
    }
}
