//! The single changes that steps are made of; each is one call.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{CorsChange, LifecycleChange};
use crate::base::names::{Arn, Issuer};
use crate::model::{self, Change as _, masked};
use crate::policy::Merged;

/// One change. The documents that it writes are merged once more with what is there when it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum AwsChange {
    /// Makes a bucket.
    CreateBucket,
    /// Turns all four public access blocks on.
    BlockPublicAccess,
    /// Disables ACLs.
    EnforceOwner,
    /// Encrypts new objects with a KMS key.
    EncryptWithKey {
        /// The key.
        key: Arn,
        /// The key that did it until now.
        was: Option<String>,
    },
    /// Encrypts new objects with S3's own keys again.
    EncryptByS3 {
        /// The key that did it until now.
        was: String,
    },
    /// Keeps old versions.
    EnableVersioning,
    /// Writes lifecycle rules of ours: abort unfinished uploads after days, and expiries.
    SetLifecycle(LifecycleChange),
    /// Writes CORS rules of ours.
    SetCors(CorsChange),
    /// Adds the statement that refuses requests without TLS; with the one of ours that is there and says something else.
    RefusePlainHttp(Option<Value>),
    /// Removes our statement that refuses requests without TLS.
    AllowPlainHttp {
        /// Whether it is the policy's last.
        last: bool,
    },
    /// Adds tags to a bucket.
    TagBucket {
        /// The tags.
        tags: BTreeMap<String, String>,
        /// What those that change are now.
        was: BTreeMap<String, String>,
    },
    /// Makes the OIDC provider.
    CreateOidcProvider(Issuer),
    /// Adds the audience to the provider.
    AddOidcAudience(Arn),
    /// Makes the managed policy.
    CreatePolicy(Value),
    /// Removes this version of the managed policy, which is not in force, to make room.
    DeletePolicyVersion(String),
    /// Puts a new version of the managed policy in force.
    UpdatePolicy(Merged),
    /// Adds tags to the managed policy.
    TagPolicy(BTreeMap<String, String>),
    /// Makes a user.
    CreateUser,
    /// Makes a role.
    CreateRole(Value),
    /// Writes a role's trust policy.
    UpdateTrust(Merged),
    /// Lets a role's sessions last longer, in seconds.
    LengthenSessions(u32),
    /// Bounds what a user may do at most by this policy.
    BoundUser(Arn),
    /// Bounds what a role may do at most by this policy.
    BoundRole(Arn),
    /// Adds tags to a user.
    TagUser(BTreeMap<String, String>),
    /// Adds tags to a role.
    TagRole(BTreeMap<String, String>),
    /// Attaches the policy to a user.
    AttachUserPolicy,
    /// Attaches the policy to a role.
    AttachRolePolicy,
    /// Attaches a policy of the user's own to a user.
    AttachFurtherToUser(Arn),
    /// Attaches a policy of the user's own to a role.
    AttachFurtherToRole(Arn),
    /// Removes the access key of this id, which an interrupted run made and whose secret nobody has.
    DeleteOrphanKey(String),
    /// Makes an access key and puts it into the secrets.
    CreateAccessKey,
    /// Associates a ServiceAccount with a role.
    CreateAssociation {
        /// The namespace.
        namespace: String,
        /// The ServiceAccount.
        service_account: String,
    },
    /// Lets an association of ours hand out another role, or tell again which pod asks.
    UpdateAssociation {
        /// Its id.
        id: String,
        /// The role that it handed out.
        before: String,
        /// The role that it is to hand out.
        role: Arn,
    },
}

impl AwsChange {
    /// Whether it does the same kind of thing as another.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether making a bucket includes it: S3 closes new buckets and takes their tags, servers like it may not.
    ///
    /// Source: Amazon S3 User Guide, "Default settings for new S3 buckets FAQ".
    pub fn belongs_to_making(&self) -> bool {
        matches!(self, Self::BlockPublicAccess | Self::EnforceOwner | Self::TagBucket { .. })
    }

    /// Whether it sets which key encrypts.
    pub fn sets_key(&self) -> bool {
        matches!(self, Self::EncryptWithKey { .. } | Self::EncryptByS3 { .. })
    }
}

impl model::Change for AwsChange {
    fn makes_key(&self) -> bool {
        matches!(self, Self::CreateAccessKey)
    }

    fn only_adds(&self) -> bool {
        matches!(self, Self::AddOidcAudience(_))
    }

    fn only_tags(&self) -> bool {
        matches!(self, Self::TagRole(_) | Self::TagUser(_))
    }

