//! Reading on after a mistake, so that one run tells of all that do not depend on each other.
//!
//! The parser stops at the first mistake. So the text is repaired, in memory, and read again: a misspelt key gets the
//! name that was meant, an unknown one is blanked, a missing one gets a stand-in. What is made up is never told of, and what
//! cannot be repaired without guessing ends the search.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_yaml::Error as YamlError;

use super::read::{explain, parse};
use super::{MAX_BYTES, did_you_mean, too_large};
use crate::base::error::{Error, Place, Source};

/// After so many mistakes nobody reads on.
const ENOUGH: usize = 40;

/// What was read, and every mistake that was found. A document that was repaired comes with mistakes.
#[derive(Debug)]
pub struct Recovered<T> {
    /// The document, perhaps repaired.
    pub document: Option<T>,
    /// The mistakes, in the order in which they were found.
    pub errors: Vec<Error>,
    /// Where the bytes of the repaired text stood.
    pub origin: Origin,
}

/// For each byte of a repaired text its place in the text as it was given; nothing where a byte was made up.
#[derive(Clone, Debug)]
pub struct Origin(Vec<Option<usize>>);

impl Origin {
    fn of(text: &str) -> Self {
        Self((0..=text.len()).map(Some).collect())
    }

    /// Where a range stood; `None` when all of it was made up.
    pub fn of_range(&self, range: &Range<usize>) -> Option<Range<usize>> {
        if range.is_empty() {
            let at = self.0.get(range.start).copied().flatten()?;
            return Some(at..at);
        }
        let mut known = self.0.get(range.clone())?.iter().flatten();
        let start = *known.next()?;
        Some(start..known.next_back().copied().unwrap_or(start) + 1)
    }
}

/// Reads a document whose errors are shown in another text of the same length. `stand_ins` are keys and values that may be put
/// where a key is missing: they must be valid, whatever the rest says.
pub fn read_on<T: DeserializeOwned>(text: &str, shown: &Source, stand_ins: &[(&str, &str)]) -> Recovered<T> {
    let mut draft = Draft { text: text.to_owned(), mask: shown.text().to_owned(), origin: Origin::of(text) };
    if text.len() > MAX_BYTES {
        return Recovered { document: None, errors: vec![too_large(shown.name())], origin: draft.origin };
    }
    let mut errors: Vec<Error> = Vec::new();
    // Reading a large text takes long, so it is not read often.
    for _ in 0..(MAX_BYTES / text.len().max(1)).clamp(1, ENOUGH) {
        let error = match parse(&draft.text) {
            Ok(document) => return Recovered { document: Some(document), errors, origin: draft.origin },
            Err(error) => error,
        };
        let there = Source::new(shown.name(), draft.mask.clone());
        let told = explain(&error, &draft.text, &there);
        let found = told.place().map(|place| place.offset()..place.offset() + place.length());
        let range = found.clone().and_then(|range| draft.origin.of_range(&range));
        if found.is_some() && range.is_none() {
            // It is about what was made up.
            break;
        }
        let place: Option<Place> = range.map(|range| shown.place(range));
        let told = told.at(place);
        let same = |known: &Error| known.what() == told.what() && offset(known) == offset(&told);
        if errors.iter().any(same) {
            break;
        }
        errors.push(told);
        if found.and_then(|range| draft.repair(&error, range, stand_ins)).is_none() {
            break;
        }
    }
    Recovered { document: None, errors, origin: draft.origin }
}

fn offset(error: &Error) -> Option<usize> {
    error.place().map(Place::offset)
}

/// A text under repair, with what is shown of it.
struct Draft {
    text: String,
    mask: String,
    origin: Origin,
}

impl Draft {
    /// Makes the text such that the parser gets past a mistake; `None` when that would be a guess.
    fn repair(&mut self, error: &YamlError, at: Range<usize>, stand_ins: &[(&str, &str)]) -> Option<()> {
        match error.without_snippet() {
            YamlError::SerdeUnknownField { field, expected, .. } => {
                let key = at.start..at.start + field.len();
                if self.text.get(key.clone()) != Some(field.as_str()) {
                    return None;
                }
                match did_you_mean(field, expected.iter().copied()) {
                    Some(near) if !self.has_sibling(at.start, near) => self.put(key, near),
                    _ => self.blank(entry(&self.text, at.start)?),
                }
            }
            YamlError::SerdeUnknownVariant { variant, expected, .. } => {
                let near = did_you_mean(variant, expected.iter().copied())?;
                let value = self.text.get(at.clone())?.trim_matches(['"', '\'']);
                (value == variant.as_str()).then_some(())?;
                self.put(at, near)
            }
            YamlError::SerdeMissingField { field, .. } => {
                let (key, value) = stand_ins.iter().find(|(key, _)| key == field)?;
                let rest = self.text.get(at.start..)?;
                if rest.starts_with('{') {
                    return self.put(at.start + 1..at.start + 1, &format!("{key}: {value}, "));
                }
                // The place is the mapping's first key.
                rest.lines().next().filter(|line| line.contains(':'))?;
                let column = at.start - line_start(&self.text, at.start);
                self.put(at.start..at.start, &format!("{key}: {value}\n{}", " ".repeat(column)))
            }
            _ => None,
        }
    }

    /// Whether a key that is spelt right stands nearby: then a misspelt one is one too many, and no slip.
    fn has_sibling(&self, at: usize, key: &str) -> bool {
        let column = |at: usize| at - line_start(&self.text, at);
        let found = self.text.match_indices(key).map(|(found, _)| found);
        found
            .filter(|found| self.text[found + key.len()..].trim_start().starts_with(':'))
            .any(|found| column(found) == column(at) || line_start(&self.text, found) == line_start(&self.text, at))
    }

