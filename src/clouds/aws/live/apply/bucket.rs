//! Buckets: made, then read, then given what is missing.

use aws_sdk_s3::types::CorsRule;

use super::{Applying, unclear};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{BucketName, Kind, Region};
use crate::clouds::aws::live::api::{AwsApi, BucketApi, BucketHead, Encryption, PublicAccessBlock, Tags};
use crate::clouds::aws::live::rules::{abort_rule, cors_rule, expiry_rule};
use crate::clouds::aws::live::settings::Settings;
use crate::clouds::aws::plan::{AwsChange, Step, bucket_changes};
use crate::clouds::call::{CallError, Failure};
use crate::clouds::patience::{Patience, poll};
use crate::model::{Blueprint, BucketWant, Change as _, Listener, ORIGIN_TAG, Owner, Whose};
use crate::policy::{Remainder, with_tls_only, without_tls_only};

impl<A: AwsApi, L: Listener> Applying<'_, A, L> {
    /// Makes a bucket, or what it lacks; of one that exists the key is left out where it is `apart`.
    pub(super) async fn bucket(&self, want: &BucketWant, apart: bool) -> Result<()> {
        let left = |change: &AwsChange| apart && change.sets_key();
        let Some(step) = self.step(Kind::Bucket, want.name.as_str()).filter(|step| !step.changes.iter().all(left))
        else {
            return Ok(());
        };
        let region = self.blueprint.spec.cloud.region();
        let (changes, fresh) = if step.changes.contains(&AwsChange::CreateBucket) {
            self.listener.doing(step, &AwsChange::CreateBucket.words())?;
            let sure = self.create_bucket(want).await?;
            // Of what the plan says, only what a new bucket lacks is written: that is read, not assumed.
            let fresh =
                self.patiently(|| Settings::read(self.api, want, region), "the new bucket to be visible").await?;
            // After an unclear answer the bucket may be somebody's who was quicker: its tags tell.
            let state = fresh.state();
            let owner = Owner::of(&self.blueprint.spec);
            if let Whose::Anothers(whose) = owner.judge_made(&state.tags) {
                return Err(Error::new(
                    Code::OTHER_SPEC,
                    format!("the bucket `{}` was made by {whose} meanwhile", want.name),
                )
                .why("It was not there when the plan was made.")
                .fix("If it is this spec, applied from another folder at the same time, run the same command again. If not, choose another name."));
            }
            let unmarked = !state.tags.contains_key(ORIGIN_TAG);
            let origin = if sure && unmarked { "created" } else { owner.origin(&state.tags) }.to_owned();
            let mut missing = bucket_changes(want, &state, self.blueprint.partition(), &origin);
            let planned = |one: &AwsChange| step.changes.iter().any(|change| change.is_like(one));
            missing.retain(|one| one.belongs_to_making() || planned(one));
            (missing, Some(fresh))
        } else {
            (step.changes.iter().filter(|change| !left(change)).cloned().collect(), None)
        };
        for change in &changes {
            self.listener.doing(step, &change.words())?;
            let call = || set(self.api, self.blueprint, &want.name, change, fresh.as_ref());
            self.patiently(call, "S3 to finish with the bucket").await?;
        }
        if !Self::key_of(step, apart) {
            self.listener.done(step);
        }
        Ok(())
    }

    /// Whether the key of a bucket that exists is set apart from the rest.
    fn key_of(step: &Step, apart: bool) -> bool {
        apart && !step.changes.contains(&AwsChange::CreateBucket) && step.changes.iter().any(AwsChange::sets_key)
    }

    /// Sets which key encrypts, in a bucket that exists.
    pub(super) async fn default_key(&self, want: &BucketWant) -> Result<()> {
        let Some(step) = self.step(Kind::Bucket, want.name.as_str()).filter(|step| Self::key_of(step, true)) else {
            return Ok(());
        };
        for change in step.changes.iter().filter(|change| change.sets_key()) {
            self.listener.doing(step, &change.words())?;
            let call = || set(self.api, self.blueprint, &want.name, change, None);
            self.patiently(call, "S3 to finish with the bucket").await?;
        }
        self.listener.done(step);
        Ok(())
    }

    /// Makes a bucket; after an unclear answer it looks whose the bucket is. Gives whether it was surely made here.
    async fn create_bucket(&self, want: &BucketWant) -> Result<bool> {
        let region = self.blueprint.spec.cloud.region();
        let mut tags = want.tags.clone();
        tags.insert(ORIGIN_TAG.to_owned(), "created".to_owned());
        let mut made = self.api.create_bucket(&want.name, region, &tags).await;
        if made.as_ref().is_err_and(without_tags) {
            made = self.api.create_bucket(&want.name, region, &Tags::new()).await;
        }
        let Err(error) = made else { return Ok(true) };
        if !unclear(&error) && error.kind != Failure::WrongRegion {
            return Err(error.into());
        }
        // What S3 says exists it need not show at once.
        let shown = async || match self.api.head_bucket(&want.name, region, Some(self.account)).await {
            Ok(BucketHead::Absent) if error.kind == Failure::Exists => Err(None),
            answer => answer.map_err(Some),
        };
        let waiting = || self.listener.waiting("S3 to show what it says exists");
        let head = match poll(Patience::LISTING, Option::is_none, shown, waiting).await {
            Err(Some(error)) => return Err(error.into()),
            Err(None) => BucketHead::Absent,
            Ok(head) => head,
        };
        match head {
            BucketHead::Ours { .. } => Ok(false),
            BucketHead::Absent => Err(error.into()),
            BucketHead::Elsewhere { region } => {
                let there = region.map_or_else(|| "another region".to_owned(), |region| region.to_string());
                Err(Error::new(Code::BUCKET_ELSEWHERE, format!("the bucket `{}` exists in {there}", want.name))
                    .why("It was not there when the plan was made.")
                    .fix("Choose another name, or that region."))
            }
            BucketHead::Forbidden { .. } => Err(Error::new(
                Code::FOREIGN_BUCKET,
                format!("the bucket `{}` was taken by someone else meanwhile", want.name),
            )
            .why("Bucket names are shared by all accounts of a partition.")
            .fix("Choose another name, or set `bucketDefaults: {namespace: account-regional}`.")),
        }
    }
}

