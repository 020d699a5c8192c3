//! Leaving MinIO, the settings: from the values that run now to a spec, an overlay that undoes what Helm would merge back, and a report. Pure.

mod address;
mod login;
mod old;
mod order;
mod pattern;
mod pending;
mod reads;
mod recorded;
mod refusals;
mod region;
mod settings;
mod spec;
mod stores;
mod umbrella;
mod undo;

use std::collections::BTreeMap;

pub use old::{Old, Shape};
pub use order::MigrationStep;
pub use pending::Pending;
pub use recorded::Recorded;
use recorded::{Copied, Reach, Reached};
use refusals::{applied_by_a_controller, complete, no_migration, nothing, right_profile, worth_it};
use semver::Version;
pub use settings::{Line, SettingsOutcome};
pub use stores::{FoundStore, Server, Where};

use crate::base::error::Result;
use crate::blueprint::blueprint;
use crate::helm::chart::ValuesFile;
use crate::model::{Blueprint, Facts, InstallBlueprint};
use crate::profile::{Catalogue, Migration, in_range};
use crate::render::{Bundle, RenderOptions, render};
use crate::spec::{Identity, Roles, Spec};

/// What a migration is asked for.
#[derive(Clone, Debug)]
pub struct MigrationOptions {
    /// The profile.
    pub profile: String,
    /// The chart's version.
    pub chart_version: Version,
    /// The spec's name.
    pub name: String,
    /// The region of the buckets.
    pub region: String,
    /// The account.
    pub account: Option<String>,
    /// The EKS cluster.
    pub cluster: Option<String>,
    /// Its OIDC issuer.
    pub oidc_issuer: Option<String>,
    /// The nodes' role.
    pub node_role: Option<String>,
    /// How pods prove who they are.
    pub identity: Identity,
    /// How many principals there are.
    pub roles: Roles,
    /// The key of an umbrella chart below which the chart's values are; empty without one.
    pub below: Vec<String>,
    /// The Helm release.
    pub release: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The parts that stay on MinIO, as `PROFILE/PART`.
    pub keep: Vec<String>,
    /// The files that the values came from, as commands name them.
    pub files: Vec<String>,
    /// The same files, as the folder that everything is written to names them.
    pub files_from_out: Vec<String>,
    /// Whether the values were read from the release that runs; the first step then writes them into the file that is named.
    pub running: bool,
    /// The folder that everything is written to, as commands name it.
    pub out: String,
}

/// Everything that came of it. It holds no value of the user's but names of buckets, Secrets and hosts.
#[derive(Debug)]
pub struct Migrated {
    /// The spec's text.
    pub spec: String,
    /// What the spec means.
    pub blueprint: Blueprint,
    /// Everything that a render of it gives, with placeholders for keys.
    pub bundle: Bundle,
    /// The overlay that undoes old settings, and its path in the folder; nothing when nothing is to be undone.
    pub undo: Option<(String, String)>,
    /// Each part, and where its objects are.
    pub parts: Vec<Part>,
    /// A line for every setting that speaks of storage.
    pub lines: Vec<Line>,
    /// How many settings do not, and stay as they are.
    pub untouched: usize,
    /// The buckets, old and new.
    pub buckets: Vec<Moved>,
    /// The safe order.
    pub steps: Vec<MigrationStep>,
    /// What the order is computed from again, by later commands.
    pub recorded: Recorded,
}

/// A part of the product.
#[derive(Clone, Debug)]
pub struct Part {
    /// `PROFILE/PART`.
    pub name: String,
    /// Where its objects are.
    pub objects: Where,
    /// Whether it stays there.
    pub kept: bool,
}

/// A bucket, old and new.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Its purpose.
    pub purpose: Option<String>,
    /// Its name on MinIO; `None` when nothing says it.
    pub old: Option<String>,
    /// The folder in the old bucket, which others may use too; it has the same name in the new one.
    pub folder: Option<String>,
    /// Its name on S3; `None` when it is left behind.
    pub new: Option<String>,
    /// What the names of the old buckets begin with, where there is one for each user.
    pub each: Option<String>,
    /// Whether its objects are to be copied.
    pub copy: bool,
    /// Why not, or why it is left behind.
    pub why: Option<String>,
}

