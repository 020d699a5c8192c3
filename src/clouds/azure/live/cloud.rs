//! A storage account of Azure's, as a run uses it.

use std::collections::BTreeMap;

use super::BlobApi;
use crate::base::error::Result;
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::azure::AzureObserved;
use crate::clouds::azure::plan::Plan;
use crate::clouds::trial::ProofOptions;
use crate::clouds::{Lacking, LiveCloud};
use crate::model::{AtHand, Blueprint, Facts, Listener, Proof};

/// A storage account of Azure's, real or rehearsed.
#[derive(Debug)]
pub struct AzureBlobs<'a, B>(
    /// The account; `None` where no key was available: then nothing is asked.
    pub Option<&'a B>,
);

impl<B: BlobApi> LiveCloud for AzureBlobs<'_, B> {
    type Observed = AzureObserved;
    type Change = crate::clouds::azure::AzureChange;
    type Remover = Lacking;
    type Store = Lacking;

    async fn observe(&self, blueprint: &Blueprint, _: AtHand) -> Result<AzureObserved> {
        match self.0 {
            Some(api) => super::observe(api, blueprint).await,
            None => Ok(AzureObserved::default()),
        }
    }

    fn plan(&self, blueprint: &Blueprint, observed: &AzureObserved) -> Result<Plan> {
        Ok(crate::clouds::azure::azure_plan(blueprint, observed))
    }

    async fn apply(
        &self,
        blueprint: &Blueprint,
        _: &AzureObserved,
        plan: &Plan,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        if let Some(api) = self.0 {
            super::apply(api, blueprint, plan, listener).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn prove(&self, blueprint: &Blueprint, _: &Facts, options: ProofOptions<'_>) -> Proof {
        super::prove(self.0, blueprint, options).await
    }
}
