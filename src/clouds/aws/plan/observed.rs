//! What the cloud says exists now, as plain data.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CorsState, RuleState};
use crate::base::names::{AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, Kind, Region};
use crate::model::{AtHand, KeyState};
use crate::policy::judge::{AclGrant, Held};

/// Everything that a blueprint is compared with.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The caller's account.
    pub account: AccountId,
    /// The caller's ARN.
    pub caller: Arn,
    /// The cluster's OIDC issuer.
    pub issuer: Option<Issuer>,
    /// The audiences of the OIDC providers that exist, by issuer.
    pub providers: BTreeMap<Issuer, Vec<String>>,
    /// The buckets.
    pub buckets: BTreeMap<BucketName, BucketObserved>,
    /// The users and roles.
    pub principals: BTreeMap<IamName, PrincipalObserved>,
    /// The Pod Identity associations that exist, by ServiceAccount.
    pub associations: BTreeMap<(DnsLabel, DnsName), AssociationState>,
    /// What the output folder tells.
    pub at_hand: AtHand,
}

impl Observed {
    /// The tags of a bucket, user or role.
    pub fn tags_of(&self, kind: Kind, name: &str) -> Option<&BTreeMap<String, String>> {
        if kind == Kind::Bucket {
            let found = self.buckets.iter().find(|(bucket, _)| bucket.as_str() == name);
            return found.and_then(|(_, bucket)| match bucket {
                BucketObserved::Ours(state) => Some(&state.tags),
                _ => None,
            });
        }
        let found = self.principals.iter().find(|(principal, _)| principal.as_str() == name);
        found.and_then(|(_, found)| found.principal.as_ref()).map(|state| &state.tags)
    }

    /// The tags of everything that has any.
    pub fn tags(&self) -> impl Iterator<Item = &BTreeMap<String, String>> {
        let buckets = self.buckets.values().filter_map(|bucket| match bucket {
            BucketObserved::Ours(state) => Some(&state.tags),
            _ => None,
        });
        let principals = self.principals.values().flat_map(|found| {
            let policy = found.policy.as_ref().map(|policy| &policy.tags);
            found.principal.as_ref().map(|principal| &principal.tags).into_iter().chain(policy)
        });
        buckets.chain(principals)
    }
}

/// A Pod Identity association that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationState {
    /// The ARN of the role that it hands out.
    pub role: String,
    /// Whether EKS sends the tags that say which pod asks.
    pub session_tags: bool,
    /// Its id.
    pub id: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What is known of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub enum BucketObserved {
    /// The name is free.
    Absent,
    /// Another account's, or not ours to see.
    Forbidden,
    /// In another region.
    Elsewhere(Option<Region>),
    /// Ours.
    Ours(Box<BucketState>),
}

/// The settings of a bucket of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BucketState {
    /// Whether all four public access blocks are on.
    pub public_access_blocked: bool,
    /// Whether ACLs are disabled.
    pub owner_enforced: bool,
    /// How it encrypts.
    pub encryption: EncryptionState,
    /// Whether old versions are kept.
    pub versioning: bool,
    /// Its lifecycle rules, as far as they matter here.
    pub lifecycle: Vec<RuleState>,
    /// What its lifecycle rules hold that would be lost, were they written back.
    pub dropped: Vec<String>,
    /// Its policy.
    pub policy: Option<Value>,
    /// Its CORS rules.
    pub cors: Vec<CorsState>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What its access control list grants to others, where it has an effect.
    pub acl: Vec<AclGrant>,
    /// What the caller may not read of who may reach it: the permission that is missing, and on what.
    pub unread: Vec<String>,
    /// What the caller may not read of its other settings, likewise.
    pub unseen: Vec<String>,
}

/// How a bucket encrypts new objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EncryptionState {
    /// Not told.
    #[default]
    Unknown,
    /// SSE-S3.
    S3,
    /// SSE-KMS with AWS's own key, which takes no rights.
    Managed,
    /// SSE-KMS, single or dual, with this key, as S3 names it.
    Kms(String),
    /// Another kind.
    Other,
}

/// What is known of a user or role and its policy.
#[derive(Clone, Debug, Default)]
pub struct PrincipalObserved {
    /// The user or role, if it exists.
    pub principal: Option<PrincipalState>,
    /// The managed policy of the same name, if it exists.
    pub policy: Option<PolicyState>,
    /// Whether the policy is attached.
    pub attached: bool,
    /// The ARNs of all managed policies that are attached.
    pub policies: Vec<String>,
    /// What else gives it rights.
    pub held: Held,
}

/// A user or role that exists.
#[derive(Clone, Debug)]
pub struct PrincipalState {
    /// Its ARN, with its path.
    pub arn: String,
    /// The policy that bounds what it may do at most.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// A role's trust policy.
    pub trust: Option<Value>,
    /// How long a role's sessions may last, in seconds.
    pub session_seconds: Option<u32>,
    /// A user's access keys.
    pub keys: Vec<KeyState>,
}

/// A managed policy that exists.
#[derive(Clone, Debug)]
pub struct PolicyState {
    /// Its document in force.
    pub document: Value,
    /// Whom it is attached to: kinds and names; `None` where the caller may not know.
    pub holders: Option<Vec<(Kind, String)>>,
    /// The versions that give way to a new one, the oldest first; none where there is room.
    pub crowded_by: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
