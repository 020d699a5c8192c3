//! The old settings that commands name: `old.NAME` in the strings of a migration.

use std::collections::BTreeMap;

use serde_json::Value;
use tera::Context;

use super::Old;
use super::old::odd;
use super::pattern::keys;
use super::recorded::is_name;
use crate::base::error::Result;
use crate::model::InstallBlueprint;
use crate::profile::{Migration, OldStore};

/// What the user's values say, by the names of the reads. Helm's `default` takes an empty text for none.
///
/// # Errors
/// `BW1703` for what can be no name, number or switch.
pub(super) fn said(old: &Old, migration: &Migration) -> Result<BTreeMap<String, String>> {
    let mut said = BTreeMap::new();
    for read in &migration.reads {
        let path = keys(&read.path);
        let text = match old.single(&path, None)? {
            None => continue,
            Some(Value::String(text)) if text.is_empty() => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if !is_name(&text) {
            let place = old.at(&path).and_then(|there| there.place.as_ref());
            return Err(odd(&path, "a name", place));
        }
        said.insert(read.name.clone(), text);
    }
    Ok(said)
}

/// The variables of an install's expressions, with `old`.
///
/// # Errors
/// `BW0303` when a default of the profile fails.
pub(super) fn context(
    said: &BTreeMap<String, String>,
    migration: &Migration,
    install: &InstallBlueprint,
) -> Result<Context> {
    let mut context = super::settings::context(install)?;
    let mut old = BTreeMap::new();
    for read in &migration.reads {
        let text = match said.get(&read.name) {
            Some(text) => text.clone(),
            None => install.profile.expressions.text(&read.default, &context)?,
        };
        old.insert(read.name.as_str(), text);
    }
    context.insert("old", &old);
    Ok(context)
}

/// The port of the bundled MinIO's Service, where the user chose it.
///
/// # Errors
/// `BW1703` for what is no port.
pub(super) fn port(old: &Old, store: &OldStore) -> Result<Option<u16>> {
    let Some(path) = store.port_named_by.as_deref().map(keys) else { return Ok(None) };
    let Some(value) = old.single(&path, None)? else { return Ok(None) };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let place = old.at(&path).and_then(|there| there.place.as_ref());
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ => Err(odd(&path, "a port from 1 to 65535", place)),
    }
}
