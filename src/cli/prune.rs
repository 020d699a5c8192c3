//! `apply --prune`: removes what earlier versions of the spec left, once nothing uses it.

use super::context::Context;
use super::destroy::Watch;
use super::planning::Planned;
use crate::base::error::Result;
use crate::base::names::Kind;
use crate::clouds::Cloud;
use crate::clouds::aws::plan::Leftovers;
use crate::clouds::aws::rotation::{QUIET, span};
use crate::clouds::aws::teardown::{Fate, Step};
use crate::clouds::clock::now;
use crate::files::out::Folder;
use crate::report::Progress;

/// How leftovers are removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prune {
    /// Also users and roles that were used lately.
    pub(super) even_if_used: bool,
}

/// Removes what is left, in the order of `destroy`. Users and roles that pods may still use stay, with a word why. Gives what was
/// removed; nothing where that was not wanted.
pub(super) async fn pruned<C: Cloud>(
    context: &Context,
    cloud: &C,
    planned: &Planned<C::Change>,
    (prune, folder): (Option<&Prune>, &Folder),
) -> Result<Option<Vec<Step>>> {
    let Some(prune) = prune else { return Ok(None) };
    let Some(left) = planned.left.as_ref().filter(|left| left.teardown.changes_anything()) else {
        return Ok(Some(Vec::new()));
    };
    if planned.plan.moves_identities() && !prune.even_if_used {
        context.screen.say(
            "Nothing was pruned: this run made or changed users, roles or keys, and your pods still use what was there before. \
             Bring the new values to the cluster (`helm upgrade`), then run the same command again.",
        );
        return Ok(Some(Vec::new()));
    }
    let mut left = left.clone();
    if !prune.even_if_used {
        spare_used(context, cloud, &mut left).await?;
    }
    let steps: Vec<Step> = left.teardown.steps.iter().filter(|step| !step.removals.is_empty()).cloned().collect();
    let watch = Watch { progress: Progress::new(context.screen, steps.len()), folder: Some(folder) };
    let result = cloud.remove(&left, &watch).await;
    watch.progress.finish();
    result?;
    Ok(Some(steps))
}

/// Takes out what somebody used within the last half hour: users and roles, with their keys, policies and associations.
async fn spare_used<C: Cloud>(context: &Context, cloud: &C, left: &mut Leftovers) -> Result<()> {
    let uses = cloud.last_uses(left).await?;
    for ((kind, name), at) in uses.into_iter().filter(|(_, at)| *at > now() - QUIET) {
        let (ago, wait) = (span(now() - at), span(at + QUIET - now()));
        context.screen.say(&format!(
            "The {kind} {name} stays: it was used {ago} ago, so some pod has not moved. `kubectl get pods -A -o yaml | grep {name}` may show which. Wait {wait} and run the same command again, or add `--even-if-used`."
        ));
        let of_it = |step: &Step| step.name.rsplit('/').next() == Some(name.as_str());
        let about =
            |step: &Step| [Kind::User, Kind::Role, Kind::AccessKey, Kind::Policy].contains(&step.kind) && of_it(step);
        // Which role an association hands out is not told, so all stay.
        let kept = |step: &Step| about(step) || (kind == Kind::Role && step.kind == Kind::Association);
        for step in left.teardown.steps.iter_mut().filter(|step| kept(step) || step.kind == Kind::OidcProvider) {
            step.removals.clear();
            step.fate = Fate::Keep;
        }
    }
    Ok(())
}
