//! The AWS emulator: an AWS account on loopback, and the callers that use it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::sandbox::Call;
use super::{Sandbox, project, python};

/// The region of every spec here.
pub const REGION: &str = "eu-west-1";

/// A running peer; it ends with the test, or with the test run when it is shared.
pub struct Peer {
    process: Child,
    python: PathBuf,
    endpoint: String,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Peer {
    /// The peer that all tests share which set no faults and no delays for everybody.
    pub fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<Result<Peer, String>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    /// One of the test's own, with the cluster `prod`.
    pub fn start() -> Result<Self, String> {
        let python = python()?;
        let mut process = Command::new(&python)
            .arg("-B")
            .arg(project().join("tests/peers/account.py"))
            .args(["--enforce", "--eks-cluster", "prod", "--region", REGION])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let ready: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        let endpoint = ready["endpoint"].as_str().ok_or("no endpoint")?.to_owned();
        Ok(Self { process, python, endpoint, ready })
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The account that has the cluster, as its administrator.
    pub fn account(&self) -> Account<'_> {
        let id = self.ready["account"].as_str().expect("account").to_owned();
        Account { peer: self, id, key: Key::from(&self.ready["admin"]), arn: self.ready["admin"]["arn"].clone() }
    }

    /// An account that nobody else uses; it has no cluster. Bucket names are shared by all accounts.
    pub fn fresh(&self) -> Account<'_> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = format!("{:012}", 700_000 + NEXT.fetch_add(1, Ordering::Relaxed));
        let all = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        self.user(&id, "admin", &all)
    }

    /// A user of an account, with one policy.
    pub fn user(&self, account: &str, name: &str, policy: &Value) -> Account<'_> {
        let body = json!({"name": name, "policy": policy, "account": account, "region": REGION});
        let made = self.post("user", &body);
        Account { peer: self, id: account.to_owned(), key: Key::from(&made), arn: made["arn"].clone() }
    }

    /// Lets calls of an operation fail.
    pub fn fail(&self, fault: &Value) {
        self.post("fail", fault);
    }

    /// Asks something of the peer itself.
    #[track_caller]
    pub fn post(&self, name: &str, body: &Value) -> Value {
        self.http("POST", &format!("/_peer/{name}"), &body.to_string())
    }

    /// Waits until a call is held back for at least so long, by the latency or by the delay of a fault.
    #[track_caller]
    pub fn holds(&self, operation: &str, ms: u64) {
        super::until(&format!("{operation} is held"), || {
            let held = self.post("held", &serde_json::json!({}));
            let mut calls = held["calls"].as_array().expect("a list").iter();
            calls.any(|call| {
                ["*", call["operation"].as_str().unwrap_or_default()].contains(&operation)
                    && call["ms"].as_u64() >= Some(ms)
            })
        });
    }

    /// Waits until a call has been answered.
    #[track_caller]
    pub fn saw(&self, operation: &str) {
        super::until(&format!("{operation} is called"), || {
            self.journal().iter().any(|call| call["operation"] == operation)
        });
    }

    /// The calls so far.
    pub fn journal(&self) -> Vec<Value> {
        self.http("GET", "/_peer/requests", "").as_array().expect("a list").clone()
    }

    /// Asks something that the peer may refuse; the error is its words.
    #[track_caller]
    pub fn ask(&self, name: &str, body: &Value) -> Result<Value, String> {
        let (status, answer) = self.http_any("POST", &format!("/_peer/{name}"), &body.to_string());
        if status == 200 { Ok(answer) } else { Err(answer["error"].as_str().unwrap_or_default().to_owned()) }
    }

    #[track_caller]
    fn http(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, answer) = self.http_any(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    #[track_caller]
    fn http_any(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the peer");
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends when its standard input closes.
        self.process.stdin.take();
        let _ = self.process.wait();
    }
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: String,
}

impl Key {
    fn from(made: &Value) -> Self {
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name} in {made}")).to_owned();
        Self { id: text("access_key_id"), secret: text("secret_access_key") }
    }
}

/// A caller of the peer, and the account that it belongs to.
pub struct Account<'a> {
    peer: &'a Peer,
    pub id: String,
    pub key: Key,
    arn: Value,
}

