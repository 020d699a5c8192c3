//! What was found to carry a spec's tags, as plain data.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::names::{AccountId, Arn, BucketName, IamName, Kind, Region};
use crate::model::{Former, INSTALL_TAG, Named, RemainingBucket, RemainingIdentity, Remains};

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
    /// What carries the id of a spec of this name, while this spec has none: kind, name and id.
    pub unproven: Vec<(Kind, String, String)>,
    /// What carries this spec's id and another name, which is not its `previousName`: the spec was renamed.
    pub former: Vec<Former>,
    /// What has a name that may be one of the spec's, and tags that are not its.
    pub namesakes: Vec<Namesake>,
}

/// What is not this spec's, and has a name like its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// The kind of resource.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whose it is, in words; `None` where its tags name no spec.
    pub whose: Option<String>,
}

impl Found {
    /// Only what a spec does not name any more.
    #[must_use]
    pub fn beyond(mut self, named: &Named) -> Self {
        self.buckets.retain(|one| !named.has(Kind::Bucket, one.name.as_str()));
        self.users.retain(|one| !named.has(Kind::User, one.name.as_str()));
        self.roles.retain(|one| !named.has(Kind::Role, one.name.as_str()));
        self.policies.retain(|one| !named.has(Kind::Policy, one.arn.name()));
        self.associations.retain(|one| !named.has(Kind::Association, &one.key()));
        self.providers.retain(|one| !named.has(Kind::OidcProvider, one.name()));
        // A bucket is told as it is: under an earlier name of the spec it may be all that tells of the renaming.
        self.former.retain(|one| one.kind == Kind::Bucket || !named.has(one.kind, &one.name));
        self.namesakes.retain(|one| !named.has(one.kind, &one.name));
        self
    }

    /// What everybody is told of it.
    pub fn told(&self) -> Remains {
        let installs = |tags: &Tags| tags.get(INSTALL_TAG).cloned();
        let holds = |one: &Contents| (one.versions > 0 || one.more).then(|| one.to_string());
        let bucket = |one: &FoundBucket| RemainingBucket {
            name: one.name.clone(),
            installs: installs(&one.tags),
            holds: holds(&one.contents),
        };
        let users = self.users.iter().map(|one| (Kind::User, &one.name, &one.tags));
        let roles = self.roles.iter().map(|one| (Kind::Role, &one.name, &one.tags));
        let identity = |(kind, name, tags): (Kind, &IamName, &Tags)| RemainingIdentity {
            kind,
            name: name.clone(),
            installs: installs(tags),
        };
        Remains {
            account: Some(self.account.clone()),
            buckets: self.buckets.iter().map(bucket).collect(),
            identities: users.chain(roles).map(identity).collect(),
            unread: self.unread.clone(),
            unproven: self.unproven.clone(),
            former: self.former.clone(),
        }
    }
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
    /// What others added to it that must leave it before it can go, with the line that removes each.
    pub added: Vec<Added>,
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
    /// What others added to it that must leave it before it can go, with the line that removes each.
    pub added: Vec<Added>,
    /// The ARNs of the policies attached to it.
    pub attached: Vec<Arn>,
}

/// What somebody added to a user or role, and IAM does not delete with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// What it is, such as `inline policy NAME`.
    pub what: String,
    /// The line that removes it.
    pub removal: String,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub struct FoundPolicy {
    /// Its ARN.
    pub arn: Arn,
    /// Whether it carries the tags; else it is someone else's.
    pub ours: bool,
    /// Its tags.
    pub tags: Tags,
    /// Its document in force.
    pub document: Value,
    /// Whom it is attached to: kinds and names.
    pub holders: Vec<(Kind, String)>,
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

impl FoundAssociation {
    /// Its name, which holds for one cluster.
    pub fn key(&self) -> String {
        format!("{}:{}", self.cluster, self.name)
    }
}

/// An OIDC provider.
#[derive(Clone, Debug)]
pub struct FoundProvider {
    /// Its ARN.
    pub arn: Arn,
    /// Who made it, where it was not this spec.
    pub others: Option<String>,
    /// The roles whose trust names it, each with that trust.
    pub used_by: Vec<(String, Value)>,
}

impl FoundProvider {
    /// The issuer, without its scheme.
    pub fn name(&self) -> &str {
        self.arn.resource().trim_start_matches("oidc-provider/")
    }
}
