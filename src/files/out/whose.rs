//! Whose a folder is: its record names the spec that writes into it.

use super::record::{OF, Record};
use super::{Folder, RECORD, private};
use crate::base::error::{Code, Error, Result, Source};
use crate::base::shell;
use crate::model::{LEARNT, Learnt};
use crate::spec::{Mark, Spec};

impl Folder {
    /// Sees that no other spec has written into the folder. One without a mark and without anything learnt, of before, is anybody's.
    ///
    /// # Errors
    /// `BW0821` when another has.
    pub(super) fn is_ours(&self) -> Result<()> {
        let Some(ours) = &self.spec else { return Ok(()) };
        let recorded = self.record()?.and_then(|record| record.of);
        let learnt = self.learnt_for()?;
        // Without the line in the record, what was learnt still tells whose it is: it is never written over.
        let Some(theirs) = recorded.clone().or(learnt.clone()).filter(|theirs| !theirs.is_of(ours)) else {
            return Ok(());
        };
        let same = learnt.as_ref().filter(|learnt| learnt.name() == theirs.name());
        let theirs = theirs.completed(same);
        let place = self.path.display();
        let renamed = match (theirs.id(), ours.id()) {
            // Both have an id, and it is not the same.
            (Some(_), Some(_)) => String::new(),
            (Some(id), None) => format!(
                " If both are one spec under a new name, add `id: {id}` and `previousName: {}` below its `name`: the next run takes the folder over, and knows what was made under the old name.",
                theirs.name()
            ),
            (None, _) => {
                let line = recorded
                    .map(|of| format!("delete the line `{OF}{of}` from {}", shell::path(&self.path.join(RECORD))));
                let file = same.map(|_| format!("remove {}", shell::path(&self.path.join(LEARNT))));
                let what: Vec<String> = line.into_iter().chain(file).collect();
                format!(
                    " If both are one spec under a new name, {}: the next run takes the folder over.",
                    what.join(" and ")
                )
            }
        };
        Err(Error::new(
            Code::OTHER_SPECS_FOLDER,
            format!("the folder {place} belongs to the spec `{theirs}`, and this one is `{ours}`"),
        )
        .why("Its files, and the keys in it, are those of the other spec, and would be written over. Nothing was done.")
        .fix(format!("Give each spec a folder of its own: `--out DIR`.{renamed}")))
    }

    /// The spec for which an earlier `apply` learnt something.
    fn learnt_for(&self) -> Result<Option<Mark>> {
        let text = private::read_public(&self.spot(LEARNT))?;
        Ok(text.and_then(|text| Learnt::whose(&Source::new(LEARNT, text.as_str()))))
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

    /// Takes back the id that a run gave the spec and under which nothing was made, from the record and from what was learnt.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn forget_id(&self, earlier: &Learnt, spec: &Spec) -> Result<()> {
        match earlier.text(spec) {
            Some(text) => private::write(&self.spot(LEARNT), &text, private::PUBLIC)?,
            None => private::remove(&self.spot(LEARNT))?,
        }
        match self.record()? {
            Some(record) if record.is_empty() => private::remove(&self.spot(RECORD)),
            Some(record) => self.write_record(&Record { of: record.of.map(Mark::without_id), ..record }),
            None => Ok(()),
        }
    }

    /// The mark that the record gets: an id that it knows already stays.
    pub(super) fn marked(&self, before: Option<&Mark>) -> Option<Mark> {
        self.spec.clone().map(|ours| ours.completed(before)).or_else(|| before.cloned())
    }
}
