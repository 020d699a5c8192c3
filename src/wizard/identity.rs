//! Questions about identities, and about the cluster that some of them need.

use std::rc::Rc;

use super::ask::Wizard;
use super::cloud::words;
use super::names::{cluster_name, issuer, node_role};
use super::text::explain;
use super::{Item, Question};
use crate::base::error::Result;
use crate::base::names::{Issuer, Region};
use crate::spec::{Identity, Provider};

impl Wizard<'_> {
    pub(super) fn identity(&mut self, index: usize) -> Result<()> {
        let install = &self.draft.installs[index];
        let profile = Rc::clone(&install.profile);
        let cloud = self.draft.provider();
        let verdicts = profile.verdicts(cloud, &install.version);
        let key = format!("{}.identity", install.id());
        if let ([only], Provider::S3, false) = (verdicts.as_slice(), cloud, self.prompter.knows(&key)) {
            // A server that is not AWS knows keys only, so there is nothing to choose.
            self.draft.installs[index].identity = only.identity;
            return Ok(());
        }
        let refusals: Vec<Option<String>> =
            verdicts.iter().map(|verdict| self.refusal(index, verdict.identity)).collect();
        let free = verdicts.iter().zip(&refusals).position(|(verdict, refusal)| verdict.works && refusal.is_none());
        // What refuses every identity has another reason, and is said at the summary.
        let refusals = if free.is_some() { refusals } else { vec![None; verdicts.len()] };
        let recommended = free.or_else(|| verdicts.iter().position(|verdict| verdict.works));
        let items: Vec<Item> = verdicts
            .iter()
            .zip(&refusals)
            .enumerate()
            .map(|(position, (verdict, refusal))| {
                let mark = if Some(position) == recommended { " (recommended)" } else { "" };
                let item = Item::new(
                    verdict.identity.as_str(),
                    format!("{}{mark}", (words(cloud).identity)(verdict.identity)),
                );
                match refusal {
                    _ if !verdict.works => item.blocked(verdict.why),
                    Some(refusal) => {
                        item.note(format!("{} But with the other answers as they stand: {refusal}", verdict.why))
                    }
                    None => item.note(verdict.why),
                }
            })
            .collect();
        let question = Question::new(
            key,
            format!("How shall the pods of {} prove to {} who they are?", install.title(), words(cloud).proves_to),
            "A role leaves no key that could leak or expire.",
        );
        let current = verdicts.iter().position(|verdict| verdict.works && verdict.identity == install.identity);
        let default = current.filter(|_| install.identity_asked).or(recommended);
        let chosen = self.prompter.choose(&question, &items, default)?;
        let install = &mut self.draft.installs[index];
        (install.identity, install.identity_asked) = (verdicts[chosen].identity, true);
        Ok(())
    }

    /// Why one of the profile's checks refuses an identity, with the other answers as they stand.
    fn refusal(&self, index: usize, identity: Identity) -> Option<String> {
        let mut candidate = self.draft.clone();
        candidate.installs[index].identity = identity;
        candidate.trial(index, self.catalogue).err().map(|error| explain(&error))
    }

    /// Whether an install's identity still works after another answer was changed.
    pub(super) fn identity_works(&self, index: usize) -> bool {
        let install = &self.draft.installs[index];
        let verdicts = install.profile.verdicts(self.draft.provider(), &install.version);
        verdicts.iter().any(|verdict| verdict.works && verdict.identity == install.identity)
    }

    /// Asks for the cluster, where an identity needs it.
    pub(super) fn cluster(&mut self) -> Result<()> {
        if !self.draft.needs_cluster() {
            return Ok(());
        }
        if self.draft.azure.is_some() {
            return self.aks_cluster();
        }
        let region = self.known_region()?;
        self.cluster_name(&region)?;
        self.issuer(&region)?;
        if self.draft.needs_node_role() {
            self.node_role(&region)?;
        }
        Ok(())
    }

    fn cluster_name(&mut self, region: &Region) -> Result<()> {
        let key = "cloud.cluster.name";
        let ask = "In which EKS cluster do the charts run?";
        let why = "The roles trust pods of this cluster only.";
        if self.prompter.interactive() && self.world.reachable() {
            self.say(&format!("\nLooking for EKS clusters in {region} …"));
        }
        let clusters = self.world.clusters(region);
        if self.prompter.interactive() && !clusters.is_empty() {
            let mut items: Vec<Item> = clusters.iter().map(|name| Item::new(name, name)).collect();
            items.push(Item::new("another", "another name"));
            let current = clusters.iter().position(|name| Some(name) == self.draft.cluster.as_ref());
            let chosen = self.prompter.choose(&Question::new(key, ask, why), &items, Some(current.unwrap_or(0)))?;
            if let Some(name) = clusters.get(chosen) {
                self.draft.cluster = Some(name.clone());
                return Ok(());
            }
        } else if self.world.reachable() {
            self.say(&format!("No EKS cluster was found in {region}: type the name."));
        }
        let proposed = self.draft.cluster.clone().or_else(|| clusters.first().cloned());
        let question = Question::new(key, ask, format!("{why} `aws eks list-clusters` shows the names."));
        let answer = self.prompter.text(&question, proposed.as_deref(), &|text| cluster_name(region, text))?;
        self.draft.cluster = Some(answer);
        Ok(())
    }

    /// The issuer is only asked for where an answers file has it: AWS knows it otherwise.
    fn issuer(&mut self, region: &Region) -> Result<()> {
        let key = "cloud.cluster.oidcIssuer";
        let cluster = self.draft.cluster.clone().unwrap_or_default();
        let irsa = self.draft.installs.iter().any(|install| install.identity == Identity::Irsa);
        self.draft.issuer = if self.prompter.knows(key) {
            let question = Question::new(key, "What is the cluster's OIDC issuer?", "IRSA's roles trust it.");
            let answer = self.prompter.text(&question, None, &|text| issuer(region, text))?;
            Some(Issuer::parse(&answer)?)
        } else if irsa {
            self.world.issuer(region, &cluster)
        } else {
            None
        };
        Ok(())
    }

    fn node_role(&mut self, region: &Region) -> Result<()> {
        let question = Question::new(
            "cloud.cluster.nodeRole",
            "What is the ARN of the nodes' role?",
            "It may hand out the pods' roles. `aws eks describe-nodegroup` shows it as `nodeRole`.",
        );
        let current = self.draft.node_role.clone();
        let answer = self.prompter.text(&question, current.as_deref(), &|text| node_role(region, text))?;
        self.draft.node_role = Some(answer);
        Ok(())
    }
}
