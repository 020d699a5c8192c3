//! Reading YAML, with errors that point at the text.

use serde::de::DeserializeOwned;
use serde_yaml::{Error as YamlError, Location};

use crate::base::error::{Code, Error, Place, Result, Source};

/// The size of a file that is still read: a hundred times what the largest profile has. Reading takes seconds from here on.
pub const MAX_BYTES: usize = 1 << 20;
/// How deep a file may be nested: far below what the stack of a thread holds, far above what a chart needs.
const MAX_DEPTH: usize = 64;
/// How many values, lists and mappings a file may have when its aliases are unfolded.
const MAX_NODES: usize = 50_000;

/// Reads one YAML document.
///
/// Duplicate keys, merge keys with cycles, alias bombs and deep nesting are errors; strings keep their text as written.
///
/// # Errors
/// `BW0102`–`BW0107` and `BW0111` with the place, and for an unknown key the one that was probably meant.
pub fn read<T: DeserializeOwned>(source: &Source) -> Result<T> {
    read_shown_as(source.text(), source)
}

/// Reads one YAML document whose errors are shown in another text of the same length: one in which secrets are masked.
///
/// # Errors
/// As `read`.
pub fn read_shown_as<T: DeserializeOwned>(text: &str, shown: &Source) -> Result<T> {
    if text.len() > MAX_BYTES {
        return Err(too_large(shown.name()));
    }
    parse(text).map_err(|error| explain(&error, text, shown))
}

/// Reads a rendered manifest: of a key that is there twice the last counts, as for Helm. Errors are shown as by `read_shown_as`.
///
/// Source: sigs.k8s.io/yaml, `Unmarshal` (not strict), which Helm reads manifests with.
///
/// # Errors
/// As `read`, but for `BW0107`.
pub fn read_manifest<T: DeserializeOwned>(text: &str, shown: &Source) -> Result<T> {
    if text.len() > MAX_BYTES {
        return Err(too_large(shown.name()));
    }
    let options = serde_yaml::options! {
        with_snippet: false,
        strict_booleans: true,
        duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::LastWins,
        budget: serde_yaml::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES },
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| explain(&error, text, shown))
}

/// Reads text within the limits.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> std::result::Result<T, YamlError> {
    let options = serde_yaml::options! {
        with_snippet: false,
        strict_booleans: true,
        budget: serde_yaml::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES },
    };
    serde_yaml::from_str_with_options(text, options)
}

/// What is said of a file of more than `MAX_BYTES`.
pub fn too_large(name: &str) -> Error {
    Error::new(Code::TOO_LARGE, format!("{name} is larger than {} MiB", MAX_BYTES >> 20))
        .why("Specs and profiles have some kilobytes; this is probably another file.")
        .fix("Name the right file.")
}

/// Reads text that this program wrote, as plain data.
///
/// # Errors
/// The parser's words.
pub fn read_back(text: &str) -> std::result::Result<serde_json::Value, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// The longest word that is compared with others.
const LONGEST_WORD: usize = 200;

