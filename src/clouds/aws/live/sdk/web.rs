//! S3 as those see it who hold no key: by a presigned URL, and a browser before it reaches a bucket from a page.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::failure::{Call, ToAnswer, by_status};
use super::recorder::Recorder;
use super::settings::connector;
use crate::base::names::BucketName;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::limit::limited;
use crate::model::proof::Preflight;

/// How long a presigned URL can be used, and a request may take.
const WHILE: Duration = Duration::from_secs(30);

/// What is used where a request goes past the SDK's clients.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) recorder: Recorder,
    /// Certificates to be trusted beside the machine's own.
    pub(super) authority: Option<String>,
}

/// The URL of an object for whoever holds it, with the headers that were signed along. It is as good as a key while it lasts,
/// so it is never shown.
pub(super) async fn presigned(
    client: &Client,
    call: Call<'_>,
    bucket: &BucketName,
    key: &str,
) -> Answer<PresignedRequest> {
    let config = PresigningConfig::expires_in(WHILE).map_err(|error| call.odd(error.to_string()))?;
    client.get_object().bucket(bucket.as_str()).key(key).presigned(config).await.answer(call)
}

/// What a GET of a URL gives.
pub(super) async fn get(past: &Past, call: Call<'_>, signed: &PresignedRequest) -> Answer<String> {
    let mut asked = request(call, signed.uri())?;
    for (name, value) in signed.headers() {
        let set = asked.headers_mut().try_insert(name.to_owned(), value.to_owned());
        set.map_err(|error| call.odd(error.to_string()))?;
    }
    let answer = send(past, call, asked).await?;
    let (status, code) = (answer.status().as_u16(), crate::clouds::audit::outcome(&answer));
    if status != 200 {
        return Err(CallError { code, ..call.failed(by_status(status), format!("HTTP status {status}")) });
    }
    let text = answer.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.map(str::to_owned).ok_or_else(|| call.odd("the object is not text"))
}

/// Whether a browser on a page of the origin may use the method. Source: Amazon S3 User Guide, "How does Amazon S3
/// evaluate the CORS configuration on a bucket?": the answer is 200 with the origin, or 403.
pub(super) async fn preflight(past: &Past, call: Call<'_>, url: &str, question: &Preflight) -> Answer<()> {
    let mut asked = request(call, url)?;
    let odd = |error: aws_smithy_runtime_api::http::HttpError| call.odd(error.to_string());
    asked.set_method("OPTIONS").map_err(odd)?;
    asked.headers_mut().try_insert("origin", question.origin.clone()).map_err(odd)?;
    asked.headers_mut().try_insert("access-control-request-method", question.method.clone()).map_err(odd)?;
    let answer = send(past, call, asked).await?;
    let header = |name: &str| answer.headers().get(name).unwrap_or_default().to_owned();
    let origin = header("access-control-allow-origin");
    let methods = header("access-control-allow-methods");
    let named = methods.split(',').any(|method| method.trim().eq_ignore_ascii_case(&question.method));
    if answer.status().as_u16() == 200 && (origin == "*" || origin == question.origin) && named {
        return Ok(());
    }
    let message = format!("{} from {} is not among the bucket's CORS rules", question.method, question.origin);
    Err(CallError { code: "AccessForbidden".to_owned(), ..call.failed(Failure::Denied, message) })
}

fn request(call: Call<'_>, url: &str) -> Answer<HttpRequest> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).map_err(|_| call.odd("the SDK made no URL"))?;
    Ok(request)
}

/// Sends a request past the SDK's signing, with the SDK's own connector, and its line in the audit log.
async fn send(past: &Past, call: Call<'_>, request: HttpRequest) -> Answer<HttpResponse> {
    let resource = past.recorder.unsigned(&request).map_err(|why| call.failed(Failure::NoAnswer, why))?;
    let answer = match past.authority.as_deref().and_then(connector) {
        Some(connector) => tokio::time::timeout(WHILE, whole(&connector, request)).await,
        None => {
            let usual = default_connector(&HttpConnectorSettings::builder().build(), None);
            let connector = usual.ok_or_else(|| call.odd("there is no HTTP client"))?;
            tokio::time::timeout(WHILE, whole(&connector, request)).await
        }
    };
    let answer = match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(call.failed(Failure::NoAnswer, why)),
        Err(_) => Err(call.failed(Failure::NoAnswer, "no answer in time")),
    };
    past.recorder.audit.note(call.name(), &resource, 1, answer.as_ref().ok());
    answer
}

/// An answer with its body read.
async fn whole(connector: &impl HttpConnector, request: HttpRequest) -> Result<HttpResponse, &'static str> {
    const BROKEN: &str = "the connection could not be made or broke off";
    // The error may quote the URL, which is a secret: only that there was one is told.
    let mut answer = connector.call(request).await.map_err(|_| BROKEN)?;
    let body = ByteStream::new(limited(answer.take_body())).collect().await.map_err(|_| BROKEN)?;
    *answer.body_mut() = SdkBody::from(body.to_vec());
    Ok(answer)
}
