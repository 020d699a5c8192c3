//! Values as the flags of `helm upgrade --set …`, for those who install without values files.
//!
//! Source: Helm, `pkg/strvals/parser.go`: a key ends at `.`, `=`, `[` and `,`, a text at `,`; `\` takes the next character as it
//! is; `{` at the start of a text begins a list. `--set` knows whole numbers, `true`, `false` and `null`; `--set-string` nothing
//! but texts; `--set-json` (from Helm 3.10) everything.

use serde_json::Value;

use crate::base::shell::word;

/// One flag with its argument for each value that is not a map, in the order of the values; words of a shell.
pub fn set_flags(values: &Value) -> Vec<String> {
    let mut flags = Vec::new();
    for (key, value) in values.as_object().into_iter().flatten() {
        walk(&escaped_key(key), value, &mut flags);
    }
    flags
}

fn walk(path: &str, value: &Value, flags: &mut Vec<String>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                walk(&format!("{path}.{}", escaped_key(key)), value, flags);
            }
        }
        Value::String(text) => flags.push(flag("--set-string", path, &escaped_text(text))),
        Value::Bool(_) | Value::Null => flags.push(flag("--set", path, &value.to_string())),
        Value::Number(number) if number.is_i64() => flags.push(flag("--set", path, &number.to_string())),
        other => flags.push(flag("--set-json", path, &other.to_string())),
    }
}

fn flag(name: &str, path: &str, value: &str) -> String {
    format!("{name} {}", word(&format!("{path}={value}")))
}

fn escaped_key(key: &str) -> String {
    escaped(key, &['.', '=', '[', ',', '\\'])
}

fn escaped_text(text: &str) -> String {
    let text = escaped(text, &[',', '\\']);
    if text.starts_with('{') { format!("\\{text}") } else { text }
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if special.contains(&letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_has_its_flag() {
        let values = json!({
            "a": {"b.c/d": "arn:aws:iam::1:role/x", "on": true, "gone": null},
            "number": 128, "zero": "012", "part": 1.5, "list": ["x,y", 1], "none": [], "map": {},
            "text": "{a},b\\c", "it's": "$HOME"
        });
        assert_eq!(
            set_flags(&values),
            [
                r"--set-string 'a.b\.c/d=arn:aws:iam::1:role/x'",
                "--set a.on=true",
                "--set a.gone=null",
                "--set number=128",
                "--set-string zero=012",
                "--set-json part=1.5",
                r#"--set-json 'list=["x,y",1]'"#,
                "--set-json 'none=[]'",
                "--set-json 'map={}'",
                r"--set-string 'text=\{a}\,b\\c'",
                r"--set-string 'it'\''s=$HOME'",
            ]
        );
    }
}
