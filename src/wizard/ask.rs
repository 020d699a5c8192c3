//! The course of the questions, and those about the place: name, cloud, region, account.

use super::cloud::{ORDER, words};
use super::draft::Draft;
use super::names::proposal;
use super::world::World;
use super::{Item, Prompter, Question, Surroundings};
use crate::base::error::{Error, Result};
use crate::base::names::SpecName;
use crate::profile::Catalogue;
use crate::spec::{Provider, Roles};

/// What the questions came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The text of `bucketwright.yaml`; it parses, and its blueprint is free of errors.
    pub spec: String,
    /// Whether everything is to be made now.
    pub provision: bool,
}

/// Asks everything, shows what came of it, and lets the user change answers until it is right. Writes nothing.
///
/// # Errors
/// `BW0901`–`BW0903` from the prompter, `BW0904` when the user stops at the summary, and whatever is wrong with answers
/// that nobody can correct.
pub fn ask(prompter: &mut dyn Prompter, surroundings: &mut dyn Surroundings, catalogue: &Catalogue) -> Result<Answers> {
    Wizard { prompter, world: World::new(surroundings), catalogue, draft: Draft::default() }.run()
}

/// Who is asked, what is known, and what was answered.
pub(super) struct Wizard<'a> {
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) world: World<'a>,
    pub(super) catalogue: &'a Catalogue,
    pub(super) draft: Draft,
}

impl Wizard<'_> {
    fn run(mut self) -> Result<Answers> {
        self.say(
            "A few questions, then the spec is written. Enter takes what is proposed; at the end every answer can \
             still be changed. Ctrl-C stops, and nothing is written.",
        );
        self.name()?;
        self.cloud()?;
        self.charts()?;
        self.cluster()?;
        self.roles()?;
        for index in 0..self.draft.installs.len() {
            self.options(index)?;
            self.optional_buckets(index)?;
            self.keys(index)?;
        }
        self.buckets()?;
        let proposed = self.prompter.interactive() && self.world.reachable();
        self.provision(proposed)?;
        self.prompter.finish()?;
        self.summary()
    }

    pub(super) fn say(&mut self, text: &str) {
        self.prompter.say(text);
    }

    /// Takes a changed draft, unless an install that was good would become impossible: then says why and keeps the old
    /// one.
    ///
    /// # Errors
    /// The reason, when nobody can be asked again.
    pub(super) fn accepts(&mut self, key: &str, index: usize, candidate: Draft) -> Result<bool> {
        match self.broken(index, &candidate) {
            Some(error) => self.prompter.refuse(key, error).map(|()| false),
            None => {
                self.draft = candidate;
                Ok(true)
            }
        }
    }

    /// Why an install that is good now would become impossible.
    pub(super) fn broken(&self, index: usize, candidate: &Draft) -> Option<Error> {
        let error = candidate.trial(index, self.catalogue).err()?;
        self.draft.trial(index, self.catalogue).is_ok().then_some(error)
    }

    pub(super) fn name(&mut self) -> Result<()> {
        let proposed = match self.draft.name.as_str() {
            "" => self.world.folder().and_then(|folder| proposal(&folder)),
            name => Some(name.to_owned()),
        };
        let question = Question::new(
            "name",
            "What shall this installation be called?",
            "The name becomes a part of bucket, role and user names. Your organisation and the environment make a \
             good one, such as acme-prod.",
        );
        self.draft.name =
            self.prompter.text(&question, proposed.as_deref(), &|text| SpecName::parse(text).map(drop))?;
        Ok(())
    }

    fn cloud(&mut self) -> Result<()> {
        let key = "cloud.provider";
        let mut provider = Provider::Aws;
        if self.prompter.interactive() || self.prompter.knows(key) {
            let question = Question::new(
                key,
                "Where shall the buckets be?",
                "A spec has one cloud. What each chart can use there is shown with the charts.",
            );
            let items = ORDER.map(|cloud| Item::new(cloud.as_str(), words(cloud).choice));
            provider = ORDER[self.prompter.choose(&question, &items, Some(0))?];
        }
        if provider != Provider::Aws {
            self.world.leave_aws();
        }
        (words(provider).ask)(self)
    }

    /// Whether an install has parts that could have roles of their own.
    pub(super) fn has_components(&self) -> bool {
        (0..self.draft.installs.len()).any(|index| match self.draft.trial(index, self.catalogue) {
            Ok(install) => install.principals.len() > 1,
            Err(_) => true,
        })
    }

    pub(super) fn roles(&mut self) -> Result<()> {
        if !self.has_components() {
            return Ok(());
        }
        let question = Question::new(
            "roles",
            "One role for a whole chart, or one for each of its parts?",
            "With static keys the same goes for users. The spec can say it for each chart on its own.",
        );
        let items = [
            Item::new(Roles::Shared.as_str(), "shared: one for a whole chart")
                .note("Less to look after. Every part of the chart reaches all of the chart's buckets."),
            Item::new(Roles::PerComponent.as_str(), "per-component: one for each part")
                .note("A part that is broken into reaches only its own buckets."),
        ];
        let current = usize::from(self.draft.roles == Roles::PerComponent);
        let chosen = self.prompter.choose(&question, &items, Some(current))?;
        self.draft.roles = if chosen == 1 { Roles::PerComponent } else { Roles::Shared };
        Ok(())
    }

    pub(super) fn provision(&mut self, proposed: bool) -> Result<()> {
        let question = Question::new(
            "provision",
            words(self.draft.provider()).make,
            "You see the plan first and are asked once more. With no, only the spec is written; `bucketwright apply` \
             does it later.",
        );
        self.draft.provision = self.prompter.confirm(&question, proposed)?;
        Ok(())
    }
}
