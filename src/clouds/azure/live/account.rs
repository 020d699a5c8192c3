//! A storage account over HTTP.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::Format;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::BlobApi;
use super::explain::{answered, explained};
use super::shared_key::Signed;
use crate::base::error::{Code, Error, Result};
use crate::base::names::BucketName;
use crate::base::secret::Secret;
use crate::clouds::audit::Audit;
use crate::clouds::azure::{ContainerObserved, SPEC_METADATA, StoredPolicy};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::limit::limited;
use crate::clouds::retry::{Again, repeated};
use crate::clouds::trial::Objects;
use crate::spec::AzureCloud;

/// The version of the REST API that these calls speak.
const VERSION: &str = "2021-12-02";
/// How long an answer may take. None here is long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A storage account, and one of its keys.
pub struct StorageAccount {
    azure: AzureCloud,
    /// Scheme and host.
    origin: String,
    /// What stands before the container: nothing, or the account on an emulator.
    base: String,
    key: hmac::Key,
    connector: Connector,
    audit: Audit,
}

impl std::fmt::Debug for StorageAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageAccount").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// One request.
struct Request<'a> {
    call: &'static str,
    container: &'a BucketName,
    method: &'static str,
    path: String,
    query: &'a [(&'a str, &'a str)],
    headers: Vec<(String, String)>,
    body: &'a str,
    /// Whether it is signed with the key; without it everybody makes it.
    signed: bool,
}

impl<'a> Request<'a> {
    /// A request about a container, or a blob in it.
    fn new(call: &'static str, method: &'static str, container: &'a BucketName, blob: Option<&str>) -> Self {
        let path = blob.map_or_else(|| format!("/{container}"), |blob| format!("/{container}/{blob}"));
        Self { call, container, method, path, query: &[], headers: Vec::new(), body: "", signed: true }
    }
}

/// A request that got no answer.
struct Unanswered {
    why: String,
    /// Whether another attempt may help.
    passing: bool,
}

impl Unanswered {
    fn of(self, request: &Request<'_>) -> CallError {
        CallError {
            call: request.call,
            resource: request.container.to_string(),
            kind: Failure::NoAnswer,
            code: String::new(),
            message: self.why,
            request_id: None,
        }
    }
}

impl StorageAccount {
    /// The account of a spec. `endpoint` is another address than its own, such as an emulator's.
    ///
    /// # Errors
    /// `BW1621` when the key is not base64, `BW0209` for an endpoint that is none.
    pub fn new(azure: &AzureCloud, endpoint: Option<&str>, key: &Secret) -> Result<Self> {
        let own = format!("https://{}.blob.{}", azure.storage_account, azure.domain);
        let address = endpoint.unwrap_or(&own).trim_end_matches('/');
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let (host, base) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        let here = host.starts_with("127.0.0.1:") || host.starts_with("localhost:") || host.starts_with("[::1]:");
        if host.is_empty() || !(scheme == "https" || (scheme == "http" && here)) {
            return Err(Error::new(
                Code::BAD_ENDPOINT,
                "AZURE_STORAGE_SERVICE_ENDPOINT is not an address to send data to",
            )
            .why("It is an https:// address, or http:// for an emulator on this machine.")
            .fix("Unset it to use the storage account's own address, or correct it."));
        }
        let bytes = STANDARD.decode(key.expose().trim()).map(Zeroizing::new).map_err(|_| {
            Error::new(Code::AZURE_KEY_REFUSED, "what is given as the storage account's key is none")
                .why("A key is base64; this text is not. It is not repeated here.")
                .fix(format!("Set it with: {}", crate::clouds::azure::key_line(azure)))
        })?;
        let connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .build();
        Ok(Self {
            azure: azure.clone(),
            origin: format!("{scheme}://{host}"),
            base,
            key: hmac::Key::new(hmac::HMAC_SHA256, &bytes),
            connector,
            audit: Audit::default(),
        })
    }

    /// Writes a line for each request.
    #[must_use]
    pub fn audited(self, file: Option<Box<dyn Write + Send>>) -> Self {
        if let Some(file) = file {
            self.audit.write_to(file);
        }
        self
    }

    /// Makes a request, again where it may help. All of them may be repeated.
    async fn answer(&self, request: Request<'_>) -> Answer<HttpResponse> {
        let request = &request;
        repeated(async |attempt| self.attempt(request, attempt).await).await
    }

