//! Google Cloud over HTTP: one client, the one that the AWS SDK brings, for the documented JSON APIs.

mod calls;
mod credentials;
mod objects;
mod removals;
mod sign;

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use self::credentials::Credentials;
use super::api::Answer;
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::clouds::audit::Audit;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::limit::limited;
use crate::clouds::retry::{Again, Pace, repeated};
use crate::spec::GcpCloud;

/// How often a project may make or delete a bucket. Source: Cloud Storage, "Quotas and limits": about one request every two seconds.
const BUCKETS_APART: Duration = Duration::from_secs(2);

/// Where the APIs are. gcloud's own variables say so where it is not Google.
///
/// Source: gcloud reference, "gcloud config set", `api_endpoint_overrides`.
#[derive(Clone, Debug)]
struct Addresses {
    storage: String,
    iam: String,
    projects: String,
}

impl Addresses {
    fn from_environment() -> Self {
        let address = |name: &str, usual: &str| {
            let set = std::env::var(format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}")).ok();
            set.filter(|text| !text.is_empty())
                .map_or_else(|| usual.to_owned(), |text| text.trim_end_matches('/').to_owned())
        };
        Self {
            storage: address("STORAGE", "https://storage.googleapis.com"),
            iam: address("IAM", "https://iam.googleapis.com"),
            projects: address("CLOUDRESOURCEMANAGER", "https://cloudresourcemanager.googleapis.com"),
        }
    }
}

/// A project of Google Cloud.
#[derive(Debug)]
pub struct Google {
    http: Http,
    project: String,
    credentials: Credentials,
    addresses: Addresses,
    /// Of calls that make or delete buckets.
    pace: Rc<Pace>,
}

/// The client; clones share its connections.
#[derive(Clone, Debug)]
struct Http {
    connector: SharedHttpConnector,
    audit: Audit,
}

/// A request, before it is signed.
struct Request<'a> {
    call: &'static str,
    about: &'a str,
    method: &'static str,
    url: String,
    body: Option<Body>,
    /// The project that pays, where the credentials name one. Source: Cloud APIs, "System parameters", `x-goog-user-project`.
    payer: Option<&'a str>,
    /// Whether it must not be made a second time where the first may have taken effect.
    once: bool,
}

/// What a request carries.
enum Body {
    Json(Value),
    Form(String),
    Text(String),
}

impl Google {
    /// The project of a spec, as whoever the environment's credentials are.
    ///
    /// # Errors
    /// `BW1520` when there are none, `BW1521` when they cannot be read.
    pub fn connect(gcp: &GcpCloud, audit: Option<Box<dyn Write + Send>>) -> Result<Self> {
        let connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env())
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .connector_settings(
                HttpConnectorSettings::builder()
                    .connect_timeout(Duration::from_secs(10))
                    .read_timeout(Duration::from_mins(1))
                    .build(),
            )
            .build();
        let http = Http { connector: SharedHttpConnector::new(connector), audit: Audit::default() };
        if let Some(file) = audit {
            http.audit.write_to(file);
        }
        let credentials = Credentials::of_the_environment()?;
        let (addresses, pace) = (Addresses::from_environment(), Rc::new(Pace::every(BUCKETS_APART)));
        Ok(Self { http, project: gcp.project.to_string(), credentials, addresses, pace })
    }

    /// Sends a request as the caller.
    async fn send(&self, request: Request<'_>) -> Answer<Value> {
        let token = self.credentials.token(&self.http).await?;
        let request = Request { payer: self.credentials.payer.as_deref(), ..request };
        let text = self.http.send(request, Some(&token)).await?;
        // An answer without a document, such as that of a deletion, is null.
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

impl Http {
    /// Sends a request, and again where that may help; gives the text of a good answer.
    async fn send(&self, request: Request<'_>, token: Option<&Secret>) -> Answer<String> {
        let request = &request;
        repeated(async |attempt| match self.attempt(request, token, attempt).await {
            // A repeated deletion that finds nothing: the first attempt did it.
            Err((error, _)) if attempt > 1 && request.method == "DELETE" && error.kind == Failure::NotFound => {
                Ok(String::new())
            }
            answer => answer,
        })
        .await
    }

    async fn attempt(
        &self,
        request: &Request<'_>,
        token: Option<&Secret>,
        attempt: u32,
    ) -> std::result::Result<String, (CallError, Again)> {
        if self.audit.failed() {
            let why = "the audit log cannot be written, so no further call is made";
            return Err((request.failed(Failure::Other, why.to_owned()), Again::Never));
        }
        let http = request.http(token).map_err(|error| (error, Again::Never))?;
        let answer = self.connector.call(http).await;
        self.audit.note(request.call, request.about, attempt, answer.as_ref().ok());
        let unanswered = if request.once { Again::Never } else { Again::Soon };
        let response = answer.map_err(|error| (request.failed(Failure::NoAnswer, causes(&error)), unanswered))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").map(str::to_owned);
        let body = ByteStream::new(limited(response.into_body())).collect().await;
        let bytes = body.map_err(|error| (request.failed(Failure::NoAnswer, error.to_string()), unanswered))?;
        let text = String::from_utf8_lossy(&bytes.into_bytes()).into_owned();
        if (200..300).contains(&status) {
            return Ok(text);
        }
        let error = failure(request.call, request.about, status, &text);
        // A quota is told with 403, too.
        let as_status = if error.kind == Failure::Throttled { 429 } else { status };
        let again = Again::after(as_status, !request.once, retry_after.as_deref());
        Err((error, again))
    }
}

impl Request<'_> {
    fn failed(&self, kind: Failure, message: String) -> CallError {
        let (resource, code) = (self.about.to_owned(), String::new());
        CallError { call: self.call, resource, kind, code, message, request_id: None }
    }

    /// The request as it is sent.
    fn http(&self, token: Option<&Secret>) -> Answer<HttpRequest> {
        let (kind, text) = match &self.body {
            None => (None, String::new()),
            Some(Body::Json(value)) => (Some("application/json"), value.to_string()),
            Some(Body::Form(text)) => (Some("application/x-www-form-urlencoded"), text.clone()),
            Some(Body::Text(text)) => (Some("text/plain; charset=utf-8"), text.clone()),
        };
        let mut http = HttpRequest::new(SdkBody::from(text));
        let malformed = |_| self.failed(Failure::Malformed, "the request could not be put together".to_owned());
        http.set_method(self.method).map_err(|error| malformed(error.to_string()))?;
        http.set_uri(self.url.as_str()).map_err(|error| malformed(error.to_string()))?;
        let headers = http.headers_mut();
        headers.insert("user-agent", concat!("bucketwright/", env!("CARGO_PKG_VERSION")));
        if let Some(kind) = kind {
            headers.insert("content-type", kind);
        } else if self.method != "GET" && self.method != "DELETE" {
            headers.insert("content-length", "0");
        }
        if let Some(token) = token {
            let value = format!("Bearer {}", token.expose());
            headers.try_insert("authorization", value).map_err(|error| malformed(error.to_string()))?;
            if let Some(payer) = self.payer {
                headers
                    .try_insert("x-goog-user-project", payer.to_owned())
                    .map_err(|error| malformed(error.to_string()))?;
            }
        }
        Ok(http)
    }
}

