//! What earlier runs brought into a cluster and a store, as the folder's files tell; and the lines that remove it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::ErrorKind;

use serde_json::Value;

use super::manifest::documents;
use super::{Folder, private};
use crate::base::error::Result;
use crate::base::names::DnsLabel;
use crate::base::secret::Secret;
use crate::base::shell::word;
use crate::base::yaml;
use crate::host::folder;
use crate::host::folder::FileType;
use crate::render::Bundle;

/// An object that a file of ours brings into a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brought {
    /// `Secret`, `SealedSecret` or `ExternalSecret`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The entry of the store that it refers to.
    pub entry: Option<String>,
}

impl Brought {
    fn read(manifest: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let metadata = &manifest["metadata"];
        Some(Self {
            kind: text(&manifest["kind"])?,
            namespace: text(&metadata["namespace"])?,
            name: text(&metadata["name"])?,
            entry: text(&manifest["spec"]["dataFrom"][0]["extract"]["key"]),
        })
    }

    fn all(text: &str) -> Vec<Self> {
        let mut documents = documents(&Secret::new(text)).unwrap_or_default();
        let found = documents.iter().filter_map(Self::read).collect();
        documents.iter_mut().for_each(yaml::wipe);
        found
    }

    /// Everything that the files of a bundle bring.
    pub fn by(bundle: &Bundle) -> Vec<Self> {
        bundle
            .files()
            .filter(|(path, _)| is_manifests(path))
            .flat_map(|(_, file)| Self::all(file.content.text()))
            .collect()
    }

    /// What is brought no more. A Secret of the same name that comes in another way is still wanted.
    pub fn gone(before: &[Self], now: &[Self]) -> Vec<Self> {
        let same = |one: &Self, other: &Self| (&one.namespace, &one.name) == (&other.namespace, &other.name);
        let wanted =
            |old: &Self| now.iter().any(|new| same(old, new) && (old.kind == new.kind || old.kind == "Secret"));
        let entries: BTreeSet<&String> = now.iter().filter_map(|new| new.entry.as_ref()).collect();
        before
            .iter()
            .filter(|old| !wanted(old) || old.entry.as_ref().is_some_and(|entry| !entries.contains(entry)))
            .cloned()
            .collect()
    }

    /// The lines that remove objects, and entries of Secrets Manager in a region.
    pub fn removal_lines(gone: &[Self], region: &str) -> Vec<String> {
        let mut objects: BTreeMap<(String, &str), BTreeSet<&str>> = BTreeMap::new();
        for one in gone {
            let place = objects.entry((one.kind.to_lowercase(), one.namespace.as_str())).or_default();
            place.insert(&one.name);
        }
        let words = |names: &BTreeSet<&str>| names.iter().map(|name| word(name)).collect::<Vec<_>>().join(" ");
        let lines = objects.iter().map(|((kind, namespace), names)| {
            format!("kubectl delete {kind} --ignore-not-found -n {} {}", word(namespace), words(names))
        });
        let entries: BTreeSet<&String> = gone.iter().filter_map(|one| one.entry.as_ref()).collect();
        let stored = entries.into_iter().map(|entry| {
            format!("aws secretsmanager delete-secret --region {} --secret-id {}", word(region), word(entry))
        });
        lines.chain(stored).collect()
    }
}

fn is_manifests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["secrets.yaml", "secrets.enc.yaml", "sealed-secrets.yaml", "external-secrets.yaml"].contains(&name)
}

impl Folder {
    /// The users of whom a key is kept, as the names of the files tell.
    ///
    /// # Errors
    /// `BW0801` when the folder of the keys cannot be listed.
    pub fn holders(&self) -> Result<BTreeSet<String>> {
        let files = match folder::Folder::open(&self.keys()).and_then(|keys| keys.list()) {
            Ok(files) => files,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Vec::new(),
            Err(error) => return Err(private::unwritable(&self.keys(), &error)),
        };
        let files = files.into_iter().filter(|(_, kind)| *kind == FileType::RegularFile);
        let user = |(name, _): (OsString, FileType)| Some(name.to_str()?.strip_suffix(".yaml")?.to_owned());
        // What was set aside is of no user.
        Ok(files.filter_map(user).filter(|name| !name.contains(".old-")).collect())
    }

    /// What the files of earlier runs bring into a cluster; of one install, when only that one is meant.
    ///
    /// # Errors
    /// `BW0802` when the record is no plain file.
    pub fn brought(&self, only: Option<&DnsLabel>) -> Result<Vec<Brought>> {
        let of = only.map(|id| format!("{id}/"));
        let paths = self.recorded()?.into_iter().filter(|(path, _)| is_manifests(path));
        let meant = paths.filter(|(path, _)| of.as_ref().is_none_or(|folder| path.starts_with(folder)));
        let text = |(path, is_private): (String, bool)| {
            let spot = self.spot(path);
            if is_private { private::read(&spot) } else { private::read_public(&spot) }.ok().flatten()
        };
        Ok(meant.filter_map(text).flat_map(|text| Brought::all(&text)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_no_more_has_a_line() {
        let one = |kind: &str, name: &str, entry: Option<&str>| Brought {
            kind: kind.to_owned(),
            namespace: "argo".to_owned(),
            name: name.to_owned(),
            entry: entry.map(str::to_owned),
        };
        let before = [
            one("ExternalSecret", "a", Some("e/a")),
            one("Secret", "b", None),
            one("Secret", "c", None),
            one("SealedSecret", "d", None),
        ];
        let now = [one("Secret", "a", None), one("ExternalSecret", "b", Some("e/b")), one("Secret", "d", None)];
        assert_eq!(
            Brought::removal_lines(&Brought::gone(&before, &now), "eu-west-1"),
            [
                "kubectl delete externalsecret --ignore-not-found -n argo a",
                "kubectl delete sealedsecret --ignore-not-found -n argo d",
                "kubectl delete secret --ignore-not-found -n argo c",
                "aws secretsmanager delete-secret --region eu-west-1 --secret-id e/a",
            ]
        );
        assert!(Brought::gone(&before, &before).is_empty());
    }
}
