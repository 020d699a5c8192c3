//! Files that a path names: plain ones, to a limit.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open};

/// How long an open pipe may be silent: whatever writes into it has something to say by then, or hangs.
const SILENCE: Duration = Duration::from_secs(30);

/// Reads a file that the user names on the command line. It may be a link to a plain file, `/dev/null`, or a pipe that is
/// open already: `/dev/stdin`, or what a shell writes for `<(…)`.
///
/// # Errors
/// Those of the system; `FileTooLarge` beyond the limit, `InvalidInput` for what is no plain file, `TimedOut` for a pipe that
/// stays silent.
pub fn read_named(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let (file, found) = open_any(path)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => bounded(file, limit),
        FileType::CharacterDevice if path == Path::new("/dev/null") => Ok(Vec::new()),
        FileType::Fifo if is_open_already(path) => drain(file, limit),
        other => Err(not_plain(other)),
    }
}

/// Reads a file that a spec names. It may be a link, as the files of a mounted Secret are, but to a plain file only.
///
/// # Errors
/// As [`read_named`], and `InvalidInput` for every pipe.
pub fn read_plain(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let (file, found) = open_any(path)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => bounded(file, limit),
        other => Err(not_plain(other)),
    }
}

/// Reads to the end, which may not be far.
///
/// # Errors
/// `FileTooLarge` beyond the limit.
pub fn bounded(from: impl Read, limit: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if read > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// What is no plain file, in words.
pub(super) fn not_plain(found: FileType) -> Error {
    let what = match found {
        FileType::Directory => "it is a folder",
        FileType::Symlink => "it is a link",
        FileType::Fifo => "it is a named pipe",
        FileType::Socket => "it is a socket",
        _ => "it is a device",
    };
    Error::new(ErrorKind::InvalidInput, format!("{what}, not a plain file"))
}

/// Opens without waiting for whoever is at the other end, so that what it is can be looked at.
fn open_any(path: &Path) -> Result<(File, Stat)> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let handle = open(path, flags, Mode::empty())?;
    let found = fstat(&handle)?;
    Ok((File::from(handle), found))
}

/// Whether a path names what this process has open: a shell gives such paths for `<(…)`.
fn is_open_already(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// Reads an open pipe to its end.
fn drain(mut pipe: File, limit: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    let mut heard = Instant::now();
    loop {
        match pipe.read(&mut part) {
            Ok(0) => return Ok(bytes),
            Ok(read) => {
                bytes.extend_from_slice(&part[..read]);
                heard = Instant::now();
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                let left = SILENCE.saturating_sub(heard.elapsed());
                if left.is_zero() {
                    return Err(Error::new(ErrorKind::TimedOut, "nothing came through the pipe for 30 seconds"));
                }
                let left = Timespec::try_from(left).map_err(Error::other)?;
                poll(&mut [PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN)], Some(&left))?;
            }
            Err(error) => return Err(error),
        }
        if bytes.len() > limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_no_plain_file_is_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("plain"), "text").expect("written");
        symlink(at("plain"), at("link")).expect("linked");
        symlink("/dev/zero", at("zero")).expect("linked");
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), Mode::RUSR | Mode::WUSR).expect("a pipe");
        for read in [read_named, read_plain] {
            assert_eq!(read(&at("plain"), 4).expect("read"), b"text");
            assert_eq!(read(&at("link"), 4).expect("read"), b"text");
            assert_eq!(read(&at("plain"), 3).map_err(|error| error.kind()), Err(ErrorKind::FileTooLarge));
            for odd in ["zero", "pipe", "."] {
                assert_eq!(read(&at(odd), 4).map_err(|error| error.kind()), Err(ErrorKind::InvalidInput), "{odd}");
            }
        }
        assert!(read_named(Path::new("/dev/null"), 4).expect("read").is_empty());
        assert!(read_plain(Path::new("/dev/null"), 4).is_err());
    }

    #[test]
    fn an_open_pipe_is_read_to_its_end() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        std::thread::spawn(move || {
            use std::io::Write;
            let mut writer = writer;
            (0..3).for_each(|_| {
                std::thread::sleep(Duration::from_millis(20));
                writer.write_all(b"ab").expect("written");
            });
        });
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        rustix::io::ioctl_fionbio(&file, true).expect("does not block");
        assert_eq!(drain(file, 100).expect("read"), b"ababab");
    }
}
