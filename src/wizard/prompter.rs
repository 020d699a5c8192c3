//! How a question is put to somebody, whoever that is: a person at a terminal, a screen reader, or a file of answers.

use super::ask::Leaving;
use super::text::explain;
use crate::base::error::{Error, Result, visible};

/// What a typed answer must pass.
pub type Check<'a> = &'a dyn Fn(&str) -> Result<()>;

/// Why a question has no answer.
#[derive(Clone, Debug)]
pub enum Unanswered {
    /// The user wants the question before it.
    Back,
    /// The user wants to change the answer to the question with this key.
    Change(String),
    /// The chart leaves MinIO, which is not the questions' work.
    Leaves(Box<Leaving>),
    /// Something failed.
    Failed(Error),
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// An answer, or why there is none.
pub type Asked<T> = std::result::Result<T, Unanswered>;

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its stable key, such as `cloud.region`.
    pub key: String,
    /// What is asked, in a few words: they stay on the screen beside the answer.
    pub ask: String,
    /// What depends on it. The first sentence is always shown, the rest on demand; may be empty.
    pub why: String,
    /// Answers to a text that are known; others may be typed.
    pub known: Vec<String>,
    /// Whether an answer that is not known is likely, as a new bucket's name is.
    pub open: bool,
    /// The keys of the questions that are put again when the answer becomes another.
    pub decides: &'static [&'static str],
}

impl Question {
    /// A question. Its words may be a profile's: nothing in them is obeyed by the terminal.
    pub fn new(key: impl Into<String>, ask: impl Into<String>, why: impl Into<String>) -> Self {
        let (ask, why) = (visible(&ask.into()), visible(&why.into()));
        Self { key: key.into(), ask, why, known: Vec::new(), open: false, decides: &[] }
    }

    /// Offers known answers to a text, which are found as one types.
    #[must_use]
    pub fn known(mut self, known: impl IntoIterator<Item = String>) -> Self {
        self.known = known.into_iter().collect();
        self
    }

    /// Another answer makes others doubtful: their questions are put again.
    #[must_use]
    pub fn decides(mut self, keys: &'static [&'static str]) -> Self {
        self.decides = keys;
        self
    }

    /// What is typed is as likely as what is known.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
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
    /// Whether it is shown on demand only.
    pub folded: bool,
    /// Whether it leads to another question, and so is no answer to keep.
    pub leads: bool,
    /// Whether it is the one to take, if nothing speaks against it.
    pub recommended: bool,
}

impl Item {
    /// An answer that can be taken.
    pub fn new(word: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            label: visible(&label.into()),
            note: String::new(),
            blocked: None,
            folded: false,
            leads: false,
            recommended: false,
        }
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = visible(&note.into());
        self
    }

    /// Says why it cannot be taken. It is shown on demand only.
    #[must_use]
    pub fn blocked(mut self, why: impl Into<String>) -> Self {
        self.blocked = Some(visible(&why.into()));
        self.folded = true;
        self
    }

    /// Shows it on demand only.
    #[must_use]
    pub fn folded(mut self) -> Self {
        self.folded = true;
        self
    }

    /// It leads to another question.
    #[must_use]
    pub fn leads(mut self) -> Self {
        self.leads = true;
        self
    }

    /// It is the one to take, if nothing speaks against it.
    #[must_use]
    pub fn recommended(mut self) -> Self {
        self.recommended = true;
        self
    }

    /// The label with its mark.
    pub(super) fn marked(&self) -> String {
        match (&self.blocked, self.recommended) {
            (Some(_), _) => format!("{} (not possible)", self.label),
            (None, true) => format!("Recommended: {}", self.label),
            (None, false) => self.label.clone(),
        }
    }

    /// The reason for or against it.
    pub(super) fn reason(&self) -> &str {
        self.blocked.as_ref().unwrap_or(&self.note)
    }
}

/// Everything that is known of a question and its answers, as the key `?` shows it.
pub(super) fn explained(question: &Question, items: &[Item]) -> String {
    let mut text = format!("{}\n{}", question.ask, question.why);
    if !question.known.is_empty() {
        text.push_str(&format!("\n\nKnown: {}", question.known.join(", ")));
    }
    for item in items.iter().filter(|item| !item.reason().is_empty()) {
        text.push_str(&format!("\n\n{}\n  {}", item.marked(), item.reason().replace('\n', "\n  ")));
    }
    text.trim_end().to_owned()
}

/// Chosen items, as a person reads them.
pub(super) fn labels(items: &[Item], chosen: &[usize]) -> String {
    let labels: Vec<&str> = chosen.iter().map(|index| items[*index].label.as_str()).collect();
    if labels.is_empty() { "none".to_owned() } else { labels.join(", ") }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The question's key.
    pub key: String,
    /// What was asked.
    pub ask: String,
    /// The answer, as a person reads it.
    pub shown: String,
}

/// Puts questions and brings answers.
pub trait Prompter {
    /// A text that passes the check. Enter takes the default; an empty default makes an empty answer possible.
    ///
    /// # Errors
    /// `BW0901` without a terminal, `BW0902` for a missing or wrong answer in a file, `BW0903` when interrupted.
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Asked<String>;

    /// One of the items, by its index; never a blocked one.
    ///
    /// # Errors
    /// As [`Prompter::text`].
    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Asked<usize>;

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
    ) -> Asked<Vec<usize>>;

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Prompter::text`].
    fn confirm(&mut self, question: &Question, default: bool) -> Asked<bool>;

    /// Says something that stays on the screen. Lines are wrapped.
    fn say(&mut self, text: &str);

    /// Says what is waited for; it may vanish when the wait is over.
    fn wait(&mut self, text: &str) {
        self.say(text);
    }

    /// The keys that help with every question, in one line.
    fn keys(&self) -> &'static str {
        "Enter takes what is proposed, Esc goes back, ? explains, Ctrl-C keeps answers."
    }

    /// Whether somebody is there who can be asked again.
    fn interactive(&self) -> bool {
        true
    }

    /// Whether the answer to a question is available without asking anybody.
    fn knows(&self, _key: &str) -> bool {
        false
    }

    /// A question is to be put again, whatever its answer was.
    fn ask_again(&mut self, _key: &str) {}

    /// The answers so far, in the order of their questions.
    fn given(&self) -> Vec<Given> {
        Vec::new()
    }

    /// Drops the answers that no question asked for; gives their keys.
    fn drop_unasked(&mut self) -> Vec<String> {
        Vec::new()
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
