//! The work that `plan`, `apply` and the guided run share: account, blueprint, observation, plan, making, proof, files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::applied::{learnt, pending};
use super::cluster::PushOptions;
use super::connect::{InCloud, connected};
use super::context::Context;
use super::folder_lock::locked;
use super::interrupt::Stop;
use super::kept::{arranged, arranged_keys, home, keep_proven, settle};
use super::making::made;
use super::next::{asked, running};
use super::planning::{Planned, Planning, Prepared, prepared};
use super::prune::{Prune, pruned};
use super::remains::remaining;
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::{AccessKey, Secret};
use crate::clouds::trial::ProofOptions;
use crate::clouds::{LiveCloud, store};
use crate::files::out::{Brought, Entry, Folder, Protected, Protection, REHEARSAL};
use crate::kube::live::Cluster;
use crate::kube::push;
use crate::migrate::Pending;
use crate::model::{Blueprint, Facts, Learnt, Proof, Shown, TeardownStep};
use crate::render::{Banner, Bundle, RenderOptions, render};
use crate::report::{plan_text, proof_text};
use crate::spec::{Spec, mark};

/// How a run is to be done.
pub(super) struct Wishes<'a> {
    pub(super) rehearse: bool,
    pub(super) yes: bool,
    /// The spec as it was named.
    pub(super) spec: &'a Path,
    pub(super) prove: bool,
    /// Where files are written and keys are kept: of a rehearsal, if it is one.
    pub(super) folder: Folder,
    /// Whether a second key is made for a user whose key is kept nowhere.
    pub(super) second_key: bool,
    pub(super) protection: Protection,
    /// How the cluster is reached, where the spec refers to it.
    pub(super) cluster: &'a PushOptions,
    /// Whether the Secrets are pushed into it.
    pub(super) push: bool,
    /// Whether what earlier versions of the spec left is removed.
    pub(super) prune: Option<Prune>,
}

impl Wishes<'_> {
    /// The keys that the user brings. A rehearsal asks no cluster, and needs none of them.
    async fn brought_keys(&self, blueprint: &Blueprint) -> Result<BTreeMap<IamName, AccessKey>> {
        if self.rehearse {
            return Ok(crate::files::input::stand_ins(blueprint).0);
        }
        self.cluster.cluster.brought_keys(blueprint).await
    }
}

/// What an apply did.
pub(super) struct Applied {
    pub(super) planned: Planned,
    pub(super) proof: Option<Proof>,
    pub(super) bundle: Bundle,
    /// The files that were not written, because the proof failed.
    pub(super) withheld: Vec<String>,
    /// The lines for what earlier runs brought into the cluster or a store, and this one does not.
    pub(super) remaining: Vec<String>,
    pub(super) folder: Folder,
    /// What was removed of what earlier versions of the spec left, where that was wanted.
    pub(super) pruned: Option<Vec<TeardownStep<Shown>>>,
    /// Where the objects went, and what became of them.
    pub(super) pushed: Option<(String, Vec<crate::kube::live::Applied>)>,
    /// What the cloud told that the spec leaves out.
    pub(super) learnt: Learnt,
    /// Whether its folder did not know it yet.
    pub(super) learnt_is_new: bool,
    /// Which releases run, as far as the cluster was asked.
    pub(super) running: BTreeMap<String, bool>,
    /// A move from MinIO that is not done.
    pub(super) pending: Option<Pending>,
}

impl Applied {
    /// Whether nothing that was tried failed: what does not work is not to be installed.
    pub(super) fn works(&self) -> bool {
        self.proof.as_ref().is_none_or(Proof::passed)
    }
}

/// Plans, confirms, makes, proves, renders, writes.
pub(super) fn applied(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Applied> {
    let catalogue = context.catalogue()?;
    let place = spec.clone();
    let planning = Planning { spec, catalogue: &catalogue, wishes, context };
    Context::block_on(connected(
        context,
        &place,
        wishes.rehearse,
        &wishes.cluster.cluster,
        Applying { context, planning },
    ))
}

struct Applying<'a> {
    context: &'a Context,
    planning: Planning<'a>,
}

impl InCloud for Applying<'_> {
    type Output = Applied;

    async fn run(self, cloud: &impl LiveCloud) -> Result<Applied> {
        applied_in(self.context, cloud, self.planning).await
    }
}

