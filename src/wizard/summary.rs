//! The summary, where each answer can be changed.

use super::ask::Wizard;
use super::text::explain;
use super::{Answers, Asked, Item, Question};
use crate::base::error::{Code, Error, Result};
use crate::model::Blueprint;

impl Wizard<'_, '_> {
    /// Shows what came of the answers and goes on when the user agrees.
    pub(super) fn summary(mut self) -> Asked<Answers> {
        let checked = self.draft.blueprint(self.catalogue);
        if !self.prompter.interactive() {
            checked?;
            return Ok(self.outcome());
        }
        self.unasked();
        let (question, items) = self.conclusion(&checked);
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        match items[chosen].word.as_str() {
            "plan" => self.draft.provision = true,
            "write" => {}
            "stop" => {
                return Err(Error::new(Code::NOT_CONFIRMED, "Cancelled; no spec was written")
                    .fix("The next run offers your answers again.")
                    .into());
            }
            key => return Err(super::Unanswered::Change(key.to_owned())),
        }
        Ok(self.outcome())
    }

    fn outcome(&self) -> Answers {
        Answers { spec: self.draft.text(), provision: self.draft.provision, leaving: None }
    }

    /// Answers whose questions no longer come up are dropped, and it is said.
    fn unasked(&mut self) {
        let dropped = self.prompter.drop_unasked();
        if !dropped.is_empty() {
            self.say(&format!("No longer asked with these answers, so left out: {}.", dropped.join(", ")));
        }
    }

    /// What can be done now: the ways to go on, then every answer.
    fn conclusion(&mut self, checked: &Result<Blueprint>) -> (Question, Vec<Item>) {
        let mut items = Vec::new();
        let mut why = String::new();
        match checked {
            Ok(blueprint) => {
                why = Self::warnings(blueprint);
                let plan = Item::new("plan", "write the spec, then show the plan")
                    .note("Nothing is made before you have seen the plan and said yes once more.");
                let write = Item::new("write", "only write the spec")
                    .note("`bucketwright plan` and `bucketwright apply` do the rest later.");
                let first = self.world.plans() && (self.world.rehearses() || self.world.reachable());
                items.extend(if first { [plan.recommended(), write] } else { [write.recommended(), plan] });
                if !self.world.plans() {
                    items.retain(|item| item.word == "write");
                }
            }
            Err(error) => self.say(&format!("These answers do not go together yet.\n{}", explain(error))),
        }
        items.push(Item::new("stop", "stop, and write nothing"));
        items.extend(self.prompter.given().into_iter().map(|given| {
            let ask = given.ask.trim_end_matches(['?', ':']);
            Item::new(given.key, format!("change {ask} · {}", given.shown)).leads()
        }));
        (Question::new("summary", "Is everything right?", why), items)
    }

    /// The warnings in full, below a line that says how many there are. `plan` and `apply` print them, too.
    fn warnings(blueprint: &Blueprint) -> String {
        let warnings = blueprint.installs.iter().flat_map(|install| {
            let title = &install.profile.about.title;
            install.warnings.iter().map(move |warning| {
                let fix = warning.fix.as_deref().unwrap_or_default();
                format!("\n\nGood to know about {title} ({}): {} {fix}", warning.code, warning.what)
            })
        });
        let warnings: Vec<String> = warnings.collect();
        match warnings.len() {
            0 => "Nothing was made or written yet.".to_owned(),
            1 => format!("There is one thing to know first: ? shows it.{}", warnings.concat()),
            count => format!("There are {count} things to know first: ? shows them.{}", warnings.concat()),
        }
    }
}
