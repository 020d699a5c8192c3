//! The account's answers to the calls of [`BucketApi`].

use aws_sdk_s3::types::CorsRule;
use serde_json::Value;

use super::state::Bucket;
use super::{KeyHolder, RehearsalAccount, failure};
use crate::base::names::{AccountId, BucketName, Region};
use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::{BucketApi, BucketHead, Encryption, Lifecycle, Older, PublicAccessBlock, Tags};
use crate::clouds::call::{Answer, Failure};
use crate::clouds::trial::Objects;
use crate::model::proof::PREFIX;

impl BucketApi for RehearsalAccount {
    async fn head_bucket(&self, bucket: &BucketName, region: &Region, owner: Option<&AccountId>) -> Answer<BucketHead> {
        self.look("s3:HeadBucket", bucket.as_str(), |state| match state.buckets.get(bucket) {
            Some(_) if owner.is_some_and(|owner| owner != &self.account) => BucketHead::Forbidden { region: None },
            Some(found) if &found.region != region => BucketHead::Elsewhere { region: Some(found.region.clone()) },
            Some(found) => BucketHead::Ours { region: Some(found.region.clone()) },
            None if state.foreign.contains(bucket) => BucketHead::Forbidden { region: None },
            None => BucketHead::Absent,
        })
    }

    async fn list_buckets(&self) -> Answer<Vec<String>> {
        self.look("s3:ListBuckets", "*", |state| state.buckets.keys().map(ToString::to_string).collect())
    }

    async fn create_bucket(&self, bucket: &BucketName, region: &Region, tags: &Tags) -> Answer<()> {
        self.change("s3:CreateBucket", bucket.as_str(), |state| {
            let exists = |code| Err(failure("s3:CreateBucket", bucket.as_str(), Failure::Exists, code));
            if state.foreign.contains(bucket) {
                return exists("BucketAlreadyExists");
            }
            if state.buckets.contains_key(bucket) && !region.is_us_east_1() {
                return exists("BucketAlreadyOwnedByYou");
            }
            state
                .buckets
                .entry(bucket.clone())
                .or_insert_with(|| Bucket { tags: tags.clone(), ..Bucket::fresh(region.clone()) });
            Ok(())
        })
    }

    async fn public_access_block(&self, bucket: &BucketName, _: &Region) -> Answer<Option<PublicAccessBlock>> {
        self.in_bucket("s3:GetPublicAccessBlock", bucket, |found| Some(found.block))
    }

    async fn put_public_access_block(&self, bucket: &BucketName, _: &Region, block: PublicAccessBlock) -> Answer<()> {
        self.set_bucket("s3:PutPublicAccessBlock", bucket, |found| found.block = block)
    }

    async fn ownership(&self, bucket: &BucketName, _: &Region) -> Answer<Option<String>> {
        self.in_bucket("s3:GetBucketOwnershipControls", bucket, |found| found.ownership.clone())
    }

    async fn put_ownership_enforced(&self, bucket: &BucketName, _: &Region) -> Answer<()> {
        self.set_bucket("s3:PutBucketOwnershipControls", bucket, |found| {
            found.ownership = Some("BucketOwnerEnforced".to_owned());
        })
    }

    async fn encryption(&self, bucket: &BucketName, _: &Region) -> Answer<Option<Encryption>> {
        self.in_bucket("s3:GetBucketEncryption", bucket, |found| Some(found.encryption.clone()))
    }

    async fn put_encryption(&self, bucket: &BucketName, _: &Region, encryption: &Encryption) -> Answer<()> {
        self.set_bucket("s3:PutBucketEncryption", bucket, |found| found.encryption = encryption.clone())
    }

    async fn versioning(&self, bucket: &BucketName, _: &Region) -> Answer<bool> {
        self.in_bucket("s3:GetBucketVersioning", bucket, |found| found.versioning)
    }

    async fn enable_versioning(&self, bucket: &BucketName, _: &Region) -> Answer<()> {
        self.set_bucket("s3:PutBucketVersioning", bucket, |found| found.versioning = true)
    }

    async fn lifecycle(&self, bucket: &BucketName, _: &Region) -> Answer<Lifecycle> {
        self.in_bucket("s3:GetBucketLifecycleConfiguration", bucket, |found| found.lifecycle.clone())
    }

    async fn put_lifecycle(&self, bucket: &BucketName, _: &Region, lifecycle: Lifecycle) -> Answer<()> {
        self.set_bucket("s3:PutBucketLifecycleConfiguration", bucket, |found| found.lifecycle = lifecycle)
    }

    async fn bucket_policy(&self, bucket: &BucketName, _: &Region) -> Answer<Option<Value>> {
        self.in_bucket("s3:GetBucketPolicy", bucket, |found| found.policy.clone())
    }

    async fn put_bucket_policy(&self, bucket: &BucketName, _: &Region, policy: &Value) -> Answer<()> {
        self.set_bucket("s3:PutBucketPolicy", bucket, |found| found.policy = Some(policy.clone()))
    }

    async fn delete_bucket_policy(&self, bucket: &BucketName, _: &Region) -> Answer<()> {
        self.set_bucket("s3:DeleteBucketPolicy", bucket, |found| found.policy = None)
    }

    async fn cors(&self, bucket: &BucketName, _: &Region) -> Answer<Vec<CorsRule>> {
        self.in_bucket("s3:GetBucketCors", bucket, |found| found.cors.clone())
    }

    async fn put_cors(&self, bucket: &BucketName, _: &Region, rules: Vec<CorsRule>) -> Answer<()> {
        self.set_bucket("s3:PutBucketCors", bucket, |found| found.cors = rules)
    }

    async fn bucket_tags(&self, bucket: &BucketName, _: &Region) -> Answer<Tags> {
        self.in_bucket("s3:GetBucketTagging", bucket, |found| found.tags.clone())
    }

    async fn put_bucket_tags(&self, bucket: &BucketName, _: &Region, tags: &Tags) -> Answer<()> {
        self.set_bucket("s3:PutBucketTagging", bucket, |found| found.tags.clone_from(tags))
    }

    async fn older_object(&self, bucket: &BucketName, _: &Region) -> Answer<Option<Older>> {
        self.in_bucket("s3:ListObjectsV2", bucket, |found| {
            let key = found.objects.keys().find(|key| !key.starts_with(PREFIX))?;
            Some(Older { key: key.clone(), kms_key: found.encrypted.get(key).cloned() })
        })
    }

    fn as_key(&self, key: &AccessKey, _: &Region) -> impl Objects {
        KeyHolder { account: self, key: key.clone() }
    }
}
