//! Whatever old values say at the places that a profile's table names, nothing of it is left, and a second migration finds nothing.

use bucketwright::base::error::{Code, Error};
use bucketwright::base::yaml::read_back;
use bucketwright::helm::chart::ValuesFile;
use bucketwright::migrate::{Migrated, MigrationOptions, SettingsOutcome, migrate};
use bucketwright::profile::{Becomes, Catalogue, Migration, Undo, in_range, split_path};
use bucketwright::spec::{Identity, Roles};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::cases;

const PROFILES: [(&str, &str); 4] =
    [("gitlab", "9.9.1"), ("argo-workflows", "1.0.18"), ("massdriver", "0.2.0"), ("massdriver", "0.0.12")];

/// A path that a pattern stands for.
fn path(pattern: &str, more: bool) -> Vec<String> {
    let keys = split_path(pattern).expect("a path").into_iter();
    let mut keys: Vec<String> = keys.map(|key| key.replace("AWS_*", "AWS_REGION").replace('*', "lfs")).collect();
    if more {
        keys.push("inner".to_owned());
    }
    keys
}

/// What people write: each value carries a mark, so that it is found again.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!("old-mark")),
        1 => Just(json!("minio-old-mark:9000")),
        1 => Just(json!(true)),
        1 => Just(json!(null)),
        1 => Just(json!({"name": "old-mark", "key": "old-mark"})),
        1 => Just(json!(["old-mark"])),
    ]
}

fn patterns(migration: &Migration, version: &str) -> Vec<String> {
    let version = version.parse().expect("a version");
    let signs = migration.stores.iter().flat_map(|store| &store.signs).map(|sign| sign.path.clone());
    let buckets = migration.buckets.iter().filter_map(|bucket| bucket.path.clone());
    let gone = migration.settings.iter().filter(|one| in_range(one.charts.as_ref(), &version));
    let gone = gone.filter(|one| {
        one.becomes == Becomes::Dropped && one.undo != Undo::No && one.mentions.is_empty() && one.entries.is_empty()
    });
    signs.chain(buckets).chain(gone.map(|one| one.path.clone())).collect()
}

/// Sets a value, unless something else is in its way.
fn set(values: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let Some(entries) = values.as_object_mut() else { return };
    if rest.is_empty() {
        entries.entry(first.clone()).or_insert(value);
    } else {
        set(entries.entry(first.clone()).or_insert_with(|| json!({})), rest, value);
    }
}

/// Helm's mergeMaps.
fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(base)), Value::Object(over)) => merge(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

fn run(catalogue: &Catalogue, profile: (&str, &str), texts: &[String]) -> Result<Migrated, Error> {
    let files = texts.iter().map(|text| ValuesFile::parse("old.yaml", text)).collect::<Result<Vec<_>, _>>()?;
    migrated(catalogue, profile, &files)
}

/// What becomes of values files, with keys as the identity.
pub fn migrated(catalogue: &Catalogue, profile: (&str, &str), files: &[ValuesFile]) -> Result<Migrated, Error> {
    let request = MigrationOptions {
        below: Vec::new(),
        profile: profile.0.to_owned(),
        chart_version: profile.1.parse().expect("a version"),
        name: "acme".to_owned(),
        region: "eu-west-1".to_owned(),
        account: None,
        cluster: None,
        oidc_issuer: None,
        node_role: None,
        identity: Identity::StaticKeys,
        roles: Roles::Shared,
        release: None,
        namespace: None,
        keep: Vec::new(),
        files: vec!["old.yaml".to_owned()],
        files_from_out: vec!["../old.yaml".to_owned()],
        running: false,
        out: "out".to_owned(),
    };
    migrate(files, &request, catalogue)
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn nothing_old_is_left(
        profile in prop::sample::select(&PROFILES[..]),
        chosen in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), value()), 1..12),
    ) {
        thread_local!(static CATALOGUE: Catalogue = Catalogue::embedded());
        CATALOGUE.with(|catalogue| {
            let loaded = catalogue.get(profile.0).expect("a profile");
            let patterns = patterns(loaded.migration.as_ref().expect("a table"), profile.1);
            let mut old = json!({});
            for (index, more, value) in &chosen {
                set(&mut old, &path(index.get::<String>(&patterns), *more), value.clone());
            }
            let text = old.to_string();
            let migrated = match run(catalogue, profile, std::slice::from_ref(&text)) {
                Ok(migrated) => migrated,
                // Odd values are refused, and some say that there is no MinIO.
                Err(error) => {
                    let known = [Code::ODD_SETTING, Code::NOTHING_TO_MIGRATE, Code::CANNOT_STAY, Code::NOT_VALUES];
                    prop_assert!(known.contains(error.code()), "{text}: {error:?}");
                    return Ok(());
                }
            };
            let values = format!("{}/values.yaml", profile.0);
            let new = migrated.bundle.get(&values).map(|file| file.content.text().to_owned());
            let secret = migrated.bundle.get(&values.replace(".yaml", ".secret.yaml")).map(|file| file.content.text().to_owned());
            let undo = migrated.undo.clone().map(|(_, text)| text);
            let over: Vec<String> = undo.into_iter().chain(new).chain(secret).collect();
            let mut merged = old.as_object().expect("a map").clone();
            let apply = |merged: &mut Map<String, Value>| {
                for text in &over {
                    merge(merged, read_back(text).expect("YAML").as_object().expect("a map").clone());
                }
            };
            apply(&mut merged);
            let once = Value::Object(merged.clone());
            prop_assert!(!once.to_string().contains("old-mark") || migrated.lines.iter().any(|line| line.outcome == SettingsOutcome::Decide), "{text}\n{over:#?}\n{once:#}");
            apply(&mut merged);
            prop_assert_eq!(&once, &Value::Object(merged));
            let again = run(catalogue, profile, &[once.to_string()]).expect_err("everything has moved");
            prop_assert!([Code::NOTHING_TO_MIGRATE, Code::ODD_SETTING].contains(again.code()), "{}\n{again:?}", text);
            Ok(())
        })?;
    }
}
