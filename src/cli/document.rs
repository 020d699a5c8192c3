//! What a command prints for programs: one JSON document, whatever happens.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::error::Error;
use crate::report::error_json;

/// The document of a command. It is kept until the command is over, so that an error which comes after it becomes a part of
/// it instead of a second document.
#[derive(Clone, Debug, Default)]
pub(super) struct Document(Arc<Mutex<State>>);

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
        if !matches!(*now, State::Given) {
            *now = state;
        }
    }

    /// The document of a command that is over, with what it failed with; `None` when it was given away before.
    pub(super) fn given(&self, error: Option<&Error>) -> Option<Value> {
        let state = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Given);
        let mut value = match (state, error) {
            (State::Given, _) => return None,
            (State::Ours(value), _) | (State::Foreign(value), None) => value,
            // Nothing may stand in such a document, and whoever waits for it must not take half of one.
            (State::Empty | State::Foreign(_), _) => json!({"version": 1}),
        };
        if let Some(error) = error {
            value["errors"] = error_json(error)["errors"].take();
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn error() -> Error {
        Error::new(Code::INTERRUPTED, "stopped")
    }

    #[test]
    fn an_error_becomes_a_part_of_what_was_kept() {
        let document = Document::default();
        document.keep(json!({"version": 1, "steps": []}));
        let value = document.given(Some(&error())).expect("the first");
        assert_eq!((&value["steps"], &value["errors"][0]["code"]), (&json!([]), &json!("BW0903")));
        assert_eq!(document.given(None), None, "there is no second one");
        document.keep(json!({"version": 1}));
        assert_eq!(document.given(None), None);
    }

    #[test]
    fn a_document_of_others_stays_what_it_is() {
        let document = Document::default();
        document.keep_foreign(json!({"kind": "List"}));
        assert_eq!(document.given(None), Some(json!({"kind": "List"})));
        let document = Document::default();
        document.keep_foreign(json!({"kind": "List"}));
        assert_eq!(document.given(Some(&error())), Some(error_json(&error())));
    }

    #[test]
    fn nothing_is_a_document_too() {
        assert_eq!(Document::default().given(None), Some(json!({"version": 1})));
        assert_eq!(Document::default().given(Some(&error())), Some(error_json(&error())));
    }
}
