//! The surroundings, each thing asked at most once: an answer may take seconds.

use super::Surroundings;
use crate::base::names::{AccountId, Issuer, Region};
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
}

impl<'a> World<'a> {
    pub(super) fn new(surroundings: &'a mut dyn Surroundings) -> Self {
        Self { surroundings, aws: true, account: None, clusters: None, buckets: None }
    }

    pub(super) fn folder(&self) -> Option<String> {
        self.surroundings.folder()
    }

    pub(super) fn region(&self) -> Option<Region> {
        self.surroundings.region()
    }

    /// Whether AWS is asked at all.
    pub(super) fn asks(&self) -> bool {
        self.aws && self.surroundings.asks()
    }

    /// The questions begin from the first.
    pub(super) fn begin(&mut self) {
        self.aws = true;
    }

    /// The cloud that the user's cluster is in.
    pub(super) fn provider(&self) -> Option<Provider> {
        None
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

    /// The cluster that the user's kubeconfig means, if it is in a region.
    pub(super) fn cluster(&self, _region: &Region) -> Option<String> {
        None
    }

    pub(super) fn buckets(&mut self) -> &[String] {
        let reachable = self.reachable();
        self.buckets.get_or_insert_with(|| if reachable { self.surroundings.buckets() } else { Vec::new() })
    }
}
