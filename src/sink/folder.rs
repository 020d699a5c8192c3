//! A folder as a sink.

use std::path::{Path, PathBuf};

use super::private::{self, Spot, Taken};
use super::protect::Protected;
use super::rehearsal::World;
use crate::error::{Code, Error, Result};
use crate::render::{Bundle, LEARNT, Learnt};
use crate::shell;
use crate::spec::Spec;

/// The folder of the keys in the output folder.
const KEYS: &str = "credentials";
/// What file systems count in.
const PAGE: usize = 4096;

/// The output folder, and the folder of the keys, which is `credentials` in it unless it was named.
#[derive(Clone, Debug)]
pub struct Folder {
    pub(super) path: PathBuf,
    /// The folder of the keys, where one was named.
    named_keys: Option<PathBuf>,
    pub(super) world: World,
}

impl Folder {
    /// A folder; it need not exist yet. There is no other way to one: what a rehearsal wrote and what is real never meet.
    ///
    /// # Errors
    /// `BW0815` when a rehearsal would write over something else, `BW0816` when a real run would use a rehearsal.
    pub fn open(path: impl Into<PathBuf>, keys: Option<PathBuf>, world: World) -> Result<Self> {
        let path = path.into();
        world.owns(&path)?;
        Ok(Self { path, named_keys: keys, world })
    }

    /// The folder of the keys.
    pub fn keys(&self) -> PathBuf {
        self.named_keys.clone().unwrap_or_else(|| self.path.join(KEYS))
    }

    /// A file in the folder of the keys, which no link below a folder that was named leads to.
    pub(super) fn key_spot(&self, below: impl AsRef<Path>) -> Spot {
        match &self.named_keys {
            Some(keys) => Spot::below(keys, below.as_ref()),
            None => self.spot(Path::new(KEYS).join(below)),
        }
    }

    /// A file below it, which no link leads to.
    pub(super) fn spot(&self, below: impl Into<PathBuf>) -> Spot {
        Spot::below(&self.path, below)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Proves, before any key is made, that everything can be written: a bundle of the size and paths of this one, and keys.
    ///
    /// # Errors
    /// `BW0801` or `BW0802` when not, `BW0805` when secrets that are to be protected stand here in plain.
    pub fn probe(&self, draft: &Protected) -> Result<()> {
        // Each file takes whole pages, and one more in its folder.
        let pages = |length: usize| (length / PAGE + 2) * PAGE;
        let bytes = draft.bundle.files().map(|(_, file)| pages(file.content.text().len())).sum();
        private::probe(&self.spot(""), bytes)?;
        self.world.mark(&self.path)?;
        self.keys_folder()?;
        private::probe(&self.key_spot(""), 1)?;
        for (path, _) in draft.bundle.files() {
            private::probe_place(&self.spot(path))?;
        }
        self.no_leftovers(draft)
    }

    /// Refuses a folder in which an earlier run left in plain what is now to be protected: it would be committed with the rest.
    ///
    /// # Errors
    /// `BW0805`.
    pub fn no_leftovers(&self, protected: &Protected) -> Result<()> {
        let there = protected.replaced.iter().map(|path| self.path.join(path)).filter(|path| path.exists());
        let there: Vec<String> = there.map(|path| shell::path(&path)).collect();
        if there.is_empty() {
            return Ok(());
        }
        let hold = if there.len() == 1 { "still holds" } else { "still hold" };
        Err(Error::new(Code::PLAIN_LEFTOVERS, format!("{} {hold} secrets in plain", there.join(", ")))
            .why("An earlier run wrote them unprotected. They would lie beside the protected ones, and go wherever those go.")
            .fix(format!("Run `rm {}`; nothing is lost, since keys are kept in {}. Or write elsewhere with the same keys: `--out DIR --keys {}`.", there.join(" "), self.keys().display(), shell::path(&self.keys()))))
    }

    /// Takes the folder for this run alone; it is free again when what this gives is dropped, however the run ends.
    /// `None` when another run has it.
    ///
    /// # Errors
    /// `BW0801` when the folder cannot be made, `BW0815` or `BW0816` when it has become one of another world.
    pub fn take(&self) -> Result<Option<Taken>> {
        let taken = private::lock(&self.path)?;
        // Another run may have used it between the opening and the lock.
        self.world.owns(&self.path)?;
        Ok(taken)
    }

    /// Makes the folder of the keys, for its owner alone. Where it lies elsewhere it keeps itself out of version control.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub(super) fn keys_folder(&self) -> Result<()> {
        let Some(keys) = &self.named_keys else { return private::folder(&self.key_spot("")) };
        if !keys.exists() {
            private::folder(&Spot::named(keys))?;
        }
        let rules = self.key_spot(".gitignore");
        if private::read_public(&rules)?.is_some() {
            return Ok(());
        }
        private::write(&rules, "# Written by bucketwright: keys are kept here.\n*\n", private::PUBLIC)
    }

    /// Keeps what was learnt before anything is made by it.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_learnt(&self, learnt: &Learnt, spec: &Spec) -> Result<()> {
        let Some(text) = learnt.text(spec) else { return Ok(()) };
        private::write(&self.spot(LEARNT), &text, private::PUBLIC)
    }

    /// Writes all files of a bundle, private ones with mode 0600.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`; files are written one by one, each whole.
    pub fn write(&self, bundle: &Bundle) -> Result<()> {
        self.world.mark(&self.path)?;
        // Hidden before it is written and shown after, so that an interrupted run leaves no secret that Git would take.
        self.ignore_secrets(bundle, false)?;
        for (path, file) in bundle.files() {
            let mode = if file.content.is_private() { private::PRIVATE } else { private::PUBLIC };
            private::write(&self.spot(path), file.content.text(), mode)?;
        }
        self.ignore_secrets(bundle, true)?;
        self.note(bundle)
    }
}
