//! A server that speaks S3, as a run uses it.

use std::collections::BTreeMap;

use crate::base::error::Result;
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::BucketApi;
use crate::clouds::patience::Patience;
use crate::clouds::s3::StoreObserved;
use crate::clouds::s3::plan::Plan;
use crate::clouds::trial::ProofOptions;
use crate::clouds::{Lacking, LiveCloud};
use crate::model::{AtHand, Blueprint, Facts, Listener, Proof};
use crate::spec::S3Cloud;

/// A server that speaks S3, real or rehearsed.
#[derive(Debug)]
pub struct S3Compatible<'a, B> {
    /// The server.
    pub api: &'a B,
    /// The same, with the checksums that not every server takes; `None` leaves them untried.
    pub newer_checksums: Option<&'a B>,
    /// What the spec says of it.
    pub store: &'a S3Cloud,
}

impl<B: BucketApi> LiveCloud for S3Compatible<'_, B> {
    type Observed = StoreObserved;
    type Change = crate::clouds::s3::plan::S3Change;
    type Remover = Lacking;
    type Store = Lacking;

    async fn observe(&self, blueprint: &Blueprint, _: AtHand) -> Result<StoreObserved> {
        super::observe(self.api, self.store, blueprint).await
    }

    fn plan(&self, blueprint: &Blueprint, observed: &StoreObserved) -> Result<Plan> {
        crate::clouds::s3::store_plan(blueprint, self.store, observed)
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        observed: &StoreObserved,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        super::apply(self.api, self.store, blueprint, observed, plan, listener).await?;
        Ok(BTreeMap::new())
    }

    async fn prove(&self, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof {
        let judges = options.whole;
        let options = ProofOptions { patience: Patience::NEARBY, whole: false, ..options };
        let mut proof = super::prove(self.api, self.newer_checksums, self.store, blueprint, facts, options).await;
        if judges && !(options.stopped)() {
            proof.extend([super::others(self.api, self.store, blueprint).await]);
        }
        proof
    }
}
