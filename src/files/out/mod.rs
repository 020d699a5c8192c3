//! Where a bundle goes: a folder, or stdout; and what is done before, so that no secret lies there in plaintext.

mod age;
mod compare;
mod credentials;
mod crypto;
mod external;
mod folder;
mod forms;
mod home;
mod ignore;
mod intents;
mod manifest;
mod memory;
mod private;
mod protect;
mod record;
mod rehearsal;
mod remains;
mod seal;
mod sops;
mod stream;
mod whose;

pub use age::Recipient;
pub use compare::{Comparing, Comparison, Difference};
pub use credentials::{KeptKeys, KeyRoom};
pub use external::{Entry, ExternalStore};
pub use folder::Folder;
pub use home::Home;
pub use memory::no_core_dumps;
pub use private::Taken;
pub use protect::{Guard, Protected, Protection};
pub use record::{Leftover, RECORD, Trace};
pub use rehearsal::{REHEARSAL, World};
pub use remains::Brought;
pub use seal::{Certificate, Scope};
pub use stream::stream;

use std::path::Path;

use zeroize::Zeroizing;

use crate::base::error::Result;
use private::Spot;

/// Writes a file for everybody, whole or not at all.
///
/// # Errors
/// `BW0801` when it cannot be written, `BW0802` when something that is no plain file is in its place.
pub fn write_public(path: &Path, text: &str) -> Result<()> {
    private::write(&Spot::named(path), text, private::PUBLIC)
}

/// Writes a file for everybody below a folder that the user named, through no link.
///
/// # Errors
/// As [`write_public`].
pub fn write_public_below(folder: &Path, path: &str, text: &str) -> Result<()> {
    private::write(&Spot::below(folder, path), text, private::PUBLIC)
}

/// Reads a file that was written for everybody; `None` when there is none.
///
/// # Errors
/// `BW0802` when it is no plain file, `BW0101` when it cannot be read.
pub fn read_public(path: &Path) -> Result<Option<Zeroizing<String>>> {
    private::read_public(&Spot::named(path))
}

/// Removes a file that was written for everybody, if it is there.
///
/// # Errors
/// `BW0801` when it cannot be removed.
pub fn remove_public(path: &Path) -> Result<()> {
    private::remove(&Spot::named(path))
}

/// Opens a private file (0600) for adding lines at its end.
///
/// # Errors
/// `BW0801` when it cannot be opened, `BW0802` when it is a link or can be read by others.
pub fn append_private(path: &Path) -> Result<std::fs::File> {
    private::append(&Spot::named(path))
}
