//! Names and addresses of charts, which are in commands.

use serde::{Deserialize, Deserializer};

use super::checked_text;
use crate::base::error::{Code, Error, Result};

/// The name of a chart, or that under which Helm knows a repository: letters, digits, `.`, `_` and `-`.
///
/// Source: Helm, `chart/metadata.go`, "ValidateName" takes no path; `repo add` refuses a `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartName(String);
checked_text!(ChartName);

/// The address of a chart repository: `https://`, `http://` or `oci://`, and nothing that a shell would take for more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryUrl(String);
checked_text!(RepositoryUrl);

impl ChartName {
    /// Checks a name.
    ///
    /// # Errors
    /// `BW0105` with the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let good = (1..=200).contains(&text.len())
            && text.as_bytes()[0].is_ascii_alphanumeric()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of a chart or repository"))
            .why("It is in the commands that people copy.")
            .fix("Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit."))
    }
}

impl RepositoryUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// `BW0105` with the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = ["https://", "http://", "oci://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~:/%+-".contains(&byte);
        if text.len() <= 500 && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain)) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the address of a chart repository"))
            .why("It is in the commands that people copy; a user or key has no place in it.")
            .fix("Write `https://HOST/PATH` or `oci://HOST/PATH`."))
    }
}

impl<'de> Deserialize<'de> for ChartName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| error.in_reader())
    }
}

impl<'de> Deserialize<'de> for RepositoryUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| error.in_reader())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_needs_quotes() {
        assert!(ChartName::parse("argo-workflows").is_ok());
        for bad in ["", "evil; touch x #", "-n", "a b", "a/b", "$(x)", "a\nb", "../x"] {
            assert!(ChartName::parse(bad).is_err(), "{bad}");
        }
        for good in
            ["https://argoproj.github.io/argo-helm", "oci://ghcr.io/acme/charts", "http://localhost:8080/charts"]
        {
            assert!(RepositoryUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "https://x; touch y",
            "https://u:p@x",
            "file:///etc",
            "https://",
            "--help",
            "https://x?a&b",
            "javascript:x",
        ] {
            assert!(RepositoryUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
