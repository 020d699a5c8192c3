//! Questions about the charts: which, which versions, under which names.

use std::rc::Rc;

use semver::Version;

use super::ask::Wizard;
use super::draft::InstallDraft;
use super::names::chart_version;
use super::text::explain;
use super::{Asked, Item, Leaving, Question, Unanswered};
use crate::base::error::{Code, Error, Result};
use crate::base::names::DnsLabel;
use crate::profile::{ChartKind, Profile};
use crate::spec::{Identity, Provider};

impl Wizard<'_, '_> {
    /// Asks which charts, then each new one's own questions.
    pub(super) fn charts(&mut self) -> Asked<()> {
        let profiles = self.profiles()?;
        let question = Question::new(
            "installs",
            "Charts that need object storage",
            "Each gets buckets, an identity, and the values to install it with.",
        );
        let cloud = self.draft.provider();
        let mut offers: Vec<(Item, Rc<Profile>)> =
            profiles.into_iter().map(|profile| (offer(&profile, cloud), profile)).collect();
        offers.sort_by_key(|(item, _)| item.folded);
        let (items, profiles): (Vec<Item>, Vec<Rc<Profile>>) = offers.into_iter().unzip();
        // Without a person, the first that can be used.
        let first = items.first().is_some_and(|item| !item.folded) && !self.prompter.interactive();
        let marked = if first { vec![0] } else { Vec::new() };
        for index in self.prompter.choose_many(&question, &items, &marked, 1)? {
            let mut install = self.new_install(&profiles[index])?;
            if self.prompter.interactive() {
                self.as_it_runs(&mut install);
            }
            self.draft.installs.push(install);
        }
        for index in 0..self.draft.installs.len() {
            self.chart(index)?;
        }
        Ok(())
    }

    /// All of the profile's proposals that are possible on the cloud.
    fn new_install(&self, profile: &Rc<Profile>) -> Result<InstallDraft> {
        let cloud = self.draft.provider();
        let mut install = InstallDraft::new(Rc::clone(profile));
        if cloud == Provider::Aws {
            return Ok(install);
        }
        install.version = version_on(profile, cloud).unwrap_or(install.version);
        install.identity = Identity::StaticKeys;
        // An option without which nothing works there is set from the start.
        let cell = crate::render::support::cell(self.catalogue, profile, cloud, install.identity)?;
        install.options.extend(cell.with);
        Ok(install)
    }

    /// Proposes what Helm runs in the cluster.
    fn as_it_runs(&mut self, install: &mut InstallDraft) {
        if !self.world.looked_for_releases() {
            self.prompter.wait("Looking for Helm releases …");
        }
        let chart = &install.profile.about.chart;
        let Some(running) = self.world.releases().iter().find(|running| running.chart == chart.name.as_str()) else {
            return;
        };
        if let Ok(version) = chart_version(&install.profile, &running.version) {
            install.version = version;
        }
        (install.release, install.namespace) = (running.release.clone(), running.namespace.clone());
        install.runs = true;
    }

    /// The profiles that can be loaded; of the others it is said why they cannot.
    fn profiles(&mut self) -> Result<Vec<Rc<Profile>>> {
        let mut profiles = Vec::new();
        let names: Vec<String> = self.catalogue.names().map(str::to_owned).collect();
        for name in names {
            match self.catalogue.get(&name) {
                Ok(profile) => profiles.push(profile),
                Err(error) => self.say(&format!("The profile `{name}` cannot be offered. {}", explain(&error))),
            }
        }
        if profiles.is_empty() {
            return Err(Error::new(Code::UNKNOWN_PROFILE, "there is no profile to choose from")
                .fix("Bring one with `--profiles DIR`; `bucketwright profile new NAME` makes a start."));
        }
        Ok(profiles)
    }

    /// The questions that every chart has.
    fn chart(&mut self, index: usize) -> Asked<()> {
        self.version(index)?;
        self.release(index)?;
        self.namespace(index)?;
        self.leaves(index)?;
        self.identity(index)
    }

    pub(super) fn version(&mut self, index: usize) -> Asked<()> {
        let install = &self.draft.installs[index];
        let profile = Rc::clone(&install.profile);
        let (chart, title) = (&profile.about.chart, &profile.about.title);
        let what = if profile.about.kind == ChartKind::Helm { "chart version" } else { "version" };
        let question = Question::new(
            format!("{}.chartVersion", install.id()),
            format!("{title} {what}"),
            format!(
                "The version that you install, since values differ between versions. Known are {}.",
                chart.versions
            ),
        );
        let current = install.version.to_string();
        let cloud = self.draft.provider();
        let check = |text: &str| chart_version(&profile, text).and_then(|version| works_on(&profile, cloud, &version));
        let answer = self.prompter.text(&question, Some(&current), &check)?;
        let version = chart_version(&profile, &answer)?;
        let install = &mut self.draft.installs[index];
        let verdicts = profile.verdicts(cloud, &version);
        install.identity =
            verdicts.iter().find(|verdict| verdict.works).map_or(install.identity, |verdict| verdict.identity);
        install.version = version;
        Ok(())
    }

