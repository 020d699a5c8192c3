//! Makes the buckets that a plan says are missing, and gives them what the store has.

use futures_util::future::join_all;

use super::explained;
use super::observe::{lack, settings};
use crate::base::error::{Code, Error, Result};
use crate::clouds::aws::live::api::{BucketApi, BucketHead, Tags};
use crate::clouds::aws::live::apply::bucket::set;
use crate::clouds::aws::plan::AwsChange;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::patience::{Patience, poll};
use crate::clouds::s3::plan::{Plan, S3Change, Step};
use crate::clouds::s3::{StoreObserved, store_bucket_changes};
use crate::model::{Blueprint, BucketWant, Change as _, Listener};
use crate::spec::S3Cloud;

/// Carries out a plan.
///
/// # Errors
/// All failures, joined. What a store lacks is none: it is said and skipped.
pub async fn apply(
    api: &impl BucketApi,
    store: &S3Cloud,
    blueprint: &Blueprint,
    observed: &StoreObserved,
    plan: &Plan,
    listener: &impl Listener,
) -> Result<()> {
    let work = Applying { api, store, blueprint, observed, listener };
    let steps = blueprint.buckets.iter().filter_map(|want| {
        let step = plan.steps.iter().find(|step| step.name == want.name.as_str())?;
        (!step.changes.is_empty()).then_some((want, step))
    });
    let made = join_all(steps.map(|(want, step)| work.bucket(want, step))).await;
    Error::check(made.into_iter().filter_map(Result::err).collect())
}

struct Applying<'a, B, L> {
    api: &'a B,
    store: &'a S3Cloud,
    blueprint: &'a Blueprint,
    observed: &'a StoreObserved,
    listener: &'a L,
}

impl<B: BucketApi, L: Listener> Applying<'_, B, L> {
    async fn bucket(&self, want: &BucketWant, step: &Step) -> Result<()> {
        let changes = if step.changes.contains(&S3Change::CreateBucket) {
            self.listener.doing(step, &S3Change::CreateBucket.words())?;
            self.create(want).await?;
            self.missing_from_new(want, step).await?
        } else {
            step.changes.clone()
        };
        for change in changes.iter().filter_map(S3Change::setting) {
            self.listener.doing(step, &change.words())?;
            match self
                .patiently(
                    || set(self.api, self.blueprint, &want.name, change, None),
                    "the store to finish with the bucket",
                )
                .await
            {
                Ok(()) => {}
                Err(error) => match unwritable(change, &error) {
                    Some(why) => self.listener.skipped(step, &format!("{} ({why})", change.words())),
                    None => return Err(explained(self.store, &error)),
                },
            }
        }
        self.listener.done(step);
        Ok(())
    }

    /// What the plan says and a new bucket lacks. That is read, not assumed; what the store lacks may only be seen now.
    async fn missing_from_new(&self, want: &BucketWant, step: &Step) -> Result<Vec<S3Change>> {
        let read = self.patiently(|| settings(self.api, self.store, &want.name), "the new bucket to be visible").await;
        let (state, mut lacks) = read.map_err(|error| explained(self.store, &error))?;
        lacks.extend(self.observed.buckets.get(&want.name).map_or(&[][..], |found| &found.lacks).iter().cloned());
        let (changes, skipped) = store_bucket_changes(self.blueprint, self.store, want, &state, &lacks, "created");
        for words in skipped.iter().filter(|words| !step.skipped.contains(words)) {
            self.listener.skipped(step, words);
        }
        let planned =
            |one: &AwsChange| step.changes.iter().filter_map(S3Change::setting).any(|change| change.is_like(one));
        let kept = |change: &S3Change| change.setting().is_some_and(|one| one.belongs_to_making() || planned(one));
        let mut changes: Vec<S3Change> = changes.into_iter().filter(kept).collect();
        // First whose it is: a run that ends here leaves no bucket that looks like somebody else's.
        changes.sort_by_key(|change| !matches!(change.setting(), Some(AwsChange::TagBucket { .. })));
        Ok(changes)
    }

    /// Makes a bucket; after an unclear answer it looks whether the bucket is among the key's own.
    async fn create(&self, want: &BucketWant) -> Result<()> {
        let Err(error) = self.api.create_bucket(&want.name, &self.store.region, &Tags::new()).await else {
            return Ok(());
        };
        let unclear = matches!(error.kind, Failure::Exists | Failure::NoAnswer | Failure::Other | Failure::Throttled);
        if !unclear {
            return Err(explained(self.store, &error));
        }
        let head = self.api.head_bucket(&want.name, &self.store.region, None).await;
        let listed = self.api.list_buckets().await;
        match (head, listed) {
            (Ok(BucketHead::Ours { .. }), Ok(names)) if names.iter().any(|name| name == want.name.as_str()) => Ok(()),
            (Ok(BucketHead::Absent) | Err(_), _) => Err(explained(self.store, &error)),
            _ => Err(Error::new(
                Code::STORE_FOREIGN_BUCKET,
                format!("the bucket `{}` was taken by someone else meanwhile", want.name),
            )
            .why("It was not there when the plan was made.")
            .fix("Choose another name.")),
        }
    }

    async fn patiently<T, F: Future<Output = std::result::Result<T, CallError>>>(
        &self,
        call: impl Fn() -> F,
        reason: &str,
    ) -> std::result::Result<T, CallError> {
        let passing =
            |error: &CallError| matches!(error.kind, Failure::NotFound | Failure::Conflict | Failure::Throttled);
        poll(Patience::NEARBY, passing, call, || self.listener.waiting(reason)).await
    }
}

/// Whether a store that can be asked for a setting does not let it be written; in words.
///
/// Lifecycles are the case in point: MinIO and others take expiries, and answer 400 to a rule about unfinished uploads.
fn unwritable(change: &AwsChange, error: &CallError) -> Option<String> {
    let rule = matches!(change, AwsChange::SetLifecycle(_));
    if rule && error.kind == Failure::Malformed {
        return Some(format!("the store does not know such a rule: {}", error.code));
    }
    lack(error)
}
