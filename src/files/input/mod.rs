//! What comes from outside: files, folders and the environment.

mod chart;
mod helm;
mod references;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

pub use chart::{chart, rendered, values};
pub use helm::helm_template;
pub use references::{at_hand, brought_keys, resolve, stand_ins, store_key};

use crate::base::error::{Code, Error, Result};
use crate::base::yaml::{MAX_BYTES, too_large};
use crate::host::files;
use crate::host::folder::{FileType, Folder, is_link};
use crate::profile::Catalogue;
use crate::spec::Spec;

/// Reads a file; `-` is standard input.
///
/// # Errors
/// `BW0101`, and `BW0111` when it is too large.
pub fn text(path: &Path) -> Result<String> {
    bounded(path, MAX_BYTES, || too_large(&path.display().to_string()))
}

/// Reads what another command printed, which is longer than what people write; `-` is standard input.
///
/// # Errors
/// `BW0101`, and `BW0111` when it is too large.
pub fn printed(path: &Path) -> Result<String> {
    bounded(path, MOST_PRINTED, || {
        Error::new(Code::TOO_LARGE, format!("{} is larger than {} MiB", path.display(), MOST_PRINTED >> 20))
            .why("No command of bucketwright prints that much.")
    })
}

/// What commands print at most.
const MOST_PRINTED: usize = 16 << 20;

fn bounded(path: &Path, most: usize, large: impl Fn() -> Error) -> Result<String> {
    let read =
        if path == Path::new("-") { files::bounded(std::io::stdin(), most) } else { files::read_named(path, most) };
    read.and_then(utf8).map_err(|error| {
        if error.kind() == ErrorKind::FileTooLarge {
            return large();
        }
        let known = error.kind() == ErrorKind::NotFound;
        let made = Error::new(
            Code::UNREADABLE,
            format!(
                "{} cannot be read: {}",
                path.display(),
                if known { "there is no such file".to_owned() } else { error.to_string() }
            ),
        );
        made.caused_by(&error).fix("Correct the path, or the file's permissions.")
    })
}

fn utf8(bytes: Vec<u8>) -> std::io::Result<String> {
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not UTF-8 text"))
}

/// Why a file that a spec names cannot be read, as the end of a sentence.
fn words(error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::FileTooLarge {
        return format!("it is larger than {} MiB", MAX_BYTES >> 20);
    }
    error.to_string()
}

/// Reads a spec, with all of its mistakes.
///
/// # Errors
/// `BW0101` and `BW0111`, when there is nothing to look at.
pub fn examined(path: &Path) -> Result<(Option<Spec>, Vec<Error>)> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let text = text(path).map_err(|error| {
        if error.code() == &Code::UNREADABLE {
            error.fix("Name the spec with `-f FILE`, or run `bucketwright init` to write one.")
        } else {
            error
        }
    })?;
    Ok(Spec::examined(&name, &text))
}

/// Reads the file of certificates that a spec names.
///
/// # Errors
/// `BW1404` when it cannot be read or used.
pub fn with_authority(spec: Spec) -> Result<Spec> {
    let Some(path) = spec.unread_authority().map(str::to_owned) else { return Ok(spec) };
    let pem = files::read_plain(Path::new(&path), MAX_BYTES).and_then(utf8).map_err(|error| {
        Error::new(Code::BAD_AUTHORITY, format!("the file of certificates `{path}` cannot be read: {}", words(&error)))
            .caused_by(&error)
            .why("A path is taken from the folder that bucketwright is called in.")
            .fix("Correct `cloud.ca`: it names a PEM file of the authority that signed the store's certificate.")
            .at(spec.place("cloud.ca"))
    })?;
    spec.with_authority(&pem)
}

/// The address of Azure's blobs where it is not the storage account's own. The Azure CLI reads the same variable.
pub fn blob_endpoint() -> Option<String> {
    std::env::var("AZURE_STORAGE_SERVICE_ENDPOINT").ok().filter(|address| !address.is_empty())
}

/// The built-in profiles, and those in the given folders, whose subfolders are profiles.
///
/// # Errors
/// `BW0101` when a folder cannot be read.
pub fn catalogue(folders: &[std::path::PathBuf]) -> Result<Catalogue> {
    let mut catalogue = Catalogue::embedded();
    for folder in folders {
        let unreadable = |error: &std::io::Error| {
            Error::new(Code::UNREADABLE, format!("{} cannot be read: {error}", folder.display()))
                .caused_by(error)
                .fix("`--profiles` takes a folder whose subfolders are profiles.")
        };
        let held = Folder::open(folder).map_err(|error| unreadable(&error))?;
        for (name, kind) in held.list().map_err(|error| unreadable(&error))? {
            let path = folder.join(&name);
            // What the folder was filled with may be anybody's, so no link in it is followed.
            if kind == FileType::Symlink && path.is_dir() {
                return Err(not_plain(&path));
            } else if kind == FileType::Directory {
                let files = profile(&held.below(&name).map_err(|error| unreadable(&error))?, &path)?;
                catalogue.add(&name.to_string_lossy(), &path.display().to_string(), &files);
            }
        }
    }
    Ok(catalogue)
}

/// The texts of a profile's files. One that is left out is no error; one that cannot be read would be missing.
fn profile(held: &Folder, path: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for file in ["profile.yaml", "values.yaml", "documents.yaml", "migration.yaml"] {
        let path = path.join(file);
        match held.read(Path::new(file), MAX_BYTES) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let text = utf8(bytes).map_err(|error| broken(&path, &error))?;
                files.insert(file.to_owned(), text);
            }
            Err(error) if is_odd(&error) => return Err(not_plain(&path)),
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                return Err(too_large(&path.display().to_string()));
            }
            Err(error) => return Err(broken(&path, &error)),
        }
    }
    Ok(files)
}

fn broken(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::UNREADABLE, format!("{} cannot be read: {error}", path.display()))
        .caused_by(error)
        .fix("Correct the file, or remove it.")
}

/// Whether an error says that there is a link, or else no plain file.
fn is_odd(error: &std::io::Error) -> bool {
    is_link(error) || error.kind() == ErrorKind::InvalidInput
}

/// What is said of a link, a pipe or a device where a file of somebody's folder should be.
fn not_plain(path: &Path) -> Error {
    Error::new(Code::NOT_PLAIN, format!("{} is not read: it is a link, a pipe or a device", path.display()))
        .why("A folder that somebody else filled could lead anywhere by it: to your own files, or to what never ends.")
        .fix("Put the file or folder itself there.")
}
