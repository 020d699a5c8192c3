//! `rotate`: a second key, proven and handed out; with `--finish` the old one is retired.

mod finish;
mod hand_out;
mod push;

use std::collections::BTreeSet;

use clap::Args;
use futures_util::future::try_join_all;
use futures_util::try_join;
use serde_json::{Value, json};

use super::Outcome;
use super::applied::identified;
use super::cluster::{ClusterArguments, PushOptions};
use super::connect::{carried_out_as_called, references_first};
use super::context::Context;
use super::folder_lock::locked;
use super::kept::home;
use super::place::{Place, SpecFile};
use super::sinks::SinkArguments;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, IamName};
use crate::base::shell;
use crate::clouds::aws::live::removals::RemovalApi;
use crate::clouds::aws::plan::same_account;
use crate::clouds::aws::rotation::Rotation;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::clock::now;
use crate::clouds::store::SecretStore;
use crate::clouds::task::{Called, Task, nothing_to_rotate};
use crate::files::out::{Folder, KeptKeys, Protected, Protection};
use crate::kube::push::{objects, restart_rights, rights};
use crate::model::{Blueprint, Facts, HeldKeys, KeyState, Owner, PrincipalKind, PrincipalWant, Use, masked};
use crate::render::{RenderOptions, render};
use crate::spec::{Spec, mark};

/// Arguments of `rotate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Two steps, with the restart of what uses the keys between them:\n  bucketwright rotate -f bucketwright.yaml\n  \
    (apply the Secrets and restart, as it says at the end)\n  bucketwright rotate -f bucketwright.yaml --finish\n\n\
    With --push the first does the Secrets and the restart itself:\n  bucketwright rotate -f bucketwright.yaml --push\n\n\
    Both keys work in between, and the output folder keeps both. Interrupted, each step goes on when run again. \
    `bucketwright explain day-two` tells the rest."
)]
pub(super) struct RotateArguments {
    #[command(flatten)]
    spec: SpecFile,
    #[command(flatten)]
    place: Place,
    /// Only the keys of this install, by its id.
    #[arg(long, value_name = "ID")]
    install: Option<String>,
    /// Only the key of this IAM user.
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Retire the old keys: look at their last use, make them inactive, delete them.
    #[arg(long)]
    finish: bool,
    /// With --finish: retire an old key although it was used within the last 30 minutes. It is made inactive first.
    #[arg(long, requires = "finish")]
    even_if_used: bool,
    /// Do it without asking.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    sinks: SinkArguments,
    /// Push the new keys into the cluster too, and restart just the workloads that read them. It is asked before a key is made.
    #[arg(long, help_heading = "Cluster", conflicts_with_all = ["finish", "seal", "external_secrets"])]
    push: bool,
    /// Print the Roles that --push needs, and stop.
    #[arg(long, help_heading = "Cluster", requires = "push")]
    permissions: bool,
    #[command(flatten)]
    cluster: PushOptions,
}

pub(super) fn run(context: &Context, arguments: &RotateArguments) -> Result<Outcome> {
    let spec = context.spec(&arguments.spec)?;
    let restricted = || restricted(context.blueprint(spec.clone(), None)?, arguments);
    carried_out_as_called(context, &spec, Task::Rotate, &called(arguments), &restricted)?;
    if arguments.permissions {
        return permissions(context, &context.blueprint(spec, None)?, arguments);
    }
    let folder = arguments.place.real(&spec)?;
    let spec = identified(spec, &folder)?;
    if !arguments.finish {
        references_first(context, &spec, false)?;
    }
    Context::block_on(async {
        let account = context.account(spec.cloud.region(), spec.cloud.endpoint()).await?;
        Box::pin(rotated_in(context, &account, spec, (arguments, &folder))).await
    })
}

