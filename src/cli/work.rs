//! The work that `plan`, `apply` and the guided run share: account, blueprint, observation, plan, making, proof, files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::cluster::PushOptions;
use super::context::Context;
use super::interrupt::Stop;
use crate::blueprint::{Blueprint, PrincipalKind, blueprint};
use crate::cloud::aws::api::AwsApi;
use crate::cloud::aws::apply::apply;
use crate::cloud::aws::observe::observe;
use crate::cloud::aws::prove::prove;
use crate::cloud::aws::rehearsal::RehearsalAccount;
use crate::cloud::aws::store::{self, SecretStore};
use crate::cloud::aws::trips::critical_path;
use crate::cluster::{self, Cluster};
use crate::error::{Code, Error, Result};
use crate::names::{AccountId, IamName};
use crate::plan::{AtHand, Change, Intent, Listener, Observed, Plan, Step, plan};
use crate::profile::Catalogue;
use crate::proof::Proof;
use crate::push;
use crate::render::{Banner, Bundle, Facts, Request, render};
use crate::report::{Progress, plan_json, plan_text, proof_text};
use crate::secret::{AccessKey, Secret};
use crate::sink::{Folder, KeyRoom, Protected, Protection, Taken};
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
    pub(super) protection: Protection,
    /// How the cluster is reached, where the spec refers to it.
    pub(super) cluster: &'a PushOptions,
    /// Whether the Secrets are pushed into it.
    pub(super) push: bool,
}

impl Wishes<'_> {
    pub(super) fn folder(&self) -> Folder {
        Folder::new(self.out, self.rehearse.then_some(REHEARSAL))
    }
}

/// What a planning found.
pub(super) struct Planned {
    pub(super) blueprint: Blueprint,
    pub(super) observed: Observed,
    pub(super) plan: Plan,
}

/// What an apply did.
pub(super) struct Applied {
    pub(super) planned: Planned,
    pub(super) proof: Option<Proof>,
    pub(super) bundle: Bundle,
    pub(super) folder: Folder,
    /// Where the objects went, and what became of them.
    pub(super) pushed: Option<(String, Vec<cluster::Applied>)>,
}

/// The account of a rehearsal: it has the cluster that the spec names, whatever its name.
pub(super) fn rehearsal(spec: &Spec) -> Result<RehearsalAccount> {
    let account = match &spec.cloud.account {
        Some(account) => account.clone(),
        None => AccountId::parse("000000000000")?,
    };
    Ok(RehearsalAccount::new(account, spec.cloud.region.clone()).any_cluster(true))
}

