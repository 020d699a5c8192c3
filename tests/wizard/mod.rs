//! The guided run, typed through on a pseudo-terminal as a person would.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::{UnixProcess, WaitStatus};
use expectrl::{Expect, Session};

use crate::harness::Sandbox;

type Terminal = expectrl::session::OsSession;

const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";

fn start(sandbox: &Sandbox, arguments: &[&str]) -> Terminal {
    let mut command: Command = sandbox.command();
    command.args(arguments).env("TERM", "xterm").env("AWS_REGION", "eu-west-1");
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(80, 40).expect("80 columns");
    session.set_expect_timeout(Some(Duration::from_mins(2)));
    session
}

/// Waits for a question, then for the place where it is answered, and types.
fn answer(session: &mut Terminal, question: &str, keys: &str) {
    let found =
        session.expect(question).and_then(|_| session.expect(expectrl::Regex("(Answer|Choice|Number|y/N|Y/n)")));
    assert!(found.is_ok(), "waiting for `{question}`: {found:?}");
    session.write_all(keys.as_bytes()).and_then(|()| session.flush()).expect("types");
}

/// Ends the terminal and gives the exit code; what is still printed is read first.
fn ends(mut session: Terminal) -> (i32, String) {
    let rest = session
        .expect(expectrl::Eof)
        .map(|found| String::from_utf8_lossy(found.before()).into_owned())
        .unwrap_or_default();
    let process: &UnixProcess = session.get_process();
    match process.wait().expect("it ends") {
        WaitStatus::Exited(_, code) => (code, rest),
        WaitStatus::Signaled(_, signal, _) => (128 + signal as i32, rest),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_types_a_wrong_name_and_changes_their_mind() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline"]);
    let session = &mut terminal;
    answer(session, "What shall this installation be called?", "Acme Prod\r");
    answer(session, "cannot be the name of a", "acme-prod\r");
    answer(session, "Where shall the buckets be?", "\r");
    answer(session, "In which region", "eu-west-1\r");
    assert!(session.expect("AWS is not asked").is_ok(), "nobody says that AWS could not be reached");
    answer(session, "Which AWS account?", "\r");
    answer(session, "Which charts need object storage?", " \r");
    answer(session, "Which chart version of", "\r");
    answer(session, "What is the Helm release of", "\r");
    answer(session, "Into which namespace", "\r");
    answer(session, "prove to S3 who they are?", "\r");
    answer(session, "In which EKS cluster", "prod\r");
    answer(session, "One role for a whole chart", "\r");
    answer(session, "In which namespaces do workflows run?", "\r");
    answer(session, "Shall Argo keep the logs", "\r");
    answer(session, "Shall the buckets have these names?", &format!("{DOWN}\r"));
    answer(session, "Which bucket's name shall be changed?", "\r");
    answer(session, "Name of the bucket", "Bad_Name\r");
    answer(session, "cannot be the name of a bucket", "acme-argo-artifacts\r");
    answer(session, "Shall the buckets have these names?", "\r");
    answer(session, "Shall everything be made in AWS now?", "\r");
    // A change of mind: another name for the installation.
    answer(session, "Is this right?", &format!("{DOWN}\r"));
    answer(session, "Which answer shall be changed?", "\r");
    answer(session, "What shall this installation be called?", "acme-next\r");
    answer(session, "Is this right?", "\r");
    let (code, rest) = ends(terminal);
    assert_eq!(code, 0, "{rest}");
    let spec = sandbox.read("bucketwright.yaml");
    assert!(spec.contains("name: \"acme-next\"") && spec.contains("acme-argo-artifacts"), "{spec}");
    let _ = sandbox.run("render --placeholders --out -").exits(2);
}

/// A store: its address, the keys by reference, and a chart that cannot use it.
#[test]
fn a_person_has_a_store() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline"]);
    let session = &mut terminal;
    answer(session, "What shall this installation be called?", "acme\r");
    answer(session, "Where shall the buckets be?", &format!("{DOWN}\r"));
    answer(session, "Which store is it?", "\r");
    answer(session, "What is the store's address?", "minio.example.com/path\r");
    answer(session, "is not an endpoint", "http://minio.example.com:9000\r");
    answer(session, "This is plain HTTP", "n\r");
    answer(session, "What is the store's address?", "https://minio.example.com:9000\r");
    answer(session, "Which region is the store", "\r");
    answer(session, "part of the URL", "\r");
    answer(session, "Which file holds the authority", "\r");
    // Ona, the last, is not possible; then Argo alone.
    answer(session, "Which charts need object storage?", &format!("{UP} \r"));
    answer(session, "is not possible", " \r");
    answer(session, "Which chart version of", "\r");
    answer(session, "What is the Helm release of", "\r");
    answer(session, "Into which namespace", "\r");
    answer(session, "In which namespaces do workflows run?", "\r");
    answer(session, "Shall Argo keep the logs", "\r");
    answer(session, "Where are the keys of", "\r");
    answer(session, "Shall the buckets have these names?", "\r");
    answer(session, "Shall the buckets be made now?", "\r");
    answer(session, "Is this right?", "\r");
    let (code, rest) = ends(terminal);
    assert_eq!(code, 0, "{rest}");
    let plan = sandbox.run("apply --rehearse --yes -o json").ok().json();
    assert_eq!((&plan["plan"]["provider"], &plan["rehearsal"]), (&"s3".into(), &true.into()));
    assert!(sandbox.read("bucketwright.yaml").contains("env:ACME_ARGO_WORKFLOWS_SECRET"));
}

