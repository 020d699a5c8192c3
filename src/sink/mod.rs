//! Where a bundle goes: a folder, or stdout.

mod folder;
mod private;
mod stream;

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
