//! Charts, folders or archives, with hard limits.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path};

use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;
use crate::helm::chart::{Chart, ValuesFile};
use crate::host::files;
use crate::host::folder::{FileType, Folder, is_link};

/// No chart or values file is larger: a release with its values must fit a Secret of 1 MiB, compressed.
const MAX_FILE: usize = 4 << 20;
/// What Helm may print.
pub(super) const MAX_RENDERED: usize = 16 << 20;
/// What a chart may unpack to, all its subcharts included.
const MAX_TOTAL: usize = 64 << 20;
/// How many files a chart may have.
const MAX_FILES: usize = 20_000;
/// How deep charts lie in charts.
const MAX_DEPTH: usize = 16;

/// Reads a values file: its keys, and its text for Helm.
///
/// # Errors
/// `BW0101`, `BW1202` for one that is too large, `BW0102` and `BW0107` for its text.
pub fn values(path: &Path) -> Result<(ValuesFile, Secret)> {
    let name = path.display().to_string();
    let bytes = files::read_named(path, MAX_FILE).map_err(|error| failed(&name, &error, "has more than 4 MiB"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let file = ValuesFile::parse(&name, &text)?;
    let text = file.inside().unwrap_or(text);
    Ok((file, Secret::new(text)))
}

/// Reads what `helm template` printed.
///
/// # Errors
/// `BW0101`, `BW1202` for what is too large.
pub fn rendered(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let bytes = files::read_named(path, MAX_RENDERED).map_err(|error| failed(&name, &error, "has more than 16 MiB"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a chart, a folder or a .tgz.
///
/// # Errors
/// `BW0101`, `BW1201`–`BW1204`.
pub fn chart(path: &Path) -> Result<Chart> {
    let name = path.display().to_string();
    let mut load = Load { files: BTreeMap::new(), total: 0, name: name.clone() };
    if path.is_dir() {
        let folder = Folder::open(path).map_err(|error| unreadable(&name, &error))?;
        load.folder(&folder, "", 0)?;
    } else {
        let packed =
            files::read_named(path, MAX_TOTAL).map_err(|error| failed(&name, &error, "has more than 64 MiB"))?;
        load.archive(packed.as_slice(), "", 0)?;
    }
    Chart::parse(name.trim_end_matches('/'), &load.files)
}

struct Load {
    files: BTreeMap<String, String>,
    total: usize,
    name: String,
}

impl Load {
    fn folder(&mut self, folder: &Folder, prefix: &str, depth: usize) -> Result<()> {
        self.deep(depth)?;
        for (name, kind) in folder.list().map_err(|error| unreadable(&self.name, &error))? {
            let path = format!("{prefix}{}", name.to_string_lossy());
            let matters = depth > 0 || ["charts", "templates"].contains(&path.as_str()) || wanted(&path);
            if !matters {
                continue;
            }
            if kind == FileType::Symlink {
                return Err(unsafe_entry(&self.name, &path, "is a link"));
            } else if kind == FileType::Directory {
                let below = folder.below(&name).map_err(|error| unreadable(&path, &error))?;
                self.folder(&below, &format!("{path}/"), depth + 1)?;
            } else if wanted(&path) {
                let limit = if is_archive(&path) { MAX_TOTAL } else { MAX_FILE };
                let bytes = match folder.read(Path::new(&name), limit) {
                    Err(error) if is_link(&error) || error.kind() == ErrorKind::InvalidInput => {
                        return Err(unsafe_entry(&self.name, &path, "is no plain file"));
                    }
                    other => other.map_err(|error| failed(&path, &error, "has more than 4 MiB"))?,
                };
                let bytes = bytes.unwrap_or_default();
                self.total += bytes.len();
                self.file(path, bytes.as_slice(), depth)?;
            }
        }
        Ok(())
    }

    /// Unpacks in memory; nothing is ever written.
    fn archive(&mut self, packed: impl Read, prefix: &str, depth: usize) -> Result<()> {
        self.deep(depth)?;
        let bad = |error: &std::io::Error| {
            Error::new(Code::NOT_A_CHART, format!("{} is not a chart archive: {error}", self.name))
                .caused_by(error)
                .fix("Give a folder, or the .tgz that `helm pull` or `helm package` wrote.")
        };
        let mut unpacked = Vec::new();
        let room = MAX_TOTAL - self.total.min(MAX_TOTAL);
        flate2::read::GzDecoder::new(packed)
            .take(room as u64 + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| bad(&error))?;
        self.total += unpacked.len();
        if unpacked.len() > room {
            return Err(too_large(&self.name, "unpacks to more than 64 MiB"));
        }
        let mut archive = tar::Archive::new(unpacked.as_slice());
        let mut found = Vec::new();
        for entry in archive.entries().map_err(|error| bad(&error))? {
            let mut entry = entry.map_err(|error| bad(&error))?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            if kind.is_symlink() || kind.is_hard_link() {
                return Err(unsafe_entry(&self.name, &path, "is a link"));
            }
            let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            if !Path::new(&path).components().all(plain) || path.contains('\\') {
                return Err(unsafe_entry(&self.name, &path, "leads out of the archive"));
            }
            // The first folder carries the chart's name.
            let Some((_, inside)) = path.trim_start_matches("./").split_once('/') else { continue };
            if kind.is_file() && wanted(inside) {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(|error| bad(&error))?;
                found.push((format!("{prefix}{inside}"), bytes));
            }
        }
        found.into_iter().try_for_each(|(path, bytes)| self.file(path, bytes.as_slice(), depth))
    }

    fn file(&mut self, path: String, reader: impl Read, depth: usize) -> Result<()> {
        if is_archive(&path) {
            // charts/NAME-1.2.3.tgz is read as if it stood unpacked beside.
            return self.archive(reader, &format!("{}/", path.trim_end_matches(".tgz")), depth + 1);
        }
        let bytes = limited(&format!("{}/{path}", self.name), reader)?;
        if self.total > MAX_TOTAL || self.files.len() >= MAX_FILES {
            return Err(too_large(&self.name, "has more than 64 MiB or 20,000 files"));
        }
        self.files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        Ok(())
    }

    fn deep(&self, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH { Err(too_large(&self.name, "lies more than 16 folders deep")) } else { Ok(()) }
    }
}

fn is_archive(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "tgz")
}

/// Whether a path is one that the check reads: the last parts decide, so that it holds for subcharts too.
fn wanted(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    ["Chart.yaml", "values.yaml", "values.schema.json"].contains(&last)
        || path.split('/').any(|part| part == "templates")
        || (path.starts_with("charts/") && is_archive(last))
}

/// What a failed reading means.
fn failed(name: &str, error: &std::io::Error, how: &str) -> Error {
    if error.kind() == ErrorKind::FileTooLarge { too_large(name, how) } else { unreadable(name, error) }
}

fn limited(name: &str, reader: impl Read) -> Result<Vec<u8>> {
    files::bounded(reader, MAX_FILE).map_err(|error| failed(name, &error, "has more than 4 MiB"))
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::new(Code::UNREADABLE, format!("{name} cannot be read: {error}")).caused_by(error)
}

fn too_large(name: &str, how: &str) -> Error {
    Error::new(Code::CHART_TOO_LARGE, format!("{name} {how}"))
        .why("Helm keeps a release in a Secret of at most 1 MiB, so no chart or values file is that large.")
        .fix("Look whether it is the file that you mean.")
}

fn unsafe_entry(name: &str, path: &str, how: &str) -> Error {
    Error::new(Code::UNSAFE_CHART, format!("{name} was refused: its entry `{path}` {how}"))
        .why("Such entries read or overwrite files outside the chart; nothing was unpacked.")
        .fix("Get the chart again from its publisher: `helm pull`.")
}
