//! From a failed call to words.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::account::text;
use crate::base::error::{Code, Error};
use crate::base::names::BucketName;
use crate::clouds::azure::{az_lines_of_account, key_line};
use crate::spec::Azure;

/// A call that failed.
#[derive(Debug)]
pub(super) struct Failed {
    call: &'static str,
    /// The status of the answer; 0 without one.
    pub(super) status: u16,
    /// The service's code.
    pub(super) code: String,
    message: String,
    /// Whether another attempt may help.
    pub(super) passing: bool,
}

impl Failed {
    pub(super) fn without_answer(message: String, passing: bool) -> Self {
        Self { call: "", status: 0, code: String::new(), message, passing }
    }

    pub(super) fn audit() -> Self {
        Self::without_answer("the audit log could not be written, so no further call is made".to_owned(), false)
    }

    pub(super) fn of(self, call: &'static str) -> Self {
        Self { call, ..self }
    }

    /// Source: Azure Storage REST API reference, "Status and error codes".
    pub(super) async fn answered(call: &'static str, response: HttpResponse) -> Self {
        let status = response.status().as_u16();
        let header = response.headers().get("x-ms-error-code").map(str::to_owned);
        let body = text(response).await;
        let between = |tag: &str| {
            let (_, rest) = body.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
        };
        let good = |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
        let code = header.or_else(|| between("Code")).filter(good).unwrap_or_default();
        // The first line; those after it hold the request's id, the time, and what was signed.
        let message = between("Message").and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default();
        Self { call, status, code, message, passing: false }
    }

    fn said(&self) -> String {
        let code = if self.code.is_empty() { format!("HTTP {}", self.status) } else { self.code.clone() };
        match (self.status, self.message.is_empty()) {
            (0, _) => self.message.clone(),
            (_, true) => format!("It answered {code}."),
            (_, false) => format!("It answered {code}: {}", self.message),
        }
    }
}

/// What a failed call means.
pub(super) fn explained(azure: &Azure, origin: &str, container: &BucketName, failed: &Failed) -> Error {
    let account = &azure.storage_account;
    let said = failed.said();
    match (failed.status, failed.code.as_str()) {
        (0, _) => Error::new(Code::AZURE_UNREACHABLE, format!("{origin} does not answer"))
            .why(format!("{said}. Each storage account has a host name of its own, so one that does not exist has no address."))
            .fix(format!(
                "Where the account `{account}` is not there yet, make it:\n  {}\nElse look at `cloud.storageAccount`, `cloud.domain`, and the way there (HTTPS_PROXY, a private endpoint).",
                az_lines_of_account(azure).join("\n  ")
            )),
        (_, "KeyBasedAuthenticationNotPermitted") => Error::new(Code::AZURE_KEYS_OFF, format!("the storage account `{account}` takes no keys"))
            .why(format!("{said} Someone has set `--allow-shared-key-access false`."))
            .fix("Use `identity: workload-identity`; make the containers with the lines of `bucketwright export --as az`, then `bucketwright render`. To allow keys: `az storage account update --allow-shared-key-access true`."),
        (403 | 400, _) if failed.message.contains("failed to authenticate") || failed.code == "InvalidAuthenticationInfo" => Error::new(Code::AZURE_KEY_REFUSED, format!("the storage account `{account}` does not accept the key"))
            .why(format!("{said} A key of another account, one that was renewed, or a clock that is wrong by more than 15 minutes."))
            .fix(format!("Set it again: {}", key_line(azure))),
        (403, _) => Error::new(Code::AZURE_DENIED, format!("the storage account `{account}` refuses {}", failed.call))
            .why(format!("{said} The key was not the reason: a firewall of the account lets in chosen networks only."))
            .fix("Run this from a network that is let in, or add yours: `az storage account network-rule add`."),
        (409, "ContainerBeingDeleted") => Error::new(Code::AZURE_CALL_FAILED, format!("the container `{container}` is being deleted"))
            .why(said)
            .fix("Wait a minute and run the same command, or choose another name."),
        (409, "ContainerAlreadyExists") => Error::new(Code::UNUSABLE_CONTAINER, format!("the container `{container}` was made by someone else meanwhile"))
            .why("It was not there when the plan was made.")
            .fix("Choose another name; or run the same command again to use it as it is."),
        (404, "ContainerNotFound") => Error::new(Code::UNUSABLE_CONTAINER, format!("the container `{container}` does not exist"))
            .why("Nobody has made it yet, or it was removed.")
            .fix("`bucketwright apply` makes it."),
        _ => Error::new(Code::AZURE_CALL_FAILED, format!("{} on `{container}` failed", failed.call))
            .why(said)
            .fix("Run the same command again; what was made stays."),
    }
}
