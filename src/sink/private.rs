//! Files that are whole or not there, and private from their first byte.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::shell;

/// The mode of a private file.
pub const PRIVATE: u32 = 0o600;
/// The mode of a file for everybody.
pub const PUBLIC: u32 = 0o644;
/// How the names of files begin that are not whole yet.
const UNFINISHED: &str = ".bucketwright-";
/// Files of ours lie no deeper below the output folder: `credentials/intents/USER.yaml`.
const DEEPEST: usize = 2;

/// Writes a file through a temporary one in the same folder, so that it is whole or not there; the mode is there from the
/// first byte. A file that is as it should be is left alone. A private file (0600) is on the disk when this returns.
///
/// # Errors
/// `BW0801` when it cannot be written, `BW0802` when something that is not a plain file of ours stands in its place.
pub fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    if is_already(path, text, mode)? {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| unwritable(parent, &error))?;
    let failed = |error: &std::io::Error| unwritable(path, error);
    let file = unfinished(parent).map_err(|error| failed(&error))?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(|error| failed(&error))?;
    finish(file, path, text, mode == PRIVATE).map_err(|error| failed(&error))
}

/// A file that nobody else sees, and that is gone when it is dropped.
fn unfinished(parent: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(parent)
}

/// Fills a temporary file and gives it its name.
fn finish(mut file: NamedTempFile, path: &Path, text: &str, durable: bool) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.as_file().set_len(text.len() as u64)?;
    if durable {
        file.as_file().sync_all()?;
    }
    file.persist(path).map_err(|error| error.error)?;
    if durable {
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A folder that no other process has. The lock lasts as long as the open file.
#[derive(Debug)]
pub struct Taken {
    _lock: File,
    made: Option<PathBuf>,
}

impl Drop for Taken {
    /// A folder that was made for the lock alone goes with it: this removes it only when it is empty.
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            drop(fs::remove_dir(made));
        }
    }
}

/// Room on the disk for a private file whose content is not known yet: what is once known can be kept, even if the disk is
/// full by then. Nothing is left of it when it is dropped.
#[derive(Debug)]
pub struct Room {
    file: NamedTempFile,
    path: PathBuf,
}

impl Room {
    /// Takes room for so many bytes, in a folder that only its owner reads.
    ///
    /// # Errors
    /// `BW0801` when there is none, `BW0802` when something that is not a plain file of ours stands in its place.
    pub fn take(path: PathBuf, bytes: usize) -> Result<Self> {
        plain(&path)?;
        let parent = path.parent().unwrap_or(Path::new("."));
        let take = || {
            let mut file = unfinished(parent)?;
            file.write_all(&vec![b'\n'; bytes])?;
            file.as_file().sync_all()?;
            file.rewind()?;
            Ok(file)
        };
        let file = take().map_err(|error: std::io::Error| untried(&path, &error))?;
        Ok(Self { file, path })
    }

    /// Puts a text there; it is on the disk when this returns. Where the room is gone, its folder removed by someone
    /// meanwhile, all is made anew.
    ///
    /// # Errors
    /// `BW0801` when that fails after all.
    pub fn fill(self, text: &str) -> Result<()> {
        match finish(self.file, &self.path, text, true) {
            Ok(()) => Ok(()),
            Err(_) => write(&self.path, text, PRIVATE),
        }
    }
}

/// Makes a folder and locks it for this process; `None` when another process has the lock.
///
/// The folder itself is locked, so no file is left behind. Where a file system knows no locks, nobody has any. What a killed
/// run left unfinished is removed: whoever writes has the lock, so nobody is still at it.
///
/// # Errors
/// `BW0801` when the folder cannot be made or opened.
pub fn lock(folder: &Path) -> Result<Option<Taken>> {
    let made = (!folder.exists()).then(|| folder.to_owned());
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let open = File::open(folder).map_err(|error| unwritable(folder, &error))?;
    match open.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Ok(()) => remove_unfinished(folder, DEEPEST),
        Err(TryLockError::Error(_)) => {}
    }
    // The process that had it may have removed it meanwhile: then this is the lock of nothing.
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    let same =
        fs::metadata(folder).map(place).is_ok_and(|there| open.metadata().map(place).is_ok_and(|own| own == there));
    Ok(same.then_some(Taken { _lock: open, made }))
}

/// Removes what was not finished, in a folder and so many levels below it. What cannot be removed harms nobody: it is private.
fn remove_unfinished(folder: &Path, deeper: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() && entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            drop(fs::remove_file(entry.path()));
        } else if kind.is_dir() && deeper > 0 {
            remove_unfinished(&entry.path(), deeper - 1);
        }
    }
}

/// Removes a file; nothing happens when there is none.
///
/// # Errors
/// `BW0801` when it cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(path, &error)),
        _ => Ok(()),
    }
}

