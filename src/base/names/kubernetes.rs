//! Kubernetes names.

use super::checked_text;
use crate::base::error::{Code, Error, Result};

/// A name by RFC 1123: labels of `a-z`, `0-9` and `-`, joined by dots; at most 253 characters.
///
/// ServiceAccounts and Secrets have such names. Source: Kubernetes, "Object Names and IDs".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(String);
checked_text!(DnsName);

impl DnsName {
    /// Checks a name; `what` says what it names, as in `ServiceAccount`.
    ///
    /// # Errors
    /// `BW0204` with the rule.
    pub fn parse(what: &str, text: &str) -> Result<Self> {
        if text.len() <= 253 && text.split('.').all(|label| is_label(label, 253)) {
            return Ok(Self(text.to_owned()));
        }
        Err(bad(
            what,
            text,
            "lower-case letters, digits, `-` and `.`, begins and ends with a letter or digit, and has at most 253 characters",
        ))
    }
}

/// Folders in the output folder that no install may have: policies, and keys with their intents.
pub const OWN_FOLDERS: [&str; 2] = ["iam", "credentials"];

/// A single label by RFC 1123, at most 63 characters: namespaces and, at most 53, Helm releases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsLabel(String);
checked_text!(DnsLabel);

impl DnsLabel {
    /// Checks a namespace.
    ///
    /// # Errors
    /// `BW0204` with the rule.
    pub fn namespace(text: &str) -> Result<Self> {
        Self::with_limit("namespace", text, 63)
    }

    /// Checks the id of an install. It names a folder beside those that bucketwright writes itself.
    ///
    /// # Errors
    /// `BW0204` with the rule, `BW0112` for the name of a folder that is taken.
    pub fn install_id(text: &str) -> Result<Self> {
        if OWN_FOLDERS.contains(&text) {
            return Err(Error::new(Code::TAKEN_NAME, format!("`{text}` cannot be the id of an install"))
                .why(format!(
                    "The id names the install's folder, and `{text}/` in the output folder is bucketwright's own."
                ))
                .fix(format!("Give the install another `id`, such as `id: {text}-1`.")));
        }
        Self::with_limit("install", text, 63)
    }

    /// Checks the name of a Helm release, which has at most 53 characters.
    ///
    /// Source: Helm, `ValidateReleaseName`.
    ///
    /// # Errors
    /// `BW0204` with the rule.
    pub fn release(text: &str) -> Result<Self> {
        Self::with_limit("release", text, 53)
    }

    fn with_limit(what: &str, text: &str, limit: usize) -> Result<Self> {
        if is_label(text, limit) {
            return Ok(Self(text.to_owned()));
        }
        let rule = format!(
            "lower-case letters, digits and `-`, begins and ends with a letter or digit, and has 1 to {limit} characters"
        );
        Err(bad(what, text, &rule))
    }
}

/// The name of a key in a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretKey(String);
checked_text!(SecretKey);

impl SecretKey {
    /// Checks a Secret's key: letters, digits, `-`, `_` and `.`, at most 253.
    ///
    /// # Errors
    /// `BW0204` with the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let good = !text.is_empty()
            && text.len() <= 253
            && text != "."
            && text != ".."
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if good { Ok(Self(text.to_owned())) } else { Err(bad("Secret key", text, "letters, digits, `-`, `_` and `.`")) }
    }
}

fn is_label(text: &str, limit: usize) -> bool {
    (1..=limit).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn bad(what: &str, text: &str, rule: &str) -> Error {
    Error::new(Code::BAD_KUBERNETES_NAME, format!("`{text}` cannot be the name of a {what}"))
        .why(format!("Such a name holds only {rule}."))
        .fix("Choose a name such as `gitlab` or `acme-prod`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_names() {
        assert!(DnsLabel::namespace("gitlab").is_ok());
        assert!(DnsLabel::namespace("a.b").is_err());
        assert!(DnsLabel::namespace("").is_err());
        assert!(DnsLabel::release(&"a".repeat(53)).is_ok());
        assert!(DnsLabel::release(&"a".repeat(54)).is_err());
        for own in OWN_FOLDERS {
            assert_eq!(DnsLabel::install_id(own).map_err(|error| error.code().clone()), Err(Code::TAKEN_NAME));
        }
        assert!(DnsLabel::install_id("gitlab").is_ok());
        assert!(DnsLabel::install_id("..").is_err());
        assert!(DnsName::parse("ServiceAccount", "a.b-c").is_ok());
        assert!(DnsName::parse("ServiceAccount", "A").is_err());
        assert!(DnsName::parse("ServiceAccount", "a..b").is_err());
        assert!(SecretKey::parse("service-account.json").is_ok());
        assert!(SecretKey::parse("a/b").is_err());
    }
}
