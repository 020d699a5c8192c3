//! S3: one bucket and its settings.

mod basics;
mod documents;
mod removals;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder;
use aws_sdk_s3::types::{BucketLocationConstraint, BucketNamespace, CreateBucketConfiguration, ObjectOwnership};

use self::documents::to_tags;
use super::failure::{Call, ToAnswer, status};
use super::objects::oldest;
use crate::base::names::{AccountId, BucketName, Region};
use crate::clouds::aws::live::api::{BucketHead, Older, Tags};
use crate::clouds::call::Answer;

/// A bucket, existing or not, seen from a region.
pub(super) struct Bucket<'a> {
    pub(super) client: Client,
    pub(super) name: &'a BucketName,
    pub(super) region: &'a Region,
}

impl<'a> Bucket<'a> {
    fn call(&self, name: &'static str) -> Call<'a> {
        Call::on(name, self.name.as_str()).in_region(self.region)
    }

    /// The answer to a HEAD has no body, so the status and one header must do.
    pub(super) async fn head(&self, owner: Option<&AccountId>) -> Answer<BucketHead> {
        let head = self.client.head_bucket().bucket(self.name.as_str());
        let head = head.set_expected_bucket_owner(owner.map(ToString::to_string));
        let error = match head.send().await {
            Ok(head) => {
                let region = head.bucket_region().and_then(|text| Region::parse(text).ok());
                return Ok(BucketHead::Ours { region });
            }
            Err(error) => error,
        };
        let region = region_header(&error);
        match status(&error) {
            301 => Ok(BucketHead::Elsewhere { region }),
            // The header also comes with refusals that have nothing to do with the region.
            400 if region.as_ref().is_some_and(|region| region != self.region) => Ok(BucketHead::Elsewhere { region }),
            403 => Ok(BucketHead::Forbidden { region }),
            404 => Ok(BucketHead::Absent),
            _ => Err(self.call("s3:HeadBucket").error(&error)),
        }
    }

    /// Not repeated by the SDK, as every CreateBucket: after a lost answer the second attempt would say that the bucket exists.
    pub(super) async fn create(&self, tags: &Tags) -> Answer<()> {
        let call = self.call("s3:CreateBucket");
        let mut create = self.client.create_bucket().bucket(self.name.as_str());
        create = create.object_ownership(ObjectOwnership::BucketOwnerEnforced);
        let tags = to_tags(tags).map_err(|error| call.malformed(&error))?;
        let constraint = (!self.region.is_us_east_1()).then(|| BucketLocationConstraint::from(self.region.as_str()));
        if constraint.is_some() || !tags.is_empty() {
            let tags = (!tags.is_empty()).then_some(tags);
            let settings = CreateBucketConfiguration::builder().set_location_constraint(constraint).set_tags(tags);
            create = create.create_bucket_configuration(settings.build());
        }
        if self.name.is_account_regional() {
            create = create.bucket_namespace(BucketNamespace::AccountRegional);
        }
        self.create_once(create).await
    }

    /// With nothing but the name: a server that is not AWS refuses headers and regions that it does not know.
    pub(super) async fn create_plain(&self) -> Answer<()> {
        self.create_once(self.client.create_bucket().bucket(self.name.as_str())).await
    }

    /// The oldest object of the first page, and the key that it is encrypted with.
    pub(super) async fn older(&self) -> Answer<Option<Older>> {
        let Some(key) = oldest(&self.client, self.call("s3:ListObjectsV2"), self.name).await? else { return Ok(None) };
        let head = self.client.head_object().bucket(self.name.as_str()).key(&key).send().await;
        let kms_key = head.answer(self.call("s3:HeadObject"))?.ssekms_key_id;
        Ok(Some(Older { key, kms_key }))
    }

    async fn create_once(&self, create: CreateBucketFluentBuilder) -> Answer<()> {
        let once = aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled());
        let answer = create.customize().config_override(once).send().await;
        answer.answer(self.call("s3:CreateBucket")).map(drop)
    }
}

/// S3 ListBuckets: the names of all buckets of the account.
pub(super) async fn list_buckets(client: &Client, region: &Region) -> Answer<Vec<String>> {
    let call = Call::on("s3:ListBuckets", region.as_str()).in_region(region);
    // Without a page size, AWS refuses accounts with more than 10,000 buckets.
    let mut pages = client.list_buckets().max_buckets(1000).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let buckets = page.answer(call)?.buckets.unwrap_or_default();
        names.extend(buckets.into_iter().filter_map(|bucket| bucket.name));
    }
    Ok(names)
}

/// The bucket's region, which S3 tells even when it refuses.
fn region_header<E>(error: &SdkError<E, aws_sdk_s3::config::http::HttpResponse>) -> Option<Region> {
    let text = error.raw_response()?.headers().get("x-amz-bucket-region")?;
    Region::parse(text).ok()
}