/// Google Cloud: a project by its id, and service accounts without keys.
#[test]
fn a_person_has_google_cloud() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline"]);
    let session = &mut terminal;
    answer(session, "What shall this installation be called?", "acme-prod\r");
    answer(session, "Where shall the buckets be?", &format!("{DOWN}{DOWN}{DOWN}\r"));
    answer(session, "Which project?", "123456789012\r");
    answer(session, "is not the id of a project", "acme-prod\r");
    answer(session, "In which location?", "europe-west2\r");
    answer(session, "Which charts need object storage?", " \r");
    answer(session, "Which chart version of", "\r");
    answer(session, "What is the Helm release of", "\r");
    answer(session, "Into which namespace", "\r");
    answer(session, "prove to Google Cloud who they are?", "\r");
    answer(session, "One role for a whole chart", "\r");
    answer(session, "In which namespaces do workflows run?", "\r");
    answer(session, "Shall Argo keep the logs", "\r");
    answer(session, "Shall the buckets have these names?", "\r");
    answer(session, "Shall everything be made in Google Cloud now?", "\r");
    answer(session, "Is this right?", "\r");
    let (code, rest) = ends(terminal);
    assert_eq!(code, 0, "{rest}");
    let plan = sandbox.run("apply --rehearse --yes -o json").ok().json();
    assert_eq!((&plan["plan"]["provider"], &plan["rehearsal"]), (&"gcp".into(), &true.into()));
}

/// Azure: a storage account, and a managed identity that needs the cluster.
#[test]
fn a_person_has_azure() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline"]);
    let session = &mut terminal;
    answer(session, "What shall this installation be called?", "acme-prod\r");
    answer(session, "Where shall the buckets be?", &format!("{DOWN}{DOWN}\r"));
    answer(session, "Which subscription?", "Production\r");
    answer(session, "is not the id of a subscription", "11111111-2222-3333-4444-555555555555\r");
    answer(session, "Which resource group?", "\r");
    answer(session, "Which storage account?", "\r");
    answer(session, "In which location?", "West Europe\r");
    answer(session, "is not the name", "westeurope\r");
    answer(session, "Where is one of the account", "\r");
    answer(session, "Which charts need object storage?", " \r");
    answer(session, "Which chart version of", "\r");
    answer(session, "What is the Helm release of", "\r");
    answer(session, "Into which namespace", "\r");
    answer(session, "prove to Azure who they are?", "\r");
    answer(session, "In which AKS cluster", "prod\r");
    answer(session, "One role for a whole chart", "\r");
    answer(session, "In which namespaces do workflows run?", "\r");
    answer(session, "Shall Argo keep the logs", "\r");
    answer(session, "Shall the buckets have these names?", "\r");
    answer(session, "Shall the containers be made now?", "\r");
    answer(session, "Is this right?", "\r");
    let (code, rest) = ends(terminal);
    assert_eq!(code, 0, "{rest}");
    let script = sandbox.run("export --as az").ok().stdout;
    assert!(script.contains("account=acmeprod location=westeurope") && script.contains("az aks show"), "{script}");
}

#[test]
fn ctrl_c_leaves_a_sane_terminal_and_writes_nothing() {
    for keys in ["\u{3}", "acme\r\u{3}"] {
        let sandbox = Sandbox::new();
        let mut terminal = start(&sandbox, &["init", "--offline"]);
        answer(&mut terminal, "What shall this installation be called?", keys);
        let (code, rest) = ends(terminal);
        assert_eq!(code, 130, "{rest}");
        assert!(!sandbox.path("bucketwright.yaml").exists());
    }
}

#[test]
fn ctrl_c_in_a_list_shows_the_cursor_again() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline"]);
    answer(&mut terminal, "What shall this installation be called?", "acme\r");
    answer(&mut terminal, "Where shall the buckets be?", "\r");
    answer(&mut terminal, "In which region", "\r");
    answer(&mut terminal, "Which AWS account?", "\r");
    answer(&mut terminal, "Which charts need object storage?", "\u{3}");
    let found = terminal.expect("interrupted").expect("says so");
    let seen = String::from_utf8_lossy(found.before()).into_owned();
    assert!(seen.contains("\u{1b}[?25h"), "the cursor is shown: {seen:?}");
    let (code, rest) = ends(terminal);
    assert_eq!(code, 130, "{rest}");
    assert!(!sandbox.path("bucketwright.yaml").exists());
}

#[test]
fn plain_lines_redraw_nothing() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox, &["init", "--offline", "--plain"]);
    answer(&mut terminal, "What shall this installation be called?", "acme\r");
    answer(&mut terminal, "Where shall the buckets be?", "\r");
    answer(&mut terminal, "In which region", "\r");
    answer(&mut terminal, "Which AWS account?", "\r");
    let found = terminal.expect("Which charts need object storage?").expect("asks");
    let seen = String::from_utf8_lossy(found.as_bytes()).into_owned();
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}
