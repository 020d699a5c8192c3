//! Each call of [`GoogleApi`] as one request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::credentials::{Credentials, service_account};
use super::objects::KeyHolder;
use super::{Body, Google, Request};
use crate::base::names::BucketName;
use crate::base::secret::{AccessKey, Secret};
use crate::clouds::call::{CallError, Failure};
use crate::clouds::gcp::live::api::{Answer, GoogleApi};
use crate::clouds::gcp::plan::Resource;
use crate::clouds::gcp::policy::POLICY_VERSION;
use crate::model::{KeyState, Use};

/// What stands as it is in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// A text as a path segment or the value of a parameter.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// `None` for what is not there.
pub(super) fn absent<T>(answer: Answer<T>) -> Answer<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Failure::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Google {
    pub(super) async fn get(&self, call: &'static str, about: &str, url: String) -> Answer<Value> {
        self.send(Request { call, about, method: "GET", url, body: None, once: false, payer: None }).await
    }

    async fn post(&self, call: &'static str, about: &str, url: String, body: Value) -> Answer<Value> {
        self.send(Request { call, about, method: "POST", url, body: Some(Body::Json(body)), once: false, payer: None })
            .await
    }

    pub(super) fn bucket_url(&self, name: &str) -> String {
        format!("{}/storage/v1/b/{}", self.addresses.storage, segment(name))
    }

    pub(super) fn accounts_url(&self) -> String {
        format!("{}/v1/projects/{}/serviceAccounts", self.addresses.iam, self.project)
    }

    pub(super) fn account_url(&self, email: &str) -> String {
        format!("{}/{}", self.accounts_url(), segment(email))
    }

    fn project_url(&self) -> String {
        format!("{}/v3/projects/{}", self.addresses.projects, self.project)
    }

    fn hmac_url(&self) -> String {
        format!("{}/storage/v1/projects/{}/hmacKeys", self.addresses.storage, self.project)
    }
}

impl GoogleApi for Google {
    type Objects = KeyHolder;

    async fn project(&self) -> Answer<Value> {
        self.get("resourcemanager.projects.get", &self.project, self.project_url()).await
    }

    async fn bucket(&self, name: &BucketName) -> Answer<Option<Value>> {
        let url = format!("{}?projection=noAcl", self.bucket_url(name.as_str()));
        absent(self.get("storage.buckets.get", name.as_str(), url).await)
    }

    async fn create_bucket(&self, body: &Value) -> Answer<()> {
        let url = format!("{}/storage/v1/b?project={}&projection=noAcl", self.addresses.storage, self.project);
        let name = body["name"].as_str().unwrap_or_default();
        self.pace.turn().await;
        self.post("storage.buckets.insert", name, url, body.clone()).await.map(drop)
    }

    async fn patch_bucket(&self, name: &BucketName, metageneration: &str, body: &Value) -> Answer<()> {
        let base = self.bucket_url(name.as_str());
        let url = format!("{base}?ifMetagenerationMatch={}&projection=noAcl", segment(metageneration));
        let (about, body) = (name.as_str(), Some(Body::Json(body.clone())));
        self.send(Request {
            call: "storage.buckets.patch",
            about,
            method: "PATCH",
            url,
            body,
            once: false,
            payer: None,
        })
        .await
        .map(drop)
    }

    async fn policy(&self, on: &Resource) -> Answer<Value> {
        match on {
            Resource::Bucket(name) => {
                let base = self.bucket_url(name.as_str());
                let url = format!("{base}/iam?optionsRequestedPolicyVersion={POLICY_VERSION}");
                self.get("storage.buckets.getIamPolicy", name.as_str(), url).await
            }
            Resource::Account(email) => {
                let base = self.account_url(email);
                let url = format!("{base}:getIamPolicy?options.requestedPolicyVersion={POLICY_VERSION}");
                self.post("iam.serviceAccounts.getIamPolicy", email, url, json!({})).await
            }
            Resource::Project => {
                let body = json!({"options": {"requestedPolicyVersion": POLICY_VERSION}});
                let url = format!("{}:getIamPolicy", self.project_url());
                self.post("resourcemanager.projects.getIamPolicy", &self.project, url, body).await
            }
        }
    }

    async fn set_policy(&self, on: &Resource, policy: &Value) -> Answer<()> {
        let whole = || json!({"policy": policy});
        let answer = match on {
            Resource::Bucket(name) => {
                let url = format!("{}/iam", self.bucket_url(name.as_str()));
                let (about, body) = (name.as_str(), Some(Body::Json(policy.clone())));
                let call = "storage.buckets.setIamPolicy";
                self.send(Request { call, about, method: "PUT", url, body, once: false, payer: None }).await
            }
            Resource::Account(email) => {
                let url = format!("{}:setIamPolicy", self.account_url(email));
                self.post("iam.serviceAccounts.setIamPolicy", email, url, whole()).await
            }
            Resource::Project => {
                let url = format!("{}:setIamPolicy", self.project_url());
                self.post("resourcemanager.projects.setIamPolicy", &self.project, url, whole()).await
            }
        };
        answer.map(drop)
    }

