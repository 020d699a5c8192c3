//! A bucket's settings as S3 holds them: what a merge starts from.

use aws_sdk_s3::types::CorsRule;
use futures_util::{FutureExt, try_join};
use serde_json::Value;

use super::api::{AwsApi, Encryption, Lifecycle, PublicAccessBlock, Tags};
use super::rules::{cors_state, rule_state};
use crate::base::names::{BucketName, Region};
use crate::clouds::aws::plan::{BucketState, EncryptionState};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::model::BucketWant;
use crate::policy::judge::AclGrant;

/// The settings of one bucket, rules of others included, untouched.
pub struct Settings {
    block: Option<PublicAccessBlock>,
    ownership: Option<String>,
    encryption: Option<Encryption>,
    versioning: bool,
    /// Its lifecycle rules.
    pub lifecycle: Lifecycle,
    /// Its policy.
    pub policy: Option<Value>,
    /// Its CORS rules.
    pub cors: Vec<CorsRule>,
    /// Its tags.
    pub tags: Tags,
    acl: Vec<AclGrant>,
    unread: Vec<String>,
    unseen: Vec<String>,
}

impl Settings {
    /// Reads, at once, what the plan for this bucket depends on. What the spec does not ask for may be left of an earlier one: it is
    /// read where the caller may.
    ///
    /// # Errors
    /// The first read that fails.
    pub async fn read(api: &impl AwsApi, want: &BucketWant, region: &Region) -> Result<Self, CallError> {
        let name = &want.name;
        let (block, ownership, encryption, versioning, lifecycle, policy, cors, tags) = try_join!(
            api.public_access_block(name, region),
            api.ownership(name, region),
            api.encryption(name, region).map(|answer| readable(
                want.kms_key.is_some(),
                "s3:GetEncryptionConfiguration",
                name,
                answer
            )),
            asked(want.versioning, api.versioning(name, region)),
            api.lifecycle(name, region),
            api.bucket_policy(name, region).map(|answer| readable(want.tls_only, "s3:GetBucketPolicy", name, answer)),
            api.cors(name, region).map(|answer| readable(!want.cors.is_empty(), "s3:GetBucketCORS", name, answer)),
            api.bucket_tags(name, region),
        )?;
        let (policy, mut unread) = policy;
        let (encryption, mut unseen) = encryption;
        let (cors, more) = cors;
        unseen.extend(more);
        // Where ACLs are disabled a list has no effect.
        let acl = if ownership.as_deref() == Some(OWNER_ENFORCED) {
            Vec::new()
        } else {
            let (acl, lacks) = readable(false, "s3:GetBucketAcl", name, api.bucket_acl(name, region).await)?;
            unread.extend(lacks);
            acl
        };
        Ok(Self { block, ownership, encryption, versioning, lifecycle, policy, cors, tags, acl, unread, unseen })
    }

    /// What the plan looks at.
    pub fn state(&self) -> BucketState {
        BucketState {
            public_access_blocked: self.block == Some(PublicAccessBlock::ALL),
            owner_enforced: self.ownership.as_deref() == Some(OWNER_ENFORCED),
            encryption: match &self.encryption {
                None => EncryptionState::Unknown,
                Some(Encryption::S3) => EncryptionState::S3,
                Some(Encryption::Kms(Some(key)) | Encryption::Dual(Some(key))) if !is_managed(key) => {
                    EncryptionState::Kms(key.clone())
                }
                Some(Encryption::Kms(_) | Encryption::Dual(_)) => EncryptionState::Managed,
                Some(Encryption::Other(_)) => EncryptionState::Other,
            },
            versioning: self.versioning,
            lifecycle: self.lifecycle.rules.iter().map(rule_state).collect(),
            dropped: self.lifecycle.dropped.clone(),
            policy: self.policy.clone(),
            cors: self.cors.iter().map(cors_state).collect(),
            tags: self.tags.clone(),
            acl: self.acl.clone(),
            unread: self.unread.clone(),
            unseen: self.unseen.clone(),
        }
    }
}

/// The answer of a call that is made only when it is asked for.
async fn asked<T: Default>(asked: bool, call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    if asked { call.await } else { Ok(T::default()) }
}

/// Whether a key is the one that AWS keeps for S3 in every account: whoever may use the bucket may use it.
///
/// Source: AWS KMS Developer Guide, "AWS managed keys".
fn is_managed(key: &str) -> bool {
    key == "alias/aws/s3" || key.ends_with(":alias/aws/s3")
}

/// What S3 calls a bucket without access control lists.
const OWNER_ENFORCED: &str = "BucketOwnerEnforced";

/// An answer that is only judged: where the caller may not ask, the permission that is missing takes its place.
fn readable<T: Default>(
    needed: bool,
    action: &str,
    name: &BucketName,
    answer: Answer<T>,
) -> Result<(T, Vec<String>), CallError> {
    match answer {
        Err(error) if error.kind == Failure::Denied && !needed => {
            Ok((T::default(), vec![format!("{action} on {name}")]))
        }
        answer => Ok((answer?, Vec::new())),
    }
}
