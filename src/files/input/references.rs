//! The secrets that a spec's references name. What cannot be resolved is told in one list, before anything else is done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use zeroize::Zeroizing;

use super::{utf8, words};
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::{AccessKey, REHEARSED, Reference, Secret, rehearsed_key};
use crate::base::yaml::MAX_BYTES;
use crate::clouds::known;
use crate::host::files;
use crate::model::{Blueprint, PrincipalKind};
use crate::spec::S3Cloud;

/// What a reference names, where it is found.
type Resolved = std::result::Result<Secret, Lost>;

/// A reference that gives no secret, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lost(Reference, Why);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// The environment has no such variable.
    Unset,
    /// The file cannot be read, or the cluster was not asked.
    Unread(String),
    /// It would sign wrongly.
    Unsound,
    /// It is a rehearsal's.
    Rehearsed,
}

/// Sees that all references which need no cluster give a secret.
///
/// # Errors
/// One `BW0701` for all that cannot be resolved, and `BW0817` for what a rehearsal made.
pub fn at_hand<'r>(references: impl Iterator<Item = &'r Reference>) -> Result<()> {
    let here = references.filter(|reference| !matches!(reference, Reference::Kube { .. }));
    let lost: Vec<Lost> = here.filter_map(|reference| find(reference, &BTreeMap::new()).err()).collect();
    none_lost(lost)
}

/// Resolves the keys that the user brings; `cluster` holds what was read there.
///
/// # Errors
/// One `BW0701` for all references that cannot be resolved, and `BW0817` for what a rehearsal made.
pub fn brought_keys(
    blueprint: &Blueprint,
    cluster: &BTreeMap<Reference, Secret>,
) -> Result<BTreeMap<IamName, AccessKey>> {
    let mut keys = BTreeMap::new();
    let mut lost = Vec::new();
    for (principal, id, secret) in references(blueprint) {
        match both(id.found(cluster), find(secret, cluster)) {
            Ok(key) => drop(keys.insert(principal.clone(), key)),
            Err(halves) => lost.extend(halves),
        }
    }
    none_lost(lost)?;
    Ok(keys)
}

/// A stand-in for each key that the user brings, for a rehearsal: no secret is read, so none gets into files of which it is said
/// that their keys are no keys. With them the names of the variables that are not set. References to the same secret get the
/// same stand-in.
pub fn stand_ins(blueprint: &Blueprint) -> (BTreeMap<IamName, AccessKey>, BTreeSet<String>) {
    let mut unset = BTreeSet::new();
    let mut stand_in = |reference: &Reference| {
        if let Reference::Env(name) = reference
            && std::env::var_os(name).is_none()
        {
            unset.insert(name.clone());
        }
        let which: String = reference.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        Secret::new(format!("{REHEARSED}{which}"))
    };
    let mut keys = BTreeMap::new();
    for (name, id, secret) in references(blueprint) {
        let id = match id {
            Half::Reference(reference) => stand_in(reference),
            Half::Known(text) => Secret::new(text),
        };
        keys.insert(name.clone(), AccessKey { id, secret: stand_in(secret) });
    }
    (keys, unset)
}

/// The key that makes the buckets of a store, where the spec names one.
///
/// # Errors
/// As [`brought_keys`].
pub fn store_key(store: &S3Cloud, cluster: &BTreeMap<Reference, Secret>) -> Result<Option<AccessKey>> {
    let Some(reference) = &store.credentials else { return Ok(None) };
    match both(find(&reference.access_key_id, cluster), find(&reference.secret_access_key, cluster)) {
        Ok(key) => Ok(Some(key)),
        Err(lost) => none_lost(lost).map(|()| None),
    }
}

/// Finds the secret that a reference names. One trailing newline of a file is dropped: editors add it.
///
/// # Errors
/// `BW0701` and `BW0817`; the secret itself is never repeated.
pub fn resolve(reference: &Reference, cluster: &BTreeMap<Reference, Secret>) -> Result<Secret> {
    find(reference, cluster).map_err(|lost| told(vec![lost]).remove(0))
}

/// The first half of a key: a secret by reference, or the name of Azure's storage account.
enum Half<'a> {
    Reference(&'a Reference),
    Known(&'a str),
}

impl Half<'_> {
    fn found(&self, cluster: &BTreeMap<Reference, Secret>) -> Resolved {
        match self {
            Self::Reference(reference) => find(reference, cluster),
            Self::Known(text) => Ok(Secret::new(*text)),
        }
    }
}

/// The references of the keys that principals bring.
fn references(blueprint: &Blueprint) -> impl Iterator<Item = (&IamName, Half<'_>, &Reference)> {
    let account = known(&blueprint.spec.cloud).key_id().unwrap_or_default();
    blueprint.principals.iter().filter_map(move |principal| match &principal.kind {
        PrincipalKind::Brought(key) => {
            Some((&principal.name, Half::Reference(&key.access_key_id), &key.secret_access_key))
        }
        PrincipalKind::AccountKey(key) => Some((&principal.name, Half::Known(account), key)),
        _ => None,
    })
}