async fn applied_in<C: LiveCloud>(context: &Context, cloud: &C, work: Planning<'_>) -> Result<Applied> {
    let wishes = work.wishes;
    let folder = wishes.folder.clone();
    let _taken = locked(context, &folder).await?;
    let pending = pending(&work.spec, wishes.spec, &folder)?;
    let earlier = learnt(&work.spec, &folder)?;
    let prepared = prepared(cloud, work).await?;
    let Prepared { blueprint, observed, plan, .. } = &prepared;
    let folder = folder.at_home(home(blueprint)).of_spec(mark(&blueprint.spec))?;
    announce(context, &prepared, wishes);
    plan.accepted()?;
    let brought = wishes.brought_keys(blueprint).await?;
    let banner = wishes.rehearse.then_some(Banner(REHEARSAL));
    let request = RenderOptions {
        banner,
        keeping: wishes.protection.keeping(),
        moving: pending.as_ref().map(|one| one.install.clone()),
        ..RenderOptions::default()
    };
    // Everything is rendered with placeholders first: what cannot be written, or the cluster does not take, is known before a key is
    // made. With the keys it is rendered once more, for the files and for the cluster.
    let draft = Facts { issuer: C::issuer(observed), ..Facts::default() };
    let draft = render(blueprint, &draft, &RenderOptions { placeholders: true, ..request.clone() })?;
    let objects = pushed_objects(blueprint, &draft, wishes)?;
    let draft = wishes.protection.protect(draft, &blueprint.spec.name)?;
    folder.probe(&draft)?;
    let cluster = ready(objects, wishes).await?;
    settle::<C>(observed, &folder)?;
    let names: Vec<&str> = draft.entries.iter().map(|entry| entry.name.as_str()).collect();
    let missing = match cloud.secret_store() {
        Some(entries) => store::missing(entries, &names, &blueprint.spec.name).await?,
        None => Vec::new(),
    };
    missing.iter().for_each(|name| context.screen.say(&format!("  create Secrets Manager entry {name}")));
    if plan.changes_anything() || !missing.is_empty() || prepared.would_prune(wishes) {
        Context::confirm("Make these changes?", wishes.yes || wishes.rehearse)?;
    }
    // From here on something is changed: the work stops by itself, between two calls.
    let _careful = Stop::careful();
    // The id is kept before the folder is marked with it: a run that is killed in between is the same spec to the next one.
    keep_id(blueprint, wishes, &earlier)?;
    folder.claim()?;
    if let Some(entries) = cloud.secret_store() {
        store::make(entries, &missing, &blueprint.spec.name).await?;
    }
    let arranged = arranged::<C>(observed);
    let mut keys = arranged_keys(blueprint, &folder, &arranged)?;
    keys.extend(brought);
    let made = made(context, cloud, &prepared, &folder).await;
    if made.as_ref().is_err_and(|error| error.code() == &Code::SECOND_FIRST_RUN) {
        // Nothing carries the new id: the next run looks again whose the spec is.
        folder.forget_id(&earlier, &blueprint.spec)?;
    }
    keys.extend(made?);
    let facts = Facts { issuer: C::issuer(observed), keys, ..Facts::default() };
    let learnt = Learnt::of(blueprint, &facts);
    let learnt_is_new = learnt != earlier;
    let proof = proven(context, cloud, (blueprint, &facts), wishes, &folder).await?;
    let failed = proof.as_ref().is_some_and(|proof| !proof.passed());
    let rendered = render(blueprint, &facts, &request)?;
    let objects = pushed_objects(blueprint, &rendered, wishes)?;
    let rendered = wishes.protection.protect(rendered, &blueprint.spec.name)?;
    // What was not proven is not handed on: what was there before stays, in the folder, in the store and in the cluster.
    let withheld: Vec<String> = rendered.secrets.iter().filter(|_| failed).cloned().collect();
    let remaining = remaining(blueprint, &folder.brought(None)?, &Brought::by(&rendered.bundle));
    let Protected { bundle, entries, .. } = if failed { rendered.without_secrets()? } else { rendered };
    let cluster = cluster.filter(|_| !failed);
    if !failed {
        arranged.iter().try_for_each(|(user, held)| folder.arrange(user, held))?;
        keep_proven(blueprint, &folder)?;
    }
    filled(context, cloud, &entries).await?;
    folder.write(&bundle)?;
    say_written(&folder, cluster.is_some());
    let running = match &cluster {
        Some(cluster) => running(cluster, &bundle).await,
        None if wishes.rehearse || failed => BTreeMap::new(),
        None => asked(&wishes.cluster.cluster, &bundle).await,
    };
    let pushed = match cluster.zip(objects) {
        Some((cluster, objects)) => Some((cluster.address.clone(), wishes.cluster.applied(&cluster, &objects).await?)),
        None => None,
    };
    let pruned = pruned(context, cloud, &prepared, (wishes.prune.as_ref().filter(|_| !failed), &folder)).await?;
    Ok(Applied {
        planned: prepared.shown(),
        proof,
        bundle,
        withheld,
        remaining,
        folder,
        pruned,
        pushed,
        learnt,
        learnt_is_new,
        running,
        pending,
    })
}