/// The candidate nearest to a word, if one is near enough to have been meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody misspells a word of that length, and the time grows with the product of the lengths.
    if word.len() > LONGEST_WORD {
        return None;
    }
    let folded = word.to_lowercase().replace(['-', '_'], "");
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST_WORD)
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase().replace(['-', '_'], "")), candidate))
        .filter(|(similarity, _)| *similarity > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// What a parser's error means. A message of our own may hold the fix on a second line.
pub(super) fn explain(error: &YamlError, text: &str, shown: &Source) -> Error {
    let discreet = |words: &str| discreet(words, text, shown.text());
    let error = error.without_snippet();
    let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
    let place = error.location().and_then(|location| place(&location, shown));
    if !is_of_values(error)
        && let Some(at) = line.and_then(|line| indenting_tab(text, line))
    {
        return Error::new(Code::NOT_YAML, "a tab stands where a line is indented")
            .why("YAML takes only blanks there, because programs disagree on how wide a tab is.")
            .fix("Write blanks instead of the tabs at the beginning of lines; `expand -t 2 FILE` prints the file so.")
            .at(Some(shown.place(at..at + 1)));
    }
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            unknown(Code::UNKNOWN_KEY, "key", &discreet(field), expected)
        }
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            unknown(Code::WRONG_VALUE, "value", &discreet(variant), expected)
        }
        YamlError::SerdeMissingField { field, .. } => {
            Error::new(Code::MISSING_KEY, format!("the key `{field}` is missing"))
                .fix(format!("Add `{field}: …` here."))
        }
        YamlError::DuplicateMappingKey { key, .. } => {
            let key = discreet(key.as_deref().unwrap_or("this key"));
            Error::new(Code::DUPLICATE_KEY, format!("`{key}` stands twice in one mapping"))
                .why("Readers of YAML disagree on which of the two counts.")
                .fix("Remove one of them.")
        }
        YamlError::SerdeInvalidType { unexpected, expected, .. }
        | YamlError::SerdeInvalidValue { unexpected, expected, .. } => {
            Error::new(Code::WRONG_VALUE, format!("expected {expected}, found {}", discreet(unexpected)))
                .fix("Give the key a value of that kind.")
        }
        YamlError::Unexpected { expected, .. } => {
            let what = match *expected {
                "mapping start" => "expected keys with values here",
                "sequence start" => "expected a list here",
                other => &format!("expected {other} here"),
            };
            Error::new(Code::WRONG_VALUE, what).fix("Write `key: value` for keys and `- value` for lists.")
        }
        YamlError::Message { msg, .. } => match msg.split_once('\n') {
            Some((what, fix)) => Error::new(Code::WRONG_VALUE, discreet(what)).fix(fix),
            None => Error::new(Code::WRONG_VALUE, discreet(msg)),
        },
        YamlError::Eof { .. } if shown.text().trim().is_empty() => {
            Error::new(Code::NOT_YAML, "there is nothing in it").fix("Write at least the required keys.")
        }
        other => unreadable(&other.to_string(), discreet),
    }
    .at(place)
}

/// Whether an error is about what the text says, rather than about its form.
fn is_of_values(error: &YamlError) -> bool {
    matches!(
        error,
        YamlError::SerdeUnknownField { .. }
            | YamlError::SerdeUnknownVariant { .. }
            | YamlError::SerdeMissingField { .. }
            | YamlError::SerdeInvalidType { .. }
            | YamlError::SerdeInvalidValue { .. }
            | YamlError::DuplicateMappingKey { .. }
            | YamlError::Message { .. }
    )
}

/// The place of a tab in the indentation of a line, from 1, or of one next to it: where the parser gives up.
fn indenting_tab(text: &str, line: usize) -> Option<usize> {
    let mut start = 0;
    let mut found = None;
    for (number, content) in (1..).zip(text.split_inclusive('\n')) {
        let indent = content.len() - content.trim_start_matches([' ', '-', '\t']).len();
        if let Some(tab) = content[..indent].find('\t').filter(|_| number <= line + 1 && number + 1 >= line) {
            found.get_or_insert(start + tab);
            if number == line {
                return Some(start + tab);
            }
        }
        start += content.len();
    }
    found
}

/// What the parser's words mean. A limit that is passed inside an alias has no variant of its own.
fn unreadable(words: &str, discreet: impl Fn(&str) -> String) -> Error {
    if words.contains("recursion limit exceeded") || words.contains("budget breached: Depth") {
        return Error::new(Code::TOO_LARGE, format!("the file is nested more than {MAX_DEPTH} levels deep"))
            .fix("Look for brackets that are not closed, here and above.");
    }
    if words.contains("budget breached") {
        return Error::new(Code::TOO_LARGE, format!("the file unfolds to more than {MAX_NODES} values"))
            .why("An alias stands for a copy of what its anchor holds, so that a few lines can fill all memory.")
            .fix("Write out what is needed instead of aliases (`*name`), or make the file smaller.");
    }
    if words.contains("multiple YAML documents") {
        return Error::new(Code::NOT_YAML, "there are several documents, one after the other")
            .why("Only one is read here, and which of them is meant is not known.")
            .fix("Write the one that is meant into a file of its own, without `---` and what follows it.");
    }
    Error::new(Code::NOT_YAML, discreet(&sentence(words)))
        .fix("Look at the quotes, colons and indentation here and above: the text is not YAML.")
}

