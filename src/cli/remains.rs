//! What earlier runs brought into a cluster and a store, and no run removes: it is said with the lines that do.

use std::collections::BTreeSet;

use super::context::Context;
use crate::base::error::Result;
use crate::clouds::store::SecretStore;
use crate::files::out::{Brought, Folder};
use crate::model::{Blueprint, Facts, Remains, SPEC_TAG};
use crate::render::{RenderOptions, render};
use crate::report::Screen;
use crate::spec::Spec;

/// What is above the lines for what is brought no more.
pub(super) const NO_MORE: &str =
    "Earlier runs brought these into a cluster or a store, and the spec no longer asks for them. To remove them:";
/// The same, where everything is removed.
pub(super) const AT_THE_END: &str = "What was brought into a cluster or a store stays there; keys of users that are removed work no more. To remove it:";

/// The lines for what is brought no more.
pub(super) fn remaining(blueprint: &Blueprint, before: &[Brought], now: &[Brought]) -> Vec<String> {
    Brought::removal_lines(&Brought::gone(before, now), blueprint.spec.cloud.region().as_str())
}

/// Says them.
pub(super) fn say(screen: Screen, lines: &[String], what: &str) {
    if lines.is_empty() {
        return;
    }
    screen.say(what);
    lines.iter().for_each(|line| screen.say_lines(&format!("  {line}")));
}

/// The lines for everything that a spec brought: what the folder's files tell, the Secrets that the spec names, and the entries
/// of Secrets Manager under these names that carry the spec's tag. What belongs to users that only the folder knows comes last: they
/// stay unless their removal was asked for, and their keys work.
pub(super) async fn everything(
    context: &Context,
    store: Option<&impl SecretStore>,
    (spec, told): (&Spec, &Remains),
    folder: &Folder,
) -> Result<Vec<String>> {
    let mut brought = folder.brought(None)?;
    let request = RenderOptions { placeholders: true, without_policies: true, ..RenderOptions::default() };
    // A spec that can no longer be rendered tells nothing; the folder still does.
    let blueprint = context.blueprint(spec.clone(), told.account.as_ref()).ok();
    let rendered = blueprint.as_ref().and_then(|blueprint| render(blueprint, &Facts::default(), &request).ok());
    let named = rendered.map(|bundle| Brought::by(&bundle)).unwrap_or_default();
    for one in named.iter().cloned() {
        if !brought.iter().any(|known| (&known.namespace, &known.name) == (&one.namespace, &one.name)) {
            brought.push(one);
        }
    }
    let known: BTreeSet<String> = brought.iter().filter_map(|one| one.entry.clone()).collect();
    for one in brought.iter_mut().filter(|one| one.entry.is_none()) {
        let name = format!("bucketwright/{}/{}/{}", spec.name, one.namespace, one.name);
        if known.contains(&name) {
            continue;
        }
        let found = match store {
            Some(store) => store.entry(&name).await.ok().flatten(),
            None => None,
        };
        let ours = found.is_some_and(|found| {
            !found.leaving && found.tags.get(SPEC_TAG).is_some_and(|owner| owner == spec.name.as_str())
        });
        one.entry = ours.then_some(name);
    }
    let mut staying = folder.holders()?;
    let users = blueprint.iter().flat_map(|blueprint| &blueprint.principals);
    let named_users: Vec<&str> = users.map(|want| want.name.as_str()).collect();
    staying.retain(|user| !named_users.contains(&user.as_str()));
    let of_spec =
        |one: &Brought| named.iter().any(|other| (&one.namespace, &one.name) == (&other.namespace, &other.name));
    let (of_others, of_ours): (Vec<Brought>, Vec<Brought>) =
        brought.into_iter().partition(|one| !staying.is_empty() && !of_spec(one));
    let region = spec.cloud.region();
    let mut lines = Brought::removal_lines(&of_ours, region.as_str());
    if !of_others.is_empty() {
        let users = staying.into_iter().collect::<Vec<_>>().join(", ");
        lines.push(format!("# The spec names these no more, and keys of theirs are still kept here, of {users}. Once nothing uses them:"));
        lines.extend(Brought::removal_lines(&of_others, region.as_str()));
    }
    Ok(lines)
}
