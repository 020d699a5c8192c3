//! An issuer's own configuration, fetched as AWS fetches it: by HTTPS, without credentials.

use std::time::Duration;

use aws_sdk_s3::config::http::HttpRequest;
use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::settings::connector;
use crate::base::names::Issuer;
use crate::clouds::aws::token::CONFIGURATION;

/// How long it may take.
const WHILE: Duration = Duration::from_secs(10);
/// How long the answer may be, in bytes.
const LONGEST: usize = 64 << 10;

/// The text of an issuer's configuration. `authority` are certificates to be trusted beside the machine's own.
///
/// # Errors
/// Why there is none, in words.
pub async fn configuration(issuer: &Issuer, authority: Option<&str>) -> Result<String, String> {
    let url = format!("https://{}{CONFIGURATION}", issuer.host_path());
    let fetched = async {
        match authority.and_then(connector) {
            Some(connector) => fetch(&connector, &url).await,
            None => {
                let usual = default_connector(&HttpConnectorSettings::builder().build(), None);
                fetch(&usual.ok_or("there is no HTTP client")?, &url).await
            }
        }
    };
    tokio::time::timeout(WHILE, fetched).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
}

async fn fetch(connector: &impl HttpConnector, url: &str) -> Result<String, String> {
    let broken = || "the connection could not be made or broke off".to_owned();
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).map_err(|_| "its URL cannot be asked".to_owned())?;
    let mut answer = connector.call(request).await.map_err(|_| broken())?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(format!("it answered with the HTTP status {status}"));
    }
    let mut body = ByteStream::new(answer.take_body());
    let mut text = Vec::new();
    while let Some(bytes) = body.try_next().await.map_err(|_| broken())? {
        text.extend_from_slice(&bytes);
        if text.len() > LONGEST {
            return Err("its answer does not end".to_owned());
        }
    }
    String::from_utf8(text).map_err(|_| "its answer is not text".to_owned())
}
