//! The calls that find and remove what carries a spec's mark.

use serde_json::Value;

use super::api::{Answer, GoogleApi};
use crate::base::names::BucketName;

/// An object or an old version of one: its name and its generation.
pub type Object = (String, String);

/// The calls that find and remove.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait RemovalApi: GoogleApi {
    /// All buckets of the project (`storage.buckets.list`).
    async fn buckets(&self) -> Answer<Vec<Value>>;
    /// All service accounts of the project (`iam.serviceAccounts.list`).
    async fn service_accounts(&self) -> Answer<Vec<Value>>;
    /// The first thousand objects of a bucket, old versions included, and whether there are more (`storage.objects.list`).
    async fn objects(&self, bucket: &BucketName) -> Answer<(Vec<Object>, bool)>;
    /// Deletes one version of an object; what is gone already is no failure.
    async fn delete_object(&self, bucket: &BucketName, object: &Object) -> Answer<()>;
    /// Deletes an empty bucket; what is gone already is no failure.
    async fn delete_bucket(&self, bucket: &BucketName) -> Answer<()>;
    /// Deletes a service account; what is gone already is no failure.
    async fn delete_service_account(&self, email: &str) -> Answer<()>;
}
