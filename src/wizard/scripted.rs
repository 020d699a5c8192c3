//! Answers from a file, or every default: nobody is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Asked, Check, Item, Prompter, Question};
use crate::base::error::{Code, Error, Place, Result, Source};
use crate::base::yaml::{At, did_you_mean, read};

/// Takes answers from a map of question keys.
#[derive(Debug, Default)]
pub struct Scripted {
    source: Option<Source>,
    answers: BTreeMap<String, At<Value>>,
    defaults: bool,
    asked: BTreeSet<String>,
    /// The keys that had no answer, with the default that would be taken.
    missing: Vec<(String, String)>,
}

impl Scripted {
    /// Answers from a YAML file: one `key: answer` a line. With `defaults`, what the file does not say takes its
    /// default.
    ///
    /// # Errors
    /// `BW01xx` when the text is no such map.
    pub fn read(source: &Source, defaults: bool) -> Result<Self> {
        let answers: Option<BTreeMap<String, At<Value>>> = read(source)?;
        Ok(Self { source: Some(source.clone()), answers: answers.unwrap_or_default(), defaults, ..Self::default() })
    }

    /// Every default.
    pub fn defaults() -> Self {
        Self { defaults: true, ..Self::default() }
    }

    fn place(&self, key: &str) -> Option<Place> {
        let range = self.answers.get(key)?.range.clone();
        self.source.as_ref().map(|source| source.place(range))
    }

    /// The file's answer. A question that comes a second time would get the same answer for ever.
    fn answer(&mut self, question: &Question) -> Result<Option<Value>> {
        if !self.asked.insert(question.key.clone()) {
            return Err(Error::new(
                Code::BAD_ANSWERS,
                format!("the answers lead back to the question `{}`", question.key),
            )
            .fix("Change the answer there, or answer at a terminal.")
            .at(self.place(&question.key)));
        }
        Ok(self.answers.get(&question.key).map(|answer| answer.value.clone()))
    }

    /// Notes that the default had to be taken; without a default the answer is missing now.
    fn proposed<T>(&mut self, question: &Question, default: Option<(T, String)>) -> Result<T> {
        match default {
            Some((value, shown)) => {
                if !self.defaults {
                    self.missing.push((question.key.clone(), shown));
                }
                Ok(value)
            }
            None => Err(self.lacks(question)),
        }
    }

    fn lacks(&self, question: &Question) -> Error {
        let key = &question.key;
        let given = self.answers.keys().map(String::as_str).filter(|given| !self.asked.contains(*given));
        let near = did_you_mean(key, given)
            .map(|near| format!("The file says `{near}`: did you mean `{key}`? "))
            .unwrap_or_default();
        let variable = if key == "cloud.region" { " The environment variable AWS_REGION does the same." } else { "" };
        Error::new(Code::BAD_ANSWERS, format!("there is no answer to the question `{key}`, and nothing to propose"))
            .why(format!("It asks: {}", question.ask))
            .fix(format!("{near}Add `{key}: …` to a file and give it with `--answers FILE`.{variable}"))
    }

    fn wrong(&self, question: &Question, wanted: impl Into<String>) -> Error {
        let answer = self.answers.get(&question.key).map(|answer| answer.value.to_string()).unwrap_or_default();
        Error::new(Code::BAD_ANSWERS, format!("{answer} does not answer the question `{}`", question.key))
            .why(format!("It asks: {}", question.ask))
            .fix(wanted)
            .at(self.place(&question.key))
    }

    /// The item that a word means.
    fn item(&self, question: &Question, items: &[Item], word: &str) -> Result<usize> {
        let words = || items.iter().map(|item| item.word.as_str());
        let Some(index) = words().position(|known| known == word) else {
            let near = did_you_mean(word, words()).map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
            return Err(self.wrong(question, format!("{near}Known: {}.", words().collect::<Vec<_>>().join(", "))));
        };
        match &items[index].blocked {
            None => Ok(index),
            Some(why) => {
                let possible: Vec<&str> =
                    items.iter().filter(|item| item.blocked.is_none()).map(|item| item.word.as_str()).collect();
                Err(Error::new(Code::BAD_ANSWERS, format!("`{word}` is not a possible answer to `{}`", question.key))
                    .why(why.clone())
                    .fix(format!("Use one of: {}.", possible.join(", ")))
                    .at(self.place(&question.key)))
            }
        }
    }
}

