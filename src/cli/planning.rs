//! Planning, which `plan`, `apply` and the guided run share: account, blueprint, observation, what is left, plan.

use std::collections::BTreeSet;

use super::applied::{identified, of_account};
use super::connect::{InCloud, connected};
use super::context::Context;
use super::destroy::held_keys;
use super::kept::{at_hand, home};
use super::work::Wishes;
use crate::base::error::Result;
use crate::base::names::SpecId;
use crate::blueprint::blueprint;
use crate::clouds::leftovers::{Leftovers, add_leftovers, leftovers};
use crate::clouds::{LiveCloud, Remover};
use crate::model::{Blueprint, Plan, Shown, TeardownScope};
use crate::profile::Catalogue;
use crate::spec::Spec;

/// What a planning found, as it is shown.
pub(super) struct Planned {
    pub(super) blueprint: Blueprint,
    pub(super) plan: Plan<Shown>,
}

/// What a planning found, to be carried out.
pub(super) struct Prepared<C: LiveCloud> {
    pub(super) blueprint: Blueprint,
    pub(super) observed: C::Observed,
    pub(super) plan: Plan<C::Change>,
    /// What earlier versions of the spec left, where it was looked for.
    pub(super) left: Option<Leftovers<C::Remover>>,
}

/// Plans, in the real cloud or in memory.
pub(super) fn planned(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Planned> {
    let catalogue = context.catalogue()?;
    let place = spec.clone();
    Context::block_on(connected(
        context,
        &place,
        wishes.rehearse,
        &wishes.cluster.cluster,
        Planning { spec, catalogue: &catalogue, wishes, context },
    ))
}

/// What is to be planned.
pub(super) struct Planning<'a> {
    pub(super) spec: Spec,
    pub(super) catalogue: &'a Catalogue,
    pub(super) wishes: &'a Wishes<'a>,
    pub(super) context: &'a Context,
}

impl InCloud for Planning<'_> {
    type Output = Planned;

    async fn run(self, cloud: &impl LiveCloud) -> Result<Planned> {
        Ok(prepared(cloud, self).await?.shown())
    }
}

/// Plans in a cloud.
pub(super) async fn prepared<C: LiveCloud>(cloud: &C, work: Planning<'_>) -> Result<Prepared<C>> {
    let caller = cloud.caller().await?;
    work.context.say_caller(caller.as_ref().filter(|_| !work.wishes.rehearse));
    let account = caller.as_ref().map(|caller| &caller.account);
    if let Some(account) = account.filter(|_| !work.wishes.rehearse) {
        of_account(&work.wishes.folder, &work.spec, account)?;
    }
    let spec = identified(work.spec, &work.wishes.folder)?;
    let built = blueprint(spec.clone(), work.catalogue, account)?;
    let folder = work.wishes.folder.clone().at_home(home(&built));
    let at_hand = at_hand(&built, &folder, work.wishes.second_key)?;
    let (observed, found) = futures_util::join!(cloud.observe(&built, at_hand), search(cloud, &spec, work.wishes));
    let observed = observed?;
    let new_id = account.filter(|_| !work.wishes.rehearse).map(|account| SpecId::first(account, spec.text()));
    let candidate = C::ids(&observed, &spec).and_then(|ids| candidate(&spec, ids, new_id));
    let (mut plan, mut built, mut found) = (cloud.plan(&built, &observed)?, built, found);
    if let Some(spec) = candidate {
        let is_new = spec.new_id.is_some();
        let other = blueprint(spec.clone(), work.catalogue, account)?;
        let other_plan = cloud.plan(&other, &observed)?;
        // What would change nothing of what carries the id is the same spec, applied from another folder.
        if is_new || other_plan.only_adds() {
            (plan, built) = (other_plan, other);
            found = if is_new { found } else { search(cloud, &spec, work.wishes).await };
        }
    }
    let mut prepared = Prepared { blueprint: built, observed, plan, left: None };
    prepared.add_leftovers(found, work.wishes)?;
    Ok(prepared)
}

/// The spec with the id that it may have, where it has none: the only one that its name carries in the account, or a new one where
/// nothing carries its name.
fn candidate(spec: &Spec, ids: BTreeSet<Option<SpecId>>, new_id: Option<SpecId>) -> Option<Spec> {
    if spec.id.is_some() {
        return None;
    }
    let mut spec = spec.clone();
    match ids.into_iter().collect::<Vec<_>>().as_slice() {
        [] => spec.new_id = Some(new_id?),
        [None, Some(id)] | [Some(id)] => spec.id = Some(id.clone()),
        _ => return None,
    }
    Some(spec)
}

/// What is found of a spec by the cloud's remover.
type Found<C> = <<C as LiveCloud>::Remover as Remover>::Found;

/// What carries the spec's tags; nothing in a rehearsal, whose account is new, and where the cloud does not look for it.
async fn search<C: LiveCloud>(cloud: &C, spec: &Spec, wishes: &Wishes<'_>) -> Result<Option<Found<C>>> {
    match cloud.remover().filter(|_| !wishes.rehearse) {
        Some(remover) => remover.find(spec).await.map(Some),
        None => Ok(None),
    }
}

impl<C: LiveCloud> Prepared<C> {
    /// The same as it is shown, whichever cloud it is for.
    pub(super) fn shown(self) -> Planned {
        Planned { plan: self.plan.shown(), blueprint: self.blueprint }
    }

    /// Whether something that is left would be removed.
    pub(super) fn would_prune(&self, wishes: &Wishes<'_>) -> bool {
        wishes.prune.is_some() && self.left.as_ref().is_some_and(|left| left.teardown.changes_anything())
    }

    /// Adds what earlier versions of the spec left. Where it cannot be looked for, that is said: it stops no plan.
    fn add_leftovers(&mut self, found: Result<Option<Found<C>>>, wishes: &Wishes<'_>) -> Result<()> {
        let found = match found {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(error) if wishes.prune.is_none() => {
                let words = format!("what earlier versions of this spec left was not looked for: {}", error.what());
                self.plan.unjudged.push(words);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let held_keys = held_keys(&C::Remover::told(&found), &wishes.folder)?;
        let scope = TeardownScope { held_keys, ..TeardownScope::default() };
        let left = leftovers(&self.blueprint, found, C::issuer(&self.observed).as_ref(), scope)?;
        add_leftovers::<C>(&mut self.plan, &self.blueprint, &left);
        self.left = Some(left);
        Ok(())
    }
}
