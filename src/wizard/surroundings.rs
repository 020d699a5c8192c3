//! What the caller can find out about the world, so that less has to be typed.

use crate::base::names::{AccountId, BucketName, Endpoint, Issuer, Region};
use crate::kube::live::{Current, Running};

/// What a bucket's name is to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketState {
    /// Nobody has it.
    Free,
    /// The user's account has it.
    Yours,
    /// The user's account has it, for the spec of this name.
    OfSpec(String),
    /// The user's account has it, in another region.
    Elsewhere,
    /// Another account has it, or a policy hides it.
    Taken,
}

/// What can be found out without asking the user. Each answer may take a while, and may be empty.
pub trait Surroundings {
    /// The name of the folder that the spec will lie in; the spec's name is proposed from it.
    fn folder(&self) -> Option<String> {
        None
    }

    /// Whether a cloud is asked at all.
    fn asks(&self) -> bool {
        true
    }

    /// Whether a plan may follow the questions.
    fn plans(&self) -> bool {
        true
    }

    /// Whether what is planned is made in memory, so that no account is needed.
    fn rehearses(&self) -> bool {
        false
    }

    /// The cluster that the kubeconfig means. Nobody is asked.
    fn current(&self) -> Option<Current> {
        None
    }

    /// The Helm releases in that cluster.
    fn releases(&mut self) -> Vec<Running> {
        Vec::new()
    }

    /// What each of these names is, as far as AWS tells. Asked only when the account is known.
    fn states(&mut self, _names: &[BucketName], _region: &Region, _account: &AccountId) -> Vec<Option<BucketState>> {
        Vec::new()
    }

    /// Whether somebody answers at an address.
    fn answers(&mut self, _endpoint: &Endpoint) -> bool {
        true
    }

    /// The region that the environment names: `AWS_REGION`, or the profile in `~/.aws/config`.
    fn region(&self) -> Option<Region>;

    /// The account that the caller's credentials belong to. `None` when AWS cannot be reached with them.
    fn account(&mut self) -> Option<AccountId>;

    /// The names of the EKS clusters in a region. Asked only when the account is known.
    fn clusters(&mut self, region: &Region) -> Vec<String>;

    /// The OIDC issuer of a cluster. Asked only when the account is known.
    fn issuer(&mut self, _region: &Region, _cluster: &str) -> Option<Issuer> {
        None
    }

    /// The names of the buckets in the account. Asked only when the account is known.
    fn buckets(&mut self) -> Vec<String>;
}

/// Nothing can be found out.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nowhere;

#[cfg(test)]
impl Surroundings for Nowhere {
    fn region(&self) -> Option<Region> {
        None
    }

    fn account(&mut self) -> Option<AccountId> {
        None
    }

    fn clusters(&mut self, _region: &Region) -> Vec<String> {
        Vec::new()
    }

    fn buckets(&mut self) -> Vec<String> {
        Vec::new()
    }
}
