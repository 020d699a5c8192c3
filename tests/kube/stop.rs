//! A signal while Secrets are pushed: what was done is said, and what to run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Peer, Sandbox, bare, hear, until};

/// What a server does with the first object that it is to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// It never answers.
    Hangs,
    /// It answers once the signal is heard.
    Waits,
}

/// A stand-in for an API server: it is empty and takes every object in a dry run. The real one cannot be made to hang.
struct Halting {
    address: String,
    pushing: Arc<AtomicBool>,
    heard: Arc<AtomicBool>,
}

impl Halting {
    fn start(first: First) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let [pushing, heard] = [false, false].map(|flag| Arc::new(AtomicBool::new(flag)));
        let (flags, kept) = ([Arc::clone(&pushing), Arc::clone(&heard)], Arc::new(Mutex::new(Vec::new())));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (flags, kept) = (flags.clone(), Arc::clone(&kept));
                std::thread::spawn(move || serve(stream, first, &flags, &kept));
            }
        });
        Self { address, pushing, heard }
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, first: First, [pushing, noticed]: &[Arc<AtomicBool>; 2], kept: &Mutex<Vec<TcpStream>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
    let mut stream = stream;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).expect("a body");
        let mut words = head[0].split(' ');
        let (method, path) = (words.next().expect("a method"), words.next().expect("a path"));
        let dry = path.contains("dryRun=All");
        if method == "PATCH" && !dry && !pushing.swap(true, Ordering::SeqCst) {
            if first == First::Hangs {
                kept.lock().expect("alone").push(stream);
                return;
            }
            until("the signal is heard", || noticed.load(Ordering::SeqCst));
        }
        let bare = path.split('?').next().unwrap_or_default();
        let object =
            bare.ends_with("/namespaces/halted") || (bare.starts_with("/api/v1/") && bare.split('/').count() == 7);
        let (status, answer) = match method {
            "PATCH" => ("200 OK", String::from_utf8(body).expect("text")),
            _ if !object => {
                ("200 OK", json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": []}).to_string())
            }
            _ => {
                let gone = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": "not found", "reason": "NotFound", "code": 404});
                ("404 Not Found", gone.to_string())
            }
        };
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

const SPEC: &str = "\
apiVersion: bucketwright/v1
name: NAME
cloud: {provider: aws, region: eu-west-1}
identity: static-keys
installs:
  - {profile: argo-workflows, chartVersion: 1.0.18, namespace: halted}
";

#[test]
fn a_stop_while_secrets_are_pushed_says_what_was_done() {
    let peer = match Peer::shared() {
        Ok(peer) => peer,
        Err(why) => skip!("account.py", why),
    };
    for (number, (command, first, signal)) in [
        ("apply --yes --no-proof --push --create-namespaces", First::Hangs, "-TERM"),
        ("apply --yes --no-proof --push --create-namespaces", First::Waits, "-INT"),
        ("rotate --yes --push --create-namespaces", First::Hangs, "-INT"),
        ("rotate --yes --push --create-namespaces", First::Waits, "-TERM"),
    ]
    .into_iter()
    .enumerate()
    {
        let account = peer.fresh();
        let sandbox = Sandbox::with_spec(&SPEC.replace("NAME", &format!("halt-{number}")));
        let rotates = command.starts_with("rotate");
        if rotates {
            let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
        }
        let server = Halting::start(first);
        let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "far",
            "clusters": [{"name": "far", "cluster": {"server": server.address}}], "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "far", "context": {"cluster": "far", "user": "me"}}]});
        sandbox.write("config", &config.to_string());
        let mut child = account.command(&sandbox, &format!("{command} --kubeconfig config"));
        let mut child =
            child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        until(&format!("{command}: it pushes"), || server.pushing.load(Ordering::SeqCst));
        assert!(bare("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
        hear(&mut child, "stopping after the calls under way");
        server.heard.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        let output = child.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let what = format!("{command} {first:?}: {said}");
        assert_eq!(output.status.code(), Some(130), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(9), "{:?}: {what}", begun.elapsed());
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let done = if rotates {
            "The new keys are handed out in out. Not all of them were pushed; the old ones work on."
        } else {
            "Everything was made and written into out. Not all of it was pushed."
        };
        assert!(
            said.contains("BW0903") && said.contains(done) && said.contains("Run the same command again"),
            "{what}"
        );
        // Where calls come back, it stops between two of them.
        assert_eq!(said.contains("2 of 2 objects"), first == First::Waits, "{what}");
        assert!(sandbox.path("out/argo-workflows/secrets.yaml").exists(), "{what}");
    }
}
