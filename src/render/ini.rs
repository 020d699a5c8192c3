//! INI as s3cmd and the AWS SDKs read it: sections of `key = value`.
//!
//! Source of the rules: s3cmd `S3/Config.py` (ConfigParser): no inline comments, a leading `$` names an environment
//! variable, surrounding double quotes are stripped, edge blanks are trimmed.

use serde_json::{Map, Value};

use crate::base::error::{Code, Error, Result};

/// Writes sections.
///
/// # Errors
/// `BW0702` for a value that the format cannot carry; the value is not repeated.
pub(super) fn write(file: &str, sections: &Value) -> Result<String> {
    let mut out = String::new();
    for (section, entries) in sections.as_object().into_iter().flatten() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("[{section}]\n"));
        for (key, value) in entries.as_object().into_iter().flatten() {
            let text = text(value);
            if let Some(reason) = cannot_carry(&text) {
                return Err(Error::new(Code::CANNOT_CARRY, format!("{file} cannot carry the value of `{key}`"))
                    .why(format!("In this format, a value {reason}."))
                    .fix("Use another key or password: for a secret of your own choice, letters and digits are always safe."));
            }
            out.push_str(&format!("{key} = {text}\n"));
        }
    }
    Ok(out)
}

/// A scalar as the text that is in the file; booleans as Python writes them, which s3cmd reads.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

fn cannot_carry(text: &str) -> Option<&'static str> {
    if text.contains(['\n', '\r']) {
        Some("ends at the end of its line")
    } else if text.is_empty() {
        Some("cannot be empty")
    } else if text.trim() != text {
        Some("loses blanks at its ends")
    } else if text.starts_with('$') {
        Some("that begins with `$` is taken for the name of an environment variable")
    } else if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        Some("loses the quotes around it")
    } else {
        None
    }
}

/// Reads sections the way s3cmd does, all values as text.
pub fn parse(text: &str) -> Value {
    let mut sections = Map::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section.clone_into(&mut current);
            sections.entry(current.clone()).or_insert_with(|| Value::Object(Map::new()));
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim();
            let value = if value.len() > 1 && value.starts_with('"') && value.ends_with('"') {
                &value[1..value.len() - 1]
            } else {
                value
            };
            if let Some(entries) =
                sections.entry(current.clone()).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
            {
                entries.insert(key.trim().to_owned(), Value::String(value.to_owned()));
            }
        }
    }
    Value::Object(sections)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_back_as_text() {
        let sections =
            json!({"default": {"access_key": "AKIA%(x)s", "use_https": true, "multipart_chunk_size_mb": 128}});
        let text = write("s3cmd.cfg", &sections).expect("writes");
        assert_eq!(text, "[default]\naccess_key = AKIA%(x)s\nuse_https = True\nmultipart_chunk_size_mb = 128\n");
        assert_eq!(
            parse(&text),
            json!({"default": {"access_key": "AKIA%(x)s", "use_https": "True", "multipart_chunk_size_mb": "128"}})
        );
    }

    #[test]
    fn what_the_format_cannot_carry_is_refused_and_not_repeated() {
        for secret in ["$HOME", " edge", "two\nlines", "\"quoted\"", ""] {
            let error = write("s3cmd.cfg", &json!({"default": {"secret_key": secret}})).expect_err(secret);
            assert_eq!(error.code(), &Code::CANNOT_CARRY);
            assert!(secret.trim().is_empty() || !format!("{error:?}").contains(secret));
        }
    }
}
