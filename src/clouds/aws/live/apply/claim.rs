//! Two first runs at once: each gives its spec a new id, so of what both want one run must get all, or neither could go on.

use std::collections::BTreeMap;

use super::{Applying, Listener};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{IamName, Kind};
use crate::clouds::aws::live::api::AwsApi;
use crate::clouds::aws::plan::AwsChange;
use crate::model::PrincipalWant;

impl<A: AwsApi, L: Listener> Applying<'_, A, L> {
    /// Makes the policies of a spec that gets its id now, before all else and in the order of their names: of two runs that want the
    /// same ones, the first that is stopped has made none that the other waits for.
    ///
    /// # Errors
    /// `BW0628` where another run made the first of them: then this one has made nothing. `BW0603` where it made a later one.
    pub(super) async fn claim(&self) -> Result<BTreeMap<IamName, Result<()>>> {
        let mut claimed = BTreeMap::new();
        if self.blueprint.spec.new_id.is_none() {
            return Ok(claimed);
        }
        let mut wants: Vec<&PrincipalWant> = self.blueprint.principals.iter().collect();
        wants.sort_by_key(|want| &want.name);
        for want in wants {
            let creates = |change: &AwsChange| matches!(change, AwsChange::CreatePolicy(_));
            let step = self.step(Kind::Policy, want.name.as_str()).filter(|step| step.changes.iter().any(creates));
            let Some(step) = step else { continue };
            let made = self.policy(want, step).await;
            if let Err(error) = &made
                && error.code() == &Code::OTHER_SPEC
            {
                return Err(if claimed.is_empty() { quicker(error) } else { error.clone() });
            }
            claimed.insert(want.name.clone(), made);
        }
        Ok(claimed)
    }

    /// The buckets of a spec that gets its id now and makes no policy: likewise in order, until one is another spec's.
    pub(super) async fn one_after_the_other(&self, keys_apart: bool) -> Vec<Result<()>> {
        let mut all = Vec::new();
        for want in &self.blueprint.buckets {
            let made = self.bucket(want, keys_apart).await;
            let lost = made.as_ref().err().filter(|error| error.code() == &Code::OTHER_SPEC);
            if let Some(error) = lost {
                all.push(Err(if all.is_empty() { quicker(error) } else { error.clone() }));
                return all;
            }
            all.push(made);
        }
        all
    }
}

/// That another run was first, and this one has made nothing.
fn quicker(error: &Error) -> Error {
    Error::new(Code::SECOND_FIRST_RUN, error.what())
        .why("It began at the same time and was quicker. This run has made nothing.")
        .fix("If both are one spec, wait for the end of the other run and run the same command again. If not, give this spec another `name`.")
}
