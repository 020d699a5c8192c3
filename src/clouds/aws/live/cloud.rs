//! AWS as a run uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::removals::RemovalApi;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName, Issuer, Kind, SpecId, SpecName};
use crate::base::secret::AccessKey;
use crate::clouds::aws::plan::{Observed, Plan};
use crate::clouds::aws::rotation::QUIET;
use crate::clouds::aws::teardown::{Found, Removal, Teardown, teardown};
use crate::clouds::store::SecretStore;
use crate::clouds::trial::ProofOptions;
use crate::clouds::{Caller, LiveCloud, Remover};
use crate::model::{
    AtHand, Blueprint, Facts, KeyState, Listener, Named, Owner, Proof, Remains, TeardownScope, Witness,
};
use crate::spec::Spec;

/// AWS, real or rehearsed.
#[derive(Debug)]
pub struct Aws<'a, A>(pub &'a A);

impl<A: RemovalApi + SecretStore> LiveCloud for Aws<'_, A> {
    type Observed = Observed;
    type Change = crate::clouds::aws::plan::AwsChange;
    type Remover = Self;
    type Store = A;

    async fn caller(&self) -> Result<Option<Caller>> {
        Ok(Some(self.0.caller().await?))
    }

    async fn observe(&self, blueprint: &Blueprint, at_hand: AtHand) -> Result<Observed> {
        super::observe::observe(self.0, blueprint, at_hand).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &Observed) -> Result<Plan> {
        crate::clouds::aws::plan::plan(blueprint, observed)
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &Observed,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        super::apply::apply(self.0, blueprint, observed, plan, listener).await
    }

    fn issuer(observed: &Observed) -> Option<Issuer> {
        observed.issuer.clone()
    }

    fn remover(&self) -> Option<&Self> {
        Some(self)
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

    fn secret_store(&self) -> Option<&A> {
        Some(self.0)
    }

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof {
        super::prove::prove(self.0, blueprint, facts, options).await
    }
}

impl<A: RemovalApi> Remover for Aws<'_, A> {
    type Found = Found;
    type Removal = Removal;
    const QUIET: i64 = QUIET;

    async fn find(&self, spec: &Spec) -> Result<Found> {
        super::find::find(self.0, spec).await
    }

    fn told(found: &Found) -> Remains {
        found.told()
    }

    fn beyond(found: Found, named: &Named) -> Found {
        found.beyond(named)
    }

    fn teardown(spec: &SpecName, found: &Found, scope: &TeardownScope) -> Result<Teardown> {
        teardown(spec, found, scope)
    }

    async fn remove(&self, found: &Found, teardown: &Teardown, witness: &impl Witness) -> Result<()> {
        super::destroy::destroy(self.0, found, teardown, witness).await
    }

    async fn last_uses(&self, found: &Found) -> Result<BTreeMap<(Kind, String), i64>> {
        super::last_use::last_uses(self.0, found).await
    }

    fn copy_line(from: &BucketName, to: &BucketName) -> String {
        format!("aws s3 sync s3://{from} s3://{to}")
    }
}