impl<'a> Account<'a> {
    /// The environment with which programs use it.
    pub fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_ENDPOINT_URL", self.peer.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", self.key.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.key.secret.clone()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_MAX_ATTEMPTS", "2".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// A call of the binary, in this account.
    pub fn call<'b>(&self, sandbox: &'b Sandbox, arguments: &str) -> Call<'b> {
        let call = sandbox.call(arguments.split_whitespace());
        self.environment().into_iter().fold(call, |call, (name, value)| call.env(name, value))
    }

    /// The binary as a command, in this account.
    pub fn command(&self, sandbox: &Sandbox, arguments: &str) -> Command {
        let mut command = sandbox.command();
        command.args(arguments.split_whitespace()).envs(self.environment());
        command
    }

    /// The calls that this caller made.
    pub fn calls(&self) -> Vec<Value> {
        self.peer.journal().into_iter().filter(|call| call["caller"] == self.arn).collect()
    }

    /// Those of them that change something, as `OPERATION PATH`, refused ones included.
    pub fn writes(&self) -> Vec<String> {
        let writes = self.calls().into_iter().filter(|call| call["write"] == true);
        writes.map(|call| format!("{} {}", text(&call["operation"]), text(&call["path"]))).collect()
    }

    /// The operations of those.
    pub fn written(&self) -> BTreeSet<String> {
        self.writes().iter().filter_map(|write| Some(write.split_once(' ')?.0.to_owned())).collect()
    }

    /// Runs a script of boto3's with the clients `s3`, `iam`, `sts` and `eks`; gives what it passes to `say`.
    #[track_caller]
    pub fn python(&self, script: &str) -> Value {
        const CLIENTS: &str = "\
import boto3, json, os
from botocore.config import Config
from botocore.exceptions import ClientError
CONFIG = Config(retries={'max_attempts': 0}, s3={'addressing_style': 'path'})
s3, iam, sts, eks = (boto3.client(name, region_name=os.environ['AWS_REGION'], config=CONFIG) for name in ('s3', 'iam', 'sts', 'eks'))
say = lambda value: print(json.dumps(value, default=str))
";
        let output = self
            .peer_python()
            .args(["-c", &format!("{CLIENTS}{script}")])
            .envs(self.environment())
            .output()
            .expect("the peers' Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        if said.is_empty() { Value::Null } else { serde_json::from_str(&said).expect("JSON") }
    }

    /// Everything that the account has, to compare before with after.
    #[track_caller]
    pub fn everything(&self) -> Value {
        self.python(
            "\
def get(call, **names):
    try:
        answer = call(**names)
        answer.pop('ResponseMetadata')
        return answer
    except ClientError as error:
        return error.response['Error']['Code']
KINDS = 'tagging policy lifecycle_configuration cors versioning ownership_controls encryption'.split()
buckets = [bucket['Name'] for bucket in s3.list_buckets()['Buckets']]
details = iam.get_account_authorization_details(Filter=['User', 'Role', 'LocalManagedPolicy'])
for name in ('ResponseMetadata', 'IsTruncated'):
    details.pop(name, None)
keys = {u['UserName']: get(iam.list_access_keys, UserName=u['UserName']) for u in details['UserDetailList']}
say({
    'buckets': {name: {kind: get(getattr(s3, 'get_bucket_' + kind), Bucket=name) for kind in KINDS}
                | {'block': get(s3.get_public_access_block, Bucket=name)} for name in buckets},
    'iam': details,
    'keys': keys,
    'providers': [p['Arn'] for p in iam.list_open_id_connect_providers()['OpenIDConnectProviderList']],
})
",
        )
    }

    /// The peers' Python, with nothing of the caller's environment.
    pub fn peer_python(&self) -> Command {
        let mut python = bare(&self.peer.python);
        python.arg("-B").current_dir(project().join("tests/peers"));
        python
    }

    /// The peer.
    pub fn peer(&self) -> &'a Peer {
        self.peer
    }
}

/// A program in an environment that has only a path.
pub fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8").env("HOME", "/nonexistent");
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
    command
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
