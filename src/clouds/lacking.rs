//! A capability that a cloud lacks.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Remover;
use super::call::Answer;
use super::store::{FoundEntry, SecretStore};
use crate::base::error::Result;
use crate::base::names::{BucketName, Kind, SpecName};
use crate::base::secret::Secret;
use crate::model::{Change, Named, Remains, Teardown, TeardownScope, Witness};
use crate::spec::Spec;

/// A capability that a cloud lacks. It has no values, so none of its methods is ever called.
#[derive(Clone, Debug)]
pub enum Lacking {}

impl Serialize for Lacking {
    fn serialize<S: Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl Change for Lacking {
    fn call(&self) -> &'static str {
        match *self {}
    }

    fn words(&self) -> String {
        match *self {}
    }
}

impl SecretStore for Lacking {
    async fn entry(&self, _: &str) -> Answer<Option<FoundEntry>> {
        match *self {}
    }

    async fn create_entry(&self, _: &str, _: &BTreeMap<String, String>) -> Answer<()> {
        match *self {}
    }

    async fn content(&self, _: &str) -> Answer<Option<Secret>> {
        match *self {}
    }

    async fn put_content(&self, _: &str, _: &Secret) -> Answer<()> {
        match *self {}
    }
}

impl Remover for Lacking {
    type Found = Self;
    type Removal = Self;
    const QUIET: i64 = 0;

    async fn find(&self, _: &Spec) -> Result<Self> {
        match *self {}
    }

    fn told(found: &Self) -> Remains {
        match *found {}
    }

    fn beyond(found: Self, _: &Named) -> Self {
        found
    }

    fn teardown(_: &SpecName, found: &Self, _: &TeardownScope) -> Result<Teardown<Self>> {
        match *found {}
    }

    async fn remove(&self, _: &Self, _: &Teardown<Self>, _: &impl Witness) -> Result<()> {
        match *self {}
    }

    async fn last_uses(&self, _: &Self) -> Result<BTreeMap<(Kind, String), i64>> {
        match *self {}
    }

    fn copy_line(from: &BucketName, to: &BucketName) -> String {
        format!("{from} -> {to}")
    }
}
