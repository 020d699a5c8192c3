//! Reading YAML, with errors that point at the text.

use serde::de::DeserializeOwned;
use serde_yaml::{Error as YamlError, Location};

use crate::error::{Code, Error, Place, Result, Source};

/// Reads one YAML document.
///
/// Duplicate keys, merge keys with cycles and alias bombs are errors; strings keep their text as written.
///
/// # Errors
/// `BW0102`–`BW0107` with the place, and for an unknown key the one that was probably meant.
pub fn read<T: DeserializeOwned>(source: &Source) -> Result<T> {
    let options = serde_yaml::options! { with_snippet: false, strict_booleans: true };
    serde_yaml::from_str_with_options(source.text(), options).map_err(|error| explain(&error, source))
}

/// Reads text that this program wrote, as plain data.
///
/// # Errors
/// The parser's words.
pub fn read_back(text: &str) -> std::result::Result<serde_json::Value, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// The candidate nearest to a word, if one is near enough to have been meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace(['-', '_'], "");
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase().replace(['-', '_'], "")), candidate))
        .filter(|(similarity, _)| *similarity > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn explain(error: &YamlError, source: &Source) -> Error {
    let error = error.without_snippet();
    let place = error.location().and_then(|location| place(&location, source));
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => unknown(Code::UNKNOWN_KEY, "key", field, expected),
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            unknown(Code::WRONG_VALUE, "value", variant, expected)
        }
        YamlError::SerdeMissingField { field, .. } => {
            Error::new(Code::MISSING_KEY, format!("the key `{field}` is missing"))
                .fix(format!("Add `{field}: …` here."))
        }
        YamlError::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("this key");
            Error::new(Code::DUPLICATE_KEY, format!("`{key}` stands twice in one mapping"))
                .why("Readers of YAML disagree on which of the two counts.")
                .fix("Remove one of them.")
        }
        YamlError::SerdeInvalidType { unexpected, expected, .. }
        | YamlError::SerdeInvalidValue { unexpected, expected, .. } => {
            Error::new(Code::WRONG_VALUE, format!("expected {expected}, found {unexpected}"))
        }
        YamlError::Unexpected { expected, .. } => Error::new(Code::WRONG_VALUE, format!("expected {expected} here")),
        YamlError::Message { msg, .. } => Error::new(Code::WRONG_VALUE, msg.clone()),
        other => Error::new(Code::NOT_YAML, first_line(&other.to_string())),
    }
    .at(place)
}

fn unknown(code: Code, what: &str, word: &str, expected: &[&'static str]) -> Error {
    let error = Error::new(code, format!("`{word}` is not a known {what} here"));
    match did_you_mean(word, expected.iter().copied()) {
        Some(near) => error.fix(format!("Did you mean `{near}`? Known: {}.", expected.join(", "))),
        None => error.fix(format!("Known: {}.", expected.join(", "))),
    }
}

fn place(location: &Location, source: &Source) -> Option<Place> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    if length > 0 && source.text().is_char_boundary(start) {
        return Some(source.place(start..start + length));
    }
    Some(source.place_at(usize::try_from(location.line()).ok()?, usize::try_from(location.column()).ok()?))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::yaml::At;

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
    }

    #[test]
    fn text_keeps_its_spelling_and_its_range() {
        let source = Source::new("t.yaml", "chartVersion: 012\n");
        let sample: Sample = read(&source).expect("reads");
        assert_eq!((sample.chart_version.as_str(), &source.text()[sample.chart_version.range.clone()]), ("012", "012"));
    }
}
