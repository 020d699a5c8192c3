//! Helm itself, as a judge: what it makes of a chart with values, within bounds.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chart::{MAX_RENDERED, unreadable};
use crate::base::error::{Code, Error, Result, masked};
use crate::base::secret::Secret;
use crate::host::child;
use crate::host::child::{Failure, Limits};

/// How long Helm may take: the largest of the known charts takes some seconds.
const TIME: Duration = Duration::from_secs(90);
/// How much of its complaints is kept.
const COMPLAINTS: usize = 64 << 10;

/// What `helm template` renders; `None` when there is no helm on the PATH. Values are handed over in memory: they may be
/// those of a release that runs, and none of them is left on the disk, however this ends.
///
/// # Errors
/// `BW1230` with Helm's own words, `BW1205` when it prints too much or does not end.
pub fn helm_template(
    chart: &Path,
    release: &str,
    namespace: &str,
    values: &[(String, Secret)],
) -> Result<Option<String>> {
    let mut command = child::program("helm");
    command.args(["template", release]).arg(chart).args(["--namespace", namespace]);
    let mut handed = Vec::new();
    for (name, text) in values {
        let file = Handed::new(text).map_err(|error| unreadable(name, &error))?;
        command.arg("-f").arg(&file.path);
        handed.push((name, file));
    }
    let ended = match child::run(command, Limits { time: TIME, printed: MAX_RENDERED, complaints: COMPLAINTS }) {
        Ok(ended) => ended,
        Err(Failure::Missing) => return Ok(None),
        Err(Failure::Broken(error)) => return Err(unreadable("helm", &error)),
        Err(Failure::TooMuch) => return Err(stopped("it printed more than 16 MiB")),
        Err(Failure::TooLong) => return Err(stopped("it ran for more than 90 seconds")),
    };
    if ended.status.success() {
        return Ok(Some(String::from_utf8_lossy(&ended.printed).into_owned()));
    }
    // Helm lists each value that breaks a schema on a line of its own, below its error.
    let words = String::from_utf8_lossy(&ended.complaints).into_owned();
    let words = handed.iter().fold(words, |words, (name, file)| words.replace(&file.path.display().to_string(), name));
    let lines: Vec<_> = reasons(&words).into_iter().map(|line| masked(&discreet(line))).collect();
    let (first, rest) = lines.split_first().map_or(("it gave no reason", &[][..]), |(first, rest)| (first, rest));
    let error = Error::new(Code::HELM_FAILED, format!("helm template failed: {}", first.trim_end()));
    let error = if rest.is_empty() { error } else { error.why(rest.join("\n").trim_end()) };
    Err(error.fix("Correct the values, or leave `helm` out and give `--rendered FILE`."))
}

/// The lines that say why: from its `Error:` on, else what it said at all.
fn reasons(words: &str) -> Vec<&str> {
    let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let first = lines.iter().position(|line| line.starts_with("Error")).unwrap_or(0);
    lines.into_iter().skip(first).take(12).collect()
}

fn stopped(how: &str) -> Error {
    Error::new(Code::HELM_STOPPED, format!("helm template was stopped: {how}"))
        .why("A chart's templates can loop without end. Helm and all that it started were ended; nothing of them is left.")
        .fix("Render the chart where it may take its time, and give the result with `--rendered FILE`.")
}

/// A text that Helm reads as a file.
struct Handed {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _memory: std::os::fd::OwnedFd,
    #[cfg(not(target_os = "linux"))]
    _file: tempfile::NamedTempFile,
}

impl Handed {
    /// A file in memory, without a name on any disk. Programs that are started have it open under the same number.
    #[cfg(target_os = "linux")]
    fn new(text: &Secret) -> std::io::Result<Self> {
        use std::io::Write;
        use std::os::fd::AsRawFd;

        let memory = rustix::fs::memfd_create("values.yaml", rustix::fs::MemfdFlags::empty())?;
        let mut file = std::fs::File::from(memory);
        file.write_all(text.expose().as_bytes())?;
        let memory = std::os::fd::OwnedFd::from(file);
        Ok(Self { path: PathBuf::from(format!("/proc/self/fd/{}", memory.as_raw_fd())), _memory: memory })
    }

    /// A private temporary file, which is gone when this is dropped.
    #[cfg(not(target_os = "linux"))]
    fn new(text: &Secret) -> std::io::Result<Self> {
        use std::io::Write;

        let mut file = tempfile::Builder::new().prefix("bucketwright-").suffix(".yaml").tempfile()?;
        file.write_all(text.expose().as_bytes())?;
        Ok(Self { path: file.path().to_owned(), _file: file })
    }
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
    fn a_reason_needs_no_word_before_it() {
        assert_eq!(reasons("coalesce.go: warning\nError: chart\n- at '/a'\n"), ["Error: chart", "- at '/a'"]);
        assert_eq!(reasons("\npanic: out of memory\n\ngoroutine 1\n"), ["panic: out of memory", "goroutine 1"]);
        assert!(reasons("\n").is_empty());
    }

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
