//! The calls to Google Cloud, each one a single request. Documents are the APIs' own JSON: what is not ours passes through.

use serde_json::Value;

use crate::base::names::BucketName;
use crate::base::secret::AccessKey;
pub use crate::clouds::call::Answer;
use crate::clouds::gcp::plan::Resource;
use crate::clouds::trial::Objects;
use crate::model::KeyState;

/// The calls that a run makes as its caller.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait GoogleApi {
    /// The calls of a service account that signs in with its key file.
    type Objects: GoogleObjects;

    /// The project (`cloudresourcemanager.projects.get`).
    async fn project(&self) -> Answer<Value>;
    /// A bucket (`storage.buckets.get`); `None` when there is none.
    async fn bucket(&self, name: &BucketName) -> Answer<Option<Value>>;
    /// Makes a bucket (`storage.buckets.insert`).
    async fn create_bucket(&self, body: &Value) -> Answer<()>;
    /// Changes a bucket, if nobody has since it was read (`storage.buckets.patch`).
    async fn patch_bucket(&self, name: &BucketName, metageneration: &str, body: &Value) -> Answer<()>;
    /// A policy, with its conditions.
    async fn policy(&self, on: &Resource) -> Answer<Value>;
    /// Writes a policy, if nobody has since it was read: its `etag` says so.
    async fn set_policy(&self, on: &Resource, policy: &Value) -> Answer<()>;
    /// A service account (`iam.serviceAccounts.get`); `None` when there is none.
    async fn service_account(&self, email: &str) -> Answer<Option<Value>>;
    /// Makes a service account (`iam.serviceAccounts.create`).
    async fn create_service_account(&self, id: &str, description: &str) -> Answer<()>;
    /// The keys of a service account that people made.
    async fn keys(&self, email: &str, hmac: bool) -> Answer<Vec<KeyState>>;
    /// Makes a key. Its secret is shown this once.
    async fn create_key(&self, email: &str, hmac: bool) -> Answer<AccessKey>;
    /// Removes a key.
    async fn delete_key(&self, email: &str, key: &AccessKey, hmac: bool) -> Answer<()>;
    /// Signs in with a key file.
    ///
    /// # Errors
    /// When it is no key file.
    fn with_key(&self, key: &AccessKey) -> Answer<Self::Objects>;
}

/// The calls of a service account that signs in with its key file: objects, and buckets that a chart makes at run time.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait GoogleObjects: Objects {
    /// Makes a bucket of the project, with a name only.
    async fn create_bucket(&self, name: &BucketName, location: &str) -> Answer<()>;
    /// Removes an empty bucket.
    async fn delete_bucket(&self, name: &BucketName) -> Answer<()>;
}
