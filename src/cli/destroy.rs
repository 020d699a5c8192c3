//! `destroy`: find what carries the spec's tags, list it, confirm, take it away.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::applied::identified;
use super::cluster::{ClusterArguments, PushOptions};
use super::connect::{InCloud, carried_out_here, connected};
use super::context::Context;
use super::folder_lock::locked;
use super::interrupt::Stop;
use super::place::{Place, SpecFile};
use super::planning::{Planning, prepared};
use super::remains;
use super::remains::everything;
use super::work::Wishes;
use crate::base::error::{Error, Result};
use crate::base::names::{BucketName, IamName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::store::SecretStore;
use crate::clouds::task::Task;
use crate::clouds::{LiveCloud, Remover};
use crate::files::out::{Folder, Home, Protection, REHEARSAL};
use crate::model;
use crate::model::{Intent, Named, Owner, Remains, Teardown, TeardownScope, TeardownStep, Witness};
use crate::report::{Progress, teardown_json, teardown_text};
use crate::spec::{Spec, mark};

/// Arguments of `destroy`.
#[derive(Debug, Args)]
#[command(
    after_help = "Look first, then do it:\n  bucketwright destroy -f bucketwright.yaml --dry-run\n  bucketwright destroy -f bucketwright.yaml\n\n\
    What the spec's file no longer names is found too, by its tags. What was there before the spec is released, never \
    deleted. A bucket that holds data stays (exit code 3) unless --delete-data names it. Interrupted, it goes on when run \
    again. `bucketwright explain day-two` tells the rest."
)]
pub(super) struct DestroyArguments {
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Delete everything in this bucket, all versions included, and then the bucket; may be given several times.
    #[arg(long, value_name = "BUCKET")]
    delete_data: Vec<String>,
    /// Take away too what the spec's file does not name and only its tags say: of earlier versions of the file, for instance.
    #[arg(long)]
    leftovers: bool,
    /// Only list what would be removed.
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking.
    #[arg(short, long)]
    yes: bool,
    /// Make everything in an in-memory account and take it away again there.
    #[arg(long)]
    rehearse: bool,
}

pub(super) fn run(context: &Context, arguments: &DestroyArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    carried_out_here(context, &spec, Task::Destroy)?;
    let delete_data = arguments.delete_data.iter().map(|name| BucketName::parse_existing(name));
    let delete_data = delete_data.collect::<Result<BTreeSet<_>>>()?;
    let folder = arguments.place.folder(arguments.rehearse)?.of_spec(mark(&spec))?;
    let place = spec.clone();
    let work = Destroying { context, arguments, spec, delete_data, folder };
    let cluster = ClusterArguments::default();
    Context::block_on(connected(context, &place, arguments.rehearse, &cluster, work))
}

/// What is to be destroyed.
struct Destroying<'a> {
    context: &'a Context,
    arguments: &'a DestroyArguments,
    spec: Spec,
    delete_data: BTreeSet<BucketName>,
    folder: Folder,
}

impl InCloud for Destroying<'_> {
    type Output = Outcome;

    async fn run(mut self, cloud: &impl LiveCloud) -> Result<Outcome> {
        let Some(remover) = cloud.remover() else { return Ok(Outcome::Done) };
        if self.arguments.rehearse {
            self.make_in_memory(cloud).await?;
        } else {
            self.spec = identified(self.spec, &self.folder)?;
        }
        Box::pin(self.destroyed(remover, cloud.secret_store())).await
    }
}

