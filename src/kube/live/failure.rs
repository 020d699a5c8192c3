//! What a failed call means.

use std::fmt;

use kube::client::AuthError;
use kube::core::Status;

use super::bounds::MAX_BYTES;
use crate::base::error::{Code, Error, masked, one_line};
use crate::base::shell::word;

/// What is asked of the cluster; it is in messages and in the Role that would allow it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) verb: &'static str,
    /// The resource as RBAC names it.
    pub(super) resource: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        match (self.namespace, self.name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}"),
            (Some(namespace), None) => write!(f, " in {namespace}"),
            (None, Some(name)) => write!(f, " {name}"),
            (None, None) => Ok(()),
        }
    }
}

impl Asked<'_> {
    /// The error that a failed call becomes. What the server repeats of the object is told only where it cannot hold a secret.
    pub(super) fn failed(&self, error: &kube::Error) -> Error {
        let status = match error {
            kube::Error::Api(status) => status,
            kube::Error::Auth(_) => return self.unknown_caller(causes(error)),
            other => {
                let causes = causes(other);
                // The words of `http_body_util::LengthLimitError`.
                return if causes.contains("length limit exceeded") {
                    self.endless(&format!("Its answer is larger than {} MiB.", MAX_BYTES >> 20))
                } else {
                    self.unreachable(causes).caused_by(other)
                };
            }
        };
        if status.code == 401 {
            return self.unknown_caller(masked(&status.message));
        }
        if status.is_forbidden() && status.reason == "Forbidden" && status.message.contains(" cannot ") {
            return self.denied(&status.message);
        }
        if status.is_not_found() && status.message.starts_with("namespaces ") {
            return Error::new(Code::NO_NAMESPACE, format!("the namespace does not exist: {self}"))
                .why(masked(&status.message))
                .fix("Add `--create-namespaces`, or create it.");
        }
        if status.is_conflict() {
            return self.conflict(status);
        }
        // These the server builds of names and counts; an admission webhook may repeat anything.
        let known = ["because it is being terminated", "exceeded quota:"];
        let told = known.iter().any(|words| status.message.contains(words));
        let hidden = "Its own words are left out, because they may repeat what was sent.";
        Error::new(Code::CLUSTER_FAILED, format!("the cluster answered {} {}: {self}", status.code, status.reason))
            .why(if told { masked(&status.message) } else { hidden.to_owned() })
            .fix("Look at the namespace's admission policies and quotas. `bucketwright render --placeholders --out DIR` and `kubectl apply --server-side --dry-run=server -f FILE` show the cluster's words without a secret.")
    }

    fn unreachable(&self, why: String) -> Error {
        Error::new(Code::CLUSTER_UNREACHABLE, format!("the cluster cannot be reached: {self}")).why(why).fix(
            "Check the context, the network and the cluster's certificate: `kubectl version` asks the same server.",
        )
    }

    /// An answer that is too long in one way or another.
    pub(super) fn endless(&self, why: &str) -> Error {
        Error::new(Code::CLUSTER_UNREACHABLE, format!("the cluster's answer has no end: {self}"))
            .why(why.to_owned())
            .fix("Check that the context names a Kubernetes API server and that nothing between slows it down: `kubectl get --raw /readyz` asks the same server.")
    }

    fn unknown_caller(&self, why: String) -> Error {
        Error::new(Code::UNKNOWN_TO_CLUSTER, format!("the cluster does not know who is asking: {self}"))
            .why(why)
            .fix("Log in again, for EKS with `aws eks update-kubeconfig --name CLUSTER`; `kubectl auth whoami` asks the same.")
    }

    /// Names the verb, and the Role that allows it. Server-side apply of a new object is a `patch` that needs `create` too.
    fn denied(&self, words: &str) -> Error {
        let verb = words.split_once(" cannot ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or(self.verb);
        let kind = if self.namespace.is_some() { "role" } else { "clusterrole" };
        let mut role = format!("kubectl create {kind} bucketwright --verb={} --resource={}", word(verb), self.resource);
        if let Some(name) = self.name.filter(|_| verb != "create") {
            role.push_str(&format!(" --resource-name={name}"));
        }
        if let Some(namespace) = self.namespace {
            role.push_str(&format!(" -n {namespace}"));
        }
        Error::new(Code::CLUSTER_DENIED, format!("the cluster denies `{verb}`: {self}")).why(masked(words)).fix(format!(
            "This allows it, once bound to the caller: `{role}`. `--permissions` of the same command prints the whole Role, where it has that flag."
        ))
    }

    /// Names who owns which field. The causes hold managers and field paths, never values.
    fn conflict(&self, status: &Status) -> Error {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        let owners: Vec<String> =
            causes.map(|cause| one_line(&format!("{}: {}", cause.field, cause.message))).collect();
        Error::new(Code::FIELD_CONFLICT, format!("another manager owns fields: {self}"))
            .why(if owners.is_empty() { masked(&status.message) } else { owners.join("\n") })
            .fix("Let that manager give the fields up, or take them with `--force-conflicts`: it may then write them back.")
    }
}

/// What is said of an exec plugin whose answer is no credential: the parser would quote it, and it may hold a token.
const NO_CREDENTIAL: &str = "The program that the kubeconfig names for logging in did not print an ExecCredential. Its words are left out, because they may hold a token.";

/// An error with all its causes, since the outermost alone says little. They repeat what programs said that the kubeconfig
/// names, so what looks like a secret is left out.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = Some(error);
    while let Some(cause) = next {
        if matches!(cause.downcast_ref(), Some(AuthError::AuthExecParse(_))) {
            return NO_CREDENTIAL.to_owned();
        }
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    masked(&text)
}
