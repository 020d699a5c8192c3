//! What was answered, kept by the questions' keys. So a question can be put again without the others: the questions run
//! once more, and those that have an answer answer themselves. Going back, changes of mind, and runs that continue are one thing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ask::Earlier;
use super::prompter::{Asked, Check, Given, Item, Prompter, Question, labels};
use super::text::explain;
use crate::base::error::Error;

/// Answers of an earlier run, or of a spec, by the questions' keys.
pub type Kept = BTreeMap<String, Value>;

/// Puts those questions that have no answer yet.
pub(super) struct Journal<'a> {
    inner: &'a mut dyn Prompter,
    kept: Kept,
    /// Keys whose answers are proposed, but not taken without asking.
    again: BTreeSet<String>,
    given: Vec<Given>,
    /// What was said since the last answer, while nobody is being asked: it counts only if somebody is asked next.
    held: Option<Vec<String>>,
    /// The question that is put again from the summary; going back leads there.
    changing: Option<String>,
    /// Whether what is proposed answers a question that has no answer yet.
    complete: bool,
    keep: Box<dyn FnMut(&Kept) + 'a>,
}

impl<'a> Journal<'a> {
    pub(super) fn new(inner: &'a mut dyn Prompter, earlier: Earlier<'a>) -> Self {
        let Earlier { kept, complete, keep } = earlier;
        let held = (!kept.is_empty()).then(Vec::new);
        Self { inner, kept, again: BTreeSet::new(), given: Vec::new(), held, changing: None, complete, keep }
    }

    /// The questions begin from the first, whose answers are known.
    fn restart(&mut self) {
        self.given.clear();
        self.held = Some(Vec::new());
    }

    /// Goes back to the question before the one that is open.
    pub(super) fn back(&mut self) {
        match (self.changing.take(), self.given.last()) {
            (Some(key), _) => {
                self.again.remove(&key);
            }
            (None, Some(last)) => {
                self.again.insert(last.key.clone());
            }
            (None, None) => self.inner.say("This is the first question."),
        }
        self.restart();
    }

    /// Puts one question again; the others keep their answers.
    pub(super) fn change(&mut self, key: &str) {
        self.again.insert(key.to_owned());
        self.changing = Some(key.to_owned());
        self.restart();
    }

    fn kept(&self, key: &str) -> Option<&Value> {
        self.kept.get(key)
    }

    fn silent(&self, question: &Question) -> bool {
        !self.again.contains(&question.key)
    }

    /// Somebody is being asked: what was held is said.
    fn open(&mut self) {
        for text in self.held.take().unwrap_or_default() {
            self.inner.say(&text);
        }
    }

    fn note(&mut self, question: &Question, value: Value, shown: String, asked: bool) {
        if let Some(held) = &mut self.held {
            held.clear();
        }
        self.given.retain(|given| given.key != question.key);
        self.given.push(Given { key: question.key.clone(), ask: question.ask.clone(), shown });
        if asked {
            self.again.remove(&question.key);
            self.changing.take_if(|key| *key == question.key);
            if self.kept.get(&question.key).is_some_and(|before| *before != value) {
                let doubtful = question.decides.iter().filter(|key| self.kept.contains_key(**key));
                self.again.extend(doubtful.map(|key| (*key).to_owned()));
            }
        }
        if asked || self.complete {
            self.kept.insert(question.key.clone(), value);
            (self.keep)(&self.kept);
        }
    }

    /// The index of a kept word, where it can be taken.
    fn index(&self, key: &str, items: &[Item]) -> Option<usize> {
        let word = self.kept(key)?.as_str()?;
        items.iter().position(|item| item.word == word && item.blocked.is_none() && !item.leads)
    }

    fn indices(&self, key: &str, items: &[Item], least: usize) -> Option<Vec<usize>> {
        let words = self.kept(key)?.as_array()?;
        let index = |word: &Value| {
            let word = word.as_str()?;
            items.iter().position(|item| item.word == word && item.blocked.is_none())
        };
        let mut found = words.iter().map(index).collect::<Option<Vec<_>>>()?;
        found.sort_unstable();
        found.dedup();
        (found.len() >= least).then_some(found)
    }
}

