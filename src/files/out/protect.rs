//! What is done to a bundle before it goes anywhere: sealed, encrypted, or exchanged for references to a store.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::{Certificate, Entry, ExternalStore, Recipient, Scope, manifest, sops};
use crate::base::error::{Code, Error, Result};
use crate::base::names::SpecName;
use crate::base::secret::Secret;
use crate::base::yaml;
use crate::base::yaml::Node;
use crate::render::{Bundle, Content, File, Keeping, SecretForm};

/// What becomes of the Secrets' manifests.
#[derive(Debug, Default)]
pub enum Guard {
    /// Nothing: they go with the rest.
    #[default]
    None,
    /// They are sealed.
    Seal(Certificate, Scope),
    /// They are put into a store.
    ExternalStore(ExternalStore),
}

/// How a bundle is protected. The default leaves private files as they are.
#[derive(Debug)]
pub struct Protection {
    /// What becomes of Secrets.
    pub guard: Guard,
    /// For whom the rest is encrypted; Secrets too, unless they are guarded otherwise.
    pub recipients: Vec<Recipient>,
    /// When this is.
    pub now: SystemTime,
    /// The options by which it was asked for, as words, so that a command which is proposed asks for the same.
    pub asked: Vec<String>,
}

impl Default for Protection {
    fn default() -> Self {
        Self { guard: Guard::None, recipients: Vec::new(), now: SystemTime::now(), asked: Vec::new() }
    }
}

/// A bundle in which nothing is secret that is to be protected, and what belongs into the store.
#[derive(Debug, Default)]
pub struct Protected {
    /// The files.
    pub bundle: Bundle,
    /// The entries of the store.
    pub entries: Vec<Entry>,
    /// Where the same content would be in plaintext.
    pub replaced: Vec<String>,
    /// Where what is secret is in plaintext, and the form that each takes.
    pub forms: Vec<(String, SecretForm)>,
    /// The files that hold a secret, or bring one into a cluster, whatever their form.
    pub secrets: BTreeSet<String>,
    /// The files whose bytes are new each time, though they say the same: what is in them cannot be compared.
    pub fresh: BTreeSet<String>,
}

impl Protected {
    /// The same without anything that hands a secret on.
    ///
    /// # Errors
    /// None; leaving out cannot fail.
    pub fn without_secrets(self) -> Result<Self> {
        let held = |path: &str| self.secrets.contains(path);
        let bundle = self.bundle.exchange(|path, file| Ok((!held(path)).then(|| (path.to_owned(), file))))?;
        Ok(Self { bundle, ..Self::default() })
    }
}

impl Protection {
    /// The form that each private file takes.
    pub fn keeping(&self) -> Keeping {
        let rest = |otherwise| if self.recipients.is_empty() { otherwise } else { SecretForm::Encrypted };
        match self.guard {
            Guard::None => Keeping { secrets: rest(SecretForm::Plain), rest: rest(SecretForm::Plain) },
            Guard::Seal(..) => Keeping { secrets: SecretForm::Sealed, rest: rest(SecretForm::LeftOut) },
            Guard::ExternalStore(_) => Keeping { secrets: SecretForm::External, rest: rest(SecretForm::LeftOut) },
        }
    }

    /// Protects a bundle that was rendered with the same keeping.
    ///
    /// # Errors
    /// `BW0804` when a chart needs a plain file that would be left out.
    pub fn protect(&self, bundle: Bundle, spec: &SpecName) -> Result<Protected> {
        let keeping = self.keeping();
        let (mut entries, mut replaced, mut fresh) = (Vec::new(), Vec::new(), BTreeSet::new());
        let (mut secrets, mut forms) = (BTreeSet::new(), Vec::new());
        let bundle = bundle.exchange(|path, file| {
            let Content::Private(text) = &file.content else { return Ok(Some((path.to_owned(), file))) };
            secrets.extend(keeping.path(path));
            forms.push((path.to_owned(), keeping.form(path)));
            if keeping.form(path) == SecretForm::Plain {
                return Ok(Some((path.to_owned(), file)));
            }
            replaced.push(path.to_owned());
            let Some(there) = keeping.path(path) else {
                return if Keeping::is_values(path) { Err(needs_plain(path)) } else { Ok(None) };
            };
            let text = match keeping.form(path) {
                SecretForm::Encrypted => sops::encrypt(path, text, &self.recipients, self.now)?,
                _ => self.guarded(text, spec, &mut entries)?,
            };
            if matches!(keeping.form(path), SecretForm::Encrypted | SecretForm::Sealed) {
                fresh.insert(there.clone());
            }
            Ok(Some((there, File { kind: file.kind, content: Content::Public(text) })))
        })?;
        Ok(Protected { bundle, entries, replaced, forms, secrets, fresh })
    }

    /// The manifests that stand in for Secrets.
    fn guarded(&self, text: &Secret, spec: &SpecName, entries: &mut Vec<Entry>) -> Result<String> {
        let mut manifests = Vec::new();
        for secret in manifest::secrets(text)? {
            let value = match &self.guard {
                Guard::Seal(certificate, scope) => certificate.seal(&secret, *scope)?,
                Guard::ExternalStore(store) => {
                    let entry = Entry::of(&secret, spec.as_str())?;
                    let value = store.manifest(&secret, &entry.name);
                    entries.push(entry);
                    value
                }
                Guard::None => continue,
            };
            manifests.push(yaml::write(&Node::Leaf(value, None)));
        }
        Ok(format!("{}{}", heading(text), manifests.join("---\n")))
    }
}

/// The comments at the top: what the file is, and in a rehearsal that it is one.
pub(super) fn heading(text: &Secret) -> String {
    text.expose().split_inclusive('\n').take_while(|line| line.starts_with('#')).collect()
}

fn needs_plain(path: &str) -> Error {
    Error::new(Code::NEEDS_PLAIN, format!("{path} would hold a key in plaintext beside the protected Secrets"))
        .why("This chart takes the key only as a plain value, which can be neither sealed nor fetched from a store.")
        .fix("Add `--encrypt age:RECIPIENT`, so that this file is encrypted while Secrets are protected as you asked; or give the install `identity: irsa`, which needs no key.")
}
