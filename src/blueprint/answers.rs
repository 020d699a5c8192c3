//! Whether what a spec or an expression answers is of the kind that is asked for.

use serde_json::Value;

use crate::error::Result;
use crate::names::DnsLabel;
use crate::profile::{Choice, ChoiceKind};
use crate::secret::MARK;

/// Whether a value may be given for an option.
pub(super) fn fits(choice: &Choice, value: &Value) -> bool {
    match choice.kind {
        ChoiceKind::Bool => value.is_boolean(),
        ChoiceKind::Text => is_text(value),
        ChoiceKind::List => value.as_array().is_some_and(|items| items.iter().all(is_text)),
        ChoiceKind::Choice => value.as_str().is_some_and(|word| choice.choices.iter().any(|known| known == word)),
    }
}

/// Whether a value is a text that cannot be taken for the mark of a secret.
fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains(MARK))
}

/// Namespaces from a list, each once.
pub(super) fn namespaces(items: &[Value]) -> Result<Vec<DnsLabel>> {
    let mut names = Vec::new();
    for item in items {
        let name = DnsLabel::namespace(item.as_str().unwrap_or_default())?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