impl Prompter for Journal<'_> {
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Asked<String> {
        let kept = self.kept(&question.key).and_then(Value::as_str).map(str::to_owned);
        let kept = kept.filter(|text| !(text.is_empty() && default.is_none()) && check(text).is_ok());
        let proposed = || default.filter(|text| self.complete && check(text).is_ok()).map(str::to_owned);
        if let Some(text) = kept.clone().or_else(proposed).filter(|_| self.silent(question)) {
            self.note(question, json!(text), text.clone(), false);
            return Ok(text);
        }
        self.open();
        let text = self.inner.text(question, kept.as_deref().or(default), check)?;
        self.note(question, json!(text), text.clone(), true);
        Ok(text)
    }

    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Asked<usize> {
        let kept = self.index(&question.key, items);
        let proposed =
            || default.filter(|index| self.complete && !items[*index].leads && items[*index].blocked.is_none());
        if let Some(index) = kept.or_else(proposed).filter(|_| self.silent(question)) {
            self.note(question, json!(items[index].word), items[index].label.clone(), false);
            return Ok(index);
        }
        self.open();
        let index = self.inner.choose(question, items, kept.or(default))?;
        if !items[index].leads {
            self.note(question, json!(items[index].word), items[index].label.clone(), true);
        }
        Ok(index)
    }

    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Asked<Vec<usize>> {
        let words = |chosen: &[usize]| chosen.iter().map(|index| items[*index].word.as_str()).collect::<Vec<_>>();
        let kept = self.indices(&question.key, items, least);
        let proposed = || Some(default.to_vec()).filter(|chosen| self.complete && chosen.len() >= least);
        if let Some(chosen) = kept.clone().or_else(proposed).filter(|_| self.silent(question)) {
            self.note(question, json!(words(&chosen)), labels(items, &chosen), false);
            return Ok(chosen);
        }
        self.open();
        let chosen = self.inner.choose_many(question, items, kept.as_deref().unwrap_or(default), least)?;
        self.note(question, json!(words(&chosen)), labels(items, &chosen), true);
        Ok(chosen)
    }

    fn confirm(&mut self, question: &Question, default: bool) -> Asked<bool> {
        let word = |answer: bool| if answer { "yes" } else { "no" }.to_owned();
        let kept = self.kept(&question.key).and_then(Value::as_bool);
        let proposed = || self.complete.then_some(default);
        if let Some(answer) = kept.or_else(proposed).filter(|_| self.silent(question)) {
            self.note(question, json!(answer), word(answer), false);
            return Ok(answer);
        }
        self.open();
        let answer = self.inner.confirm(question, kept.unwrap_or(default))?;
        self.note(question, json!(answer), word(answer), true);
        Ok(answer)
    }

    fn say(&mut self, text: &str) {
        match &mut self.held {
            Some(held) => held.push(text.to_owned()),
            None => self.inner.say(text),
        }
    }

    fn wait(&mut self, text: &str) {
        if self.held.is_none() {
            self.inner.wait(text);
        }
    }

    fn knows(&self, key: &str) -> bool {
        self.kept.contains_key(key) || self.again.contains(key)
    }

    fn ask_again(&mut self, key: &str) {
        self.again.insert(key.to_owned());
    }

    fn given(&self) -> Vec<Given> {
        self.given.clone()
    }

    fn drop_unasked(&mut self) -> Vec<String> {
        self.complete = false;
        let asked = |key: &String| self.given.iter().any(|given| &given.key == key);
        let dropped: Vec<String> = self.kept.keys().filter(|key| !asked(key)).cloned().collect();
        dropped.iter().for_each(|key| drop(self.kept.remove(key)));
        if !dropped.is_empty() {
            (self.keep)(&self.kept);
        }
        // What was confirmed belongs to the answer before it.
        dropped.into_iter().filter(|key| !key.to_lowercase().contains("unknown")).collect()
    }

    fn refuse(&mut self, key: &str, error: Error) -> crate::base::error::Result<()> {
        self.again.insert(key.to_owned());
        // What was refused is not proposed again.
        self.kept.remove(key);
        self.given.retain(|given| given.key != key);
        self.say(&explain(&error));
        Ok(())
    }
}
