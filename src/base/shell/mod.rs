//! Commands that a person or a script gives to a POSIX shell: their words, quoted, and whole commands as data.

mod command;
mod wrap;

use std::path::Path;

pub use command::{Command, OUT, Part, Purpose, Seat};
pub use wrap::wrapped;

/// A word as the shell reads it back: as it is when it is plain, else in single quotes.
///
/// Source: POSIX.1-2024, Shell Command Language, 2.2 "Quoting".
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A path as such a word.
pub fn path(path: &Path) -> String {
    word(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_they_must_be() {
        assert_eq!(word("acme-lfs"), "acme-lfs");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word(""), "''");
        assert_eq!(word("~x"), "'~x'");
        assert_eq!(path(Path::new("my files/out")), "'my files/out'");
    }
}
