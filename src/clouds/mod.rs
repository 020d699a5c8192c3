//! The clouds: what exists in them, and how what is missing gets made.

pub mod aws;
pub mod azure;
pub mod gcp;
pub mod s3;

pub(crate) mod audit;
pub mod call;
pub mod clock;
pub mod export;
pub mod known;
pub mod patience;
pub mod store;
pub mod trial;

pub use known::known;

use std::collections::{BTreeMap, BTreeSet};

use self::aws::live::destroy::Witness;
use self::store::SecretStore;
use self::trial::ProofOptions;
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, IamName, Issuer, SpecId};
use crate::base::secret::AccessKey;
use crate::clouds::aws::plan::Leftovers;
use crate::clouds::aws::teardown::Found;
use crate::model::{AtHand, Blueprint, Change, Facts, KeyState, Listener, Plan, Proof};
use crate::spec::Spec;

/// Who calls. Source: STS, GetCallerIdentity.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The caller's ARN; its partition is the truth.
    pub arn: Arn,
}

/// A cloud as a run uses it, whichever it is: observe, plan, make, prove.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait Cloud {
    /// What it says exists.
    type Observed;
    /// What a step of its plans changes.
    type Change: Change;

    /// Who calls, where there are accounts.
    async fn caller(&self) -> Result<Option<Caller>>;
    /// What exists of all that a blueprint speaks of. `at_hand` is what the folder keeps.
    async fn observe(&self, blueprint: &Blueprint, at_hand: AtHand) -> Result<Self::Observed>;
    /// The steps from there to the blueprint.
    ///
    /// # Errors
    /// What stops the whole; what cannot be done to one resource is a refused step.
    fn plan(&self, blueprint: &Blueprint, observed: &Self::Observed) -> Result<Plan<Self::Change>>;
    /// Carries out a plan; gives the keys that were made.
    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &Self::Observed,
        plan: &Plan<Self::Change>,
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
    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof;
}
