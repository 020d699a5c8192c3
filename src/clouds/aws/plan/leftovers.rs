//! What earlier versions of a spec left in the account: it carries the spec's tags, and the spec names it no more. Pure.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Issuer, Kind};
use crate::clouds::aws::teardown::{Former, Found, FoundBucket, Named, Teardown, Wanted, teardown};
use crate::model::{self, Blueprint, INSTALL_TAG, Left, Owner, Step, Verb};

/// What earlier versions of a spec left, and what removes it.
#[derive(Clone, Debug)]
pub struct Leftovers {
    /// What was found, without what the spec names.
    pub found: Found,
    /// The steps that remove it.
    pub teardown: Teardown,
}

/// Tells what is left of all that carries the spec's tags. `issuer` is the cluster's; `wanted` says whose keys are held.
///
/// # Errors
/// Those of [`teardown`].
pub fn leftovers(blueprint: &Blueprint, found: Found, issuer: Option<&Issuer>, wanted: Wanted) -> Result<Leftovers> {
    let named = Named::of(blueprint, issuer);
    let found = found.beyond(&named);
    let wanted = Wanted { named, leftovers: true, ..wanted };
    let teardown = teardown(&blueprint.spec.name, &found, &wanted)?;
    Ok(Leftovers { found, teardown })
}

impl<C: model::Change> model::Plan<C> {
    /// Adds what is left to a plan. Data that would stay behind without a word is a refusal.
    pub fn add_leftovers(&mut self, blueprint: &Blueprint, left: &Leftovers) {
        self.unjudged.extend(left.found.unread.iter().cloned());
        let buckets: Vec<&Former> = left.found.former.iter().filter(|one| one.kind == Kind::Bucket).collect();
        // Whoever said one earlier name knows of the renaming; what is under another is listed below.
        if let Some(first) = buckets.first().filter(|_| blueprint.spec.previous_name.is_none()) {
            self.steps.push(Step::refused(Kind::Spec, &first.spec, renamed(blueprint, &first.spec, &buckets)));
        }
        self.steps.extend(unproven(blueprint, &left.found));
        // A user or role that is left is told below, and loses the policy when it goes.
        let goes = |holder: (Kind, &str)| {
            let steps = &left.teardown.steps;
            steps.iter().any(|step| (step.kind, step.name.as_str()) == holder && !step.removals.is_empty())
        };
        self.grants.retain(|grant| !grant.holder().is_some_and(goes));
        let behind: Vec<Step<C>> =
            left.found.buckets.iter().filter_map(|one| self.left_behind(blueprint, one)).collect();
        self.steps.extend(behind);
        self.leftovers = left.teardown.steps.iter().map(Left::from).collect();
    }

    /// The refusal of a plan that makes an empty bucket for an install, while another of this install holds data.
    fn left_behind(&self, blueprint: &Blueprint, old: &FoundBucket) -> Option<Step<C>> {
        let holds = old.contents.versions > 0 || old.contents.more;
        if !holds || blueprint.spec.retired.contains(&old.name) {
            return None;
        }
        let installs = old.tags.get(INSTALL_TAG)?;
        let new = blueprint.buckets.iter().find(|want| {
            let same = want.tags.get(INSTALL_TAG).is_some_and(|install| shares(install, installs));
            let made = |step: &Step<C>| {
                step.kind == Kind::Bucket && step.name == want.name.as_str() && step.verb == Verb::Create
            };
            same && self.steps.iter().any(made)
        })?;
        let name = &old.name;
        let what = format!(
            "the bucket `{name}` of `{installs}` holds data and left the spec, while `{}` is made empty",
            new.name
        );
        let error = Error::new(Code::DATA_LEFT_BEHIND, what)
            .why(format!("It holds {}. A bucket cannot be renamed: what the chart wrote stays there, and the new values point elsewhere.", old.contents))
            .fix(format!("Keep the old name in the spec (below the install's `buckets`). Or copy the data (`aws s3 sync s3://{name} s3://{}`, once that is made), and say with `retired: [{name}]` that the old one may stay behind.", new.name))
            .at(blueprint.spec.place("name"));
        Some(Step::refused(Kind::Bucket, name.as_str(), error))
    }
}

/// Whether two lists of installs, joined by `+`, have one in common.
fn shares(one: &str, other: &str) -> bool {
    one.split('+').any(|install| other.split('+').any(|known| known == install))
}

/// The refusals of a spec that would get a new id, while others of its name have made things in this account: it may be one of them,
/// whose folder or file was lost.
fn unproven<C>(blueprint: &Blueprint, found: &Found) -> Vec<Step<C>> {
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
