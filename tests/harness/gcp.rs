//! A project of Google Cloud on loopback: `tests/peers/google.py`, with a fake-gcs-server behind it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::peers::folder;
use super::sandbox::Call;
use super::{Sandbox, becomes, free_port, project, python};

/// The APIs whose address is the peer's.
const NAMES: [&str; 3] = ["STORAGE", "IAM", "CLOUDRESOURCEMANAGER"];

/// A running project; it ends with the test.
pub struct Google {
    process: Child,
    objects: Child,
    /// Its address.
    pub endpoint: String,
    token: String,
}

impl Google {
    /// Starts one, or says why it cannot.
    pub fn start() -> Result<Self, String> {
        let program = folder()?.join("bin/fake-gcs-server-v1.56.1");
        if !program.exists() {
            return Err(format!("{} is not there; tests/peers/setup all builds it", program.display()));
        }
        let python = python()?;
        let port = free_port().map_err(|error| error.to_string())?;
        let mut objects = Command::new(program)
            .args(["-scheme", "http", "-host", "127.0.0.1", "-backend", "memory", "-port", &port.to_string()])
            .args(["-public-host", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        if !becomes(|| TcpStream::connect(("127.0.0.1", port)).is_ok()) {
            let _ = objects.kill();
            return Err("fake-gcs-server does not answer".to_owned());
        }
        let mut process = Command::new(python)
            .arg("-B")
            .arg(project().join("tests/peers/google.py"))
            .args(["--objects", &format!("http://127.0.0.1:{port}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let ready: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { process, objects, endpoint: text("endpoint"), token: text("token") })
    }

    /// A call of the program as the project's administrator.
    pub fn call<'a>(&self, sandbox: &'a Sandbox, arguments: &str) -> Call<'a> {
        self.anonymous(sandbox, arguments).env("GOOGLE_OAUTH_ACCESS_TOKEN", &self.token)
    }

    /// The same without credentials.
    pub fn anonymous<'a>(&self, sandbox: &'a Sandbox, arguments: &str) -> Call<'a> {
        let call = sandbox.call(arguments.split_whitespace()).env("BUCKETWRIGHT_PAUSE_MS", "5");
        NAMES
            .iter()
            .fold(call, |call, name| call.env(&format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}"), &self.endpoint))
    }

    /// The program as the project's administrator, to be started in some way of the caller's own.
    pub fn command(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.command();
        command.env("GOOGLE_OAUTH_ACCESS_TOKEN", &self.token).env("BUCKETWRIGHT_PAUSE_MS", "5");
        command.envs(NAMES.map(|name| (format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}"), &self.endpoint)));
        command
    }

    /// Tells the peer something, and gives what it holds: buckets, accounts, policies, keys, journal.
    #[track_caller]
    pub fn peer(&self, body: &Value) -> Value {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the peer");
        let body = body.to_string();
        let length = body.len();
        let head = format!("POST /_peer HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(" 200 "), "{answer}");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

impl Drop for Google {
    fn drop(&mut self) {
        self.process.stdin.take();
        let _ = self.process.wait();
        let _ = self.objects.kill();
        let _ = self.objects.wait();
    }
}
