//! A folder as a sink.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::private::Spot;
use super::record::{PROOFS, Record};
use super::{Home, Protected, RECORD, Taken, World};
use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::files::out::private;
use crate::model::{LEARNT, Learnt};
use crate::render::Bundle;
use crate::spec::{Mark, Spec};

/// The folder of the keys in the output folder.
const KEYS: &str = "credentials";
/// How the rules begin that keep a folder of keys out of version control.
pub(super) const OF_KEYS: &str = "# Written by bucketwright: keys are kept here.\n";
/// What file systems count in.
const PAGE: usize = 4096;

/// The output folder, and the folder of the keys, which is `credentials` in it unless it was named.
#[derive(Clone, Debug)]
pub struct Folder {
    pub(super) path: PathBuf,
    /// The folder of the keys, where one was named.
    named_keys: Option<PathBuf>,
    pub(super) world: World,
    /// Where the keys of this run are of use, once it is known.
    pub(super) home: Option<Home>,
    /// The spec of this run, once it is known.
    pub(super) spec: Option<Mark>,
}

impl Folder {
    /// A folder; it need not exist yet. There is no other way to one: what a rehearsal wrote and what is real never meet.
    ///
    /// # Errors
    /// `BW0815` when a rehearsal would write over something else, `BW0816` when a real run would use a rehearsal.
    pub fn open(path: impl Into<PathBuf>, keys: Option<PathBuf>, world: World) -> Result<Self> {
        let path = path.into();
        world.owns(&path)?;
        Ok(Self { path, named_keys: keys, world, home: None, spec: None })
    }

    /// Whether what is written here is a rehearsal's.
    pub fn is_rehearsal(&self) -> bool {
        self.world == World::Rehearsed
    }

    /// The same folder for a run of this spec. A rehearsal's has nothing to lose, and is anybody's.
    ///
    /// # Errors
    /// `BW0821` when it belongs to another spec.
    pub fn of_spec(self, spec: Mark) -> Result<Self> {
        let folder = Self { spec: (self.world == World::Real).then_some(spec), ..self };
        folder.is_ours()?;
        Ok(folder)
    }

    /// The same folder for a run in this account or project: its keys are kept as keys of it, and those of another are refused.
    #[must_use]
    pub fn at_home(self, home: Option<Home>) -> Self {
        Self { home, ..self }
    }

    /// The folder of the keys.
    pub fn keys(&self) -> PathBuf {
        self.named_keys.clone().unwrap_or_else(|| self.path.join(KEYS))
    }

