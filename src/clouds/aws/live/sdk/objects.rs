//! S3 as a pod sees it: objects, with one access key.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Object, ObjectStorageClass};

use super::failure::{Call, ToAnswer, if_any};
use super::owner::Owner;
use super::{sts, web};
use crate::base::names::{BucketName, Region};
use crate::clouds::call::{Answer, Failure};
use crate::clouds::trial::Objects;
use crate::model::proof::{PREFIX, Preflight};

/// The holder of an access key.
#[derive(Clone, Debug)]
pub struct KeyHolder {
    pub(super) s3: Client,
    pub(super) sts: Option<aws_sdk_sts::Client>,
    pub(super) owner: Option<Owner>,
    pub(super) region: Region,
    pub(super) past: web::Past,
}

impl KeyHolder {
    fn call<'a>(&'a self, name: &'static str, bucket: &'a BucketName) -> Call<'a> {
        Call::on(name, bucket.as_str()).in_region(&self.region)
    }

    /// S3 UploadPart and ListParts.
    async fn add_part(&self, bucket: &BucketName, key: &str, upload: &str) -> Answer<()> {
        let part = self.s3.upload_part().bucket(bucket.as_str()).key(key).upload_id(upload).part_number(1);
        let part = part.body(ByteStream::from_static(b"bucketwright"));
        part.send().await.answer(self.call("s3:UploadPart", bucket))?;
        let list = self.s3.list_parts().bucket(bucket.as_str()).key(key).upload_id(upload);
        list.send().await.answer(self.call("s3:ListParts", bucket)).map(drop)
    }
}

impl Objects for KeyHolder {
    const NEW_KEYS_FLICKER: bool = true;

    /// STS GetCallerIdentity; nobody where there is no STS.
    async fn who(&self) -> Answer<Option<String>> {
        let Some(sts) = &self.sts else { return Ok(None) };
        let caller = sts::caller(sts, &self.region).await?;
        // A pod that was not told has its own account's buckets.
        self.owner.iter().for_each(|owner| owner.is(&caller.account));
        Ok(Some(caller.arn.as_str().to_owned()))
    }

    async fn put(&self, bucket: &BucketName, key: &str, body: &str) -> Answer<()> {
        let put = self.s3.put_object().bucket(bucket.as_str()).key(key);
        let put = put.body(ByteStream::from(body.as_bytes().to_vec()));
        put.send().await.answer(self.call("s3:PutObject", bucket)).map(drop)
    }

    async fn get(&self, bucket: &BucketName, key: &str) -> Answer<String> {
        let call = self.call("s3:GetObject", bucket);
        let object = self.s3.get_object().bucket(bucket.as_str()).key(key).send().await.answer(call)?;
        let body = object.body.collect().await;
        let body = body.map_err(|_| call.failed(Failure::NoAnswer, "the object's body broke off"))?;
        String::from_utf8(body.to_vec()).map_err(|_| call.odd("the object is not text"))
    }

    async fn get_presigned(&self, bucket: &BucketName, key: &str) -> Answer<Option<String>> {
        let call = self.call("s3:GetObject", bucket);
        let signed = web::presigned(&self.s3, call, bucket, key).await?;
        web::get(&self.past, call, &signed).await.map(Some)
    }

    async fn preflight(&self, bucket: &BucketName, key: &str, question: &Preflight) -> Answer<Option<()>> {
        let call = self.call("s3:OptionsObject", bucket);
        let signed = web::presigned(&self.s3, call, bucket, key).await?;
        let plain = signed.uri().split('?').next().unwrap_or_default();
        web::preflight(&self.past, call, plain, question).await.map(Some)
    }

    /// S3 ListObjectsV2, its first page.
    async fn older(&self, bucket: &BucketName) -> Answer<Option<String>> {
        oldest(&self.s3, self.call("s3:ListObjectsV2", bucket), bucket).await
    }

    async fn read_one(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        let get = self.s3.get_object().bucket(bucket.as_str()).key(key).range("bytes=0-0");
        // An empty object has no first byte; whoever is told so may read it.
        if_any(get.send().await.answer(self.call("s3:GetObject", bucket)), &["InvalidRange"]).map(drop)
    }

    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        let call = self.call("s3:ListObjectsV2", bucket);
        let mut pages = self.s3.list_objects_v2().bucket(bucket.as_str()).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page.answer(call)?.contents.unwrap_or_default();
            keys.extend(objects.into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// S3 CreateMultipartUpload, UploadPart and ListParts.
    async fn begin_multipart(&self, bucket: &BucketName, key: &str) -> Answer<Option<String>> {
        let call = self.call("s3:CreateMultipartUpload", bucket);
        let create = self.s3.create_multipart_upload().bucket(bucket.as_str()).key(key);
        let Some(upload) = create.send().await.answer(call)?.upload_id else {
            return Err(call.odd("the upload has no id"));
        };
        match self.add_part(bucket, key, &upload).await {
            Ok(()) => Ok(Some(upload)),
            Err(error) => {
                // The caller gets no id to abort with. That this may fail too is the lesser news.
                let _ = self.abort_multipart(bucket, key, &upload).await;
                Err(error)
            }
        }
    }

    async fn abort_multipart(&self, bucket: &BucketName, key: &str, upload: &str) -> Answer<()> {
        let abort = self.s3.abort_multipart_upload().bucket(bucket.as_str()).key(key).upload_id(upload);
        abort.send().await.answer(self.call("s3:AbortMultipartUpload", bucket)).map(drop)
    }

    async fn delete(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        let delete = self.s3.delete_object().bucket(bucket.as_str()).key(key);
        delete.send().await.answer(self.call("s3:DeleteObject", bucket)).map(drop)
    }

    /// S3 ListBuckets, which our policies never allow.
    async fn list_all_buckets(&self) -> Answer<Option<()>> {
        let call = Call::on("s3:ListBuckets", self.region.as_str()).in_region(&self.region);
        self.s3.list_buckets().max_buckets(1).send().await.answer(call).map(|_| Some(()))
    }
}

/// The oldest object of a bucket's first page that the proof did not write and that can be read at once.
pub(super) async fn oldest(client: &Client, call: Call<'_>, bucket: &BucketName) -> Answer<Option<String>> {
    let page = client.list_objects_v2().bucket(bucket.as_str()).send().await.answer(call)?;
    let archived = |object: &Object| {
        matches!(object.storage_class(), Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive))
    };
    let written = |object: &Object| object.key().is_some_and(|key| !key.starts_with(PREFIX)) && !archived(object);
    let objects = page.contents.unwrap_or_default().into_iter().filter(written);
    Ok(objects.min_by_key(|object| object.last_modified.map(|at| at.secs())).and_then(|object| object.key))
}
