//! A stable code, and what it means for the exit code.

use std::borrow::Cow;
use std::fmt;

/// What an error means for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input was wrong or an answer is missing: exit code 2.
    Input,
    /// The work failed: exit code 1.
    Failed,
    /// A difference or a finding, in what the user gave or in what is live: exit code 3.
    Finding,
    /// The user interrupted: exit code 130.
    Interrupted,
}

impl ErrorKind {
    /// The exit code.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Input => 2,
            Self::Finding => 3,
            Self::Interrupted => 130,
        }
    }

    /// What the exit code means, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Failed => "the work failed",
            Self::Input => "the input was wrong, or an answer is missing",
            Self::Finding => "there is a difference or a finding",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A stable error code such as `BW0203`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    text: Cow<'static, str>,
    kind: ErrorKind,
}

impl Code {
    /// A code of the table in `codes.rs`.
    pub(super) const fn new(text: &'static str, kind: ErrorKind) -> Self {
        Self { text: Cow::Borrowed(text), kind }
    }

    /// A code that a profile brings for one of its checks; it must read `BW` and four digits. Such a check judges the spec, so
    /// it means wrong input.
    pub fn from_profile(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("BW")?;
        let right = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
        right.then(|| Self { text: Cow::Owned(text.to_owned()), kind: ErrorKind::Input })
    }

    /// A code by its text: of the program's table, else of a profile.
    pub fn named(text: &str) -> Option<Self> {
        let known = Self::ALL.iter().map(|(code, _)| code).find(|code| code.as_str() == text);
        known.cloned().or_else(|| Self::from_profile(text))
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the code means for the exit code.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
