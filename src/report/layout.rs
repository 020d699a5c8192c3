//! Lines that fit the terminal, and lists of names that are short: one layer for all text.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, wrap};

use crate::base::shell;

/// Stands for a blank at which no line is broken: a character of Unicode's private use, which no name may hold.
pub(super) const GLUE: char = '\u{e0b8}';
/// Stands for a comma behind which no line is broken.
const GLUED_COMMA: char = '\u{e0b9}';

/// The narrowest lines that are broken on purpose: below it the terminal breaks them better.
const NARROWEST: usize = 40;

/// A text whose commands hold together: one in backquotes, and a line that is indented, which is broken as a shell takes it.
pub(super) fn glued(text: &str) -> String {
    let line = |line: &str| {
        let command = line.trim_start();
        if command.len() < line.len() {
            let indent = &line[..line.len() - command.len()];
            let parts = shell::wrapped(command);
            return parts.lines().map(|part| glue(&format!("{indent}{part}"))).collect::<Vec<_>>().join("\n");
        }
        quoted(line)
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn glue(text: &str) -> String {
    text.replace(' ', &GLUE.to_string())
}

/// A line in which what stands in backquotes is not broken. Backquotes come in pairs; one that is alone quotes nothing.
fn quoted(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let whole = parts.len() - usize::from(parts.len().is_multiple_of(2));
    let part = |(at, part): (usize, &&str)| if at % 2 == 1 && at < whole { glue(part) } else { (*part).to_owned() };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join("`")
}

/// A text behind a beginning, no wider than `width`: what does not fit stands below the text, not below the beginning. Without a width
/// it is one line.
pub(super) fn hanging(beginning: &str, text: &str, width: Option<usize>) -> String {
    let indent = textwrap::core::display_width(beginning);
    let Some(width) = width.filter(|width| *width >= indent + NARROWEST / 2) else {
        return format!("{beginning}{text}");
    };
    let blanks = " ".repeat(indent);
    let options = Options::new(width)
        .initial_indent(beginning)
        .subsequent_indent(&blanks)
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    let text = quoted(text);
    let text: Vec<String> = text
        .split(' ')
        .map(|word| if word.contains(GLUE) { word.replace(',', &GLUED_COMMA.to_string()) } else { word.to_owned() })
        .collect();
    wrap(&text.join(" "), options).join("\n").replace(GLUE, " ").replace(GLUED_COMMA, ",")
}

/// The words of a line: what stands between blanks, and the items of a list without blanks.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let items = WordSeparator::AsciiSpace.find_words(line).flat_map(|word| {
        let (text, blanks) = (word.word, word.whitespace);
        let mut parts: Vec<Word<'_>> = text.split_inclusive(',').map(Word::from).collect();
        if let Some(last) = parts.last_mut() {
            last.whitespace = blanks;
        }
        parts
    });
    Box::new(items)
}

/// A text in which each line that is wider than `width` is broken at blanks, and goes on below its own beginning. Commands in
/// backquotes hold together, so that they can be copied.
pub(super) fn fitted(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| *width >= NARROWEST) else { return text.to_owned() };
    let line = |line: &str| {
        if textwrap::core::display_width(line) <= width {
            return line.to_owned();
        }
        let words = line.trim_start();
        hanging(&line[..line.len() - words.len()], words, Some(width))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Rows whose columns are aligned; the last one is broken below itself. Each line begins with `indent`. Where the other columns leave it
/// less than half of the width, each row stands by itself, with its last column below.
pub fn table(indent: &str, rows: &[Vec<String>], width: Option<usize>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let wide = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| textwrap::core::display_width(cell)).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.saturating_sub(1)).map(wide).collect();
    let beginning: usize = indent.len() + widths.iter().map(|width| width + 2).sum::<usize>();
    let apart = width.is_some_and(|width| beginning * 2 > width);
    let mut out = String::new();
    for row in rows {
        let Some((last, first)) = row.split_last() else { continue };
        let line = if apart {
            let head: Vec<&str> = first.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
            let head = hanging(indent, &head.join("  "), width);
            format!("{head}\n{}", hanging(&format!("{indent}    "), last, width))
        } else {
            let pad = |(cell, width): (&String, &usize)| {
                let blanks = width + 2 - textwrap::core::display_width(cell);
                format!("{cell}{}", " ".repeat(blanks))
            };
            let head: String = first.iter().zip(&widths).map(pad).collect();
            hanging(&format!("{indent}{head}"), last, width)
        };
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Names in few words: what all of them begin with is said once, as a shell's braces do.
pub(super) fn folded(names: &[&str]) -> String {
    let [first, rest @ ..] = names else { return String::new() };
    let shared = rest.iter().fold(first.len(), |shared, name| {
        first.bytes().zip(name.bytes()).take(shared).take_while(|(one, other)| one == other).count()
    });
    let prefix = first.get(..shared).unwrap_or_default();
    let prefix = prefix.rfind(['-', '_', '.', '/']).map_or("", |end| &prefix[..=end]);
    if names.len() < 3 || prefix.is_empty() || names.iter().any(|name| name.len() == prefix.len()) {
        return names.join(", ");
    }
    let ends: Vec<&str> = names.iter().map(|name| &name[prefix.len()..]).collect();
    format!("{prefix}{{{}}}", ends.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_what_they_begin_with() {
        assert_eq!(folded(&["acme-lfs", "acme-uploads", "acme-pages"]), "acme-{lfs,uploads,pages}");
        assert_eq!(folded(&["acme-lfs", "acme-uploads"]), "acme-lfs, acme-uploads");
        assert_eq!(folded(&["acme", "acme-tmp", "acme-x"]), "acme, acme-tmp, acme-x");
        assert_eq!(folded(&["acme-a", "other-a", "acme-b"]), "acme-a, other-a, acme-b");
        assert_eq!(folded(&["aé-ö", "aé-ü", "aé-x"]), "aé-{ö,ü,x}");
        assert_eq!(folded(&["ö1", "ü1", "ä1"]), "ö1, ü1, ä1");
        assert_eq!(folded(&[]), "");
    }

    #[test]
    fn lines_fit_and_commands_hold_together() {
        let text = "  A sentence that is longer than forty characters, with `a command that is never broken` in it.";
        let fit = fitted(text, Some(40));
        assert!(fit.lines().all(|line| line.starts_with("  ")), "{fit}");
        assert!(fit.contains("`a command that is never broken`"), "{fit}");
        assert!(fit.lines().filter(|line| !line.contains('`')).all(|line| line.chars().count() <= 40), "{fit}");
        assert_eq!(fitted(text, None), text);
        let list = hanging("  + 3 buckets  ", "acme-{lfs,uploads,pages,artifacts,backups} `a,b`", Some(40));
        assert_eq!(list, "  + 3 buckets  acme-{lfs,uploads,pages,\n               artifacts,backups} `a,b`");
        // Wide letters take two columns each.
        let wide = fitted(&"桶 ".repeat(40), Some(40));
        assert!(wide.lines().all(|line| textwrap::core::display_width(line) <= 40), "{wide}");
        let hung = hanging("  + 3 buckets  ", "acme-{lfs,uploads,pages} and more words than fit into it", Some(50));
        assert!(hung.lines().skip(1).all(|line| line.starts_with(&" ".repeat(15))), "{hung}");
    }

    #[test]
    fn one_backquote_quotes_nothing() {
        assert_eq!(glued("a `b c` d `e f"), format!("a `b{GLUE}c` d `e f"));
        assert_eq!(glued("  a b"), format!("{GLUE}{GLUE}a{GLUE}b"));
    }
}
