//! Names of IAM users, roles and policies.

use super::checked_text;
use crate::base::error::{Code, Error, Result};

/// What an IAM name names; the length that IAM allows depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamNameKind {
    /// A user: up to 64 characters.
    User,
    /// A role: up to 64 characters.
    Role,
}

/// The name of a user, role or policy.
///
/// Source of the rules: IAM API reference, CreateUser, CreateRole and CreatePolicy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IamName(String);
checked_text!(IamName);

impl IamName {
    /// Checks a name.
    ///
    /// # Errors
    /// `BW0205` when it is empty, too long, or holds a character that IAM refuses.
    pub fn parse(kind: IamNameKind, text: &str) -> Result<Self> {
        let (word, longest) = match kind {
            IamNameKind::User => ("user", 64),
            IamNameKind::Role => ("role", 64),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let why = if text.is_empty() || text.chars().count() > longest {
            format!("The name of a {word} has 1 to {longest} characters, this one has {}.", text.chars().count())
        } else if let Some(odd) = text.chars().find(|c| !allowed(*c)) {
            format!("IAM allows letters, digits and `_+=,.@-`, not `{odd}`.")
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Error::new(Code::BAD_IAM_NAME, format!("`{text}` cannot be the name of a {word}"))
            .why(why)
            .fix("Shorten the spec's `name` or the install's `id`: IAM names are made of both."))
    }

    /// Whether two names are one to IAM, which ignores case.
    pub fn same_as(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// The path of users, roles and policies in IAM: `/`, or words between slashes, such as `/acme/apps/`.
///
/// Source of the rules: IAM API reference, CreateRole, `Path`. Characters that a policy would take for a pattern are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IamPath(String);
checked_text!(IamPath);

impl IamPath {
    /// Checks a path.
    ///
    /// # Errors
    /// `BW0205` when it does not begin and end with a slash, is too long, or holds a character that it must not.
    pub fn parse(text: &str) -> Result<Self> {
        let inner =
            text.strip_prefix('/').and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_suffix('/') });
        let good = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
        };
        match inner {
            Some("") if text == "/" => return Ok(Self::default()),
            Some(words) if text.len() <= 512 && words.split('/').all(good) => return Ok(Self(text.to_owned())),
            _ => {}
        }
        let words: Vec<&str> = text.split('/').filter(|word| good(word)).collect();
        let near = if words.is_empty() { "acme/apps".to_owned() } else { words.join("/") };
        Err(Error::new(Code::BAD_IAM_NAME, format!("`{text}` cannot be a path in IAM"))
            .why("A path begins and ends with a slash; its words hold letters, digits and `_+=,.@-`; it has at most 512 characters.")
            .fix(format!("Write `/{near}/`, or leave it out for `/`.")))
    }

    /// The path as it is in an ARN behind `user/`, `role/` or `policy/`: nothing, or words that end with a slash.
    pub fn in_arn(&self) -> &str {
        self.0.trim_start_matches('/')
    }
}

impl Default for IamPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_depends_on_the_kind() {
        let long = "a".repeat(65);
        assert!(IamName::parse(IamNameKind::Role, &long).is_err());
        assert!(IamName::parse(IamNameKind::User, &long).is_err());
    }

    #[test]
    fn odd_characters_are_named() {
        let error = IamName::parse(IamNameKind::Role, "a b").expect_err("blank");
        assert!(error.reason().is_some_and(|why| why.contains("` `")));
        assert!(IamName::parse(IamNameKind::Role, "A_b+=,.@-9").is_ok());
    }

    #[test]
    fn paths_stand_between_slashes() {
        for (text, in_arn) in [("/", ""), ("/acme/", "acme/"), ("/acme/apps-1/", "acme/apps-1/")] {
            assert_eq!(IamPath::parse(text).expect(text).in_arn(), in_arn);
        }
        for bad in ["", "acme", "/acme", "acme/", "//", "/a//b/", "/a b/", "/a*/", "/a?/", "/../x y/"] {
            let error = IamPath::parse(bad).expect_err(bad);
            assert!(error.remedy().is_some_and(|fix| fix.starts_with("Write `/")), "{bad}");
        }
        assert!(IamPath::parse("/acme").is_err_and(|error| error.remedy().is_some_and(|fix| fix.contains("`/acme/`"))));
    }

    #[test]
    fn case_does_not_tell_names_apart() {
        assert!(IamName::parse(IamNameKind::User, "Acme").expect("ok").same_as("ACME"));
    }
}
