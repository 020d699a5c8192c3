//! Google Cloud: projects, buckets, service accounts and their policies, by the documented JSON APIs.
//!
//! Why no crate of Google's: the one for storage makes buckets by gRPC alone, for which there is no peer that a test could
//! run against, and it would bring a second HTTP client. docs/gcp.md says more.

pub mod api;
mod apply;
mod explain;
mod key;
mod observe;
mod prove;
pub mod rehearsal;
pub mod rest;

use std::collections::BTreeMap;

use self::api::GoogleApi;
use crate::base::error::Result;
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::gcp::plan::{GcpObserved, Plan};
use crate::clouds::trial::ProofOptions;
use crate::clouds::{Lacking, LiveCloud};
use crate::model::{AtHand, Blueprint, Facts, KeyState, Listener, Proof};
use crate::spec::GcpCloud;

/// Google Cloud, real or rehearsed.
#[derive(Debug)]
pub struct Gcp<'a, A> {
    /// The calls.
    pub api: &'a A,
    /// What the spec says of it.
    pub gcp: &'a GcpCloud,
}

impl<A: GoogleApi> LiveCloud for Gcp<'_, A> {
    type Observed = GcpObserved;
    type Change = crate::clouds::gcp::plan::GcpChange;
    type Remover = Lacking;
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

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof {
        prove::prove(self.api, self.gcp, blueprint, facts, options).await
    }
}
