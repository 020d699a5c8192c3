//! A line for every old setting that speaks of storage, and the overlay that undoes what Helm would merge back.
//!
//! Helm merges maps key by key, so a key that the new values do not name keeps its old value. `null` takes it away.
//! Source: Helm, "Values Files" (Deleting a default key); pkg/chart/common/util/coalesce.go.

use serde_json::{Value, json};
use tera::Context;

mod lists;
mod runner;

use lists::{any_text, named};

use super::pattern::{covers, keys};
use super::undo::overlay;
use super::{FoundStore, Old, Shape, Where, umbrella};
use crate::base::error::{Place, Result};
use crate::base::secret::looks_secret;
use crate::blueprint;
use crate::helm::chart::ValuesFile;
use crate::model::InstallBlueprint;
use crate::profile::{Becomes, Migration, OldBucket, Setting, Undo, in_range};
use crate::render::{Resolved, resolve_all};

/// One old setting and what becomes of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its path.
    pub path: String,
    /// Where it is said; the chart's own defaults have no place.
    pub place: Option<Place>,
    /// What becomes of it.
    pub outcome: SettingsOutcome,
    /// Where it went, or how it was undone.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// The rule's source.
    pub source: Option<String>,
}

/// What becomes of an old setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingsOutcome {
    /// Somebody must look at it.
    Decide,
    /// It has another place or value now.
    Moved,
    /// It goes.
    Dropped,
    /// It stays, because its part stays on MinIO.
    Stays,
}

impl SettingsOutcome {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Moved => "moved",
            Self::Dropped => "dropped",
            Self::Stays => "stays",
        }
    }
}

/// What became of all settings.
pub(super) struct Settings {
    pub(super) lines: Vec<Line>,
    pub(super) undo: Option<String>,
    pub(super) untouched: usize,
    changed: bool,
}

impl Settings {
    /// Whether the old values are already as the new ones would make them.
    pub(super) fn changes_nothing(&self) -> bool {
        !self.changed && self.undo.is_none()
    }
}

/// How many of the user's settings a table knows to speak of storage.
pub(super) fn known(old: &Old, migration: &Migration) -> usize {
    known_but(old, migration, &[])
}

/// The same, without what is below some keys.
pub(super) fn known_but(old: &Old, migration: &Migration, keys: &[&str]) -> usize {
    let signs = migration.stores.iter().flat_map(|store| &store.signs).map(|sign| &sign.path);
    let buckets = migration.buckets.iter().flat_map(|one| one.path.iter().chain(one.on.iter().map(|on| &on.path)));
    let patterns: Vec<&String> = signs.chain(buckets).chain(migration.settings.iter().map(|one| &one.path)).collect();
    let knows = |path: &[String]| patterns.iter().any(|pattern| covers(pattern, path).is_some());
    let counts = |path: &[String]| path.first().is_some_and(|first| !keys.contains(&first.as_str()));
    old.leaves().iter().filter(|(path, _)| counts(path) && knows(path)).count()
}

/// The variables of an install's expressions, with stand-ins for keys: only paths are of interest here.
pub(super) fn context(install: &InstallBlueprint) -> Result<Context> {
    let mut variables = install.variables.clone();
    let key = json!({"access_key_id": "", "secret_access_key": ""});
    let keys = install.principals.keys().map(|component| (component.clone(), key.clone()));
    variables.insert("credentials".to_owned(), Value::Object(keys.collect()));
    blueprint::context(&variables)
}

