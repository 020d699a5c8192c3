//! Files that are whole or not there, and private from their first byte.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::base::error::{Code, Error, Result};
use crate::base::shell;
use crate::host::folder;
use crate::host::folder::{FileType, Place, RawMode, UNFINISHED, Unfinished, is_link};

/// The mode of a private file.
pub const PRIVATE: RawMode = 0o600;
/// The mode of a file for everybody.
pub const PUBLIC: RawMode = 0o644;
/// The mode of a folder, less the user's mask.
const FOLDER: RawMode = 0o777;
/// Files of ours lie no deeper below the output folder: `credentials/intents/USER.yaml`.
const DEEPEST: usize = 2;
/// No file of ours is larger: a Secret has 1 MiB at most.
const LARGEST: usize = 16 << 20;

/// A file of ours: a folder that the user named, and a path below it. The folder may be a link; nothing below it may.
#[derive(Clone, Debug)]
pub struct Spot {
    root: PathBuf,
    below: PathBuf,
}

impl Spot {
    /// A file below a folder.
    pub fn below(root: &Path, path: impl Into<PathBuf>) -> Self {
        Self { root: root.to_owned(), below: path.into() }
    }

    /// A file that the user named by itself.
    pub fn named(path: &Path) -> Self {
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        Self { root, below: path.file_name().map(PathBuf::from).unwrap_or_default() }
    }

    /// Its whole path, as messages name it.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.below)
    }

    /// Where it is; `None` when its folder is not there.
    fn find(&self) -> std::io::Result<Option<Place>> {
        match folder::Folder::open(&self.root) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
            Ok(root) => root.place(&self.below),
        }
    }

    /// Where it shall be: the folders on the way are made.
    fn make(&self) -> std::io::Result<Place> {
        folder::Folder::make(&self.root)?.place_made(&self.below, FOLDER)
    }
}

/// Writes a file through a temporary one in the same folder, so that it is whole or not there; the mode is there from the
/// first byte. A file that is as it should be is left alone. A private file (0600) is on the disk when this returns.
///
/// # Errors
/// `BW0801` when it cannot be written, `BW0802` when something that is not a plain file of ours is in its place.
pub fn write(spot: &Spot, text: &str, mode: RawMode) -> Result<()> {
    let failed = |error: &std::io::Error| unwritable(&spot.path(), error);
    let place = spot.make().map_err(|error| failed(&error))?;
    plain(spot, &place)?;
    if is_already(&place, text, mode) {
        return Ok(());
    }
    let begun = place.begin(mode).map_err(|error| failed(&error))?;
    finish(begun, text, mode == PRIVATE).map_err(|error| failed(&error))
}

/// Fills a temporary file and gives it its name.
fn finish(mut begun: Unfinished, text: &str, durable: bool) -> std::io::Result<()> {
    begun.file.write_all(text.as_bytes())?;
    begun.file.set_len(text.len() as u64)?;
    begun.finish(durable)
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
            #[expect(clippy::disallowed_methods, reason = "a folder of our own, and only when it is empty")]
            drop(std::fs::remove_dir(made));
        }
    }
}

/// Room on the disk for a private file whose content is not known yet: what is once known can be kept, even if the disk is
/// full by then. Nothing is left of it when it is dropped.
#[derive(Debug)]
pub struct Room {
    begun: Unfinished,
    spot: Spot,
}

impl Room {
    /// Takes room for so many bytes, in a folder that only its owner reads.
    ///
    /// # Errors
    /// `BW0801` when there is none, `BW0802` when something that is not a plain file of ours is in its place.
    pub fn take(spot: Spot, bytes: usize) -> Result<Self> {
        let take = || {
            let place = spot.make()?;
            let mut begun = place.begin(PRIVATE)?;
            begun.file.write_all(&vec![b'\n'; bytes])?;
            begun.file.sync_all()?;
            begun.file.rewind()?;
            Ok((place, begun))
        };
        let (place, begun) = take().map_err(|error: std::io::Error| untried(&spot.path(), &error))?;
        plain(&spot, &place)?;
        Ok(Self { begun, spot })
    }

    /// Puts a text there; it is on the disk when this returns. Where the room is gone, its folder removed by someone
    /// meanwhile, all is made again.
    ///
    /// # Errors
    /// `BW0801` when that fails after all.
    pub fn fill(self, text: &str) -> Result<()> {
        let finished = finish(self.begun, text, true);
        // Whoever moved the folder away meanwhile took the room with it: what is found at the path counts.
        let found = || read(&self.spot).ok().flatten().is_some_and(|there| there.as_str() == text);
        if finished.is_ok() && found() { Ok(()) } else { write(&self.spot, text, PRIVATE) }
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
    let failed = |error: std::io::Error| unwritable(folder, &error);
    let made = (!folder.exists()).then(|| folder.to_owned());
    let held = folder::Folder::make(folder).map_err(failed)?;
    let open = held.handle().map_err(failed)?;
    match open.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Ok(()) => remove_unfinished(&held, DEEPEST),
        Err(TryLockError::Error(_)) => {}
    }
    // The process that had it may have removed it meanwhile: then this is the lock of nothing.
    let place = |found: std::fs::Metadata| (found.dev(), found.ino());
    let there = folder::Folder::open(folder).and_then(|there| there.handle()?.metadata()).map(place);
    let same = there.is_ok_and(|there| open.metadata().map(place).is_ok_and(|own| own == there));
    Ok(same.then_some(Taken { _lock: open, made }))
}

