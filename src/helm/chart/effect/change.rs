//! What is put in the place of a value to see whether anything changes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use super::Leaf;

/// A way to change a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To something that nobody else says: a text of ours, the other boolean, the next number.
    Marked,
    /// To what the chart's defaults say: a text that is compared with another has an effect only then.
    Default,
    /// To nothing, which takes the default away too.
    Absent,
}

impl Way {
    /// What a key becomes; `None` where it would not change.
    pub(super) fn of(self, leaf: &Leaf, number: usize) -> Option<Value> {
        match self {
            Self::Marked => marked(&leaf.value, number),
            Self::Default => leaf.default.clone().filter(|default| *default != leaf.value && !default.is_null()),
            Self::Absent => (!leaf.value.is_null()).then_some(Value::Null),
        }
    }
}

fn marked(value: &Value, number: usize) -> Option<Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => json!(!value),
        Value::Number(value) => value.as_i64().map_or_else(|| json!(1), |value| json!(value.wrapping_add(1))),
        Value::String(_) => json!(mark(number)),
        Value::Array(items) if items.iter().all(Value::is_string) => json!([mark(number)]),
        Value::Array(_) => json!([]),
        Value::Object(_) => json!({ mark(number): mark(number) }),
    })
}

/// A text that stands nowhere else, and is a name wherever Kubernetes wants one.
pub(super) fn mark(number: usize) -> String {
    format!("bwq{number}x")
}

/// Whether a mark shows up in what was rendered, as it is, in capitals, or in base64.
pub(super) fn shows(text: &str, mark: &str) -> bool {
    text.contains(mark) || text.contains(&mark.to_uppercase()) || text.contains(&STANDARD_NO_PAD.encode(mark))
}
