//! Who the caller is: Google's application default credentials, or a token.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::sign::assertion;
use super::{Body, Http, Request};
use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;
use crate::base::yaml::MAX_BYTES;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::clock::now;
use crate::clouds::gcp::live::api::Answer;
use crate::host::files;

/// What tokens are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long before its end a token is renewed, in seconds.
const BEFORE_END: i64 = 120;

/// The domain of Google's own cloud. Others run the same software under domains of their own. Source: AIP-4110, "Universe domain".
const UNIVERSE: &str = "googleapis.com";

/// A way to get tokens, and the last one.
#[derive(Debug)]
pub(super) struct Credentials {
    kind: CredentialKind,
    /// The project that pays for a person's calls.
    pub(super) payer: Option<String>,
    token: RefCell<Option<(Secret, i64)>>,
}

#[derive(Debug)]
enum CredentialKind {
    /// A token that somebody else made.
    Token(Secret),
    /// A service account's key file.
    Key(ServiceAccount),
    /// A person who signed in with gcloud.
    User { client_id: String, client_secret: Secret, refresh_token: Secret },
    /// The metadata server, on a machine or pod of Google's.
    Metadata(String),
    /// Nothing was found.
    Nothing(String),
}

/// A service account's key.
#[derive(Debug)]
pub(super) struct ServiceAccount {
    pub(super) email: String,
    pub(super) key_id: String,
    pub(super) private_key: Secret,
    pub(super) token_uri: String,
}

impl Credentials {
    /// A token, the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's own file, or the metadata server.
    ///
    /// Source: Google Cloud documentation, "How Application Default Credentials works".
    ///
    /// # Errors
    /// `BW1521` for a file that is named and cannot be used.
    pub(super) fn of_the_environment() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        if let Some(domain) = variable("GOOGLE_CLOUD_UNIVERSE_DOMAIN").filter(|domain| domain != UNIVERSE) {
            return Err(other_universe("GOOGLE_CLOUD_UNIVERSE_DOMAIN", &domain));
        }
        let mut found = Self::found(&variable)?;
        found.payer = variable("GOOGLE_CLOUD_QUOTA_PROJECT").or(found.payer);
        Ok(found)
    }

    fn found(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        if let Some(token) = variable("GOOGLE_OAUTH_ACCESS_TOKEN") {
            return Ok(Self::new(CredentialKind::Token(Secret::new(token.trim()))));
        }
        if let Some(path) = variable("GOOGLE_APPLICATION_CREDENTIALS") {
            return file(Path::new(&path));
        }
        let config = variable("CLOUDSDK_CONFIG")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config/gcloud")));
        let path = config.map(|config| config.join("application_default_credentials.json"));
        if let Some(path) = path.as_deref().filter(|path| path.exists()) {
            return file(path);
        }
        if let Some(host) = variable("GCE_METADATA_HOST") {
            return Ok(Self::new(CredentialKind::Metadata(host)));
        }
        let place = path.map_or_else(|| "gcloud's folder".to_owned(), |path| path.display().to_string());
        Ok(Self::new(CredentialKind::Nothing(format!(
            "Neither GOOGLE_OAUTH_ACCESS_TOKEN nor GOOGLE_APPLICATION_CREDENTIALS nor GCE_METADATA_HOST is set, and {place} is not there."
        ))))
    }

    /// Credentials of a key file that is available.
    pub(super) fn of_key(account: ServiceAccount) -> Self {
        Self::new(CredentialKind::Key(account))
    }

    fn new(kind: CredentialKind) -> Self {
        Self { kind, payer: None, token: RefCell::new(None) }
    }

    /// A token that is still good.
    pub(super) async fn token(&self, http: &Http) -> Answer<Secret> {
        let kept = self.token.borrow().clone();
        if let Some((token, end)) = kept
            && now() + BEFORE_END < end
        {
            return Ok(token);
        }
        let form = |pairs: &[(&str, &str)]| {
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
            Some(Body::Form(pairs.join("&")))
        };
        let (url, method, body) = match &self.kind {
            CredentialKind::Token(token) => return Ok(token.clone()),
            CredentialKind::Nothing(why) => return Err(failed(Failure::NoCredentials, why.clone())),
            CredentialKind::Key(account) => {
                let assertion = assertion(account, SCOPE, now()).ok_or_else(|| {
                    failed(Failure::BadCredentials, "the private key in the key file cannot be read".to_owned())
                })?;
                let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                (account.token_uri.clone(), "POST", form(&[grant, ("assertion", assertion.expose())]))
            }
            CredentialKind::User { client_id, client_secret, refresh_token } => {
                let pairs = [
                    ("grant_type", "refresh_token"),
                    ("client_id", client_id.as_str()),
                    ("client_secret", client_secret.expose()),
                    ("refresh_token", refresh_token.expose()),
                ];
                ("https://oauth2.googleapis.com/token".to_owned(), "POST", form(&pairs))
            }
            CredentialKind::Metadata(host) => {
                (format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token"), "GET", None)
            }
        };
        let about = "the credentials";
        let answer = http
            .send(Request { call: "oauth2.token", about, method, url, body, once: false, payer: None }, None)
            .await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
        let Some(token) = answer["access_token"].as_str() else {
            return Err(failed(Failure::BadCredentials, "the answer holds no token".to_owned()));
        };
        let token = Secret::new(token);
        let end = now() + answer["expires_in"].as_i64().unwrap_or(3600);
        *self.token.borrow_mut() = Some((token.clone(), end));
        Ok(token)
    }
}

