//! What was found to carry a spec's tags, as plain data.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::{AccountId, Arn, BucketName, IamName, Region};
/// In a bucket with versions the objects of the proof leave versions and markers.
pub use crate::proof::PREFIX as PROOF_PREFIX;

type Tags = BTreeMap<String, String>;

/// Everything that carries the tags.
#[derive(Clone, Debug)]
pub struct Found {
    /// The caller's account.
    pub account: AccountId,
    /// The buckets.
    pub buckets: Vec<FoundBucket>,
    /// The users.
    pub users: Vec<FoundUser>,
    /// The roles.
    pub roles: Vec<FoundRole>,
    /// The managed policies: those with the tags, and those of others that hold our statements.
    pub policies: Vec<FoundPolicy>,
    /// The Pod Identity associations.
    pub associations: Vec<FoundAssociation>,
    /// The OIDC providers.
    pub providers: Vec<FoundProvider>,
    /// What could not be looked at, in sentences.
    pub unread: Vec<String>,
}

/// A bucket.
#[derive(Clone, Debug)]
pub struct FoundBucket {
    /// Its name.
    pub name: BucketName,
    /// Where it is.
    pub region: Region,
    /// Its tags.
    pub tags: Tags,
    /// What it holds.
    pub contents: Contents,
    /// Its policy.
    pub policy: Option<Value>,
    /// The ids of its lifecycle rules.
    pub lifecycle: Vec<String>,
    /// The ids of its CORS rules.
    pub cors: Vec<String>,
}

/// What a bucket holds, as far as one look tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Versions and delete markers that are not the proof's.
    pub versions: usize,
    /// Versions and delete markers that the proof left.
    pub proof: usize,
    /// Unfinished uploads.
    pub uploads: usize,
    /// Whether there is more than was counted.
    pub more: bool,
}

/// A user.
#[derive(Clone, Debug)]
pub struct FoundUser {
    /// Its name.
    pub name: IamName,
    /// Its tags.
    pub tags: Tags,
    /// The ids of its access keys.
    pub keys: Vec<String>,
    /// The ARNs of the policies attached to it.
    pub attached: Vec<Arn>,
}

/// A role.
#[derive(Clone, Debug)]
pub struct FoundRole {
    /// Its name.
    pub name: IamName,
    /// Its tags.
    pub tags: Tags,
    /// Its trust policy.
    pub trust: Value,
    /// The ARNs of the policies attached to it.
    pub attached: Vec<Arn>,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub struct FoundPolicy {
    /// Its ARN.
    pub arn: Arn,
    /// Whether it carries the tags; else it is someone else's.
    pub ours: bool,
    /// Its document in force.
    pub document: Value,
    /// Whom it is attached to: kinds and names.
    pub holders: Vec<(&'static str, String)>,
}

/// A Pod Identity association.
#[derive(Clone, Debug)]
pub struct FoundAssociation {
    /// The cluster.
    pub cluster: String,
    /// Its id.
    pub id: String,
    /// Namespace and ServiceAccount, as `NAMESPACE/NAME`.
    pub name: String,
}

/// An OIDC provider.
#[derive(Clone, Debug)]
pub struct FoundProvider {
    /// Its ARN.
    pub arn: Arn,
    /// The roles whose trust names it.
    pub used_by: Vec<String>,
}
