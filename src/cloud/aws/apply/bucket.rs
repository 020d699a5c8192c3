//! Buckets: made, then read, then given what is missing.

use super::{Listener, Work, unclear};
use crate::blueprint::{Blueprint, BucketWant};
use crate::cloud::aws::api::{AwsApi, BucketApi, BucketHead, Encryption, PublicAccessBlock};
use crate::cloud::aws::call::{CallError, Failure};
use crate::cloud::aws::observe::bucket_state;
use crate::cloud::aws::rules::{ABORT_RULE, abort_rule, cors_rule, expiry_rule};
use crate::error::{Code, Error, Result};
use crate::names::BucketName;
use crate::plan::{Change, bucket_changes};
use crate::policy::with_tls_only;

impl<A: AwsApi, L: Listener> Work<'_, A, L> {
    pub(super) async fn bucket(&self, want: &BucketWant) -> Result<()> {
        let Some(step) = self.step("bucket", want.name.as_str()).filter(|step| !step.changes.is_empty()) else {
            return Ok(());
        };
        let region = self.blueprint.spec.cloud.region();
        let created = step.changes.contains(&Change::CreateBucket);
        let changes = if created {
            self.listener.doing(step, &Change::CreateBucket.words())?;
            self.create_bucket(want).await?;
            // What a new bucket has is read, not assumed.
            let state =
                self.patiently(|| bucket_state(self.api, &want.name, region), "the new bucket to be visible").await?;
            bucket_changes(want, &state, self.blueprint.partition(), "created")
        } else {
            step.changes.clone()
        };
        for change in &changes {
            self.listener.doing(step, &change.words())?;
            self.patiently(|| set(self.api, self.blueprint, &want.name, change), "S3 to finish with the bucket")
                .await?;
        }
        self.listener.done(step);
        Ok(())
    }

    /// Makes a bucket; after an unclear answer it looks whose the bucket is.
    async fn create_bucket(&self, want: &BucketWant) -> Result<()> {
        let region = self.blueprint.spec.cloud.region();
        let Err(error) = self.api.create_bucket(&want.name, region).await else { return Ok(()) };
        if !unclear(&error) && error.kind != Failure::WrongRegion {
            return Err(error.into());
        }
        match self.api.head_bucket(&want.name, region, Some(self.account)).await? {
            BucketHead::Ours { .. } => Ok(()),
            BucketHead::Absent => Err(error.into()),
            BucketHead::Forbidden { .. } | BucketHead::Elsewhere { .. } => Err(Error::new(
                Code::FOREIGN_BUCKET,
                format!("the bucket `{}` was taken by someone else meanwhile", want.name),
            )
            .why("Bucket names are shared by all accounts of a partition.")
            .fix("Choose another name, or set `bucketDefaults: {namespace: account-regional}`.")),
        }
    }
}

/// Makes one change to a bucket, merged with what is there now.
pub(in crate::cloud) async fn set(
    api: &impl BucketApi,
    blueprint: &Blueprint,
    name: &BucketName,
    change: &Change,
) -> std::result::Result<(), CallError> {
    let region = blueprint.spec.cloud.region();
    match change {
        Change::BlockPublicAccess => api.put_public_access_block(name, region, PublicAccessBlock::ALL).await,
        Change::EnforceOwner => api.put_ownership_enforced(name, region).await,
        Change::EncryptWithKey(key) => api.put_encryption(name, region, &Encryption::Kms(Some(key.to_string()))).await,
        Change::EnableVersioning => api.enable_versioning(name, region).await,
        Change::AddLifecycle { abort_after_days, expiries } => {
            let mut lifecycle = api.lifecycle(name, region).await?;
            let replaced: Vec<String> = abort_after_days
                .iter()
                .map(|_| ABORT_RULE.to_owned())
                .chain(expiries.iter().map(|rule| format!("bucketwright-{}", rule.id)))
                .collect();
            lifecycle.rules.retain(|rule| !replaced.iter().any(|id| rule.id() == Some(id)));
            lifecycle.rules.extend(abort_after_days.iter().filter_map(|days| abort_rule(*days).ok()));
            lifecycle.rules.extend(expiries.iter().filter_map(|rule| expiry_rule(rule).ok()));
            api.put_lifecycle(name, region, lifecycle).await
        }
        Change::AddCors(rules) => {
            let mut all = api.cors(name, region).await?;
            all.extend(rules.iter().filter_map(|rule| cors_rule(rule).ok()));
            api.put_cors(name, region, all).await
        }
        Change::TagBucket(tags) => {
            let mut all = api.bucket_tags(name, region).await?;
            all.extend(tags.clone());
            api.put_bucket_tags(name, region, &all).await
        }
        Change::RefusePlainHttp => {
            let current = api.bucket_policy(name, region).await?;
            match with_tls_only(current.as_ref(), blueprint.partition(), name) {
                Some(policy) => api.put_bucket_policy(name, region, &policy).await,
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
