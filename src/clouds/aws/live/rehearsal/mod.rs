//! An AWS account in memory, behaving as AWS is documented to: for `apply --rehearse`, and for tests that must be fast.

mod account;
mod buckets;
mod change;
mod evaluate;
mod objects;
mod removals;
mod standing;
mod state;
mod store;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

pub use objects::KeyHolder;
use serde_json::Value;
use state::{Brought, State};

#[cfg(test)]
use crate::base::names::BucketName;
use crate::base::names::{AccountId, Arn, Issuer, Kind, Partition, Region};
use crate::base::secret::AccessKey;
use crate::clouds::call::{CallError, Failure};
use crate::policy::Keys;

/// An account in memory.
#[derive(Debug)]
pub struct RehearsalAccount {
    account: AccountId,
    region: Region,
    partition: Partition,
    any_cluster: bool,
    any_key: bool,
    state: RefCell<State>,
}

impl RehearsalAccount {
    /// An empty account.
    pub fn new(account: AccountId, region: Region) -> Self {
        let partition = region.partition();
        Self { account, region, partition, any_cluster: false, any_key: false, state: RefCell::default() }
    }

    /// Whether every cluster name is one of a cluster of the account.
    #[must_use]
    pub fn any_cluster(mut self, any: bool) -> Self {
        self.any_cluster = any;
        self
    }

    /// Whether every key is one of someone who may do everything: a store's keys are made elsewhere.
    #[must_use]
    pub fn any_key(mut self, any: bool) -> Self {
        self.any_key = any;
        self
    }

    /// Adds a key that was made elsewhere, with the policy of its user.
    pub fn bring(&self, user: &str, key: AccessKey, policy: Value) {
        self.state.borrow_mut().brought.push(Brought { user: user.to_owned(), key, policy });
    }

    /// The partition of its ARNs; a store's region says nothing of one.
    #[must_use]
    pub fn in_partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    fn partition(&self) -> Partition {
        self.partition
    }

    /// What a request of this account's principals carries: all its buckets are its own, and it speaks TLS.
    fn request(&self) -> Keys {
        let account = self.account.as_str();
        let pairs =
            [("s3:resourceaccount", account), ("aws:principalaccount", account), ("aws:securetransport", "true")];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).collect()
    }

    fn arn(&self, kind: Kind, name: &str) -> Arn {
        Arn::iam(self.partition(), &self.account, kind, name)
    }

    /// The issuer of a rehearsed cluster; its id says what it is.
    fn issuer(&self) -> Option<Issuer> {
        let suffix = self.partition().dns_suffix();
        Issuer::parse(&format!("https://oidc.eks.{}.{suffix}/id/REHEARSAL00000000000000000000000", self.region)).ok()
    }

    /// Makes a change: counts it, and fails it when a test asked for that.
    fn change<T>(
        &self,
        call: &'static str,
        resource: &str,
        work: impl FnOnce(&mut State) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let fault = self.state.borrow_mut().fault(call);
        if let Some((kind, false)) = fault {
            return Err(failure(call, resource, kind, "Rehearsed"));
        }
        let mut state = self.state.borrow_mut();
        let made = work(&mut state)?;
        state.mutations.push(format!("{call} {resource}"));
        match fault {
            Some((kind, _)) => Err(failure(call, resource, kind, "Rehearsed")),
            None => Ok(made),
        }
    }

    /// Makes a read, which fails when a test asked for that.
    fn look<T>(&self, call: &'static str, resource: &str, work: impl FnOnce(&State) -> T) -> Result<T, CallError> {
        if let Some((kind, _)) = self.state.borrow_mut().fault(call) {
            return Err(failure(call, resource, kind, "Rehearsed"));
        }
        Ok(work(&self.state.borrow()))
    }
}

/// A failed call.
fn failure(call: &'static str, resource: &str, kind: Failure, code: &str) -> CallError {
    CallError {
        call,
        resource: resource.to_owned(),
        kind,
        code: code.to_owned(),
        message: String::new(),
        request_id: None,
    }
}

/// What tests do to it.
#[cfg(test)]
impl RehearsalAccount {
    /// Adds a bucket of another account.
    pub(crate) fn foreign_bucket(&self, name: &BucketName) {
        self.state.borrow_mut().foreign.insert(name.clone());
    }

    /// Adds a bucket of this account in a region.
    pub(crate) fn own_bucket(&self, name: &BucketName, region: &Region) {
        self.state.borrow_mut().buckets.insert(name.clone(), state::Bucket::fresh(region.clone()));
    }

    /// Puts an object into a bucket of this account.
    pub(crate) fn put_object(&self, bucket: &BucketName, key: &str) {
        if let Some(found) = self.state.borrow_mut().buckets.get_mut(bucket) {
            found.objects.insert(key.to_owned(), "x".to_owned());
            let encrypted = found.default_key().map(str::to_owned);
            found.encrypted.extend(encrypted.map(|by| (key.to_owned(), by)));
        }
    }

    /// Makes each new access key unknown to S3 and STS for its first uses, as IAM's eventual consistency does.
    pub(crate) fn new_keys_unknown_for(&self, uses: usize) {
        self.state.borrow_mut().unknown_uses = uses;
    }

    /// Makes the next call of this name fail. `acted` says whether it takes effect all the same, as when a reply is lost.
    pub(crate) fn fail_next(&self, call: &'static str, kind: Failure, acted: bool) {
        self.state.borrow_mut().faults.push((call, kind, acted));
    }

    /// The calls that changed something, in order, such as `s3:CreateBucket acme-lfs`.
    pub(crate) fn mutations(&self) -> Vec<String> {
        self.state.borrow().mutations.clone()
    }
}