/// An error with all its causes: the outermost seldom says what is wrong.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        cause = error.source();
    }
    words.join(": ")
}

/// From a status and a body to a failure.
///
/// Source: Cloud APIs, "Errors" (`error.status`, `error.details[].reason`); Cloud Storage, "HTTP status and error codes for
/// JSON" (`error.errors[].reason`); RFC 6749 (`error`, `error_description`).
fn failure(call: &'static str, about: &str, status: u16, text: &str) -> CallError {
    let body: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let error = &body["error"];
    let details = || error["details"].as_array().into_iter().flatten();
    let code = details()
        .find_map(|detail| detail["reason"].as_str())
        .or_else(|| error["errors"][0]["reason"].as_str())
        .or_else(|| error["status"].as_str())
        .or_else(|| error.as_str())
        .map_or_else(|| format!("HTTP {status}"), str::to_owned);
    let message = error["message"].as_str().or_else(|| body["error_description"].as_str()).unwrap_or_default();
    let kind = match (status, code.as_str()) {
        (_, "invalid_grant" | "invalid_client" | "unauthorized_client") | (401, _) => Failure::BadCredentials,
        (403, "rateLimitExceeded" | "userRateLimitExceeded" | "RATE_LIMIT_EXCEEDED") | (429, _) => Failure::Throttled,
        (403, _) => Failure::Denied,
        (404, _) => Failure::NotFound,
        // An organisation's policy is told with the statuses of a precondition, and in its own words.
        (400 | 412, _) if is_forbidden(message) => Failure::Denied,
        (409, "ABORTED") | (412, _) => Failure::Conflict,
        (409, _) if call.ends_with("setIamPolicy") => Failure::Conflict,
        (409, _) => Failure::Exists,
        (400, _) if message.contains("Precondition check failed") => Failure::Conflict,
        (400, _) => Failure::Malformed,
        (408 | 500..=504, _) => Failure::Unavailable,
        _ => Failure::Other,
    };
    CallError { call, resource: about.to_owned(), kind, code, message: message.to_owned(), request_id: None }
}

/// Whether a message tells of a policy of the organisation. Source: Organization Policy documentation, "Constraints" and "Restricting
/// identities by domain"; Cloud Storage, "Organization policy constraints".
fn is_forbidden(message: &str) -> bool {
    ["constraint", "permitted customer", "organization policy"].iter().any(|word| message.to_lowercase().contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_failures() {
        let kind = |status, body: &str| failure("iam.serviceAccounts.setIamPolicy", "x", status, body).kind;
        assert_eq!(kind(409, r#"{"error":{"status":"ABORTED","message":"concurrent"}}"#), Failure::Conflict);
        assert_eq!(kind(412, r#"{"error":{"errors":[{"reason":"conditionNotMet"}]}}"#), Failure::Conflict);
        assert_eq!(kind(403, r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#), Failure::Throttled);
        let forbidden = r#"{"error":{"errors":[{"reason":"conditionNotMet"}],"message":"'us' violates constraint 'constraints/gcp.resourceLocations'"}}"#;
        assert_eq!(kind(412, forbidden), Failure::Denied);
        let domain = r#"{"error":{"status":"FAILED_PRECONDITION","message":"One or more users named in the policy do not belong to a permitted customer."}}"#;
        assert_eq!(kind(400, domain), Failure::Denied);
        assert_eq!(kind(400, r#"{"error":"invalid_grant","error_description":"gone"}"#), Failure::BadCredentials);
        assert_eq!(kind(502, "<html>"), Failure::Unavailable);
        let off = r#"{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#;
        let off = failure("iam.serviceAccounts.get", "x", 403, off);
        assert_eq!((off.kind, off.code.as_str()), (Failure::Denied, "SERVICE_DISABLED"));
    }
}
