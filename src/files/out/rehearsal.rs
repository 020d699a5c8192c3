//! What tells a rehearsal's folder and keys from real ones, so that neither takes the other's place.

use std::path::{Path, PathBuf};

use super::private::Spot;
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::files::out::private;
use crate::host::folder;
use crate::host::folder::UNFINISHED;

/// Stands at the top of every file of a rehearsal that can hold a comment.
pub const REHEARSAL: &str =
    "REHEARSAL: made in an in-memory account. Nothing named here exists, and the keys are not keys.";
/// The file by which a rehearsal's folder is known.
const MARKER: &str = "REHEARSAL.txt";

/// Whose results a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    /// Those of a cloud.
    #[default]
    Real,
    /// Those of an account in memory.
    Rehearsed,
}

impl World {
    /// What stands at the top of its files.
    pub fn banner(self) -> Option<&'static str> {
        (self == Self::Rehearsed).then_some(REHEARSAL)
    }

    /// Sees that a folder is one of this world, or empty, or not there.
    ///
    /// # Errors
    /// `BW0815` when a rehearsal would write over something else, `BW0816` when a real run would use a rehearsal.
    pub(super) fn owns(self, folder: &Path) -> Result<()> {
        let marked = private::read_public(&Spot::below(folder, MARKER))?.is_some();
        let shown = folder.display();
        match self {
            Self::Real if marked => Err(Error::new(Code::REHEARSED_FOLDER, format!("{shown} holds a rehearsal"))
                .why("Its keys are not keys, and nothing that its files name exists. Nothing was done.")
                .fix(format!(
                    "Name another folder with `--out DIR`, or move this one away: `mv {} {}`.",
                    shell::path(folder),
                    shell::path(&moved(folder))
                ))),
            Self::Rehearsed if !marked => match first_entry(folder) {
                None => Ok(()),
                Some(entry) => Err(Error::new(
                    Code::NOT_A_REHEARSAL,
                    format!("{shown} holds {entry}, and is no rehearsal's folder"),
                )
                .why("A rehearsal would write over Secrets, policies and keys that may be real. Nothing was done.")
                .fix(
                    "Leave out `--out`, so that the rehearsal has the folder `out-rehearsal`, or name an empty folder.",
                )),
            },
            _ => Ok(()),
        }
    }

    /// Marks a folder as one of a rehearsal, if it is one.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub(super) fn mark(self, folder: &Path) -> Result<()> {
        match self {
            Self::Real => Ok(()),
            Self::Rehearsed => private::write(&Spot::below(folder, MARKER), &format!("{REHEARSAL}\n"), private::PUBLIC),
        }
    }
}

/// A name beside the folder that is free.
fn moved(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "out".to_owned(), |name| name.to_string_lossy().into_owned());
    let stem = name.strip_suffix("-rehearsal").unwrap_or(&name);
    let mut places = (1..).map(|number: u32| folder.with_file_name(format!("{stem}-rehearsal-{number}")));
    places.find(|place| !place.exists()).unwrap_or_else(|| folder.to_owned())
}

/// The first entry of a folder by name; `None` when it is empty or not there. What no run of ours has finished is none.
fn first_entry(folder: &Path) -> Option<String> {
    let entries = folder::Folder::open(folder).and_then(|held| held.list()).ok()?;
    let names = entries.into_iter().map(|(name, _)| name.to_string_lossy().into_owned());
    names.filter(|name| !name.starts_with(UNFINISHED)).min()
}