    /// An installer has no Helm release, so its name is only asked for where an answers file has it.
    pub(super) fn release(&mut self, index: usize) -> Asked<()> {
        let install = &self.draft.installs[index];
        let key = format!("{}.release", install.id());
        if install.profile.about.kind != ChartKind::Helm && !self.prompter.knows(&key) {
            return Ok(());
        }
        loop {
            let install = &self.draft.installs[index];
            let question = Question::new(
                key.clone(),
                format!("{} Helm release", install.title()),
                "The word after `helm install`. With another one the pods are refused: roles trust names made from it.",
            );
            let current = install.release.clone();
            let answer = self.prompter.text(&question, Some(&current), &|text| DnsLabel::release(text).map(drop))?;
            let mut candidate = self.draft.clone();
            candidate.installs[index].release = answer;
            if self.accepts(&key, index, candidate)? {
                return Ok(());
            }
        }
    }

    /// A service has no namespace.
    pub(super) fn namespace(&mut self, index: usize) -> Asked<()> {
        if self.draft.installs[index].profile.about.kind == ChartKind::Service {
            return Ok(());
        }
        loop {
            let install = &self.draft.installs[index];
            let key = format!("{}.namespace", install.id());
            let question = Question::new(
                key.clone(),
                format!("{} namespace", install.title()),
                "Pods in another namespace are refused, and do not see the Secrets.",
            );
            let current = install.namespace.clone();
            let answer = self.prompter.text(&question, Some(&current), &|text| DnsLabel::namespace(text).map(drop))?;
            let mut candidate = self.draft.clone();
            candidate.installs[index].namespace = answer;
            if self.accepts(&key, index, candidate)? {
                return Ok(());
            }
        }
    }

    /// Whether the chart is new here, or its data must leave MinIO first: then the values that run say what the spec must be.
    fn leaves(&mut self, index: usize) -> Asked<()> {
        // Where Helm's releases are known, a chart that is none of them is new.
        let known = self.prompter.interactive() && !self.world.releases().is_empty();
        let install = &self.draft.installs[index];
        let able = install.profile.migration.is_some() && install.profile.about.kind == ChartKind::Helm;
        let region = self.draft.region.clone().filter(|_| self.draft.provider() == Provider::Aws);
        let Some(region) = region.filter(|_| able && self.prompter.interactive() && (install.runs || !known)) else {
            return Ok(());
        };
        let question = Question::new(
            format!("{}.store", install.id()),
            format!("Is {} new, or does it keep data in MinIO?", install.title()),
            "What is in MinIO stays behind there: nothing of it is seen any more until it is copied.",
        );
        let items = [
            Item::new("new", "New, or already without MinIO"),
            Item::new("minio", "It runs on MinIO, and is to move to S3").note(
                "Its values are read and nothing is changed: you get a spec, and the steps in the order that is safe.",
            ),
        ];
        if self.prompter.choose(&question, &items, Some(0))? == 0 {
            return Ok(());
        }
        let install = &self.draft.installs[index];
        Err(Unanswered::Leaves(Box::new(Leaving {
            profile: install.id().to_owned(),
            version: install.version.clone(),
            release: install.release.clone(),
            namespace: install.namespace.clone(),
            name: self.draft.name.clone(),
            region: region.to_string(),
        })))
    }

    /// Whether a bucket of this purpose can be used with the answers as they stand.
    pub(super) fn has_purpose(&self, index: usize, purpose: &str) -> bool {
        let mut candidate = self.draft.clone();
        let install = &mut candidate.installs[index];
        install.buckets.clear();
        install.optional = vec![purpose.to_owned()];
        match candidate.trial(index, self.catalogue) {
            Ok(blueprint) => blueprint.buckets.contains_key(purpose),
            Err(error) => error.all().all(|error| error.code() != &Code::UNKNOWN_PURPOSE),
        }
    }
}

/// The version that is proposed on a cloud: the profile's own, else the newest of its examples that works there.
fn version_on(profile: &Profile, cloud: Provider) -> Option<Version> {
    let chart = &profile.about.chart;
    let mut examples: Vec<&Version> = chart.examples.iter().collect();
    examples.sort();
    let works = |version: &&Version| works_on(profile, cloud, version).is_ok();
    std::iter::once(&chart.default).chain(examples.into_iter().rev()).find(works).cloned()
}

/// Whether any identity works with a version on a cloud.
///
/// # Errors
/// `BW0401`, with the profile's reason.
fn works_on(profile: &Profile, cloud: Provider, version: &Version) -> Result<()> {
    let verdicts = profile.verdicts(cloud, version);
    if verdicts.iter().any(|verdict| verdict.works) {
        return Ok(());
    }
    let what = format!("{} {version} cannot be used on {}", profile.about.title, cloud.title());
    let why = verdicts.first().map_or_else(|| profile.only_for(), |verdict| verdict.why.to_owned());
    Err(Error::new(Code::IDENTITY_UNSUPPORTED, what).why(why))
}

fn offer(profile: &Profile, cloud: Provider) -> Item {
    let about = &profile.about;
    let mark = if about.legacy.is_some() { " (legacy)" } else { "" };
    let item = Item::new(profile.name(), format!("{}{mark}", about.title));
    match (version_on(profile, cloud), works_on(profile, cloud, &about.chart.default), &about.legacy) {
        (None, Err(error), _) => item.blocked(explain(&error)),
        (.., Some(why)) => item.note(format!("Legacy: {why} {}", about.summary)).folded(),
        (.., None) => item.note(about.summary.clone()),
    }
}
