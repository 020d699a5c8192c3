//! What a command prints for programs: one JSON document, whatever happens.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::base::error::Error;
use crate::model::Blueprint;
use crate::report::{Screen, error_json, warnings_json, warnings_text};

/// The document of a command. It is kept until the command is over, so that an error which comes after it becomes a part of
/// it instead of a second document.
#[derive(Clone, Debug, Default)]
pub(super) struct Document(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    state: State,
    /// The warnings of the blueprints so far, each once, as a person reads them and as a program does; `None` before the first.
    warnings: Option<Vec<(String, Value)>>,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing was said yet.
    #[default]
    Empty,
    /// A document of our own, to which keys may be added.
    Ours(Value),
    /// A document whose form others have set.
    Foreign(Value),
    /// It is given away; there is no second one.
    Given,
}

impl Document {
    /// Keeps a document of our own.
    pub(super) fn keep(&self, value: Value) {
        self.set(State::Ours(value));
    }

    /// Keeps a document whose form others have set, such as a policy.
    pub(super) fn keep_foreign(&self, value: Value) {
        self.set(State::Foreign(value));
    }

    fn set(&self, state: State) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(now.state, State::Given) {
            now.state = state;
        }
    }

    /// Remembers the warnings of a blueprint; the text of those that were not there yet.
    pub(super) fn warned(&self, blueprint: &Blueprint, screen: Screen) -> String {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = now.warnings.get_or_insert_default();
        let mut fresh = String::new();
        for (text, value) in warnings_text(blueprint, &screen).into_iter().zip(warnings_json(blueprint)) {
            if all.iter().all(|(_, known)| *known != value) {
                fresh.push_str(&text);
                all.push((text, value));
            }
        }
        fresh
    }

    /// The document of a command that is over, with what it failed with, and the text of warnings that have no place in it;
    /// `None` when it was given away before.
    pub(super) fn given(&self, error: Option<&Error>) -> Option<(Value, String)> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = std::mem::replace(&mut now.state, State::Given);
        let warnings = now.warnings.take().map(|all| all.into_iter().unzip::<String, Value, String, Vec<Value>>());
        let (texts, warnings) = warnings.map_or_else(Default::default, |(texts, list)| (texts, Some(list)));
        let mut value = match (state, error) {
            (State::Given, _) => return None,
            (State::Foreign(value), None) => return Some((value, texts)),
            (State::Ours(value), _) => value,
            // Nothing may be added to a foreign document, and whoever waits for it must not take half of one.
            (State::Empty | State::Foreign(_), _) => json!({"version": 1}),
        };
        if let Some(error) = error {
            value["errors"] = error_json(error)["errors"].take();
        }
        let there = value.get("warnings").or_else(|| value.get("plan")?.get("warnings")).is_some();
        if let Some(warnings) = warnings.filter(|_| !there) {
            value["warnings"] = warnings.into();
        }
        Some((value, String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;

    fn error() -> Error {
        Error::new(Code::INTERRUPTED, "stopped")
    }

    fn given(document: &Document, error: Option<&Error>) -> Option<Value> {
        document.given(error).map(|(value, _)| value)
    }

    #[test]
    fn an_error_becomes_a_part_of_what_was_kept() {
        let document = Document::default();
        document.keep(json!({"version": 1, "steps": []}));
        let (value, _) = document.given(Some(&error())).expect("the first");
        assert_eq!((&value["steps"], &value["errors"][0]["code"]), (&json!([]), &json!("BW0903")));
        assert_eq!(document.given(None), None, "there is no second one");
        document.keep(json!({"version": 1}));
        assert_eq!(document.given(None), None);
    }

    #[test]
    fn a_document_of_others_stays_what_it_is() {
        let document = Document::default();
        document.keep_foreign(json!({"kind": "List"}));
        assert_eq!(given(&document, None), Some(json!({"kind": "List"})));
        let document = Document::default();
        document.keep_foreign(json!({"kind": "List"}));
        assert_eq!(given(&document, Some(&error())), Some(error_json(&error())));
    }

    #[test]
    fn nothing_is_a_document_too() {
        assert_eq!(given(&Document::default(), None), Some(json!({"version": 1})));
        assert_eq!(given(&Document::default(), Some(&error())), Some(error_json(&error())));
    }
}
