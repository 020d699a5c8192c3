//! What comes from outside: files, folders and the environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::blueprint::{Blueprint, PrincipalKind};
use crate::error::{Code, Error, Result};
use crate::names::IamName;
use crate::profile::Catalogue;
use crate::secret::{AccessKey, Reference, Secret};
use crate::spec::{Spec, Store};

/// Reads a file; `-` is standard input.
///
/// # Errors
/// `BW0101`.
pub fn text(path: &Path) -> Result<String> {
    let read =
        if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { fs::read_to_string(path) };
    read.map_err(|error| {
        let known = error.kind() == std::io::ErrorKind::NotFound;
        let made = Error::new(
            Code::UNREADABLE,
            format!(
                "{} cannot be read: {}",
                path.display(),
                if known { "there is no such file".to_owned() } else { error.to_string() }
            ),
        );
        made.fix("Name the file with `-f FILE`, or run `bucketwright init` to write one.")
    })
}

/// Reads a spec.
///
/// # Errors
/// `BW01xx` and `BW02xx`.
pub fn spec(path: &Path) -> Result<Spec> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    with_authority(Spec::parse(&name, &text(path)?)?)
}

/// Reads the file of certificates that a spec names.
///
/// # Errors
/// `BW1404` when it cannot be read or used.
pub fn with_authority(spec: Spec) -> Result<Spec> {
    let Some(path) = spec.unread_authority().map(str::to_owned) else { return Ok(spec) };
    let pem = fs::read_to_string(&path).map_err(|error| {
        Error::new(Code::BAD_AUTHORITY, format!("the file of certificates `{path}` cannot be read: {error}"))
            .why("A path is taken from the folder that bucketwright is called in.")
            .fix("Correct `cloud.ca`: it names a PEM file of the authority that signed the store's certificate.")
            .at(spec.place("cloud.ca"))
    })?;
    spec.with_authority(&pem)
}

/// The key that makes the buckets of a store, where the spec names one.
///
/// # Errors
/// `BW0701` for a reference that leads nowhere.
pub fn store_key(store: &Store) -> Result<Option<AccessKey>> {
    let Some(reference) = &store.credentials else { return Ok(None) };
    Ok(Some(AccessKey { id: resolve(&reference.access_key_id)?, secret: resolve(&reference.secret_access_key)? }))
}

/// The keys that the user brings; for a rehearsal, a stand-in where one is not at hand.
pub fn brought_keys_or_stand_ins(blueprint: &Blueprint) -> BTreeMap<IamName, AccessKey> {
    let brought = blueprint.principals.iter().filter_map(|principal| match &principal.kind {
        PrincipalKind::Brought(reference) => Some((principal.name.clone(), reference)),
        _ => None,
    });
    let half = |reference: &Reference| resolve(reference).unwrap_or_else(|_| Secret::new("REHEARSAL".to_owned()));
    brought
        .map(|(name, reference)| {
            let key = AccessKey { id: half(&reference.access_key_id), secret: half(&reference.secret_access_key) };
            (name, key)
        })
        .collect()
}

/// The built-in profiles, and those in the given folders, whose subfolders are profiles.
///
/// # Errors
/// `BW0101` when a folder cannot be read.
pub fn catalogue(folders: &[std::path::PathBuf]) -> Result<Catalogue> {
    let mut catalogue = Catalogue::embedded();
    for folder in folders {
        let unreadable = |error: &std::io::Error| {
            Error::new(Code::UNREADABLE, format!("{} cannot be read: {error}", folder.display()))
                .fix("`--profiles` takes a folder whose subfolders are profiles.")
        };
        for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
            let path = entry.map_err(|error| unreadable(&error))?.path();
            if !path.is_dir() {
                continue;
            }
            let mut files = BTreeMap::new();
            for file in ["profile.yaml", "values.yaml", "documents.yaml"] {
                if let Ok(text) = fs::read_to_string(path.join(file)) {
                    files.insert(file.to_owned(), text);
                }
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            catalogue.add(&name, &path.display().to_string(), &files);
        }
    }
    Ok(catalogue)
}

/// Resolves the keys that the user brings.
///
/// # Errors
/// `BW0701` for each reference that leads nowhere, joined.
pub fn brought_keys(blueprint: &Blueprint) -> Result<BTreeMap<IamName, AccessKey>> {
    let mut keys = BTreeMap::new();
    let mut errors = Vec::new();
    for principal in &blueprint.principals {
        let PrincipalKind::Brought(reference) = &principal.kind else { continue };
        match (resolve(&reference.access_key_id), resolve(&reference.secret_access_key)) {
            (Ok(id), Ok(secret)) => {
                keys.insert(principal.name.clone(), AccessKey { id, secret });
            }
            (id, secret) => errors.extend([id.err(), secret.err()].into_iter().flatten()),
        }
    }
    Error::check(errors)?;
    Ok(keys)
}

/// Finds the secret that a reference names. One trailing newline of a file is dropped: editors add it.
///
/// # Errors
/// `BW0701`; the secret itself is never repeated.
pub fn resolve(reference: &Reference) -> Result<Secret> {
    let missing = |why: String| {
        Error::new(Code::UNRESOLVED_SECRET, format!("the reference `{reference}` leads nowhere"))
            .why(why)
            .fix("Set the variable or write the file, or use `--placeholders` to render without secrets.")
    };
    let value = match reference {
        Reference::Env(name) => {
            std::env::var(name).map_err(|_| missing(format!("The environment variable {name} is not set.")))?
        }
        Reference::File(path) => {
            let text = fs::read_to_string(path).map_err(|error| missing(error.to_string()))?;
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned()
        }
        Reference::Kube(_) => {
            return Err(missing("References into a cluster are reserved for a later version.".to_owned()));
        }
    };
    if value.is_empty() || value.trim() != value {
        return Err(Error::new(
            Code::UNRESOLVED_SECRET,
            format!("what `{reference}` names is empty or has blanks at its ends"),
        )
        .why("A key with a stray blank or newline signs wrongly, and the charts do not trim it."));
    }
    Ok(Secret::new(value))
}