/// What an interruption says from now on.
fn say_written(folder: &Folder, pushes: bool) {
    let (left, next) = if pushes {
        (" Not all of it was pushed.", "Run the same command again: it pushes.")
    } else {
        ("", "Run `bucketwright render` to see what to run next.")
    };
    Stop::story(format!("Everything was made and written into {}.{left}", folder.path().display()), next);
}

/// Keeps the id that this run gives the spec: an interrupted run leaves what carries it, and the next one must know it.
fn keep_id(blueprint: &Blueprint, wishes: &Wishes<'_>, earlier: &Learnt) -> Result<()> {
    if blueprint.spec.new_id.is_none() || wishes.rehearse {
        return Ok(());
    }
    wishes.folder.keep_learnt(&Learnt::of(blueprint, &Facts::default()).or(earlier), &blueprint.spec)
}

/// Writes what the place of Secrets is to hold, where the cloud has one.
async fn filled<C: LiveCloud>(context: &Context, cloud: &C, entries: &[Entry]) -> Result<()> {
    let Some(place) = cloud.secret_store() else { return Ok(()) };
    let contents: Vec<(&str, &Secret)> = entries.iter().map(|entry| (entry.name.as_str(), &entry.value)).collect();
    let filled = store::fill(place, &contents).await?;
    if filled > 0 && !context.json() {
        context.screen.say(&format!("Wrote {filled} of {} entries in Secrets Manager.", entries.len()));
    }
    Ok(())
}

/// Says what is about to be done, and the warnings.
fn announce<C: LiveCloud>(context: &Context, prepared: &Prepared<C>, wishes: &Wishes<'_>) {
    // Nobody says yes to what was not shown.
    let screen = if wishes.yes || wishes.rehearse { context.screen } else { context.screen.aloud() };
    if !context.json() {
        screen.say_lines(&plan_text(&prepared.blueprint, &prepared.plan, &screen));
    }
    context.warn(&prepared.blueprint);
}

/// Tries out what was made, where that is wanted, and says what came of it.
async fn proven<C: LiveCloud>(
    context: &Context,
    cloud: &C,
    (blueprint, facts): (&Blueprint, &Facts),
    wishes: &Wishes<'_>,
    folder: &Folder,
) -> Result<Option<Proof>> {
    let waiting_shown = RefCell::new(String::new());
    let proof = if wishes.prove {
        let waiting = |reason: &str| {
            if *waiting_shown.borrow() != reason {
                context.screen.say(&format!("  waiting for {reason}"));
                reason.clone_into(&mut waiting_shown.borrow_mut());
            }
            !Stop::asked()
        };
        Some(cloud.prove(blueprint, facts, ProofOptions::just_made(&waiting, &Stop::asked)).await)
    } else {
        None
    };
    if let Some(proof) = proof.as_ref().filter(|_| !context.json()) {
        context.screen.say_lines(&proof_text(proof, &context.screen));
    }
    if Stop::asked() {
        return Err(Error::new(Code::INTERRUPTED, "interrupted during the proof")
            .why(format!(
                "Everything was made. {} Values and Secrets were not written; keys that were made are kept in {}.",
                left(proof.as_ref()),
                folder.keys().display()
            ))
            .fix("Run the same command again: it repeats the proof and writes, or leave the proof out with `--no-proof`."));
    }
    Ok(proof)
}

/// What a proof that was stopped left behind.
fn left(proof: Option<&Proof>) -> String {
    let trials = proof.map_or(&[][..], |proof| proof.trials.as_slice());
    let kept = trials.iter().filter(|trial| trial.leaves_something());
    let kept: Vec<String> =
        kept.filter_map(|trial| Some(format!("{}: {}", trial.bucket, trial.note.as_deref()?))).collect();
    if kept.is_empty() {
        "What the proof wrote was removed again.".to_owned()
    } else {
        format!("What the proof wrote could not be removed ({}).", kept.join("; "))
    }
}

/// The objects that a push brings, where one is wanted.
fn pushed_objects(blueprint: &Blueprint, bundle: &Bundle, wishes: &Wishes<'_>) -> Result<Option<Vec<push::Object>>> {
    wishes.push.then(|| push::objects(blueprint, bundle, wishes.cluster.wishes())).transpose()
}

/// The cluster that is pushed into: it takes the objects, with placeholders and without keeping them, before a key is made.
async fn ready(objects: Option<Vec<push::Object>>, wishes: &Wishes<'_>) -> Result<Option<Cluster>> {
    let Some(objects) = objects else { return Ok(None) };
    let cluster = wishes.cluster.cluster.connect().await?;
    wishes.cluster.checked(&cluster, &objects).await?;
    Ok(Some(cluster))
}
