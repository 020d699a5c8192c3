//! Google Cloud: projects, buckets, service accounts and their policies, by the documented JSON APIs.
//!
//! Why no crate of Google's: the one for storage makes buckets by gRPC alone, for which there is no peer that a test could
//! run against, and it would bring a second HTTP client. docs/gcp.md says more.

pub mod api;
mod apply;
mod destroy;
mod explain;
mod find;
mod key;
mod observe;
mod prove;
pub mod rehearsal;
pub mod removals;
pub mod rest;

use std::collections::BTreeMap;

use self::removals::RemovalApi;
use crate::base::error::Result;
use crate::base::names::{BucketName, IamName, Kind, SpecName};
use crate::base::secret::AccessKey;
use crate::clouds::gcp::plan::{GcpObserved, Plan};
use crate::clouds::gcp::teardown::{Found, Removal, teardown};
use crate::clouds::trial::ProofOptions;
use crate::clouds::{Lacking, LiveCloud, Remover};
use crate::model::{
    AtHand, Blueprint, Facts, KeyState, Listener, Named, Proof, Remains, Teardown, TeardownScope, Witness,
};
use crate::spec::{GcpCloud, Spec};

/// Google Cloud, real or rehearsed.
#[derive(Debug)]
pub struct Gcp<'a, A> {
    /// The calls.
    pub api: &'a A,
    /// What the spec says of it.
    pub gcp: &'a GcpCloud,
}

impl<A: RemovalApi> LiveCloud for Gcp<'_, A> {
    type Observed = GcpObserved;
    type Change = crate::clouds::gcp::plan::GcpChange;
    type Remover = Self;
    type Store = Lacking;

    async fn observe(&self, blueprint: &Blueprint, at_hand: AtHand) -> Result<GcpObserved> {
        observe::observe(self.api, self.gcp, blueprint, at_hand).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &GcpObserved) -> Result<Plan> {
        crate::clouds::gcp::plan::gcp_plan(blueprint, self.gcp, observed)
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &GcpObserved,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        apply::apply(self.api, self.gcp, (blueprint, observed), plan, listener).await
    }

    fn keys<'o>(observed: &'o GcpObserved, user: &IamName) -> &'o [KeyState] {
        observed.accounts.get(user).map_or(&[], |account| account.keys.as_slice())
    }

    fn at_hand(observed: &GcpObserved) -> Option<&AtHand> {
        Some(&observed.at_hand)
    }

    fn remover(&self) -> Option<&Self> {
        Some(self)
    }

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof {
        prove::prove(self.api, self.gcp, blueprint, facts, options).await
    }
}

impl<A: RemovalApi> Remover for Gcp<'_, A> {
    type Found = Found;
    type Removal = Removal;
    /// Google does not tell when an account was used last.
    const QUIET: i64 = 0;

    async fn find(&self, spec: &Spec) -> Result<Found> {
        find::find(self.api, self.gcp, spec).await
    }

    fn told(found: &Found) -> Remains {
        found.told()
    }

    fn beyond(found: Found, named: &Named) -> Found {
        found.beyond(named)
    }

    fn teardown(spec: &SpecName, found: &Found, scope: &TeardownScope) -> Result<Teardown<Removal>> {
        teardown(spec, found, scope)
    }

    async fn remove(&self, found: &Found, teardown: &Teardown<Removal>, witness: &impl Witness) -> Result<()> {
        destroy::destroy(self.api, self.gcp, found, teardown, witness).await
    }

    async fn last_uses(&self, _: &Found) -> Result<BTreeMap<(Kind, String), i64>> {
        Ok(BTreeMap::new())
    }

    fn copy_line(from: &BucketName, to: &BucketName) -> String {
        format!("gcloud storage rsync --recursive gs://{from} gs://{to}")
    }
}