impl Destroying<'_> {
    /// Applies the spec in the account in memory, so that there is something to destroy.
    async fn make_in_memory<C: LiveCloud>(&self, cloud: &C) -> Result<()> {
        let wishes = Wishes {
            spec: &self.arguments.spec,
            rehearse: true,
            yes: true,
            prove: false,
            folder: self.folder.clone(),
            second_key: false,
            protection: Protection::default(),
            cluster: &PushOptions::default(),
            push: false,
            prune: None,
        };
        let (context, spec) = (self.context, self.spec.clone());
        let planning = Planning { spec, catalogue: &context.catalogue()?, wishes: &wishes, context };
        let made = prepared(cloud, planning).await?;
        context.warn(&made.blueprint);
        cloud.apply(&made.blueprint, &made.observed, &made.plan, &Silent).await?;
        if !context.json() {
            context.screen.say(REHEARSAL);
        }
        Ok(())
    }

    async fn destroyed<R: Remover>(&self, remover: &R, store: Option<&impl SecretStore>) -> Result<Outcome> {
        let Self { context, arguments, spec, delete_data, folder } = self;
        let writes = !arguments.dry_run && !arguments.rehearse;
        let _taken = if writes { Some(locked(context, folder).await?) } else { None };
        let found = remover.find(spec).await?;
        let told = R::told(&found);
        let folder = &folder.clone().at_home(told.account.as_ref().map(Home::account));
        let unproven = told.unproven.iter().map(|(kind, name, id)| Owner::of(spec).unproven(*kind, name, id));
        Error::check(unproven.collect())?;
        let scope = TeardownScope {
            held_keys: held_keys(&told, folder)?,
            delete_data: delete_data.clone(),
            named: named(context, spec, &told),
            leftovers: arguments.leftovers,
        };
        let teardown = R::teardown(&spec.name, &found, &scope)?;
        if !context.json() {
            let text = teardown_text(spec, &told, &teardown, &context.screen);
            match (arguments.dry_run, arguments.yes || arguments.rehearse) {
                (true, _) => context.screen.data(&text),
                (false, true) => context.screen.say(&text),
                // Nobody says yes to what was not shown.
                (false, false) => context.screen.aloud().say(&text),
            }
        }
        let carried_out = !arguments.dry_run && teardown.changes_anything();
        if carried_out {
            self.carry_out(remover, (&found, &teardown), folder).await?;
        }
        let remaining =
            if arguments.rehearse { Vec::new() } else { everything(context, store, (spec, &told), folder).await? };
        if context.json() {
            let mut report = teardown_json(spec, &told, &teardown);
            report["done"] = json!(carried_out);
            report["remaining"] = json!(remaining);
            context.print_json(&report);
        } else {
            remains::say(context.screen, &remaining, remains::AT_THE_END);
        }
        let open = teardown.leaves_something() || !told.unread.is_empty();
        Ok(if !arguments.dry_run && open { Outcome::Differences } else { Outcome::Done })
    }

    /// Asks, and removes.
    async fn carry_out<R: Remover>(
        &self,
        remover: &R,
        (found, teardown): (&R::Found, &Teardown<R::Removal>),
        folder: &Folder,
    ) -> Result<()> {
        let (context, name) = (self.context, self.spec.name.as_str());
        let question = format!("This cannot be undone. Type the spec's name, {name}, to go on");
        Context::confirm_by_typing(&question, name, self.arguments.yes || self.arguments.rehearse)?;
        let steps = teardown.steps.iter().filter(|step| !step.removals.is_empty()).count();
        let kept = (!self.arguments.rehearse).then_some(folder);
        let watch = RemovalWitness { progress: Progress::new(context.screen, steps), folder: kept };
        let _careful = Stop::careful();
        let result = remover.remove(found, teardown, &watch).await;
        watch.progress.finish();
        result
    }
}

/// What the spec's file names. Where it cannot be told, because a profile or a chart's version is unknown by now, nothing is.
fn named(context: &Context, spec: &Spec, told: &Remains) -> Named {
    context
        .blueprint(spec.clone(), told.account.as_ref())
        .map(|blueprint| Named::of(&blueprint, None))
        .unwrap_or_default()
}

/// The ids of the keys whose secrets the folder keeps.
pub(super) fn held_keys(told: &Remains, folder: &Folder) -> Result<BTreeMap<IamName, BTreeSet<String>>> {
    let mut held = BTreeMap::new();
    for user in told.identities.iter().filter(|one| one.kind != Kind::Role) {
        if let Some(kept) = folder.kept(&user.name)? {
            held.insert(user.name.clone(), kept.ids().into_iter().collect());
        }
    }
    Ok(held)
}

/// Shows progress, forgets keys, and stops between two calls when the user asks.
pub(super) struct RemovalWitness<'a> {
    pub(super) progress: Progress,
    pub(super) folder: Option<&'a Folder>,
}

impl Witness for RemovalWitness<'_> {
    fn removing<R>(&self, step: &TeardownStep<R>, words: &str) -> Result<()> {
        Stop::check(|| format!("{} {}: {words}", step.kind, step.name))?;
        self.progress.doing(step.kind, &step.name, words);
        Ok(())
    }

    fn done<R>(&self, step: &TeardownStep<R>) {
        self.progress.done(step.kind, &step.name);
    }

    fn key_gone(&self, user: &IamName, key: &str) -> Result<()> {
        self.folder.map_or(Ok(()), |folder| folder.forget_key(user, key))
    }
}

/// Nobody listens while a rehearsal makes what it removes again.
struct Silent;

impl model::Listener for Silent {
    fn doing<C>(&self, _: &model::Step<C>, _: &str) -> Result<()> {
        Ok(())
    }

    fn done<C>(&self, _: &model::Step<C>) {}

    fn skipped<C>(&self, _: &model::Step<C>, _: &str) {}

    fn waiting(&self, _: &str) -> bool {
        true
    }

    fn intend(&self, _: &Intent) -> Result<()> {
        Ok(())
    }

    fn settle(&self, _: &IamName) -> Result<()> {
        Ok(())
    }

    fn keep(&self, _: &IamName, _: &AccessKey) -> Result<()> {
        Ok(())
    }
}