    fn put(&mut self, range: Range<usize>, text: &str) -> Option<()> {
        for whole in [&self.text, &self.mask] {
            (whole.is_char_boundary(range.start) && whole.is_char_boundary(range.end)).then_some(())?;
        }
        // A word in place of another stands where that one stood.
        let from = self.origin.0.get(range.clone())?.to_vec();
        let made_up = range.is_empty();
        let origin = (0..text.len()).map(|index| if made_up { None } else { from[index.min(from.len() - 1)] });
        let origin: Vec<Option<usize>> = origin.collect();
        self.origin.0.splice(range.clone(), origin);
        self.text.replace_range(range.clone(), text);
        self.mask.replace_range(range, text);
        Some(())
    }

    fn blank(&mut self, range: Range<usize>) -> Option<()> {
        let blanks: String =
            self.text.get(range.clone())?.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        self.mask.get(range.clone())?;
        self.text.replace_range(range.clone(), &blanks);
        self.mask.replace_range(range, &blanks);
        Some(())
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// An entry of a mapping, from its key to the end of its value.
fn entry(text: &str, key: usize) -> Option<Range<usize>> {
    if depth(&text[..key]) > 0 {
        let mut inner = 0_u32;
        for (index, c) in text[key..].char_indices() {
            match c {
                '[' | '{' => inner += 1,
                ']' | '}' if inner == 0 => return Some(key..key + index),
                ']' | '}' => inner -= 1,
                ',' if inner == 0 => return Some(key..key + index + 1),
                _ => {}
            }
        }
        return None;
    }
    let column = key - line_start(text, key);
    let mut end = key;
    for (number, line) in text[key..].split_inclusive('\n').enumerate() {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let within = content.trim().is_empty() || indent > column || (indent == column && content.starts_with("- "));
        if number > 0 && !within {
            break;
        }
        end += line.len();
    }
    Some(key..end)
}

/// How many brackets and braces are open at the end of a text.
fn depth(text: &str) -> u32 {
    let (mut depth, mut quote, mut before, mut comment) = (0_u32, None, '\n', false);
    for c in text.chars() {
        match quote {
            _ if comment => comment = c != '\n',
            Some(open) => quote = quote.filter(|_| c != open),
            None if c == '#' && before.is_whitespace() => comment = true,
            None if "\"'".contains(c) && (before.is_whitespace() || "[{,:".contains(before)) => quote = Some(c),
            None if "[{".contains(c) => depth += 1,
            None if "]}".contains(c) => depth = depth.saturating_sub(1),
            None => {}
        }
        before = c;
    }
    depth
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::base::yaml::At;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Sample {
        name: At<String>,
        colour: Option<At<Colour>>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Part {
        id: At<String>,
        #[serde(default)]
        tags: BTreeMap<String, String>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Green,
        Blue,
    }

    fn found(text: &str) -> (Option<Sample>, Vec<String>, Origin) {
        let source = Source::new("t.yaml", text);
        let Recovered { document, errors, origin } = read_on(text, &source, &[("name", "xxx"), ("id", "xxx")]);
        let told = errors.iter().map(|error| {
            let (line, column) = error.place().map_or((0, 0), Place::line_column);
            format!("{line}:{column} {}", error.what())
        });
        (document, told.collect(), origin)
    }

    #[test]
    fn all_mistakes_are_told_with_their_places() {
        let text = "nmae: acme\nfoo:\n  bar: [1]\n# why\n\ncolour: gren\nparts:\n  - idd: a\n    baz: 1\n  - tags: {a: b}\n  - {id: c, zap: {x: \"}\"}, tags: {}}\nqux: 1\n";
        let (document, told, origin) = found(text);
        assert_eq!(
            told[..4],
            [
                "1:1 `nmae` is not a known key here",
                "2:1 `foo` is not a known key here",
                "6:9 `gren` is not a known value here",
                "8:5 `idd` is not a known key here",
            ]
        );
        assert!(told.contains(&"9:5 `baz` is not a known key here".to_owned()), "{told:#?}");
        assert!(told.contains(&"10:5 the key `id` is missing".to_owned()), "{told:#?}");
        assert!(told.contains(&"12:1 `qux` is not a known key here".to_owned()) || document.is_none(), "{told:#?}");
        if let Some(document) = document {
            assert_eq!((document.name.as_str(), &document.colour.expect("it").value), ("acme", &Colour::Green));
            assert_eq!(document.parts[0].id.as_str(), "a");
            assert_eq!(origin.of_range(&document.parts[1].id.range), None, "it was made up");
            assert_eq!(origin.of_range(&document.name.range), Some(6..10));
        }
    }

    #[test]
    fn what_would_be_a_guess_ends_the_search() {
        for (text, count) in [
            ("name: a\ncolour: mauve\nfoo: 1\n", 1),
            ("name: a\nparts: 1\nfoo: 1\n", 1),
            ("name: a\nname: b\nfoo: 1\n", 1),
            ("name: \"a\nfoo: 1\n", 1),
            ("", 1),
        ] {
            let (document, told, _) = found(text);
            assert!(document.is_none() && told.len() == count, "{text:?}: {told:?}");
        }
    }

    #[test]
    fn a_good_text_is_left_alone() {
        let (document, told, _) = found("name: acme\ncolour: blue\n");
        assert!(document.is_some() && told.is_empty(), "{told:?}");
    }

    #[test]
    fn a_misspelt_key_beside_the_right_one_is_one_too_many() {
        let (document, told, _) = found("name: acme\nnames: b\n");
        assert_eq!((document.expect("it").name.as_str(), told.len()), ("acme", 1));
    }
}
