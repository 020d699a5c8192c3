//! The surroundings, each thing asked at most once: an answer may take seconds.

use super::Surroundings;
use crate::names::{AccountId, Issuer, Region};

/// What was found out so far.
pub(super) struct World<'a> {
    surroundings: &'a mut dyn Surroundings,
    account: Option<Option<AccountId>>,
    clusters: Option<(Region, Vec<String>)>,
    buckets: Option<Vec<String>>,
}

impl<'a> World<'a> {
    pub(super) fn new(surroundings: &'a mut dyn Surroundings) -> Self {
        Self { surroundings, account: None, clusters: None, buckets: None }
    }

    pub(super) fn folder(&self) -> Option<String> {
        self.surroundings.folder()
    }

    pub(super) fn region(&self) -> Option<Region> {
        self.surroundings.region()
    }

    pub(super) fn account(&mut self) -> Option<AccountId> {
        self.account.get_or_insert_with(|| self.surroundings.account()).clone()
    }

    /// Whether AWS answers with the caller's credentials.
    pub(super) fn reachable(&mut self) -> bool {
        self.account().is_some()
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

    pub(super) fn buckets(&mut self) -> &[String] {
        let reachable = self.reachable();
        self.buckets.get_or_insert_with(|| if reachable { self.surroundings.buckets() } else { Vec::new() })
    }
}
