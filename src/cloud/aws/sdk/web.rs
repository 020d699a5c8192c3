//! S3 as those see it who hold no key: by a presigned URL, and a browser before it reaches a bucket from a page.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::failure::{Call, ToAnswer, by_status};
use super::recorder::Recorder;
use crate::cloud::aws::api::Answer;
use crate::cloud::aws::call::{CallError, Failure};
use crate::names::BucketName;
use crate::proof::Preflight;

/// How long a presigned URL can be used, and a request may take.
const WHILE: Duration = Duration::from_secs(30);

/// The URL of an object for whoever holds it. It is as good as a key while it lasts, so it is never shown.
pub(super) async fn presigned(client: &Client, call: Call<'_>, bucket: &BucketName, key: &str) -> Answer<String> {
    let config = PresigningConfig::expires_in(WHILE).map_err(|error| call.odd(error.to_string()))?;
    let get = client.get_object().bucket(bucket.as_str()).key(key).presigned(config).await;
    Ok(get.answer(call)?.uri().to_owned())
}

/// What a GET of a URL gives.
pub(super) async fn get(recorder: &Recorder, call: Call<'_>, url: &str) -> Answer<String> {
    let answer = send(recorder, call, request(call, url)?).await?;
    let (status, code) = (answer.status().as_u16(), super::audit::outcome(&answer));
    if status != 200 {
        return Err(CallError { code, ..call.failed(by_status(status), format!("HTTP status {status}")) });
    }
    let text = answer.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.map(str::to_owned).ok_or_else(|| call.odd("the object is not text"))
}

/// Whether a browser on a page of the origin may use the method. Source: Amazon S3 User Guide, "How does Amazon S3
/// evaluate the CORS configuration on a bucket?": the answer is 200 with the origin, or 403.
pub(super) async fn preflight(recorder: &Recorder, call: Call<'_>, url: &str, question: &Preflight) -> Answer<()> {
    let mut asked = request(call, url)?;
    let odd = |error: aws_smithy_runtime_api::http::HttpError| call.odd(error.to_string());
    asked.set_method("OPTIONS").map_err(odd)?;
    asked.headers_mut().try_insert("origin", question.origin.clone()).map_err(odd)?;
    asked.headers_mut().try_insert("access-control-request-method", question.method.clone()).map_err(odd)?;
    let answer = send(recorder, call, asked).await?;
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
async fn send(recorder: &Recorder, call: Call<'_>, request: HttpRequest) -> Answer<HttpResponse> {
    let resource = recorder.unsigned(&request).map_err(|why| call.failed(Failure::NoAnswer, why))?;
    let connector = default_connector(&HttpConnectorSettings::builder().build(), None)
        .ok_or_else(|| call.odd("there is no HTTP client"))?;
    let answer = tokio::time::timeout(WHILE, whole(&connector, request)).await;
    let answer = match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(call.failed(Failure::NoAnswer, why)),
        Err(_) => Err(call.failed(Failure::NoAnswer, "no answer in time")),
    };
    recorder.audit.note(call.name(), &resource, 1, answer.as_ref().ok());
    answer
}

/// An answer with its body read.
async fn whole(connector: &impl HttpConnector, request: HttpRequest) -> Result<HttpResponse, &'static str> {
    const BROKEN: &str = "the connection could not be made or broke off";
    // The error may quote the URL, which is a secret: only that there was one is told.
    let mut answer = connector.call(request).await.map_err(|_| BROKEN)?;
    let body = ByteStream::new(answer.take_body()).collect().await.map_err(|_| BROKEN)?;
    *answer.body_mut() = SdkBody::from(body.to_vec());
    Ok(answer)
}