/// Plans, in the real account or in memory.
pub(super) fn planned(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Planned> {
    let catalogue = context.catalogue()?;
    Context::block_on(async {
        if wishes.rehearse {
            let account = rehearsal(&spec)?;
            planned_in(&account, spec, &catalogue, wishes).await
        } else {
            let account = context.account(&spec.cloud.region, spec.cloud.endpoint.as_ref()).await?;
            planned_in(&account, spec, &catalogue, wishes).await
        }
    })
}

pub(super) async fn planned_in(
    api: &impl AwsApi,
    spec: Spec,
    catalogue: &Catalogue,
    wishes: &Wishes<'_>,
) -> Result<Planned> {
    let account = api.caller().await?.account;
    let blueprint = blueprint(spec, catalogue, Some(&account))?;
    let at_hand = at_hand(&blueprint, &wishes.folder())?;
    let observed = observe(api, &blueprint, at_hand).await?;
    let plan = plan(&blueprint, &observed)?;
    Ok(Planned { blueprint, observed, plan })
}

/// What the folder tells: the ids of the keys whose secrets it keeps, and the intents that are open.
fn at_hand(blueprint: &Blueprint, folder: &Folder) -> Result<AtHand> {
    let keys = kept_keys(blueprint, folder)?;
    let mut intents = BTreeMap::new();
    for user in users(blueprint) {
        if let Some(intent) = folder.open_intent(user)? {
            intents.insert(user.clone(), intent);
        }
    }
    let ids = keys.into_iter().map(|(name, key)| (name, key.id.expose().to_owned()));
    Ok(AtHand { keys: ids.collect(), intents })
}

fn users(blueprint: &Blueprint) -> impl Iterator<Item = &IamName> {
    let users = blueprint.principals.iter().filter(|principal| matches!(principal.kind, PrincipalKind::User));
    users.map(|principal| &principal.name)
}

pub(super) fn kept_keys(blueprint: &Blueprint, folder: &Folder) -> Result<BTreeMap<IamName, AccessKey>> {
    let mut keys = BTreeMap::new();
    for user in users(blueprint) {
        if let Some(key) = folder.kept_key(user)? {
            keys.insert(user.clone(), key);
        }
    }
    Ok(keys)
}

/// Plans, confirms, makes, proves, renders, writes.
pub(super) fn applied(context: &Context, spec: Spec, wishes: &Wishes<'_>) -> Result<Applied> {
    let catalogue = context.catalogue()?;
    Context::block_on(async {
        if wishes.rehearse {
            let account = rehearsal(&spec)?;
            applied_in(context, &account, spec, &catalogue, wishes).await
        } else {
            let account = context.account(&spec.cloud.region, spec.cloud.endpoint.as_ref()).await?;
            let applied = applied_in(context, &account, spec, &catalogue, wishes).await?;
            let calls = account.calls();
            tracing::debug!("round trips on the critical path: {} of {} calls", critical_path(&calls), calls.len());
            Ok(applied)
        }
    })
}

async fn applied_in(
    context: &Context,
    api: &(impl AwsApi + SecretStore),
    spec: Spec,
    catalogue: &Catalogue,
    wishes: &Wishes<'_>,
) -> Result<Applied> {
    let folder = wishes.folder();
    let _taken = alone(context, &folder).await?;
    let planned = planned_in(api, spec, catalogue, wishes).await?;
    let (blueprint, plan) = (&planned.blueprint, &planned.plan);
    if !context.json() {
        context.screen.say(&plan_text(blueprint, plan, &context.screen));
    }
    plan.accepted()?;
    let brought = wishes.cluster.cluster.brought_keys(blueprint).await?;
    let banner = wishes.rehearse.then_some(Banner(REHEARSAL));
    let request = Request { banner, keeping: wishes.protection.keeping(), ..Request::default() };
    // Everything is written once with placeholders, in memory: what cannot be written is known before a key is made.
    let draft = Facts { issuer: planned.observed.issuer.clone(), ..Facts::default() };
    let draft = render(blueprint, &draft, &Request { placeholders: true, ..request.clone() })?;
    let draft = wishes.protection.protect(draft, &blueprint.spec.name)?;
    folder.probe(&draft)?;
    let cluster = ready(blueprint, &planned, wishes).await?;
    settle_the_kept(&planned, &folder)?;
    let names: Vec<&str> = draft.entries.iter().map(|entry| entry.name.as_str()).collect();
    let missing = store::missing(api, &names, &blueprint.spec.name).await?;
    missing.iter().for_each(|name| context.screen.say(&format!("  create Secrets Manager entry {name}")));
    if plan.changes_anything() || !missing.is_empty() {
        Context::confirm("Make these changes?", wishes.yes || wishes.rehearse)?;
    }
    store::make(api, &missing, &blueprint.spec.name).await?;
    let mut keys = kept_keys(blueprint, &folder)?;
    keys.extend(brought);
    let waiting_shown = RefCell::new(String::new());
    keys.extend(made(context, api, &planned, &folder).await?);
    let facts = Facts { issuer: planned.observed.issuer.clone(), keys };
    let proof = if wishes.prove {
        let waiting = |reason: &str| {
            if *waiting_shown.borrow() != reason {
                context.screen.say(&format!("  waiting for {reason}"));
                reason.clone_into(&mut waiting_shown.borrow_mut());
            }
            true
        };
        tokio::select! {
            proof = prove(api, blueprint, &facts, &planned.observed.account, &waiting) => Some(proof),
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
    let rendered = render(blueprint, &facts, &request)?;
    let Protected { bundle, entries, .. } = wishes.protection.protect(rendered, &blueprint.spec.name)?;
    let entries: Vec<(&str, &Secret)> = entries.iter().map(|entry| (entry.name.as_str(), &entry.value)).collect();
    let filled = store::fill(api, &entries).await?;
    if filled > 0 && !context.json() {
        context.screen.say(&format!("Wrote {filled} of {} entries in Secrets Manager.", entries.len()));
    }
    folder.write(&bundle)?;
    let pushed = match cluster {
        Some(cluster) => {
            let objects =
                push::objects(blueprint, &render(blueprint, &facts, &Request::default())?, wishes.cluster.wishes())?;
            Some((cluster.address.clone(), wishes.cluster.applied(&cluster, &objects).await?))
        }
        None => None,
    };
    Ok(Applied { planned, proof, bundle, folder, pushed })
}

/// The cluster that is pushed into: it takes the Secrets, with placeholders and without keeping them, before a key is made.
async fn ready(blueprint: &Blueprint, planned: &Planned, wishes: &Wishes<'_>) -> Result<Option<Cluster>> {
    if !wishes.push {
        return Ok(None);
    }
    let draft = Facts { issuer: planned.observed.issuer.clone(), ..Facts::default() };
    let draft = render(blueprint, &draft, &Request { placeholders: true, ..Request::default() })?;
    let cluster = wishes.cluster.cluster.connect().await?;
    wishes.cluster.checked(&cluster, &push::objects(blueprint, &draft, wishes.cluster.wishes())?).await?;
    Ok(Some(cluster))
}

/// Waits until no other run uses the folder: what that one makes is seen by the planning that follows.
async fn alone(context: &Context, folder: &Folder) -> Result<Taken> {
    let mut said = false;
    loop {
        if let Some(taken) = folder.take()? {
            return Ok(taken);
        }
        if !said {
            context.screen.say(&format!("waiting for another run that uses {}", folder.path().display()));
            said = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Where a key is kept and exists, its intent has nothing left to tell: the run ended between the two.
fn settle_the_kept(planned: &Planned, folder: &Folder) -> Result<()> {
    let AtHand { keys, intents } = &planned.observed.at_hand;
    for user in intents.keys() {
        let found = planned.observed.principals.get(user).and_then(|found| found.principal.as_ref());
        let exists = |id: &String| found.is_some_and(|state| state.keys.iter().any(|key| &key.id == id));
        if keys.get(user).is_some_and(exists) {
            folder.settle(user)?;
        }
    }
    Ok(())
}

/// Carries out the plan while listening for Ctrl-C: the call under way is finished, the next is not begun.
async fn made(
    context: &Context,
    api: &impl AwsApi,
    planned: &Planned,
    folder: &Folder,
) -> Result<BTreeMap<IamName, AccessKey>> {
    if !planned.plan.changes_anything() {
        return Ok(BTreeMap::new());
    }
    let steps = planned.plan.steps.iter().filter(|step| !step.changes.is_empty()).count();
    let mut rooms = BTreeMap::new();
    for name in planned.blueprint.principals.iter().map(|principal| &principal.name) {
        let makes_key = |step: &Step| step.name == name.as_str() && step.changes.contains(&Change::CreateAccessKey);
        if planned.plan.steps.iter().any(makes_key) {
            rooms.insert(name.clone(), folder.room_for_key(name)?);
        }
    }
    let progress = Progress::new(context.screen, steps);
    let listener = Watch { progress, folder, rooms: RefCell::new(rooms), stop: Stop::default() };
    let work = apply(api, &planned.blueprint, &planned.observed, &planned.plan, &listener);
    let result = listener.stop.during(context, work).await;
    listener.progress.finish();
    if result.is_ok() && listener.stop.asked() {
        return Err(Error::new(Code::INTERRUPTED, "interrupted when everything was made")
            .why("It was not proven, and values and Secrets were not written; keys that were made are kept.")
            .fix("Run the same command again: it proves and writes."));
    }
    result
}

/// Shows progress, keeps keys, and stops between two calls when the user asks.
struct Watch<'a> {
    progress: Progress,
    folder: &'a Folder,
    /// Room on the disk for each key that is made, taken before AWS makes it.
    rooms: RefCell<BTreeMap<IamName, KeyRoom>>,
    stop: Stop,
}

impl Listener for Watch<'_> {
    fn doing(&self, step: &Step, words: &str) -> Result<()> {
        self.stop.check(|| format!("{} {}: {words}", step.kind, step.name))?;
        self.progress.doing(step.kind, &step.name, words);
        Ok(())
    }

    fn done(&self, step: &Step) {
        self.progress.done(step.kind, &step.name);
    }

    fn waiting(&self, reason: &str) -> bool {
        self.progress.waiting(reason);
        !self.stop.asked()
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
        kept.map_err(|error| error.fix("Mend the folder and run the same command again: it makes a new key."))
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