    fn call(&self) -> &'static str {
        match self {
            Self::CreateBucket => "s3:CreateBucket",
            Self::BlockPublicAccess => "s3:PutPublicAccessBlock",
            Self::EnforceOwner => "s3:PutBucketOwnershipControls",
            Self::EncryptWithKey { .. } | Self::EncryptByS3 { .. } => "s3:PutBucketEncryption",
            Self::EnableVersioning => "s3:PutBucketVersioning",
            Self::SetLifecycle(change) if change.empties => "s3:DeleteBucketLifecycle",
            Self::SetLifecycle(_) => "s3:PutBucketLifecycleConfiguration",
            Self::SetCors(change) if change.empties => "s3:DeleteBucketCors",
            Self::SetCors(_) => "s3:PutBucketCors",
            Self::RefusePlainHttp(_) | Self::AllowPlainHttp { last: false } => "s3:PutBucketPolicy",
            Self::AllowPlainHttp { last: true } => "s3:DeleteBucketPolicy",
            Self::TagBucket { .. } => "s3:PutBucketTagging",
            Self::CreateOidcProvider(_) => "iam:CreateOpenIDConnectProvider",
            Self::AddOidcAudience(_) => "iam:AddClientIDToOpenIDConnectProvider",
            Self::CreatePolicy(_) => "iam:CreatePolicy",
            Self::DeletePolicyVersion(_) => "iam:DeletePolicyVersion",
            Self::UpdatePolicy(_) => "iam:CreatePolicyVersion",
            Self::TagPolicy(_) => "iam:TagPolicy",
            Self::CreateUser => "iam:CreateUser",
            Self::CreateRole(_) => "iam:CreateRole",
            Self::UpdateTrust(_) => "iam:UpdateAssumeRolePolicy",
            Self::LengthenSessions(_) => "iam:UpdateRole",
            Self::BoundUser(_) => "iam:PutUserPermissionsBoundary",
            Self::BoundRole(_) => "iam:PutRolePermissionsBoundary",
            Self::TagUser(_) => "iam:TagUser",
            Self::TagRole(_) => "iam:TagRole",
            Self::AttachUserPolicy | Self::AttachFurtherToUser(_) => "iam:AttachUserPolicy",
            Self::AttachRolePolicy | Self::AttachFurtherToRole(_) => "iam:AttachRolePolicy",
            Self::DeleteOrphanKey(_) => "iam:DeleteAccessKey",
            Self::CreateAccessKey => "iam:CreateAccessKey",
            Self::CreateAssociation { .. } => "eks:CreatePodIdentityAssociation",
            Self::UpdateAssociation { .. } => "eks:UpdatePodIdentityAssociation",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::CreateBucket => "make the bucket, ACLs disabled, with its tags".to_owned(),
            Self::BlockPublicAccess => "block all public access".to_owned(),
            Self::EnforceOwner => "disable ACLs".to_owned(),
            Self::EncryptWithKey { key, was: None } => format!("encrypt with {key}"),
            Self::EncryptWithKey { key, was: Some(was) } => format!("encrypt with {key} (now {was})"),
            Self::EncryptByS3 { was } => format!("encrypt with S3's own keys, as the spec names none (now {was})"),
            Self::EnableVersioning => "keep old versions".to_owned(),
            Self::SetLifecycle(change) => change.words(),
            Self::SetCors(change) => change.words(),
            Self::RefusePlainHttp(None) => "refuse requests without TLS".to_owned(),
            Self::RefusePlainHttp(Some(there)) => {
                format!("refuse requests without TLS, in place of our statement as somebody left it: {there}")
            }
            Self::AllowPlainHttp { .. } => {
                "remove our statement that refuses requests without TLS (`tlsOnly: false`)".to_owned()
            }
            Self::TagBucket { tags, was } => tag_words(tags, was),
            Self::TagUser(tags) | Self::TagRole(tags) | Self::TagPolicy(tags) => tag_words(tags, &BTreeMap::new()),
            Self::CreateOidcProvider(issuer) => format!("trust {issuer}"),
            Self::AddOidcAudience(_) => "add the audience sts.amazonaws.com".to_owned(),
            Self::CreatePolicy(document) => {
                format!("make the policy ({} of 6144 characters)", crate::policy::size(document))
            }
            Self::DeletePolicyVersion(id) => {
                format!("remove the version {id}, which is not in force: IAM keeps five")
            }
            Self::UpdatePolicy(Merged { document, lost }) => {
                let size = crate::policy::size(document);
                format!("put a new version in force ({size} of 6144 characters){}", removes(lost))
            }
            Self::CreateUser => "make the user".to_owned(),
            Self::CreateRole(_) => "make the role".to_owned(),
            Self::UpdateTrust(Merged { lost, .. }) => {
                format!("write our part of the trust policy, keeping what others wrote{}", removes(lost))
            }
            Self::LengthenSessions(seconds) => format!("let sessions last up to {seconds} seconds"),
            Self::BoundUser(boundary) | Self::BoundRole(boundary) => format!("set the permissions boundary {boundary}"),
            Self::AttachUserPolicy | Self::AttachRolePolicy => "attach the policy".to_owned(),
            Self::AttachFurtherToUser(policy) | Self::AttachFurtherToRole(policy) => {
                format!("attach your policy {policy}")
            }
            Self::DeleteOrphanKey(id) => {
                format!("remove the key {}, which an interrupted run made and whose secret nobody has", masked(id))
            }
            Self::CreateAccessKey => "make an access key and keep it in the secrets".to_owned(),
            Self::CreateAssociation { namespace, service_account } => {
                format!("hand it to {namespace}/{service_account}")
            }
            Self::UpdateAssociation { before, role, .. } if before == role.as_str() => {
                "tell again which pod asks (session tags)".to_owned()
            }
            Self::UpdateAssociation { before, role, .. } => format!("hand out {role} in place of {before}"),
        }
    }
}

/// What a document loses, in words.
fn removes(lost: &[Value]) -> String {
    let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
    if lost.is_empty() { String::new() } else { format!("; removes {}", lost.join(", ")) }
}

/// Tags in words, and what those that change are now.
fn tag_words(tags: &BTreeMap<String, String>, was: &BTreeMap<String, String>) -> String {
    let one = |(key, value): (&String, &String)| match was.get(key) {
        Some(was) => format!("{key}={value} (now {was})"),
        None => format!("{key}={value}"),
    };
    format!("tag {}", tags.iter().map(one).collect::<Vec<_>>().join(", "))
}

impl Serialize for AwsChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("call", self.call())?;
        map.serialize_entry("words", &self.words())?;
        match self {
            Self::CreatePolicy(document) | Self::CreateRole(document) => map.serialize_entry("document", document)?,
            Self::UpdatePolicy(merged) | Self::UpdateTrust(merged) => {
                map.serialize_entry("document", &merged.document)?;
                map.serialize_entry("removed", &merged.lost)?;
            }
            _ => {}
        }
        map.end()
    }
}