/// The paragraph that is said first and last.
pub const WARNING: &str = "Data does not move by itself: these files only change where the product looks. Switch before the objects are copied, \
                           and everything that was stored seems lost. This command has changed nothing.";

/// Computes a migration from values files, merged in their order.
///
/// # Errors
/// `BW1701`–`BW1705` for what cannot be migrated, and those of the spec and its blueprint.
pub fn migrate(files: &[ValuesFile], request: &MigrationOptions, catalogue: &Catalogue) -> Result<Migrated> {
    let profile = catalogue.get(&request.profile)?;
    let migration = profile.migration.as_ref().ok_or_else(|| no_migration(&request.profile, catalogue))?;
    complete(request)?;
    files.iter().try_for_each(applied_by_a_controller)?;
    let parts = umbrella::parts(files, &request.below)?;
    let mut old = Old::merged(&parts)?;
    let release = request.release.as_deref().unwrap_or(&profile.about.release);
    old.name_release(release, request.namespace.as_deref().unwrap_or(&profile.about.namespace));
    right_profile(&old, &request.profile, migration, catalogue)?;
    let mut found = stores::found(&old, migration, &request.chart_version)?;
    stores::keep(&mut found, &request.keep, &request.profile)?;
    worth_it(&found, request, &old)?;
    region::same(&old, &found, request)?;
    let answers = spec::answers(&old, &profile, migration, &found, request)?;
    let told = answers.told.clone();
    let text = spec::text(request, answers);
    let mut blueprint = checked(&text, request, catalogue)?;
    for install in &mut blueprint.installs {
        install.warnings.retain(|warning| !migration.answered.contains(&warning.code));
    }
    let install = blueprint.installs.first().ok_or_else(|| nothing(request, "the spec has no install"))?;
    let said = reads::said(&old, migration)?;
    let context = reads::context(&said, migration, install)?;
    order::stays_where_it_was(&found, install, &context)?;
    let mut moved = buckets(&old, migration, &found, install)?;
    for setting in migration.settings.iter().filter(|one| in_range(one.charts.as_ref(), &request.chart_version)) {
        if let Some(default) = &setting.default {
            old.add_default(&pattern::keys(&setting.path), default);
        }
    }
    let settings = settings::settings(&old, migration, &found, install, &context, &told, &parts)?;
    settings.without_stayers(&mut moved, migration);
    if settings.changes_nothing() {
        return Err(nothing(request, "the values are already what this migration would make of them"));
    }
    let wanted = RenderOptions { placeholders: true, moving: Some(install.id.to_string()), ..RenderOptions::default() };
    let bundle = render(&blueprint, &Facts::default(), &wanted)?;
    let undo = settings.undo.map(|undo| (order::overlay(install), undo));
    let (reached, from) = reached(&old, &found, install, &context)?;
    let recorded = Recorded {
        files: request.files_from_out.clone(),
        running: request.running,
        stores: reached,
        bundled: found.iter().any(|one| one.moves() && one.place_of_objects == Where::Bundled),
        undo: undo.is_some(),
        said,
        buckets: Copied::of(&moved, |purpose| from.get(purpose).copied().unwrap_or_default()),
    };
    let plan = order::Order {
        recorded: &recorded,
        migration,
        install,
        context: &context,
        region: &request.region,
        files: request.files.clone(),
        home: &request.out,
        out: &request.out,
    };
    let steps = plan.steps(&bundle)?;
    let parts = found.iter().map(|one| Part {
        name: format!("{}/{}", request.profile, one.name()),
        objects: one.place_of_objects.clone(),
        kept: one.kept,
    });
    let parts = parts.collect();
    Ok(Migrated {
        spec: text,
        bundle,
        undo,
        parts,
        lines: settings.lines,
        untouched: settings.untouched,
        buckets: moved,
        steps,
        recorded,
        blueprint,
    })
}

