//! From a failed call to words.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::account::text;
use crate::base::error::{Code, Error};
use crate::clouds::azure::{az_lines_of_account, key_line};
use crate::clouds::call::{CallError, Failure};
use crate::spec::AzureCloud;

/// What an answer says went wrong. Source: Azure Storage REST API reference, "Status and error codes".
pub(super) async fn answered(call: &'static str, container: &str, response: HttpResponse) -> CallError {
    let status = response.status().as_u16();
    let header = response.headers().get("x-ms-error-code").map(str::to_owned);
    let body = text(response).await;
    let between = |tag: &str| {
        let (_, rest) = body.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
    };
    let good = |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let code = header.or_else(|| between("Code")).filter(good).unwrap_or_else(|| format!("HTTP {status}"));
    // The first line; those after it hold the request's id, the time, and what was signed.
    let message = between("Message").and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default();
    let kind = kind(status, &code, &message);
    CallError { call, resource: container.to_owned(), kind, code, message, request_id: None }
}

/// The kind of failure of a status and a code.
fn kind(status: u16, code: &str, message: &str) -> Failure {
    match (status, code) {
        (403 | 400, "InvalidAuthenticationInfo") => Failure::BadCredentials,
        (403 | 400, _) if message.contains("failed to authenticate") => Failure::BadCredentials,
        (403, _) => Failure::Denied,
        (404, _) => Failure::NotFound,
        (409, "ContainerAlreadyExists") => Failure::Exists,
        (409, _) => Failure::Conflict,
        (429 | 503, _) => Failure::Throttled,
        _ => Failure::Other,
    }
}

/// What a failed call means.
pub(super) fn explained(azure: &AzureCloud, origin: &str, error: &CallError) -> Error {
    error.behind(in_words(azure, origin, error))
}

fn in_words(azure: &AzureCloud, origin: &str, error: &CallError) -> Error {
    let CallError { call, resource: container, code, message, .. } = error;
    let account = &azure.storage_account;
    let said = match (error.kind, message.is_empty()) {
        (Failure::NoAnswer, _) => message.clone(),
        (_, true) => format!("It answered {code}."),
        (_, false) => format!("It answered {code}: {message}"),
    };
    match (error.kind, code.as_str()) {
        (Failure::NoAnswer, _) => Error::new(Code::AZURE_UNREACHABLE, format!("{origin} does not answer"))
            .why(format!("{said}. Each storage account has a host name of its own, so one that does not exist has no address."))
            .fix(format!(
                "Where the account `{account}` is not there yet, make it:\n  {}\nElse look at `cloud.storageAccount`, `cloud.domain`, and the way there (HTTPS_PROXY, a private endpoint).",
                az_lines_of_account(azure).join("\n  ")
            )),
        (_, "KeyBasedAuthenticationNotPermitted") => Error::new(Code::AZURE_KEYS_OFF, format!("the storage account `{account}` takes no keys"))
            .why(format!("{said} Someone has set `--allow-shared-key-access false`."))
            .fix("Use `identity: workload-identity`; make the containers with the lines of `bucketwright export --as az`, then `bucketwright render`. To allow keys: `az storage account update --allow-shared-key-access true`."),
        (Failure::BadCredentials, _) => Error::new(Code::AZURE_KEY_REFUSED, format!("the storage account `{account}` does not accept the key"))
            .why(format!("{said} A key of another account, one that was renewed, or a clock that is wrong by more than 15 minutes."))
            .fix(format!("Set it again: {}", key_line(azure))),
        (Failure::Denied, _) => Error::new(Code::AZURE_DENIED, format!("the storage account `{account}` refuses {call}"))
            .why(format!("{said} The key was not the reason: a firewall of the account lets in chosen networks only."))
            .fix("Run this from a network that is let in, or add yours: `az storage account network-rule add`."),
        (Failure::Conflict, "ContainerBeingDeleted") => Error::new(Code::AZURE_CALL_FAILED, format!("the container `{container}` is being deleted"))
            .why(said)
            .fix("Wait a minute and run the same command, or choose another name."),
        (Failure::Exists, _) => Error::new(Code::UNUSABLE_CONTAINER, format!("the container `{container}` was made by someone else meanwhile"))
            .why("It was not there when the plan was made.")
            .fix("Choose another name; or run the same command again to use it as it is."),
        (Failure::NotFound, "ContainerNotFound") => Error::new(Code::UNUSABLE_CONTAINER, format!("the container `{container}` does not exist"))
            .why("Nobody has made it yet, or it was removed.")
            .fix("`bucketwright apply` makes it."),
        _ => Error::new(Code::AZURE_CALL_FAILED, format!("{call} on `{container}` failed"))
            .why(said)
            .fix("Run the same command again; what was made stays."),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::spec::Spec;

    /// Source of the codes: Azure Storage REST API reference, "Common REST API error codes" and "Blob service error codes".
    #[test]
    fn an_answer_has_its_kind_and_stays_behind_the_error() {
        let text = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: azure, subscription: 11111111-2222-3333-4444-555555555555, resourceGroup: acme, storageAccount: acme, location: westeurope}\ninstalls: [{profile: argo-workflows, chartVersion: 1.0.18, identity: static-keys}]\n";
        let spec = Spec::parse("bucketwright.yaml", text).expect("a spec");
        let azure = spec.cloud.azure().expect("Azure");
        for (status, code, kind, shown) in [
            (403, "AuthenticationFailed", Failure::BadCredentials, Code::AZURE_KEY_REFUSED),
            (403, "AuthorizationFailure", Failure::Denied, Code::AZURE_DENIED),
            (403, "KeyBasedAuthenticationNotPermitted", Failure::Denied, Code::AZURE_KEYS_OFF),
            (404, "ContainerNotFound", Failure::NotFound, Code::UNUSABLE_CONTAINER),
            (409, "ContainerAlreadyExists", Failure::Exists, Code::UNUSABLE_CONTAINER),
            (409, "ContainerBeingDeleted", Failure::Conflict, Code::AZURE_CALL_FAILED),
            (503, "ServerBusy", Failure::Throttled, Code::AZURE_CALL_FAILED),
        ] {
            let message =
                if code == "AuthenticationFailed" { "Server failed to authenticate the request." } else { "" };
            let body = format!("<Error><Code>{code}</Code><Message>{message}\nRequestId:1</Message></Error>");
            let response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let error = runtime.block_on(answered("blob:PutBlob", "acme-lfs", response));
            assert_eq!((error.kind, error.code.as_str(), error.message.as_str()), (kind, code, message));
            let made = explained(azure, "https://acme.blob.core.windows.net", &error);
            assert_eq!(made.code(), &shown, "{code}");
            assert_eq!(made.source().expect("a source").to_string(), error.to_string());
        }
    }
}
