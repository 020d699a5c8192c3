//! A place in a file the user wrote.

use std::ops::Range;
use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// How many bytes of a line are shown on either side of what is wrong.
const AROUND: usize = 120;
/// How many bytes are underlined at most.
const LONGEST: usize = 120;

/// A file's name, as the user gave it, and its text.
#[derive(Clone, Debug)]
pub struct Source(Arc<(String, String)>);

impl Source {
    /// A source with the name that messages show and its whole text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self(Arc::new((name.into(), text.into())))
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.0.0
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.0.1
    }

    /// The place of a byte range in this source; ranges past the end are cut, and ranges within a character take it whole.
    pub fn place(&self, range: Range<usize>) -> Place {
        let text = self.text();
        let start = text.floor_char_boundary(range.start);
        Place { source: self.clone(), start, end: text.ceil_char_boundary(range.end).max(start) }
    }

    /// The place of the word that stands at a line and column, both from 1.
    pub fn place_at(&self, line: usize, column: usize) -> Place {
        let text = self.text();
        let start_of_line: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = &text[start_of_line..];
        let start = start_of_line + rest.char_indices().nth(column.saturating_sub(1)).map_or(0, |(index, _)| index);
        let length = text[start..].find(|c: char| c.is_whitespace() || c == ':').unwrap_or(text.len() - start).max(1);
        self.place(start..start + length)
    }
}

/// A stretch of a source, with an optional label.
#[derive(Clone, Debug)]
pub struct Place {
    source: Source,
    start: usize,
    end: usize,
}

impl Place {
    /// The byte offset where it starts.
    pub fn offset(&self) -> usize {
        self.start
    }

    /// Its length in bytes; of what would fill the screen, only the first line's beginning counts.
    pub fn length(&self) -> usize {
        let text = self.source.text();
        let end = self.end.min(text.floor_char_boundary(self.start + LONGEST));
        text[self.start..end].trim_end().find('\n').unwrap_or(end - self.start)
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// Line and column, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text()[..self.start];
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl SourceCode for Place {
    /// The whole line, or what is near in a long one, and no other: lines around it could hold what is not to be shown.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.source.text();
        let (from, to) = (span.offset().min(text.len()), (span.offset() + span.len()).min(text.len()));
        let start = text[..from].rfind('\n').map_or(0, |index| index + 1);
        let end = text[to..].find('\n').map_or(text.len(), |index| to + index);
        let near = text.floor_char_boundary(from.saturating_sub(AROUND)).max(start);
        let line = SourceSpan::from(near..text.ceil_char_boundary(to + AROUND).min(end));
        let inner = text.read_span(&line, 0, 0)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.source.name().to_owned(),
            inner.data(),
            line,
            inner.line(),
            text[start..from].chars().count(),
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_column_count_from_one() {
        let source = Source::new("a.yaml", "one: 1\ntwo: zwei\n");
        let place = source.place(12..16);
        assert_eq!(place.line_column(), (2, 6));
        assert_eq!(source.place_at(2, 6).offset(), 12);
        assert_eq!(source.place_at(2, 6).length(), 4);
    }

    #[test]
    fn a_range_past_the_end_is_cut() {
        let place = Source::new("a", "abc").place(2..90);
        assert_eq!((place.offset(), place.length()), (2, 1));
    }

    #[test]
    fn a_range_within_a_character_takes_it_whole() {
        let source = Source::new("a", "a\u{85}b");
        for place in [source.place(2..2), source.place_at(1, 2)] {
            assert_eq!((place.offset(), place.length()), (1, 2));
        }
    }
}
