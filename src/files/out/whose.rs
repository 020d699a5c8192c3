//! Whose a folder is: its record names the spec that writes into it.

use super::record::{OF, Record};
use super::{Folder, RECORD};
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::spec::Mark;

impl Folder {
    /// Sees that no other spec has written into the folder. One without a mark, of before, is anybody's.
    ///
    /// # Errors
    /// `BW0821` when another has.
    pub(super) fn is_ours(&self) -> Result<()> {
        let Some(ours) = &self.spec else { return Ok(()) };
        let Some(theirs) = self.record()?.and_then(|record| record.of).filter(|theirs| !theirs.is_of(ours)) else {
            return Ok(());
        };
        let place = self.path.display();
        let record = shell::path(&self.path.join(RECORD));
        Err(Error::new(Code::OTHER_SPECS_FOLDER, format!("the folder {place} belongs to the spec `{theirs}`, and this one is `{ours}`"))
            .why("Its files, and the keys in it, are those of the other spec, and would be written over. Nothing was done.")
            .fix(format!("Give each spec a folder of its own: `--out DIR`. If both are one spec under a new name, delete the line `{OF}{theirs}` from {record}: the next run takes the folder over.")))
    }

    /// Marks the folder as the spec's, before anything is made that it will keep. One of before that has no record gets it
    /// with its files.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn claim(&self) -> Result<()> {
        let record = match self.record()? {
            Some(record) => record,
            None if self.rules()?.are_ours() => return Ok(()),
            None => Record::default(),
        };
        let of = self.marked(record.of.as_ref());
        if of == record.of { Ok(()) } else { self.write_record(&Record { of, ..record }) }
    }

    /// The mark that the record gets: an id that it knows already stays.
    pub(super) fn marked(&self, before: Option<&Mark>) -> Option<Mark> {
        self.spec.clone().map(|ours| ours.completed(before)).or_else(|| before.cloned())
    }
}