/// What the spec means.
///
/// # Errors
/// Those of the spec and its blueprint. They do not name the file: it is not written then.
fn checked(text: &str, request: &MigrationOptions, catalogue: &Catalogue) -> Result<Blueprint> {
    let named = |file: &str| blueprint(Spec::parse(file, text)?, catalogue, None);
    named(&format!("{}/bucketwright.yaml", request.out))
        .or_else(|_| named("the spec that would be written, from your values and options"))
}

/// The old stores that objects leave, each once, and the number of that of each bucket's purpose.
fn reached(
    old: &Old,
    found: &[FoundStore<'_>],
    install: &InstallBlueprint,
    context: &tera::Context,
) -> Result<(Vec<Reached>, BTreeMap<String, usize>)> {
    let (mut stores, mut from): (Vec<Reached>, _) = (Vec::new(), BTreeMap::new());
    for one in found.iter().filter(|one| one.moves()) {
        let port = reads::port(old, one.store)?;
        let (reach, login) = (Reach::of(&one.place_of_objects, port), login::login(old, one, install, context)?);
        let there = stores.iter().position(|there| there.reach == reach && there.login == login);
        let number = there.unwrap_or_else(|| {
            stores.push(Reached { store: one.store.name.clone(), reach, login });
            stores.len() - 1
        });
        let table = install.profile.migration.iter().flat_map(|table| &table.buckets);
        for purpose in
            table.filter(|bucket| bucket.store == one.store.name).filter_map(|bucket| bucket.purpose.as_deref())
        {
            if one.purpose.is_none_or(|own| own == purpose) {
                from.insert(purpose.to_owned(), number);
            }
        }
    }
    Ok((stores, from))
}

fn buckets(
    old: &Old,
    migration: &Migration,
    found: &[FoundStore<'_>],
    install: &InstallBlueprint,
) -> Result<Vec<Moved>> {
    let mut moved: Vec<Moved> = Vec::new();
    for bucket in &migration.buckets {
        let leaves_minio = match &bucket.purpose {
            Some(_) => stores::of(found, bucket).is_some_and(FoundStore::moves),
            None if !stores::brings(migration, bucket, &install.version) => false,
            None => found.iter().any(|one| one.store.name == bucket.store && one.moves()),
        };
        if !leaves_minio || !spec::in_use(old, bucket)? {
            continue;
        }
        let new = bucket.purpose.as_ref().and_then(|purpose| install.buckets.get(purpose));
        if bucket.purpose.is_some() && new.is_none() {
            continue;
        }
        let name = spec::old_name(old, bucket)?;
        let one = Moved {
            purpose: bucket.purpose.clone(),
            each: bucket.each.clone().filter(|_| name.is_none()),
            folder: spec::folder(old, bucket),
            old: name,
            new: new.map(ToString::to_string),
            copy: bucket.copy,
            why: bucket.why.clone(),
        };
        let others = spec::other_names(old, bucket);
        // Where two settings may name the bucket of one purpose, the first that does counts.
        match moved.iter_mut().find(|there| there.purpose.is_some() && there.purpose == one.purpose) {
            Some(there) if there.old.is_none() => *there = one,
            Some(there) if one.old.is_some() && there.old != one.old => {
                let path = bucket.path.as_deref().and_then(|path| Some(pattern::find(old, path).first()?.0.join(".")));
                moved.push(stays_behind(one.old, path.as_deref().unwrap_or_default()));
            }
            Some(_) => {}
            None => moved.push(one),
        }
        moved.extend(others.into_iter().map(|(path, name)| stays_behind(Some(name), &path)));
    }
    Ok(moved)
}

/// A further bucket of an old store, which is not copied.
fn stays_behind(old: Option<String>, path: &str) -> Moved {
    let why = format!(
        "`{path}` names it. It is not copied: what uses this repository stays on it until you move it yourself."
    );
    Moved { purpose: None, old, folder: None, new: None, each: None, copy: false, why: Some(why) }
}
