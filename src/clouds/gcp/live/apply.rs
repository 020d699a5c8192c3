//! Carries out a plan on Google Cloud: buckets and service accounts at the same time, then policies, then keys.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value;

use super::api::GoogleApi;
use super::explain::explained;
use super::key::{PATIENCE, make_key};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{IamName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::gcp::plan::{GcpChange, GcpObserved, Plan, Resource, Step, bucket_body, bucket_patch};
use crate::clouds::gcp::policy::with_member;
use crate::clouds::patience::poll;
use crate::model::{
    Blueprint, BucketWant, Change as _, GoogleAccount, Listener, PrincipalKind, PrincipalWant, SPEC_TAG,
};
use crate::spec::GcpCloud;

/// How often a document is read and written again when somebody else writes it too. Source: IAM documentation, "Optimistic
/// concurrency control with etags": read again, and try again.
pub(super) const ROUNDS: usize = 8;

/// After these, what was to be made may be there: an earlier attempt made it, or somebody else.
const UNCLEAR: [Failure; 4] = [Failure::Exists, Failure::NoAnswer, Failure::Unavailable, Failure::Other];

/// Carries out a plan; gives the keys that were made.
///
/// # Errors
/// All failures, joined; what was made stays.
pub(super) async fn apply(
    api: &impl GoogleApi,
    gcp: &GcpCloud,
    (blueprint, observed): (&Blueprint, &GcpObserved),
    plan: &Plan,
    listener: &impl Listener,
) -> Result<BTreeMap<IamName, AccessKey>> {
    let work = Applying { api, gcp, blueprint, observed, listener };
    let steps = |kind: Kind| plan.steps.iter().filter(move |step| step.kind == kind && !step.changes.is_empty());
    let (buckets, accounts) = futures_util::join!(
        join_all(steps(Kind::Bucket).map(|step| work.bucket(step))),
        join_all(steps(Kind::ServiceAccount).map(|step| work.account(step)))
    );
    all(buckets.into_iter().chain(accounts))?;
    all(join_all(steps(Kind::Policy).map(|step| work.policy(step))).await)?;
    let made = join_all(steps(Kind::ServiceAccountKey).map(|step| work.key(step))).await;
    let mut errors = Vec::new();
    let mut keys = BTreeMap::new();
    for key in made {
        match key {
            Ok(key) => keys.extend(key),
            Err(error) => errors.push(error),
        }
    }
    Error::check(errors)?;
    Ok(keys)
}

fn all(results: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    Error::check(results.into_iter().filter_map(Result::err).collect())
}

struct Applying<'a, A, L> {
    api: &'a A,
    gcp: &'a GcpCloud,
    blueprint: &'a Blueprint,
    observed: &'a GcpObserved,
    listener: &'a L,
}

