//! How a question is put to somebody, whoever that is: a person at a terminal, a screen reader, or a file of answers.

use super::text::explain;
use crate::base::error::{Error, Result, visible};

/// What a typed answer must pass.
pub type Check<'a> = &'a dyn Fn(&str) -> Result<()>;

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its stable key, such as `cloud.region`.
    pub key: String,
    /// What is asked.
    pub ask: String,
    /// What depends on it, in a sentence or two; may be empty.
    pub why: String,
}

impl Question {
    /// A question. Its words may be a profile's: nothing in them is obeyed by the terminal.
    pub fn new(key: impl Into<String>, ask: impl Into<String>, why: impl Into<String>) -> Self {
        Self { key: key.into(), ask: visible(&ask.into()), why: visible(&why.into()) }
    }
}

/// One of several answers.
#[derive(Clone, Debug)]
pub struct Item {
    /// The word that answers files use.
    pub word: String,
    /// What a person reads.
    pub label: String,
    /// Why one would take it; may be empty.
    pub note: String,
    /// Why it cannot be taken.
    pub blocked: Option<String>,
}

impl Item {
    /// An answer that can be taken.
    pub fn new(word: impl Into<String>, label: impl Into<String>) -> Self {
        Self { word: word.into(), label: visible(&label.into()), note: String::new(), blocked: None }
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = visible(&note.into());
        self
    }

    /// Says why it cannot be taken.
    #[must_use]
    pub fn blocked(mut self, why: impl Into<String>) -> Self {
        self.blocked = Some(visible(&why.into()));
        self
    }

    /// The label with its mark.
    pub(super) fn marked(&self) -> String {
        if self.blocked.is_some() { format!("{} (not possible)", self.label) } else { self.label.clone() }
    }

    /// The reason for or against it.
    pub(super) fn reason(&self) -> &str {
        self.blocked.as_ref().unwrap_or(&self.note)
    }
}

/// Puts questions and brings answers.
pub trait Prompter {
    /// A text that passes the check. Enter takes the default; an empty default makes an empty answer possible.
    ///
    /// # Errors
    /// `BW0901` without a terminal, `BW0902` for a missing or wrong answer in a file, `BW0903` when interrupted.
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Result<String>;

    /// One of the items, by its index; never a blocked one.
    ///
    /// # Errors
    /// As [`Prompter::text`].
    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Result<usize>;

    /// Any of the items, by their indices and never a blocked one, but not fewer than `least`. `default` is marked from the start.
    ///
    /// # Errors
    /// As [`Prompter::text`].
    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Result<Vec<usize>>;

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Prompter::text`].
    fn confirm(&mut self, question: &Question, default: bool) -> Result<bool>;

    /// Says something. Lines are wrapped.
    fn say(&mut self, text: &str);

    /// Whether somebody is there who can be asked again.
    fn interactive(&self) -> bool {
        true
    }

    /// Whether the answer to a question is available without asking anybody.
    fn knows(&self, _key: &str) -> bool {
        false
    }

    /// An answer turned out to be impossible: says why, so that the question can be asked again.
    ///
    /// # Errors
    /// The same error, when nobody can be asked again.
    fn refuse(&mut self, _key: &str, error: Error) -> Result<()> {
        self.say(&explain(&error));
        Ok(())
    }

    /// All questions have been asked.
    ///
    /// # Errors
    /// `BW0902` when answers were missing, or answer no question.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
