//! Names of files that others than the user choose: a profile, a chart.

use serde::{Deserialize, Deserializer};

use super::checked_text;
use crate::base::error::{Code, Error, Result};

/// The longest name: with what a protection adds to it, far below the 255 bytes that file systems take.
const LONGEST: usize = 100;

/// The name of a plain file in a folder of ours: it can neither leave the folder nor hide in it.
///
/// Rules: 1 to 100 characters, letters, digits, `.`, `_` and `-`; the first is a letter or digit, the last is no dot. So
/// there is no separator, no `..`, no leading dot or dash, and nothing that a shell or a terminal would take for more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);
checked_text!(FileName);

impl FileName {
    /// Checks a name.
    ///
    /// # Errors
    /// `BW0105` with the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let good = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes()[0].is_ascii_alphanumeric()
            && !text.ends_with('.');
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of a file"))
            .why("A file is written into the install's folder and nowhere else, so its name is no path.")
            .fix("Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit, such as `storage.yaml`."))
    }

    /// Whether a file system that ignores case takes two names for one.
    pub fn same_as(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| error.in_reader())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        for good in ["values.yaml", "s3cmd.cfg", "a", "Gradient.auto.tfvars.json", "0-x_y.z"] {
            assert!(FileName::parse(good).is_ok(), "{good}");
        }
        let long = "a".repeat(101);
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "/etc/passwd",
            ".gitignore",
            "-rf",
            "a.",
            "a b",
            "a\nb",
            "a\0",
            "ä",
            "$(x)",
            "a;b",
            "C:x",
            &long,
        ] {
            assert!(FileName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn case_does_not_tell_names_apart() {
        assert!(FileName::parse("Values.yaml").expect("a name").same_as("values.YAML"));
    }
}