impl<A: GoogleApi, L: Listener> Applying<'_, A, L> {
    async fn bucket(&self, step: &Step) -> Result<()> {
        let Some(want) = self.blueprint.buckets.iter().find(|want| want.name.as_str() == step.name) else {
            return Ok(());
        };
        step.changes.iter().try_for_each(|change| self.listener.doing(step, &change.words()))?;
        let creates = step.changes.iter().any(|change| matches!(change, GcpChange::CreateBucket(_)));
        if creates {
            self.create(want).await?;
        }
        self.patch(want, creates).await?;
        self.listener.done(step);
        Ok(())
    }

    /// Makes a bucket, once; after an unclear answer its label says whether it is ours.
    async fn create(&self, want: &BucketWant) -> Result<()> {
        let Err(error) = self.api.create_bucket(&bucket_body(self.gcp, want)).await else { return Ok(()) };
        if UNCLEAR.contains(&error.kind) {
            let label = SPEC_TAG.replace(':', "-");
            let ours = |bucket: &Value| bucket["labels"][label.as_str()] == self.blueprint.spec.name.as_str();
            match self.api.bucket(&want.name).await {
                Ok(Some(bucket)) if ours(&bucket) => return Ok(()),
                Ok(Some(_)) => return Err(taken(want)),
                Err(denied) if denied.kind == Failure::Denied => return Err(taken(want)),
                _ => {}
            }
        }
        Err(explained(self.gcp, &error))
    }

    /// Adds what is missing, and reads again when somebody else writes.
    async fn patch(&self, want: &BucketWant, created: bool) -> Result<()> {
        for _ in 0..ROUNDS {
            let read = || async { self.api.bucket(&want.name).await?.ok_or_else(|| gone(want)) };
            let bucket = self.patiently(read, "the new bucket to be visible").await?;
            let label = bucket["labels"]["bucketwright-origin"].as_str();
            let origin = label.unwrap_or(if created { "created" } else { "adopted" });
            let Some(body) = bucket_patch(want, &bucket, origin, self.gcp.soft_delete_days) else { return Ok(()) };
            let metageneration = bucket["metageneration"].as_str().unwrap_or_default();
            match self.api.patch_bucket(&want.name, metageneration, &body).await {
                Err(error) if error.kind == Failure::Conflict => {}
                Err(error) => return Err(explained(self.gcp, &error)),
                Ok(()) => return Ok(()),
            }
        }
        Err(busy(&Resource::Bucket(want.name.clone())))
    }

    async fn account(&self, step: &Step) -> Result<()> {
        let Some(want) = self.want(step) else { return Ok(()) };
        for change in &step.changes {
            let GcpChange::CreateAccount(description) = change else { continue };
            self.listener.doing(step, &change.words())?;
            let Err(error) = self.api.create_service_account(want.name.as_str(), description).await else { continue };
            let found = if UNCLEAR.contains(&error.kind) {
                self.api.service_account(&step.name).await.ok().flatten()
            } else {
                None
            };
            if found.is_none_or(|found| found["description"] != description.as_str()) {
                return Err(explained(self.gcp, &error));
            }
        }
        self.listener.done(step);
        Ok(())
    }

    /// Adds members to one policy: read, add, write with its etag, and all again when somebody else wrote meanwhile.
    async fn policy(&self, step: &Step) -> Result<()> {
        let bindings = || {
            step.changes.iter().filter_map(|change| match change {
                GcpChange::Bind { on, role, member } => Some((on, role, member)),
                _ => None,
            })
        };
        let Some((resource, ..)) = bindings().next() else { return Ok(()) };
        step.changes.iter().try_for_each(|change| self.listener.doing(step, &change.words()))?;
        for _ in 0..ROUNDS {
            let late = "Google to know the new service account";
            let there = self.patiently(|| self.api.policy(resource), late).await?;
            let mut policy = None;
            for (_, role, member) in bindings() {
                policy = with_member(policy.as_ref().unwrap_or(&there), role, member).or(policy);
            }
            let Some(policy) = policy else {
                self.listener.done(step);
                return Ok(());
            };
            // Another writer is answered at once by a fresh reading, a new service account by waiting.
            let written = async || match self.api.set_policy(resource, &policy).await {
                Err(error) if error.kind == Failure::Conflict => Ok(false),
                answer => answer.map(|()| true),
            };
            if self.patiently(written, late).await? {
                self.listener.done(step);
                return Ok(());
            }
        }
        Err(busy(resource))
    }

    async fn key(&self, step: &Step) -> Result<Option<(IamName, AccessKey)>> {
        let Some(want) = self.want(step) else { return Ok(None) };
        step.changes.iter().try_for_each(|change| self.listener.doing(step, &change.words()))?;
        let hmac = matches!(want.kind, PrincipalKind::Google(GoogleAccount::Hmac));
        let known = self.observed.accounts.get(&want.name).map_or(&[][..], |account| account.keys.as_slice());
        let key = make_key(self.api, self.gcp, &want.name, hmac, known, self.listener).await?;
        self.listener.done(step);
        Ok(Some((want.name.clone(), key)))
    }

    fn want(&self, step: &Step) -> Option<&PrincipalWant> {
        self.blueprint.principals.iter().find(|want| self.gcp.email(&want.name) == step.name)
    }

    async fn patiently<T, F: Future<Output = Answer<T>>>(&self, call: impl Fn() -> F, reason: &str) -> Result<T> {
        // A policy that names a service account which is not known everywhere yet is refused as malformed.
        let passing = |error: &CallError| {
            let unknown = error.kind == Failure::Malformed && error.message.contains("does not exist");
            unknown || error.kind == Failure::NotFound
        };
        poll(PATIENCE, passing, call, || self.listener.waiting(reason))
            .await
            .map_err(|error| explained(self.gcp, &error))
    }
}

fn taken(want: &BucketWant) -> Error {
    Error::new(Code::GCP_FOREIGN_BUCKET, format!("the bucket `{}` was taken by someone else meanwhile", want.name))
        .why("It was not there when the plan was made.")
        .fix("Choose another name.")
}

pub(super) fn busy(resource: &Resource) -> Error {
    Error::new(Code::GCP_POLICY_BUSY, format!("somebody else keeps changing {resource}"))
        .why(format!("Each of {ROUNDS} times it had changed between reading and writing, so nothing was written over."))
        .fix("Find out what writes there, such as Terraform in a loop, and run the same command again.")
}

fn gone(want: &BucketWant) -> CallError {
    CallError {
        call: "storage.buckets.get",
        resource: want.name.to_string(),
        kind: Failure::NotFound,
        code: "notFound".to_owned(),
        message: String::new(),
        request_id: None,
    }
}
