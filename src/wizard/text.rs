//! Words on lines: wrapping, cutting, and errors as a person reads them.

use console::measure_text_width;

use crate::base::error::Error;

/// The width that everything must fit.
pub(super) const WIDTH: usize = 80;

/// Wraps each line at blanks; what is wrapped keeps the line's indentation. A word that is longer than the width stays
/// whole, so that it can be copied.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        wrap_line(&mut out, line, width);
        out.push('\n');
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}

fn wrap_line(out: &mut String, line: &str, width: usize) {
    if measure_text_width(line) <= width {
        out.push_str(line.trim_end());
        return;
    }
    let indent = &line[..line.len() - line.trim_start().len()];
    out.push_str(indent);
    let mut column = indent.len();
    for (index, word) in line.split_whitespace().enumerate() {
        let needed = measure_text_width(word);
        if index > 0 && column + 1 + needed > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += needed;
    }
}

/// Indents every line.
pub(super) fn indented(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    text.lines().map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n")
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(['.', '?', '!', ':']).find(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        // Not the dot of an abbreviation, and no colon within a line.
        let ends = rest.starts_with('\n') || (*mark != ":" && rest.starts_with(' '));
        ends && rest.trim_start().chars().next().is_none_or(|next| !next.is_lowercase())
    });
    end.map_or(text, |(at, mark)| &text[..at + mark.len()])
}

/// An error, and those found with it, as sentences.
pub(super) fn explain(error: &Error) -> String {
    error.all().map(sentence).collect::<Vec<_>>().join("\n")
}

/// Why nothing is no answer: the reason and the way on of the error that an empty one gives. It has no name that could be shown.
pub(super) fn needed(error: &Error) -> String {
    let more = [error.reason(), error.remedy()].into_iter().flatten();
    std::iter::once("An answer is needed here.").chain(more).collect::<Vec<_>>().join(" ")
}

fn sentence(error: &Error) -> String {
    let mut text = error.what().to_owned();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if let Some(first) = text.get(..1) {
        let capital = first.to_uppercase();
        text.replace_range(..1, &capital);
    }
    for more in [error.reason(), error.remedy()].into_iter().flatten() {
        text.push(' ');
        text.push_str(more);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;

    #[test]
    fn long_lines_wrap_and_keep_their_indentation() {
        let text = wrapped(&format!("short\n  {}", "word ".repeat(30)), 40);
        assert!(text.lines().all(|line| line.len() <= 40), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("  word")), "{text}");
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let name = "a".repeat(90);
        assert_eq!(wrapped(&format!("the bucket {name} is"), 40), format!("the bucket\n{name}\nis"));
    }

    #[test]
    fn the_first_sentence_ends_where_it_ends() {
        for (text, first) in [
            ("One. Two.", "One."),
            ("From 8.4 on, e.g. here. Then `x`.", "From 8.4 on, e.g. here."),
            ("No end", "No end"),
            ("Is it? Yes.", "Is it?"),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }

    #[test]
    fn an_error_reads_as_sentences() {
        let error = Error::new(Code::BAD_REGION, "no region").why("It is not one.").fix("Use another.");
        assert_eq!(explain(&error), "No region. It is not one. Use another.");
    }
}
