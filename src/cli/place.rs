//! Where files are written and where keys are kept, for every command that does either.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::error::{Code, Error, Result};
use crate::files::out::{Folder, World};
use crate::spec::{Spec, mark};

/// The default output folders.
const REAL: &str = "out";
/// The usual spec.
const USUAL: &str = "bucketwright.yaml";
const REHEARSED: &str = "out-rehearsal";

/// The options that name the same folders again, as words.
pub(super) fn options(folder: &Folder) -> Vec<String> {
    let named = |name: &str, path: &Path| [format!("--{name}"), path.display().to_string()];
    let out = Some(folder.path()).filter(|path| *path != Path::new(REAL)).map(|path| named("out", path));
    let keys = folder.named_keys().map(|path| named("keys", path));
    out.into_iter().chain(keys).flatten().collect()
}

/// The spec that a command reads.
#[derive(Debug, Args)]
pub(super) struct SpecFile {
    /// The spec; `-` reads standard input.
    #[arg(short = 'f', long = "spec", value_name = "FILE", default_value = USUAL)]
    spec: PathBuf,
}

impl std::ops::Deref for SpecFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.spec
    }
}

impl SpecFile {
    /// The options that name the same spec again; none where it is the usual one.
    pub(super) fn options(&self) -> Vec<String> {
        if self.spec == Path::new(USUAL) { Vec::new() } else { vec!["-f".to_owned(), self.spec.display().to_string()] }
    }
}

/// The folders that a command reads and writes.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Place {
    /// The output folder, into which `apply` and `render` write; `-` lets `render` print [default: out; out-rehearsal with --rehearse].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The folder that keeps the keys that `apply` makes [default: credentials in the output folder]. With it, files can be
    /// written to another --out and the keys stay where they are.
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Place {
    /// The options that name the same folders again.
    pub(super) fn options(&self) -> Vec<String> {
        let named = |name: &str, path: &Option<PathBuf>| {
            path.iter().flat_map(|path| [format!("--{name}"), path.display().to_string()]).collect::<Vec<_>>()
        };
        [named("out", &self.out), named("keys", &self.keys)].concat()
    }

    /// The folder that keeps the keys of a real run.
    pub(super) fn keys_folder(&self) -> PathBuf {
        let out = || self.out.clone().unwrap_or_else(|| REAL.into()).join("credentials");
        self.keys.clone().unwrap_or_else(out)
    }

    /// Whether everything is to be printed.
    pub(super) fn is_stdout(&self) -> bool {
        self.out.as_deref() == Some(Path::new("-"))
    }

    /// Whether keys can be read: there is a folder, or one was named for them.
    pub(super) fn keeps_keys(&self) -> bool {
        self.keys.is_some() || !self.is_stdout()
    }

    /// The folders of a real run.
    ///
    /// # Errors
    /// `BW0816` when they hold a rehearsal, `BW0821` when they belong to another spec.
    pub(super) fn real(&self, spec: &Spec) -> Result<Folder> {
        self.open()?.of_spec(mark(spec))
    }

    /// The folders of a run that only reads: what another spec wrote there is not taken for this one's.
    ///
    /// # Errors
    /// `BW0816` when they hold a rehearsal.
    pub(super) fn to_read(&self) -> Result<Folder> {
        self.open()
    }

    fn open(&self) -> Result<Folder> {
        Folder::open(self.out.clone().unwrap_or_else(|| REAL.into()), self.keys.clone(), World::Real)
    }

    /// The folders of a run that may be a rehearsal, of a spec that is still to be told.
    ///
    /// # Errors
    /// `BW0815` when a rehearsal would write over something else, `BW0816` when a real run would use a rehearsal.
    pub(super) fn folder(&self, rehearse: bool) -> Result<Folder> {
        if !rehearse {
            return self.open();
        }
        if self.keys.is_some() {
            return Err(Error::new(Code::WRONG_VALUE, "`--keys` names a folder of real keys, and this is a rehearsal")
                .why("A rehearsal makes keys that are none, and would keep them there.")
                .fix("Leave out `--keys`: a rehearsal keeps its keys in its own folder."));
        }
        Folder::open(self.out.clone().unwrap_or_else(|| REHEARSED.into()), None, World::Rehearsed)
    }
}
