//! Names of S3 general purpose buckets.

use super::checked_text;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Region};

/// What ends the name of a bucket in an account's regional namespace.
///
/// Source: Amazon S3 API, CreateBucket, `x-amz-bucket-namespace` (2026-03).
pub const ACCOUNT_REGIONAL_SUFFIX: &str = "-an";

const FORBIDDEN_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const FORBIDDEN_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The name of a bucket that may be created.
///
/// Source of the rules: Amazon S3 User Guide, "Bucket naming rules".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);
checked_text!(BucketName);

impl BucketName {
    /// Checks a name against the rules for new buckets.
    ///
    /// # Errors
    /// `BW0201` with the rule that is broken and, where there is one, a name that would do.
    pub fn parse(text: &str) -> Result<Self> {
        match broken_rule(text) {
            None => Ok(Self(text.to_owned())),
            Some(rule) => Err(unusable(text, &rule)),
        }
    }

    /// Checks the name of a bucket that exists: also the wider rules of us-east-1 before 2018-03.
    ///
    /// Source: Amazon S3 User Guide, "Bucket naming rules" (255 characters, upper case and `_`).
    ///
    /// # Errors
    /// `BW0201` when no bucket can have this name.
    pub fn parse_existing(text: &str) -> Result<Self> {
        let good = (3..=255).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
            && !text.contains("..");
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::BAD_BUCKET, format!("no bucket can have the name `{text}`"))
            .why("Even old buckets have 3 to 255 letters, digits, `-`, `_` and `.`."))
    }

    /// Checks a name against the rules that every S3 server shares; what AWS alone reserves is free.
    ///
    /// # Errors
    /// `BW0201`, as for [`Self::parse`].
    pub fn parse_of_store(text: &str) -> Result<Self> {
        match broken_form(text) {
            None => Ok(Self(text.to_owned())),
            Some(rule) => Err(unusable(text, &rule)),
        }
    }

    /// Checks the name of a container of Azure's.
    ///
    /// Source: Azure documentation, "Naming and referencing containers, blobs, and metadata".
    ///
    /// # Errors
    /// `BW1602` with the rule that is broken; a name may be valid on S3 all the same.
    pub fn parse_container(text: &str) -> Result<Self> {
        let rule = broken_form(text).or_else(|| {
            text.contains("--").then(|| "each `-` stands between letters or digits, never two together".to_owned())
        });
        let Some(rule) = rule else { return Ok(Self(text.to_owned())) };
        let near =
            suggestion(text).map(|name| name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-"));
        let elsewhere = if Self::parse(text).is_ok() { " On AWS the name would do." } else { "" };
        let error = Error::new(Code::BAD_CONTAINER, format!("`{text}` cannot be the name of a container"))
            .why(format!("Azure's rule: {rule}.{elsewhere}"));
        Err(match near.filter(|name| name.len() >= 3) {
            Some(name) => error.fix(format!("Use `{name}`, for example.")),
            None => error.fix("Use 3 to 63 lower-case letters, digits and `-`, such as `acme-prod-artifacts`."),
        })
    }

    /// Checks a name against the rules of Cloud Storage, which allow `_` and keep `goog` and `google` for Google.
    ///
    /// Source: Cloud Storage documentation, "Bucket names".
    ///
    /// # Errors
    /// `BW1504` with the rule that is broken.
    pub fn parse_of_google(text: &str) -> Result<Self> {
        let plain = text.replace(['0', '_'], "o");
        let rule = if plain.starts_with("goog") || plain.contains("google") {
            Some(
                "names that begin with `goog`, or hold `google` or a close misspelling, are kept for Google".to_owned(),
            )
        } else {
            match broken_form(&text.replace('_', "-")) {
                Some(_) if text.contains('.') => {
                    Some("a name with a dot is a domain, and Google wants a proof that it is yours".to_owned())
                }
                other => other,
            }
        };
        let Some(rule) = rule else { return Ok(Self(text.to_owned())) };
        Err(Error::new(Code::GCP_BUCKET, format!("`{text}` cannot be the name of a bucket in Cloud Storage"))
            .why(format!("Google's rule: {rule}."))
            .fix("Use 3 to 63 lower-case letters, digits, `-` and `_`, such as `acme-prod-artifacts`."))
    }

    /// Whether the name has the form `PREFIX-ACCOUNT-REGION-an` of an account's regional namespace.
    ///
    /// Such a name cannot collide with another account's bucket; its creation needs a header.
    pub fn is_account_regional(&self) -> bool {
        self.0.strip_suffix(ACCOUNT_REGIONAL_SUFFIX).is_some_and(|rest| {
            rest.split('-').any(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
        })
    }

    /// The account-regional form of a prefix.
    ///
    /// # Errors
    /// `BW0201` when the whole would be longer than 63 characters.
    pub fn account_regional(prefix: &str, account: &AccountId, region: &Region) -> Result<Self> {
        Self::parse(&format!("{prefix}-{account}-{region}{ACCOUNT_REGIONAL_SUFFIX}"))
    }
}

fn unusable(text: &str, rule: &str) -> Error {
    let error = Error::new(Code::BAD_BUCKET, format!("`{text}` cannot be the name of a bucket"))
        .why(format!("S3's rule: {rule}."));
    match suggestion(text) {
        Some(name) => error.fix(format!("Use `{name}`, for example.")),
        None => error.fix("Use 3 to 63 lower-case letters, digits and `-`, such as `acme-prod-artifacts`."),
    }
}

/// The first rule that a text breaks, in words.
fn broken_rule(text: &str) -> Option<String> {
    broken_form(text).or_else(|| reserved(text))
}

/// The rules that every S3 server shares.
fn broken_form(text: &str) -> Option<String> {
    if text.len() < 3 || text.len() > 63 {
        return Some(format!("a name has 3 to 63 characters, this one has {}", text.chars().count()));
    }
    if let Some(odd) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '.')) {
        return Some(format!("only lower-case letters, digits and `-` are allowed, not `{odd}`"));
    }
    if text.contains('.') {
        return Some(
            "a dot is legal, but breaks TLS certificates and transfer acceleration, so new buckets must not have one"
                .to_owned(),
        );
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Some("the first and the last character must be a letter or a digit".to_owned());
    }
    None
}