/// Removes what was not finished, in a folder and so many levels below it. What cannot be removed harms nobody: it is private.
fn remove_unfinished(held: &folder::Folder, deeper: usize) {
    for (name, kind) in held.list().unwrap_or_default() {
        if kind == FileType::RegularFile && name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            drop(held.place(Path::new(&name)).map(|place| place.map(|place| place.remove())));
        } else if kind == FileType::Directory && deeper > 0 {
            drop(held.below(&name).map(|below| remove_unfinished(&below, deeper - 1)));
        }
    }
}

/// Removes a file; nothing happens when there is none.
///
/// # Errors
/// `BW0801` when it cannot be removed.
pub fn remove(spot: &Spot) -> Result<()> {
    let removed = spot.find().and_then(|place| place.map_or(Ok(()), |place| place.remove()));
    removed.map_err(|error| unwritable(&spot.path(), &error))
}

/// Whether a plain file is there, and no link on the way.
pub fn is_file(spot: &Spot) -> bool {
    let found = spot.find().ok().flatten().and_then(|place| place.look().ok().flatten());
    found.is_some_and(|(kind, _)| kind == FileType::RegularFile)
}

/// Whether anything is there: a link counts as itself, and one on the way as something that stands there.
pub fn is_taken(spot: &Spot) -> bool {
    match spot.find() {
        Ok(place) => place.is_some_and(|place| !matches!(place.look(), Ok(None))),
        Err(error) => error.kind() != ErrorKind::NotADirectory,
    }
}

/// Whether a folder, reached through no link, is the one that a path names.
pub fn is_folder(spot: &Spot, path: &Path) -> bool {
    let number = |found: std::io::Result<folder::Folder>| {
        found.and_then(|held| held.handle()?.metadata()).map(|found| (found.dev(), found.ino())).ok()
    };
    let held = folder::Folder::open(&spot.root)
        .and_then(|root| spot.below.iter().try_fold(root, |above, name| above.below(name)));
    let held = number(held);
    held.is_some() && held == number(folder::Folder::open(path))
}

/// Removes a folder if it is empty; tells whether it did.
pub fn remove_folder(spot: &Spot) -> bool {
    spot.find().ok().flatten().is_some_and(|place| place.remove_folder().is_ok())
}

/// Opens a private file for adding lines at its end, and makes it when it is not there.
///
/// # Errors
/// `BW0801` when it cannot be opened, `BW0802` when it is a link or can be read by others.
pub fn append(spot: &Spot) -> Result<File> {
    let path = spot.path();
    let failed = |error: &std::io::Error| {
        if odd(error) {
            return not_plain(&path, "file");
        }
        Error::new(Code::UNWRITABLE, format!("{} cannot be written: {}", path.display(), plain_words(error)))
            .why("No call is made without its line in the audit log.")
            .fix("Name a file in a folder that is there and that you can write to, with `--audit FILE`.")
    };
    let place = spot.find().and_then(|place| place.ok_or_else(|| ErrorKind::NotFound.into()));
    let (file, mode) = place.and_then(|place| place.append(PRIVATE)).map_err(|error| failed(&error))?;
    if mode & 0o077 != 0 {
        return Err(Error::new(Code::UNSAFE_FILE, format!("{} can be read by others", path.display()))
            .why(format!("An audit log is for you alone, and the file has the mode {mode:o}."))
            .fix(format!("Run `chmod 600 {}`, or name another file with `--audit FILE`.", shell::path(&path))));
    }
    Ok(file)
}

/// Whether a plain file with this text and mode is there.
fn is_already(place: &Place, text: &str, mode: RawMode) -> bool {
    let there = place.read(text.len()).ok().flatten();
    there.is_some_and(|(bytes, found)| found == mode && *Zeroizing::new(bytes) == text.as_bytes())
}

/// Makes a folder that only its owner may enter, and the folders above it. One that is there stays as it is.
///
/// # Errors
/// `BW0801` when it cannot be made, `BW0802` when a link is in its place.
pub fn folder(spot: &Spot) -> Result<()> {
    let path = spot.path();
    let make = || folder::Folder::make(&spot.root)?.place_made(&spot.below.join("any"), 0o700);
    match make() {
        Err(error) if is_link(&error) => Err(not_plain(&path, "folder")),
        Err(error) => Err(untried(&path, &error)),
        Ok(_) => Ok(()),
    }
}

