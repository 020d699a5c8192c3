//! The Kubernetes cluster: what is pushed into it and read from it, through its API server.

mod apply;
mod stored;

use std::path::Path;

pub use apply::{Applied, Manner, apply};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
pub use stored::release;

use crate::error::{Code, Error, Result};

/// Connects by a kubeconfig and context, else by `KUBECONFIG`, `~/.kube/config`, or as a pod inside the cluster.
///
/// # Errors
/// `BW1101`.
pub async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Client> {
    let unusable = |why: String| {
        Error::new(Code::NO_KUBECONFIG, "there is no usable kubeconfig or context")
            .why(why)
            .fix("Name them with `--kubeconfig FILE` and `--context NAME`, or set KUBECONFIG.")
    };
    let config = if kubeconfig.is_none() && context.is_none() {
        Config::infer().await.map_err(|error| unusable(causes(&error)))?
    } else {
        let read = kubeconfig.map_or_else(Kubeconfig::read, Kubeconfig::read_from);
        let file = read.map_err(|error| unusable(causes(&error)))?;
        let known: Vec<String> = file.contexts.iter().map(|context| context.name.clone()).collect();
        if let Some(wanted) = context.filter(|wanted| !known.iter().any(|name| name == wanted)) {
            return Err(unusable(format!("It has no context `{wanted}`. Known: {}.", known.join(", "))));
        }
        let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
        Config::from_custom_kubeconfig(file, &options).await.map_err(|error| unusable(causes(&error)))?
    };
    Client::try_from(config).map_err(|error| unusable(causes(&error)))
}

/// An error with all its causes: the outermost alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

/// What a failed call means. `doing` names verb and object, such as `patch Secret ns/name`.
fn failed(error: &kube::Error, doing: &str) -> Error {
    let kube::Error::Api(status) = error else {
        return Error::new(Code::CLUSTER_UNREACHABLE, format!("the cluster cannot be reached: {doing}"))
            .why(causes(error))
            .fix(
                "Check the context, the network and the cluster's certificate: `kubectl version` asks the same server.",
            );
    };
    if status.is_forbidden() {
        return Error::new(Code::CLUSTER_DENIED, format!("the cluster denies: {doing}"))
            .why(status.message.clone())
            .fix("`bucketwright push --permissions` with the same flags prints the Role that allows it.");
    }
    if status.is_not_found() && status.message.starts_with("namespaces ") {
        return Error::new(Code::NO_NAMESPACE, format!("the namespace does not exist: {doing}"))
            .why(status.message.clone())
            .fix("Add `--create-namespaces`, or create it.");
    }
    if status.is_conflict() {
        return conflict(status, doing);
    }
    // An answer to a refused Secret may repeat what was sent, so only its reason is told.
    Error::new(Code::CLUSTER_FAILED, format!("the cluster answered {} {}: {doing}", status.code, status.reason))
        .why("Its own words are left out, because they may repeat what was sent.")
        .fix("Do the same with a placeholder to see them: `bucketwright render --placeholders --out -` and `kubectl apply --server-side --dry-run=server -f -`.")
}

/// Names who owns which field. The causes hold managers and field paths, never values.
fn conflict(status: &kube::core::Status, doing: &str) -> Error {
    let owners: Vec<String> = status
        .details
        .iter()
        .flat_map(|details| &details.causes)
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    Error::new(Code::FIELD_CONFLICT, format!("another manager owns fields: {doing}"))
        .why(if owners.is_empty() { status.message.clone() } else { owners.join("\n") })
        .fix("Let that manager give the fields up, or take them with `--force-conflicts`: it may then write them back.")
}
