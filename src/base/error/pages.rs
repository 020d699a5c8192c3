//! What `docs/errors.md` says of each code. The page is part of the program, so it can be read without a network.

use super::Code;

const DOCUMENT: &str = include_str!("../../../docs/errors.md");

/// What is said of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// What it means, in one sentence.
    pub title: &'static str,
    /// The exit code that the page names.
    pub exit: &'static str,
    /// How it comes about, as Markdown without blocks.
    pub cause: &'static str,
    /// A message as the program prints it.
    pub example: &'static str,
    /// How to mend it, as Markdown without blocks.
    pub fix: &'static str,
}

impl Page {
    /// The page of a code of the program; codes of profiles have none here.
    pub fn of(code: &Code) -> Option<Self> {
        Self::all().find(|page| page.code == code.as_str())
    }

    /// All pages, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        DOCUMENT.split("\n## BW").skip(1).map(Self::parse)
    }

    /// Reads what follows `## BW`: digits, the title, `Exit code N.`, `**Cause.**`, a block, `**Fix.**`. What is not there is empty.
    fn parse(section: &'static str) -> Self {
        let section = section.split("\n## ").next().unwrap_or_default();
        let (digits, rest) = section.split_once('\n').unwrap_or((section, ""));
        let (head, rest) = rest.split_once("**Cause.**").unwrap_or((rest, ""));
        let (title, exit) = head.split_once("\n\nExit code ").unwrap_or((head, ""));
        let (cause, rest) = rest.split_once("\n```\n").unwrap_or((rest, ""));
        let (example, rest) = rest.split_once("\n```\n").unwrap_or(("", rest));
        let fix = rest.split_once("**Fix.**").unwrap_or_default().1;
        let code = Code::ALL.iter().map(|(code, _)| code.as_str()).find(|code| code[2..] == *digits.trim());
        Self {
            code: code.unwrap_or(digits),
            title: title.trim(),
            exit: exit.trim().trim_end_matches('.'),
            cause: cause.trim(),
            example: example.trim_matches('\n'),
            fix: fix.trim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document and the table say the same: each code has one section, each section a code, in one order.
    #[test]
    fn every_code_has_its_page() {
        let pages: Vec<_> = Page::all().map(|page| (page.code, page.title, page.exit.to_owned())).collect();
        let table: Vec<_> =
            Code::ALL.iter().map(|(code, title)| (code.as_str(), *title, code.kind().exit().to_string())).collect();
        for entry in &table {
            assert!(pages.contains(entry), "docs/errors.md lacks {entry:?}: code, title, exit code");
        }
        for entry in &pages {
            assert!(table.contains(entry), "docs/errors.md has {entry:?}, which no code has");
        }
        assert_eq!(pages, table, "a code stands twice in docs/errors.md, or the order differs");
    }

    #[test]
    fn every_page_is_whole() {
        for page in Page::all() {
            assert!(page.cause.len() > 20, "{}: no cause", page.code);
            assert!(page.fix.len() > 10, "{}: no fix", page.code);
            assert!(page.example.starts_with(page.code), "{}: the example is of another code", page.code);
            assert!(
                (page.example.contains("× ") || page.example.contains("⚠ ")) && page.example.contains("help: "),
                "{}: {}",
                page.code,
                page.example
            );
            for text in [page.cause, page.fix] {
                assert!(
                    !text.contains("\n\n") && !text.contains("**") && !text.contains("]("),
                    "{}: {text}",
                    page.code
                );
            }
        }
    }
}