impl Prompter for Scripted {
    fn text(&mut self, question: &Question, default: Option<&str>, check: Check<'_>) -> Asked<String> {
        let answer = match self.answer(question)? {
            None => self.proposed(question, default.map(|text| (text.to_owned(), Value::from(text).to_string())))?,
            Some(Value::String(text)) => text,
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            Some(_) => {
                return Err(self
                    .wrong(question, "Give a text, in quotes if it looks like a number or a boolean.")
                    .into());
            }
        };
        check(&answer).map_err(|error| error.at(self.place(&question.key)))?;
        Ok(answer)
    }

    fn choose(&mut self, question: &Question, items: &[Item], default: Option<usize>) -> Asked<usize> {
        match self.answer(question)? {
            None => Ok(self.proposed(question, default.map(|index| (index, items[index].word.clone())))?),
            Some(Value::String(word)) => Ok(self.item(question, items, &word)?),
            Some(_) => Err(self.wrong(question, "Give one word.").into()),
        }
    }

    fn choose_many(
        &mut self,
        question: &Question,
        items: &[Item],
        default: &[usize],
        least: usize,
    ) -> Asked<Vec<usize>> {
        let words = match self.answer(question)? {
            None => {
                let shown: Vec<&str> = default.iter().map(|index| items[*index].word.as_str()).collect();
                let proposal = (default.len() >= least).then(|| (default.to_vec(), format!("[{}]", shown.join(", "))));
                return Ok(self.proposed(question, proposal)?);
            }
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) if words.iter().all(Value::is_string) => {
                words.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(_) => return Err(self.wrong(question, "Give a list of words, such as `[gitlab]`.").into()),
        };
        let mut chosen = words.iter().map(|word| self.item(question, items, word)).collect::<Result<Vec<_>>>()?;
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.len() < least {
            return Err(self.wrong(question, "Name at least one.").into());
        }
        Ok(chosen)
    }

    fn confirm(&mut self, question: &Question, default: bool) -> Asked<bool> {
        match self.answer(question)? {
            None => Ok(self.proposed(question, Some((default, default.to_string())))?),
            Some(Value::Bool(answer)) => Ok(answer),
            Some(Value::String(word)) if word == "yes" => Ok(true),
            Some(Value::String(word)) if word == "no" => Ok(false),
            Some(_) => Err(self.wrong(question, "Give `true` or `false`.").into()),
        }
    }

    fn say(&mut self, _text: &str) {}

    fn interactive(&self) -> bool {
        false
    }

    fn knows(&self, key: &str) -> bool {
        self.answers.contains_key(key)
    }

    fn refuse(&mut self, key: &str, error: Error) -> Result<()> {
        Err(error.at(self.place(key)))
    }

    fn finish(&mut self) -> Result<()> {
        let mut errors: Vec<Error> = Vec::new();
        for key in self.answers.keys().filter(|key| !self.asked.contains(*key)) {
            let near = did_you_mean(key, self.asked.iter().map(String::as_str));
            let hint = near.map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
            let asked: Vec<&str> = self.asked.iter().map(String::as_str).collect();
            errors.push(
                Error::new(Code::BAD_ANSWERS, format!("nothing asks for `{key}`"))
                    .why("With these answers the question does not come up, or it has another name.")
                    .fix(format!("{hint}Remove it. Asked were: {}.", asked.join(", ")))
                    .at(self.place(key)),
            );
        }
        if !self.missing.is_empty() {
            let lines: Vec<String> = self.missing.iter().map(|(key, shown)| format!("  {key}: {shown}")).collect();
            errors.push(
                Error::new(Code::BAD_ANSWERS, format!("the answers file leaves {} questions open", self.missing.len()))
                    .why("Without `--defaults`, each question needs an answer.")
                    .fix(format!("Add `--defaults`, or these lines with your answers:\n{}", lines.join("\n"))),
            );
        }
        Error::check(errors)
    }
}
