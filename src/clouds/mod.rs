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
mod lacking;
pub mod leftovers;
mod limit;
pub mod patience;
mod retry;
pub mod store;
pub mod task;
pub(crate) mod terraform;
#[cfg(test)]
mod tests;
pub mod trial;

pub use known::known;
pub use lacking::Lacking;

use std::collections::{BTreeMap, BTreeSet};

use self::store::SecretStore;
use self::trial::ProofOptions;
use crate::base::error::Result;
use crate::base::names::{AccountId, Arn, BucketName, IamName, Issuer, Kind, SpecId, SpecName};
use crate::base::secret::AccessKey;
use crate::model::{
    AtHand, Blueprint, Change, Facts, KeyState, Listener, Named, Plan, Proof, Remains, Teardown, TeardownScope,
    TeardownStep, Witness,
};
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
pub trait LiveCloud {
    /// What it says exists.
    type Observed;
    /// What a step of its plans changes.
    type Change: Change;
    /// Finds and removes what carries a spec's mark; [`Lacking`] where that is left to the cloud's own tool.
    type Remover: Remover;
    /// The cloud's own place for Secrets; [`Lacking`] where it has none.
    type Store: SecretStore;

    /// Who calls, where there are accounts.
    async fn caller(&self) -> Result<Option<Caller>> {
        Ok(None)
    }
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
    fn issuer(_observed: &Self::Observed) -> Option<Issuer> {
        None
    }
    /// The ids of specs of this name that resources carry, and `None` for those without; nothing where ids are not kept.
    fn ids(_observed: &Self::Observed, _spec: &Spec) -> Option<BTreeSet<Option<SpecId>>> {
        None
    }
    /// Whoever finds and removes what carries a spec's mark.
    fn remover(&self) -> Option<&Self::Remover> {
        None
    }
    /// The access keys that a user has, where the cloud has any that are made here.
    fn keys<'o>(_: &'o Self::Observed, _: &IamName) -> &'o [KeyState] {
        &[]
    }
    /// What the output folder tells of keys, where any are made here.
    fn at_hand(_: &Self::Observed) -> Option<&AtHand> {
        None
    }
    /// The cloud's own place for Secrets.
    fn secret_store(&self) -> Option<&Self::Store> {
        None
    }
    /// Tries out what is there.
    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof;
}

/// Finds what carries a spec's mark, and removes it.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait Remover {
    /// What is found, in the cloud's own terms.
    type Found;
    /// One removal.
    type Removal: Change;
    /// How long a user or role must be unused, in seconds, before it counts as unused.
    const QUIET: i64;

    /// Everything that carries a spec's mark.
    async fn find(&self, spec: &Spec) -> Result<Self::Found>;
    /// What everybody is told of it.
    fn told(found: &Self::Found) -> Remains;
    /// Only what a spec does not name any more.
    fn beyond(found: Self::Found, named: &Named) -> Self::Found;
    /// The steps that remove it.
    ///
    /// # Errors
    /// `BW0621`, `BW0622` for data that is not to be deleted.
    fn teardown(spec: &SpecName, found: &Self::Found, scope: &TeardownScope) -> Result<Teardown<Self::Removal>>;
    /// Carries them out.
    async fn remove(
        &self,
        found: &Self::Found,
        teardown: &Teardown<Self::Removal>,
        witness: &impl Witness,
    ) -> Result<()>;
    /// When users and roles were used last, in seconds since 1970, by kind and name; what cannot be told is left out.
    async fn last_uses(&self, found: &Self::Found) -> Result<BTreeMap<(Kind, String), i64>>;
    /// The line that copies everything from one bucket into another.
    fn copy_line(from: &BucketName, to: &BucketName) -> String;
}

/// Carries out a teardown, one removal after the other. One that fails stops the run: what comes later needs what came before.
///
/// # Errors
/// Those of the removals, and the witness's.
async fn carry_out<R: Change>(
    teardown: &Teardown<R>,
    witness: &impl Witness,
    remove: impl AsyncFn(&TeardownStep<R>, &R) -> Result<()>,
) -> Result<()> {
    for step in teardown.steps.iter().filter(|step| !step.removals.is_empty()) {
        for removal in &step.removals {
            witness.removing(step, &removal.words())?;
            remove(step, removal).await?;
        }
        witness.done(step);
    }
    Ok(())
}
