//! The course of the questions, and those about the place: name, cloud, region, account.

use super::draft::Draft;
use super::names::proposal;
use super::world::World;
use super::{Item, Prompter, Question, Surroundings};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Region, SpecName};
use crate::profile::Catalogue;
use crate::spec::{Provider, Roles};

/// What the questions came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
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
pub fn ask(prompter: &mut dyn Prompter, surroundings: &mut dyn Surroundings, catalogue: &Catalogue) -> Result<Outcome> {
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
    fn run(mut self) -> Result<Outcome> {
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
            let items = [
                Item::new(Provider::Aws.as_str(), "Amazon Web Services"),
                Item::new(Provider::S3.as_str(), "a server that speaks S3: MinIO, Garage, Ceph, Cloudflare R2 ..."),
                Item::new(Provider::Azure.as_str(), "Microsoft Azure"),
                Item::new(Provider::Gcp.as_str(), "Google Cloud"),
            ];
            let clouds = [Provider::Aws, Provider::S3, Provider::Azure, Provider::Gcp];
            provider = clouds[self.prompter.choose(&question, &items, Some(0))?];
        }
        match provider {
            Provider::S3 => {
                self.world.leave_aws();
                self.store()
            }
            Provider::Azure => {
                self.world.leave_aws();
                self.azure()
            }
            Provider::Gcp => {
                self.world.leave_aws();
                self.google()
            }
            Provider::Aws => {
                self.region()?;
                self.account()
            }
        }
    }

    pub(super) fn region(&mut self) -> Result<()> {
        let found = self.world.region();
        let proposed = self.draft.region.clone().or(found.clone()).map(|region| region.to_string());
        let source = if found.is_some() { " The one proposed comes from your AWS settings." } else { "" };
        let question = Question::new(
            "cloud.region",
            "In which region shall the buckets be?",
            format!("Take your cluster's region: traffic between regions is slow and costs money.{source}"),
        );
        let answer = self.prompter.text(&question, proposed.as_deref(), &|text| Region::parse(text).map(drop))?;
        if let Err(error) = Region::parse_known(&answer) {
            let question = Question::new(
                "cloud.allowUnknownRegion",
                format!("No region `{answer}` is known. Use it all the same?"),
                error.remedy().unwrap_or_default(),
            );
            if !self.prompter.confirm(&question, false)? {
                self.prompter.refuse("cloud.region", error)?;
                return self.region();
            }
        }
        self.draft.region = Some(Region::parse(&answer)?);
        Ok(())
    }

    /// The region that was answered.
    ///
    /// # Errors
    /// `BW0404` when it was not, which the order of the questions rules out.
    pub(super) fn known_region(&self) -> Result<Region> {
        self.draft.region.clone().ok_or_else(|| Error::new(Code::MISSING_ANSWER, "the region is not known"))
    }

    pub(super) fn account(&mut self) -> Result<()> {
        let key = "cloud.account";
        let asks = self.world.asks();
        if asks && self.draft.account.is_none() && self.prompter.interactive() {
            self.say("\nAsking AWS which account your credentials belong to …");
        }
        let found = self.world.account();
        let asked = self.prompter.knows(key) || self.draft.account.is_some();
        match &found {
            Some(account) if !asked => {
                self.say(&format!("Your credentials belong to the account {account}."));
                self.draft.account = found;
                return Ok(());
            }
            None if !asked && !self.prompter.interactive() => return Ok(()),
            None if !asks => self.say("\nAWS is not asked, so nothing is looked up: type names yourself."),
            None => self
                .say("AWS cannot be reached with your credentials, so nothing can be looked up: type names yourself."),
            Some(_) => {}
        }
        let question = Question::new(
            key,
            "Which AWS account? (12 digits, or empty)",
            "The names of roles hold it. Left empty, AWS is asked when it is needed; only rendering without AWS \
             needs it here.",
        );
        let proposed = self.draft.account.clone().or(found).map(|account| account.to_string()).unwrap_or_default();
        let check = |text: &str| if text.is_empty() { Ok(()) } else { AccountId::parse(text).map(drop) };
        let answer = self.prompter.text(&question, Some(&proposed), &check)?;
        self.draft.account = if answer.is_empty() { None } else { Some(AccountId::parse(&answer)?) };
        Ok(())
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
            match self.draft.provider() {
                Provider::S3 => "Shall the buckets be made now?",
                Provider::Azure => "Shall the containers be made now?",
                Provider::Gcp => "Shall everything be made in Google Cloud now?",
                Provider::Aws => "Shall everything be made in AWS now?",
            },
            "You see the plan first and are asked once more. With no, only the spec is written; `bucketwright apply` \
             does it later.",
        );
        self.draft.provision = self.prompter.confirm(&question, proposed)?;
        Ok(())
    }
}
