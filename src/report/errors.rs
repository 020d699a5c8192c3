//! Errors in words and as JSON.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde_json::{Value, json};
use textwrap::{WordSeparator, WordSplitter};

use super::Screen;
use super::layout::{GLUE, glued};
use crate::base::error::Error;

/// An error as a person reads it: code, what, where, why, fix. Only the line in question is shown of a file.
pub fn error_text(error: &Error, screen: &Screen) -> String {
    error.all().map(|one| drawn(one, *screen)).collect()
}

/// One error or finding, drawn. What is to be pasted is never broken: a command in backquotes, and a line that is indented.
pub(super) fn drawn(one: &dyn Diagnostic, screen: Screen) -> String {
    let mut out = String::new();
    let help = one.help().map(|help| glued(&help.to_string()));
    match handler(screen).render_report(&mut out, &Drawn { one, help }) {
        Ok(()) => out.replace(GLUE, " "),
        Err(_) => format!("{one:?}\n"),
    }
}

/// An error or finding with another help.
struct Drawn<'a> {
    one: &'a dyn Diagnostic,
    help: Option<String>,
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.one, f)
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.one, f)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.one.code()
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.one.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.one.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.one.labels()
    }
}

/// The widest lines of an error.
const WIDEST: usize = 100;

/// How errors and findings are drawn.
fn handler(screen: Screen) -> GraphicalReportHandler {
    let theme = if screen.colour() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    // A command is copied from a message: no name in it may be torn at a hyphen.
    GraphicalReportHandler::new_themed(theme)
        .with_context_lines(0)
        .with_width(screen.width().map_or(WIDEST, |width| width.min(WIDEST)))
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .without_cause_chain()
}

/// An error as a program reads it.
pub fn error_json(error: &Error) -> Value {
    json!({"version": 1, "errors": error.all().map(one_json).collect::<Vec<_>>()})
}

/// One of the errors that were found together.
pub(super) fn one_json(error: &Error) -> Value {
    let place = error.place().map(|place| {
        let (line, column) = place.line_column();
        json!({"file": place.file(), "line": line, "column": column})
    });
    json!({"code": error.code().as_str(), "what": error.what(), "why": error.reason(), "fix": error.remedy(), "place": place})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;
    use crate::report::Colour;

    #[test]
    fn commands_are_never_broken() {
        let long =
            format!("aws iam detach-role-policy --role-name {} --policy-arn arn:aws:iam::1:policy/x", "a".repeat(60));
        let lines =
            format!("gcloud storage buckets create gs://{} --project p --location europe-west2", "b".repeat(70));
        let error = Error::new(Code::WRONG_VALUE, "it is wrong")
            .why("Somebody has attached it, and nobody knows who that was, when it was, or what it was good for.")
            .fix(format!("Look at it, and when it is nobody's, detach it: `{long}`. Or type:\n  {lines}\n  {long}\nA ` alone is nothing."));
        let text = error_text(&error, &Screen::new(Colour::Never, true));
        // As a shell reads it: a `\` at the end of a line joins it with the next.
        let pasted = text.lines().map(str::trim).collect::<Vec<_>>().join("\n").replace(" \\\n", " ");
        assert_eq!((pasted.matches(&long).count(), pasted.matches(&lines).count()), (2, 1), "{text}");
        assert!(!text.contains(GLUE) && text.contains("A ` alone is nothing."), "{text}");
    }
}
