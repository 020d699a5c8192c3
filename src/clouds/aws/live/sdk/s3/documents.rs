//! The settings that are documents with several owners: lifecycle, policy, CORS, tags. A write replaces the whole.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{BucketLifecycleConfiguration, CorsConfiguration, CorsRule, Tag, Tagging};
use serde_json::Value;

use super::Bucket;
use crate::clouds::aws::live::api::{Lifecycle, Tags};
use crate::clouds::aws::live::sdk::dropped::Dropped;
use crate::clouds::aws::live::sdk::failure::{ToAnswer, if_any};
use crate::clouds::call::{Answer, Failure};

impl Bucket<'_> {
    pub async fn lifecycle(&self) -> Answer<Lifecycle> {
        let dropped = Dropped::default();
        let get = self.client.get_bucket_lifecycle_configuration().bucket(self.name.as_str());
        let answer = get.customize().interceptor(dropped.clone()).send().await;
        let call = self.call("s3:GetBucketLifecycleConfiguration");
        let found = if_any(answer.answer(call), &["NoSuchLifecycleConfiguration"])?;
        Ok(found.map_or_else(Lifecycle::default, |found| Lifecycle {
            dropped: dropped.names(),
            minimum_object_size: found.transition_default_minimum_object_size,
            rules: found.rules.unwrap_or_default(),
        }))
    }

    pub async fn put_lifecycle(&self, lifecycle: Lifecycle) -> Answer<()> {
        if !lifecycle.dropped.is_empty() {
            let what = format!("a rule of others holds `{}`, which would be lost", lifecycle.dropped.join("`, `"));
            return Err(self.call("s3:PutBucketLifecycleConfiguration").failed(Failure::Other, what));
        }
        if lifecycle.rules.is_empty() {
            let answer = self.client.delete_bucket_lifecycle().bucket(self.name.as_str()).send().await;
            return answer.answer(self.call("s3:DeleteBucketLifecycle")).map(drop);
        }
        let call = self.call("s3:PutBucketLifecycleConfiguration");
        let rules = BucketLifecycleConfiguration::builder().set_rules(Some(lifecycle.rules)).build();
        let rules = rules.map_err(|error| call.malformed(&error))?;
        let put = self.client.put_bucket_lifecycle_configuration().bucket(self.name.as_str());
        let put = put.set_transition_default_minimum_object_size(lifecycle.minimum_object_size);
        put.lifecycle_configuration(rules).send().await.answer(call).map(drop)
    }

    pub async fn policy(&self) -> Answer<Option<Value>> {
        let call = self.call("s3:GetBucketPolicy");
        let answer = self.client.get_bucket_policy().bucket(self.name.as_str()).send().await;
        let found = if_any(answer.answer(call), &["NoSuchBucketPolicy"])?;
        let Some(text) = found.and_then(|found| found.policy) else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| call.odd("the bucket policy is not JSON"))
    }

    pub async fn put_policy(&self, policy: &Value) -> Answer<()> {
        let put = self.client.put_bucket_policy().bucket(self.name.as_str()).policy(policy.to_string());
        put.send().await.answer(self.call("s3:PutBucketPolicy")).map(drop)
    }

    pub async fn cors(&self) -> Answer<Vec<CorsRule>> {
        let answer = self.client.get_bucket_cors().bucket(self.name.as_str()).send().await;
        let found = if_any(answer.answer(self.call("s3:GetBucketCors")), &["NoSuchCORSConfiguration"])?;
        Ok(found.and_then(|found| found.cors_rules).unwrap_or_default())
    }

    pub async fn put_cors(&self, rules: Vec<CorsRule>) -> Answer<()> {
        if rules.is_empty() {
            let answer = self.client.delete_bucket_cors().bucket(self.name.as_str()).send().await;
            return answer.answer(self.call("s3:DeleteBucketCors")).map(drop);
        }
        let call = self.call("s3:PutBucketCors");
        let rules = CorsConfiguration::builder().set_cors_rules(Some(rules)).build();
        let rules = rules.map_err(|error| call.malformed(&error))?;
        let put = self.client.put_bucket_cors().bucket(self.name.as_str()).cors_configuration(rules);
        put.send().await.answer(call).map(drop)
    }

    pub async fn tags(&self) -> Answer<Tags> {
        let answer = self.client.get_bucket_tagging().bucket(self.name.as_str()).send().await;
        let found = if_any(answer.answer(self.call("s3:GetBucketTagging")), &["NoSuchTagSet", "NoSuchTagSetError"])?;
        Ok(found.into_iter().flat_map(|found| found.tag_set).map(|tag| (tag.key, tag.value)).collect())
    }

    pub async fn put_tags(&self, tags: &Tags) -> Answer<()> {
        if tags.is_empty() {
            let answer = self.client.delete_bucket_tagging().bucket(self.name.as_str()).send().await;
            return answer.answer(self.call("s3:DeleteBucketTagging")).map(drop);
        }
        let call = self.call("s3:PutBucketTagging");
        let tagging = tagging(tags).map_err(|error| call.malformed(&error))?;
        let put = self.client.put_bucket_tagging().bucket(self.name.as_str()).tagging(tagging);
        put.send().await.answer(call).map(drop)
    }
}

fn tagging(tags: &Tags) -> Result<Tagging, BuildError> {
    Tagging::builder().set_tag_set(Some(to_tags(tags)?)).build()
}

/// Our tags in S3's words.
pub(super) fn to_tags(tags: &Tags) -> Result<Vec<Tag>, BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
