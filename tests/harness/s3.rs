//! Servers that speak S3 and are not AWS, on loopback.

use std::ffi::OsStr;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::aws::bare;
use super::peers::folder;

/// The administrator's key of every store here.
pub const KEY: (&str, &str) = ("store-admin", "store-admin-secret");

/// The storage account of every Azurite here, and its key: base64, as Azure's are.
pub const ACCOUNT: (&str, &str) =
    ("acmeprod", "YSBrZXkgb2YgdGhlIHRlc3RzIGFsb25lLCB3aGljaCBubyBzdG9yYWdlIGFjY291bnQgaGFz");

/// A running store; it ends with the test.
pub struct Store {
    process: Child,
    address: String,
    root: TempDir,
    tls: bool,
}

impl Store {
    /// MinIO; with TLS its certificate is signed by an authority of the test's own, in [`Self::authority`].
    pub fn minio(tls: bool) -> Result<Self, String> {
        Self::minio_with(tls, None)
    }

    /// MinIO in plaintext, which takes signatures for one region only.
    pub fn minio_in(region: &str) -> Result<Self, String> {
        Self::minio_with(false, Some(region))
    }

    fn minio_with(tls: bool, region: Option<&str>) -> Result<Self, String> {
        let root = TempDir::with_prefix("bucketwright-store-").map_err(|error| error.to_string())?;
        if tls {
            certificates(root.path(), "IP:127.0.0.1")?;
        }
        let program = program("minio-v0.0.0-20260212201848-7aac2a2c5b7c")?;
        Self::start(root, tls, |root, port| {
            let mut command = bare(&program);
            command.args(["server", "--quiet", "--console-address", "127.0.0.1:0"]);
            command.args(["--address", &format!("127.0.0.1:{port}")]);
            command.arg("--certs-dir").arg(root.join("server")).arg(root.join("data"));
            command.env("MINIO_ROOT_USER", KEY.0).env("MINIO_ROOT_PASSWORD", KEY.1).env("HOME", root);
            command.envs(region.map(|region| ("MINIO_SITE_REGION", region)));
            command
        })
    }

    /// s3s-fs, which has buckets and objects, and answers 501 to all else.
    pub fn s3s() -> Result<Self, String> {
        let root = TempDir::with_prefix("bucketwright-store-").map_err(|error| error.to_string())?;
        let program = program("s3s-fs-0.14.1")?;
        Self::start(root, false, |root, port| {
            let mut command = bare(&program);
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            command.args(["--access-key", KEY.0, "--secret-key", KEY.1]).arg(root.join("data"));
            command
        })
    }

    /// Azurite, which speaks Azure's blobs; with TLS under the name of Azure's own hosts.
    pub fn azurite(tls: bool) -> Result<Self, String> {
        let root = TempDir::with_prefix("bucketwright-store-").map_err(|error| error.to_string())?;
        if tls {
            certificates(root.path(), "DNS:*.blob.core.windows.net")?;
        }
        let program = program("../azurite-3.37.0/node_modules/.bin/azurite-blob")?;
        Self::start(root, tls, |root, port| {
            let mut command = bare(&program);
            command.args(["--silent", "--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--location"]);
            command.arg(root.join("data"));
            if tls {
                command.arg("--cert").arg(root.join("server/public.crt"));
                command.arg("--key").arg(root.join("server/private.key"));
            }
            command.env("AZURITE_ACCOUNTS", format!("{}:{}", ACCOUNT.0, ACCOUNT.1));
            command
        })
    }

    fn start(root: TempDir, tls: bool, command: impl Fn(&Path, u16) -> Command) -> Result<Self, String> {
        std::fs::create_dir_all(root.path().join("data")).map_err(|error| error.to_string())?;
        let port = free_port().map_err(|error| error.to_string())?;
        let mut command = command(root.path(), port);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().map_err(|error| error.to_string())?;
        let mut store = Self { process, address: format!("127.0.0.1:{port}"), root, tls };
        store.answers()?;
        Ok(store)
    }

    /// Waits until it takes connections.
    fn answers(&mut self) -> Result<(), String> {
        let (mut ended, mut answers) = (None, false);
        super::becomes(|| {
            ended = self.process.try_wait().ok().flatten();
            answers = TcpStream::connect(&self.address).is_ok();
            ended.is_some() || answers
        });
        match ended {
            Some(status) => Err(format!("it ended at once: {status}")),
            None if answers => Ok(()),
            None => Err("it did not answer within a minute".to_owned()),
        }
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.address
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    /// The folder that holds its data.
    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Makes a user of a MinIO with one statement as its policy, by MinIO's own client; gives its key.
    pub fn user<'a>(&self, name: &'a str, statement: &Value) -> Result<(&'a str, &'static str), String> {
        const SECRET: &str = "secret-of-a-user";
        let policy = self.root.path().join(format!("{name}.json"));
        let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        std::fs::write(&policy, text).map_err(|error| error.to_string())?;
        self.mc(&[OsStr::new("policy"), "create".as_ref(), "store".as_ref(), name.as_ref(), policy.as_ref()])?;
        self.mc(&["user", "add", "store", name, SECRET])?;
        self.mc(&["policy", "attach", "store", name, "--user", name])?;
        Ok((name, SECRET))
    }

    /// Runs a line of a shell in a folder, with MinIO's client available; what is typed answers its questions.
    pub fn administer(&self, folder: &Path, line: &str, typed: &str, ids: &[(&str, &str)]) -> Result<(), String> {
        let bin = self.root.path().join("bin");
        if !bin.exists() {
            std::fs::create_dir(&bin).map_err(|error| error.to_string())?;
            std::os::unix::fs::symlink(client()?, bin.join("mc")).map_err(|error| error.to_string())?;
        }
        let mut command = bare("bash");
        command.args(["-c", line]).current_dir(folder).env("HOME", self.root.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).envs(ids.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        // A line that asks nothing has closed its end before.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(typed.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    /// A line of `mc admin`, with the administrator's key.
    fn mc(&self, arguments: &[impl AsRef<OsStr>]) -> Result<(), String> {
        let mut command = bare(client()?);
        command.arg("admin").args(arguments).env("HOME", self.root.path());
        command.env("MC_HOST_store", format!("http://{}:{}@{}", KEY.0, KEY.1, self.address));
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// The certificate of the authority that signed its own.
    pub fn authority(&self) -> PathBuf {
        self.root.path().join("ca.crt")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// MinIO's own client, `mc`.
pub fn client() -> Result<PathBuf, String> {
    program("mc-v0.0.0-20250313080218-cf909e1063a9")
}

fn program(name: &str) -> Result<PathBuf, String> {
    let program = folder()?.join("bin").join(name);
    if program.exists() {
        Ok(program)
    } else {
        Err(format!("{} is not there; tests/peers/setup all builds it", program.display()))
    }
}

/// A port that nobody listens on.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// An authority, and a server's certificate that it signed, as MinIO wants them: `server/public.crt`, `server/private.key`.
fn certificates(root: &Path, name: &str) -> Result<(), String> {
    const MAKE: &str = "\
set -e
mkdir -p server
new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $new -keyout ca.key -out ca.crt -days 2 -subj '/CN=Authority of the tests' -addext basicConstraints=critical,CA:TRUE
openssl req $new -keyout server/private.key -out server.csr -subj /CN=store
printf subjectAltName=%s $1 >names
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server/public.crt
";
    let made =
        bare("bash").args(["-c", MAKE, "bash", name]).current_dir(root).output().map_err(|error| error.to_string())?;
    if made.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&made.stderr).into_owned()) }
}
