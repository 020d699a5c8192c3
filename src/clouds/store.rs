//! A cloud's own store of Secrets (AWS Secrets Manager): entries of this spec alone are written, and only when they differ.

use std::collections::BTreeMap;

use super::call::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::names::SpecName;
use crate::base::secret::Secret;
use crate::clouds::call::Failure;
use crate::model::SPEC_TAG;

/// Tags by key.
type Tags = BTreeMap<String, String>;

/// What an entry is found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its tags.
    pub tags: Tags,
    /// Whether it is scheduled for deletion: it can be neither read nor written.
    pub leaving: bool,
}

/// The calls to Secrets Manager. Source: AWS Secrets Manager API Reference.
#[allow(async_fn_in_trait, reason = "the calls of one thread are joined, never sent to another")]
pub trait SecretStore {
    /// DescribeSecret.
    async fn entry(&self, name: &str) -> Answer<Option<FoundEntry>>;
    /// CreateSecret, without content.
    async fn create_entry(&self, name: &str, tags: &Tags) -> Answer<()>;
    /// GetSecretValue; `None` when there is no content yet.
    async fn content(&self, name: &str) -> Answer<Option<Secret>>;
    /// PutSecretValue.
    async fn put_content(&self, name: &str, content: &Secret) -> Answer<()>;
}

/// The entries that are missing; an error when one is there and not ours.
///
/// # Errors
/// `BW0806`, and what the calls bring.
pub async fn missing<'a>(store: &impl SecretStore, names: &[&'a str], spec: &SpecName) -> Result<Vec<&'a str>> {
    let mut missing = Vec::new();
    for name in names {
        match store.entry(name).await? {
            None => missing.push(*name),
            Some(found) => ours(name, &found, spec)?,
        }
    }
    Ok(missing)
}

/// Makes entries without content, before there is any: whoever may not do that is told before a key is made.
///
/// # Errors
/// `BW0806`, and what the calls bring.
pub async fn make(store: &impl SecretStore, names: &[&str], spec: &SpecName) -> Result<()> {
    let tags = Tags::from([(SPEC_TAG.to_owned(), spec.to_string())]);
    for name in names {
        if let Err(error) = store.create_entry(name, &tags).await {
            // The answer may have been lost, or someone was faster.
            match store.entry(name).await? {
                Some(found) if matches!(error.kind, Failure::Exists | Failure::NoAnswer) => ours(name, &found, spec)?,
                _ => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Writes content where it differs; gives the number of entries written.
///
/// # Errors
/// What the calls bring.
pub async fn fill(store: &impl SecretStore, entries: &[(&str, &Secret)]) -> Result<usize> {
    let mut written = 0;
    for (name, content) in entries {
        if store.content(name).await?.is_none_or(|there| !there.is(content)) {
            store.put_content(name, content).await?;
            written += 1;
        }
    }
    Ok(written)
}

fn ours(name: &str, found: &FoundEntry, spec: &SpecName) -> Result<()> {
    let refused = |what: String| Error::new(Code::FOREIGN_ENTRY, what);
    if found.leaving {
        return Err(refused(format!("the Secrets Manager entry {name} is scheduled for deletion"))
            .why("Until it is gone, its name is taken and it cannot be written.")
            .fix(format!("To keep it, run `aws secretsmanager restore-secret --secret-id {name}`.")));
    }
    if found.tags.get(SPEC_TAG).is_some_and(|owner| owner == spec.as_str()) {
        return Ok(());
    }
    Err(refused(format!("the Secrets Manager entry {name} exists and is not this spec's"))
        .why(format!("It lacks the tag {SPEC_TAG}={spec}, so its content may be someone else's."))
        .fix(format!("If it is yours to replace, run `aws secretsmanager tag-resource --secret-id {name} --tags Key={SPEC_TAG},Value={spec}`; else give the spec another `name`.")))
}
