//! From a failed call to words: on Google Cloud a 403 may also mean that a thing does not exist.

use super::observe::API_OFF;
use crate::base::error::{Code, Error};
use crate::clouds::call::{CallError, Failure};
use crate::spec::GcpCloud;

/// The constraints that forbid keys. Source: Resource Manager documentation, "Organization policy constraints".
const NO_KEYS: [&str; 3] = [
    "iam.disableServiceAccountKeyCreation",
    "iam.managed.disableServiceAccountKeyCreation",
    "storage.restrictAuthTypes",
];

/// What a failed call means.
pub(super) fn explained(gcp: &GcpCloud, error: &CallError) -> Error {
    in_words(gcp, error).caused_by(error)
}

fn in_words(gcp: &GcpCloud, error: &CallError) -> Error {
    let CallError { call, resource, message, .. } = error;
    let said = match message.trim_end_matches('.') {
        "" => format!("Google says: {}.", error.code),
        words => format!("Google says: {words}."),
    };
    let forbids = |constraint: &&str| message.contains(*constraint);
    if let Some(constraint) = NO_KEYS.into_iter().find(forbids).or_else(|| {
        let create = error.call.ends_with("eys.create");
        (create && message.contains("Key creation is not allowed")).then_some(NO_KEYS[0])
    }) {
        return Error::new(Code::GCP_KEYS_FORBIDDEN, format!("your organisation forbids keys: no key of {resource} was made"))
            .why(format!("The constraint {constraint} holds. {said}"))
            .fix("Use `identity: workload-identity` where the chart can. Else ask for an exception for this project: `gcloud org-policies describe iam.disableServiceAccountKeyCreation --project PROJECT --effective`.".replace("PROJECT", gcp.project.as_str()));
    }
    if error.kind == Failure::Denied
        && let Some(error) = unusable(gcp, error, &said)
    {
        return error;
    }
    match error.kind {
        Failure::NoCredentials => Error::new(Code::GCP_NO_CREDENTIALS, "no credentials for Google Cloud were found")
            .why(message.clone())
            .fix("`gcloud auth application-default login` makes them; or name a service account's key file in GOOGLE_APPLICATION_CREDENTIALS, or a token: `GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)`. To try without a project, add `--rehearse`."),
        Failure::BadCredentials | Failure::Expired => {
            Error::new(Code::GCP_BAD_CREDENTIALS, format!("Google does not accept the credentials ({call})"))
                .why(said)
                .fix("A token lives for an hour: `gcloud auth application-default login` renews the default credentials. A key file may have been deleted.")
        }
        Failure::Denied if error.code == API_OFF => {
            let api = api_of(call);
            Error::new(Code::GCP_API_OFF, format!("the API {api} is not enabled in the project `{}`", gcp.project))
                .why(said)
                .fix(format!("`gcloud services enable {api} --project {}`, and wait some minutes.", gcp.project))
        }
        Failure::Denied => Error::new(Code::GCP_DENIED, format!("you may not call {call} on {resource}, or it does not exist"))
            .why(format!("{said} Google answers 403 in both cases to those who may not look, where AWS would say 404."))
            .fix(format!("`bucketwright plan --permissions` prints what is needed, and the roles that have it. Check the project too: `gcloud projects describe {}`.", gcp.project)),
        Failure::NoAnswer => Error::new(Code::GCP_UNREACHABLE, format!("no answer came to {call}"))
            .why(format!("The cause: {}.", message.trim_end_matches('.')))
            .fix("Check the network and the proxy (HTTPS_PROXY). Run the same command again: it plans again, and what was made stays."),
        Failure::Throttled | Failure::Unavailable => {
            Error::new(Code::GCP_CALL_FAILED, format!("Google has no time for {call} on {resource}"))
                .why(format!("{said} It was asked again for two minutes, or asked for a longer pause than that."))
                .fix("Wait a minute and run the same command again; what was made stays.")
        }
        _ => Error::new(Code::GCP_CALL_FAILED, format!("{call} on {resource} failed"))
            .why(said)
            .fix("Run the same command again; what was made stays."),
    }
}

/// Refusals that no role would change: no project pays, or the organisation forbids it.
///
/// Source: Cloud Storage, "HTTP status and error codes for JSON" (`accountDisabled`); Service Usage, `ErrorReason` (`BILLING_DISABLED`);
/// Google Cloud documentation, "Troubleshoot your ADC setup" (a quota project).
fn unusable(gcp: &GcpCloud, error: &CallError, said: &str) -> Option<Error> {
    let CallError { call, resource, message, code, .. } = error;
    let (project, lower) = (&gcp.project, message.to_lowercase());
    if lower.contains("quota project") || code == "USER_PROJECT_DENIED" {
        return Some(
            Error::new(Code::GCP_UNPAID, format!("no project pays for {call}"))
                .why(format!("{said} A person's default credentials name no project, and this API wants one."))
                .fix(format!("`gcloud auth application-default set-quota-project {project}`, or set GOOGLE_CLOUD_QUOTA_PROJECT={project}. It needs roles/serviceusage.serviceUsageConsumer on that project.")),
        );
    }
    if ["BILLING_DISABLED", "accountDisabled", "billingNotEnabled"].contains(&code.as_str())
        || lower.contains("billing account")
    {
        return Some(
            Error::new(Code::GCP_UNPAID, format!("billing is off in the project `{project}`: {call} on {resource} was refused"))
                .why(said.to_owned())
                .fix(format!("`gcloud billing projects describe {project}` shows the account, `gcloud billing projects link {project} --billing-account ID` links one; wait some minutes.")),
        );
    }
    if ["constraint", "permitted customer", "organization policy"].iter().any(|word| lower.contains(word)) {
        let constraint = message.split(|c: char| c.is_whitespace() || "'\"`,()".contains(c));
        let name = constraint
            .filter_map(|word| word.strip_prefix("constraints/"))
            .map(|name| name.trim_end_matches('.'))
            .next();
        let name = name.unwrap_or(if lower.contains("permitted customer") {
            "iam.allowedPolicyMemberDomains"
        } else {
            "CONSTRAINT"
        });
        return Some(
            Error::new(Code::GCP_FORBIDDEN, format!("a policy of your organisation forbids {call} on {resource}"))
                .why(said.to_owned())
                .fix(format!("`gcloud org-policies describe {name} --project {project} --effective` shows what is allowed. Change the spec accordingly, such as `cloud.location`, or ask whoever keeps the policies for an exception.")),
        );
    }
    None
}

/// The name under which the API of a call is enabled.
fn api_of(call: &str) -> &'static str {
    match call.split('.').next() {
        Some("iam") => "iam.googleapis.com",
        Some("resourcemanager") => "cloudresourcemanager.googleapis.com",
        _ => "storage.googleapis.com",
    }
}
