//! The rights that a profile may ask for: those of an object store, by types that nothing else fits into.
//!
//! A profile may come from anybody. What else a product needs is for the user to give, with a policy of their own.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::base::error::one_line;
use crate::base::names::checked_text;

/// What begins the names of actions that say who may reach a bucket, rather than what is in it.
///
/// Source: Service Authorization Reference, Amazon S3, access level "Permissions management".
const PERMISSIONS: [&str; 12] = [
    "PutBucketAcl",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketOwnershipControls",
    "PutObjectAcl",
    "PutObjectVersionAcl",
    "BypassGovernanceRetention",
    "ObjectOwnerOverrideToBucketOwner",
    "PutAccountPublicAccessBlock",
    "PutAccessPoint",
    "CreateAccess",
];
/// The one action outside of S3: the session that it makes has no right that its maker lacks.
/// Source: IAM User Guide, "Permissions for GetFederationToken".
const SESSION: &str = "sts:GetFederationToken";

/// An action on the objects of one bucket, such as `s3:GetObjectAttributes`: one, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectAction(String);
checked_text!(ObjectAction);

/// An action of a statement of its own: of S3, or one that passes a session on. `s3:*` is one, and needs a resource in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreAction(String);
checked_text!(StoreAction);

impl StoreAction {
    /// Whether it has no narrower resource than `*`.
    pub fn is_of_no_bucket(&self) -> bool {
        self.0 == SESSION
    }
}

/// A role of Google Cloud that gives rights in its object store, or lets an account sign as itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StorageRole(String);
checked_text!(StorageRole);

/// A role of Azure that gives rights in blob storage, such as `Storage Blob Delegator`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobRole(String);
checked_text!(BlobRole);

fn named(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn manages_permissions(text: &str) -> bool {
    text.strip_prefix("s3:").is_some_and(|name| PERMISSIONS.iter().any(|known| name.starts_with(known)))
}

const GIVEN_OTHERWISE: &str =
    "A profile asks for rights in its own buckets. What else the product needs, give it yourself.";

impl<'de> Deserialize<'de> for ObjectAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if named(&text, "s3:") && !manages_permissions(&text) {
            return Ok(Self(text));
        }
        let text = one_line(&text);
        Err(D::Error::custom(format!(
            "`{text}` is no action that a profile may add to a bucket's\nName one action on objects without `*`, such as `s3:GetObjectAttributes`. {GIVEN_OTHERWISE}"
        )))
    }
}

impl<'de> Deserialize<'de> for StoreAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == SESSION || text == "s3:*" || (named(&text, "s3:") && !manages_permissions(&text)) {
            return Ok(Self(text));
        }
        let text = one_line(&text);
        Err(D::Error::custom(format!(
            "`{text}` is no action that a profile may ask for\nName actions of S3 such as `s3:GetObject`, or `{SESSION}`. {GIVEN_OTHERWISE}"
        )))
    }
}

impl<'de> Deserialize<'de> for StorageRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if named(&text, "roles/storage.") || text == "roles/iam.serviceAccountTokenCreator" {
            return Ok(Self(text));
        }
        let text = one_line(&text);
        Err(D::Error::custom(format!(
            "`{text}` is no role that a profile may ask for\nName a role of Cloud Storage such as `roles/storage.objectAdmin`. {GIVEN_OTHERWISE}"
        )))
    }
}

impl<'de> Deserialize<'de> for BlobRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let words = text.strip_prefix("Storage Blob ").unwrap_or_default();
        if !words.is_empty() && words.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ') {
            return Ok(Self(text));
        }
        let text = one_line(&text);
        Err(D::Error::custom(format!(
            "`{text}` is no role that a profile may ask for\nName a role of blob storage such as `Storage Blob Delegator`. {GIVEN_OTHERWISE}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<T: for<'a> Deserialize<'a>>(text: &str) -> bool {
        serde_json::from_value::<T>(serde_json::json!(text)).is_ok()
    }

    #[test]
    fn rights_are_those_of_an_object_store() {
        assert!(taken::<ObjectAction>("s3:GetObjectVersionAttributes"));
        for bad in [
            "*",
            "s3:*",
            "s3:Get*",
            "s3:",
            "iam:PassRole",
            "s3:PutObjectAcl",
            "s3:PutBucketPolicy",
            "S3:GetObject",
            "s3:Get?",
        ] {
            assert!(!taken::<ObjectAction>(bad), "{bad}");
        }
        assert!(taken::<StoreAction>("s3:*") && taken::<StoreAction>("sts:GetFederationToken"));
        for bad in
            ["*", "*:*", "s3*", "iam:*", "sts:AssumeRole", "sts:*", "s3:DeleteBucketPolicy", "kms:Decrypt", "s3:P*"]
        {
            assert!(!taken::<StoreAction>(bad), "{bad}");
        }
        assert!(taken::<StorageRole>("roles/storage.legacyBucketReader"));
        for bad in [
            "roles/owner",
            "roles/editor",
            "roles/iam.securityAdmin",
            "roles/storage.*",
            "roles/storage.",
            "organizations/1/roles/x",
        ] {
            assert!(!taken::<StorageRole>(bad), "{bad}");
        }
        assert!(taken::<BlobRole>("Storage Blob Delegator"));
        for bad in [
            "Owner",
            "Contributor",
            "Storage Account Contributor",
            "Storage Blob ",
            "b24988ac-6180-42a0-ab88-20f7382dd24c",
        ] {
            assert!(!taken::<BlobRole>(bad), "{bad}");
        }
    }
}