/// Opens a private file for adding lines at its end, and makes it when it is not there.
///
/// # Errors
/// `BW0801` when it cannot be opened, `BW0802` when it is a link or can be read by others.
pub fn append(path: &Path) -> Result<File> {
    plain(path)?;
    let failed = |error: &std::io::Error| {
        Error::new(Code::UNWRITABLE, format!("{} cannot be written: {}", path.display(), plain_words(error)))
            .why("No call is made without its line in the audit log.")
            .fix("Name a file in a folder that is there and that you can write to, with `--audit FILE`.")
    };
    let file = OpenOptions::new().append(true).create(true).mode(PRIVATE).open(path);
    let file = file.map_err(|error| failed(&error))?;
    let mode = file.metadata().map_err(|error| failed(&error))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::new(Code::UNSAFE_FILE, format!("{} can be read by others", path.display()))
            .why(format!("An audit log is for you alone, and the file has the mode {mode:o}."))
            .fix(format!("Run `chmod 600 {}`, or name another file with `--audit FILE`.", shell::path(path))));
    }
    Ok(file)
}

/// Whether a plain file with this text and mode is there.
fn is_already(path: &Path, text: &str, mode: u32) -> Result<bool> {
    plain(path)?;
    let same_mode = fs::metadata(path).is_ok_and(|found| found.mode() & 0o777 == mode);
    Ok(same_mode && fs::read_to_string(path).map(Zeroizing::new).is_ok_and(|there| *there == text))
}

/// Makes a folder that only its owner may enter, and the folders above it. One that is there stays as it is.
///
/// # Errors
/// `BW0801` when it cannot be made, `BW0802` when a link stands in its place.
pub fn folder(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(not_plain(path, "folder"));
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| untried(parent, &error))?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(untried(path, &error)),
        _ => Ok(()),
    }
}

/// Proves that private files of so many bytes can be made in a folder, by making one.
///
/// # Errors
/// `BW0801` with the reason when not.
pub fn probe(folder: &Path, bytes: usize) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| untried(folder, &error))?;
    let mut file = unfinished(folder).map_err(|error| untried(folder, &error))?;
    file.write_all(&vec![b'\n'; bytes])
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| untried(folder, &error))?;
    let mode = file.as_file().metadata().map_err(|error| untried(folder, &error))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::new(Code::UNSAFE_FILE, format!("files in {} cannot be kept private", folder.display()))
            .why(format!("A new file there has the mode {mode:o}: others can read it."))
            .fix("Choose a folder on a file system with Unix permissions, with `--out DIR`."));
    }
    Ok(())
}

/// Proves that a file can take its place: what stands there is a plain file, and its folder, where there is one, can be
/// written to.
///
/// # Errors
/// `BW0801` or `BW0802` when not.
pub fn probe_place(path: &Path) -> Result<()> {
    plain(path)?;
    match path.parent() {
        Some(parent) if parent.exists() => probe(parent, 1),
        _ => Ok(()),
    }
}

/// Reads a private file; `None` when there is none.
///
/// # Errors
/// `BW0802` when it is a link or can be read by others, `BW0101` when it cannot be read.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>> {
    plain(path)?;
    // What is opened is what is looked at: a link that is put there meanwhile is not followed.
    let no_follow = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let mut file = match OpenOptions::new().read(true).custom_flags(no_follow).open(path) {
        // Below a file there is nothing either; writing says so.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
        Ok(file) => file,
    };
    let found = file.metadata().map_err(|error| unreadable(path, &error))?;
    if found.mode() & 0o077 != 0 {
        return Err(Error::new(Code::UNSAFE_FILE, format!("{} can be read by others", path.display()))
            .why(format!("It holds a secret and has the mode {:o}.", found.mode() & 0o777))
            .fix(format!(
                "Run `chmod 600 {}`; if others could read it for long, replace the key.",
                shell::path(path)
            )));
    }
    // Room for all of it at once: a text that grows leaves copies behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(found.len()).unwrap_or_default() + 1));
    file.read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    Ok(Some(text))
}

/// Refuses links and other things that are no plain file.
fn plain(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_file() => Err(not_plain(path, "file")),
        _ => Ok(()),
    }
}

fn not_plain(path: &Path, kind: &str) -> Error {
    Error::new(Code::UNSAFE_FILE, format!("{} is not a plain {kind}", path.display()))
        .why("A link could lead a secret to a place that others read.")
        .fix("Remove it, or choose another folder with `--out DIR`.")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::UNWRITABLE, format!("{} cannot be written: {}", path.display(), plain_words(error)))
        .why("What stood there stays as it was. Keys that were made before are kept in the folder.")
        .fix("Make room or choose a folder that you can write to with `--out DIR`, and run the same command again.")
}

/// The same, before anything else is done.
fn untried(path: &Path, error: &std::io::Error) -> Error {
    unwritable(path, error).why("Nothing was made in the cloud for it: the folder is tried before anything is.")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::UNREADABLE, format!("{} cannot be read: {}", path.display(), plain_words(error))).fix(
        "Let it be read by you alone (mode 600, in a folder that you own), or choose another folder with `--out DIR`.",
    )
}

/// An io error without its number.
fn plain_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