    async fn attempt(
        &self,
        request: &Request<'_>,
        attempt: u32,
    ) -> std::result::Result<HttpResponse, (CallError, Again)> {
        if self.audit.failed() {
            let why = "the audit log could not be written, so no further call is made".to_owned();
            return Err((Unanswered { why, passing: false }.of(request), Again::Never));
        }
        let answer = self.once(request).await;
        self.audit.note(request.call, request.path.trim_start_matches('/'), attempt, answer.as_ref().ok());
        let response = answer.map_err(|unanswered| {
            let again = if unanswered.passing { Again::Soon } else { Again::Never };
            (unanswered.of(request), again)
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let again = Again::after(response.status().as_u16(), true, response.headers().get("retry-after"));
        Err((answered(request.call, request.container.as_str(), response).await, again))
    }

    async fn once(&self, request: &Request<'_>) -> std::result::Result<HttpResponse, Unanswered> {
        let date = DateTime::from(SystemTime::now()).fmt(Format::HttpDate).unwrap_or_default();
        let path = format!("{}{}", self.base, request.path);
        let mut headers: BTreeMap<String, String> = request.headers.iter().cloned().collect();
        headers.insert("x-ms-date".to_owned(), date);
        headers.insert("x-ms-version".to_owned(), VERSION.to_owned());
        let content_type = if request.body.is_empty() { "" } else { "text/plain" };
        let signed = Signed {
            method: request.method,
            path: &path,
            query: request.query,
            headers: &headers,
            length: request.body.len(),
            content_type,
        };
        if request.signed {
            let account = self.azure.storage_account.as_str();
            headers.insert("authorization".to_owned(), signed.authorization(account, &self.key));
        }
        let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut sent = HttpRequest::new(SdkBody::from(request.body));
        let form = |error: &dyn std::fmt::Display| Unanswered { why: error.to_string(), passing: false };
        sent.set_method(request.method).map_err(|error| form(&error))?;
        sent.set_uri(format!("{}{path}{mark}{}", self.origin, query.join("&"))).map_err(|error| form(&error))?;
        headers.insert("content-length".to_owned(), request.body.len().to_string());
        if !content_type.is_empty() {
            headers.insert("content-type".to_owned(), content_type.to_owned());
        }
        for (name, value) in headers {
            let _ = sent.headers_mut().try_insert(name, value).map_err(|error| form(&error))?;
        }
        match tokio::time::timeout(PATIENCE, self.connector.call(sent)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Unanswered { why: chain(&error), passing: !error.is_user() }),
            Err(_) => Err(Unanswered { why: "no answer within 30 seconds".to_owned(), passing: false }),
        }
    }

    fn explained(&self, error: &CallError) -> Error {
        explained(&self.azure, &self.origin, error)
    }
}

/// An error with what lies below it.
fn chain(error: &dyn std::error::Error) -> String {
    let next = std::iter::successors(Some(error), |error| error.source());
    next.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

const CONTAINER: [(&str, &str); 1] = [("restype", "container")];

impl BlobApi for StorageAccount {
    async fn container(&self, name: &BucketName) -> Result<ContainerObserved> {
        let call = "blob:GetContainerProperties";
        let found = match self.answer(Request { query: &CONTAINER, ..Request::new(call, "GET", name, None) }).await {
            Ok(response) => response,
            Err(error) if error.kind == Failure::NotFound && error.code != "ResourceNotFound" => {
                return Ok(ContainerObserved::Absent);
            }
            Err(error) => return Err(self.explained(&error)),
        };
        let header = |name: &str| found.headers().get(name).map(str::to_owned);
        let query = [("comp", "acl"), ("restype", "container")];
        let request = Request { query: &query, ..Request::new("blob:GetContainerACL", "GET", name, None) };
        let policies = text(self.answer(request).await.map_err(|error| self.explained(&error))?).await;
        Ok(ContainerObserved::There {
            spec: header(&format!("x-ms-meta-{SPEC_METADATA}")),
            public: header("x-ms-blob-public-access").is_some(),
            policies: StoredPolicy::all(&policies),
        })
    }

    async fn anonymous(&self, name: &BucketName) -> Option<bool> {
        let call = "blob:GetContainerProperties";
        let request = Request { query: &CONTAINER, signed: false, ..Request::new(call, "GET", name, None) };
        match self.answer(request).await {
            Ok(_) => Some(true),
            Err(error) if error.code == "PublicAccessNotPermitted" => Some(false),
            // The account lets everybody ask; the container answers nobody.
            Err(error) if error.code == "ResourceNotFound" => Some(true),
            Err(_) => None,
        }
    }

    async fn create(&self, name: &BucketName, spec: &str) -> Result<()> {
        let headers = vec![(format!("x-ms-meta-{SPEC_METADATA}"), spec.to_owned())];
        let request = Request { query: &CONTAINER, headers, ..Request::new("blob:CreateContainer", "PUT", name, None) };
        let Err(error) = self.answer(request).await else { return Ok(()) };
        // A repeated call finds what the first one made: its metadata tells.
        if error.kind == Failure::Exists
            && let ContainerObserved::There { spec: Some(found), .. } = self.container(name).await?
            && found == spec
        {
            return Ok(());
        }
        Err(self.explained(&error))
    }
}

impl Objects for StorageAccount {
    async fn put(&self, container: &BucketName, blob: &str, body: &str) -> Answer<()> {
        let headers = vec![("x-ms-blob-type".to_owned(), "BlockBlob".to_owned())];
        let request = Request { headers, body, ..Request::new("blob:PutBlob", "PUT", container, Some(blob)) };
        self.answer(request).await.map(drop)
    }

    async fn get(&self, container: &BucketName, blob: &str) -> Answer<String> {
        let response = self.answer(Request::new("blob:GetBlob", "GET", container, Some(blob))).await?;
        Ok(text(response).await)
    }

    async fn list(&self, container: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        let query = [("comp", "list"), ("prefix", prefix), ("restype", "container")];
        let request = Request { query: &query, ..Request::new("blob:ListBlobs", "GET", container, None) };
        let page = text(self.answer(request).await?).await;
        let names = page.split("<Name>").skip(1).filter_map(|rest| rest.split_once("</Name>"));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    async fn delete(&self, container: &BucketName, blob: &str) -> Answer<()> {
        match self.answer(Request::new("blob:DeleteBlob", "DELETE", container, Some(blob))).await {
            // An earlier attempt may have removed it, and its answer was lost; gone it is in any case.
            Err(error) if error.code == "BlobNotFound" => Ok(()),
            other => other.map(drop),
        }
    }
}

/// The body; what cannot be read is not what was sent, and the caller compares.
pub(super) async fn text(response: HttpResponse) -> String {
    let body = ByteStream::new(limited(response.into_body())).collect().await;
    body.map(|body| String::from_utf8_lossy(&body.into_bytes()).into_owned()).unwrap_or_default()
}
