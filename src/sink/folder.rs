//! A folder as a sink.

use std::path::{Path, PathBuf};

use super::private::{self, Taken};
use crate::error::Result;
use crate::render::Bundle;

/// The output folder.
#[derive(Clone, Debug)]
pub struct Folder {
    pub(super) path: PathBuf,
    pub(super) banner: Option<&'static str>,
}

/// How a file differs from what would be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// It has another content; the lines that differ, unless it is private.
    Changed(String, Option<String>),
}

impl Folder {
    /// A folder; it need not exist yet.
    pub fn new(path: impl Into<PathBuf>, banner: Option<&'static str>) -> Self {
        Self { path: path.into(), banner }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Proves that private files can be written.
    ///
    /// # Errors
    /// `BW0801` or `BW0802` when not.
    pub fn probe(&self) -> Result<()> {
        private::probe(&self.path)?;
        private::probe(&self.path.join("credentials"))
    }

    /// Takes the folder for this run alone; it is free again when what this gives is dropped, however the run ends.
    /// `None` when another run has it.
    ///
    /// # Errors
    /// `BW0801` when the folder cannot be made.
    pub fn take(&self) -> Result<Option<Taken>> {
        private::lock(&self.path)
    }

    /// Writes all files of a bundle, private ones with mode 0600.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`; files are written one by one, each whole.
    pub fn write(&self, bundle: &Bundle) -> Result<()> {
        for (path, file) in bundle.files() {
            let mode = if file.content.is_private() { private::PRIVATE } else { private::PUBLIC };
            private::write(&self.path.join(path), file.content.text(), mode)?;
        }
        self.ignore_secrets(bundle)
    }

    /// Keeps private files out of version control, unless the folder has rules of its own. Rules of earlier runs stay, as
    /// their files do.
    fn ignore_secrets(&self, bundle: &Bundle) -> Result<()> {
        const FIRST: &str = "# Written by bucketwright: these files hold secrets.\n";
        let path = self.path.join(".gitignore");
        let mut rules = match std::fs::read_to_string(&path) {
            Ok(there) if there.starts_with(FIRST) => there,
            Ok(_) => return Ok(()),
            Err(_) => format!("{FIRST}/credentials/\n"),
        };
        for (file, _) in bundle.files().filter(|(_, file)| file.content.is_private()) {
            if !rules.lines().any(|rule| rule.strip_prefix('/') == Some(file)) {
                rules.push_str(&format!("/{file}\n"));
            }
        }
        private::write(&path, &rules, private::PUBLIC)
    }

    /// Compares the folder with a bundle.
    ///
    /// # Errors
    /// `BW0802` when a private file is not private.
    pub fn compare(&self, bundle: &Bundle) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for (path, file) in bundle.files() {
            let full = self.path.join(path);
            let found =
                if file.content.is_private() { private::read(&full)? } else { std::fs::read_to_string(&full).ok() };
            match found {
                None => differences.push(Difference::Missing(path.to_owned())),
                Some(text) if text == file.content.text() => {}
                Some(_) if file.content.is_private() => differences.push(Difference::Changed(path.to_owned(), None)),
                Some(text) => {
                    let diff = similar::TextDiff::from_lines(text.as_str(), file.content.text());
                    let lines = diff.unified_diff().context_radius(1).header("there", "rendered").to_string();
                    differences.push(Difference::Changed(path.to_owned(), Some(lines)));
                }
            }
        }
        Ok(differences)
    }
}
