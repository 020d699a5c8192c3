//! Questions that profiles bring: their options and their optional buckets.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::ask::Wizard;
use super::draft::Draft;
use super::{Asked, Item, Question};
use crate::base::error::Error;
use crate::blueprint::context;
use crate::profile::{Check, Choice, ChoiceKind, in_range};

impl Wizard<'_, '_> {
    /// The options that the profile wants asked for this chart version.
    fn asked_options(&self, index: usize) -> Vec<String> {
        let install = &self.draft.installs[index];
        let asked = |choice: &&Choice| choice.ask.is_some() && in_range(choice.charts.as_ref(), &install.version);
        install.profile.about.options.iter().filter(asked).map(|choice| choice.name.clone()).collect()
    }

    pub(super) fn options(&mut self, index: usize) -> Asked<()> {
        let profile = Rc::clone(&self.draft.installs[index].profile);
        for name in self.asked_options(index) {
            if let Some(choice) = profile.about.options.iter().find(|choice| choice.name == name) {
                self.option(index, choice)?;
            }
        }
        Ok(())
    }

    /// Asks until the answer is possible. What equals the default is left out of the spec, so that it follows the
    /// other answers.
    fn option(&mut self, index: usize, choice: &Choice) -> Asked<()> {
        let key = format!("{}.options.{}", self.draft.installs[index].id(), choice.name);
        let title = self.draft.installs[index].title();
        let question =
            Question::new(&key, format!("{title}: {}", choice.ask.as_deref().unwrap_or(&choice.name)), &choice.why);
        loop {
            let proposed = self.default_option(index, choice);
            let current = self.draft.installs[index].options.get(&choice.name).cloned();
            let answer = self.option_answer(&question, choice, current.as_ref().unwrap_or(&proposed))?;
            let mut candidate = self.draft.clone();
            let options = &mut candidate.installs[index].options;
            if answer == proposed {
                options.remove(&choice.name);
            } else {
                options.insert(choice.name.clone(), answer);
            }
            if let Some(error) = self.misses(index, choice, &candidate) {
                self.prompter.refuse(&key, error)?;
            } else if self.accepts(&key, index, candidate)? {
                return Ok(());
            }
        }
    }

    /// What one of the profile's checks says of this very option.
    fn misses(&self, index: usize, choice: &Choice, candidate: &Draft) -> Option<Error> {
        let error = candidate.trial(index, self.catalogue).err()?;
        let at = format!("install.options.{}", choice.name);
        let checks = &self.draft.installs[index].profile.about.checks;
        let ours = |check: &Check| check.code.value == error.code().as_str() && check.at.as_deref() == Some(&at);
        checks.iter().any(ours).then_some(error)
    }

    fn option_answer(&mut self, question: &Question, choice: &Choice, current: &Value) -> Asked<Value> {
        Ok(match choice.kind {
            ChoiceKind::Bool => json!(self.prompter.confirm(question, current.as_bool().unwrap_or_default())?),
            ChoiceKind::Choice => {
                let items: Vec<Item> = choice.choices.iter().map(|word| Item::new(word, word)).collect();
                let default = choice.choices.iter().position(|word| Some(word.as_str()) == current.as_str());
                json!(choice.choices[self.prompter.choose(question, &items, default)?])
            }
            ChoiceKind::Text => {
                json!(self.prompter.text(question, Some(current.as_str().unwrap_or_default()), &|_| Ok(()))?)
            }
            ChoiceKind::List => {
                let why = format!("{} Put commas between several.", question.why);
                let question = Question::new(&question.key, &question.ask, why);
                let shown: Vec<&str> = current.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let answer = self.prompter.text(&question, Some(&shown.join(", ")), &|_| Ok(()))?;
                json!(answer.split([',', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>())
            }
        })
    }

    /// The value that the option has when the spec is silent. Its expressions are evaluated by the blueprint, and where
    /// the other answers make none, with what is known.
    fn default_option(&self, index: usize, choice: &Choice) -> Value {
        let mut silent = self.draft.clone();
        silent.installs[index].options.remove(&choice.name);
        if let Ok(install) = silent.trial(index, self.catalogue)
            && let Some(value) = install.variables.get("options").and_then(|options| options.get(&choice.name))
        {
            return value.clone();
        }
        let install = &self.draft.installs[index];
        let known =
            json!({"spec": {"name": self.draft.name}, "release": install.release, "namespace": install.namespace});
        let evaluated = context(known.as_object().unwrap_or(&Map::new()))
            .and_then(|context| install.profile.expressions.value(&choice.default.value, &context));
        evaluated.unwrap_or(Value::Null)
    }

    /// The optional buckets that can be used with the answers as they stand, and what is kept in them.
    fn optional_purposes(&self, index: usize) -> Vec<(String, String)> {
        let install = &self.draft.installs[index];
        let mut purposes: Vec<(String, String)> = Vec::new();
        for bucket in install.profile.about.buckets.iter().filter(|bucket| bucket.optional) {
            let known = purposes.iter().any(|(purpose, _)| purpose == &bucket.purpose);
            if !known && in_range(bucket.charts.as_ref(), &install.version) && self.has_purpose(index, &bucket.purpose)
            {
                purposes.push((bucket.purpose.clone(), bucket.why.clone()));
            }
        }
        purposes
    }

    pub(super) fn optional_buckets(&mut self, index: usize) -> Asked<()> {
        let purposes = self.optional_purposes(index);
        if purposes.is_empty() {
            return Ok(());
        }
        let install = &self.draft.installs[index];
        let question = Question::new(
            format!("{}.optionalBuckets", install.id()),
            format!("What else {} keeps in buckets", install.title()),
            "Each marked one gets a bucket. None is needed, and each can be added later.",
        );
        let items: Vec<Item> = purposes.iter().map(|(purpose, why)| Item::new(purpose, purpose).note(why)).collect();
        let given = |purpose: &str| self.prompter.knows(&format!("{}.buckets.{purpose}", install.id()));
        let marked: Vec<usize> = (0..purposes.len())
            .filter(|at| install.optional.contains(&purposes[*at].0) || given(&purposes[*at].0))
            .collect();
        let chosen = self.prompter.choose_many(&question, &items, &marked, 0)?;
        let optional: Vec<String> = chosen.into_iter().map(|at| purposes[at].0.clone()).collect();
        let install = &mut self.draft.installs[index];
        install
            .buckets
            .retain(|purpose, _| optional.contains(purpose) || !purposes.iter().any(|(known, _)| known == purpose));
        install.optional = optional;
        Ok(())
    }
}
