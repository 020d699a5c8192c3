//! `destroy`: find what carries the spec's tags, list it, confirm, take it away.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::alone::alone;
use super::applied::identified;
use super::cluster::PushOptions;
use super::connect::{left_to_az, only_on_aws, rehearsal};
use super::context::Context;
use super::interrupt::Stop;
use super::place::{Place, SpecFile};
use super::planning::{Planning, planned_in};
use super::remains::everything;
use super::work::Wishes;
use crate::base::error::{Error, Result};
use crate::base::names::{BucketName, IamName};
use crate::base::secret::AccessKey;
use crate::cli::remains;
use crate::clouds::aws::live::Aws;
use crate::clouds::aws::live::apply::apply;
use crate::clouds::aws::live::destroy::{Witness, destroy};
use crate::clouds::aws::live::find::find;
use crate::clouds::aws::live::rehearsal::RehearsalAccount;
use crate::clouds::aws::live::removals::RemovalApi;
use crate::clouds::aws::teardown::{Found, Named, Step, Wanted, teardown};
use crate::clouds::azure::removal_lines;
use crate::clouds::store::SecretStore;
use crate::files::out::{Folder, Home, Protection, REHEARSAL};
use crate::model;
use crate::model::{Intent, Owner};
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
    left_to_az(context, &spec, "`destroy`", |_| Ok(removal_lines(&context.blueprint(spec.clone(), None)?)))?;
    super::on_gcp::refused(context, &spec, super::on_gcp::Command::Destroy)?;
    only_on_aws(
        &spec,
        "`destroy`",
        "It finds what it may remove by tags, which AWS keeps. Many stores keep none, so it could not tell this spec's buckets from others.",
        "Remove the buckets and the keys with the store's own tool: `bucketwright plan` names them.",
    )?;
    let delete_data = arguments.delete_data.iter().map(|name| BucketName::parse_existing(name));
    let delete_data = delete_data.collect::<Result<BTreeSet<_>>>()?;
    let folder = arguments.place.folder(arguments.rehearse)?.of_spec(mark(&spec))?;
    Context::block_on(async {
        if arguments.rehearse {
            let account = made_in_memory(context, arguments, &folder).await?;
            return Box::pin(destroyed_in(context, &account, &spec, delete_data, (arguments, &folder))).await;
        }
        let spec = identified(spec, &folder)?;
        let account = context.account(spec.cloud.region(), spec.cloud.endpoint()).await?;
        Box::pin(destroyed_in(context, &account, &spec, delete_data, (arguments, &folder))).await
    })
}

/// An account in memory in which the spec was applied.
async fn made_in_memory(context: &Context, arguments: &DestroyArguments, folder: &Folder) -> Result<RehearsalAccount> {
    let spec = context.spec(&arguments.spec)?;
    let account = rehearsal(&spec)?;
    let wishes = Wishes {
        spec: &arguments.spec,
        rehearse: true,
        yes: true,
        prove: false,
        folder: folder.clone(),
        second_key: false,
        protection: Protection::default(),
        cluster: &PushOptions::default(),
        push: false,
        prune: None,
    };
    let planning = Planning { spec, catalogue: &context.catalogue()?, wishes: &wishes, context };
    let (planned, observed) = planned_in(&Aws(&account), planning).await?;
    context.warn(&planned.blueprint);
    apply(&account, &planned.blueprint, &observed, &planned.plan, &Silent).await?;
    if !context.json() {
        context.screen.say(REHEARSAL);
    }
    Ok(account)
}

async fn destroyed_in(
    context: &Context,
    api: &(impl RemovalApi + SecretStore),
    spec: &Spec,
    delete_data: BTreeSet<BucketName>,
    (arguments, folder): (&DestroyArguments, &Folder),
) -> Result<Outcome> {
    let writes = !arguments.dry_run && !arguments.rehearse;
    let _taken = if writes { Some(alone(context, folder).await?) } else { None };
    let found = find(api, spec).await?;
    let folder = &folder.clone().at_home(Some(Home::account(&found.account)));
    let unproven = found.unproven.iter().map(|(kind, name, id)| Owner::of(spec).unproven(*kind, name, id));
    Error::check(unproven.collect())?;
    let named = named(context, spec, &found);
    let wanted = Wanted { held_keys: held_keys(&found, folder)?, delete_data, named, leftovers: arguments.leftovers };
    let plan = teardown(&spec.name, &found, &wanted)?;
    if !context.json() {
        let text = teardown_text(spec, &found, &plan, &context.screen);
        if arguments.dry_run { context.screen.data(&text) } else { context.screen.say(&text) }
    }
    let carried_out = !arguments.dry_run && plan.changes_anything();
    if carried_out {
        let question = format!("This cannot be undone. Type the spec's name, {}, to go on", spec.name);
        Context::confirm_by_typing(&question, spec.name.as_str(), arguments.yes || arguments.rehearse)?;
        let steps = plan.steps.iter().filter(|step| !step.removals.is_empty()).count();
        let progress = Progress::new(context.screen, steps);
        let kept = (!arguments.rehearse).then_some(folder);
        let watch = Watch { progress, folder: kept };
        let _careful = Stop::careful();
        let result = destroy(api, &found, &plan, &watch).await;
        watch.progress.finish();
        result?;
    }
    let account = &found.account;
    let remaining =
        if arguments.rehearse { Vec::new() } else { everything(context, api, (spec, account), folder).await? };
    if !context.json() {
        remains::say(context.screen, &remaining, remains::AT_THE_END);
    }
    if context.json() {
        let mut report = teardown_json(spec, &found, &plan);
        report["done"] = json!(carried_out);
        report["remaining"] = json!(remaining);
        context.print_json(&report);
    }
    let open = plan.leaves_something() || !found.unread.is_empty();
    Ok(if !arguments.dry_run && open { Outcome::Differences } else { Outcome::Done })
}

/// What the spec's file names. Where it cannot be told, because a profile or a chart's version is unknown by now, nothing is.
fn named(context: &Context, spec: &Spec, found: &Found) -> Named {
    context
        .blueprint(spec.clone(), Some(&found.account))
        .map(|blueprint| Named::of(&blueprint, None))
        .unwrap_or_default()
}

/// The ids of the keys whose secrets the folder keeps.
pub(super) fn held_keys(found: &Found, folder: &Folder) -> Result<BTreeMap<IamName, BTreeSet<String>>> {
    let mut held = BTreeMap::new();
    for user in &found.users {
        if let Some(kept) = folder.kept(&user.name)? {
            held.insert(user.name.clone(), kept.ids().into_iter().collect());
        }
    }
    Ok(held)
}

/// Shows progress, forgets keys, and stops between two calls when the user asks.
pub(super) struct Watch<'a> {
    pub(super) progress: Progress,
    pub(super) folder: Option<&'a Folder>,
}

impl Witness for Watch<'_> {
    fn removing(&self, step: &Step, words: &str) -> Result<()> {
        Stop::check(|| format!("{} {}: {words}", step.kind, step.name))?;
        self.progress.doing(step.kind, &step.name, words);
        Ok(())
    }

    fn done(&self, step: &Step) {
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