/// Prints the Roles that a push and its restarts need.
fn permissions(context: &Context, blueprint: &Blueprint, arguments: &RotateArguments) -> Result<Outcome> {
    let mut all = Vec::new();
    let installs: BTreeSet<&DnsLabel> = chosen(blueprint, arguments)?.into_iter().map(|want| &want.install).collect();
    for install in installs {
        let request = RenderOptions { only: Some(install.clone()), placeholders: true, ..RenderOptions::default() };
        let draft = render(blueprint, &Facts::default(), &request)?;
        all.extend(objects(blueprint, &draft, arguments.cluster.wishes())?);
    }
    let mut roles = rights(&all, blueprint.references());
    restart_rights(&mut roles);
    context.print_foreign(&json!({"apiVersion": "v1", "kind": "List", "items": roles}));
    Ok(Outcome::Done)
}

async fn rotated_in(
    context: &Context,
    api: &(impl RemovalApi + SecretStore),
    spec: Spec,
    (arguments, folder): (&RotateArguments, &Folder),
) -> Result<Outcome> {
    let caller = api.caller().await?;
    same_account(&spec, &caller.account, &caller.arn)?;
    let blueprint = context.blueprint(spec, Some(&caller.account))?;
    let _taken = locked(context, folder).await?;
    let folder = &folder.clone().at_home(home(&blueprint)).of_spec(mark(&blueprint.spec))?;
    let protection = arguments.sinks.protection(context, &blueprint.spec)?;
    let keeping = protection.keeping();
    let wants = chosen(&blueprint, arguments)?;
    for want in &wants {
        let request =
            RenderOptions { only: Some(want.install.clone()), placeholders: true, keeping, ..RenderOptions::default() };
        let draft = render(&blueprint, &Facts::default(), &request)?;
        let draft = protection.protect(draft, &blueprint.spec.name)?;
        // Finishing writes no file but that of the keys, so it needs no option of those for secrets.
        folder.probe(&if arguments.finish { Protected::default() } else { draft })?;
    }
    let subjects = try_join_all(wants.into_iter().map(|want| looked_at(api, &blueprint, want, folder))).await?;
    let work = Rotating {
        context,
        api,
        blueprint: &blueprint,
        folder,
        protection: &protection,
        cluster: &arguments.cluster.cluster,
        push: arguments.push.then_some(&arguments.cluster),
        now: now(),
        yes: arguments.yes,
    };
    if arguments.finish { work.finish(&subjects, arguments.even_if_used).await } else { work.hand_out(&subjects).await }
}

/// What both steps work with.
struct Rotating<'a, A> {
    context: &'a Context,
    api: &'a A,
    blueprint: &'a Blueprint,
    folder: &'a Folder,
    protection: &'a Protection,
    cluster: &'a ClusterArguments,
    /// How the cluster is pushed into, if it is.
    push: Option<&'a PushOptions>,
    now: i64,
    yes: bool,
}

impl<A> Rotating<'_, A> {
    /// Puts a key that works in the place of one that does not, in the folder.
    fn use_again(&self, subject: &Subject<'_>) -> Result<()> {
        let Some(used) = &subject.fell_back else { return Ok(()) };
        self.folder.arrange(&subject.want.name, &subject.rotation.held)?;
        let words = format!(
            "{}: the key that was in use does not work; {} does, and is in use again.",
            subject.want.name,
            masked(used)
        );
        self.context.screen.say(&words);
        Ok(())
    }
}

/// A user whose key is rotated.
struct Subject<'a> {
    want: &'a PrincipalWant,
    rotation: Rotation<'a>,
    /// The key that is in use again, because the one that was does not work.
    fell_back: Option<String>,
}

impl Subject<'_> {
    /// How a program reads what became of it.
    fn report(&self, state: &str, old: Option<&KeyState>) -> Value {
        let key = |key: &KeyState| json!({"id": masked(&key.id), "active": key.active, "created": key.created, "lastUse": key.last_use()});
        let mut report =
            json!({"user": self.want.name, "install": self.want.install, "state": state, "old": old.map(key)});
        if let Some(other) = self.rotation.other() {
            report["other"] = key(other);
        }
        report
    }
}

/// Whether the options name it.
fn meant(want: &PrincipalWant, arguments: &RotateArguments) -> bool {
    arguments.install.as_ref().is_none_or(|id| want.install.as_str() == id)
        && arguments.principal.as_ref().is_none_or(|name| want.name.same_as(name))
}

