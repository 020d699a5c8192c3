//! Secret values in memory, and the references by which a spec names them.
//!
//! A [`Secret`] has no `Debug`, `Display` or `Serialize` that shows it, is wiped when dropped, and leaves this room only
//! through [`Secret::expose`], which a test confines to the rooms that must write it.

mod reference;

pub use reference::Reference;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::base::error::{Code, Error};

/// Stands at both ends of what marks the place of a secret while documents are built: a private character, which the texts
/// that a user gives must not hold.
pub const MARK: char = '\u{f8ff}';

/// Stands in every id and key file that a rehearsal makes.
pub const REHEARSED: &str = "REHEARSAL";
/// How the secret halves begin that a rehearsal makes.
pub const REHEARSED_SECRET: &str = "rehearsal-not-a-secret";

/// A secret value.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into custody. Its old place is wiped: a text with room to spare would be moved, and leave a copy behind.
    pub fn new(value: impl Into<String>) -> Self {
        let value = Zeroizing::new(value.into());
        Self(SecretString::from(value.as_str()))
    }

    /// The value itself. Only writers of documents and the cloud's own client may ask for it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it is some text without blanks at its ends.
    pub fn is_trimmed(&self) -> bool {
        let value = self.expose();
        !value.is_empty() && value.trim() == value
    }

    /// Whether it was made by a rehearsal. No key of AWS can read so: their ids are of `A` to `Z` and `2` to `7`, and a
    /// rehearsal's end in zeros and ones.
    pub fn is_rehearsed(&self) -> bool {
        let value = self.expose();
        value.contains(REHEARSED) || value.starts_with(REHEARSED_SECRET)
    }

    /// Whether both are the same text.
    pub fn is(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a word looks like a key or another machine-made secret: AWS's key ids, and long words of mixed letters and digits.
///
/// Source of the shapes: IAM User Guide, "IAM identifiers" (ids of 20 characters, `AKIA` and `ASIA`); secret halves have 40.
pub fn looks_secret(word: &str) -> bool {
    let any = |of: fn(&u8) -> bool| word.bytes().any(|byte| of(&byte));
    let mixed = any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase);
    let id = ["AKIA", "ASIA"].iter().any(|begin| word.starts_with(begin));
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+=_-".contains(&byte))
        && ((id && word.len() >= 20) || (mixed && (word.len() == 40 || (word.len() >= 24 && any(u8::is_ascii_digit)))))
}

/// An access key: both halves are kept as secrets.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The key's id.
    pub id: Secret,
    /// The secret half.
    pub secret: Secret,
}

impl AccessKey {
    /// Whether it was made by a rehearsal.
    pub fn is_rehearsed(&self) -> bool {
        self.id.is_rehearsed() || self.secret.is_rehearsed()
    }
}

/// That a real run was given a rehearsal's key, by whatever holds it.
pub fn rehearsed_key(holder: &str) -> Error {
    Error::new(Code::REHEARSED_KEY, format!("{holder} holds a rehearsal's key"))
        .why("A rehearsal makes its keys in memory: no cloud knows them, and a chart that gets them loses its storage.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_names() {
        for secret in ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "glpat-Ab3dEf6hIjKlMnOpQrSt"]
        {
            assert!(looks_secret(secret), "{secret}");
        }
        for name in
            ["accessKeyId", "abortUploadsAfterDays", "acme-prod-argo-artifacts-eu-west-1", "env:ARGO_KEY_ID", ""]
        {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let key = AccessKey { id: Secret::new("AKIAEXAMPLE"), secret: Secret::new("hush") };
        let text = format!("{key:?}");
        assert!(!text.contains("hush") && !text.contains("AKIA"), "{text}");
    }
}
