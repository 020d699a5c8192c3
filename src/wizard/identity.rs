//! Questions about identities, and about the cluster that some of them need.

use std::rc::Rc;

use super::ask::Wizard;
use super::cloud::{Identified, words};
use super::names::{cluster_name, issuer, node_role};
use super::text::explain;
use super::{Asked, Item, Question};
use crate::base::error::{Code, Error};
use crate::base::names::{Issuer, Region};
use crate::base::yaml::did_you_mean;
use crate::profile::IdentityVerdict;
use crate::spec::{Identity, Provider};

impl Wizard<'_, '_> {
    pub(super) fn identity(&mut self, index: usize) -> Asked<()> {
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
        let question = Question::new(
            key,
            format!("How {}'s pods prove to {} who they are", install.title(), words(cloud).proves_to),
            "A role leaves no key that could leak or expire. A key works from anywhere.",
        );
        let (items, identities) = self.identities(index, &verdicts);
        let chosen = self.prompter.choose(&question, &items, Some(0))?;
        self.draft.installs[index].identity = identities[chosen];
        Ok(())
    }

    /// The identities, the recommended one first and those that do not work last.
    fn identities(&self, index: usize, verdicts: &[IdentityVerdict<'_>]) -> (Vec<Item>, Vec<Identity>) {
        let cloud = self.draft.provider();
        let refusals: Vec<Option<String>> =
            verdicts.iter().map(|verdict| self.refusal(index, verdict.identity)).collect();
        let free = verdicts.iter().zip(&refusals).position(|(verdict, refusal)| verdict.works && refusal.is_none());
        // What refuses every identity has another reason, and is said at the summary.
        let refusals = if free.is_some() { refusals } else { vec![None; verdicts.len()] };
        let recommended = free.or_else(|| verdicts.iter().position(|verdict| verdict.works));
        let item = |position: usize, verdict: &IdentityVerdict<'_>| {
            let Identified { label, means } = (words(cloud).identity)(verdict.identity);
            let item = Item::new(verdict.identity.as_str(), label);
            let item = if Some(position) == recommended { item.recommended() } else { item };
            match &refusals[position] {
                _ if !verdict.works => item.blocked(verdict.why),
                Some(refusal) => {
                    item.note(format!("Not with the other answers as they stand: {refusal} {}", verdict.why))
                }
                None => item.note(format!("{means} {}", verdict.why)),
            }
        };
        let mut offers: Vec<(Item, Identity)> = verdicts
            .iter()
            .enumerate()
            .map(|(position, verdict)| (item(position, verdict), verdict.identity))
            .collect();
        offers.sort_by_key(|(item, _)| (!item.recommended, item.folded));
        offers.into_iter().unzip()
    }

    /// Why one of the profile's checks refuses an identity, with the other answers as they stand.
    fn refusal(&self, index: usize, identity: Identity) -> Option<String> {
        let mut candidate = self.draft.clone();
        candidate.installs[index].identity = identity;
        candidate.trial(index, self.catalogue).err().map(|error| explain(&error))
    }

    /// Asks for the cluster, where an identity needs it.
    pub(super) fn cluster(&mut self) -> Asked<()> {
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

    fn cluster_name(&mut self, region: &Region) -> Asked<()> {
        let key = "cloud.cluster.name";
        if self.world.reachable() && !self.world.looked_for_clusters(region) {
            self.prompter.wait(&format!("Looking for EKS clusters in {region} …"));
        }
        let clusters = self.world.clusters(region);
        let why = match (self.world.reachable(), clusters.is_empty()) {
            (true, true) => format!("Pods elsewhere are refused. No EKS cluster was found in {region}: type the name."),
            _ => "Pods in other clusters are refused. `aws eks list-clusters` shows the names.".to_owned(),
        };
        let question = Question::new(key, "EKS cluster that the charts run in", why).known(clusters.clone());
        let proposed = self.world.cluster(region).or_else(|| clusters.first().cloned());
        let answer = self.prompter.text(&question, proposed.as_deref(), &|text| cluster_name(region, text))?;
        if !clusters.is_empty() && !clusters.contains(&answer) && !self.cluster_is_meant(region, &answer, &clusters)? {
            return self.cluster_name(region);
        }
        self.draft.cluster = Some(answer);
        Ok(())
    }

    /// A cluster that is not there may be about to be made.
    fn cluster_is_meant(&mut self, region: &Region, name: &str, clusters: &[String]) -> Asked<bool> {
        let near = did_you_mean(name, clusters.iter().map(String::as_str));
        let near = near.map(|near| format!("Did you mean `{near}`?")).unwrap_or_default();
        if !self.prompter.interactive() {
            return Ok(true);
        }
        let question = Question::new(
            format!("cloud.cluster.unknown.{name}"),
            format!("{region} has no EKS cluster `{name}`. Use it all the same?"),
            format!("{near} Yes only if it is made later.").trim_start(),
        );
        let meant = self.prompter.confirm(&question, false)?;
        if !meant {
            let error = Error::new(Code::WRONG_VALUE, format!("{region} has no EKS cluster `{name}`"));
            self.declined(&question.key, "cloud.cluster.name", error)?;
        }
        Ok(meant)
    }

    /// The issuer is only asked for where an answers file has it: AWS knows it otherwise.
    fn issuer(&mut self, region: &Region) -> Asked<()> {
        let key = "cloud.cluster.oidcIssuer";
        let cluster = self.draft.cluster.clone().unwrap_or_default();
        let irsa = self.draft.installs.iter().any(|install| install.identity == Identity::Irsa);
        self.draft.issuer = if self.prompter.knows(key) {
            let question = Question::new(key, "OIDC issuer of the cluster", "IRSA's roles trust it.");
            let answer = self.prompter.text(&question, None, &|text| issuer(region, text))?;
            Some(Issuer::parse(&answer)?)
        } else if irsa {
            self.world.issuer(region, &cluster)
        } else {
            None
        };
        Ok(())
    }

    fn node_role(&mut self, region: &Region) -> Asked<()> {
        let question = Question::new(
            "cloud.cluster.nodeRole",
            "ARN of the nodes' role",
            "`aws eks describe-nodegroup` shows it as `nodeRole`. Without it the pods get no role.",
        );
        let current = self.draft.node_role.clone();
        let answer = self.prompter.text(&question, current.as_deref(), &|text| node_role(region, text))?;
        self.draft.node_role = Some(answer);
        Ok(())
    }
}
