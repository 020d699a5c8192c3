//! What is printed arrives, or the command fails. A reader that has seen enough is no failure.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::Stdio;

use crate::harness::Sandbox;

const KEYS: &str = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1, account: \"012345678901\"}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}\n";

/// Commands that print data, and what they end with where it arrives.
const PRINT: [(&str, i32); 33] = [
    ("--help", 0),
    ("--version", 0),
    ("apply --help", 0),
    ("schema", 0),
    ("man", 0),
    ("completions bash", 0),
    ("explain", 0),
    ("explain BW0101", 0),
    ("explain BW0101 -o json", 0),
    ("profile list", 0),
    ("profile list -o json", 0),
    ("profile list --matrix --markdown", 0),
    ("profile show gitlab", 0),
    ("profile show gitlab -o json", 0),
    ("export --as terraform", 0),
    ("export --as cloudformation", 0),
    ("export --as aws-cli -o json", 0),
    ("render --placeholders --out -", 0),
    ("render --placeholders --out - -o json", 0),
    ("render --placeholders -o json", 0),
    ("render --placeholders --check", 0),
    ("plan --permissions", 0),
    ("plan --rehearse", 0),
    ("plan --rehearse -o json", 0),
    ("plan --rehearse --detailed-exitcode", 3),
    ("apply --rehearse -o json", 0),
    ("destroy --rehearse --dry-run", 0),
    ("destroy --rehearse -o json", 0),
    ("push --permissions", 0),
    ("push --dry-run=client", 0),
    ("verify --print-probe --principal acme-argo-workflows", 0),
    ("lint-policy policy.json -o sarif", 3),
    (
        "migrate settings --profile argo-workflows --chart-version 1.0.18 --values now.yaml --name acme --region eu-west-1 --out s3",
        0,
    ),
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_spec(KEYS);
    sandbox.write("policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}");
    sandbox.write("now.yaml", "artifactRepository: {s3: {endpoint: minio:9000}}\n");
    sandbox
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("/dev/full")
}

#[test]
fn output_that_is_lost_is_a_failure() {
    for (arguments, code) in PRINT {
        let sandbox = sandbox();
        if arguments.contains("--check") {
            // What differs is data.
            let _ = sandbox.run("render --placeholders").ok();
            sandbox.write("out/argo-workflows/values.yaml", "changed: true\n");
        }
        let expected = if arguments.contains("--check") { 3 } else { code };
        let mut command = sandbox.command();
        let output = command.args(arguments.split(' ')).stdin(Stdio::null()).stdout(full()).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
        assert!(said.contains("BW0818") && said.contains("no space left"), "{arguments}: {said}");
        let again = self::sandbox();
        if !arguments.contains("--check") {
            assert_eq!(again.run(arguments).code(), Some(expected), "{arguments}, where it arrives");
        }
        assert_eq!(read_a_bit(&again, arguments), Some(expected), "{arguments}, to a reader that leaves");
    }
}

/// The exit code when nobody reads but a few bytes.
fn read_a_bit(sandbox: &Sandbox, arguments: &str) -> Option<i32> {
    if arguments.contains("--check") {
        let _ = sandbox.run("render --placeholders").ok();
        sandbox.write("out/argo-workflows/values.yaml", "changed: true\n");
    }
    let mut command = sandbox.command();
    command.args(arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("starts");
    let mut some = [0; 1];
    let _ = child.stdout.take().expect("piped").read(&mut some);
    child.wait().expect("ends").code()
}

/// An error keeps its own exit code, and its words reach somebody.
#[test]
fn an_error_whose_report_is_lost_is_said_in_words() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command.args(["render", "-f", "nope.yaml", "-o", "json"]).stdin(Stdio::null()).stdout(full());
    let output = command.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("BW0101") && said.contains("BW0818"), "{said}");
    // Where words are lost, too, the exit code tells.
    let mut command = sandbox.command();
    command.args(["plan", "--rehearse"]).stdin(Stdio::null()).stdout(full()).stderr(full());
    assert_eq!(command.status().expect("runs").code(), Some(1));
    let mut command = sandbox.command();
    command.args(["apply", "--rehearse"]).stdin(Stdio::null()).stderr(full());
    assert_eq!(command.status().expect("runs").code(), Some(1), "what to run next is lost");
}
