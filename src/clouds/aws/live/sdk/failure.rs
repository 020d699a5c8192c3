//! From the SDK's errors to [`CallError`]: one table of codes, one of statuses.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;

use crate::base::error::masked;
use crate::base::names::{Partition, Region};
use crate::clouds::call::{Answer, CallError, Failure};

/// The regions that every account of the commercial partition may use; the others must be enabled first.
///
/// Source: AWS Account Management guide, "Enable or disable AWS Regions" (regions opened before 2019-03-20).
const ALWAYS_ENABLED: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
];

/// Whether an account must enable the region before it can be used.
pub(super) fn is_opt_in(region: &Region) -> bool {
    region.partition() == Partition::Aws && !ALWAYS_ENABLED.contains(&region.as_str())
}

/// A call that is being made: what its error will name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    name: &'static str,
    resource: &'a str,
    region: Option<&'a Region>,
}

impl<'a> Call<'a> {
    /// A call by its name, such as `s3:CreateBucket`, and what it is about.
    pub(super) fn on(name: &'static str, resource: &'a str) -> Self {
        Self { name, resource, region: None }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        self.name
    }

    /// Says which region the call goes to; without it the call goes to a partition's global endpoint.
    pub(super) fn in_region(self, region: &'a Region) -> Self {
        Self { region: Some(region), ..self }
    }

    /// A failure that the service has not named.
    pub(super) fn failed(self, kind: Failure, message: impl Into<String>) -> CallError {
        CallError {
            call: self.name,
            resource: self.resource.to_owned(),
            kind,
            code: String::new(),
            message: message.into(),
            request_id: None,
        }
    }

    /// Arguments that the SDK refuses to send.
    pub(super) fn malformed(self, error: &BuildError) -> CallError {
        self.failed(Failure::Malformed, error.to_string())
    }

    /// An answer that came, but does not hold what the API promises.
    pub(super) fn odd(self, what: impl Into<String>) -> CallError {
        self.failed(Failure::Other, what)
    }

    /// What the SDK's error means.
    pub(super) fn error<E>(self, error: &SdkError<E, HttpResponse>) -> CallError
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let status = status(error);
        if let Some(what) = error.raw_response().and_then(|answer| not_the_service(answer, error.code().is_some())) {
            return CallError { request_id, ..self.failed(Failure::NotTheService, what) };
        }
        match error {
            SdkError::ServiceError(_) if status >= 300 => {
                let code = error.code().unwrap_or_default();
                let kind = by_code(code, self.region).unwrap_or_else(|| by_status(status));
                let message = error.message().map_or_else(|| format!("HTTP status {status}"), first_line);
                CallError { code: code.to_owned(), request_id, ..self.failed(kind, message) }
            }
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
                let kind = match by_status(status) {
                    Failure::Other => Failure::NoAnswer,
                    kind => kind,
                };
                // The source may quote the body, so it is not repeated.
                let message = format!("the answer (HTTP status {status}) could not be read");
                CallError { request_id, ..self.failed(kind, message) }
            }
            SdkError::ConstructionFailure(_) => without_answer(self, Failure::Malformed, error.source()),
            SdkError::DispatchFailure(_) => {
                without_answer(self, Failure::NoAnswer, error.source().and_then(StdError::source))
            }
            _ => without_answer(self, Failure::NoAnswer, error.source()),
        }
    }
}

/// Turns the SDK's answer into ours.
pub(super) trait ToAnswer<T> {
    /// The answer to this call.
    fn answer(self, call: Call<'_>) -> Answer<T>;
}

impl<T, E: ProvideErrorMetadata + StdError + 'static> ToAnswer<T> for Result<T, SdkError<E, HttpResponse>> {
    fn answer(self, call: Call<'_>) -> Answer<T> {
        self.map_err(|error| call.error(&error))
    }
}

/// `None` when the service answered with one of the codes that say "there is none".
pub(super) fn if_any<T>(answer: Answer<T>, absences: &[&str]) -> Answer<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if absences.contains(&error.code.as_str()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The answer's HTTP status; 0 when there was none.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> u16 {
    error.raw_response().map_or(0, |response| response.status().as_u16())
}

/// What answered instead of the service, in words: a page, or a redirect to one. An error of the service has a code, or its marks in
/// the headers; what a gateway says of an overload is waited for as of the service itself, and 400 is what a port for TLS says to plain
/// HTTP.
fn not_the_service(answer: &HttpResponse, coded: bool) -> Option<String> {
    let header = |name: &str| answer.headers().get(name);
    let status = answer.status().as_u16();
    let marks = ["x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region", "x-amzn-requestid"];
    if coded || marks.iter().any(|name| header(name).is_some()) || [400, 408, 429, 500, 502, 503, 504].contains(&status)
    {
        return None;
    }
    let kind = header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_page = ["text/html", "application/xhtml+xml", "text/plain", "application/json"].contains(&kind);
    let place = header("location").filter(|_| (300..400).contains(&status));
    if !is_page && place.is_none() && status != 405 {
        return None;
    }
    let kind =
        if kind.is_empty() { "no content type".to_owned() } else { format!("content type `{}`", first_line(kind)) };
    let place = place.map(|place| format!(", to {}", without_secrets(place))).unwrap_or_default();
    Some(format!("HTTP status {status}, {kind}{place}"))
}

