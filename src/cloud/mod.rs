//! The clouds: what exists in them, and how what is missing gets made.

pub mod aws;
pub mod azure;
#[cfg(feature = "gcp")]
pub mod gcp;
pub mod s3_compatible;

use std::collections::{BTreeMap, BTreeSet};

use self::aws::api::{BucketApi, Caller};
use self::aws::destroy::Witness;
use self::aws::propagation::Patience;
use self::aws::prove::Manner;
use self::aws::removals::RemovalApi;
use self::aws::sdk::SdkAccount;
use self::aws::store::SecretStore;
use self::azure::BlobApi;
use crate::blueprint::{Blueprint, Owner};
use crate::error::Result;
use crate::names::{IamName, Issuer, SpecId};
use crate::plan::{AtHand, AzureObserved, KeyState, Leftovers, Listener, Observed, Plan, StoreObserved};
use crate::proof::Proof;
use crate::render::Facts;
use crate::secret::AccessKey;
use crate::spec::{Spec, Store};
use crate::teardown::Found;

/// A cloud as a run uses it, whichever it is: observe, plan, make, prove.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait Cloud {
    /// What it says exists.
    type Observed;

    /// Who calls, where there are accounts.
    async fn caller(&self) -> Result<Option<Caller>>;
    /// What exists of all that a blueprint speaks of. `at_hand` is what the folder keeps.
    async fn observe(&self, blueprint: &Blueprint, at_hand: AtHand) -> Result<Self::Observed>;
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
    /// The ids of specs of this name that resources carry, and `None` for those without; nothing where ids are not kept.
    fn ids(_observed: &Self::Observed, _spec: &Spec) -> Option<BTreeSet<Option<SpecId>>> {
        None
    }
    /// Everything that carries a spec's tags; `None` where that is not looked for.
    async fn find(&self, _spec: &Spec) -> Result<Option<Found>> {
        Ok(None)
    }
    /// Removes what is left over.
    async fn remove(&self, _left: &Leftovers, _witness: &impl Witness) -> Result<()> {
        Ok(())
    }
    /// When what is left was used last, in seconds since 1970, by kind and name; what cannot be told is left out.
    async fn last_uses(&self, _left: &Leftovers) -> Result<BTreeMap<(&'static str, String), i64>> {
        Ok(BTreeMap::new())
    }
    /// The access keys that a user has, where the cloud has any that are made here.
    fn keys<'o>(_: &'o Self::Observed, _: &IamName) -> &'o [KeyState] {
        &[]
    }
    /// What the output folder tells of keys, where any are made here.
    fn at_hand(_: &Self::Observed) -> Option<&AtHand> {
        None
    }
    /// The place of Secrets that the cloud keeps, if it has one.
    fn entries(&self) -> Option<&impl SecretStore>;
    /// Tries out what is there.
    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, manner: Manner<'_>) -> Proof;
}

/// AWS, real or rehearsed.
#[derive(Debug)]
pub struct Aws<'a, A>(pub &'a A);

impl<A: RemovalApi + SecretStore> Cloud for Aws<'_, A> {
    type Observed = Observed;

    async fn caller(&self) -> Result<Option<Caller>> {
        Ok(Some(self.0.caller().await?))
    }

    async fn observe(&self, blueprint: &Blueprint, at_hand: AtHand) -> Result<Observed> {
        aws::observe::observe(self.0, blueprint, at_hand).await
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

    async fn find(&self, spec: &Spec) -> Result<Option<Found>> {
        aws::find::find(self.0, spec).await.map(Some)
    }

    async fn remove(&self, left: &Leftovers, witness: &impl Witness) -> Result<()> {
        aws::destroy::destroy(self.0, &left.found, &left.teardown, witness).await
    }

    async fn last_uses(&self, left: &Leftovers) -> Result<BTreeMap<(&'static str, String), i64>> {
        aws::last_use::last_uses(self.0, &left.found).await
    }

    fn ids(observed: &Observed, spec: &Spec) -> Option<BTreeSet<Option<SpecId>>> {
        Some(Owner::of(spec).ids(observed.tags()))
    }

    fn keys<'o>(observed: &'o Observed, user: &IamName) -> &'o [KeyState] {
        let found = observed.principals.get(user).and_then(|found| found.principal.as_ref());
        found.map_or(&[], |state| state.keys.as_slice())
    }

    fn at_hand(observed: &Observed) -> Option<&AtHand> {
        Some(&observed.at_hand)
    }

    fn entries(&self) -> Option<&impl SecretStore> {
        Some(self.0)
    }

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, manner: Manner<'_>) -> Proof {
        aws::prove::prove(self.0, blueprint, facts, manner).await
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

    async fn caller(&self) -> Result<Option<Caller>> {
        Ok(None)
    }

    async fn observe(&self, blueprint: &Blueprint, _: AtHand) -> Result<StoreObserved> {
        s3_compatible::observe(self.api, self.store, blueprint).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &StoreObserved) -> Result<Plan> {
        crate::plan::store_plan(blueprint, self.store, observed)
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

    fn entries(&self) -> Option<&impl SecretStore> {
        None::<&SdkAccount>
    }

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, manner: Manner<'_>) -> Proof {
        let judges = manner.whole;
        let manner = Manner { patience: Patience::NEARBY, whole: false, ..manner };
        let mut proof =
            s3_compatible::prove(self.api, self.newer_checksums, self.store, blueprint, facts, manner).await;
        if judges && !(manner.stopped)() {
            proof.extend([s3_compatible::others(self.api, self.store, blueprint).await]);
        }
        proof
    }
}

/// A storage account of Azure's, real or rehearsed.
#[derive(Debug)]
pub struct AzureBlobs<'a, B>(
    /// The account; `None` where no key was at hand: then nothing is asked.
    pub Option<&'a B>,
);

impl<B: BlobApi> Cloud for AzureBlobs<'_, B> {
    type Observed = AzureObserved;

    async fn caller(&self) -> Result<Option<Caller>> {
        Ok(None)
    }

    async fn observe(&self, blueprint: &Blueprint, _: AtHand) -> Result<AzureObserved> {
        match self.0 {
            Some(api) => azure::observe(api, blueprint).await,
            None => Ok(AzureObserved::default()),
        }
    }

    fn plan(&self, blueprint: &Blueprint, observed: &AzureObserved) -> Result<Plan> {
        Ok(crate::plan::azure_plan(blueprint, observed))
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        _: &AzureObserved,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        if let Some(api) = self.0 {
            azure::apply(api, blueprint, plan, listener).await?;
        }
        Ok(BTreeMap::new())
    }

    fn issuer(_: &AzureObserved) -> Option<Issuer> {
        None
    }

    fn entries(&self) -> Option<&impl SecretStore> {
        None::<&SdkAccount>
    }

    async fn prove(&self, blueprint: &Blueprint, _: &Facts, manner: Manner<'_>) -> Proof {
        azure::prove(self.0, blueprint, manner.stopped).await
    }
}
