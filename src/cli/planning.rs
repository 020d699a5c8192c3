//! Planning, which `plan`, `apply` and the guided run share: account, blueprint, observation, what is left, plan.

use std::collections::BTreeSet;

use super::applied::{identified, of_account};
use super::connect::{Work, connected};
use super::context::Context;
use super::destroy::held_keys;
use super::kept::{at_hand, home};
use super::work::Wishes;
use crate::base::error::Result;
use crate::base::names::{Issuer, SpecId};
use crate::blueprint::blueprint;
use crate::clouds::Cloud;
use crate::clouds::aws::plan::{Leftovers, leftovers};
use crate::clouds::aws::teardown::{Found, Wanted};
use crate::model::{Blueprint, Change, Plan, Shown};
use crate::profile::Catalogue;
use crate::spec::Spec;

/// What a planning found.
pub(super) struct Planned<C> {
    pub(super) blueprint: Blueprint,
    pub(super) plan: Plan<C>,
    /// What earlier versions of the spec left, where it was looked for.
    pub(super) left: Option<Leftovers>,
}

/// Plans, in the real cloud or in memory.
pub(super) fn planned(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Planned<Shown>> {
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

impl Work for Planning<'_> {
    type Output = Planned<Shown>;

    async fn run(self, cloud: &impl Cloud) -> Result<Planned<Shown>> {
        Ok(planned_in(cloud, self).await?.0.shown())
    }
}

pub(super) async fn planned_in<C: Cloud>(cloud: &C, work: Planning<'_>) -> Result<(Planned<C::Change>, C::Observed)> {
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
    let (mut planned, mut found) = (plan_of(cloud, built, &observed)?, found);
    if let Some(spec) = candidate {
        let is_new = spec.new_id.is_some();
        let other = plan_of(cloud, blueprint(spec.clone(), work.catalogue, account)?, &observed)?;
        // What would change nothing of what carries the id is the same spec, applied from another folder.
        if is_new || other.plan.only_adds() {
            planned = other;
            found = if is_new { found } else { search(cloud, &spec, work.wishes).await };
        }
    }
    planned.add_leftovers(found, C::issuer(&observed).as_ref(), work.wishes)?;
    Ok((planned, observed))
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

/// What carries the spec's tags; nothing in a rehearsal, whose account is new.
async fn search<C: Cloud>(cloud: &C, spec: &Spec, wishes: &Wishes<'_>) -> Result<Option<Found>> {
    if wishes.rehearse { Ok(None) } else { cloud.find(spec).await }
}

/// The plan of a blueprint, before anything is known of what is left.
fn plan_of<C: Cloud>(cloud: &C, blueprint: Blueprint, observed: &C::Observed) -> Result<Planned<C::Change>> {
    let plan = cloud.plan(&blueprint, observed)?;
    Ok(Planned { blueprint, plan, left: None })
}

impl<C: Change> Planned<C> {
    /// The same as it is shown, whichever cloud it is for.
    pub(super) fn shown(self) -> Planned<Shown> {
        Planned { plan: self.plan.shown(), blueprint: self.blueprint, left: self.left }
    }

    /// Whether something that is left would be removed.
    pub(super) fn would_prune(&self, wishes: &Wishes<'_>) -> bool {
        wishes.prune.is_some() && self.left.as_ref().is_some_and(|left| left.teardown.changes_anything())
    }

    /// Adds what earlier versions of the spec left. Where it cannot be looked for, that is said: it stops no plan.
    fn add_leftovers(
        &mut self,
        found: Result<Option<Found>>,
        issuer: Option<&Issuer>,
        wishes: &Wishes<'_>,
    ) -> Result<()> {
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
        let wanted = Wanted { held_keys: held_keys(&found, &wishes.folder)?, ..Wanted::default() };
        let left = leftovers(&self.blueprint, found, issuer, wanted)?;
        self.plan.add_leftovers(&self.blueprint, &left);
        self.left = Some(left);
        Ok(())
    }
}
