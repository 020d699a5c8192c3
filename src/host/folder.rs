//! A folder held by a handle: what is below it is reached from there, step by step, through no link.
//!
//! A folder that others filled (a checkout, a chart) may hold links that lead anywhere. Each step is opened from the handle of
//! the one above with `O_NOFOLLOW`, so nothing that is put there meanwhile leads out either.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::sync::Arc;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, Stat};
pub use rustix::fs::{FileType, RawMode};
use rustix::io::Errno;

use super::files::{bounded, not_plain};

/// How names begin of files that are not whole yet.
pub const UNFINISHED: &str = ".bucketwright-";

const STEP: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A folder.
#[derive(Clone, Debug)]
pub struct Folder(Arc<OwnedFd>);

/// Where a file is, or could be: its folder's handle and its name.
#[derive(Clone, Debug)]
pub struct Place {
    folder: Folder,
    name: OsString,
}

/// Whether an error says that a link is in the way.
pub fn is_link(error: &Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

impl Folder {
    /// Opens a folder that the user names; it may be a link itself.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(Arc::new(rustix::fs::open(path, flags, Mode::empty())?)))
    }

    /// Makes a folder that the user names, with those above it, and opens it.
    ///
    /// # Errors
    /// Those of the system.
    #[expect(clippy::disallowed_methods, reason = "the one place where folders are made")]
    pub fn make(path: &Path) -> Result<Self> {
        if !path.as_os_str().is_empty() {
            std::fs::create_dir_all(path)?;
        }
        Self::open(path)
    }

    /// Where a file is; `None` when its folder is not there.
    ///
    /// # Errors
    /// `ELOOP` for a link on the way ([`is_link`]), `NotADirectory` for a file on the way, and those of the system.
    pub fn place(&self, below: &Path) -> Result<Option<Place>> {
        self.walk(below, None)
    }

    /// Where a file shall be; the folders on the way are made, with a mode.
    ///
    /// # Errors
    /// As [`Folder::place`].
    pub fn place_made(&self, below: &Path, mode: RawMode) -> Result<Place> {
        self.walk(below, Some(mode))?.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn walk(&self, below: &Path, make: Option<RawMode>) -> Result<Option<Place>> {
        let mut folder = self.clone();
        let mut names = Vec::new();
        for part in below.components() {
            match part {
                Component::Normal(name) => names.push(name),
                Component::CurDir => {}
                _ => return Err(Error::new(ErrorKind::InvalidInput, "it leads out of its folder")),
            }
        }
        let Some((last, above)) = names.split_last() else {
            return Err(Error::new(ErrorKind::InvalidInput, "it names no file"));
        };
        for name in above {
            match folder.step(name, make) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                other => folder = other?,
            }
        }
        Ok(Some(Place { folder, name: last.to_os_string() }))
    }

    fn step(&self, name: &OsStr, make: Option<RawMode>) -> Result<Self> {
        if let Some(mode) = make {
            match rustix::fs::mkdirat(&*self.0, name, Mode::from_raw_mode(mode)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match rustix::fs::openat(&*self.0, name, STEP, Mode::empty()) {
            Ok(handle) => Ok(Self(Arc::new(handle))),
            // A link is reported in several ways, depending on the system.
            Err(error) => Err(if self.is_link_at(name) { Errno::LOOP.into() } else { error.into() }),
        }
    }

    fn is_link_at(&self, name: &OsStr) -> bool {
        self.look(name).is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Symlink)
    }

    fn look(&self, name: &OsStr) -> std::result::Result<Stat, Errno> {
        rustix::fs::statat(&*self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// The names in it and what they are, in order. A link is told as one.
    ///
    /// # Errors
    /// Those of the system.
    pub fn list(&self) -> Result<Vec<(OsString, FileType)>> {
        let mut found = Vec::new();
        for entry in Dir::read_from(&*self.0)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
            if name != "." && name != ".." {
                // Not every file system tells the kind with the name.
                let kind = match entry.file_type() {
                    FileType::Unknown => FileType::from_raw_mode(self.look(&name)?.st_mode),
                    known => known,
                };
                found.push((name, kind));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// A folder in it, through no link.
    ///
    /// # Errors
    /// As [`Folder::place`].
    pub fn below(&self, name: &OsStr) -> Result<Self> {
        self.step(name, None)
    }

    /// Reads a plain file below it; `None` when there is none.
    ///
    /// # Errors
    /// As [`Folder::place`] and [`Place::read`].
    pub fn read(&self, below: &Path, limit: usize) -> Result<Option<Vec<u8>>> {
        let Some(place) = self.place(below)? else { return Ok(None) };
        Ok(place.read(limit)?.map(|(bytes, _)| bytes))
    }

    /// The handle as a file, to lock or to sync.
    ///
    /// # Errors
    /// Those of the system.
    pub fn handle(&self) -> Result<File> {
        Ok(File::from(self.0.try_clone()?))
    }
}

impl Place {
    /// What is there, a link as one: its kind and its mode.
    ///
    /// # Errors
    /// Those of the system.
    pub fn look(&self) -> Result<Option<(FileType, RawMode)>> {
        match self.folder.look(&self.name) {
            Ok(found) => Ok(Some((FileType::from_raw_mode(found.st_mode), found.st_mode & 0o777))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a plain file with its mode; `None` when there is none.
    ///
    /// # Errors
    /// `ELOOP` for a link, `InvalidInput` for what else is no plain file.
    pub fn open(&self) -> Result<Option<(File, RawMode)>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        self.opened(flags, Mode::empty())
    }

    /// Opens a plain file for adding lines at its end, and makes it with a mode when it is not there.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub fn append(&self, mode: RawMode) -> Result<(File, RawMode)> {
        let flags =
            OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        self.opened(flags, mode)?.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn opened(&self, flags: OFlags, mode: Mode) -> Result<Option<(File, RawMode)>> {
        let handle = match rustix::fs::openat(&*self.folder.0, &self.name, flags, mode) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => {
                return Err(if self.folder.is_link_at(&self.name) { Errno::LOOP.into() } else { error.into() });
            }
        };
        let found = rustix::fs::fstat(&handle)?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile => Ok(Some((File::from(handle), found.st_mode & 0o777))),
            other => Err(not_plain(other)),
        }
    }

    /// Reads a plain file, and tells its mode; `None` when there is none.
    ///
    /// # Errors
    /// As [`Place::open`]; `FileTooLarge` beyond the limit.
    pub fn read(&self, limit: usize) -> Result<Option<(Vec<u8>, RawMode)>> {
        let Some((file, mode)) = self.open()? else { return Ok(None) };
        Ok(Some((bounded(file, limit)?, mode)))
    }

    /// Begins a file beside the place. Nobody sees it under the place's name before [`Unfinished::finish`].
    ///
    /// # Errors
    /// Those of the system.
    pub fn begin(&self, mode: RawMode) -> Result<Unfinished> {
        let bits = Mode::from_raw_mode(mode);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for attempt in 0..16_u8 {
            let name = OsString::from(format!("{UNFINISHED}{:016x}", RandomState::new().hash_one(attempt)));
            match rustix::fs::openat(&*self.folder.0, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(handle) => {
                    let begun = Unfinished { place: self.clone(), name: Some(name), file: File::from(handle) };
                    // The mode is as asked for, whatever the mask.
                    rustix::fs::fchmod(begun.file.as_fd(), bits)?;
                    return Ok(begun);
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Removes what is there; nothing happens when there is nothing.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove(&self) -> Result<()> {
        match rustix::fs::unlinkat(&*self.folder.0, &self.name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// Those of the system, as when it holds something.
    pub fn remove_folder(&self) -> Result<()> {
        Ok(rustix::fs::unlinkat(&*self.folder.0, &self.name, AtFlags::REMOVEDIR)?)
    }
}

/// A file that is not whole yet. It is gone when it is dropped.
#[derive(Debug)]
pub struct Unfinished {
    place: Place,
    name: Option<OsString>,
    /// What is written into.
    pub file: File,
}

impl Unfinished {
    /// Gives it the place's name; with `durable` it is on the disk when this returns.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(mut self, durable: bool) -> Result<()> {
        if durable {
            self.file.sync_all()?;
        }
        let folder = &*self.place.folder.0;
        if let Some(name) = &self.name {
            rustix::fs::renameat(folder, name, folder, &self.place.name)?;
        }
        self.name = None;
        if durable { self.place.folder.handle()?.sync_all() } else { Ok(()) }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = rustix::fs::unlinkat(&*self.place.folder.0, name, AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_below_leads_out() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        for name in ["in/a", "out"] {
            std::fs::create_dir_all(at(name)).expect(name);
        }
        std::fs::write(at("out/secret"), "s").expect("written");
        symlink(at("out"), at("in/link")).expect("linked");
        symlink(at("out/secret"), at("in/a/values.yaml")).expect("linked");
        let folder = Folder::open(&at("in")).expect("opens");
        let read = |name: &str| folder.read(Path::new(name), 10);
        for link in ["link/secret", "a/values.yaml", "link"] {
            assert!(read(link).is_err_and(|error| is_link(&error)), "{link}");
        }
        assert!(folder.place_made(Path::new("link/new"), 0o755).is_err_and(|error| is_link(&error)));
        for out in ["../out/secret", "/etc/passwd", "", "a/../../out/secret"] {
            assert!(read(out).is_err(), "{out}");
        }
        assert!(read("none/at/all").expect("nothing").is_none());
        let place = folder.place_made(Path::new("b/c/file"), 0o755).expect("a place");
        let mut begun = place.begin(0o640).expect("begun");
        begun.file.write_all(b"text").expect("written");
        begun.finish(true).expect("finished");
        assert_eq!(place.read(4).expect("read"), Some((b"text".to_vec(), 0o640)));
        drop(place.begin(0o600).expect("begun"));
        assert_eq!(std::fs::read_dir(at("in/b/c")).expect("listed").count(), 1, "nothing unfinished stays");
        // A link in the place of a file is replaced, never followed.
        let place = folder.place(Path::new("a/values.yaml")).expect("a place").expect("there");
        place.begin(0o644).and_then(|begun| begun.finish(false)).expect("finished");
        assert_eq!(std::fs::read_to_string(at("out/secret")).expect("read"), "s");
    }
}