    /// The folder of the keys where it was named by itself.
    pub fn named_keys(&self) -> Option<&Path> {
        self.named_keys.as_deref()
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

    /// The text of a file in it that is for everybody, reached through no link; `None` when there is none.
    ///
    /// # Errors
    /// `BW0802` when something else than a plain file is there, `BW0101` when it cannot be read.
    pub fn text(&self, below: &str) -> Result<Option<Zeroizing<String>>> {
        private::read_public(&self.spot(below))
    }

    /// Whether anything stands where the keys are kept, a link that cannot be resolved included.
    pub fn has_keys(&self) -> bool {
        private::is_taken(&self.key_folder())
    }

    /// The folder of the keys as something below another folder.
    fn key_folder(&self) -> Spot {
        self.named_keys.as_deref().map_or_else(|| self.spot(KEYS), Spot::named)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Proves, before any key is made, that everything can be written: a bundle of the size and paths of this one, and keys.
    ///
    /// # Errors
    /// `BW0801` or `BW0802` when not, `BW0805` when secrets that are to be protected stand here in plaintext.
    pub fn probe(&self, draft: &Protected) -> Result<()> {
        // Each file takes whole pages, and one more in its folder.
        let pages = |length: usize| (length / PAGE + 2) * PAGE;
        let bytes = draft.bundle.files().map(|(_, file)| pages(file.content.text().len())).sum();
        private::probe(&self.spot(""), bytes)?;
        self.world.mark(&self.path)?;
        self.keys_folder()?;
        private::probe(&self.key_spot(""), 1)?;
        private::probe_place(&self.key_spot("intents/any"))?;
        let own = [RECORD, PROOFS, super::ignore::NAME, LEARNT];
        for path in draft.bundle.files().map(|(path, _)| path).chain(own) {
            private::probe_place(&self.spot(path))?;
        }
        // They are read before they are written.
        self.rules()?;
        self.nothing_of_others(&draft.bundle)?;
        self.no_leftovers(draft)
    }

    /// Refuses a folder in which an earlier run left in plaintext what is now to be protected: it would be committed with the rest.
    ///
    /// # Errors
    /// `BW0805`; `BW0808` when an earlier run protected in another form what is now written.
    pub fn no_leftovers(&self, protected: &Protected) -> Result<()> {
        self.same_forms(protected)?;
        let there = protected.replaced.iter().filter(|path| private::is_taken(&self.spot(path.as_str())));
        let there: Vec<String> = there.map(|path| shell::path(&self.path.join(path))).collect();
        if there.is_empty() {
            return Ok(());
        }
        let hold = if there.len() == 1 { "still holds" } else { "still hold" };
        Err(Error::new(Code::PLAIN_LEFTOVERS, format!("{} {hold} secrets in plaintext", there.join(", ")))
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
        self.is_ours()?;
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
        private::write(&rules, &format!("{OF_KEYS}*\n"), private::PUBLIC)
    }

    /// Refuses to write over files that no run of ours wrote. A folder from before there was a record is told by its rules.
    ///
    /// # Errors
    /// `BW0807` with their paths.
    fn nothing_of_others(&self, bundle: &Bundle) -> Result<()> {
        let record = match self.record()? {
            Some(record) if !record.is_empty() => record,
            _ if self.rules()?.are_ours() => return Ok(()),
            _ => Record::default(),
        };
        let mut found = Vec::new();
        for (path, file) in bundle.files().filter(|(path, _)| !record.has(path)) {
            let Some(there) = private::read_public(&self.spot(path))? else { continue };
            // What was learnt is kept before anything is written.
            let learnt = path == LEARNT && there.starts_with("# Written by `bucketwright apply`");
            if there.as_str() != file.content.text() && !learnt {
                found.push(shell::path(&self.path.join(path)));
            }
        }
        let Some(first) = found.first() else { return Ok(()) };
        let exist = if found.len() == 1 { "exists" } else { "exist" };
        Err(Error::new(Code::FOREIGN_FILE, format!("{} {exist}, and bucketwright did not write it", found.join(", ")))
            .why("It may be yours, and would be replaced. Nothing was written.")
            .fix(format!("Keep your own values elsewhere and give them to Helm before these files, with `-f YOUR-VALUES.yaml`: `mv {first} YOUR-VALUES.yaml`. Or write elsewhere with `--out DIR`.")))
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
    /// `BW0801` or `BW0802`; files are written one by one, each whole. `BW0807` when one would replace a file of others.
    pub fn write(&self, bundle: &Bundle) -> Result<()> {
        self.nothing_of_others(bundle)?;
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// All that is written at the end is looked at before the first call to a cloud.
    #[test]
    fn the_preparation_finds_every_odd_file() {
        let draft = || Protected::default();
        for path in
            [".rendered", ".rendered.private", ".gitignore", "learnt.yaml", "credentials", "credentials/intents"]
        {
            for target in ["/etc/hostname", "nowhere", "/dev/zero", "/"] {
                let place = tempfile::tempdir().expect("a folder");
                let at = place.path().join(path);
                Folder::open(place.path(), None, World::Real).expect("a folder").probe(&draft()).expect("good");
                drop(std::fs::remove_dir_all(&at));
                symlink(target, &at).expect("linked");
                let folder = Folder::open(place.path(), None, World::Real).expect("a folder");
                let error = folder.probe(&draft()).expect_err(path);
                assert_eq!(error.code(), &Code::UNSAFE_FILE, "{path} -> {target}: {error}");
            }
        }
    }
}
