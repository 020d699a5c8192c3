//! A plan is carried out: with progress, with keys kept the moment they exist, and stopped between two calls.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::context::Context;
use super::interrupt::Stop;
use super::planning::Prepared;
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::LiveCloud;
use crate::files::out::{Folder, KeyRoom};
use crate::model::{Change, Intent, Listener, Step};
use crate::report::Progress;

/// Carries out the plan while listening for Ctrl-C: the call under way is finished, the next is not begun.
pub(super) async fn made<C: LiveCloud>(
    context: &Context,
    cloud: &C,
    prepared: &Prepared<C>,
    folder: &Folder,
) -> Result<BTreeMap<IamName, AccessKey>> {
    if !prepared.plan.changes_anything() {
        return Ok(BTreeMap::new());
    }
    Stop::begins();
    let steps = prepared.plan.steps.iter().filter(|step| !step.changes.is_empty()).count();
    let mut rooms = BTreeMap::new();
    for name in prepared.blueprint.principals.iter().map(|principal| &principal.name) {
        // A service account's steps bear its address.
        let of_principal = |step: &Step<C::Change>| step.name.split('@').next() == Some(name.as_str());
        let makes_key = |step: &Step<C::Change>| of_principal(step) && step.changes.iter().any(Change::makes_key);
        if prepared.plan.steps.iter().any(makes_key) {
            let there: Vec<String> = C::keys(&prepared.observed, name).iter().map(|key| key.id.clone()).collect();
            rooms.insert(name.clone(), folder.room_for_key(name, &there)?);
        }
    }
    let progress = Progress::new(context.screen, steps);
    let progress = if folder.is_rehearsal() { progress.summed_up() } else { progress };
    let listener = ApplyListener { progress, folder, rooms: RefCell::new(rooms) };
    let work = cloud.apply(&prepared.blueprint, &prepared.observed, &prepared.plan, &listener);
    let result = work.await;
    listener.progress.finish();
    if result.is_ok() && Stop::asked() {
        return Err(Error::new(Code::INTERRUPTED, "interrupted when everything was made")
            .why(format!(
                "It was not proven, and values and Secrets were not written; keys that were made are kept in {}.",
                folder.keys().display()
            ))
            .fix("Run the same command again: it proves and writes."));
    }
    result
}

/// Shows progress, keeps keys, and stops between two calls when the user asks.
struct ApplyListener<'a> {
    progress: Progress,
    folder: &'a Folder,
    /// Room on the disk for each key that is made, taken before AWS makes it.
    rooms: RefCell<BTreeMap<IamName, KeyRoom>>,
}

impl Listener for ApplyListener<'_> {
    fn doing<C>(&self, step: &Step<C>, words: &str) -> Result<()> {
        Stop::check(|| format!("{} {}: {words}", step.kind, step.name))?;
        self.progress.doing(step.kind, &step.name, words);
        Ok(())
    }

    fn done<C>(&self, step: &Step<C>) {
        self.progress.done(step.kind, &step.name);
    }

    fn skipped<C>(&self, step: &Step<C>, words: &str) {
        self.progress.skipped(step.kind, &step.name, words);
    }

    fn waiting(&self, reason: &str) -> bool {
        self.progress.waiting(reason);
        !Stop::asked()
    }

    fn intend(&self, intent: &Intent) -> Result<()> {
        self.folder.intend(intent)
    }

    fn settle(&self, user: &IamName) -> Result<()> {
        self.folder.settle(user)
    }

    fn keep(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        let none = Error::new(Code::UNWRITABLE, format!("no room was taken for the key of `{principal}`"));
        let kept = self.rooms.borrow_mut().remove(principal).ok_or(none).and_then(|room| room.keep(key));
        kept.map_err(|error| error.fix("Fix the folder and run the same command again: it makes a new key."))
    }
}
