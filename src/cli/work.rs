//! The work that `plan`, `apply` and the guided run share: account, blueprint, observation, plan, making, proof, files.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use super::connect::{Work, connected};
use super::context::Context;
use crate::blueprint::{Blueprint, PrincipalKind, blueprint};
use crate::cloud::Cloud;
use crate::error::{Code, Error, Result};
use crate::names::IamName;
use crate::plan::{Listener, Plan, Step};
use crate::profile::Catalogue;
use crate::proof::Proof;
use crate::render::{Banner, Bundle, Facts, Request, render};
use crate::report::{Progress, plan_json, plan_text, proof_text};
use crate::secret::AccessKey;
use crate::sink::Folder;
use crate::spec::Spec;

/// What stands at the top of every file of a rehearsal.
pub(super) const REHEARSAL: &str =
    "REHEARSAL: made in an in-memory account. Nothing named here exists, and the keys are not keys.";

/// How a run is to be done.
pub(super) struct Wishes<'a> {
    pub(super) rehearse: bool,
    pub(super) yes: bool,
    pub(super) prove: bool,
    pub(super) out: &'a Path,
}

impl Wishes<'_> {
    fn folder(&self) -> Folder {
        Folder::new(self.out, self.rehearse.then_some(REHEARSAL))
    }
}

/// What a planning found.
pub(super) struct Planned {
    pub(super) blueprint: Blueprint,
    pub(super) plan: Plan,
}

/// What an apply did.
pub(super) struct Applied {
    pub(super) planned: Planned,
    pub(super) proof: Option<Proof>,
    pub(super) bundle: Bundle,
    pub(super) folder: Folder,
}

/// Plans, in the real cloud or in memory.
pub(super) fn planned(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Planned> {
    let catalogue = context.catalogue()?;
    let place = spec.clone();
    Context::block_on(connected(&place, wishes.rehearse, Planning { spec, catalogue: &catalogue, wishes }))
}

struct Planning<'a> {
    spec: Spec,
    catalogue: &'a Catalogue,
    wishes: &'a Wishes<'a>,
}

impl Work for Planning<'_> {
    type Output = Planned;

    async fn run(self, cloud: &impl Cloud) -> Result<Planned> {
        Ok(planned_in(cloud, self).await?.0)
    }
}

async fn planned_in<C: Cloud>(cloud: &C, work: Planning<'_>) -> Result<(Planned, C::Observed)> {
    let account = cloud.account().await?;
    let blueprint = blueprint(work.spec, work.catalogue, account.as_ref())?;
    let held = held_keys(&blueprint, &work.wishes.folder())?;
    let observed = cloud.observe(&blueprint, held).await?;
    let plan = cloud.plan(&blueprint, &observed)?;
    Ok((Planned { blueprint, plan }, observed))
}

/// The ids of the keys whose secrets the folder keeps.
fn held_keys(blueprint: &Blueprint, folder: &Folder) -> Result<BTreeMap<IamName, String>> {
    Ok(kept_keys(blueprint, folder)?.into_iter().map(|(name, key)| (name, key.id.expose().to_owned())).collect())
}

fn kept_keys(blueprint: &Blueprint, folder: &Folder) -> Result<BTreeMap<IamName, AccessKey>> {
    let mut keys = BTreeMap::new();
    for principal in blueprint.principals.iter().filter(|principal| matches!(principal.kind, PrincipalKind::User)) {
        if let Some(key) = folder.kept_key(&principal.name)? {
            keys.insert(principal.name.clone(), key);
        }
    }
    Ok(keys)
}

/// Plans, confirms, makes, proves, renders, writes.
pub(super) fn applied(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Applied> {
    let catalogue = context.catalogue()?;
    let place = spec.clone();
    let planning = Planning { spec, catalogue: &catalogue, wishes };
    Context::block_on(connected(&place, wishes.rehearse, Applying { context, planning }))
}

struct Applying<'a> {
    context: &'a Context,
    planning: Planning<'a>,
}

impl Work for Applying<'_> {
    type Output = Applied;

    async fn run(self, cloud: &impl Cloud) -> Result<Applied> {
        applied_in(self.context, cloud, self.planning).await
    }
}

