//! A folder as a sink.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::private::{self, Taken};
use crate::error::{Code, Error, Result};
use crate::names::IamName;
use crate::plan::Intent;
use crate::render::Bundle;
use crate::secret::{AccessKey, Secret};
use crate::yaml::{self, Node};

/// The output folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    banner: Option<&'static str>,
}

/// How a file differs from what would be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// It has another content; the lines that differ, unless it is private.
    Changed(String, Option<String>),
}

impl Folder {
    /// A folder; it need not exist yet.
    pub fn new(path: impl Into<PathBuf>, banner: Option<&'static str>) -> Self {
        Self { path: path.into(), banner }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Proves that private files can be written.
    ///
    /// # Errors
    /// `BW0801` or `BW0802` when not.
    pub fn probe(&self) -> Result<()> {
        private::probe(&self.path)?;
        private::probe(&self.path.join("credentials"))
    }

    /// Takes the folder for this run alone; it is free again when what this gives is dropped, however the run ends.
    /// `None` when another run has it.
    ///
    /// # Errors
    /// `BW0801` when the folder cannot be made.
    pub fn take(&self) -> Result<Option<Taken>> {
        private::lock(&self.path)
    }

    /// Writes all files of a bundle, private ones with mode 0600.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`; files are written one by one, each whole.
    pub fn write(&self, bundle: &Bundle) -> Result<()> {
        for (path, file) in bundle.files() {
            let mode = if file.content.is_private() { private::PRIVATE } else { private::PUBLIC };
            private::write(&self.path.join(path), file.content.text(), mode)?;
        }
        self.ignore_secrets(bundle)
    }

    /// Keeps private files out of version control, unless the folder has rules of its own. Rules of earlier runs stay, as
    /// their files do.
    fn ignore_secrets(&self, bundle: &Bundle) -> Result<()> {
        const FIRST: &str = "# Written by bucketwright: these files hold secrets.\n";
        let path = self.path.join(".gitignore");
        let mut rules = match std::fs::read_to_string(&path) {
            Ok(there) if there.starts_with(FIRST) => there,
            Ok(_) => return Ok(()),
            Err(_) => format!("{FIRST}/credentials/\n"),
        };
        for (file, _) in bundle.files().filter(|(_, file)| file.content.is_private()) {
            if !rules.lines().any(|rule| rule.strip_prefix('/') == Some(file)) {
                rules.push_str(&format!("/{file}\n"));
            }
        }
        private::write(&path, &rules, private::PUBLIC)
    }

    /// Compares the folder with a bundle.
    ///
    /// # Errors
    /// `BW0802` when a private file is not private.
    pub fn compare(&self, bundle: &Bundle) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for (path, file) in bundle.files() {
            let full = self.path.join(path);
            let found =
                if file.content.is_private() { private::read(&full)? } else { std::fs::read_to_string(&full).ok() };
            match found {
                None => differences.push(Difference::Missing(path.to_owned())),
                Some(text) if text == file.content.text() => {}
                Some(_) if file.content.is_private() => differences.push(Difference::Changed(path.to_owned(), None)),
                Some(text) => {
                    let diff = similar::TextDiff::from_lines(text.as_str(), file.content.text());
                    let lines = diff.unified_diff().context_radius(1).header("there", "rendered").to_string();
                    differences.push(Difference::Changed(path.to_owned(), Some(lines)));
                }
            }
        }
        Ok(differences)
    }

    /// Keeps an access key for later renders.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn keep_key(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        let leaf = |secret: &Secret| Node::Leaf(json!(secret.expose()), None);
        let node = Node::Map(vec![
            ("accessKeyId".to_owned(), leaf(&key.id)),
            ("secretAccessKey".to_owned(), leaf(&key.secret)),
        ]);
        private::write(&self.key_path(principal), &self.below_banner(&node), private::PRIVATE)
    }

    /// A key that was kept; `None` when there is none.
    ///
    /// # Errors
    /// `BW0802` when the file is not private, `BW0701` when it is not a key, or one of a rehearsal.
    pub fn kept_key(&self, principal: &IamName) -> Result<Option<AccessKey>> {
        let path = self.key_path(principal);
        let Some(text) = private::read(&path)? else { return Ok(None) };
        if self.banner.is_none() && text.contains("REHEARSAL") {
            return Ok(None);
        }
        let value = yaml::read_back(&text).unwrap_or(Value::Null);
        match (value["accessKeyId"].as_str(), value["secretAccessKey"].as_str()) {
            (Some(id), Some(secret)) => Ok(Some(AccessKey { id: Secret::new(id), secret: Secret::new(secret) })),
            _ => Err(Error::new(Code::UNRESOLVED_SECRET, format!("{} does not hold a key", path.display()))
                .fix("It should have `accessKeyId` and `secretAccessKey`. Remove the file to have the matter looked at anew.")),
        }
    }

    /// Writes down that an access key is about to be made: on the disk when this returns, and without a secret.
    ///
    /// # Errors
    /// `BW0801` or `BW0802`.
    pub fn intend(&self, intent: &Intent) -> Result<()> {
        let leaf = |value: Value, comment: &str| Node::Leaf(value, Some(comment.to_owned()));
        let node = Node::Map(vec![
            ("user".to_owned(), leaf(json!(intent.user.as_str()), "An access key of this user is about to be made.")),
            ("at".to_owned(), leaf(json!(intent.at), "Seconds since 1970.")),
            ("before".to_owned(), leaf(json!(intent.before), "The ids of the keys that the user had.")),
        ]);
        private::write(&self.intent_path(&intent.user), &self.below_banner(&node), private::PRIVATE)
    }

    /// The intent that an earlier run left open; `None` when there is none.
    ///
    /// # Errors
    /// `BW0802` when the file is not private, `BW0612` when it is not an intent.
    pub fn open_intent(&self, user: &IamName) -> Result<Option<Intent>> {
        let path = self.intent_path(user);
        let Some(text) = private::read(&path)? else { return Ok(None) };
        if self.banner.is_none() && text.contains("REHEARSAL") {
            return Ok(None);
        }
        let value = yaml::read_back(&text).unwrap_or(Value::Null);
        let id = |id: &Value| id.as_str().map(str::to_owned);
        let before = value["before"].as_array().map(|ids| ids.iter().map(id).collect::<Option<Vec<_>>>());
        match (value["at"].as_i64(), before.flatten()) {
            (Some(at), Some(before)) if value["user"] == user.as_str() => {
                Ok(Some(Intent { user: user.clone(), at, before }))
            }
            _ => Err(Error::new(Code::BAD_INTENT, format!("{} does not hold an intent", path.display()))
                .why("It should say which keys the user had before one was made.")
                .fix("Remove the file. A key that an interrupted run made is then treated as somebody else's.")),
        }
    }

    /// Removes an intent; nothing happens when there is none.
    ///
    /// # Errors
    /// `BW0801`.
    pub fn settle(&self, user: &IamName) -> Result<()> {
        private::remove(&self.intent_path(user))
    }

    fn below_banner(&self, node: &Node) -> String {
        let banner = self.banner.map(|words| format!("# {words}\n")).unwrap_or_default();
        format!("{banner}{}", yaml::write(node))
    }

    fn intent_path(&self, user: &IamName) -> PathBuf {
        self.path.join("credentials").join("intents").join(format!("{user}.yaml"))
    }

    fn key_path(&self, principal: &IamName) -> PathBuf {
        self.path.join("credentials").join(format!("{principal}.yaml"))
    }
}
