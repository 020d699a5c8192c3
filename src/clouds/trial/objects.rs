//! The calls that a proof makes.

use crate::base::names::BucketName;
use crate::clouds::call::Answer;
use crate::model::proof::Preflight;

/// What a pod does with a bucket: the calls of a proof, made as one identity.
///
/// Every cloud has the first four. A call that a cloud does not have answers `None`, and then it is not tried.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait Objects {
    /// Whether a server may still refuse a new key that another accepted. Then a key counts as accepted after three calls in
    /// a row.
    const NEW_KEYS_FLICKER: bool = false;

    /// Writes an object.
    async fn put(&self, bucket: &BucketName, key: &str, body: &str) -> Answer<()>;
    /// Reads an object.
    async fn get(&self, bucket: &BucketName, key: &str) -> Answer<String>;
    /// The names of objects with a prefix: the first of them at least.
    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>>;
    /// Removes an object.
    async fn delete(&self, bucket: &BucketName, key: &str) -> Answer<()>;

    /// Whom the cloud takes the caller for, as an ARN.
    async fn who(&self) -> Answer<Option<String>> {
        Ok(None)
    }
    /// Lists all buckets of the account or project.
    async fn list_all_buckets(&self) -> Answer<Option<()>> {
        Ok(None)
    }
    /// Begins an upload in parts, with one part: its id.
    async fn begin_multipart(&self, _bucket: &BucketName, _key: &str) -> Answer<Option<String>> {
        Ok(None)
    }
    /// Aborts such an upload.
    async fn abort_multipart(&self, _bucket: &BucketName, _key: &str, _upload: &str) -> Answer<()> {
        Ok(())
    }
    /// Reads an object by a presigned URL, which its holder asks without credentials.
    async fn get_presigned(&self, _bucket: &BucketName, _key: &str) -> Answer<Option<String>> {
        Ok(None)
    }
    /// What a browser asks before it reaches the object from a page (OPTIONS): whether the cloud lets it.
    async fn preflight(&self, _bucket: &BucketName, _key: &str, _question: &Preflight) -> Answer<Option<()>> {
        Ok(None)
    }
    /// An object that the proof did not write and that can be read at once; `None` also where there is none.
    async fn older(&self, _bucket: &BucketName) -> Answer<Option<String>> {
        Ok(None)
    }
    /// Reads the first byte of an object.
    async fn read_one(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        self.get(bucket, key).await.map(drop)
    }
}
