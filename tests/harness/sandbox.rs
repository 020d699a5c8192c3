//! A folder of a test's own, and the binary run in it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Run;

/// A temporary folder with `home/` and `work/`, in which the binary runs.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        let root = TempDir::with_prefix("bucketwright-test-").expect("a temporary folder");
        for folder in ["home", "work"] {
            std::fs::create_dir(root.path().join(folder)).expect(folder);
        }
        Self { root }
    }

    /// One with `bucketwright.yaml`.
    pub fn with_spec(text: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write("bucketwright.yaml", text);
        sandbox
    }

    /// A path below `work/`.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Writes a file below `work/`.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect(name);
        std::fs::write(&path, text).expect(name);
        path
    }

    /// The text of a file below `work/`.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the binary with arguments that hold no blanks.
    pub fn run(&self, arguments: &str) -> Run {
        self.call(arguments.split_whitespace()).run()
    }

    /// A call of the binary, to be completed and run.
    pub fn call<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Call<'_> {
        let mut command = self.command();
        command.args(arguments);
        Call { sandbox: self, command, stdin: None }
    }

    /// The binary in `work/`, with nothing of the caller's environment but what is listed here.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketwright"));
        command.current_dir(self.path("")).env_clear();
        command.env("HOME", self.root.path().join("home"));
        command.env("COLUMNS", "80").env("NO_COLOR", "1").env("LANG", "C.UTF-8").env("PATH", "/usr/bin:/bin");
        // No test may reach a cloud by accident.
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        if let Some(file) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", file);
        }
        command
    }

    /// A text with the sandbox's own path written as `$ROOT`.
    pub fn normal(&self, text: &str) -> String {
        text.replace(&self.root.path().display().to_string(), "$ROOT")
    }
}

/// A call of the binary.
pub struct Call<'a> {
    sandbox: &'a Sandbox,
    command: Command,
    stdin: Option<String>,
}

impl Call<'_> {
    /// Adds an argument, which may hold blanks.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in a folder of the sandbox.
    pub fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(self.sandbox.path(folder));
        self
    }

    /// Removes an environment variable.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets what stands on standard input; otherwise there is nothing.
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Run {
        self.command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        if let (Some(text), Some(mut stdin)) = (self.stdin, child.stdin.take()) {
            stdin.write_all(text.as_bytes()).expect("standard input");
        }
        let output = child.wait_with_output().expect("the binary ends");
        let text = |bytes| self.sandbox.normal(&String::from_utf8(bytes).expect("UTF-8"));
        Run::new(output.status, text(output.stdout), text(output.stderr))
    }
}