/// An address without login and query, which may hold a secret.
fn without_secrets(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let shown = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
            format!("{scheme}://{}{path}", host.rsplit_once('@').map_or(host, |(_, host)| host))
        }
        None => address.to_owned(),
    };
    first_line(&shown)
}

/// The kind of failure that a service's code stands for, when it is a known one.
///
/// Source: the error lists of the S3, IAM, STS and EKS API references.
fn by_code(code: &str, region: Option<&Region>) -> Option<Failure> {
    Some(match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Failure::Expired,
        // Opt-in regions refuse this way what they do not know: the account, or a token of the global STS endpoint.
        "InvalidToken" if region.is_some_and(is_opt_in) => Failure::RegionDisabled,
        "RegionDisabledException" | "OptInRequired" => Failure::RegionDisabled,
        "InvalidToken"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestTimeTooSkewed"
        | "RequestInTheFuture"
        | "RequestExpired" => Failure::BadCredentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "UnauthorizedAccess"
        | "NotSignedUp"
        | "AccountProblem"
        | "AllAccessDisabled"
        | "MethodNotAllowed" => Failure::Denied,
        "NoSuchEntity"
        | "NoSuchEntityException"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NoSuchUpload"
        | "NotFound"
        | "ResourceNotFoundException" => Failure::NotFound,
        "EntityAlreadyExists"
        | "EntityAlreadyExistsException"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "ResourceExistsException"
        | "ResourceInUseException" => Failure::Exists,
        "LimitExceeded" | "LimitExceededException" | "TooManyBuckets" | "ResourceLimitExceededException" => {
            Failure::Limit
        }
        "OperationAborted"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "EntityTemporarilyUnmodifiable"
        | "DeleteConflict" => Failure::Conflict,
        "SlowDown"
        | "TooManyRequests"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "ServiceUnavailable" => Failure::Throttled,
        code if code.starts_with("Throttl") => Failure::Throttled,
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "Redirect"
        | "IllegalLocationConstraintException"
        | "InvalidLocationConstraint"
        | "AuthorizationHeaderMalformed" => Failure::WrongRegion,
        "MalformedPolicyDocument"
        | "MalformedPolicy"
        | "MalformedXML"
        | "InvalidRequest"
        | "InvalidRequestException"
        | "InvalidArgument"
        | "InvalidInput"
        | "InvalidBucketName"
        | "InvalidTag"
        | "InvalidPolicyDocument"
        | "InvalidParameterException"
        | "ValidationError"
        | "ValidationException" => Failure::Malformed,
        "NotImplemented" | "XNotImplemented" => Failure::NotImplemented,
        "RequestTimeout" => Failure::NoAnswer,
        _ => return None,
    })
}

/// The kind of failure when the code does not tell.
///
/// After a 500, as after no answer at all, it is not known whether the call took effect.
pub(super) fn by_status(status: u16) -> Failure {
    match status {
        301 | 307 => Failure::WrongRegion,
        401 | 403 => Failure::Denied,
        404 => Failure::NotFound,
        429 | 503 => Failure::Throttled,
        501 => Failure::NotImplemented,
        408 | 500 | 502 | 504 => Failure::NoAnswer,
        _ => Failure::Other,
    }
}

/// A failure on this side of the wire: no credentials, no connection, no answer in time.
fn without_answer(call: Call<'_>, otherwise: Failure, error: Option<&(dyn StdError + 'static)>) -> CallError {
    let chain: Vec<&(dyn StdError + 'static)> = std::iter::successors(error, |&error| error.source()).collect();
    // What only says that a cause follows is left out.
    let telling = chain.iter().filter(|error| !error.is::<CredentialsError>() || error.source().is_none());
    let mut words: Vec<String> = telling.map(|error| first_line(&error.to_string())).collect();
    words.dedup();
    let message = words.join(": ");
    let kind = match chain.iter().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        Some(_) if message.to_lowercase().contains("expired") => Failure::Expired,
        Some(_) => Failure::NoCredentials,
        None => otherwise,
    };
    call.failed(kind, message)
}

/// The first line: the rest may quote the signed request, session token included, or list where credentials were sought.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end();
    // What a `credential_process` says may hold the secret itself.
    masked(line.strip_suffix(" Attempted:").unwrap_or(line))
}
