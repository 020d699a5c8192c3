//! Where each secret is, and who can read it there.

use super::model::SecretPlace;
use crate::base::error::Result;
use crate::clouds::known;
use crate::kube::push::{Wishes, objects};
use crate::model::{Blueprint, PrincipalKind};
use crate::render::Bundle;

/// Every place of a secret: where its key comes from, the files that hold it, and the Secrets in the cluster.
///
/// # Errors
/// `BW0305` when a rendered Secret cannot be read.
pub(super) fn secrets(blueprint: &Blueprint, bundle: &Bundle) -> Result<Vec<SecretPlace>> {
    let mut places = origins(blueprint);
    let private = |path: &str| bundle.get(path).is_some_and(|file| file.content.is_private());
    places.extend(bundle.files().filter(|(_, file)| file.content.is_private()).map(|(path, _)| SecretPlace {
        what: "what an install needs".to_owned(),
        place: format!("{path} in the output folder"),
        readers: "the user who ran apply or render (mode 0600), unless it is sealed or encrypted".to_owned(),
    }));
    for object in objects(blueprint, bundle, Wishes::default())? {
        let holds_key = object.install().is_some_and(|install| private(&format!("{install}/secrets.yaml")));
        if !holds_key {
            continue;
        }
        let namespace = object.namespace.unwrap_or_default();
        places.push(SecretPlace {
            what: "what pods mount".to_owned(),
            place: format!("Secret {namespace}/{} in the cluster", object.name),
            readers: format!("pods that mount it, and whoever may read Secrets or start pods in {namespace}"),
        });
    }
    Ok(places)
}

/// Who can read what a reference of the spec names.
const YOURS: &str = "whoever you let read it there";

/// Where keys come from.
fn origins(blueprint: &Blueprint) -> Vec<SecretPlace> {
    let mut places = Vec::new();
    let mut add = |what: String, place: String, readers: &str| {
        let place = SecretPlace { what, place, readers: readers.to_owned() };
        if !places.contains(&place) {
            places.push(place);
        }
    };
    for reference in known(&blueprint.spec.cloud).own_key() {
        add("key with which bucketwright itself works".to_owned(), reference.to_string(), YOURS);
    }
    for want in &blueprint.principals {
        let name = &want.name;
        match &want.kind {
            PrincipalKind::Brought(key) => {
                add(format!("key of {name}"), key.access_key_id.to_string(), YOURS);
                add(format!("key of {name}"), key.secret_access_key.to_string(), YOURS);
            }
            PrincipalKind::AccountKey(key) => add(format!("key of {name}"), key.to_string(), YOURS),
            _ if want.has_made_key() => add(
                format!("key of {name}"),
                format!("credentials/{name}.yaml in the output folder, where apply keeps it"),
                "the user who ran apply (mode 0600)",
            ),
            _ => {}
        }
    }
    places
}
