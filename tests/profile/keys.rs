//! Every key that a profile writes is one that the chart knows: a misspelt key is no error to Helm, it does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bucketwright::profile::{Catalogue, Fact, in_range};
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
    let values =
        bucketwright::base::yaml::read_back(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
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
    /// Its own values, with those of the charts that it brings where these are available.
    values: Value,
    /// For Massdriver, the values of the Argo that it brings, which its own values do not repeat.
    argo: Option<Value>,
}

impl Chart {
    /// The chart of a profile, unless its values are not available.
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

    /// Whether the chart knows a key, by its own values or by those of its Argo. MinIO's are not available.
    fn knows(&self, path: &[String]) -> bool {
        let from_argo = self
            .argo
            .as_ref()
            .is_some_and(|argo| path[0] == "minio" || path[0] == "argo-workflows" && lists(argo, &path[1..]));
        lists(&self.values, path) || from_argo
    }

    /// Whether a remark may excuse a key that is not listed: where the values of the chart that owns it are available, none may.
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
            entries.iter().flat_map(|(key, value)| leaves(&[path, std::slice::from_ref(key)].concat(), value)).collect()
        }
        _ => vec![path.to_vec()],
    }
}

/// What was found when every fact of every profile was held to the chart's values.
#[derive(Default)]
struct Findings {
    /// Keys that are wrong, or were not looked at.
    keys: BTreeSet<String>,
    /// Defaults that are wrong.
    defaults: BTreeSet<String>,
    /// How many keys and defaults were held, by profile.
    held: BTreeMap<String, (usize, usize)>,
}

/// The findings, made once; nothing when the charts' values are not available.
fn findings() -> Option<&'static Findings> {
    static FINDINGS: OnceLock<Option<Findings>> = OnceLock::new();
    FINDINGS.get_or_init(|| charts().map(|charts| held_to(&charts))).as_ref()
}

fn held_to(charts: &Path) -> Findings {
    let mut findings = Findings::default();
    let catalogue = Catalogue::embedded();
    for name in catalogue.names() {
        let profile = catalogue.get(name).expect(name);
        for version in &profile.about.chart.examples {
            let Some(chart) = Chart::of(charts, name, &version.to_string()) else { continue };
            let ways = ways(&catalogue, &profile, version);
            for fact in profile.values.iter().filter(|fact| in_range(fact.charts.as_ref(), version)) {
                findings.look(&format!("{name} {version}"), name, &chart, fact, &ways);
            }
        }
    }
    findings
}

impl Findings {
    fn look(&mut self, place: &str, name: &str, chart: &Chart, fact: &Fact, ways: &[Way]) {
        let (held_keys, held_defaults) = self.held.entry(name.to_owned()).or_default();
        let said: Vec<_> = ways.iter().flat_map(|way| way.says(fact)).collect();
        if said.is_empty() {
            let when = fact.when.as_ref().map_or("", |when| when.as_str());
            self.keys.insert(format!("{place}: `{}` when `{when}` is never written", fact.path.value));
        }
        for path in said.iter().flat_map(|(path, value)| leaves(path, value)).collect::<BTreeSet<_>>() {
            *held_keys += 1;
            let dotted = path.join(".");
            if !chart.knows(&path) && (fact.unlisted.is_none() || !chart.may_be_unlisted(&path)) {
                self.keys.insert(format!("{place}: {dotted} is no key of the chart"));
            }
            if fact.unlisted.is_some() && at(&chart.values, &path).is_some() {
                self.keys.insert(format!("{place}: {dotted} is listed, though `unlisted` says that it is not"));
            }
        }
        let Some(default) = &fact.default else { return };
        for path in said.into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>() {
            let Some(theirs) = at(&chart.values, &path) else { continue };
            *held_defaults += 1;
            if theirs != default {
                self.defaults.insert(format!("{place}: {} is {theirs} in the chart, not {default}", path.join(".")));
            }
        }
    }
}

/// What stands at a path.
fn at<'a>(values: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(values, |values, key| values.get(key))
}

#[test]
fn every_key_is_known_to_the_chart() {
    let Some(findings) = findings() else { skip!("charts' values", ABSENT) };
    for name in ["argo-workflows", "gitlab", "massdriver"] {
        assert!(findings.held[name].0 > 10, "the keys of {name} are held to its chart: {:?}", findings.held);
    }
    assert!(findings.keys.is_empty(), "{:#?}", findings.keys);
}

/// A fact that says the chart's default is left out, so the default that it names must be the chart's own.
#[test]
fn defaults_are_the_charts_own() {
    let Some(findings) = findings() else { skip!("charts' values", ABSENT) };
    for name in ["argo-workflows", "gitlab", "massdriver"] {
        assert!(findings.held[name].1 > 3, "the defaults of {name} are held to its chart: {:?}", findings.held);
    }
    assert!(findings.defaults.is_empty(), "{:#?}", findings.defaults);
}

const ABSENT: &str = "neither BUCKETWRIGHT_CHARTS_DEFAULTS nor ../shared/charts is a folder";
