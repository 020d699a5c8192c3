//! Reads and changes of one resource, with the answers that AWS gives when it is not there.

use serde_json::Value;

use super::state::{Bucket, Policy, Principal, State};
use super::{RehearsalAccount, failure};
use crate::base::names::{Arn, BucketName, IamName, Kind};
use crate::clouds::aws::live::api::{Holder, Making, Tags};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::policy::{MANAGED_POLICY_LIMIT, TRUST_POLICY_LIMIT, size};

impl RehearsalAccount {
    pub(super) fn in_bucket<T>(
        &self,
        call: &'static str,
        name: &BucketName,
        read: impl FnOnce(&Bucket) -> T,
    ) -> Answer<T> {
        self.look(call, name.as_str(), |state| state.buckets.get(name).map(read))?
            .ok_or_else(|| failure(call, name.as_str(), Failure::NotFound, "NoSuchBucket"))
    }

    pub(super) fn set_bucket(
        &self,
        call: &'static str,
        name: &BucketName,
        write: impl FnOnce(&mut Bucket),
    ) -> Answer<()> {
        self.change(call, name.as_str(), |state| {
            let bucket = state
                .buckets
                .get_mut(name)
                .ok_or_else(|| failure(call, name.as_str(), Failure::NotFound, "NoSuchBucket"))?;
            write(bucket);
            Ok(())
        })
    }

    pub(super) fn principal<T>(
        &self,
        call: &'static str,
        kind: Kind,
        name: &IamName,
        read: impl FnOnce(&Principal) -> T,
    ) -> Answer<Option<T>> {
        self.look(call, name.as_str(), |state| state.principals.get(&key(kind, name.as_str())).map(read))
    }

    pub(super) fn set_principal<T>(
        &self,
        call: &'static str,
        kind: Kind,
        name: &IamName,
        write: impl FnOnce(&mut State, &str) -> Answer<T>,
    ) -> Answer<T> {
        self.change(call, name.as_str(), |state| {
            let key = key(kind, name.as_str());
            if !state.principals.contains_key(&key) {
                return Err(failure(call, name.as_str(), Failure::NotFound, "NoSuchEntity"));
            }
            write(state, &key)
        })
    }

    pub(super) fn set_role(
        &self,
        call: &'static str,
        name: &IamName,
        write: impl FnOnce(&mut Principal),
    ) -> Answer<()> {
        self.set_principal(call, Kind::Role, name, |state, key| {
            state.principals.entry(key.to_owned()).and_modify(write);
            Ok(())
        })
    }

    pub(super) fn new_principal(
        &self,
        call: &'static str,
        kind: Kind,
        name: &IamName,
        trust: Value,
        making: &Making<'_>,
    ) -> Answer<()> {
        if size(&trust) > TRUST_POLICY_LIMIT {
            return Err(failure(call, name.as_str(), Failure::Limit, "LimitExceeded"));
        }
        self.change(call, name.as_str(), |state| {
            let key = key(kind, name.as_str());
            if state.principals.contains_key(&key) {
                return Err(failure(call, name.as_str(), Failure::Exists, "EntityAlreadyExists"));
            }
            let principal = Principal {
                name: name.to_string(),
                path: making.path.in_arn().to_owned(),
                boundary: making.boundary.map(Arn::to_string),
                trust,
                tags: making.tags.clone(),
                ..Principal::default()
            };
            state.principals.insert(key, principal);
            Ok(())
        })
    }

    pub(super) fn set_policy(
        &self,
        call: &'static str,
        arn: &Arn,
        write: impl FnOnce(&mut Policy) -> Answer<()>,
    ) -> Answer<()> {
        self.change(call, arn.as_str(), |state| {
            let policy = state
                .policies
                .get_mut(arn.as_str())
                .ok_or_else(|| failure(call, arn.as_str(), Failure::NotFound, "NoSuchEntity"))?;
            write(policy)
        })
    }
}

/// IAM ignores the case of names.
pub(super) fn key(kind: Kind, name: &str) -> String {
    format!("{kind}/{}", name.to_lowercase())
}

pub(super) fn holder_key(holder: Holder<'_>) -> (Kind, &IamName) {
    match holder {
        Holder::User(name) => (Kind::User, name),
        Holder::Role(name) => (Kind::Role, name),
    }
}

pub(super) fn fits(call: &'static str, resource: &str, document: &Value) -> Result<(), CallError> {
    if size(document) > MANAGED_POLICY_LIMIT {
        Err(failure(call, resource, Failure::Limit, "LimitExceeded"))
    } else {
        Ok(())
    }
}

pub(super) fn forget_key(state: &mut State, user: &str, id: &str) -> Result<(), CallError> {
    state.principals.entry(user.to_owned()).and_modify(|found| found.keys.retain(|key| key.info.id != id));
    Ok(())
}

pub(super) fn tag(state: &mut State, key: &str, tags: &Tags) {
    state.principals.entry(key.to_owned()).and_modify(|found| found.tags.extend(tags.clone()));
}
