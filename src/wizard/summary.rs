//! The summary, and changes of mind.

use super::ask::Wizard;
use super::text::explain;
use super::{Answers, Item, Question};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Region};
use crate::model::Blueprint;
use crate::profile::ChartKind;

/// An answer that can be changed.
#[derive(Clone, Debug)]
enum Topic {
    Name,
    Region,
    Account,
    Store,
    Azure,
    Google,
    Charts,
    Version(usize),
    Release(usize),
    Namespace(usize),
    Identity(usize),
    Option(usize, String),
    OptionalBuckets(usize),
    Keys(usize),
    Cluster,
    Roles,
    Buckets,
    Provision,
}

impl Wizard<'_> {
    /// Shows what came of the answers and goes on when the user agrees.
    pub(super) fn summary(mut self) -> Result<Answers> {
        loop {
            let checked = self.draft.blueprint(self.catalogue);
            if !self.prompter.interactive() {
                checked?;
                return Ok(self.outcome());
            }
            let items = self.show(&checked);
            let question = Question::new("summary", "Is this right?", "");
            let chosen = self.prompter.choose(&question, &items, Some(0))?;
            match items[chosen].word.as_str() {
                "write" => return Ok(self.outcome()),
                "change" => self.change()?,
                _ => return Err(Error::new(Code::NOT_CONFIRMED, "Cancelled; nothing was written")),
            }
        }
    }

    fn outcome(&self) -> Answers {
        Answers { spec: self.draft.text(), provision: self.draft.provision }
    }

    /// Says what was answered; gives the ways to go on.
    fn show(&mut self, checked: &Result<Blueprint>) -> Vec<Item> {
        let mut text = String::from("\nYour answers:");
        for (_, label) in self.topics() {
            text.push_str(&format!("\n  {label}"));
        }
        for row in self.rows() {
            text.push_str(&format!("\n  Bucket for {} {}: {}", row.title, row.purposes.join(" and "), row.name));
        }
        self.say(&text);
        let mut items =
            vec![Item::new("change", "change an answer"), Item::new("stop", "stop without writing anything")];
        match checked {
            Ok(blueprint) => {
                self.warn(blueprint);
                let after = if self.draft.provision { ", then show the plan" } else { "" };
                items.insert(0, Item::new("write", format!("yes, write the spec{after}")));
            }
            Err(error) => self.say(&format!("\nThese answers do not go together yet.\n{}", explain(error))),
        }
        items
    }

    fn warn(&mut self, blueprint: &Blueprint) {
        for install in &blueprint.installs {
            for warning in &install.warnings {
                let fix = warning.fix.as_deref().unwrap_or_default();
                let title = &install.profile.about.title;
                self.say(&format!("\nGood to know about {title} ({}): {} {fix}", warning.code, warning.what));
            }
        }
    }

    /// Every answer that can be changed, in words.
    fn topics(&self) -> Vec<(Topic, String)> {
        let draft = &self.draft;
        let text = |value: Option<&str>| value.unwrap_or("not given").to_owned();
        let titles: Vec<&str> = draft.installs.iter().map(super::draft::InstallDraft::title).collect();
        let mut topics = vec![(Topic::Name, format!("Name: {}", draft.name))];
        match (&draft.store, &draft.azure, &draft.google) {
            (Some(store), ..) => {
                topics.push((Topic::Store, format!("Store: {} at {}", store.kind.title(), store.endpoint)));
            }
            (_, Some(azure), _) => {
                let text = format!("Storage account: {} in {}", azure.storage_account, azure.location);
                topics.push((Topic::Azure, text));
            }
            (.., Some(google)) => {
                topics.push((Topic::Google, format!("Project: {}, in {}", google.project, google.location)));
            }
            _ => {
                let account = text(draft.account.as_ref().map(AccountId::as_str));
                topics.push((Topic::Region, format!("Region: {}", text(draft.region.as_ref().map(Region::as_str)))));
                topics.push((Topic::Account, format!("Account: {account}")));
            }
        }
        if draft.needs_cluster() {
            topics.push((Topic::Cluster, format!("Cluster: {}", text(draft.cluster.as_deref()))));
        }
        topics.push((Topic::Charts, format!("Charts: {}", titles.join(", "))));
        for index in 0..draft.installs.len() {
            topics.extend(self.install_topics(index));
        }
        if self.has_components() {
            topics.push((Topic::Roles, format!("Roles: {}", draft.roles.as_str())));
        }
        let namespace = if draft.own_namespace { "in the account's own namespace" } else { "plain" };
        topics.push((Topic::Buckets, format!("Bucket names: {namespace}")));
        topics.push((Topic::Provision, format!("Make it now: {}", if draft.provision { "yes" } else { "no" })));
        topics
    }

    fn install_topics(&self, index: usize) -> Vec<(Topic, String)> {
        let install = &self.draft.installs[index];
        let title = install.title();
        let kind = install.profile.about.kind;
        let mut topics = vec![(Topic::Version(index), format!("{title}, version: {}", install.version))];
        if kind == ChartKind::Helm {
            topics.push((Topic::Release(index), format!("{title}, release: {}", install.release)));
        }
        if kind != ChartKind::Service {
            topics.push((Topic::Namespace(index), format!("{title}, namespace: {}", install.namespace)));
        }
        topics.push((Topic::Identity(index), format!("{title}, identity: {}", install.identity)));
        for choice in self.asked_options(index) {
            let value = self.shown_option(index, &choice);
            topics.push((Topic::Option(index, choice.clone()), format!("{title}, {choice}: {value}")));
        }
        if !self.optional_purposes(index).is_empty() {
            let chosen = if install.optional.is_empty() { "none".to_owned() } else { install.optional.join(", ") };
            topics.push((Topic::OptionalBuckets(index), format!("{title}, optional buckets: {chosen}")));
        }
        if let Some(key) = install.keys.first() {
            topics.push((Topic::Keys(index), format!("{title}, keys: {} ...", key.id)));
        }
        topics
    }

    fn change(&mut self) -> Result<()> {
        let topics = self.topics();
        let items: Vec<Item> =
            topics.iter().enumerate().map(|(at, (_, label))| Item::new(format!("answer-{}", at + 1), label)).collect();
        let question = Question::new("summary.change", "Which answer shall be changed?", "");
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        self.ask_again(topics[chosen].0.clone())?;
        self.follow_up()
    }

    fn ask_again(&mut self, topic: Topic) -> Result<()> {
        match topic {
            Topic::Name => self.name(),
            Topic::Region => self.region_again(),
            Topic::Account => self.account(),
            Topic::Store => self.store(),
            Topic::Azure => self.azure(),
            Topic::Google => self.google(),
            Topic::Charts => self.charts_again(),
            Topic::Version(index) => self.version(index),
            Topic::Release(index) => self.release(index),
            Topic::Namespace(index) => self.namespace(index),
            Topic::Identity(index) => self.identity(index),
            Topic::Option(index, name) => self.option_again(index, &name),
            Topic::OptionalBuckets(index) => self.optional_buckets(index),
            Topic::Keys(index) => self.keys(index),
            Topic::Cluster => self.cluster(),
            Topic::Roles => self.roles(),
            Topic::Buckets => self.buckets(),
            Topic::Provision => self.provision(self.draft.provision),
        }
    }

    /// Another region has other clusters.
    fn region_again(&mut self) -> Result<()> {
        let before = self.draft.region.clone();
        self.region()?;
        if self.draft.region == before { Ok(()) } else { self.cluster() }
    }

    /// A chart that is new has questions of its own.
    fn charts_again(&mut self) -> Result<()> {
        let before: Vec<String> = self.draft.installs.iter().map(|install| install.id().to_owned()).collect();
        self.charts()?;
        for index in 0..self.draft.installs.len() {
            if !before.iter().any(|id| id == self.draft.installs[index].id()) {
                self.options(index)?;
                self.optional_buckets(index)?;
            }
        }
        Ok(())
    }

    /// What a changed answer brings with it: answers that no longer fit go, questions that now arise are asked.
    fn follow_up(&mut self) -> Result<()> {
        for index in 0..self.draft.installs.len() {
            if !self.identity_works(index) {
                let install = &self.draft.installs[index];
                let text = format!("\n{} {} cannot use {}.", install.title(), install.version, install.identity);
                self.say(&text);
                self.identity(index)?;
            }
            self.mend(index);
        }
        if self.draft.store.is_some() {
            self.keys_again()?;
        }
        let cluster_missing = self.draft.needs_cluster() && self.draft.cluster.is_none();
        let role_missing = self.draft.needs_node_role() && self.draft.node_role.is_none();
        if cluster_missing || role_missing { self.cluster() } else { Ok(()) }
    }
}