/// Proves that private files of so many bytes can be made in a folder, by making one.
///
/// # Errors
/// `BW0801` with the reason when not.
pub fn probe(spot: &Spot, bytes: usize) -> Result<()> {
    let folder = spot.path();
    let failed = |error: std::io::Error| untried(&folder, &error);
    let root = folder::Folder::make(&spot.root).map_err(failed)?;
    let place = root.place_made(&spot.below.join("any"), FOLDER).map_err(failed)?;
    let mut begun = place.begin(PRIVATE).map_err(failed)?;
    begun.file.write_all(&vec![b'\n'; bytes]).and_then(|()| begun.file.sync_all()).map_err(failed)?;
    let mode = begun.file.metadata().map_err(failed)?.mode() & 0o777;
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
pub fn probe_place(spot: &Spot) -> Result<()> {
    match spot.find().map_err(|error| untried(&spot.path(), &error))? {
        None => Ok(()),
        Some(place) => {
            plain(spot, &place)?;
            let above = spot.below.parent().unwrap_or(Path::new(""));
            probe(&Spot::below(&spot.root, above), 1)
        }
    }
}

/// Reads a private file; `None` when there is none.
///
/// # Errors
/// `BW0802` when it is a link or can be read by others, `BW0101` when it cannot be read.
pub fn read(spot: &Spot) -> Result<Option<Zeroizing<String>>> {
    let path = spot.path();
    let Some((text, mode)) = read_any(spot)? else { return Ok(None) };
    if mode & 0o077 != 0 {
        return Err(Error::new(Code::UNSAFE_FILE, format!("{} can be read by others", path.display()))
            .why(format!("It holds a secret and has the mode {mode:o}."))
            .fix(format!(
                "Run `chmod 600 {}`; if others could read it for long, replace the key.",
                shell::path(&path)
            )));
    }
    Ok(Some(text))
}

/// Reads a file that may be public; `None` when there is none.
///
/// # Errors
/// `BW0802` when it is a link or no plain file, `BW0101` when it cannot be read.
pub fn read_public(spot: &Spot) -> Result<Option<Zeroizing<String>>> {
    Ok(read_any(spot)?.map(|(text, _)| text))
}

fn read_any(spot: &Spot) -> Result<Option<(Zeroizing<String>, RawMode)>> {
    let path = spot.path();
    let found = spot.find().and_then(|place| place.map_or(Ok(None), |place| place.read(LARGEST)));
    match found {
        // Below a file there is nothing either; writing says so.
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
        Ok(None) => Ok(None),
        Ok(Some((bytes, mode))) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some((Zeroizing::new(text), mode))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(unreadable(&path, &std::io::Error::other("it is not UTF-8 text")))
            }
        },
    }
}

/// Refuses links and other things that are no plain file.
fn plain(spot: &Spot, place: &Place) -> Result<()> {
    match place.look() {
        Ok(Some((kind, _))) if kind != FileType::RegularFile => Err(not_plain(&spot.path(), "file")),
        _ => Ok(()),
    }
}

/// Whether an error says that what is there is a link, or else no plain file.
fn odd(error: &std::io::Error) -> bool {
    is_link(error) || error.kind() == ErrorKind::InvalidInput
}

/// Another folder for the files must not lose the keys, which lie below the first.
const ELSEWHERE: &str = "Or write elsewhere with the same keys: `--out DIR --keys DIR`, where `--keys` names the folder that holds them now; unless you named another, that is `credentials` below the old `--out`.";

fn not_plain(path: &Path, kind: &str) -> Error {
    Error::new(Code::UNSAFE_FILE, format!("{} is not a plain {kind}", path.display()))
        .why("It is a link, a device or a pipe, or its path contains a link: a secret could reach a place that others read, or a file of others be shown.")
        .fix(format!("Remove it. {ELSEWHERE}"))
}

pub fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    if odd(error) {
        return not_plain(path, "file");
    }
    Error::new(Code::UNWRITABLE, format!("{} cannot be written: {}", path.display(), plain_words(error)))
        .caused_by(error)
        .why("What stood there stays as it was. Keys that were made before are kept in the folder.")
        .fix(format!("Make room, and run the same command again. {ELSEWHERE}"))
}

/// The same, before anything else is done.
fn untried(path: &Path, error: &std::io::Error) -> Error {
    let made = unwritable(path, error);
    if odd(error) {
        return made;
    }
    made.why("Nothing was made in the cloud for it: the folder is tried before anything is.")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    if odd(error) {
        return not_plain(path, "file");
    }
    Error::new(Code::UNREADABLE, format!("{} cannot be read: {}", path.display(), plain_words(error)))
        .caused_by(error)
        .fix(format!("Let it be read by you alone (mode 600, in a folder that you own). {ELSEWHERE}"))
}

/// An io error without its number.
fn plain_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
