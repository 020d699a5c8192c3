//! `apply --prune`: removes what earlier versions of the spec left, once nothing uses it.

use std::collections::BTreeMap;

use super::context::Context;
use super::destroy::RemovalWitness;
use super::planning::Prepared;
use crate::base::error::Result;
use crate::base::names::Kind;

use crate::clouds::clock::{now, span};
use crate::clouds::{LiveCloud, Remover};
use crate::files::out::Folder;
use crate::model::{Fate, Shown, Teardown, TeardownStep};
use crate::report::Progress;

/// How leftovers are removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prune {
    /// Also users and roles that were used lately.
    pub(super) even_if_used: bool,
}

/// Removes what is left, in the order of `destroy`. Users and roles that pods may still use stay, with a word why. Gives what was
/// removed; nothing where that was not wanted.
pub(super) async fn pruned<C: LiveCloud>(
    context: &Context,
    cloud: &C,
    prepared: &Prepared<C>,
    (prune, folder): (Option<&Prune>, &Folder),
) -> Result<Option<Vec<TeardownStep<Shown>>>> {
    let Some(prune) = prune else { return Ok(None) };
    let left = prepared.left.as_ref().filter(|left| left.teardown.changes_anything());
    let Some((remover, left)) = cloud.remover().zip(left) else { return Ok(Some(Vec::new())) };
    if prepared.plan.moves_identities() && !prune.even_if_used {
        context.screen.say(
            "Nothing was pruned: this run made or changed users, roles or keys, and your pods still use what was there before. \
             Bring the new values to the cluster (`helm upgrade`), then run the same command again.",
        );
        return Ok(Some(Vec::new()));
    }
    let mut teardown = left.teardown.clone();
    if !prune.even_if_used {
        spare_used(context, C::Remover::QUIET, &remover.last_uses(&left.found).await?, &mut teardown);
    }
    let steps: Vec<_> =
        teardown.steps.iter().filter(|step| !step.removals.is_empty()).map(TeardownStep::shown).collect();
    let watch = RemovalWitness { progress: Progress::new(context.screen, steps.len()), folder: Some(folder) };
    let result = remover.remove(&left.found, &teardown, &watch).await;
    watch.progress.finish();
    result?;
    Ok(Some(steps))
}

/// Takes out what somebody used within the last half hour: users and roles, with their keys, policies and associations.
fn spare_used<R>(context: &Context, quiet: i64, uses: &BTreeMap<(Kind, String), i64>, teardown: &mut Teardown<R>) {
    for ((kind, name), at) in uses.iter().filter(|(_, at)| **at > now() - quiet) {
        let (ago, wait) = (span(now() - at), span(at + quiet - now()));
        context.screen.say(&format!(
            "The {kind} {name} stays: it was used {ago} ago, so some pod has not moved. `kubectl get pods -A -o yaml | grep {name}` may show which. Wait {wait} and run the same command again, or add `--even-if-used`."
        ));
        let of_it = |step: &TeardownStep<R>| step.name.rsplit('/').next() == Some(name.as_str());
        let about = |step: &TeardownStep<R>| {
            [Kind::User, Kind::Role, Kind::AccessKey, Kind::Policy].contains(&step.kind) && of_it(step)
        };
        // Which role an association hands out is not told, so all stay.
        let kept = |step: &TeardownStep<R>| about(step) || (*kind == Kind::Role && step.kind == Kind::Association);
        for step in teardown.steps.iter_mut().filter(|step| kept(step) || step.kind == Kind::OidcProvider) {
            step.removals.clear();
            step.fate = Fate::Keep;
        }
    }
}