    async fn service_account(&self, email: &str) -> Answer<Option<Value>> {
        absent(self.get("iam.serviceAccounts.get", email, self.account_url(email)).await)
    }

    async fn create_service_account(&self, id: &str, description: &str) -> Answer<()> {
        let body = json!({"accountId": id, "serviceAccount": {"displayName": id, "description": description}});
        self.post("iam.serviceAccounts.create", id, self.accounts_url(), body).await.map(drop)
    }

    async fn keys(&self, email: &str, hmac: bool) -> Answer<Vec<KeyState>> {
        if hmac {
            let url = format!("{}?serviceAccountEmail={}", self.hmac_url(), segment(email));
            let answer = self.get("storage.hmacKeys.list", email, url).await?;
            let keys = answer["items"].as_array().into_iter().flatten();
            let of = |key: &Value| Some(state(key["accessId"].as_str()?, key["state"] == "ACTIVE"));
            return Ok(keys.filter_map(of).collect());
        }
        let url = format!("{}/keys?keyTypes=USER_MANAGED", self.account_url(email));
        let answer = self.get("iam.serviceAccounts.keys.list", email, url).await?;
        let of = |key: &Value| Some(state(key["name"].as_str()?.rsplit('/').next()?, key["disabled"] != true));
        Ok(answer["keys"].as_array().into_iter().flatten().filter_map(of).collect())
    }

    async fn create_key(&self, email: &str, hmac: bool) -> Answer<AccessKey> {
        if hmac {
            let call = "storage.hmacKeys.create";
            let url = format!("{}?serviceAccountEmail={}", self.hmac_url(), segment(email));
            let answer = self
                .send(Request { call, about: email, method: "POST", url, body: None, once: true, payer: None })
                .await?;
            return match (answer["metadata"]["accessId"].as_str(), answer["secret"].as_str()) {
                (Some(id), Some(secret)) => Ok(AccessKey { id: Secret::new(id), secret: Secret::new(secret) }),
                _ => Err(without_key(call, email)),
            };
        }
        let call = "iam.serviceAccounts.keys.create";
        let body = json!({"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048"});
        let (url, body) = (format!("{}/keys", self.account_url(email)), Some(Body::Json(body)));
        let answer =
            self.send(Request { call, about: email, method: "POST", url, body, once: true, payer: None }).await?;
        let id = answer["name"].as_str().and_then(|name| name.rsplit('/').next());
        let data = answer["privateKeyData"].as_str().and_then(|data| STANDARD.decode(data).ok());
        match (id, data.and_then(|bytes| String::from_utf8(bytes).ok())) {
            (Some(id), Some(file)) => Ok(AccessKey { id: Secret::new(id), secret: Secret::new(file) }),
            _ => Err(without_key(call, email)),
        }
    }

    async fn delete_key(&self, email: &str, key: &AccessKey, hmac: bool) -> Answer<()> {
        let id = segment(key.id.expose());
        let (call, url) = if hmac {
            let url = format!("{}/{id}", self.hmac_url());
            // An HMAC key must be switched off first. Source: Cloud Storage JSON API, `hmacKeys.delete`.
            let (call, body) = ("storage.hmacKeys.update", Some(Body::Json(json!({"state": "INACTIVE"}))));
            self.send(Request { call, about: email, method: "PUT", url: url.clone(), body, once: false, payer: None })
                .await?;
            ("storage.hmacKeys.delete", url)
        } else {
            ("iam.serviceAccounts.keys.delete", format!("{}/keys/{id}", self.account_url(email)))
        };
        self.send(Request { call, about: email, method: "DELETE", url, body: None, once: false, payer: None })
            .await
            .map(drop)
    }

    fn with_key(&self, key: &AccessKey) -> Answer<KeyHolder> {
        let value: Value = serde_json::from_str(key.secret.expose()).unwrap_or(Value::Null);
        let account = service_account(&value).ok_or_else(|| CallError {
            call: "oauth2.token",
            resource: "the key file".to_owned(),
            kind: Failure::BadCredentials,
            code: String::new(),
            message: "it is not a service account's key file".to_owned(),
            request_id: None,
        })?;
        Ok(KeyHolder {
            http: self.http.clone(),
            credentials: Credentials::of_key(account),
            address: self.addresses.storage.clone(),
            project: self.project.clone(),
            pace: self.pace.clone(),
        })
    }
}

fn state(id: &str, active: bool) -> KeyState {
    // When it was made does not matter here: Google does not say whether a key was used, so none is removed by its age.
    KeyState { id: id.to_owned(), active, created: 0, used: Use::Unasked }
}

/// A key was made, and the answer does not hold it.
fn without_key(call: &'static str, email: &str) -> CallError {
    CallError {
        call,
        resource: email.to_owned(),
        kind: Failure::NoAnswer,
        code: String::new(),
        message: "the answer holds no key".to_owned(),
        request_id: None,
    }
}
