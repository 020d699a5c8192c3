//! The bundle: the rendered files, in memory, each with its kind and its mode.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Next;
use crate::base::error::{Code, Error, Result};
use crate::base::secret::Secret;

/// The files by path.
#[derive(Debug, Default)]
pub struct Bundle {
    files: BTreeMap<String, File>,
    next: Vec<Next>,
    clashes: Vec<String>,
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// What it holds.
    pub content: Content,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Helm values, or an installer's config.
    Values,
    /// Kubernetes Secrets, or a document with a credential.
    Secret,
    /// A document without a credential.
    Config,
    /// An IAM document.
    Policy,
    /// Words.
    Notes,
}

impl FileKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Policy => "policy",
            Self::Notes => "notes",
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text for everybody: mode 0644.
    Public(String),
    /// Text with a credential: mode 0600.
    Private(Secret),
}

impl Content {
    /// The text; of private content only writers of files may ask.
    pub fn text(&self) -> &str {
        match self {
            Self::Public(text) => text,
            Self::Private(secret) => secret.expose(),
        }
    }

    /// Whether it holds a credential.
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Private(_))
    }

    fn map(self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Public(text) => Self::Public(change(&text)),
            Self::Private(secret) => Self::Private(Secret::new(change(secret.expose()))),
        }
    }
}

/// JSON has no comments, so an object says it in a member, which no program that reads the file takes.
fn with_member(text: &str, words: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut entries)) => {
            let mut told = serde_json::Map::from_iter([("REHEARSAL".to_owned(), json!(words))]);
            told.append(&mut entries);
            let mut value = Value::Object(told);
            let text = format!("{value:#}\n");
            crate::base::yaml::wipe(&mut value);
            text
        }
        _ => text.to_owned(),
    }
}

/// A warning at the top of every file, so that a rehearsal is never taken for the real thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banner(pub &'static str);

impl Bundle {
    /// Adds a file. With a banner and a comment sign, the banner stands at its top.
    pub(super) fn add(
        &mut self,
        path: String,
        kind: FileKind,
        content: Content,
        comment: Option<&str>,
        banner: Option<Banner>,
    ) {
        let content = match (banner, comment) {
            (Some(Banner(words)), Some(sign)) => content.map(|text| format!("{sign} {words}\n{text}")),
            (Some(Banner(words)), None) => content.map(|text| with_member(text, words)),
            _ => content,
        };
        self.insert(path, File { kind, content });
    }

    fn insert(&mut self, path: String, file: File) {
        // A file system that ignores case takes two such names for one.
        if self.files.keys().any(|there| there.eq_ignore_ascii_case(&path)) {
            self.clashes.push(path.clone());
        }
        self.files.insert(path, file);
    }

    /// That no file was written over another.
    ///
    /// # Errors
    /// `BW0302` with the path.
    pub(super) fn distinct(&self) -> Result<()> {
        let Some(path) = self.clashes.first() else { return Ok(()) };
        Err(Error::new(Code::BAD_PROFILE, format!("two files would be written as `{path}`"))
            .why("One would replace the other; some file systems ignore case.")
            .fix("Give the profile's documents distinct names, or `when` conditions of which one holds at a time."))
    }

    /// Adds an IAM document; with a banner, its `Id` says what it is, because JSON has no comments.
    pub(super) fn add_json(&mut self, path: &str, kind: FileKind, mut document: Value, banner: Option<Banner>) {
        if let (Some(Banner(words)), Some(entries)) = (banner, document.as_object_mut()) {
            entries.insert("Id".to_owned(), json!(words));
        }
        let text = format!("{document:#}\n");
        self.insert(path.to_owned(), File { kind, content: Content::Public(text) });
    }

    /// Adds what brings a product into the cluster.
    pub(super) fn add_next(&mut self, next: Next) {
        self.next.push(next);
    }

    /// Exchanges files, each for what `change` makes of it, under the path that it gives; `None` leaves a file out.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn exchange(mut self, mut change: impl FnMut(&str, File) -> Result<Option<(String, File)>>) -> Result<Self> {
        for (path, file) in std::mem::take(&mut self.files) {
            self.files.extend(change(&path, file)?);
        }
        Ok(self)
    }

    /// What brings each product into the cluster.
    pub fn next(&self) -> &[Next] {
        &self.next
    }

    /// The files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// A file by path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
