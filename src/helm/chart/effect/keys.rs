//! Keys of the user's, judged by what Helm makes of them.

use serde_json::{Map, Value};

use super::{Effect, Leaf, Render, effects};
use crate::base::error::{Code, Error, Finding, Result, Severity};
use crate::base::yaml::{At, Tree};
use crate::helm::chart::below::is_condition;
use crate::helm::chart::known::{Knowledge, ROOT};
use crate::helm::chart::wrapped::value;
use crate::helm::chart::{Chart, Suspect, ValuesFile};
use crate::helm::release::merge;

/// How many keys without effect are named.
const MOST_NAMED: usize = 8;

/// The values files of an install, each with those that come before it first.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The user's.
    pub theirs: &'a [&'a ValuesFile],
    /// Ours, which win.
    pub ours: &'a [ValuesFile],
}

/// What is to be said of keys that the chart does not know, and of those that do nothing, once Helm has decided.
///
/// `base` is what Helm makes of the values as they are.
///
/// # Errors
/// Whatever `render` fails with.
pub fn judged(
    chart: &Chart,
    knowledge: &Knowledge,
    suspects: Vec<Suspect>,
    files: Files<'_>,
    base: &str,
    render: &mut Render<'_>,
) -> Result<Vec<Finding>> {
    let leaves = leaves(chart, &suspects, files);
    let effects = effects(base, &leaves, &knowledge.roots(), render)?;
    let mut findings: Vec<Finding> =
        suspects.into_iter().filter_map(|suspect| sentence(suspect, &leaves, &effects)).collect();
    let idle = leaves.iter().zip(&effects).filter(|(leaf, effect)| !leaf.suspect && **effect == Effect::Idle);
    let idle: Vec<&Leaf> = idle.map(|(leaf, _)| leaf).collect();
    findings.extend(files.theirs.iter().filter_map(|file| without_effect(&idle, file)));
    Ok(findings)
}

/// What is said where Helm is not asked: what the templates alone tell.
pub fn by_reading(suspects: Vec<Suspect>) -> Vec<Finding> {
    suspects.into_iter().filter(|one| !one.only_if_proven).map(|one| one.finding).collect()
}

/// The finding of a suspect, if Helm does not prove it wrong.
fn sentence(suspect: Suspect, leaves: &[Leaf], effects: &[Effect]) -> Option<Finding> {
    let below = leaves.iter().zip(effects).filter(|(leaf, _)| leaf.path.starts_with(&suspect.path));
    let effects: Vec<Effect> = below.map(|(_, effect)| *effect).collect();
    if effects.contains(&Effect::Used) {
        return None;
    }
    if effects.is_empty() || effects.contains(&Effect::Unknown) {
        return by_reading(vec![suspect]).pop();
    }
    // Where a place may be there to be filled and nothing like the key is known, a warning is enough.
    let severity = if suspect.only_if_proven { suspect.finding.severity } else { Severity::Error };
    let error = suspect.finding.error;
    let error = error.why("Neither its values.yaml, nor its schema, nor a template reads it there, and Helm renders the same whatever it says.");
    Some(Finding { severity, error })
}

/// Keys that the chart knows, and that change nothing as the other values are.
fn without_effect(idle: &[&Leaf], file: &ValuesFile) -> Option<Finding> {
    let here: Vec<(&Leaf, &At<String>)> =
        idle.iter().filter_map(|leaf| Some((*leaf, key(&file.tree, &leaf.path)?))).collect();
    let (_, first) = here.first()?;
    let named: Vec<String> =
        here.iter().take(MOST_NAMED).map(|(leaf, _)| format!("`{}`", file.full(&leaf.path))).collect();
    let more = here.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let are = if here.len() == 1 { "has" } else { "have" };
    let what = format!("{}{more} {are} no effect in this release", named.join(", "));
    let error = Error::new(Code::NO_EFFECT, what)
        .why("The chart knows them, but Helm renders the same whatever they say: something else in the values turns off what reads them or takes their place, or the chart asks the cluster, which `helm template` does not.")
        .fix("Turn on what they belong to, or remove them. Leave them if the chart asks the cluster first, as for an API that an operator brings.")
        .at(Some(file.place(first)));
    Some(Finding::warn(error))
}

/// The key at a path of a file.
fn key<'t>(tree: &'t Tree, path: &[String]) -> Option<&'t At<String>> {
    let (first, rest) = path.split_first()?;
    let (key, below) = tree.entries().iter().find(|(key, _)| key.as_str() == first)?;
    if rest.is_empty() { Some(key) } else { self::key(below, rest) }
}

/// The keys of the user's that ours leave alone, and the suspects of ours.
fn leaves(chart: &Chart, suspects: &[Suspect], files: Files<'_>) -> Vec<Leaf> {
    let (mut theirs, mut ours) = (Value::Object(Map::new()), Value::Object(Map::new()));
    files.theirs.iter().for_each(|file| merge(&mut theirs, value(&file.tree)));
    files.ours.iter().for_each(|file| merge(&mut ours, value(&file.tree)));
    let mut found = Vec::new();
    collect(&theirs, &mut Vec::new(), &mut |path, value| {
        let of_the_umbrella = files.theirs.iter().any(|file| is_condition(file, path));
        if !is_said(&ours, path) && !of_the_umbrella {
            found.push((path.to_vec(), value.clone()));
        }
    });
    let is_suspect = |path: &[String]| suspects.iter().any(|one| path.starts_with(&one.path));
    collect(&ours, &mut Vec::new(), &mut |path, value| {
        if is_suspect(path) {
            found.push((path.to_vec(), value.clone()));
        }
    });
    let leaf = |(path, value): (Vec<String>, Value)| Leaf {
        default: default(chart, &path),
        suspect: is_suspect(&path),
        path,
        value,
    };
    found.into_iter().filter(|(path, _)| !path.iter().any(|key| key.starts_with(['.', '_']))).map(leaf).collect()
}

fn collect(tree: &Value, path: &mut Vec<String>, found: &mut dyn FnMut(&[String], &Value)) {
    match tree.as_object().filter(|entries| !entries.is_empty()) {
        Some(entries) => entries.iter().for_each(|(key, below)| {
            path.push(key.clone());
            collect(below, path, found);
            path.pop();
        }),
        None if path.is_empty() => {}
        None => found(path, tree),
    }
}

/// Whether values say something at a path, above it or below it.
fn is_said(values: &Value, path: &[String]) -> bool {
    match (values, path.split_first()) {
        (Value::Object(entries), Some((key, rest))) => entries.get(key).is_some_and(|below| is_said(below, rest)),
        _ => true,
    }
}

/// What a chart's defaults say at a path: its own, else those of the subchart whose key it begins with.
fn default(chart: &Chart, path: &[String]) -> Option<Value> {
    let own = path.iter().try_fold(&chart.values, |tree, key| tree.get(key)).map(value);
    let (first, rest) = path.split_first()?;
    own.or_else(|| default(&chart.subcharts.iter().find(|(key, _)| key == first)?.1, rest))
}

impl Knowledge {
    /// The paths at which the values of a chart begin, and that of the globals.
    fn roots(&self) -> Vec<Vec<String>> {
        let mut found = vec![vec!["global".to_owned()]];
        self.roots_below(ROOT, &mut Vec::new(), &mut found);
        found
    }

    fn roots_below(&self, place: usize, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        found.push(path.clone());
        for (key, below) in self.place(place).below.iter().filter(|(_, below)| self.place(**below).root) {
            path.push(key.clone());
            self.roots_below(*below, path, found);
            path.pop();
        }
    }
}