fn failed(kind: Failure, message: String) -> CallError {
    let resource = "the credentials".to_owned();
    CallError { call: "oauth2.token", resource, kind, code: String::new(), message, request_id: None }
}

/// The refusal of a cloud that runs Google's software under another domain. `place` says where it is named.
fn other_universe(place: &str, domain: &str) -> Error {
    let shown: String = domain.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).take(80).collect();
    Error::new(
        Code::GCP_BAD_CREDENTIALS,
        format!("{place} is for the universe `{shown}`, and only `{UNIVERSE}` is known here"),
    )
    .why("Addresses of APIs, service accounts and tokens are others there, and so are those that the charts use.")
    .fix("Name credentials of Google's own cloud. There is no support for other universes.")
}

/// Reads a credentials file. Nothing of it is repeated.
fn file(path: &Path) -> Result<Credentials> {
    let bad = |what: String, why: String| {
        Error::new(Code::GCP_BAD_CREDENTIALS, what)
            .why(why)
            .fix("Name a service account's key file, or run `gcloud auth application-default login`.")
    };
    let shown = path.display();
    let text = files::read_plain(path, MAX_BYTES)
        .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other))
        .map_err(|error| bad(format!("the credentials file {shown} cannot be read"), error.to_string()))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|_| bad(format!("the credentials file {shown} is not JSON"), "Google's files are JSON.".to_owned()))?;
    let part = |name: &str| value[name].as_str().map(str::to_owned);
    let kind = part("type").unwrap_or_default();
    if let Some(domain) = part("universe_domain").filter(|domain| domain != UNIVERSE) {
        return Err(other_universe(&format!("the credentials file {shown}"), &domain));
    }
    let found = match kind.as_str() {
        "service_account" => service_account(&value).map(CredentialKind::Key),
        "authorized_user" => match (part("client_id"), part("client_secret"), part("refresh_token")) {
            (Some(client_id), Some(secret), Some(token)) => Some(CredentialKind::User {
                client_id,
                client_secret: Secret::new(secret),
                refresh_token: Secret::new(token),
            }),
            _ => None,
        },
        _ => {
            return Err(bad(
                format!("the credentials file {shown} is of the kind `{}`", if kind.is_empty() { "?" } else { &kind }),
                "`service_account` and `authorized_user` are known here. For others, such as `external_account`, let gcloud make a token: GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token).".to_owned(),
            ));
        }
    };
    let found = found.ok_or_else(|| {
        bad(format!("the credentials file {shown} is not whole"), format!("A part of a `{kind}` is missing."))
    })?;
    Ok(Credentials { payer: part("quota_project_id"), ..Credentials::new(found) })
}

/// What a key file holds, if it is one.
pub(super) fn service_account(value: &Value) -> Option<ServiceAccount> {
    let part = |name: &str| value[name].as_str().map(str::to_owned);
    Some(ServiceAccount {
        email: part("client_email")?,
        key_id: part("private_key_id").unwrap_or_default(),
        private_key: Secret::new(part("private_key")?),
        token_uri: part("token_uri").unwrap_or_else(|| "https://oauth2.googleapis.com/token".to_owned()),
    })
}
