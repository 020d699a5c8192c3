//! Programs of others, run with bounds: how long, how much they print, and what they see of the environment.

use std::io::{ErrorKind, Read, Result};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// What a program may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may run.
    pub time: Duration,
    /// How many bytes it may print.
    pub printed: usize,
    /// How many bytes of its complaints are kept; more are read and dropped.
    pub complaints: usize,
}

/// What came of a program that ended.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub printed: Vec<u8>,
    /// The beginning of what it complained of.
    pub complaints: Vec<u8>,
}

/// Why there is no result.
#[derive(Debug)]
pub enum Failure {
    /// There is no such program.
    Missing,
    /// It could not be run.
    Broken(std::io::Error),
    /// It printed more than it may.
    TooMuch,
    /// It ran longer than it may.
    TooLong,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Missing } else { Self::Broken(error) }
    }
}

/// Variables that a program sees. Others of ours may hold secrets, such as those that a spec refers to.
const SEEN: [&str; 12] =
    ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TMP", "TEMP", "SSL_CERT_FILE", "SSL_CERT_DIR", "TERM"];
/// And those that begin so.
const SEEN_PREFIXES: [&str; 3] = ["LC_", "XDG_", "HELM_"];
/// But not these: the token with which Helm would speak to a cluster.
const UNSEEN: [&str; 1] = ["HELM_KUBETOKEN"];

/// A program, in an environment without secrets.
#[expect(clippy::disallowed_methods, reason = "the one place where programs are run")]
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let seen = SEEN.contains(&text) || SEEN_PREFIXES.iter().any(|start| text.starts_with(start));
        if seen && !UNSEEN.contains(&text) {
            command.env(&name, value);
        }
    }
    command
}

/// A program that the user's own configuration names, as one that makes credentials: it sees what the user's shell would show it.
#[expect(clippy::disallowed_methods, reason = "the one place where programs are run")]
pub fn trusted(name: &str) -> Command {
    Command::new(name)
}

/// Runs a program to its end, and ends what it leaves behind: it and its children are one group.
///
/// # Errors
/// [`Failure`]; the whole group is ended then, too.
pub fn run(mut command: Command, limits: Limits) -> std::result::Result<Ended, Failure> {
    let mut group = Group::start(&mut command)?;
    let printed = reader(group.child.stdout.take(), limits.printed, true);
    let complaints = reader(group.child.stderr.take(), limits.complaints, false);
    let begun = Instant::now();
    let mut kept = None;
    loop {
        if kept.is_none() {
            kept = match printed.recv_timeout(Duration::from_millis(10)) {
                Ok(text) => Some(text.map_err(|error| match error.kind() {
                    ErrorKind::FileTooLarge => Failure::TooMuch,
                    _ => Failure::Broken(error),
                })?),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Vec::new()),
            };
        } else {
            thread::sleep(Duration::from_millis(10));
        }
        if group.has_ended()? {
            break;
        }
        if begun.elapsed() > limits.time {
            return Err(Failure::TooLong);
        }
    }
    // What it left behind holds the pipes open, and would go on without us.
    group.end();
    let status = group.child.wait()?;
    // A child that left the group may hold them still: what is there by now has to do.
    let rest = |from: &Receiver<Result<Vec<u8>>>| from.recv_timeout(Duration::from_secs(2));
    let printed = match kept {
        Some(text) => text,
        None => match rest(&printed) {
            Ok(Err(error)) if error.kind() == ErrorKind::FileTooLarge => return Err(Failure::TooMuch),
            Ok(text) => text?,
            Err(_) => return Err(Failure::TooLong),
        },
    };
    let complaints = rest(&complaints).ok().and_then(Result::ok).unwrap_or_default();
    Ok(Ended { status, printed, complaints })
}

/// Reads a pipe on a thread of its own. Beyond the limit it fails, or reads on and keeps nothing.
fn reader(pipe: Option<impl Read + Send + 'static>, limit: usize, strict: bool) -> Receiver<Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let read = || {
            let Some(mut pipe) = pipe else { return Ok(Vec::new()) };
            let mut bytes = Vec::new();
            let mut part = vec![0; 1 << 16];
            loop {
                let read = match pipe.read(&mut part) {
                    Ok(0) => return Ok(bytes),
                    Ok(read) => read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                if strict && bytes.len() + read > limit {
                    return Err(ErrorKind::FileTooLarge.into());
                }
                bytes.extend_from_slice(&part[..read.min(limit - bytes.len())]);
            }
        };
        // Nobody listens any more when the call has failed already.
        let _ = sender.send(read());
    });
    receiver
}

/// A program with all that it starts. It ends with this value.
struct Group {
    child: Child,
    ended: bool,
}

impl Group {
    fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Ok(Self { child: command.spawn()?, ended: false })
    }

    fn id(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }

    /// Whether the program has ended. It is not waited for yet, so its number cannot be another's.
    fn has_ended(&self) -> Result<bool> {
        let Some(id) = self.id() else { return Ok(true) };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(id), options)?.is_some())
    }

    fn end(&mut self) {
        if let (false, Some(id)) = (self.ended, self.id()) {
            // A group that has nobody left is as good as ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
        self.ended = true;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(20), printed: 1_000, complaints: 10 };

    fn shell(script: &str, limits: Limits) -> std::result::Result<Ended, Failure> {
        let mut command = program("sh");
        command.args(["-c", script]);
        run(command, limits)
    }

    #[test]
    fn a_program_is_heard_to_its_end() {
        let ended = shell("echo out; echo complaints >&2; exit 3", LIMITS).expect("ends");
        assert_eq!((ended.status.code(), ended.printed.as_slice()), (Some(3), b"out\n".as_slice()));
        assert_eq!(ended.complaints, b"complaints"[..10]);
        assert!(matches!(run(program("no-such-program"), LIMITS), Err(Failure::Missing)));
    }

    #[test]
    fn too_much_and_too_long_end_at_once() {
        let begun = Instant::now();
        assert!(matches!(shell("yes", LIMITS), Err(Failure::TooMuch)));
        assert!(matches!(
            shell("yes >&2 & exec sleep 600", Limits { time: Duration::from_millis(200), ..LIMITS }),
            Err(Failure::TooLong)
        ));
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn nothing_is_left_behind() {
        let begun = Instant::now();
        // The child holds the pipe, and is not waited for.
        let ended = shell("sleep 600 & echo $!", LIMITS).expect("ends");
        let child = String::from_utf8(ended.printed).expect("a number");
        let stat = format!("/proc/{}/stat", child.trim());
        // A child that has ended and was not waited for yet is there still, as a zombie.
        let alive = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        while alive() {
            assert!(begun.elapsed() < LIMITS.time, "{child} is left behind");
            thread::yield_now();
        }
    }

    #[test]
    fn the_environment_holds_no_secret() {
        let ended = shell("env", Limits { printed: 100_000, ..LIMITS }).expect("ends");
        let text = String::from_utf8_lossy(&ended.printed).into_owned();
        assert!(text.contains("PATH="), "{text}");
        assert!(!text.contains("CARGO_"), "cargo's own variables are not handed on: {text}");
    }
}
