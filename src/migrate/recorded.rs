//! What a report keeps of a move for later commands. Anybody may have written the file that they read it from, so it holds no
//! command: names, of which the same steps are computed again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::login::Entry;
use super::{Moved, Server, Where};

/// What the steps are computed from, beside the spec and the profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recorded {
    /// The user's own values files, as the report's folder names them.
    pub(super) files: Vec<String>,
    /// Whether the values were read from the release that runs.
    pub(super) running: bool,
    /// The old stores.
    pub(super) stores: Vec<Reached>,
    /// Whether a part leaves the MinIO that the chart brings.
    pub(super) bundled: bool,
    /// Whether there is an overlay.
    pub(super) undo: bool,
    /// The old settings that commands name.
    #[serde(default)]
    pub(super) said: BTreeMap<String, String>,
    /// The buckets whose objects are copied.
    pub(super) buckets: Vec<Copied>,
}

/// An old store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reached {
    /// The part of the product by which it is reached.
    pub(super) store: String,
    /// How it is reached.
    pub(super) reach: Reach,
    /// The Secret and its key of MinIO's user, and of its password; `None` where nothing says it.
    pub(super) login: [Entry; 2],
}

/// How an old store is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Reach {
    /// It is the one that the chart brings, perhaps on a port that the user chose.
    Bundled {
        #[serde(default)]
        port: Option<u16>,
    },
    /// It is a server of one's own.
    Server { host: String, secure: bool, service: Option<(String, Option<String>, u16)> },
    /// Its address is in a Secret.
    Hidden { secret: String },
}

/// A bucket whose objects are copied into the one of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Copied {
    pub(super) purpose: String,
    /// The number of its old store.
    pub(super) from: usize,
    pub(super) old: Option<String>,
    pub(super) each: Option<String>,
    /// The folder that alone is copied.
    #[serde(default)]
    pub(super) folder: Option<String>,
}

impl Reach {
    pub(super) fn of(place: &Where, port: Option<u16>) -> Self {
        match place {
            Where::Server(Server { host, secure, service }) => {
                Self::Server { host: host.clone(), secure: *secure, service: service.clone() }
            }
            Where::Hidden(secret) => Self::Hidden { secret: secret.clone() },
            _ => Self::Bundled { port },
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Bundled { .. } => true,
            Self::Hidden { secret } => is_name(secret),
            Self::Server { host, service, .. } => {
                let service = service
                    .iter()
                    .all(|(name, namespace, _)| is_name(name) && namespace.as_deref().is_none_or(is_name));
                service
                    && !host.is_empty()
                    && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
            }
        }
    }
}

impl Copied {
    /// The buckets that are copied, each with the number that `from` gives of its old store.
    pub(super) fn of(moved: &[Moved], from: impl Fn(&str) -> usize) -> Vec<Self> {
        let copied = moved.iter().filter(|bucket| bucket.copy && bucket.new.is_some());
        let one = |bucket: &Moved| {
            let purpose = bucket.purpose.clone()?;
            Some(Self {
                from: from(&purpose),
                purpose,
                old: bucket.old.clone(),
                each: bucket.each.clone(),
                folder: bucket.folder.clone(),
            })
        };
        copied.filter_map(one).collect()
    }
}

impl Recorded {
    /// Whether every name in it is one: then no command that is made of them does anything else.
    pub(super) fn is_sound(&self) -> bool {
        let logins = self.stores.iter().flat_map(|one| one.login.iter().flatten());
        let names = logins.flat_map(|(secret, key)| [secret, key]);
        let buckets = self.buckets.iter().flat_map(|bucket| bucket.old.iter().chain(&bucket.each));
        let folders = self.buckets.iter().filter_map(|bucket| bucket.folder.as_deref());
        names.chain(buckets).chain(self.said.values()).all(|name| is_name(name))
            && folders.flat_map(|folder| folder.strip_suffix('*').unwrap_or(folder).split('/')).all(is_name)
            && self.stores.iter().all(|one| one.reach.is_sound())
            && self.buckets.iter().all(|bucket| bucket.from < self.stores.len())
            && !self.files.is_empty()
            && self.files.iter().all(|file| is_file(file))
    }

    /// The values files from where the report's folder has this path.
    pub(super) fn files_from(&self, home: &str) -> Vec<String> {
        self.files.iter().map(|file| joined(home, file)).collect()
    }
}

/// Whether a text can only be a name: of a Secret, its key, a Service or a bucket.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    text.bytes().all(plain) && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// Whether a text can only be the path of a file here: Helm would fetch an address.
fn is_file(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.contains(':') && !text.chars().any(char::is_control)
}

/// A path below a folder, without steps that lead back.
pub(super) fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    let text = format!("{root}{}", parts.join("/"));
    if text.starts_with('-') { format!("./{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_where_the_report_is_seen() {
        for (home, file, path) in [
            ("s3", "../now.yaml", "now.yaml"),
            (".", "../now.yaml", "../now.yaml"),
            ("", "../../now.yaml", "../../now.yaml"),
            ("a b/s3 it's", "../../now.yaml", "now.yaml"),
            ("../s3", "../x/now.yaml", "../x/now.yaml"),
            ("/srv/s3", "../now.yaml", "/srv/now.yaml"),
            ("s3", "/srv/now.yaml", "/srv/now.yaml"),
            ("-s3", "bucketwright.yaml", "./-s3/bucketwright.yaml"),
            (".", "-x/a", "./-x/a"),
        ] {
            assert_eq!(joined(home, file), path, "{home} {file}");
        }
    }
}