/// What AWS keeps for itself.
fn reserved(text: &str) -> Option<String> {
    if let Some(prefix) = FORBIDDEN_PREFIXES.iter().find(|prefix| text.starts_with(*prefix)) {
        return Some(format!("names that begin with `{prefix}` are reserved"));
    }
    FORBIDDEN_SUFFIXES
        .iter()
        .find(|suffix| text.ends_with(*suffix))
        .map(|suffix| format!("names that end with `{suffix}` are reserved"))
}

/// A valid name near a wrong one, if there is one.
fn suggestion(text: &str) -> Option<String> {
    let mapped: String =
        text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let trimmed = mapped.trim_matches('-').to_owned();
    broken_rule(&trimmed).is_none().then_some(trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass() {
        for name in ["abc", "acme-prod-artifacts", "0-0", &"a".repeat(63), "x--s3x", "name-an"] {
            assert!(BucketName::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn bad_names_name_the_rule() {
        for (name, rule) in [
            ("ab", "3 to 63"),
            (&*"a".repeat(64), "3 to 63"),
            ("Acme-Prod", "not `A`"),
            ("a_b_c", "not `_`"),
            ("a.b.c", "dot"),
            ("192.168.0.1", "dot"),
            ("-abc", "first and the last"),
            ("abc-", "first and the last"),
            ("xn--abc", "xn--"),
            ("sthree-abc", "sthree-"),
            ("amzn-s3-demo-bucket", "amzn-s3-demo-"),
            ("abc-s3alias", "-s3alias"),
            ("abc--ol-s3", "--ol-s3"),
            ("abc--x-s3", "--x-s3"),
            ("abc--table-s3", "--table-s3"),
            ("bücket", "not `ü`"),
        ] {
            let error = BucketName::parse(name).expect_err(name);
            assert!(error.reason().is_some_and(|why| why.contains(rule)), "{name}: {error:?} {:?}", error.reason());
        }
    }

    #[test]
    fn what_aws_reserves_is_free_elsewhere() {
        for name in ["xn--abc", "sthree-backups", "abc-s3alias"] {
            assert!(BucketName::parse(name).is_err() && BucketName::parse_of_store(name).is_ok(), "{name}");
        }
        for name in ["ab", "a.b.c", "A-b", "-abc"] {
            assert!(BucketName::parse_of_store(name).is_err(), "{name}");
        }
    }

    #[test]
    fn containers_have_rules_of_their_own() {
        for name in ["abc", "sthree-backups", "abc-s3alias"] {
            assert!(BucketName::parse_container(name).is_ok(), "{name}");
        }
        let error = BucketName::parse_container("acme--lfs").expect_err("two dashes");
        assert!(BucketName::parse("acme--lfs").is_ok() && error.reason().is_some_and(|why| why.contains("On AWS")));
        assert_eq!(error.remedy(), Some("Use `acme-lfs`, for example."));
        for bad in ["ab", "$root", "Acme", "a.b.c", "-abc", &"a".repeat(64)] {
            assert!(BucketName::parse_container(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_may_be_good_on_one_cloud_only() {
        let (on_aws, on_google) = (BucketName::parse, BucketName::parse_of_google);
        assert!(on_aws("acme_lfs").is_err() && on_google("acme_lfs").is_ok());
        for name in ["goog-acme", "acme-google-lfs", "acme-g00gle-lfs"] {
            assert!(on_aws(name).is_ok() && on_google(name).is_err(), "{name}");
        }
        assert!(on_aws("xn--acme").is_err() && on_google("xn--acme").is_ok());
        for name in ["ab", "a.example.com", "Acme", "_acme", "acme-", "bücket"] {
            assert!(on_google(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_suggestion_is_itself_valid() {
        let error = BucketName::parse("Acme_Prod Artifacts").expect_err("bad");
        assert_eq!(error.remedy(), Some("Use `acme-prod-artifacts`, for example."));
    }

    #[test]
    fn account_regional_names_are_recognised() {
        let account = AccountId::parse("012345678901").expect("account");
        let region = Region::parse("eu-west-1").expect("region");
        let name = BucketName::account_regional("acme", &account, &region).expect("name");
        assert_eq!(name.as_str(), "acme-012345678901-eu-west-1-an");
        assert!(name.is_account_regional());
        assert!(!BucketName::parse("urban-an").expect("name").is_account_regional());
    }
}
