//! The course of the questions, and those about the place: name, cloud, roles.

use semver::Version;

use super::cloud::{ORDER, words};
use super::draft::Draft;
use super::journal::{Journal, Kept};
use super::names::proposal;
use super::world::World;
use super::{Asked, Item, Prompter, Question, Surroundings, Unanswered};
use crate::base::error::{Code, Error, Result};
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
    /// What leaves MinIO instead: then there is no spec yet, since `migrate settings` makes it from the values that run.
    pub leaving: Option<Leaving>,
}

/// A release that runs on MinIO and is to leave it, in the words of `migrate settings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The profile.
    pub profile: String,
    /// The chart's version that runs.
    pub version: Version,
    /// The release.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The name of the new spec.
    pub name: String,
    /// The region of the new buckets.
    pub region: String,
}

/// What is known before the first question, and where answers are kept until the last.
pub struct Earlier<'a> {
    /// Answers of an earlier run, or of a spec.
    pub kept: Kept,
    /// Whether what has no answer takes what is proposed, until the summary: a spec leaves out what is so anyhow.
    pub complete: bool,
    /// Keeps the answers so far; it is called after each of them.
    pub keep: Box<dyn FnMut(&Kept) + 'a>,
}

impl Default for Earlier<'_> {
    fn default() -> Self {
        Self { kept: Kept::new(), complete: false, keep: Box::new(|_| {}) }
    }
}

/// Asks everything, shows what came of it, and lets the user change answers until it is right. Writes nothing.
///
/// # Errors
/// `BW0901`–`BW0903` from the prompter, `BW0904` when the user stops at the summary, and whatever is wrong with answers
/// that nobody can correct.
pub fn ask(
    prompter: &mut dyn Prompter,
    surroundings: &mut dyn Surroundings,
    catalogue: &Catalogue,
    earlier: Earlier<'_>,
) -> Result<Answers> {
    let mut world = World::new(surroundings);
    if !prompter.interactive() {
        let run = Wizard { prompter, world: &mut world, catalogue, draft: Draft::default() }.run();
        return run.map_err(|unanswered| match unanswered {
            Unanswered::Failed(error) => error,
            _ => Error::new(Code::BAD_ANSWERS, "a file cannot go back"),
        });
    }
    prompter.say(prompter.keys());
    let mut journal = Journal::new(prompter, earlier);
    loop {
        world.begin();
        let run = Wizard { prompter: &mut journal, world: &mut world, catalogue, draft: Draft::default() }.run();
        match run {
            Ok(answers) => return Ok(answers),
            Err(Unanswered::Back) => journal.back(),
            Err(Unanswered::Change(key)) => journal.change(&key),
            Err(Unanswered::Leaves(leaving)) => {
                return Ok(Answers { spec: String::new(), provision: false, leaving: Some(*leaving) });
            }
            Err(Unanswered::Failed(error)) => return Err(error),
        }
    }
}

/// Who is asked, what is known, and what was answered.
pub(super) struct Wizard<'a, 'w> {
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) world: &'a mut World<'w>,
    pub(super) catalogue: &'a Catalogue,
    pub(super) draft: Draft,
}

impl Wizard<'_, '_> {
    fn run(mut self) -> Asked<Answers> {
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
        if !self.prompter.interactive() {
            self.provision()?;
        }
        self.prompter.finish()?;
        self.summary()
    }

    pub(super) fn say(&mut self, text: &str) {
        self.prompter.say(text);
    }

    /// What was answered is not meant: a person is asked for it again, and whether it is meant, too.
    ///
    /// # Errors
    /// The reason, when nobody can be asked again.
    pub(super) fn declined(&mut self, confirmation: &str, key: &str, error: Error) -> Result<()> {
        if !self.prompter.interactive() {
            return self.prompter.refuse(key, error);
        }
        self.prompter.ask_again(confirmation);
        self.prompter.ask_again(key);
        Ok(())
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

    fn name(&mut self) -> Asked<()> {
        let proposed = self.world.folder().and_then(|folder| proposal(&folder));
        let question = Question::new(
            "name",
            "Name of this installation",
            "Buckets, roles and users are named after it; acme-prod would do. Changed later, it makes new buckets.",
        );
        self.draft.name =
            self.prompter.text(&question, proposed.as_deref(), &|text| SpecName::parse(text).map(drop))?;
        Ok(())
    }

    fn cloud(&mut self) -> Asked<()> {
        let key = "cloud.provider";
        let mut provider = Provider::Aws;
        if self.prompter.interactive() || self.prompter.knows(key) {
            let question = Question::new(
                key,
                "Where the buckets are",
                "All charts of one spec use the same cloud. What each chart can use there is shown with the charts.",
            );
            let items = ORDER.map(|cloud| Item::new(cloud.as_str(), words(cloud).choice));
            let near = self.world.managed().map(|managed| managed.provider);
            let proposed = ORDER.iter().position(|cloud| Some(*cloud) == near).unwrap_or_default();
            provider = ORDER[self.prompter.choose(&question, &items, Some(proposed))?];
        }
        if provider != Provider::Aws {
            self.world.leave_aws();
        }
        (words(provider).ask)(self)
    }

    /// Whether an install has parts that could have roles of their own.
    fn has_components(&self) -> bool {
        (0..self.draft.installs.len()).any(|index| match self.draft.trial(index, self.catalogue) {
            Ok(install) => install.principals.len() > 1,
            Err(_) => true,
        })
    }

    /// Keys can be split, too, but that is asked of a file only: each one more is one more to look after.
    fn roles(&mut self) -> Asked<()> {
        let key = "roles";
        let wanted = self.draft.has_roles() || self.prompter.knows(key) || !self.prompter.interactive();
        if !wanted || !self.has_components() {
            return Ok(());
        }
        let question = Question::new(
            key,
            "One role for a whole chart?",
            "More roles limit what a part that is broken into can reach. The spec can say it for each chart on its own.",
        );
        let items = [
            Item::new(Roles::Shared.as_str(), "Yes: one for each chart")
                .note("Less to look after. Every part of the chart reaches all of the chart's buckets."),
            Item::new(Roles::PerComponent.as_str(), "No: one for each part of a chart")
                .note("A part that is broken into reaches only its own buckets."),
        ];
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        self.draft.roles = if chosen == 1 { Roles::PerComponent } else { Roles::Shared };
        Ok(())
    }

    /// Asked of a file; a person says it at the summary.
    fn provision(&mut self) -> Asked<()> {
        let question = Question::new(
            "provision",
            words(self.draft.provider()).make,
            "You see the plan first and are asked once more. With no, only the spec is written.",
        );
        self.draft.provision = self.prompter.confirm(&question, false)?;
        Ok(())
    }
}
