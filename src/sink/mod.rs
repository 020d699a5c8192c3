//! Where a bundle goes: a folder, or stdout.

mod credentials;
mod folder;
mod intents;
mod private;
mod stream;

pub use credentials::KeptKeys;
pub use folder::{Difference, Folder};
pub use private::Taken;
pub use stream::stream;

use std::path::Path;

use crate::error::Result;

/// Writes a file for everybody, whole or not at all.
///
/// # Errors
/// `BW0801` when it cannot be written, `BW0802` when something that is no plain file stands in its place.
pub fn write_public(path: &Path, text: &str) -> Result<()> {
    private::write(path, text, private::PUBLIC)
}

/// Opens a private file (0600) for adding lines at its end.
///
/// # Errors
/// `BW0801` when it cannot be opened, `BW0802` when it is a link or can be read by others.
pub fn append_private(path: &Path) -> Result<std::fs::File> {
    private::append(path)
}
