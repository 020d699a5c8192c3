//! A chart inside an umbrella: its values are below a key there, and so is what undoes them.

use std::borrow::Cow;

use serde_json::Value;

use super::{Old, settings};
use crate::base::error::{Code, Error, Result};
use crate::helm::chart::{ValuesFile, below};
use crate::profile::Migration;
use crate::render;

/// How deep a chart's values are looked for in an umbrella's.
const DEEPEST: usize = 3;

/// What undoes one setting: its path, its value, and why.
type Undone = (Vec<String>, Value, String);

/// The values files as the chart gets them.
///
/// # Errors
/// `BW1701` when there is nothing below the key.
pub(super) fn parts<'f>(files: &'f [ValuesFile], key: &[String]) -> Result<Cow<'f, [ValuesFile]>> {
    if key.is_empty() { Ok(Cow::Borrowed(files)) } else { below(files, key).map(Cow::Owned) }
}

/// The path of a leaf in the umbrella's values: where it is said, or where the umbrella would have a default of the chart.
pub(super) fn full(path: &[String], leaf: &Old, key: &[String]) -> Vec<String> {
    if leaf.place.is_some() { [leaf.above.as_slice(), path].concat() } else { render::placed(path, key) }
}

/// What undoes settings, where the umbrella's values have them. A global may be said for every chart on the way down.
pub(super) fn placed(undo: Vec<Undone>, key: &[String], parts: &[ValuesFile]) -> Vec<Undone> {
    if key.is_empty() {
        return undo;
    }
    let mut all = Vec::new();
    for (path, value, why) in undo {
        let mut at = vec![render::placed(&path, key)];
        if path.first().is_some_and(|first| first == "global") {
            let said = |part: &&ValuesFile| path.iter().try_fold(&part.tree, |tree, key| tree.get(key)).is_some();
            let more: Vec<_> = parts.iter().filter(said).map(|part| [part.above(), &path].concat()).collect();
            if !more.is_empty() {
                at = more;
            }
        }
        at.sort();
        at.dedup();
        all.extend(at.into_iter().map(|at| (at, value.clone(), why.clone())));
    }
    all
}

/// Refuses an umbrella's values without the key: the chart's own are further down.
///
/// # Errors
/// `BW1701`, with the key.
pub(super) fn not_one(old: &Old, name: &str, migration: &Migration, other: Option<&str>) -> Result<()> {
    // Globals, and a MinIO that the umbrella brings for itself, say nothing of the chart.
    let own = |old: &Old| settings::known_but(old, migration, &["global", "minio"]);
    let globals = |old: &Old| old.at(&["global".to_owned()]).is_some();
    // Globals that this chart knows are never below a key of its own: Helm puts those of the release in their place.
    let known = |old: &Old| if globals(old) { settings::known_but(old, migration, &["minio"]) } else { own(old) };
    let mut best: Option<(bool, usize, Vec<String>)> = None;
    let mut open = vec![(Vec::new(), old)];
    while let Some((path, old)) = open.pop() {
        for (key, below) in old.entries().iter().filter(|(key, _)| key != "global") {
            let path = [path.as_slice(), std::slice::from_ref(key)].concat();
            let (sure, count) = (globals(below), known(below));
            let nearer = |(known_sure, most, there): &(bool, usize, Vec<String>)| {
                (sure, count) > (*known_sure, *most) || (sure, count) == (*known_sure, *most) && path < *there
            };
            if count > 0 && best.as_ref().is_none_or(nearer) {
                best = Some((sure, count, path.clone()));
            }
            if path.len() < DEEPEST {
                open.push((path, below));
            }
        }
    }
    let Some((sure, _, path)) = best else { return Ok(()) };
    if !sure && own(old) > 0 {
        return Ok(());
    }
    let key = path.join(".");
    let place = old.at(&path).and_then(|old| old.place.clone());
    let mut fix = format!("Give `--below {key}`.");
    if let Some(other) = other {
        fix.push_str(&format!(" If the release is of `{other}` itself, use `--profile {other}`."));
    }
    Err(Error::new(
        Code::NOT_VALUES,
        format!("these look like an umbrella's values: those of `{name}` are below `{key}`"),
    )
    .why("At the top there is nothing that the chart knows of storage, so only its defaults would be migrated.")
    .fix(fix)
    .at(place))
}
