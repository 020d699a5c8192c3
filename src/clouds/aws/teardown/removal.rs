//! The single removals that steps are made of.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Contents;
use crate::base::names::{Arn, Kind};
use crate::model::Change;

/// One removal. Documents with several owners are read and merged once more when it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Removal {
    /// Deletes a Pod Identity association.
    DeleteAssociation {
        /// The cluster.
        cluster: String,
        /// The association's id.
        id: String,
    },
    /// Deletes an access key.
    DeleteKey(String),
    /// Detaches a policy from a user or role.
    Detach {
        /// `user` or `role`.
        kind: Kind,
        /// The user or role.
        name: String,
        /// The policy.
        policy: Arn,
    },
    /// Deletes a managed policy with all its versions.
    DeletePolicy(Arn),
    /// Puts a version in force that lacks our statements.
    ReleasePolicy(Arn, Value),
    /// Deletes a user.
    DeleteUser,
    /// Deletes a role.
    DeleteRole,
    /// Writes a role's trust without our statements.
    ReleaseTrust(Value),
    /// Removes our tags from a user.
    UntagUser(Vec<String>),
    /// Removes our tags from a role.
    UntagRole(Vec<String>),
    /// Removes our tags from a policy.
    UntagPolicy(Arn, Vec<String>),
    /// Deletes an OIDC provider.
    DeleteProvider(Arn),
    /// Deletes all versions, delete markers and unfinished uploads of a bucket.
    EmptyBucket(Contents),
    /// Deletes what the proof left in a bucket.
    SweepProof(usize),
    /// Deletes a bucket.
    DeleteBucket,
    /// Removes our statement from a bucket's policy.
    ReleaseBucketPolicy,
    /// Removes our rules from a bucket's lifecycle.
    ReleaseLifecycle,
    /// Removes our rules from a bucket's CORS.
    ReleaseCors,
    /// Removes our tags from a bucket.
    UntagBucket,
}

impl Change for Removal {
    /// The main one, where there are several.
    fn call(&self) -> &'static str {
        match self {
            Self::DeleteAssociation { .. } => "eks:DeletePodIdentityAssociation",
            Self::DeleteKey(_) => "iam:DeleteAccessKey",
            Self::Detach { kind: Kind::Role, .. } => "iam:DetachRolePolicy",
            Self::Detach { .. } => "iam:DetachUserPolicy",
            Self::DeletePolicy(_) => "iam:DeletePolicy",
            Self::ReleasePolicy(..) => "iam:CreatePolicyVersion",
            Self::DeleteUser => "iam:DeleteUser",
            Self::DeleteRole => "iam:DeleteRole",
            Self::ReleaseTrust(_) => "iam:UpdateAssumeRolePolicy",
            Self::UntagUser(_) => "iam:UntagUser",
            Self::UntagRole(_) => "iam:UntagRole",
            Self::UntagPolicy(..) => "iam:UntagPolicy",
            Self::DeleteProvider(_) => "iam:DeleteOpenIDConnectProvider",
            Self::EmptyBucket(_) | Self::SweepProof(_) => "s3:DeleteObjects",
            Self::DeleteBucket => "s3:DeleteBucket",
            Self::ReleaseBucketPolicy => "s3:PutBucketPolicy",
            Self::ReleaseLifecycle => "s3:PutBucketLifecycleConfiguration",
            Self::ReleaseCors => "s3:PutBucketCors",
            Self::UntagBucket => "s3:PutBucketTagging",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::DeleteAssociation { cluster, .. } => format!("take the role from it in the cluster {cluster}"),
            Self::DeleteKey(id) => format!("delete the access key {}", crate::model::masked(id)),
            Self::Detach { kind, name, policy } => {
                format!("detach {} from the {kind} {name}", policy.resource().trim_start_matches("policy/"))
            }
            Self::DeletePolicy(_) => "delete the policy and its versions".to_owned(),
            Self::ReleasePolicy(..) => "remove our statements, keeping what others wrote".to_owned(),
            Self::DeleteUser => "delete the user".to_owned(),
            Self::DeleteRole => "delete the role".to_owned(),
            Self::ReleaseTrust(_) => "remove our trust, keeping what others wrote".to_owned(),
            Self::UntagUser(_) | Self::UntagRole(_) | Self::UntagPolicy(..) | Self::UntagBucket => {
                "remove our tags".to_owned()
            }
            Self::DeleteProvider(_) => "delete the provider".to_owned(),
            Self::EmptyBucket(contents) => format!("delete its data for good: {contents}"),
            Self::SweepProof(count) => format!("delete {count} versions that our own proof left"),
            Self::DeleteBucket => "delete the bucket".to_owned(),
            Self::ReleaseBucketPolicy => "remove our statement from its policy".to_owned(),
            Self::ReleaseLifecycle => "remove our lifecycle rules".to_owned(),
            Self::ReleaseCors => "remove our CORS rules".to_owned(),
        }
    }
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let more = if self.more { "more than " } else { "" };
        let versions = self.versions + self.proof;
        write!(f, "{more}{versions} objects, versions and delete markers")?;
        if self.uploads > 0 {
            write!(f, ", {} unfinished uploads", self.uploads)?;
        }
        Ok(())
    }
}

impl Serialize for Removal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("call", self.call())?;
        map.serialize_entry("words", &self.words())?;
        match self {
            Self::ReleasePolicy(_, document) | Self::ReleaseTrust(document) => {
                map.serialize_entry("document", document)?;
            }
            _ => {}
        }
        map.end()
    }
}
