//! References to keys that the user brings: two halves, or on Google Cloud one file.

use std::collections::BTreeMap;

use super::check::Checker;
use super::document::{CredentialsDocument, KeyDocument};
use super::{KeyReference, Provider};
use crate::base::error::{Code, Error};
use crate::base::secret::Reference;
use crate::base::yaml::At;

/// Checks an install's `credentials`; the key `""` serves every component that has no key of its own.
pub(super) fn credentials(
    checker: &mut Checker,
    provider: Provider,
    path: &str,
    doc: &CredentialsDocument,
) -> BTreeMap<String, KeyReference> {
    let shared = KeyDocument {
        access_key_id: doc.access_key_id.clone(),
        secret_access_key: doc.secret_access_key.clone(),
        key_file: doc.key_file.clone(),
    };
    let components = doc
        .components
        .iter()
        .map(|(component, key)| (component.clone(), format!("{path}.components.{component}"), key));
    let all = std::iter::once((String::new(), path.to_owned(), &shared)).chain(components);
    let mut keys = BTreeMap::new();
    for (component, path, doc) in all {
        if let Some(file) = doc.key_file.as_ref().filter(|_| provider != Provider::Gcp) {
            super::gcp::check::not_here(checker, "keyFile", &file.range, provider, Provider::Gcp);
            continue;
        }
        if let Some(key) = key(checker, &path, doc) {
            keys.insert(component, key);
        }
    }
    keys
}

/// Checks the references to one key; `None` also when there is nothing of it.
pub(super) fn key(checker: &mut Checker, path: &str, doc: &KeyDocument) -> Option<KeyReference> {
    let mut parse = |name: &str, text: &At<String>| {
        checker.ranges.entry(path.to_owned()).or_insert_with(|| text.range.clone());
        checker.parse(&format!("{path}.{name}"), text, Reference::parse)
    };
    let (half, missing) = match (&doc.access_key_id, &doc.secret_access_key, &doc.key_file) {
        (None, None, None) => return None,
        (None, None, Some(file)) => {
            let file = parse("keyFile", file)?;
            return Some(KeyReference { access_key_id: file.clone(), secret_access_key: file });
        }
        (Some(id), Some(secret), None) => {
            let (access_key_id, secret_access_key) = (parse("accessKeyId", id), parse("secretAccessKey", secret));
            return Some(KeyReference { access_key_id: access_key_id?, secret_access_key: secret_access_key? });
        }
        (Some(half), None, None) | (None, Some(half), None) => (half, "half of a key is missing"),
        (Some(half), _, Some(_)) | (_, Some(half), Some(_)) => (half, "a key is given twice, as a file and in halves"),
    };
    let place = checker.place(&half.range);
    let fix = match doc.key_file {
        None => "Give both `accessKeyId` and `secretAccessKey`.",
        Some(_) => "Keep `keyFile` alone.",
    };
    checker.errors.push(Error::new(Code::USELESS_CREDENTIALS, missing).fix(fix).at(place));
    None
}