/// Goes through every old setting.
///
/// # Errors
/// `BW0303` when a fact of the profile fails.
pub(super) fn settings(
    old: &Old,
    migration: &Migration,
    found: &[FoundStore<'_>],
    install: &InstallBlueprint,
    context: &Context,
    told: &[(Vec<String>, SettingsOutcome, String)],
    parts: &[ValuesFile],
) -> Result<Settings> {
    let facts = resolve_all(&install.profile.values, install, context)?;
    let file = install.profile.values_file();
    let traces = traces(old, found, install, context)?;
    let mut walk = Walk {
        old,
        install,
        context,
        migration,
        found,
        facts: &facts,
        told,
        file,
        traces,
        undo: Vec::new(),
        lines: Vec::new(),
    };
    let mut untouched = 0;
    for (path, leaf) in old.leaves() {
        if !walk.leaf(&path, leaf)? {
            untouched += 1;
        }
    }
    let written = facts.iter().filter(|fact| !fact.is_default);
    let changed = written.map(|fact| (old.at(&fact.path), &fact.value)).any(|(old, new)| !is(old, new));
    let Walk { undo, lines, .. } = walk;
    let undo = (!undo.is_empty()).then(|| overlay(&umbrella::placed(undo, &install.below, parts)));
    Ok(Settings { lines, undo, untouched, changed })
}

/// Whether an old node says what a fact says.
fn is(old: Option<&Old>, new: &Value) -> bool {
    match (old.map(|old| &old.shape), new) {
        (Some(Shape::Map(_)), Value::Object(entries)) => {
            entries.iter().all(|(key, value)| is(old.and_then(|old| old.at(std::slice::from_ref(key))), value))
        }
        (Some(Shape::Leaf(old)), new) => old == new,
        (None, new) => new.is_null(),
        _ => false,
    }
}

/// Words by which a setting that nobody knows gives away that it speaks of the old store: hosts and Secrets.
fn traces(old: &Old, found: &[FoundStore<'_>], install: &InstallBlueprint, context: &Context) -> Result<Vec<String>> {
    let mut traces = vec!["minio".to_owned()];
    for one in found.iter().filter(|one| one.moves()) {
        match &one.place_of_objects {
            Where::Server(server) => traces.push(server.host.to_lowercase()),
            Where::Hidden(secret) => traces.push(secret.to_lowercase()),
            _ => traces.push(install.profile.expressions.text(&one.store.secret, context)?.to_lowercase()),
        }
        for selector in one.store.selectors.iter().flatten() {
            let name = old.leaf(&keys(&format!("{selector}.name")), None).and_then(Value::as_str);
            traces.extend(name.map(str::to_lowercase));
        }
    }
    traces.retain(|trace| !trace.is_empty());
    Ok(traces)
}

struct Walk<'a> {
    old: &'a Old,
    install: &'a InstallBlueprint,
    context: &'a Context,
    migration: &'a Migration,
    found: &'a [FoundStore<'a>],
    facts: &'a [Resolved<'a>],
    told: &'a [(Vec<String>, SettingsOutcome, String)],
    file: &'a str,
    traces: Vec<String>,
    undo: Vec<(Vec<String>, Value, String)>,
    lines: Vec<Line>,
}

/// What a fact says of an old leaf.
enum Said<'a> {
    /// It is written again.
    Written,
    /// It says the chart's default, which is not written.
    Default(&'a Value),
}

