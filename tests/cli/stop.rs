//! SIGINT and SIGTERM end every command within seconds, whatever it waits for: a server that never answers, a program that
//! hangs, a stream that nobody fills. Nothing it started and no temporary file is left.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Sandbox, alive, bare, nobody_elses_seconds, until};

const INSTALL: &str = "installs:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n";
const AWS: &str =
    "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\"}\n";

/// How long a command may take to end.
const SECONDS: Duration = Duration::from_secs(8);

/// A server that accepts and never answers.
struct Silent {
    address: String,
    connections: Arc<AtomicUsize>,
    _open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (connections, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counter, kept) = (Arc::clone(&connections), Arc::clone(&open));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                kept.lock().expect("alone").push(stream);
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, connections, _open: open }
    }

    fn asked(&self) -> bool {
        self.connections.load(Ordering::SeqCst) > 0
    }
}

/// A call with credentials for every cloud, all of which live at one address, and a folder of its own for temporary files.
fn command(sandbox: &Sandbox, address: &str, arguments: &str) -> Command {
    fs::create_dir_all(sandbox.path("tmp")).expect("tmp");
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "far",
        "clusters": [{"name": "far", "cluster": {"server": address}}], "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [{"name": "far", "context": {"cluster": "far", "user": "me"}}]});
    sandbox.write("config", &config.to_string());
    let mut command = sandbox.command();
    command.args(arguments.split(' ')).env("AWS_ENDPOINT_URL", address).env("KUBECONFIG", sandbox.path("config"));
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "hush");
    command.env("GOOGLE_OAUTH_ACCESS_TOKEN", "t").env("AZURE_STORAGE_KEY", "aHVzaA==");
    command.env("AZURE_STORAGE_SERVICE_ENDPOINT", format!("{address}/acmeprod"));
    for api in ["STORAGE", "IAM", "CLOUDRESOURCEMANAGER"] {
        command.env(format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}"), address);
    }
    command.env("TMPDIR", sandbox.path("tmp"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn send(signal: &str, child: &Child) {
    assert!(bare("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
}

/// What a command says once it has ended; its standard input stays open until then.
fn ends(mut child: Child, within: Duration, what: &str) -> Output {
    let stdin = child.stdin.take();
    let begun = Instant::now();
    let mut status = None;
    while begun.elapsed() < within && status.is_none() {
        status = child.try_wait().expect("asked");
        std::thread::sleep(Duration::from_millis(20));
    }
    if status.is_none() {
        child.kill().expect("killed");
    }
    drop(stdin);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    // A program that is left behind holds these open: it must not hold the test.
    if status.is_some() {
        child.stdout.take().expect("piped").read_to_end(&mut stdout).expect("read");
        child.stderr.take().expect("piped").read_to_end(&mut stderr).expect("read");
    }
    let status = status.unwrap_or_else(|| panic!("{what}: it did not end within {within:?}"));
    Output { status, stdout, stderr }
}

/// Sees that a command ends as interrupted ones do, with words, and leaves nothing in the folder of temporary files.
#[track_caller]
fn interrupted(sandbox: &Sandbox, child: Child, what: &str) -> String {
    let output = ends(child, SECONDS, what);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{what}: {said}");
    assert!(said.contains("BW0903"), "{what}: {said}");
    assert!(said.contains("help: ") || said.contains("\"fix\""), "{what}: {said}");
    let left: Vec<_> = fs::read_dir(sandbox.path("tmp")).expect("tmp").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{what}: {left:?}");
    said
}

#[test]
fn a_server_that_never_answers_holds_nobody() {
    let gcp = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: gcp, project: acme-prod, projectNumber: \"123456789012\", location: europe-west2}\n";
    let azure = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: prod, storageAccount: acmeprod, location: westeurope}\n";
    let mut cases = Vec::new();
    for command in [
        "plan",
        "apply --yes",
        "rotate --yes",
        "rotate --finish --yes",
        "destroy --yes",
        "verify",
        "verify --as-caller",
        "plan -o json",
    ] {
        cases.push((AWS, command));
    }
    for command in [
        "push",
        "push --dry-run=server",
        "release",
        "check --running --chart argo-workflows=chart",
        "verify --in-cluster",
        "migrate settings --running --release argo --namespace argo --profile argo-workflows --chart-version 1.0.18 --name acme --region eu-west-1 --out s3",
    ] {
        cases.push((AWS, command));
    }
    cases.extend([(gcp, "plan"), (gcp, "apply --yes"), (azure, "plan"), (azure, "apply --yes"), (azure, "verify")]);
    let runs = cases.iter().enumerate().map(|(number, (cloud, command))| {
        let signal = if number % 2 == 0 { "-TERM" } else { "-INT" };
        move || {
            let server = Silent::start();
            let roles = command.contains("in-cluster") || command.contains("as-caller");
            let installs = if roles { INSTALL.replace("static-keys", "irsa") } else { INSTALL.to_owned() };
            let cloud =
                if roles { cloud.replace("region:", "cluster: {name: prod}, region:") } else { (*cloud).to_owned() };
            let sandbox = Sandbox::with_spec(&format!("{cloud}{installs}"));
            sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: argo-workflows\nversion: 1.0.18\n");
            sandbox.write("chart/values.yaml", "{}\n");
            let key = sandbox.write(
                "out/credentials/acme-argo-workflows.yaml",
                "accessKeyId: AKIAIOSFODNN7EXAMPLE\nsecretAccessKey: hush\n",
            );
            fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("chmod");
            let what = format!("{command} {signal}: {cloud}");
            let child = self::command(&sandbox, &server.address, command).spawn().expect("starts");
            until(&what, || server.asked());
            send(signal, &child);
            let begun = Instant::now();
            let said = interrupted(&sandbox, child, &what);
            // What changes something waits for its calls; what only looks does not.
            if !command.starts_with("verify") {
                assert!(begun.elapsed() < Duration::from_secs(3), "{what}: {:?}: {said}", begun.elapsed());
            }
        }
    });
    std::thread::scope(|scope| {
        runs.map(|run| scope.spawn(run)).collect::<Vec<_>>().into_iter().for_each(|run| run.join().expect("passes"));
    });
}

/// A program that a command started, and one that this started: both sleep for a time that nobody else sleeps for.
fn hangs(sandbox: &Sandbox, path: &str, seconds: &str) {
    let script = sandbox.write(
        path,
        &format!("#!/bin/sh\necho started > \"$(dirname \"$0\")/started\"\nsleep {seconds} &\nsleep {seconds}\n"),
    );
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("chmod");
}

#[test]
fn a_program_that_hangs_holds_nobody_and_ends() {
    for what in ["helm", "credential_process", "plugin"] {
        for signal in ["-TERM", "-INT"] {
            let sandbox = Sandbox::with_spec(&format!("{AWS}{INSTALL}"));
            let seconds = nobody_elses_seconds();
            hangs(&sandbox, "bin/helm", &seconds);
            let script = sandbox.path("bin/helm").display().to_string();
            let arguments = match what {
                "helm" => "check --chart argo-workflows=chart",
                "credential_process" => "plan",
                _ => "release",
            };
            sandbox.write("chart/Chart.yaml", "apiVersion: v2\nname: argo-workflows\nversion: 1.0.18\n");
            sandbox.write("chart/values.yaml", "{}\n");
            let mut command = command(&sandbox, "http://127.0.0.1:9", arguments);
            command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
            if what == "credential_process" {
                sandbox.write("aws", &format!("[default]\ncredential_process = {script}\n"));
                command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
                command.env("AWS_CONFIG_FILE", sandbox.path("aws"));
            }
            if what == "plugin" {
                let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": script, "interactiveMode": "Never"});
                let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "far",
                    "clusters": [{"name": "far", "cluster": {"server": "http://127.0.0.1:9"}}], "users": [{"name": "me", "user": {"exec": exec}}],
                    "contexts": [{"name": "far", "context": {"cluster": "far", "user": "me"}}]});
                sandbox.write("config", &config.to_string());
            }
            let child = command.spawn().expect("starts");
            until(what, || sandbox.path("bin/started").exists() && alive(&seconds));
            send(signal, &child);
            interrupted(&sandbox, child, what);
            assert!(!alive(&seconds), "{what} {signal}: it is left behind");
        }
    }
}

#[test]
fn a_stream_that_nobody_fills_holds_nobody() {
    for arguments in ["lint-policy -", "render -f -", "verify trust --token-file -"] {
        let sandbox = Sandbox::with_spec(&format!("{AWS}{INSTALL}"));
        let mut child = command(&sandbox, "http://127.0.0.1:9", arguments).spawn().expect("starts");
        let stdin = child.stdin.as_mut().expect("piped");
        stdin.write_all(b" ").expect("written");
        until("it has read, and reads on", || rustix::io::ioctl_fionread(&*stdin).expect("a pipe") == 0);
        send("-TERM", &child);
        interrupted(&sandbox, child, arguments);
    }
}

/// Two signals, one right after the other; `aws::interrupt` has one that comes while a call is awaited.
#[test]
fn two_signals_end_it_as_one_does() {
    let server = Silent::start();
    let sandbox = Sandbox::with_spec(&format!("{AWS}{INSTALL}"));
    let key = sandbox.write(
        "out/credentials/acme-argo-workflows.yaml",
        "accessKeyId: AKIAIOSFODNN7EXAMPLE\nsecretAccessKey: hush\n",
    );
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("chmod");
    let child = command(&sandbox, &server.address, "verify").spawn().expect("starts");
    until("verify", || server.asked());
    send("-TERM", &child);
    send("-TERM", &child);
    let begun = Instant::now();
    interrupted(&sandbox, child, "verify");
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited {:?}", begun.elapsed());
}
