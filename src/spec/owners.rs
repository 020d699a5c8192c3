//! Which keys below `cloud` belong to which provider.

use schemars::Schema;
use serde_json::Value;

use super::Provider;

/// Says in the schema which keys belong to which provider.
pub(super) fn by_provider(schema: &mut Schema) {
    let rules = Provider::ALL.map(|provider| {
        let others = owned().into_iter().filter(|(_, owners)| !owners.contains(&provider));
        let others: Vec<Value> = others.map(|(key, _)| serde_json::json!({"required": [key]})).collect();
        serde_json::json!({
            "if": {"properties": {"provider": {"const": provider.as_str()}}},
            "then": {"required": provider.needed(), "not": {"anyOf": others}}
        })
    });
    schema.insert("allOf".to_owned(), rules.to_vec().into());
}

/// The keys below `cloud` that belong to some providers only, each with those.
pub(super) fn owned() -> Vec<(&'static str, Vec<Provider>)> {
    let mut keys: Vec<(&'static str, Vec<Provider>)> = Vec::new();
    for provider in Provider::ALL {
        for key in provider.keys() {
            match keys.iter_mut().find(|(known, _)| known == key) {
                Some((_, owners)) => owners.push(provider),
                None => keys.push((key, vec![provider])),
            }
        }
    }
    keys.retain(|(_, owners)| owners.len() < Provider::ALL.len());
    keys
}
