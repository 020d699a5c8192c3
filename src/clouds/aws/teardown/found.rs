//! What was found to carry a spec's tags, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::base::names::{AccountId, Arn, BucketName, DnsLabel, DnsName, IamName, Issuer, Kind, Region};
use crate::model::{Blueprint, PrincipalKind};

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
    pub strangers: Vec<Stranger>,
}

/// What carries this spec's id beside an earlier name of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The kind of resource.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The spec's name in its tags.
    pub spec: String,
}

/// What is not this spec's, and has a name like its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
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
        self.strangers.retain(|one| !named.has(one.kind, &one.name));
        self
    }
}

/// What a spec names, by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Named {
    things: BTreeSet<(Kind, String)>,
    /// Whether roles trust the issuer of a cluster that is not known here: any provider may be it.
    any_provider: bool,
}

impl Named {
    /// What a blueprint names. `issuer` is that of the cluster, once it is known.
    pub fn of(blueprint: &Blueprint, issuer: Option<&Issuer>) -> Self {
        let mut names: BTreeSet<(Kind, String)> =
            blueprint.buckets.iter().map(|want| (Kind::Bucket, want.name.to_string())).collect();
        let cluster = blueprint.spec.cloud.cluster().map(|cluster| cluster.name.as_str()).unwrap_or_default();
        for want in &blueprint.principals {
            let kind = match &want.kind {
                PrincipalKind::User => Kind::User,
                PrincipalKind::Role { associations, .. } => {
                    let pair = |(namespace, name): &(DnsLabel, DnsName)| format!("{cluster}:{namespace}/{name}");
                    names.extend(associations.iter().map(|one| (Kind::Association, pair(one))));
                    Kind::Role
                }
                _ => continue,
            };
            names.insert((kind, want.name.to_string()));
            names.insert((Kind::Policy, want.name.to_string()));
        }
        let known = blueprint.spec.cloud.cluster().and_then(|cluster| cluster.issuer.as_ref()).or(issuer);
        names.extend(blueprint.issuers(known).iter().map(|one| (Kind::OidcProvider, one.host_path().to_owned())));
        Self { things: names, any_provider: known.is_none() && blueprint.needs_cluster_issuer() }
    }

    /// Whether a thing is named. IAM takes no notice of upper and lower case.
    pub fn has(&self, kind: Kind, name: &str) -> bool {
        (kind == Kind::OidcProvider && self.any_provider)
            || self.things.iter().any(|(known, named)| *known == kind && named.eq_ignore_ascii_case(name))
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
