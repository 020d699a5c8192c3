//! The calls of a service account with its own key.

use std::rc::Rc;

use serde_json::{Value, json};

use super::calls::segment;
use super::credentials::Credentials;
use super::{Body, Http, Request};
use crate::base::names::BucketName;
use crate::clouds::gcp::live::api::{Answer, GoogleObjects};
use crate::clouds::retry::Pace;
use crate::clouds::trial::Objects;

/// A service account that is signed in.
#[derive(Debug)]
pub struct KeyHolder {
    pub(super) http: Http,
    pub(super) credentials: Credentials,
    pub(super) address: String,
    pub(super) project: String,
    pub(super) pace: Rc<Pace>,
}

impl KeyHolder {
    async fn send(
        &self,
        call: &'static str,
        about: &str,
        method: &'static str,
        path: &str,
        body: Option<Body>,
    ) -> Answer<String> {
        let token = self.credentials.token(&self.http).await?;
        let url = format!("{}{path}", self.address);
        self.http.send(Request { call, about, method, url, body, once: false, payer: None }, Some(&token)).await
    }
}

fn of_bucket(bucket: &BucketName) -> String {
    format!("/storage/v1/b/{}", segment(bucket.as_str()))
}

impl GoogleObjects for KeyHolder {
    async fn create_bucket(&self, name: &BucketName, location: &str) -> Answer<()> {
        let body = json!({
            "name": name, "location": location.to_ascii_uppercase(),
            "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}
        });
        let path = format!("/storage/v1/b?project={}", self.project);
        self.pace.turn().await;
        self.send("storage.buckets.insert", name.as_str(), "POST", &path, Some(Body::Json(body))).await.map(drop)
    }

    async fn delete_bucket(&self, name: &BucketName) -> Answer<()> {
        self.pace.turn().await;
        self.send("storage.buckets.delete", name.as_str(), "DELETE", &of_bucket(name), None).await.map(drop)
    }
}

impl Objects for KeyHolder {
    async fn put(&self, bucket: &BucketName, object: &str, text: &str) -> Answer<()> {
        let path = format!("/upload{}/o?uploadType=media&name={}", of_bucket(bucket), segment(object));
        let body = Some(Body::Text(text.to_owned()));
        self.send("storage.objects.insert", bucket.as_str(), "POST", &path, body).await.map(drop)
    }

    async fn get(&self, bucket: &BucketName, object: &str) -> Answer<String> {
        let path = format!("{}/o/{}?alt=media", of_bucket(bucket), segment(object));
        self.send("storage.objects.get", bucket.as_str(), "GET", &path, None).await
    }

    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        // The first alone: an object's whole name comes before those that it begins.
        let path = format!("{}/o?maxResults=1&prefix={}", of_bucket(bucket), segment(prefix));
        let page = self.send("storage.objects.list", bucket.as_str(), "GET", &path, None).await?;
        Ok(names(&page))
    }

    async fn delete(&self, bucket: &BucketName, object: &str) -> Answer<()> {
        let path = format!("{}/o/{}", of_bucket(bucket), segment(object));
        self.send("storage.objects.delete", bucket.as_str(), "DELETE", &path, None).await.map(drop)
    }

    async fn list_all_buckets(&self) -> Answer<Option<()>> {
        let path = format!("/storage/v1/b?project={}&maxResults=1", self.project);
        self.send("storage.buckets.list", &self.project, "GET", &path, None).await.map(|_| Some(()))
    }
}

/// The names of a page of objects; it has no `items` when there are none.
fn names(page: &str) -> Vec<String> {
    let page: Value = serde_json::from_str(page).unwrap_or_default();
    let items = page["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
}
