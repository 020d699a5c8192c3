//! Errors in words and as JSON.

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::{Value, json};
use textwrap::{WordSeparator, WordSplitter};

use super::Screen;
use crate::error::Error;

/// An error as a person reads it: code, what, where, why, fix. Only the line in question is shown of a file.
pub fn error_text(error: &Error, screen: &Screen) -> String {
    let handler = handler(*screen);
    let mut out = String::new();
    for one in error.all() {
        if handler.render_report(&mut out, one).is_err() {
            out.push_str(&format!("{one:?}\n"));
        }
    }
    out
}

/// How errors and findings are drawn.
pub(super) fn handler(screen: Screen) -> GraphicalReportHandler {
    let theme = if screen.colour() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    // A command is copied from a message: no name in it may be torn at a hyphen.
    GraphicalReportHandler::new_themed(theme)
        .with_context_lines(0)
        .with_width(100)
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
