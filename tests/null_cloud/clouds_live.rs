//! Its calls: none.

use std::collections::BTreeMap;

use super::NullChange;
use crate::base::error::Result;
use crate::base::names::{IamName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::trial::ProofOptions;
use crate::clouds::{LiveCloud, Lacking};
use crate::model::{AtHand, Blueprint, Change as _, Facts, Listener, Plan, Proof, Step, Verb};

/// The cloud that has nothing.
#[derive(Debug)]
pub struct Null;

impl LiveCloud for Null {
    type Observed = ();
    type Change = NullChange;
    type Remover = Lacking;
    type Store = Lacking;

    async fn observe(&self, _: &Blueprint, _: AtHand) -> Result<()> {
        Ok(())
    }

    fn plan(&self, blueprint: &Blueprint, (): &()) -> Result<Plan<NullChange>> {
        let made = |name: &str| Step::new(Kind::Bucket, name, Verb::Create, vec![NullChange::CreateBucket]);
        let steps = blueprint.buckets.iter().map(|want| made(want.name.as_str())).collect();
        Ok(Plan { steps, ..Plan::default() })
    }

    async fn apply(
        &self,
        _: &Blueprint,
        (): &(),
        plan: &Plan<NullChange>,
        listener: &impl Listener,
    ) -> Result<BTreeMap<IamName, AccessKey>> {
        for step in &plan.steps {
            step.changes.iter().try_for_each(|change| listener.doing(step, &change.words()))?;
            listener.done(step);
        }
        Ok(BTreeMap::new())
    }

    async fn prove(&self, _: &Blueprint, _: &Facts, _: ProofOptions<'_>) -> Proof {
        Proof::default()
    }
}
