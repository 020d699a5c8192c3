//! The program of a kubeconfig that logs in, run within bounds: how long, and how much it prints. All that it starts ends with it.
//!
//! Source: Kubernetes, "Client authentication", client-go credential plugins.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode, Kubeconfig};
use serde_json::{Value, json};

use crate::base::error::masked;
use crate::host::child;
use crate::host::child::{Failure, Limits};
use crate::host::files::read_plain;

/// How long it may run: it asks a service for a token.
const TIME: Duration = Duration::from_mins(1);
/// How much it may print: a token or a certificate.
const PRINTED: usize = 16 << 20;
/// How much of its complaints is kept.
const COMPLAINTS: usize = 64 << 10;

/// Puts what the program of the wanted context's user gives in its place. A program that may ask somebody at a terminal is left to
/// run there, as kubectl leaves it.
///
/// # Errors
/// Why there is no login, as a sentence.
pub(super) fn logged_in(file: &mut Kubeconfig, context: Option<&str>) -> Result<(), String> {
    let wanted = context.or(file.current_context.as_deref());
    let context =
        file.contexts.iter().find(|one| Some(one.name.as_str()) == wanted).and_then(|one| one.context.clone());
    let Some(context) = context else { return Ok(()) };
    let cluster = file.clusters.iter().find(|one| one.name == context.cluster).and_then(|one| one.cluster.clone());
    let user = file.auth_infos.iter_mut().find(|one| Some(&one.name) == context.user.as_ref());
    let Some(user) = user.and_then(|one| one.auth_info.as_mut()) else { return Ok(()) };
    let Some(exec) = &user.exec else { return Ok(()) };
    if exec.interactive_mode != Some(ExecInteractiveMode::Never) && std::io::stdin().is_terminal() {
        return Ok(());
    }
    let cluster =
        cluster.filter(|_| exec.provide_cluster_info).map(|one| told(serde_json::to_value(one).unwrap_or_default()));
    let status = run(exec, cluster)?;
    fill(user, &status)
}

/// The cluster as the program is told of it.
fn told(mut cluster: Value) -> Value {
    const TOLD: [&str; 5] =
        ["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"];
    let extensions = cluster["extensions"].take();
    let own = |one: &&Value| one["name"] == "client.authentication.k8s.io/exec";
    let config = extensions.as_array().into_iter().flatten().find(own).map(|one| one["extension"].clone());
    let Value::Object(entries) = cluster else { return Value::Null };
    let authority = entries.get("certificate-authority").and_then(Value::as_str).map(str::to_owned);
    let mut told: serde_json::Map<_, _> =
        entries.into_iter().filter(|(name, _)| TOLD.contains(&name.as_str())).collect();
    if let Some(pem) = authority.and_then(|path| read_plain(Path::new(&path), COMPLAINTS).ok()) {
        told.insert("certificate-authority-data".to_owned(), json!(STANDARD.encode(pem)));
    }
    told.extend(config.map(|config| ("config".to_owned(), config)));
    Value::Object(told)
}

/// Runs it, and gives the status of its answer.
fn run(exec: &ExecConfig, cluster: Option<Value>) -> Result<Value, String> {
    let Some(name) = &exec.command else { return Err("Its login program has no `command`.".to_owned()) };
    let mut command = child::trusted(name);
    command.args(exec.args.iter().flatten());
    for one in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (one.get("name"), one.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": false});
    if let Some(cluster) = cluster {
        spec["cluster"] = cluster;
    }
    let asked = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", asked.to_string());
    let shown = masked(name);
    let ended = child::run(command, Limits { time: TIME, printed: PRINTED, complaints: COMPLAINTS });
    let ended = ended.map_err(|failure| match failure {
        Failure::Missing => {
            let hint = exec.install_hint.as_deref().map(|hint| format!(" {}", masked(hint))).unwrap_or_default();
            format!("Its login program `{shown}` is not there.{hint}")
        }
        Failure::Broken(error) => format!("Its login program `{shown}` cannot be run: {error}"),
        Failure::TooMuch => {
            format!("Its login program `{shown}` printed more than 16 MiB. It was ended, with all that it started.")
        }
        Failure::TooLong => format!(
            "Its login program `{shown}` did not answer within {} seconds. It was ended, with all that it started.",
            TIME.as_secs()
        ),
    })?;
    if !ended.status.success() {
        let words = masked(&String::from_utf8_lossy(&ended.complaints));
        let words = words.lines().next().filter(|line| !line.is_empty()).unwrap_or("It gave no reason.");
        return Err(format!("Its login program `{shown}` failed ({}): {words}", ended.status));
    }
    let answer: Value = serde_json::from_slice(&ended.printed).unwrap_or_default();
    match answer.get("status") {
        Some(status) if status.is_object() => Ok(status.clone()),
        _ => Err(format!("Its login program `{shown}` printed no ExecCredential with a `status`.")),
    }
}

/// Puts a token, or a certificate with its key, in the place of the program.
fn fill(user: &mut AuthInfo, status: &Value) -> Result<(), String> {
    let text = |name: &str| status[name].as_str().filter(|text| !text.is_empty());
    let encoded = |text: &str| STANDARD.encode(text);
    let (token, certificate, key) = (text("token"), text("clientCertificateData"), text("clientKeyData"));
    if token.is_none() && (certificate.is_none() || key.is_none()) {
        return Err("Its login program gave neither a token nor a certificate with its key.".to_owned());
    }
    if let Some(token) = token {
        user.token = Some(token.to_owned().into());
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        user.client_certificate_data = Some(encoded(certificate));
        user.client_key_data = Some(encoded(key).into());
    }
    user.exec = None;
    Ok(())
}
