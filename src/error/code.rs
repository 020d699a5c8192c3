//! A stable code, and what it means for the exit code.

use std::borrow::Cow;
use std::fmt;

/// What an error means for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input was wrong or an answer is missing: exit code 2.
    Input,
    /// The work failed: exit code 1.
    Failed,
    /// The user interrupted: exit code 130.
    Interrupted,
}

/// A stable error code such as `BW0203`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub(super) Cow<'static, str>);

/// How the codes of wrong input begin.
const INPUT: [&str; 14] = [
    "BW01", "BW02", "BW03", "BW04", "BW071", "BW09", "BW12", "BW13", "BW140", "BW150", "BW160", "BW161", "BW164",
    "BW17",
];

impl Code {
    /// A code that a profile brings for one of its checks; it must read `BW` and four digits.
    pub fn from_profile(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("BW")?;
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code means for the exit code: what begins as `INPUT` says is input, the rest failed.
    pub fn kind(&self) -> Kind {
        if self.0 == Self::INTERRUPTED.0 {
            Kind::Interrupted
        } else if INPUT.iter().any(|start| self.0.starts_with(start)) {
            Kind::Input
        } else {
            Kind::Failed
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