async fn applied_in<C: Cloud>(context: &Context, cloud: &C, work: Planning<'_>) -> Result<Applied> {
    let wishes = work.wishes;
    let (planned, observed) = planned_in(cloud, work).await?;
    let (blueprint, plan) = (&planned.blueprint, &planned.plan);
    if !context.json() {
        context.screen.say(&plan_text(blueprint, plan, &context.screen));
    }
    plan.accepted()?;
    let brought = if wishes.rehearse {
        crate::input::brought_keys_or_stand_ins(blueprint)
    } else {
        crate::input::brought_keys(blueprint)?
    };
    let folder = wishes.folder();
    folder.probe()?;
    if plan.changes_anything() {
        Context::confirm("Make these changes?", wishes.yes || wishes.rehearse)?;
    }
    let mut keys = kept_keys(blueprint, &folder)?;
    keys.extend(brought);
    let waiting_shown = RefCell::new(String::new());
    keys.extend(made(context, cloud, &planned, &observed, &folder).await?);
    let facts = Facts { issuer: C::issuer(&observed), keys };
    let proof = if wishes.prove {
        let waiting = |reason: &str| {
            if *waiting_shown.borrow() != reason {
                context.screen.say(&format!("  waiting for {reason}"));
                reason.clone_into(&mut waiting_shown.borrow_mut());
            }
            true
        };
        tokio::select! {
            proof = cloud.prove(blueprint, &observed, &facts, &waiting) => Some(proof),
            Ok(()) = tokio::signal::ctrl_c() => {
                return Err(Error::new(Code::INTERRUPTED, "interrupted during the proof")
                    .why("Everything was made. Values and Secrets were not written; keys that were made are kept.")
                    .fix("Run the same command again: it proves anew and writes, or leave the proof out with `--no-proof`."));
            }
        }
    } else {
        None
    };
    if let Some(proof) = proof.as_ref().filter(|_| !context.json()) {
        context.screen.say(&proof_text(proof, &context.screen));
    }
    let banner = wishes.rehearse.then_some(Banner(REHEARSAL));
    let bundle = render(blueprint, &facts, &Request { only: None, placeholders: false, banner })?;
    folder.write(&bundle)?;
    Ok(Applied { planned, proof, bundle, folder })
}

/// Carries out the plan while listening for Ctrl-C: the call under way is finished, the next is not begun.
async fn made<C: Cloud>(
    context: &Context,
    cloud: &C,
    planned: &Planned,
    observed: &C::Observed,
    folder: &Folder,
) -> Result<BTreeMap<IamName, AccessKey>> {
    if !planned.plan.changes_anything() {
        return Ok(BTreeMap::new());
    }
    let steps = planned.plan.steps.iter().filter(|step| !step.changes.is_empty()).count();
    let listener = Watch { progress: Progress::new(context.screen, steps), folder, stopped: Cell::new(false) };
    let work = cloud.apply(&planned.blueprint, observed, &planned.plan, &listener);
    tokio::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            Ok(()) = tokio::signal::ctrl_c() => {
                if listener.stopped.replace(true) {
                    break Err(Error::new(Code::INTERRUPTED, "interrupted in the middle of calls")
                        .why("It is not known whether they took effect. A key that was being made may be lost.")
                        .fix("Run the same command again: it looks before it makes anything."));
                }
                context.screen.say("  stopping after the calls under way; press Ctrl-C again to stop at once");
            }
        }
    };
    listener.progress.finish();
    result
}

/// Shows progress, keeps keys, and stops between two calls when the user asks.
struct Watch<'a> {
    progress: Progress,
    folder: &'a Folder,
    stopped: Cell<bool>,
}

impl Listener for Watch<'_> {
    fn doing(&self, step: &Step, words: &str) -> Result<()> {
        if self.stopped.get() {
            return Err(Error::new(
                Code::INTERRUPTED,
                format!("interrupted before: {} {}: {words}", step.kind, step.name),
            )
            .why("What was made stays.")
            .fix("Run the same command again: it goes on where this one stopped."));
        }
        self.progress.doing(step, words);
        Ok(())
    }

    fn done(&self, step: &Step) {
        self.progress.done(step);
    }

    fn skipped(&self, step: &Step, words: &str) {
        self.progress.skipped(step, words);
    }

    fn waiting(&self, reason: &str) -> bool {
        self.progress.waiting(reason);
        !self.stopped.get()
    }

    fn keep(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        self.folder.keep_key(principal, key)
    }
}

/// Prints the plan as it was asked for.
pub(super) fn print_plan(context: &Context, planned: &Planned) {
    if context.json() {
        context.print_json(&plan_json(&planned.blueprint, &planned.plan));
    } else {
        context.screen.data(&plan_text(&planned.blueprint, &planned.plan, &context.screen));
    }
}
