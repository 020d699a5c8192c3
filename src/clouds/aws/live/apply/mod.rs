//! Makes what a plan says is missing. Independent resources at the same time; read, merge, write; never a blind retry.

mod access_key;
pub(in crate::clouds) mod bucket;
mod claim;
mod principal;

use std::collections::BTreeMap;

use futures_util::future::join_all;

pub use access_key::make_key;

use super::api::{AwsApi, Tags};
use crate::base::error::{Error, Result};
use crate::base::names::{AccountId, Arn, IamName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::aws::plan::{AwsChange, Observed, Plan, Step};
use crate::clouds::call::{CallError, Failure};
use crate::clouds::patience::{Patience, poll};
use crate::model::{Blueprint, Change as _, Listener, ORIGIN_TAG, tags_of};
use crate::policy::AUDIENCE;

/// Carries out a plan.
///
/// What fails stops only what depends on it; the rest is finished, and the next run makes what is missing.
///
/// # Errors
/// All failures, joined.
pub async fn apply(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    observed: &Observed,
    plan: &Plan,
    listener: &impl Listener,
) -> Result<BTreeMap<IamName, AccessKey>> {
    let work =
        Applying { api, blueprint, account: &observed.account, observed, plan, listener, claimed: BTreeMap::new() };
    let claimed = work.claim().await?;
    let work = Applying { claimed, ..work };
    // The right to a key is there before a bucket encrypts with it, and goes after that.
    let gives_up = work.gives_up_a_key();
    let first = if gives_up { work.buckets(false).await } else { Vec::new() };
    Error::check(first.into_iter().filter_map(Result::err).collect())?;
    let provider = work.providers();
    let buckets = async { if gives_up { Vec::new() } else { work.buckets(true).await } };
    let principals = async {
        let provider = provider.await;
        let made = join_all(blueprint.principals.iter().map(|want| work.principal(want, provider.is_ok()))).await;
        (provider, made)
    };
    let (buckets, (provider, principals)) = futures_util::join!(buckets, principals);
    let mut errors: Vec<Error> = buckets.into_iter().filter_map(Result::err).collect();
    errors.extend(provider.err());
    let mut keys = BTreeMap::new();
    for (want, made) in blueprint.principals.iter().zip(principals) {
        match made {
            Ok(Some(key)) => {
                keys.insert(want.name.clone(), key);
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    Error::check(errors)?;
    if !gives_up {
        let set = join_all(blueprint.buckets.iter().map(|want| work.default_key(want))).await;
        Error::check(set.into_iter().filter_map(Result::err).collect())?;
    }
    Ok(keys)
}

struct Applying<'a, A, L> {
    api: &'a A,
    blueprint: &'a Blueprint,
    account: &'a AccountId,
    observed: &'a Observed,
    plan: &'a Plan,
    listener: &'a L,
    /// What became of the policies that were made before all else.
    claimed: BTreeMap<IamName, Result<()>>,
}

impl<A: AwsApi, L: Listener> Applying<'_, A, L> {
    fn step(&self, kind: Kind, name: &str) -> Option<&Step> {
        self.plan.steps.iter().find(|step| step.kind == kind && step.name == name)
    }

    async fn buckets(&self, keys_apart: bool) -> Vec<Result<()>> {
        if self.blueprint.spec.new_id.is_some() && self.claimed.is_empty() {
            return self.one_after_the_other(keys_apart).await;
        }
        join_all(self.blueprint.buckets.iter().map(|want| self.bucket(want, keys_apart))).await
    }

    /// Whether a key that a bucket still encrypts with is given up.
    fn gives_up_a_key(&self) -> bool {
        let spec = &self.blueprint.spec;
        let former = spec.former_keys.as_deref();
        let given_up = |was: &String| former.is_some_and(|former| !former.iter().any(|key| key.as_str() == was));
        self.plan.steps.iter().flat_map(|step| &step.changes).any(|change| match change {
            AwsChange::EncryptWithKey { was: Some(was), .. } | AwsChange::EncryptByS3 { was } => given_up(was),
            _ => false,
        })
    }

    async fn providers(&self) -> Result<()> {
        let steps = self.plan.steps.iter().filter(|step| step.kind == Kind::OidcProvider);
        Error::check(
            join_all(steps.map(|step| self.provider(step))).await.into_iter().filter_map(Result::err).collect(),
        )
    }

    async fn provider(&self, step: &Step) -> Result<()> {
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            match change {
                AwsChange::CreateOidcProvider(issuer) => {
                    let arn =
                        Arn::iam(self.blueprint.partition(), self.account, Kind::OidcProvider, issuer.host_path());
                    if let Err(error) = self.api.create_oidc_provider(issuer, &self.tags_for_provider()).await {
                        self.provider_is_there(&arn, error).await?;
                    }
                }
                AwsChange::AddOidcAudience(arn) => self.api.add_oidc_audience(arn, AUDIENCE).await?,
                _ => {}
            }
        }
        self.listener.done(step);
        Ok(())
    }

    /// After an unclear answer: fine when the provider exists with our audience, which is added if it lacks.
    async fn provider_is_there(&self, arn: &Arn, error: CallError) -> Result<()> {
        if !unclear(&error) {
            return Err(error.into());
        }
        match self.api.oidc_audiences(arn).await? {
            Some(there) if there.iter().any(|audience| audience == AUDIENCE) => Ok(()),
            Some(_) => Ok(self.api.add_oidc_audience(arn, AUDIENCE).await?),
            None => Err(error.into()),
        }
    }

    fn tags_for_provider(&self) -> Tags {
        let mut tags = tags_of(&self.blueprint.spec, None);
        tags.insert(ORIGIN_TAG.to_owned(), "created".to_owned());
        tags
    }

    /// Tries again while a fresh resource is not visible yet, or S3 is busy with the bucket.
    async fn patiently<T, F: Future<Output = std::result::Result<T, CallError>>>(
        &self,
        call: impl Fn() -> F,
        reason: &str,
    ) -> Result<T> {
        Ok(self
            .patiently_if(
                |error| matches!(error.kind, Failure::NotFound | Failure::Conflict | Failure::Throttled),
                call,
                reason,
            )
            .await?)
    }

    async fn patiently_if<T, F: Future<Output = std::result::Result<T, CallError>>>(
        &self,
        passing: impl Fn(&CallError) -> bool,
        call: impl Fn() -> F,
        reason: &str,
    ) -> std::result::Result<T, CallError> {
        poll(Patience::PROPAGATION, passing, call, || self.listener.waiting(reason)).await
    }
}

/// Whether it is open if the call took effect, or somebody's earlier call did.
fn unclear(error: &CallError) -> bool {
    matches!(error.kind, Failure::Exists | Failure::NoAnswer | Failure::Other | Failure::Throttled)
}
