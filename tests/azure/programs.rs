//! The rendered documents and the lines in the hands of the programs that read them, as they are.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::lines::Subscription;
use super::{ACCOUNT, GITLAB, call, spec};
use crate::harness::{Sandbox, Store, bare, project, python};

/// A proxy that leads Azure's hosts to a store; it ends with the test.
struct Tunnel {
    process: Child,
    address: String,
}

impl Tunnel {
    fn to(store: &Store, python: &Path) -> Self {
        let mut command = bare(python);
        command.arg(project().join("tests/peers/tunnel.py")).arg(store.host());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let mut address = String::new();
        let stdout = process.stdout.take().expect("its output");
        let _ = BufReader::new(stdout).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }

    /// A program that finds the store under Azure's names, and trusts it.
    fn behind(&self, store: &Store, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = bare(program);
        command.env("HTTPS_PROXY", &self.address).env("SSL_CERT_FILE", store.authority());
        command
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn documents_with_a_key() {
    let (store, plain, python) = match (Store::azurite(true), Store::azurite(false), python()) {
        (Ok(store), Ok(plain), Ok(python)) => (store, plain, python),
        (store, _, python) => skip!("azurite", store.err().or(python.err()).unwrap_or_default()),
    };
    let sandbox = Sandbox::with_spec(&spec("", &[GITLAB]));
    let tunnel = Tunnel::to(&store, &python);
    // The tool's own calls go the same way: Azure's host, TLS, the proxy of the environment. The authority is the machine's, so
    // here it is the store in plaintext that takes them; then the containers are made where the documents lead.
    let _ = call(&sandbox, &plain, "apply --yes").run().ok();
    let mut made = tunnel.behind(&store, "/usr/bin/ruby");
    made.args(["-ryaml", "-e", MAKE]).arg(sandbox.path("out/gitlab/object-storage.yaml")).arg("acme-lfs");
    let output = made.output().expect("ruby starts");
    if !output.status.success() {
        skip!("fog_azure.rb", String::from_utf8_lossy(&output.stderr));
    }

    let mut fog = tunnel.behind(&store, "/usr/bin/ruby");
    fog.arg(project().join("tests/peers/fog_azure.rb"))
        .arg(sandbox.path("out/gitlab/object-storage.yaml"))
        .arg("acme-lfs");
    let output = fog.output().expect("ruby starts");
    let said = lines(&output.stdout);
    let actions: Vec<&str> = said.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(actions, ["connect", "put", "get", "list", "link", "delete"], "{said:#?}");
    assert!(said.iter().all(|line| line["ok"] == true), "{said:#?}");
    assert_eq!(said[4]["host"], "acmeprod.blob.core.windows.net");
}

/// Makes containers with what a connection document says.
const MAKE: &str = "\
$stderr = File.open(File::NULL, 'w')
require 'fog/azurerm'
storage = Fog::Storage.new(YAML.safe_load(File.read(ARGV.shift)).transform_keys(&:to_sym))
ARGV.each { |name| storage.create_container(name) }
";

/// Every command of every script, given to Azure's own parser: its names, its options, and which of them it wants.
#[test]
fn the_azure_cli_understands_every_line() {
    if !Path::new("/usr/bin/az").exists() {
        skip!("az", "it is not installed");
    }
    let all = [
        GITLAB.replace("static-keys", "workload-identity, roles: per-component"),
        "{profile: argo-workflows, chartVersion: 1.0.18, identity: workload-identity, options: {uploads: true}}".to_owned(),
        "{profile: massdriver, chartVersion: 0.2.0, identity: static-keys, options: {argo: minio}, credentials: {accessKeyId: env:A, secretAccessKey: env:B}}".to_owned(),
        "{profile: gitpod, chartVersion: 2022.11.3, identity: static-keys, options: {registryStorage: volume}}".to_owned(),
    ];
    let cloud = "  tenant: 66666666-7777-8888-9999-000000000000\n  cluster: {name: prod}\n";
    let sandbox = Sandbox::with_spec(&spec(cloud, &all.each_ref().map(String::as_str)));
    let Some(azure) = Subscription::of(&sandbox) else { return };
    let mut script = sandbox.run("export --as az").ok().stdout;
    // What is to be done by hand stands behind a `#`.
    script = script.replace("# az ", "az ").replace("set -eu\n\n", "\n");
    // With all there, everything is asked for its mark, and then removed.
    script.push_str(&script.clone());
    for command in ["rotate --yes", "destroy --yes"] {
        script.push_str(&sandbox.run(command).exits(2).stdout);
    }
    script.push_str(&sandbox.run("plan --permissions").ok().stdout);
    let commands = commands(&azure, &script);
    for wanted in ["management-policy create", "federated-credential create", "sp create-for-rbac", "keys renew"] {
        assert!(commands.iter().any(|command| command.join(" ").contains(wanted)), "{wanted}: {commands:#?}");
    }
    let mut child = bare("/usr/bin/python3")
        .arg(project().join("tests/peers/az_parses.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("its input");
    // One that cannot parse, so that the peer itself is seen to tell the two apart.
    let wrong = vec!["group".to_owned(), "create".to_owned(), "--nmae".to_owned(), "x".to_owned()];
    for command in commands.iter().chain([&wrong]) {
        writeln!(input, "{}", json!(command)).expect("a line");
    }
    drop(input);
    let mut said = lines(&child.wait_with_output().expect("its output").stdout);
    let last = said.pop().expect("an answer to the wrong one");
    assert_eq!((said.len(), &last["ok"]), (commands.len(), &false.into()), "{last:#}");
    let refused: Vec<&Value> = said.iter().filter(|line| line["ok"] != true).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// What a script calls `az` with, each kind of call once: what differs in values alone is one kind.
fn commands(azure: &Subscription<'_>, script: &str) -> Vec<Vec<String>> {
    let output = azure.run(script, "", &[("AZURE_STORAGE_KEY", "first+key==")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut kinds = std::collections::BTreeMap::new();
    for line in azure.state()["log"].as_array().expect("a log") {
        let words: Vec<String> = serde_json::from_value(line.clone()).expect("words");
        let kind: Vec<String> =
            words.iter().take(3).chain(words.iter().filter(|word| word.starts_with("--"))).cloned().collect();
        kinds.entry(kind).or_insert(words);
    }
    assert!(kinds.len() > 15, "{kinds:#?}");
    kinds.into_values().collect()
}

#[test]
fn the_key_is_the_accounts() {
    // What is written for Gitpod's gateway: the name and the key, without a newline.
    let gitpod =
        "{profile: gitpod, chartVersion: 2022.11.3, identity: static-keys, options: {registryStorage: volume}}";
    let sandbox = Sandbox::with_spec(&spec("", &[gitpod]));
    let _ = sandbox.call(["render"]).env("AZURE_STORAGE_KEY", ACCOUNT.1).run().ok();
    let secret = bucketwright::base::yaml::read_back(&sandbox.read("out/gitpod/secrets.yaml")).expect("YAML");
    use base64::Engine;
    let held = |key: &str| {
        let text = secret["data"][key].as_str().unwrap_or_else(|| panic!("no {key}: {secret:#}"));
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).expect("base64")).expect("UTF-8")
    };
    assert_eq!((held("accountName").as_str(), held("accountKey").as_str()), ACCOUNT);
}
