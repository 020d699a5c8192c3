//! Charts, folders or archives, and Helm itself, with hard limits.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::chart::{Chart, ValuesFile};
use crate::error::{Code, Error, Result};

/// No chart or values file is larger: a release with its values must fit a Secret of 1 MiB, compressed.
const MAX_FILE: u64 = 4 << 20;
/// What Helm may print.
const MAX_RENDERED: u64 = 16 << 20;
/// What a chart may unpack to, all its subcharts included.
const MAX_TOTAL: u64 = 64 << 20;
/// How many files a chart may have.
const MAX_FILES: usize = 20_000;
/// How deep charts lie in charts.
const MAX_DEPTH: usize = 16;

/// Reads a values file.
///
/// # Errors
/// `BW0101`, `BW1202` for one that is too large, `BW0102` and `BW0107` for its text.
pub fn values(path: &Path) -> Result<ValuesFile> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    ValuesFile::parse(&name, &String::from_utf8_lossy(&limited(&name, file)?))
}

/// Reads what `helm template` printed.
///
/// # Errors
/// `BW0101`, `BW1202` for what is too large.
pub fn rendered(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_RENDERED + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&name, &error))?;
    if bytes.len() as u64 > MAX_RENDERED {
        return Err(too_large(&name, "has more than 16 MiB"));
    }
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
        load.folder(path, "", 0)?;
    } else {
        let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        load.archive(file, "", 0)?;
    }
    Chart::parse(name.trim_end_matches('/'), &load.files)
}

struct Load {
    files: BTreeMap<String, String>,
    total: u64,
    name: String,
}

impl Load {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<()> {
        self.deep(depth)?;
        for entry in fs::read_dir(folder).map_err(|error| unreadable(&self.name, &error))? {
            let entry = entry.map_err(|error| unreadable(&self.name, &error))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(|error| unreadable(&self.name, &error))?;
            let matters = depth > 0 || ["charts", "templates"].contains(&path.as_str()) || wanted(&path);
            if !matters {
                continue;
            }
            if kind.is_symlink() {
                return Err(unsafe_entry(&self.name, &path, "is a link"));
            } else if kind.is_dir() {
                self.folder(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if wanted(&path) {
                let file = File::open(entry.path()).map_err(|error| unreadable(&path, &error))?;
                self.file(path, file, depth)?;
            }
        }
        Ok(())
    }

    /// Unpacks in memory; nothing is ever written.
    fn archive(&mut self, packed: impl Read, prefix: &str, depth: usize) -> Result<()> {
        self.deep(depth)?;
        let bad = |error: &std::io::Error| {
            Error::new(Code::NOT_A_CHART, format!("{} is not a chart archive: {error}", self.name))
                .fix("Give a folder, or the .tgz that `helm pull` or `helm package` wrote.")
        };
        let mut unpacked = Vec::new();
        let room = MAX_TOTAL - self.total.min(MAX_TOTAL);
        flate2::read::GzDecoder::new(packed).take(room + 1).read_to_end(&mut unpacked).map_err(|error| bad(&error))?;
        if unpacked.len() as u64 > room {
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
        if Path::new(&path).extension().is_some_and(|end| end == "tgz") {
            // charts/NAME-1.2.3.tgz is read as if it stood unpacked beside.
            return self.archive(reader, &format!("{}/", path.trim_end_matches(".tgz")), depth + 1);
        }
        let bytes = limited(&format!("{}/{path}", self.name), reader)?;
        self.total += bytes.len() as u64;
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

/// Whether a path is one that the check reads: the last parts decide, so that it holds for subcharts too.
fn wanted(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    ["Chart.yaml", "values.yaml", "values.schema.json"].contains(&last)
        || path.split('/').any(|part| part == "templates")
        || (path.starts_with("charts/") && Path::new(last).extension().is_some_and(|end| end == "tgz"))
}

fn limited(name: &str, reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > MAX_FILE { Err(too_large(name, "has more than 4 MiB")) } else { Ok(bytes) }
}

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::new(Code::UNREADABLE, format!("{name} cannot be read: {error}"))
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

/// What `helm template` renders; `None` when there is no helm on the PATH.
///
/// # Errors
/// `BW1230` with Helm's own words.
pub fn helm_template(chart: &Path, release: &str, namespace: &str, values: &[PathBuf]) -> Result<Option<String>> {
    let mut command = Command::new("helm");
    command.args(["template", release]).arg(chart).args(["--namespace", namespace]);
    for file in values {
        command.arg("-f").arg(file);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable("helm", &error)),
    };
    if !output.status.success() {
        // Helm lists each value that breaks a schema on a line of its own, below its error.
        let words = String::from_utf8_lossy(&output.stderr);
        let words: Vec<_> =
            words.lines().skip_while(|line| !line.starts_with("Error")).take(12).map(discreet).collect();
        let words = if words.is_empty() { "it gave no reason".to_owned() } else { words.join("\n") };
        return Err(Error::new(Code::HELM_FAILED, format!("helm template failed: {}", words.trim_end()))
            .fix("Correct the values, or leave `helm` out and give `--rendered FILE`."));
    }
    Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// A line of Helm's without the value that breaks a schema, which it quotes behind the path: it may be a secret.
fn discreet(line: &str) -> Cow<'_, str> {
    let Some((path, rest)) = line.split_once("': '").filter(|_| line.trim_start().starts_with("- at '")) else {
        return line.into();
    };
    let rule =
        [" does not match pattern ", " is not valid "].iter().find_map(|words| Some(&rest[rest.rfind(words)?..]));
    format!("{path}': the value{}", rule.unwrap_or(" breaks the schema")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_break_a_schema_are_not_shown() {
        assert_eq!(discreet("- at '/a': got null, want string"), "- at '/a': got null, want string");
        assert_eq!(
            discreet("- at '/a/b': 's3cret' does not match pattern '^x$'"),
            "- at '/a/b': the value does not match pattern '^x$'"
        );
        assert_eq!(discreet("- at '/a/b': 's3cret' is odd"), "- at '/a/b': the value breaks the schema");
    }
}