/// A blueprint with those principals alone that the options name.
fn restricted(mut blueprint: Blueprint, arguments: &RotateArguments) -> Result<Blueprint> {
    let there = named(blueprint.principals.iter());
    blueprint.principals.retain(|want| meant(want, arguments));
    if blueprint.principals.is_empty() && !there.is_empty() {
        return Err(nothing_to_rotate(&there));
    }
    Ok(blueprint)
}

/// Principals as the options name them.
fn named<'a>(wants: impl Iterator<Item = &'a PrincipalWant>) -> Vec<String> {
    wants.map(|want| format!("{} (install {})", want.name, want.install)).collect()
}

/// The spec and the folders of the call, for lines that name them again.
fn called(arguments: &RotateArguments) -> Called {
    let words: Vec<String> = arguments.spec.options().into_iter().chain(arguments.place.options()).collect();
    let words = std::iter::once(String::new()).chain(words.iter().map(|word| shell::word(word)));
    Called { options: words.collect::<Vec<_>>().join(" "), keys: arguments.place.keys_folder() }
}

/// The users that the arguments mean.
fn chosen<'a>(blueprint: &'a Blueprint, arguments: &RotateArguments) -> Result<Vec<&'a PrincipalWant>> {
    let made = |want: &&PrincipalWant| matches!(want.kind, PrincipalKind::User);
    let meant = |want: &&PrincipalWant| meant(want, arguments);
    let wants: Vec<&PrincipalWant> = blueprint.principals.iter().filter(made).filter(meant).collect();
    if !wants.is_empty() {
        return Ok(wants);
    }
    Err(nothing_to_rotate(&named(blueprint.principals.iter().filter(made))))
}

/// The keys of a user, in the account and available.
async fn looked_at<'a>(
    api: &impl RemovalApi,
    blueprint: &Blueprint,
    want: &'a PrincipalWant,
    folder: &Folder,
) -> Result<Subject<'a>> {
    let name = &want.name;
    let keys = async {
        match api.access_keys(name).await {
            Err(error) if error.kind == Failure::NotFound => Ok(Vec::new()),
            other => other,
        }
    };
    let (user, keys) = try_join!(api.user(name), keys)?;
    let adopted = blueprint.spec.adopt.iter().any(|adopted| adopted.same_as(name.as_str()));
    if user.is_some_and(|user| !Owner::of(&blueprint.spec).may_own(&user.tags) && !adopted) {
        return Err(Error::new(Code::FOREIGN_IDENTITY, format!("the user `{name}` exists and is not this spec's"))
            .why("It does not carry the spec's tag, so its keys are someone else's.")
            .fix("Run `bucketwright plan`: it says what the spec would do about it."));
    }
    let seen = try_join_all(keys.into_iter().map(|key| async move {
        let last = api.last_use(name, &key.id).await?;
        Ok::<_, CallError>(KeyState { used: Use::of(last), ..key })
    }));
    let held = folder.kept(name)?.as_ref().map_or_else(HeldKeys::default, KeptKeys::held);
    let mut seen = seen.await?;
    unorphan(api, name, (&mut seen, &held), folder).await?;
    let rotation = Rotation::new(name, seen, &held);
    let fell_back = rotation.held.current.clone().filter(|id| held.current.as_ref() != Some(id));
    Ok(Subject { want, rotation, fell_back })
}

/// Removes the key that an interrupted run made and could not keep: the intent in the folder tells which it is.
async fn unorphan(
    api: &impl RemovalApi,
    user: &IamName,
    (seen, held): (&mut Vec<KeyState>, &HeldKeys),
    folder: &Folder,
) -> Result<()> {
    let Some(intent) = folder.open_intent(user)? else { return Ok(()) };
    let orphan = intent.orphan(seen).filter(|orphan| !held.holds(&orphan.id)).map(|orphan| orphan.id.clone());
    let kept = seen.iter().any(|key| held.holds(&key.id) && intent.is_fresh(&key.id));
    if let Some(orphan) = &orphan {
        api.delete_access_key(user, orphan).await?;
        seen.retain(|key| &key.id != orphan);
    }
    // What may still be listed, or told by a caller with more rights, is looked for again by the next run.
    if orphan.is_some() || kept || intent.explains_nothing(seen, now()) {
        folder.settle(user)?;
    }
    Ok(())
}
