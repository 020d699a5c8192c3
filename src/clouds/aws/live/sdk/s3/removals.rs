//! What a bucket holds, and taking it away.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{Delete, EncodingType, ObjectIdentifier};
use percent_encoding::percent_decode_str;

use super::Bucket;
use crate::clouds::aws::live::removals::{ObjectVersion, Page, Upload};
use crate::clouds::aws::live::sdk::failure::{ToAnswer, if_any};
use crate::clouds::call::{Answer, CallError, Failure};

const GONE: &[&str] = &["NoSuchBucket"];

impl Bucket<'_> {
    /// Keys are asked for URL-encoded, because XML cannot carry every character that a key may have.
    pub async fn object_versions(&self) -> Answer<Page<ObjectVersion>> {
        let list = self.client.list_object_versions().bucket(self.name.as_str()).encoding_type(EncodingType::Url);
        let page = list.send().await.answer(self.call("s3:ListObjectVersions"))?;
        let encoded = page.encoding_type == Some(EncodingType::Url);
        let more = page.is_truncated.unwrap_or_default();
        let versions = page.versions.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
        let markers = page.delete_markers.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
        let items = versions.chain(markers).filter_map(|(key, version)| {
            let version = version.unwrap_or_else(|| "null".to_owned());
            Some(ObjectVersion { key: plain(key?, encoded), version })
        });
        Ok(Page { items: items.collect(), more })
    }

    /// Each key has its own answer; one that AWS keeps, because of a lock or a policy, fails the call.
    pub async fn delete_versions(&self, versions: &[ObjectVersion]) -> Answer<()> {
        let call = self.call("s3:DeleteObjects");
        let delete = deletion(versions).map_err(|error| call.malformed(&error))?;
        let answer = self.client.delete_objects().bucket(self.name.as_str()).delete(delete).send().await;
        let Some(error) = answer.answer(call)?.errors.unwrap_or_default().into_iter().next() else { return Ok(()) };
        let (code, message) = (error.code.unwrap_or_default(), error.message.unwrap_or_default());
        let kind = if code == "AccessDenied" { Failure::Denied } else { Failure::Other };
        let message = format!("{message} (object `{}`)", error.key.unwrap_or_default());
        Err(CallError { code, ..call.failed(kind, message) })
    }

    pub async fn uploads(&self) -> Answer<Page<Upload>> {
        let list = self.client.list_multipart_uploads().bucket(self.name.as_str()).encoding_type(EncodingType::Url);
        let page = list.send().await.answer(self.call("s3:ListMultipartUploads"))?;
        let encoded = page.encoding_type == Some(EncodingType::Url);
        let more = page.is_truncated.unwrap_or_default();
        let uploads = page.uploads.unwrap_or_default().into_iter();
        let items = uploads.filter_map(|one| Some(Upload { key: plain(one.key?, encoded), id: one.upload_id? }));
        Ok(Page { items: items.collect(), more })
    }

    pub async fn abort_upload(&self, upload: &Upload) -> Answer<()> {
        let abort = self.client.abort_multipart_upload().bucket(self.name.as_str());
        let answer = abort.key(&upload.key).upload_id(&upload.id).send().await;
        if_any(answer.answer(self.call("s3:AbortMultipartUpload")), &["NoSuchUpload"]).map(drop)
    }

    pub async fn delete(&self) -> Answer<()> {
        let answer = self.client.delete_bucket().bucket(self.name.as_str()).send().await;
        if_any(answer.answer(self.call("s3:DeleteBucket")), GONE).map(drop)
    }

    pub async fn delete_policy(&self) -> Answer<()> {
        let answer = self.client.delete_bucket_policy().bucket(self.name.as_str()).send().await;
        answer.answer(self.call("s3:DeleteBucketPolicy")).map(drop)
    }
}

fn deletion(versions: &[ObjectVersion]) -> Result<Delete, BuildError> {
    let objects = versions.iter().map(|one| {
        let id = ObjectIdentifier::builder().key(&one.key);
        id.version_id(&one.version).build()
    });
    Delete::builder().quiet(true).set_objects(Some(objects.collect::<Result<_, _>>()?)).build()
}

/// A key as it is; S3 encodes blanks as `+`.
fn plain(key: String, encoded: bool) -> String {
    if !encoded {
        return key;
    }
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}
