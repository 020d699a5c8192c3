//! Every key that a profile writes is one that the chart knows: a misspelt key is no error to Helm, it does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bucketwright::blueprint::{InstallBlueprint, blueprint, context};
use bucketwright::profile::{Catalogue, Fact, Profile, in_range};
use bucketwright::render::resolve;
use bucketwright::spec::{Provider, Spec};
use bucketwright::trial;
use serde_json::{Map, Value, json};

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
    match bucketwright::yaml::read_back(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())) {
        Value::Null => json!({}),
        values => values,
    }
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

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// What a chart knows: its own values, and those with the charts that it brings.
struct Known {
    own: Value,
    all: Value,
}

/// What a version of a profile's chart knows; nothing when the charts' values do not hold it.
fn known(charts: &Path, profile: &str, version: &str) -> Option<Known> {
    let folder = charts.join(format!("{profile}-{version}"));
    if !folder.is_dir() {
        return None;
    }
    let own = values(&folder);
    let mut all = with_subcharts(&folder);
    if profile == "massdriver" {
        // Its charts are not unpacked; its Chart.yaml names the Argo that it brings.
        let argo = if version == "0.2.0" { "0.47.5" } else { "0.45.14" };
        let mut whole = json!({"argo-workflows": values(&charts.join(format!("argo-workflows-{argo}")))});
        merge(&mut whole, all);
        all = whole;
    }
    Some(Known { own, all })
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

/// Specs that use all of a profile for a version: each identity, layout and option, with and without everything that is optional.
fn installs(catalogue: &Catalogue, profile: &Rc<Profile>, version: &semver::Version) -> Vec<InstallBlueprint> {
    let plain = trial::variants(profile).into_iter().filter(|variant| &variant.version == version);
    let specs = plain.filter_map(|variant| trial::spec(profile, &variant).ok()).chain(rich(profile, version));
    // What a check refuses is no way to use the profile.
    specs.filter_map(|spec| blueprint(spec, catalogue, None).ok()).flat_map(|blueprint| blueprint.installs).collect()
}

/// Specs with an endpoint, a key, names for every ServiceAccount and a text for every option that takes one.
fn rich(profile: &Profile, version: &semver::Version) -> Vec<Spec> {
    let mut specs = Vec::new();
    let about = &profile.about;
    for verdict in profile.verdicts(Provider::Aws, version).into_iter().filter(|verdict| verdict.works) {
        for roles in ["shared", "per-component"] {
            for endpoint in [None, Some("http://s3.example.com:9000"), Some("https://s3.vpce.eu-west-1.amazonaws.com")]
            {
                for option in
                    std::iter::once(None).chain(about.options.iter().filter(|o| !o.choices.is_empty()).map(Some))
                {
                    for choice in option.map_or(vec![None], |option| option.choices.iter().map(Some).collect()) {
                        let accounts = about.workloads.iter().filter(|w| in_range(w.charts.as_ref(), version));
                        let accounts: Map<_, _> =
                            accounts.map(|w| (w.name.clone(), json!(format!("sa-{}", w.name)))).collect();
                        for accounts in [Map::new(), accounts] {
                            let mut options = texts(profile, version);
                            if let (Some(option), Some(choice)) = (option, choice) {
                                options.insert(option.name.clone(), json!(choice));
                            }
                            let spec = json!({
                                "apiVersion": "bucketwright/v1",
                                "name": "trial",
                                "cloud": {
                                    "provider": "aws", "region": "eu-west-1", "account": "012345678901",
                                    "cluster": {"name": "prod", "nodeRole": "arn:aws:iam::012345678901:role/nodes"}
                                },
                                "encryption": {"kmsKey": "arn:aws:kms:eu-west-1:012345678901:key/1"},
                                "identity": verdict.identity,
                                "roles": roles,
                                "installs": [{
                                    "profile": profile.name(), "chartVersion": version.to_string(), "options": options,
                                    "serviceAccounts": accounts
                                }]
                            });
                            specs.extend(parsed(with_endpoint(spec, endpoint)));
                        }
                    }
                }
            }
        }
    }
    specs
}

fn texts(profile: &Profile, version: &semver::Version) -> Map<String, Value> {
    let options = profile.about.options.iter().filter(|option| in_range(option.charts.as_ref(), version));
    options
        .filter(|option| option.default.value == json!(""))
        .map(|option| (option.name.clone(), json!("a-text")))
        .collect()
}

fn with_endpoint(mut spec: Value, endpoint: Option<&str>) -> Value {
    if let Some(endpoint) = endpoint {
        spec["cloud"]["endpoint"] = json!(endpoint);
    }
    spec
}

fn parsed(spec: Value) -> Option<Spec> {
    Spec::parse("trial", &bucketwright::yaml::write(&bucketwright::yaml::Node::Leaf(spec, None))).ok()
}

/// The context of an install's expressions, with marks where the credentials would be.
fn expressions_of(install: &InstallBlueprint) -> tera::Context {
    let mut variables = install.variables.clone();
    let key = json!({"access_key_id": "id", "secret_access_key": "secret"});
    let credentials: Map<_, _> = install.principals.keys().map(|component| (component.clone(), key.clone())).collect();
    variables.insert("credentials".to_owned(), Value::Object(credentials));
    context(&variables).expect("a context")
}

/// Everything that profiles write, held to the charts.
#[test]
fn every_key_is_known_to_the_chart() {
    let Some(charts) = charts() else {
        skip!("charts' values", "neither BUCKETWRIGHT_CHARTS_DEFAULTS nor ../shared/charts is a folder");
    };
    let catalogue = Catalogue::embedded();
    let mut wrong = BTreeSet::new();
    let mut held = BTreeMap::new();
    for name in catalogue.names() {
        let profile = catalogue.get(name).expect(name);
        for version in &profile.about.chart.examples {
            let Some(known) = known(&charts, name, &version.to_string()) else { continue };
            let installs = installs(&catalogue, &profile, version);
            assert!(!installs.is_empty(), "{name} {version}");
            for (number, fact) in
                profile.values.iter().enumerate().filter(|(_, fact)| in_range(fact.charts.as_ref(), version))
            {
                let paths = paths(fact, &installs);
                if paths.is_empty() {
                    wrong.insert(format!(
                        "{name} {version}: `{}` (fact {number}) is never written by these specs",
                        fact.path.value
                    ));
                }
                for path in paths {
                    let listed = lists(&known.all, &path) || path[0] == "minio" && name == "massdriver";
                    let own = lists(&known.own, &path);
                    // Massdriver's remarks are about its own values; the keys themselves are Argo's, which are at hand.
                    let excused = fact.unlisted.is_some() && !(name == "massdriver" && path[0] == "argo-workflows");
                    if !listed && !excused {
                        wrong.insert(format!("{name} {version}: {} is not a key of the chart", path.join(".")));
                    }
                    if own && fact.unlisted.is_some() && !path.iter().any(|key| key == "workflowDefaults") {
                        wrong.insert(format!(
                            "{name} {version}: {} is listed, and `unlisted` says that it is not",
                            path.join(".")
                        ));
                    }
                    *held.entry(name).or_insert(0) += 1;
                }
            }
        }
    }
    for name in ["argo-workflows", "gitlab", "massdriver"] {
        assert!(held.get(name).is_some_and(|count| *count > 10), "the keys of {name} were held: {held:?}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The paths that a fact writes for any of the installs.
fn paths(fact: &Fact, installs: &[InstallBlueprint]) -> BTreeSet<Vec<String>> {
    let mut paths = BTreeSet::new();
    for install in installs {
        let resolved = resolve(std::slice::from_ref(fact), install, &expressions_of(install)).expect(&fact.path.value);
        for fact in resolved {
            paths.extend(leaves(&fact.path, &fact.value));
        }
    }
    paths
}

/// A fact that names the chart's default is left out when it says the same; so the default must be the chart's own.
#[test]
fn defaults_are_the_charts_own() {
    let Some(charts) = charts() else {
        skip!("charts' values", "neither BUCKETWRIGHT_CHARTS_DEFAULTS nor ../shared/charts is a folder");
    };
    let catalogue = Catalogue::embedded();
    let mut wrong = BTreeSet::new();
    let mut held = 0;
    for name in catalogue.names() {
        let profile = catalogue.get(name).expect(name);
        for version in &profile.about.chart.examples {
            let Some(known) = known(&charts, name, &version.to_string()) else { continue };
            let installs = installs(&catalogue, &profile, version);
            for fact in profile.values.iter().filter(|fact| in_range(fact.charts.as_ref(), version)) {
                let Some(default) = &fact.default else { continue };
                // The value does not matter here, so that a fact which says the default is not left out.
                let always = Fact { value: at(json!({"any": "value"})), default: None, ..fact.clone() };
                for path in paths(&always, &installs) {
                    let path = &path[..path.len() - 1];
                    let theirs = path.iter().try_fold(&known.all, |values, key| values.get(key));
                    if theirs.is_some_and(|theirs| theirs != default) {
                        let theirs = theirs.map(ToString::to_string).unwrap_or_default();
                        wrong.insert(format!(
                            "{name} {version}: {} is {theirs} in the chart, not {default}",
                            path.join(".")
                        ));
                    }
                    held += usize::from(theirs.is_some());
                }
            }
        }
    }
    assert!(held > 10, "defaults were held: {held}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn at(value: Value) -> bucketwright::yaml::At<Value> {
    bucketwright::yaml::At { value, range: 0..0 }
}
