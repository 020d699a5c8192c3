//! Checked names: a value of one of these types is valid.
//!
//! Each type is made only by its `parse`, which says which rule a text breaks and how to fix it.

mod bucket;
mod chart;
mod cloud;
mod file;
mod iam;
mod kind;
mod kubernetes;
mod regions;

pub use bucket::BucketName;
pub use chart::{ChartName, RepositoryUrl};
pub use cloud::{AccountId, Arn, Endpoint, Issuer, Partition, Region};
pub use file::FileName;
pub use iam::{IamName, IamNameKind, IamPath};
pub use kind::Kind;
pub use kubernetes::{DnsLabel, DnsName, SecretKey};

use aws_lc_rs::digest::{SHA256, digest};

use crate::base::error::{Code, Error, Result};

/// Makes a name a checked string type: `as_str`, `Display`, ordering, and serialisation as plain text.
macro_rules! checked_text {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}
pub(crate) use checked_text;

/// What tells a spec from others of its name in one account: it becomes a tag.
///
/// Rules: 4 to 32 characters, `a-z`, `0-9` and `-`, first and last a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecId(String);
checked_text!(SpecId);

impl SpecId {
    /// Checks a spec's id.
    ///
    /// # Errors
    /// `BW0213` with the rule that is broken.
    pub fn parse(text: &str) -> Result<Self> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = text.bytes().next().is_some_and(good) && text.bytes().last().is_some_and(good);
        if ends && (4..=32).contains(&text.len()) && text.bytes().all(|b| good(b) || b == b'-') {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_SPEC_ID, format!("`{text}` cannot be the id of a spec"))
            .why("It is a tag that tells this spec from others of the same name: 4 to 32 lower-case letters, digits and `-`, the first and the last a letter or digit.")
            .fix("Leave `id` out: `apply` makes one and prints the line. Or use a random text such as `k3m9-q2x7`."))
    }

    /// The first id of a spec in an account: 40 bits of a digest, as 8 characters without those that look alike. The same text gives
    /// the same id, so that two runs at once agree; other specs of its name differ in their text.
    pub fn first(account: &AccountId, text: &str) -> Self {
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        let digest = digest(&SHA256, format!("{account}\n{text}").as_bytes());
        Self(digest.as_ref().iter().take(8).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
    }
}

/// A spec's name: it becomes a part of bucket names, role names and tags.
///
/// Rules: 1 to 32 characters, `a-z`, `0-9` and `-`, first a letter, last a letter or digit. The length leaves room for
/// suffixes in a bucket name of 63.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecName(String);
checked_text!(SpecName);

impl SpecName {
    /// Checks a spec's name.
    ///
    /// # Errors
    /// `BW0208` with the rule that is broken.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |why: &str| {
            Err(Error::new(Code::BAD_SPEC_NAME, format!("`{text}` cannot be the name of a spec"))
                .why(format!("It becomes a part of bucket, role and user names, so {why}."))
                .fix("Use a short name such as `acme-prod`."))
        };
        if text.is_empty() || text.len() > 32 {
            return bad("it must have 1 to 32 characters");
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return bad("it may hold only lower-case letters, digits and `-`");
        }
        if !text.as_bytes()[0].is_ascii_lowercase() || text.ends_with('-') {
            return bad("it must start with a letter and end with a letter or digit");
        }
        Ok(Self(text.to_owned()))
    }
}
