//! The surroundings, each thing asked at most once: an answer may take seconds.

use std::collections::BTreeMap;

use super::cloud::managed::{Managed, managed};
use super::{BucketState, Surroundings};
use crate::base::names::{AccountId, BucketName, Endpoint, Issuer, Region};
use crate::kube::live::Running;
use crate::spec::Provider;

/// What was found out so far.
pub(super) struct World<'a> {
    surroundings: &'a mut dyn Surroundings,
    /// Whether AWS has anything to do with it.
    aws: bool,
    #[allow(clippy::option_option, reason = "asked or not, and then found or not")]
    account: Option<Option<AccountId>>,
    clusters: Option<(Region, Vec<String>)>,
    buckets: Option<Vec<String>>,
    managed: Option<Managed>,
    releases: Option<Vec<Running>>,
    states: BTreeMap<BucketName, BucketState>,
}

impl<'a> World<'a> {
    pub(super) fn new(surroundings: &'a mut dyn Surroundings) -> Self {
        let managed =
            surroundings.current().and_then(|current| managed(&current.name, &current.server, &current.arguments));
        let (releases, states) = (None, BTreeMap::new());
        Self { surroundings, aws: true, account: None, clusters: None, buckets: None, managed, releases, states }
    }

    pub(super) fn folder(&self) -> Option<String> {
        self.surroundings.folder()
    }

    pub(super) fn region(&self) -> Option<Region> {
        let managed = self.managed.as_ref().filter(|managed| managed.provider == Provider::Aws);
        managed.and_then(|managed| Region::parse(&managed.location).ok()).or_else(|| self.surroundings.region())
    }

    /// Whether AWS is asked at all.
    pub(super) fn asks(&self) -> bool {
        self.aws && self.surroundings.asks()
    }

    /// The questions begin from the first.
    pub(super) fn begin(&mut self) {
        self.aws = true;
    }

    /// The cluster that the kubeconfig means.
    pub(super) fn managed(&self) -> Option<&Managed> {
        self.managed.as_ref()
    }

    /// The Helm releases in it, unless nobody is to be asked.
    pub(super) fn releases(&mut self) -> &[Running] {
        let asks = self.surroundings.asks() && self.surroundings.current().is_some();
        self.releases.get_or_insert_with(|| if asks { self.surroundings.releases() } else { Vec::new() })
    }

    /// Whether asking for the releases takes no time.
    pub(super) fn looked_for_releases(&self) -> bool {
        self.releases.is_some() || !self.surroundings.asks() || self.surroundings.current().is_none()
    }

    /// Whether somebody answers at an address; yes where nobody is to be asked.
    pub(super) fn answers(&mut self, endpoint: &Endpoint) -> bool {
        !self.surroundings.asks() || self.surroundings.answers(endpoint)
    }

    /// What AWS tells of bucket names; those that are known are not asked for again.
    pub(super) fn look_at(&mut self, names: &[BucketName], region: &Region) {
        let Some(account) = self.account() else { return };
        let unknown: Vec<BucketName> = names.iter().filter(|name| !self.states.contains_key(*name)).cloned().collect();
        if unknown.is_empty() {
            return;
        }
        let found = self.surroundings.states(&unknown, region, &account);
        self.states.extend(unknown.into_iter().zip(found).filter_map(|(name, state)| Some((name, state?))));
    }

    /// What is known of a bucket's name.
    pub(super) fn state(&self, name: &BucketName) -> Option<&BucketState> {
        self.states.get(name)
    }

    /// Whether a plan may follow the questions.
    pub(super) fn plans(&self) -> bool {
        self.surroundings.plans()
    }

    /// Whether what is planned is made in memory.
    pub(super) fn rehearses(&self) -> bool {
        self.surroundings.rehearses()
    }

    /// From now on AWS is not asked.
    pub(super) fn leave_aws(&mut self) {
        self.aws = false;
    }

    pub(super) fn account(&mut self) -> Option<AccountId> {
        if !self.aws {
            return None;
        }
        self.account.get_or_insert_with(|| self.surroundings.account()).clone()
    }

    /// Whether AWS answers with the caller's credentials.
    pub(super) fn reachable(&mut self) -> bool {
        self.account().is_some()
    }

    /// Whether the clusters are known, so that asking for them takes no time.
    pub(super) fn looked_for_clusters(&self, region: &Region) -> bool {
        self.clusters.as_ref().is_some_and(|(known, _)| known == region)
    }

    pub(super) fn clusters(&mut self, region: &Region) -> Vec<String> {
        if !self.reachable() {
            return Vec::new();
        }
        match &self.clusters {
            Some((known, clusters)) if known == region => clusters.clone(),
            _ => {
                let clusters = self.surroundings.clusters(region);
                self.clusters = Some((region.clone(), clusters.clone()));
                clusters
            }
        }
    }

    pub(super) fn issuer(&mut self, region: &Region, cluster: &str) -> Option<Issuer> {
        if self.reachable() { self.surroundings.issuer(region, cluster) } else { None }
    }

    /// Whether the buckets are known, so that asking for them takes no time.
    pub(super) fn looked_for_buckets(&self) -> bool {
        self.buckets.is_some()
    }

    /// The buckets, if they were looked for.
    pub(super) fn known_buckets(&self) -> &[String] {
        self.buckets.as_deref().unwrap_or_default()
    }

    /// The cluster that the kubeconfig means, if it is one of AWS's in a region.
    pub(super) fn cluster(&self, region: &Region) -> Option<String> {
        let managed = self.managed.as_ref().filter(|managed| managed.provider == Provider::Aws)?;
        managed.cluster.clone().filter(|_| managed.location == region.as_str())
    }

    pub(super) fn buckets(&mut self) -> &[String] {
        let reachable = self.reachable();
        self.buckets.get_or_insert_with(|| if reachable { self.surroundings.buckets() } else { Vec::new() })
    }
}