/// Words that repeat nothing of the text that is hidden where it is shown.
fn discreet(words: &str, text: &str, shown: &str) -> String {
    let between = |c: char| c.is_whitespace() || "\"'`{}[](),:;".contains(c);
    let parts = words.split_inclusive(between).map(|part| {
        let word = part.trim_end_matches(between);
        if text.contains(word) && !shown.contains(word) {
            format!("…{}", &part[word.len()..])
        } else {
            part.to_owned()
        }
    });
    parts.collect()
}

/// The parser's own words without the place, which is shown apart.
fn sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.split_once(" at line ").map_or(line, |(words, _)| words).to_owned()
}

fn unknown(code: Code, what: &str, word: &str, expected: &[&'static str]) -> Error {
    let error = Error::new(code, format!("`{word}` is not a known {what} here"));
    match did_you_mean(word, expected.iter().copied()) {
        Some(near) => error.fix(format!("Did you mean `{near}`? Known: {}.", expected.join(", "))),
        None => error.fix(format!("Known: {}.", expected.join(", "))),
    }
}

fn place(location: &Location, source: &Source) -> Option<Place> {
    let number = |number: u64| usize::try_from(number).ok();
    let span = location.span();
    if let (Some(start), Some(length)) = (span.byte_offset().and_then(number), span.byte_len().and_then(number))
        && length > 0
        && source.text().is_char_boundary(start)
    {
        return Some(source.place(start..start + length));
    }
    Some(source.place_at(number(location.line())?, number(location.column())?))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::base::yaml::At;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Sample {
        chart_version: At<String>,
        release: Option<String>,
    }

    fn fail(text: &str) -> Error {
        read::<Sample>(&Source::new("t.yaml", text)).expect_err("must fail")
    }

    #[test]
    fn an_unknown_key_names_the_near_one_and_its_place() {
        let error = fail("chartVersion: 1\nrelaese: x\n");
        assert_eq!(error.code(), &Code::UNKNOWN_KEY);
        assert!(error.remedy().is_some_and(|fix| fix.contains("`release`")), "{error:?}");
        let place = error.place().expect("place");
        assert_eq!((place.line_column(), place.length()), ((2, 1), 7));
    }

    #[test]
    fn missing_duplicate_and_broken() {
        assert_eq!(fail("release: x\n").code(), &Code::MISSING_KEY);
        assert_eq!(fail("chartVersion: 1\nchartVersion: 2\n").code(), &Code::DUPLICATE_KEY);
        assert_eq!(fail("chartVersion: \"1\n").code(), &Code::NOT_YAML);
        assert_eq!(
            fail("chartVersion: 1\n---\nchartVersion: 2\n").what(),
            "there are several documents, one after the other"
        );
    }

    #[test]
    fn a_tab_is_called_a_tab() {
        for (text, place) in [
            ("chartVersion: 1\n\trelease: x\n", (2, 1)),
            ("chartVersion: 1\nrelease:\n  - a\n\t- b\n", (4, 1)),
            ("chartVersion:\n \tx: 1\n", (2, 2)),
        ] {
            let error = fail(text);
            assert!(error.what().contains("a tab"), "{text:?}: {error:?}");
            assert_eq!(error.place().expect("place").line_column(), place, "{text:?}");
        }
        // Between a key and its value a tab is a blank.
        assert!(read::<Sample>(&Source::new("t.yaml", "chartVersion:\t1\n")).is_ok());
    }

    #[test]
    fn text_keeps_its_spelling_and_its_range() {
        let source = Source::new("t.yaml", "chartVersion: 012\n");
        let sample: Sample = read(&source).expect("reads");
        assert_eq!((sample.chart_version.as_str(), &source.text()[sample.chart_version.range.clone()]), ("012", "012"));
    }
}