impl Walk<'_> {
    /// Says what becomes of a leaf; false when it does not speak of storage.
    fn leaf(&mut self, path: &[String], leaf: &Old) -> Result<bool> {
        let rule = self.rule(path, leaf);
        if rule.is_some_and(|rule| self.stays(rule)) {
            self.say(path, leaf, SettingsOutcome::Stays, "as it is: something stays on MinIO".to_owned(), None);
            return Ok(true);
        }
        let told = self.told.iter().find(|(one, ..)| one == path).cloned();
        match self.said(path) {
            Some(Said::Default(value)) if leaf.value() != Some(value) => {
                self.undo.push((path.to_vec(), value.clone(), "The old value, left alone, would win.".to_owned()));
                let what = told.map_or_else(|| "set back to the chart's own value".to_owned(), |(_, _, what)| what);
                self.say(path, leaf, SettingsOutcome::Moved, what, rule);
            }
            Some(Said::Written) if self.loses(path, leaf) > 0 => self.lost(path, leaf, rule),
            // A default of the chart that new values only say again.
            Some(said) if leaf.place.is_none() && told.is_none() && self.says_again(&said, path, leaf) => {}
            Some(Said::Written) if told.is_none() && self.decides(path, leaf, rule) => {
                let what = format!("{} says something else there", self.file);
                self.say(path, leaf, SettingsOutcome::Decide, what, rule);
            }
            Some(_) => {
                let again = || (SettingsOutcome::Moved, format!("{} sets it again", self.file));
                let (outcome, what) = told.map_or_else(again, |(_, outcome, what)| (outcome, what));
                self.say(path, leaf, outcome, what, rule.filter(|rule| rule.becomes == Becomes::Dropped));
            }
            None => match (told, rule) {
                (Some((_, outcome, what)), rule) => self.answered(path, leaf, outcome, what, rule),
                (None, Some(rule)) if self.ruled(path, leaf, rule)? => {}
                // A configuration without a cache may still name the old store elsewhere.
                (None, Some(_)) if !self.speaks_of_minio(path, leaf) => return Ok(false),
                (None, None) if self.bucket(path).is_some() => self.unused(path, leaf),
                (None, _) if self.speaks_of_minio(path, leaf) => {
                    let what = "left as it is: it speaks of the old store, and nothing more is known of it".to_owned();
                    self.say(path, leaf, SettingsOutcome::Decide, what, None);
                }
                (None, _) => return Ok(false),
            },
        }
        Ok(true)
    }

    fn say(&mut self, path: &[String], leaf: &Old, outcome: SettingsOutcome, what: String, rule: Option<&Setting>) {
        self.lines.push(Line {
            path: shown(&umbrella::full(path, leaf, &self.install.below)),
            place: leaf.place.clone(),
            outcome,
            what,
            why: rule.map(|rule| rule.why.clone()),
            source: rule.map(|rule| rule.source.clone()),
        });
    }

    /// The first rule for a leaf.
    fn rule<'r>(&self, path: &[String], leaf: &Old) -> Option<&'r Setting>
    where
        Self: 'r,
    {
        let migration: &'r Migration = self.migration;
        let mentions = |rule: &Setting, value: &Value| {
            any_text(value, &|text| rule.mentions.iter().any(|word| text.to_lowercase().contains(word)))
        };
        migration.settings.iter().find(|rule| {
            covers(&rule.path, path).is_some()
                && in_range(rule.charts.as_ref(), &self.install.version)
                && (rule.is.is_none() || rule.is.as_ref() == leaf.value())
                && (rule.mentions.is_empty() || leaf.value().is_some_and(|value| mentions(rule, value)))
                && (rule.entries.is_empty() || named(rule, leaf).next().is_some())
        })
    }

    /// Whether the part that a rule belongs to stays on MinIO; one that belongs to none stays as long as any does.
    fn stays(&self, rule: &Setting) -> bool {
        let mut found = self.found.iter();
        match &rule.store {
            Some(store) => found.any(|one| &one.store.name == store && one.kept),
            None => found.any(|one| one.kept),
        }
    }

    /// What the facts say of a leaf: one that is written counts before one that says the default.
    fn said(&self, path: &[String]) -> Option<Said<'_>> {
        let written = self.facts.iter().filter(|fact| !fact.is_default).any(|fact| says(fact, path).is_some());
        if written {
            return Some(Said::Written);
        }
        self.facts.iter().rev().find_map(|fact| says(fact, path)).map(Said::Default)
    }

    /// Does what a rule says; false when it finds nothing that it speaks of.
    fn ruled(&mut self, path: &[String], leaf: &Old, rule: &Setting) -> Result<bool> {
        let outcome = if rule.becomes == Becomes::Decide { SettingsOutcome::Decide } else { SettingsOutcome::Dropped };
        let depth = covers(&rule.path, path).unwrap_or(path.len());
        let all = leaf.value().and_then(Value::as_array).map_or(0, Vec::len);
        if !rule.entries.is_empty() && named(rule, leaf).count() < all {
            let names: Vec<&str> = named(rule, leaf).collect();
            let what = format!("left as it is, since Helm replaces lists whole: take {} out of it", names.join(", "));
            self.say(path, leaf, SettingsOutcome::Decide, what, Some(rule));
            return Ok(true);
        }
        if let Some(cache) = &self.migration.cache {
            if rule.undo == Undo::Cache {
                return self.runner(path, leaf, rule, cache);
            }
            let shared = cache.with.iter().any(|one| covers(one, path).is_some());
            if let Some((outcome, what)) = shared.then(|| self.shared_fate(cache)).transpose()?.flatten() {
                self.say(path, leaf, outcome, what, None);
                return Ok(true);
            }
        }
        self.undone(path, leaf, rule, outcome, depth);
        Ok(true)
    }

    /// Undoes a leaf as a rule says.
    fn undone(&mut self, path: &[String], leaf: &Old, rule: &Setting, outcome: SettingsOutcome, depth: usize) {
        let whole = &path[..depth];
        let (at, value, what) = match &rule.undo {
            Undo::No if outcome == SettingsOutcome::Decide => {
                return self.say(path, leaf, outcome, self.left(rule), Some(rule));
            }
            Undo::Cache | Undo::No => return self.say(path, leaf, outcome, "not used any more".to_owned(), Some(rule)),
            Undo::Emptied if self.all_go(&path[..depth - 1]) => {
                (&path[..depth - 1], Value::Null, "undone with null, and the map with it")
            }
            Undo::Emptied => (whole, Value::Null, "undone with null; Helm keeps the key, without a value"),
            // Where new values stand below, only what is old is removed.
            Undo::Whole if !self.facts.iter().any(|fact| fact.path.starts_with(whole)) => {
                (whole, Value::Null, "undone with null")
            }
            Undo::Whole | Undo::Values => (path, Value::Null, "undone with null"),
            Undo::With(value) => (whole, value.clone(), lists::in_its_place(value)),
        };
        if !self.undo.iter().any(|(there, ..)| there == at) {
            self.undo.push((at.to_vec(), value, rule.why.clone()));
        }
        self.say(path, leaf, outcome, what.to_owned(), Some(rule));
    }

    /// Whether nothing of the user's is left in a map: new values are written there again, and all else goes.
    fn all_go(&self, path: &[String]) -> bool {
        let leaves = self.old.at(path).map(Old::leaves).unwrap_or_default();
        leaves.iter().all(|(below, leaf)| {
            let path = [path, below.as_slice()].concat();
            matches!(self.said(&path), Some(Said::Written))
                || self.rule(&path, leaf).is_some_and(|rule| rule.undo == Undo::Emptied)
        })
    }

    /// The bucket whose name a setting is.
    fn bucket(&self, path: &[String]) -> Option<&OldBucket> {
        self.migration.buckets.iter().find(|bucket| bucket.path.as_deref().is_some_and(|one| keys(one) == path))
    }

    /// The name of a bucket that is not used: it goes back to the chart's own.
    fn unused(&mut self, path: &[String], leaf: &Old) {
        let default = self.bucket(path).and_then(|bucket| bucket.default.clone()).map_or(Value::Null, Value::String);
        if leaf.value() != Some(&default) {
            self.undo.push((
                path.to_vec(),
                default,
                "A bucket that is not used: the chart's own name for it.".to_owned(),
            ));
        }
        self.say(path, leaf, SettingsOutcome::Dropped, "a bucket that is not used".to_owned(), None);
    }

    fn speaks_of_minio(&self, path: &[String], leaf: &Old) -> bool {
        let speaks = |text: &str| {
            let text = text.to_lowercase();
            self.traces.iter().any(|trace| text.contains(trace))
        };
        path.iter().any(|key| speaks(key)) || leaf.value().is_some_and(|value| any_text(value, &speaks))
    }
}

/// A path as it is shown: a key that was put in the place of a name is not.
fn shown(path: &[String]) -> String {
    let keys: Vec<&str> = path.iter().map(|key| if looks_secret(key) { "…" } else { key }).collect();
    keys.join(".")
}

/// What a fact says at a path: its value there, or at its own path when that lies below.
fn says<'a>(fact: &'a Resolved<'_>, path: &[String]) -> Option<&'a Value> {
    if fact.path.starts_with(path) {
        return Some(&fact.value);
    }
    let rest = path.strip_prefix(fact.path.as_slice())?;
    rest.iter().try_fold(&fact.value, |value, key| value.get(key))
}
