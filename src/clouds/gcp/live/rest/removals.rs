//! Each call of [`RemovalApi`] as one request, or one for each page.

use serde_json::Value;

use super::calls::{absent, segment};
use super::{Google, Request};
use crate::base::names::BucketName;
use crate::clouds::call::Answer;
use crate::clouds::gcp::live::removals::{Object, RemovalApi};

/// A page of objects. Source: Cloud Storage JSON API, `objects.list`, `maxResults`.
const PAGE: usize = 1000;

impl Google {
    /// All pages of a list, put together.
    async fn pages(&self, call: &'static str, about: &str, url: &str, key: &str) -> Answer<Vec<Value>> {
        let (mut all, mut token) = (Vec::new(), None::<String>);
        loop {
            let mark = if url.contains('?') { '&' } else { '?' };
            let page = token.map_or_else(String::new, |token| format!("{mark}pageToken={}", segment(&token)));
            let mut answer = self.get(call, about, format!("{url}{page}")).await?;
            if let Value::Array(items) = answer[key].take() {
                all.extend(items);
            }
            token = answer["nextPageToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    async fn delete(&self, call: &'static str, about: &str, url: String) -> Answer<()> {
        absent(self.send(Request { call, about, method: "DELETE", url, body: None, once: false, payer: None }).await)
            .map(drop)
    }
}

impl RemovalApi for Google {
    async fn buckets(&self) -> Answer<Vec<Value>> {
        let url = format!("{}/storage/v1/b?project={}&projection=noAcl", self.addresses.storage, self.project);
        self.pages("storage.buckets.list", &self.project, &url, "items").await
    }

    async fn service_accounts(&self) -> Answer<Vec<Value>> {
        self.pages("iam.serviceAccounts.list", &self.project, &self.accounts_url(), "accounts").await
    }

    async fn objects(&self, bucket: &BucketName) -> Answer<(Vec<Object>, bool)> {
        let url = format!("{}/o?versions=true&maxResults={PAGE}", self.bucket_url(bucket.as_str()));
        let page = self.get("storage.objects.list", bucket.as_str(), url).await?;
        let of = |item: &Value| Some((item["name"].as_str()?.to_owned(), item["generation"].as_str()?.to_owned()));
        let objects = page["items"].as_array().into_iter().flatten().filter_map(of).collect();
        Ok((objects, page["nextPageToken"].is_string()))
    }

    async fn delete_object(&self, bucket: &BucketName, (object, generation): &Object) -> Answer<()> {
        let base = self.bucket_url(bucket.as_str());
        let url = format!("{base}/o/{}?generation={}", segment(object), segment(generation));
        self.delete("storage.objects.delete", bucket.as_str(), url).await
    }

    async fn delete_bucket(&self, bucket: &BucketName) -> Answer<()> {
        self.pace.turn().await;
        self.delete("storage.buckets.delete", bucket.as_str(), self.bucket_url(bucket.as_str())).await
    }

    async fn delete_service_account(&self, email: &str) -> Answer<()> {
        self.delete("iam.serviceAccounts.delete", email, self.account_url(email)).await
    }
}
