//! What earlier versions of a spec left: it carries the spec's mark, and the spec names it no more. Pure.

use super::{LiveCloud, Remover};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Issuer, Kind};
use crate::model::{
    Blueprint, Change, Former, INSTALL_TAG, Named, Owner, Plan, RemainingBucket, Remains, Step, Teardown,
    TeardownScope, TeardownStep, Verb,
};

/// What earlier versions of a spec left, and what removes it.
#[derive(Debug)]
pub struct Leftovers<R: Remover> {
    /// What was found, without what the spec names.
    pub found: R::Found,
    /// The steps that remove it.
    pub teardown: Teardown<R::Removal>,
}

/// Tells what is left of all that carries the spec's mark. `issuer` is the cluster's; `scope` says whose keys are held.
///
/// # Errors
/// Those of [`Remover::teardown`].
pub fn leftovers<R: Remover>(
    blueprint: &Blueprint,
    found: R::Found,
    issuer: Option<&Issuer>,
    scope: TeardownScope,
) -> Result<Leftovers<R>> {
    let named = Named::of(blueprint, issuer);
    let found = R::beyond(found, &named);
    let scope = TeardownScope { named, leftovers: true, ..scope };
    let teardown = R::teardown(&blueprint.spec.name, &found, &scope)?;
    Ok(Leftovers { found, teardown })
}

/// Adds what is left to a plan. Data that would stay behind without a word is a refusal.
pub fn add_leftovers<C: LiveCloud>(plan: &mut Plan<C::Change>, blueprint: &Blueprint, left: &Leftovers<C::Remover>) {
    let told = <C::Remover as Remover>::told(&left.found);
    plan.unjudged.extend(told.unread.iter().cloned());
    let buckets: Vec<&Former> = told.former.iter().filter(|one| one.kind == Kind::Bucket).collect();
    // Whoever said one earlier name knows of the renaming; what is under another is listed below.
    if let Some(first) = buckets.first().filter(|_| blueprint.spec.previous_name.is_none()) {
        plan.steps.push(Step::refused(Kind::Spec, &first.spec, renamed(blueprint, &first.spec, &buckets)));
    }
    plan.steps.extend(unproven(blueprint, &told));
    // A user or role that is left is told below, and loses the policy when it goes.
    let goes = |holder: (Kind, &str)| {
        let steps = &left.teardown.steps;
        steps.iter().any(|step| (step.kind, step.name.as_str()) == holder && !step.removals.is_empty())
    };
    plan.grants.retain(|grant| !grant.holder().is_some_and(goes));
    let behind: Vec<Step<C::Change>> =
        told.buckets.iter().filter_map(|one| left_behind::<_, C::Remover>(plan, blueprint, one)).collect();
    plan.steps.extend(behind);
    plan.leftovers = left.teardown.steps.iter().map(TeardownStep::shown).collect();
}

/// The refusal of a plan that makes an empty bucket for an install, while another of this install holds data.
fn left_behind<C: Change, R: Remover>(plan: &Plan<C>, blueprint: &Blueprint, old: &RemainingBucket) -> Option<Step<C>> {
    let holds = old.holds.as_ref()?;
    if blueprint.spec.retired.contains(&old.name) {
        return None;
    }
    let installs = old.installs.as_ref()?;
    let new = blueprint.buckets.iter().find(|want| {
        let same = want.tags.get(INSTALL_TAG).is_some_and(|install| shares(install, installs));
        let made =
            |step: &Step<C>| step.kind == Kind::Bucket && step.name == want.name.as_str() && step.verb == Verb::Create;
        same && plan.steps.iter().any(made)
    })?;
    let name = &old.name;
    let what =
        format!("the bucket `{name}` of `{installs}` holds data and left the spec, while `{}` is made empty", new.name);
    let error = Error::new(Code::DATA_LEFT_BEHIND, what)
        .why(format!("It holds {holds}. A bucket cannot be renamed: what the chart wrote stays there, and the new values point elsewhere."))
        .fix(format!("Keep the old name in the spec (below the install's `buckets`). Or copy the data (`{}`, once that is made), and say with `retired: [{name}]` that the old one may stay behind.", R::copy_line(name, &new.name)))
        .at(blueprint.spec.place("name"));
    Some(Step::refused(Kind::Bucket, name.as_str(), error))
}

/// Whether two lists of installs, joined by `+`, have one in common.
fn shares(one: &str, other: &str) -> bool {
    one.split('+').any(|install| other.split('+').any(|known| known == install))
}

/// The refusals of a spec that would get a new id, while others of its name have made things in this account: it may be one of them,
/// whose folder or file was lost.
fn unproven<C>(blueprint: &Blueprint, found: &Remains) -> Vec<Step<C>> {
    let owner = Owner::of(&blueprint.spec);
    let new = blueprint.spec.new_id.is_some();
    let all = found.unproven.iter().filter(|_| new);
    all.map(|(kind, name, id)| Step::refused(*kind, name, owner.unproven(*kind, name, id))).collect()
}

fn renamed(blueprint: &Blueprint, old: &str, buckets: &[&Former]) -> Error {
    let buckets: Vec<&str> = buckets.iter().map(|one| one.name.as_str()).collect();
    let (id, new) = (blueprint.spec.id.as_ref().map_or("", |id| id.as_str()), &blueprint.spec.name);
    Error::new(Code::RENAMED_SPEC, format!("the spec with the id `{id}` was named `{old}` before, and is `{new}` now"))
        .why(format!(
            "Names of buckets, users and roles are made of the spec's name, and cannot be changed. What was made stays behind: {}.",
            buckets.join(", ")
        ))
        .fix(format!("Put `name: {old}` back. For a second set of everything beside the first, give this spec an `id` of its own and another `--out`. To go on under the new name with the same buckets, add `previousName: {old}` and name the buckets below each install's `buckets`."))
        .at(blueprint.spec.place("name"))
}
