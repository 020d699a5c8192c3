//! Every key that a profile writes is one that the chart knows: a misspelt key is no error to Helm, it does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bucketwright::profile::{Catalogue, Fact, Profile, in_range};
use semver::Version;
use serde_json::{Value, json};

use super::ways::{Way, merge, ways};
use crate::harness::project;

/// The folder with the charts' own values, if it is there.
fn charts() -> Option<PathBuf> {
    let folder = match std::env::var_os("BUCKETWRIGHT_CHARTS_DEFAULTS") {
        Some(folder) => PathBuf::from(folder),
        None => project().join("../shared/charts"),
    };
    folder.is_dir().then_some(folder)
}

fn values(folder: &Path) -> Value {
    let file = folder.join("values.yaml");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let values = bucketwright::yaml::read_back(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    if values.is_null() { json!({}) } else { values }
}

/// A chart's values over those of the charts in its `charts/`, as Helm merges them.
fn with_subcharts(folder: &Path) -> Value {
    let mut all = json!({});
    for entry in fs::read_dir(folder.join("charts")).into_iter().flatten() {
        let sub = entry.expect("an entry").path();
        let name = sub.file_name().expect("a name").to_string_lossy().into_owned();
        all[name] = with_subcharts(&sub);
    }
    merge(&mut all, values(folder));
    all
}

/// What a version of a chart knows.
struct Chart {
    /// Its own values, with those of the charts that it brings where these are at hand.
    values: Value,
    /// For Massdriver, the values of the Argo that it brings, which its own values do not repeat.
    argo: Option<Value>,
}

impl Chart {
    /// The chart of a profile, unless its values are not at hand.
    fn of(charts: &Path, profile: &str, version: &str) -> Option<Self> {
        let folder = charts.join(format!("{profile}-{version}"));
        if !folder.is_dir() {
            return None;
        }
        let argo = match (profile, version) {
            ("massdriver", "0.2.0") => Some("0.47.5"),
            ("massdriver", _) => Some("0.45.14"),
            _ => None,
        };
        let argo = argo.map(|version| values(&charts.join(format!("argo-workflows-{version}"))));
        Some(Self { values: with_subcharts(&folder), argo })
    }

    /// Whether the chart knows a key, by its own values or by those of its Argo. MinIO's are not at hand.
    fn knows(&self, path: &[String]) -> bool {
        let from_argo = self
            .argo
            .as_ref()
            .is_some_and(|argo| path[0] == "minio" || path[0] == "argo-workflows" && lists(argo, &path[1..]));
        lists(&self.values, path) || from_argo
    }

    /// Whether a remark may excuse a key that is not listed: where the values of the chart that owns it are at hand, none may.
    fn may_be_unlisted(&self, path: &[String]) -> bool {
        self.argo.is_none() || path[0] != "argo-workflows"
    }
}

/// Whether values list a path, or an empty map above it, which is the charts' way to say: anything.
fn lists(values: &Value, path: &[String]) -> bool {
    match (values, path.split_first()) {
        (_, None) => true,
        (Value::Object(entries), _) if entries.is_empty() => true,
        (Value::Object(entries), Some((first, rest))) => entries.get(first).is_some_and(|inner| lists(inner, rest)),
        _ => false,
    }
}

/// The paths of a value's leaves: a map is as good as its keys.
fn leaves(path: &[String], value: &Value) -> Vec<Vec<String>> {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            entries.iter().flat_map(|(key, value)| leaves(&[path, &[key.clone()]].concat(), value)).collect()
        }
        _ => vec![path.to_vec()],
    }
}

/// Looks at every fact of every profile whose chart's values are at hand.
fn each_fact(charts: &Path, mut look: impl FnMut(&str, &Version, &Chart, &Fact, &[Way])) {
    let catalogue = Catalogue::embedded();
    for name in catalogue.names() {
        let profile: Rc<Profile> = catalogue.get(name).expect(name);
        for version in &profile.about.chart.examples {
            let Some(chart) = Chart::of(charts, name, &version.to_string()) else { continue };
            let ways = ways(&catalogue, &profile, version);
            for fact in profile.values.iter().filter(|fact| in_range(fact.charts.as_ref(), version)) {
                look(name, version, &chart, fact, &ways);
            }
        }
    }
}

#[test]
fn every_key_is_known_to_the_chart() {
    let Some(charts) = charts() else {
        skip!("charts' values", "neither BUCKETWRIGHT_CHARTS_DEFAULTS nor ../shared/charts is a folder");
    };
    let mut wrong = BTreeSet::new();
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    each_fact(&charts, |name, version, chart, fact, ways| {
        let said: Vec<_> = ways.iter().flat_map(|way| way.says(fact)).collect();
        let paths: BTreeSet<_> = said.iter().flat_map(|(path, value)| leaves(path, value)).collect();
        if paths.is_empty() {
            let when = fact.when.as_ref().map_or("", |when| when.as_str());
            wrong.insert(format!("{name} {version}: `{}` when `{when}` is never written", fact.path.value));
        }
        for path in paths {
            let known = chart.knows(&path);
            if !known && !(fact.unlisted.is_some() && chart.may_be_unlisted(&path)) {
                wrong.insert(format!("{name} {version}: {} is no key of the chart", path.join(".")));
            }
            if fact.unlisted.is_some() && lists_by_name(&chart.values, &path) {
                wrong.insert(format!(
                    "{name} {version}: {} is listed, though `unlisted` says that it is not",
                    path.join(".")
                ));
            }
            *held.entry(name.to_owned()).or_default() += 1;
        }
    });
    for name in ["argo-workflows", "gitlab", "massdriver"] {
        assert!(held.get(name).is_some_and(|count| *count > 10), "the keys of {name} are held to its chart: {held:?}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether values hold the very key, not only room for it.
fn lists_by_name(values: &Value, path: &[String]) -> bool {
    path.iter().try_fold(values, |values, key| values.get(key)).is_some()
}

/// A fact that names the chart's default is left out when it says the same; so the default must be the chart's own.
#[test]
fn defaults_are_the_charts_own() {
    let Some(charts) = charts() else {
        skip!("charts' values", "neither BUCKETWRIGHT_CHARTS_DEFAULTS nor ../shared/charts is a folder");
    };
    let mut wrong = BTreeSet::new();
    let mut held = 0;
    each_fact(&charts, |name, version, chart, fact, ways| {
        let Some(default) = &fact.default else { return };
        for path in ways.iter().flat_map(|way| way.says(fact)).map(|(path, _)| path).collect::<BTreeSet<_>>() {
            let Some(theirs) = path.iter().try_fold(&chart.values, |values, key| values.get(key)) else { continue };
            if theirs != default {
                wrong.insert(format!("{name} {version}: {} is {theirs} in the chart, not {default}", path.join(".")));
            }
            held += 1;
        }
    });
    assert!(held > 10, "defaults are held to the charts: {held}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
