//! What the account holds.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::CorsRule;
use serde_json::Value;

use crate::base::names::{BucketName, Region};
use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::{Encryption, Lifecycle, PublicAccessBlock, Tags};
use crate::clouds::call::Failure;
use crate::model::KeyState;

/// Everything in the account, and what tests asked for.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) buckets: BTreeMap<BucketName, Bucket>,
    pub(super) foreign: BTreeSet<BucketName>,
    pub(super) principals: BTreeMap<String, Principal>,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) providers: BTreeMap<String, Vec<String>>,
    pub(super) provider_tags: BTreeMap<String, Tags>,
    pub(super) associations: BTreeMap<(String, String, String), String>,
    pub(super) association_tags: BTreeMap<(String, String, String), Tags>,
    pub(super) brought: Vec<Brought>,
    pub(super) keys_made: usize,
    pub(super) unknown_uses: usize,
    pub(super) mutations: Vec<String>,
    pub(super) faults: Vec<(&'static str, Failure, bool)>,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) region: Region,
    pub(super) block: PublicAccessBlock,
    pub(super) ownership: Option<String>,
    pub(super) encryption: Encryption,
    pub(super) versioning: bool,
    pub(super) lifecycle: Lifecycle,
    pub(super) policy: Option<Value>,
    pub(super) cors: Vec<CorsRule>,
    pub(super) tags: Tags,
    pub(super) objects: BTreeMap<String, String>,
    /// The KMS keys that objects are encrypted with, by the objects' names.
    pub(super) encrypted: BTreeMap<String, String>,
    pub(super) uploads: BTreeSet<String>,
}

impl Bucket {
    /// The key that encrypts what is written now, where it takes rights.
    pub(super) fn default_key(&self) -> Option<&str> {
        match &self.encryption {
            Encryption::Kms(Some(key)) | Encryption::Dual(Some(key)) => Some(key),
            _ => None,
        }
    }

    /// A new bucket. Source: Amazon S3 User Guide, "Default settings for new S3 buckets" (April 2023).
    pub(super) fn fresh(region: Region) -> Self {
        Self {
            region,
            block: PublicAccessBlock::ALL,
            ownership: Some("BucketOwnerEnforced".to_owned()),
            encryption: Encryption::S3,
            versioning: false,
            lifecycle: Lifecycle::default(),
            policy: None,
            cors: Vec::new(),
            tags: Tags::new(),
            objects: BTreeMap::new(),
            encrypted: BTreeMap::new(),
            uploads: BTreeSet::new(),
        }
    }
}

/// A user or a role; the map's key is `user/` or `role/` and the name in lower case, because IAM ignores case.
#[derive(Clone, Debug, Default)]
pub(super) struct Principal {
    pub(super) name: String,
    /// Its path as it is in its ARN.
    pub(super) path: String,
    pub(super) boundary: Option<String>,
    pub(super) trust: Value,
    pub(super) session_seconds: Option<u32>,
    pub(super) tags: Tags,
    pub(super) attached: Vec<String>,
    pub(super) inline: BTreeMap<String, Value>,
    pub(super) keys: Vec<Key>,
}

/// An access key, with the number of uses for which it is still unknown.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) info: KeyState,
    pub(super) halves: AccessKey,
    pub(super) unknown_for: usize,
    pub(super) used: bool,
}

/// A key that was made elsewhere, and what its user may do.
#[derive(Clone, Debug)]
pub(super) struct Brought {
    pub(super) user: String,
    pub(super) key: AccessKey,
    pub(super) policy: Value,
}

/// A managed policy; the map's key is its ARN.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    pub(super) versions: Vec<(String, Value)>,
    pub(super) default: String,
    pub(super) made: usize,
    pub(super) tags: Tags,
}

impl Policy {
    /// The document in force.
    pub(super) fn document(&self) -> Option<&Value> {
        self.versions.iter().find(|(id, _)| id == &self.default).map(|(_, document)| document)
    }
}

impl State {
    /// Takes the fault that a test asked for on this call.
    pub(super) fn fault(&mut self, call: &str) -> Option<(Failure, bool)> {
        let index = self.faults.iter().position(|(name, ..)| *name == call)?;
        let (_, kind, acted) = self.faults.remove(index);
        Some((kind, acted))
    }

    /// The documents in force that are attached to a principal.
    pub(super) fn documents<'a>(&'a self, principal: &'a Principal) -> Vec<&'a Value> {
        let attached = principal.attached.iter().filter_map(|arn| self.policies.get(arn)?.document());
        attached.chain(principal.inline.values()).collect()
    }
}
