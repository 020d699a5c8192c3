//! The first step: the second key is made, proven, written, and the restart that brings it to the pods is named.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::json;

use super::push::Pushed;
use super::{Rotating, Subject};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, IamName};
use crate::base::secret::{AccessKey, Secret};
use crate::base::shell::{Command, Seat, wrapped};
use crate::cli::Outcome;
use crate::cli::applied::learnt;
use crate::cli::context::Context;
use crate::cli::interrupt::Stop;
use crate::cli::kept::{all_proven, kept_keys};
use crate::cli::push::say;
use crate::clouds::aws::live::apply::make_key;
use crate::clouds::aws::live::removals::RemovalApi;
use crate::clouds::aws::rotation::{Stage, described};
use crate::clouds::store;
use crate::clouds::store::SecretStore;
use crate::clouds::trial::{ProofOptions, prove_with};
use crate::files::out::{Folder, Protected};
use crate::kube::push::Consumer;
use crate::model;
use crate::model::proof::Probe;
use crate::model::{Facts, Intent, masked};
use crate::render::{RenderOptions, render, restart};
use crate::report::{Screen, proof_text};

impl<A: RemovalApi + SecretStore> Rotating<'_, A> {
    /// Brings every user to the stage where both keys work and the new one is in the files.
    pub(super) async fn hand_out(&self, subjects: &[Subject<'_>]) -> Result<Outcome> {
        let stages: Vec<Result<Stage>> = subjects.iter().map(|subject| subject.rotation.stage(self.now)).collect();
        Error::check(stages.iter().filter_map(|stage| stage.as_ref().err().cloned()).collect())?;
        let stages: Vec<Stage> = stages.into_iter().collect::<Result<_>>()?;
        let installs: BTreeSet<&DnsLabel> = subjects.iter().map(|subject| &subject.want.install).collect();
        // The files of an install hold the keys of all its users, and only keys that are made are proven here.
        let made = subjects.iter().zip(&stages).filter(|(_, stage)| **stage != Stage::HandedOut);
        let proven: BTreeSet<&IamName> = made.map(|(subject, _)| &subject.want.name).collect();
        all_proven(self.blueprint, self.folder, |want| {
            installs.contains(&want.install) && !proven.contains(&want.name)
        })?;
        let brought = self.cluster.brought_keys(self.blueprint).await?;
        let cluster = self.ready(&installs).await?;
        let names: Vec<&str> = subjects
            .iter()
            .zip(&stages)
            .filter(|(_, stage)| **stage == Stage::Make)
            .map(|(subject, _)| subject.want.name.as_str())
            .collect();
        if !names.is_empty() {
            Context::confirm(&format!("Make a second key for {}?", names.join(", ")), self.yes)?;
        }
        let watch = KeyListener::new(self.context.screen, self.folder);
        let _careful = Stop::careful();
        self.folder.claim()?;
        for subject in subjects {
            self.use_again(subject)?;
        }
        for (subject, stage) in subjects.iter().zip(&stages) {
            self.bring_on(subject, stage, &watch).await?;
        }
        let mut keys = kept_keys(self.blueprint, self.folder)?;
        keys.extend(brought);
        // What an earlier `apply` learnt stays in the folder: no cloud is asked for it here.
        let facts = Facts { keys, learnt: learnt(&self.blueprint.spec, self.folder)?, ..Facts::default() };
        let mut written = Vec::new();
        for install in &installs {
            Stop::check(|| format!("writing the files of {install}"))?;
            written.push((*install, self.written(install, &facts).await?));
        }
        Stop::story(
            format!(
                "The new keys are handed out in {}. Not all of them were pushed; the old ones work on.",
                self.folder.path().display()
            ),
            "Run the same command again: it makes no further key, and pushes.",
        );
        let pushed = match &cluster {
            Some(cluster) => self.pushed(cluster, &installs, &facts).await?,
            None => None,
        };
        self.say(subjects, &written, pushed.as_ref())
    }

    /// Writes an install's files with the keys that are now in use, to where `apply` wrote them.
    async fn written(&self, install: &DnsLabel, facts: &Facts) -> Result<Protected> {
        let (name, keeping) = (&self.blueprint.spec.name, self.protection.keeping());
        let request = RenderOptions { only: Some(install.clone()), keeping, ..RenderOptions::default() };
        let protected = self.protection.protect(render(self.blueprint, facts, &request)?, name)?;
        let entries: Vec<(&str, &Secret)> =
            protected.entries.iter().map(|entry| (entry.name.as_str(), &entry.value)).collect();
        let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
        store::make(self.api, &store::missing(self.api, &names, name).await?, name).await?;
        store::fill(self.api, &entries).await?;
        self.folder.write(&protected.bundle)?;
        Ok(protected)
    }

    /// Makes the second key if it is missing, proves it, and makes it the one that renders use.
    async fn bring_on(&self, subject: &Subject<'_>, stage: &Stage, watch: &KeyListener<'_>) -> Result<()> {
        let name = &subject.want.name;
        let key = match stage {
            Stage::HandedOut => return Ok(()),
            Stage::Make => {
                Stop::check(|| format!("making a key for {name}"))?;
                make_key(self.api, name, self.api.access_keys(name).await?, watch).await?
            }
            Stage::Prove => match self.folder.kept(name)?.and_then(|kept| kept.next) {
                Some(next) => next,
                None => return Ok(()),
            },
        };
        let waiting = |reason: &str| model::Listener::waiting(watch, reason);
        let options = ProofOptions::just_made(&waiting, &Stop::asked);
        let probe = Probe::of(self.blueprint, subject.want);
        let proof = prove_with(&self.api.as_key(&key, &probe.region), &probe, options).await;
        Stop::check(|| format!("handing out the key of {name}"))?;
        if !self.context.json() {
            self.context.screen.say_lines(&proof_text(&proof, &self.context.screen));
        }
        if !proof.passed() {
            return Err(Error::new(
                Code::PROOF_FAILED,
                format!("the new key of `{name}` cannot do what the chart will do"),
            )
            .why("It was made and is kept, but not handed out: everything keeps using the old key.")
            .fix("Look at the trials above; then run `rotate` again: it proves the same key again."));
        }
        match stage {
            Stage::Prove => self.folder.arrange(name, &subject.rotation.promoted()),
            Stage::Make | Stage::HandedOut => self.folder.promote_next(name),
        }
    }

    /// The commands that bring an install's new key to its pods.
    fn bringing(&self, install: &DnsLabel, protected: &Protected, pushed: bool) -> Result<Vec<String>> {
        let keeping = self.protection.keeping();
        let plain = protected.bundle.files().filter(|(_, file)| file.content.is_private());
        // A push has brought the Secrets; what is in values is Helm's to bring.
        let left = |path: &&str| !pushed || !path.ends_with("/secrets.yaml");
        let mut carriers: Vec<String> = plain.map(|(path, _)| path).filter(left).map(str::to_owned).collect();
        let replaced = protected.replaced.iter().map(String::as_str).filter(left);
        carriers.extend(replaced.filter_map(|path| keeping.path(path)));
        let mut commands = Vec::new();
        for next in protected.bundle.next() {
            let brings = |one: &&Command| carriers.iter().any(|path| one.reads(path));
            let chosen: Vec<&Command> = next.commands.iter().filter(brings).collect();
            let mut seat = Seat::beside(&self.folder.path().display().to_string());
            if let Some(release) = next.release.as_ref().filter(|_| chosen.iter().any(|one| one.takes_own())) {
                // The release runs, and `helm upgrade` resets what it is not given.
                let now = format!("{}.now.yaml", release.name);
                commands.push(release.keeps_values(&now).one_line(&seat));
                seat = seat.with_own(&[&now]);
            }
            commands.extend(chosen.into_iter().map(|one| one.one_line(&seat)));
        }
        if let Some(install) = self.blueprint.installs.iter().find(|one| &one.id == install) {
            if !protected.entries.is_empty() {
                // The operator reads the store again only now and then, unless it is told to.
                let namespace = &install.namespace;
                commands.push(format!(
                    "kubectl --namespace {namespace} annotate externalsecret --all --overwrite force-sync=\"$(date +%s)\""
                ));
            }
            // A push restarts what reads the Secrets; new values restart what they change.
            if !pushed {
                commands.extend(restart(install)?);
            }
        }
        Ok(commands)
    }

    fn say(
        &self,
        subjects: &[Subject<'_>],
        written: &[(&DnsLabel, Protected)],
        pushed: Option<&Pushed>,
    ) -> Result<Outcome> {
        let mut commands = Vec::new();
        for (install, protected) in written {
            commands.extend(self.bringing(install, protected, pushed.is_some())?);
        }
        let by_hand = pushed.iter().flat_map(|pushed| &pushed.consumers).filter(|one| one.by_hand.is_some());
        commands.extend(by_hand.map(Consumer::command));
        // The key that was in use when this run began is the old one, unless an earlier run had handed out the new one.
        let old = |subject: &Subject<'_>| {
            let held = &subject.rotation.held;
            let old =
                subject.rotation.seen(held.previous.as_ref()).or_else(|| subject.rotation.seen(held.current.as_ref()));
            old.cloned()
        };
        if self.context.json() {
            let users: Vec<_> = subjects.iter().map(|one| one.report("handed-out", old(one).as_ref())).collect();
            let mut report = json!({
                "version": 1, "users": users, "out": self.folder.path(), "commands": commands,
                "files": written.iter().flat_map(|(_, protected)| protected.bundle.files().map(|(path, _)| path)).collect::<Vec<_>>(),
            });
            if let Some(pushed) = pushed {
                report["pushed"] = pushed.report();
            }
            self.context.print_json(&report);
            return Ok(Outcome::Done);
        }
        let screen = &self.context.screen;
        for subject in subjects {
            let Some(kept) = self.folder.kept(&subject.want.name)? else { continue };
            let old = old(subject).filter(|old| old.id != kept.current_id()).map_or_else(String::new, |old| {
                let works = if old.active { "the old key works on" } else { "the other key does not work" };
                format!("; {works}: {}", described(&old, self.now))
            });
            screen.say(&format!("{}: {} is handed out{old}.", subject.want.name, masked(&kept.current_id())));
        }
        if let Some(pushed) = pushed {
            say(self.context, &pushed.address, &pushed.objects, false);
            for one in &pushed.consumers {
                let what = format!("{:?} {}/{}", one.kind, one.namespace, one.name);
                screen.say(&match one.by_hand {
                    Some(why) => format!("{what} is yours to restart: {why}."),
                    None => format!("{what} restarts."),
                });
            }
        }
        let place = self.folder.path().display();
        screen.say(&match (pushed, commands.as_slice()) {
            (None, _) => format!("The files in {place} hold the new keys. What brings them into use:"),
            (Some(_), []) => format!("The files in {place} hold the new keys too."),
            (Some(_), _) => format!("The files in {place} hold the new keys too. What is left to do:"),
        });
        for line in commands.iter().flat_map(|line| wrapped(line).lines().map(str::to_owned).collect::<Vec<_>>()) {
            screen.say_lines(&format!("  {line}"));
        }
        screen.say("When all of them run with the new key, and nothing has used the old one for 30 minutes: bucketwright rotate --finish, with the same options.");
        Ok(Outcome::Done)
    }
}

/// Keeps new keys beside the ones in use, says once what is waited for, and stops when the user asks.
struct KeyListener<'a> {
    screen: Screen,
    folder: &'a Folder,
    last_reason: RefCell<String>,
}

impl<'a> KeyListener<'a> {
    fn new(screen: Screen, folder: &'a Folder) -> Self {
        Self { screen, folder, last_reason: RefCell::default() }
    }
}

impl model::Listener for KeyListener<'_> {
    fn doing<C>(&self, _: &model::Step<C>, _: &str) -> Result<()> {
        Ok(())
    }

    fn done<C>(&self, _: &model::Step<C>) {}

    fn skipped<C>(&self, _: &model::Step<C>, _: &str) {}

    fn waiting(&self, reason: &str) -> bool {
        if *self.last_reason.borrow() != reason {
            self.screen.say(&format!("  waiting for {reason}"));
            reason.clone_into(&mut self.last_reason.borrow_mut());
        }
        !Stop::asked()
    }

    fn intend(&self, intent: &Intent) -> Result<()> {
        self.folder.intend(intent)
    }

    fn settle(&self, user: &IamName) -> Result<()> {
        self.folder.settle(user)
    }

    fn keep(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        self.folder.keep_next(principal, key)
    }
}
