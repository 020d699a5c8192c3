//! The sweep on Azure: a proxy in front of Azurite lets each request of a clean run fail once in each way, then a run without
//! faults must find nothing to change.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::say;
use crate::harness::{ACCOUNT, Call, Sandbox, Store};

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is not handed on; this is answered.
    Refused(u16, &'static str),
    /// It takes effect; this is answered.
    Lies(u16, &'static str),
    /// The connection ends before it is handed on.
    Reset,
    /// It takes effect, and the connection ends without an answer.
    Lost,
}

/// Source of the codes: Azure Storage REST API reference, "Common REST API error codes".
const FAULTS: [Fault; 9] = [
    Fault::Refused(429, "TooManyRequests"),
    Fault::Refused(408, "RequestTimeout"),
    Fault::Refused(500, "InternalError"),
    Fault::Refused(503, "ServerBusy"),
    Fault::Refused(403, "AuthorizationFailure"),
    Fault::Lies(500, "OperationTimedOut"),
    Fault::Lies(503, "ServerBusy"),
    Fault::Reset,
    Fault::Lost,
];

/// What the proxy does, and what it has seen.
#[derive(Default)]
struct Plan {
    /// The request that fails, by its number, and for how many requests on.
    fault: Option<(usize, usize, Fault)>,
    /// The first line of each request.
    seen: Vec<String>,
}

/// A proxy to a store; its thread ends with the process.
struct Proxy {
    address: String,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    fn to(store: &Store) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/{}", listener.local_addr().expect("an address"), ACCOUNT.0);
        let plan = Arc::new(Mutex::new(Plan::default()));
        let (host, shared) = (store.host().to_owned(), Arc::clone(&plan));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (host, plan) = (host.clone(), Arc::clone(&shared));
                std::thread::spawn(move || _ = serve(stream, &host, &plan));
            }
        });
        Self { address, plan }
    }

    /// Lets requests fail from the one of this number on; forgets what was seen.
    fn fail(&self, fault: Option<(usize, usize, Fault)>) {
        *self.plan.lock().expect("a lock") = Plan { fault, seen: Vec::new() };
    }

    fn seen(&self) -> Vec<String> {
        self.plan.lock().expect("a lock").seen.clone()
    }

    fn call<'a>(&self, sandbox: &'a Sandbox, arguments: &str) -> Call<'a> {
        let call = sandbox.call(arguments.split_whitespace());
        call.env("AZURE_STORAGE_KEY", ACCOUNT.1)
            .env("AZURE_STORAGE_SERVICE_ENDPOINT", &self.address)
            .env("BUCKETWRIGHT_PAUSE_MS", "2")
    }
}

/// One request: read whole, handed on or not, answered or not.
fn serve(mut client: TcpStream, host: &str, plan: &Mutex<Plan>) -> std::io::Result<()> {
    let (head, body) = request(&mut client)?;
    let fault = {
        let mut plan = plan.lock().expect("a lock");
        let number = plan.seen.len();
        plan.seen.push(head.lines().next().unwrap_or_default().to_owned());
        plan.fault.filter(|(from, many, _)| (*from..from + many).contains(&number)).map(|(.., fault)| fault)
    };
    if fault == Some(Fault::Reset) {
        return client.shutdown(Shutdown::Both);
    }
    if let Some(Fault::Refused(status, code)) = fault {
        return client.write_all(&refusal(status, code));
    }
    let mut server = TcpStream::connect(host)?;
    let head: String = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("connection:"))
        .fold(String::new(), |head, line| if line.is_empty() { head } else { head + line + "\r\n" });
    server.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match fault {
        Some(Fault::Lies(status, code)) => client.write_all(&refusal(status, code)),
        Some(Fault::Lost) => client.shutdown(Shutdown::Both),
        _ => client.write_all(&answer),
    }
}

fn request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or_default();
            if bytes.len() >= end + 4 + length {
                return Ok((head, bytes[end + 4..].to_vec()));
            }
        }
        match client.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

fn refusal(status: u16, code: &str) -> Vec<u8> {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message></Error>");
    let head = format!("HTTP/1.1 {status} No\r\nx-ms-error-code: {code}\r\ncontent-type: application/xml\r\n");
    format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Argo Workflows with the account's key, under a name of its own: containers outlive a case.
fn spec(name: &str) -> Sandbox {
    let text = crate::azure::spec("", &[crate::azure::ARGO]);
    Sandbox::with_spec(&text.replace("name: acme\n", &format!("name: {name}\n")))
}

#[test]
fn each_request_fails_once_in_each_way() {
    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let proxy = Proxy::to(&store);
    let clean = spec("clean");
    let _ = proxy.call(&clean, "apply --yes").run().ok();
    let calls = proxy.seen();
    assert!(calls.len() >= 6, "{calls:#?}");
    let (mut injected, mut whole) = (0, 0);
    for (number, at) in calls.iter().enumerate() {
        for (kind, fault) in FAULTS.into_iter().enumerate() {
            let sandbox = spec(&format!("case-{number}-{kind}"));
            proxy.fail(Some((number, 1, fault)));
            let run = proxy.call(&sandbox, "apply --yes").run();
            let (code, said) = (run.code(), run.any().all());
            let orderly =
                code == Some(0) || (code == Some(1) || code == Some(3)) && said.contains("AuthorizationFailure");
            assert!(orderly && !said.contains("panicked"), "{fault:?} at {at}: {code:?}\n{said}");
            assert!(proxy.seen().len() > number, "{fault:?} at {at} was not reached");
            injected += 1;
            whole += usize::from(code == Some(0));
            proxy.fail(None);
            let _ = proxy.call(&sandbox, "apply --yes").run().ok();
            // Whatever was written for the proof is removed by the run after it.
            let seen = proxy.seen();
            let count =
                |method: &str| seen.iter().filter(|line| line.starts_with(method) && line.contains("proof")).count();
            assert_eq!(count("PUT"), count("DELETE"), "{seen:#?}");
            let plan = proxy.call(&sandbox, "plan --detailed-exitcode -o json").run().ok().json();
            assert_eq!(plan["steps"][0]["verb"], "keep", "{plan:#}");
            assert!(!said.contains(ACCOUNT.1), "{said}");
        }
    }
    say(&format!("Azure: {injected} faults injected, {injected} survived, {whole} without a second run"));
}

/// What is throttled all the time ends, names the call, and goes on later.
#[test]
fn throttled_to_the_end() {
    let store = match Store::azurite(false) {
        Ok(store) => store,
        Err(why) => skip!("azurite", why),
    };
    let proxy = Proxy::to(&store);
    for (status, code) in
        [(429, "TooManyRequests"), (503, "ServerBusy"), (500, "InternalError"), (408, "RequestTimeout")]
    {
        let sandbox = spec(&format!("busy-{status}"));
        proxy.fail(Some((1, usize::MAX / 2, Fault::Refused(status, code))));
        let said = proxy.call(&sandbox, "apply --yes -o json").run().exits(1).json();
        assert_eq!(crate::aws::codes(&said), ["BW1624"], "{said:#}");
        assert!(said.to_string().contains(code), "{said:#}");
        let tries = proxy.seen().len() - 1;
        assert!((3..1000).contains(&tries), "{status}: {tries} tries");
        proxy.fail(None);
        let _ = proxy.call(&sandbox, "apply --yes").run().ok();
    }
}
