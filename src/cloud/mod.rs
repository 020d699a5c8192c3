//! The clouds: what exists in them, and how what is missing gets made.

pub mod aws;
pub mod s3_compatible;

use std::collections::BTreeMap;

use self::aws::api::{AwsApi, BucketApi};
use crate::blueprint::Blueprint;
use crate::error::Result;
use crate::names::{AccountId, IamName, Issuer};
use crate::plan::{Listener, Observed, Plan, StoreObserved};
use crate::proof::Proof;
use crate::render::Facts;
use crate::secret::AccessKey;
use crate::spec::Store;

/// A cloud as a run uses it, whichever it is: observe, plan, make, prove.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait Cloud {
    /// What it says exists.
    type Observed;

    /// The account that the credentials belong to, where there are accounts.
    async fn account(&self) -> Result<Option<AccountId>>;
    /// What exists of all that a blueprint speaks of. `held` are the ids of the keys whose secrets are at hand.
    async fn observe(&self, blueprint: &Blueprint, held: BTreeMap<IamName, String>) -> Result<Self::Observed>;
    /// The steps from there to the blueprint.
    ///
    /// # Errors
    /// What stops the whole; what cannot be done to one resource is a refused step.
    fn plan(&self, blueprint: &Blueprint, observed: &Self::Observed) -> Result<Plan>;
    /// Carries out a plan; gives the keys that were made.
    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &Self::Observed,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>>;
    /// The cluster's OIDC issuer, where one was asked for.
    fn issuer(observed: &Self::Observed) -> Option<Issuer>;
    /// Tries out what was made.
    async fn prove(
        &self,
        blueprint: &Blueprint,
        observed: &Self::Observed,
        facts: &Facts,
        waiting: &impl Fn(&str) -> bool,
    ) -> Proof;
}

/// AWS, real or rehearsed.
#[derive(Debug)]
pub struct Aws<'a, A>(pub &'a A);

impl<A: AwsApi> Cloud for Aws<'_, A> {
    type Observed = Observed;

    async fn account(&self) -> Result<Option<AccountId>> {
        Ok(Some(self.0.caller().await?.account))
    }

    async fn observe(&self, blueprint: &Blueprint, held: BTreeMap<IamName, String>) -> Result<Observed> {
        aws::observe::observe(self.0, blueprint, held).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &Observed) -> Result<Plan> {
        crate::plan::plan(blueprint, observed)
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &Observed,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        aws::apply::apply(self.0, blueprint, observed, plan, listener).await
    }

    fn issuer(observed: &Observed) -> Option<Issuer> {
        observed.issuer.clone()
    }

    async fn prove(
        &self,
        blueprint: &Blueprint,
        observed: &Observed,
        facts: &Facts,
        waiting: &impl Fn(&str) -> bool,
    ) -> Proof {
        aws::prove::prove(self.0, blueprint, facts, &observed.account, waiting).await
    }
}

/// A server that speaks S3, real or rehearsed.
#[derive(Debug)]
pub struct S3Compatible<'a, B> {
    /// The server.
    pub api: &'a B,
    /// The same, with the checksums that not every server takes; `None` leaves them untried.
    pub newer_checksums: Option<&'a B>,
    /// What the spec says of it.
    pub store: &'a Store,
}

impl<B: BucketApi> Cloud for S3Compatible<'_, B> {
    type Observed = StoreObserved;

    async fn account(&self) -> Result<Option<AccountId>> {
        Ok(None)
    }

    async fn observe(&self, blueprint: &Blueprint, _: BTreeMap<IamName, String>) -> Result<StoreObserved> {
        s3_compatible::observe(self.api, self.store, blueprint).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &StoreObserved) -> Result<Plan> {
        Ok(crate::plan::store_plan(blueprint, self.store, observed))
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &StoreObserved,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        s3_compatible::apply(self.api, self.store, blueprint, observed, plan, listener).await?;
        Ok(BTreeMap::new())
    }

    fn issuer(_: &StoreObserved) -> Option<Issuer> {
        None
    }

    async fn prove(
        &self,
        blueprint: &Blueprint,
        _: &StoreObserved,
        facts: &Facts,
        waiting: &impl Fn(&str) -> bool,
    ) -> Proof {
        s3_compatible::prove(self.api, self.newer_checksums, self.store, blueprint, facts, waiting).await
    }
}