/// Makes one change to a bucket, merged with what is there: what was just read of a fresh bucket, else what is read now.
pub(in crate::clouds) async fn set(
    api: &impl BucketApi,
    blueprint: &Blueprint,
    name: &BucketName,
    change: &AwsChange,
    fresh: Option<&Settings>,
) -> std::result::Result<(), CallError> {
    let region = blueprint.spec.cloud.region();
    match change {
        AwsChange::BlockPublicAccess => api.put_public_access_block(name, region, PublicAccessBlock::ALL).await,
        AwsChange::EnforceOwner => api.put_ownership_enforced(name, region).await,
        AwsChange::EncryptWithKey { key, .. } => {
            api.put_encryption(name, region, &Encryption::Kms(Some(key.to_string()))).await
        }
        AwsChange::EncryptByS3 { .. } => api.put_encryption(name, region, &Encryption::S3).await,
        AwsChange::EnableVersioning => api.enable_versioning(name, region).await,
        AwsChange::SetLifecycle(change) => {
            let mut lifecycle = match fresh {
                Some(fresh) => fresh.lifecycle.clone(),
                None => api.lifecycle(name, region).await?,
            };
            let ids = change.ids();
            lifecycle.rules.retain(|rule| !rule.id().is_some_and(|id| ids.contains(id)));
            lifecycle.rules.extend(change.abort_after_days.iter().filter_map(|days| abort_rule(*days).ok()));
            lifecycle.rules.extend(change.expiries.iter().filter_map(|rule| expiry_rule(rule).ok()));
            api.put_lifecycle(name, region, lifecycle).await
        }
        AwsChange::SetCors(change) => {
            let mut all = match fresh {
                Some(fresh) => fresh.cors.clone(),
                None => api.cors(name, region).await?,
            };
            let gone = |rule: &CorsRule| change.replaced.iter().any(|(id, _)| rule.id() == Some(id));
            all.retain(|rule| !gone(rule));
            all.extend(change.rules.iter().filter_map(|rule| cors_rule(rule).ok()));
            api.put_cors(name, region, all).await
        }
        AwsChange::TagBucket { tags, .. } => {
            let mut all = match fresh {
                Some(fresh) => fresh.tags.clone(),
                None => api.bucket_tags(name, region).await?,
            };
            all.extend(tags.clone());
            api.put_bucket_tags(name, region, &all).await
        }
        AwsChange::RefusePlainHttp(_) => {
            let current = match fresh {
                Some(fresh) => fresh.policy.clone(),
                None => api.bucket_policy(name, region).await?,
            };
            match with_tls_only(current.as_ref(), blueprint.partition(), name) {
                Some(policy) => api.put_bucket_policy(name, region, &policy).await,
                None => Ok(()),
            }
        }
        AwsChange::AllowPlainHttp { .. } => without_ours(api, name, region).await,
        _ => Ok(()),
    }
}

/// Takes our statement out of a bucket's policy; a policy that would be empty goes whole.
///
/// # Errors
/// When a call fails.
pub(in crate::clouds) async fn without_ours(
    api: &impl BucketApi,
    name: &BucketName,
    region: &Region,
) -> std::result::Result<(), CallError> {
    match api.bucket_policy(name, region).await?.as_ref().map(without_tls_only) {
        Some(Remainder::Others(policy)) => api.put_bucket_policy(name, region, &policy).await,
        Some(Remainder::Nothing) => api.delete_bucket_policy(name, region).await,
        Some(Remainder::Untouched) | None => Ok(()),
    }
}

/// Whether a bucket was refused for its tags perhaps: not every S3 look-alike takes them, and they need a right of their own.
/// Nothing was made then, and tags can be added later.
fn without_tags(error: &CallError) -> bool {
    matches!(error.kind, Failure::Malformed | Failure::Denied) || error.code == "NotImplemented"
}