/// A key of both halves, or what is lost of them.
fn both(id: Resolved, secret: Resolved) -> std::result::Result<AccessKey, Vec<Lost>> {
    match (id, secret) {
        (Ok(id), Ok(secret)) => Ok(AccessKey { id, secret }),
        (id, secret) => Err([id.err(), secret.err()].into_iter().flatten().collect()),
    }
}

fn find(reference: &Reference, cluster: &BTreeMap<Reference, Secret>) -> Resolved {
    let lost = |why| Lost(reference.clone(), why);
    let secret = match reference {
        Reference::Env(name) => Secret::new(std::env::var(name).map_err(|_| lost(Why::Unset))?),
        Reference::File(path) => {
            let read = files::read_plain(Path::new(path), MAX_BYTES).and_then(utf8);
            let text = Zeroizing::new(read.map_err(|error| lost(Why::Unread(unread(&error))))?);
            let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
            Secret::new(text)
        }
        Reference::Kube { .. } => {
            let found = cluster.get(reference).cloned();
            found.ok_or_else(|| lost(Why::Unread("The cluster was not asked.".to_owned())))?
        }
    };
    match (secret.is_trimmed(), secret.is_rehearsed()) {
        (false, _) => Err(lost(Why::Unsound)),
        (_, true) => Err(lost(Why::Rehearsed)),
        _ => Ok(secret),
    }
}

/// Why a file was not read, as a sentence.
fn unread(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::NotFound { "There is no such file.".to_owned() } else { words(error) }
}

fn none_lost(lost: Vec<Lost>) -> Result<()> {
    Error::check(told(lost))
}

/// One error for each kind of loss. One missing variable is one, however many principals use it.
fn told(mut lost: Vec<Lost>) -> Vec<Error> {
    lost.sort();
    lost.dedup();
    let of = |kind: fn(&Why) -> bool| lost.iter().filter(move |Lost(_, why)| kind(why)).collect::<Vec<_>>();
    let nowhere = of(|why| matches!(why, Why::Unset | Why::Unread(_)));
    let mut errors = Vec::new();
    if !nowhere.is_empty() {
        errors.push(unresolved(&nowhere));
    }
    let unsound = of(|why| *why == Why::Unsound);
    if !unsound.is_empty() {
        let verbs = if unsound.len() == 1 {
            "names is empty or has blanks at its ends"
        } else {
            "name is empty or has blanks at its ends"
        };
        errors.push(
            Error::new(Code::UNRESOLVED_SECRET, format!("what {} {verbs}", listed(&unsound)))
                .why("A key with a stray blank or newline signs wrongly, and the charts do not trim it.")
                .fix("Set it again without blanks: `printf %s VALUE > FILE` writes none, `echo` does."),
        );
    }
    for Lost(reference, _) in of(|why| *why == Why::Rehearsed) {
        errors.push(rehearsed_key(&format!("`{reference}`")).fix("Let it name the real key."));
    }
    errors
}

fn unresolved(lost: &[&Lost]) -> Error {
    let what = match lost {
        [one @ Lost(Reference::Env(_), Why::Unset)] => format!("{} is not set", listed(&[one])),
        [one] => format!("{} cannot be resolved", listed(&[one])),
        many => format!("{} references cannot be resolved: {}", many.len(), listed(many)),
    };
    let unset = |Lost(reference, _): &&Lost| match reference {
        Reference::Env(name) => Some(name.clone()),
        _ => None,
    };
    let unset: Vec<String> = lost.iter().filter_map(unset).collect();
    let mut why = match unset.as_slice() {
        [] => Vec::new(),
        [_] if lost.len() == 1 => vec!["The spec takes a key from this environment variable.".to_owned()],
        [one] => vec![format!("The environment variable {one} is not set.")],
        many => vec![format!("The environment variables {} are not set.", many.join(", "))],
    };
    let unread = lost.iter().filter_map(|Lost(reference, why)| match why {
        Why::Unread(words) if lost.len() == 1 => Some(words.clone()),
        Why::Unread(words) => Some(format!("{reference}: {words}")),
        _ => None,
    });
    why.extend(unread);
    let mut fix = Vec::new();
    if !unset.is_empty() {
        let set: Vec<String> = unset.iter().map(|name| format!("{name}=VALUE")).collect();
        fix.push(format!("Run `export {}`.", set.join(" ")));
    }
    if lost.iter().any(|Lost(reference, _)| matches!(reference, Reference::File(_))) {
        fix.push("Write the file, or correct its path in the spec.".to_owned());
    }
    fix.push("`bucketwright render --placeholders` needs no secret.".to_owned());
    Error::new(Code::UNRESOLVED_SECRET, what).why(why.join("\n")).fix(fix.join(" "))
}

fn listed(lost: &[&Lost]) -> String {
    lost.iter().map(|Lost(reference, _)| format!("`{reference}`")).collect::<Vec<_>>().join(", ")
}
