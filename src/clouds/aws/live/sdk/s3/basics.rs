//! The settings that are one value: access block, ownership, encryption, versioning.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};

use super::Bucket;
use crate::clouds::aws::live::api::{Encryption, PublicAccessBlock};
use crate::clouds::aws::live::sdk::failure::{ToAnswer, if_any};
use crate::clouds::call::Answer;
use crate::policy::judge::AclGrant;

impl Bucket<'_> {
    pub async fn public_access_block(&self) -> Answer<Option<PublicAccessBlock>> {
        let answer = self.client.get_public_access_block().bucket(self.name.as_str()).send().await;
        let answer =
            if_any(answer.answer(self.call("s3:GetPublicAccessBlock")), &["NoSuchPublicAccessBlockConfiguration"])?;
        Ok(answer.and_then(|answer| answer.public_access_block_configuration).map(|block| PublicAccessBlock {
            block_acls: block.block_public_acls.unwrap_or_default(),
            ignore_acls: block.ignore_public_acls.unwrap_or_default(),
            block_policy: block.block_public_policy.unwrap_or_default(),
            restrict_buckets: block.restrict_public_buckets.unwrap_or_default(),
        }))
    }

    pub async fn put_public_access_block(&self, block: PublicAccessBlock) -> Answer<()> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_acls)
            .ignore_public_acls(block.ignore_acls)
            .block_public_policy(block.block_policy)
            .restrict_public_buckets(block.restrict_buckets)
            .build();
        let put = self.client.put_public_access_block().bucket(self.name.as_str());
        let answer = put.public_access_block_configuration(block).send().await;
        answer.answer(self.call("s3:PutPublicAccessBlock")).map(drop)
    }

    pub async fn ownership(&self) -> Answer<Option<String>> {
        let answer = self.client.get_bucket_ownership_controls().bucket(self.name.as_str()).send().await;
        let answer =
            if_any(answer.answer(self.call("s3:GetBucketOwnershipControls")), &["OwnershipControlsNotFoundError"])?;
        let rules = answer.and_then(|answer| answer.ownership_controls).map(|controls| controls.rules);
        Ok(rules.and_then(|rules| rules.first().map(|rule| rule.object_ownership.as_str().to_owned())))
    }

    pub async fn put_ownership_enforced(&self) -> Answer<()> {
        let call = self.call("s3:PutBucketOwnershipControls");
        let controls = enforced().map_err(|error| call.malformed(&error))?;
        let put = self.client.put_bucket_ownership_controls().bucket(self.name.as_str());
        put.ownership_controls(controls).send().await.answer(call).map(drop)
    }

    /// What the access control list grants to others than the owner.
    pub async fn acl(&self) -> Answer<Vec<AclGrant>> {
        let answer = self.client.get_bucket_acl().bucket(self.name.as_str()).send().await;
        let found = answer.answer(self.call("s3:GetBucketAcl"))?;
        let owner = found.owner.and_then(|owner| owner.id);
        let others = found.grants.into_iter().flatten().filter_map(|grant| {
            let grantee = grant.grantee?;
            let who = grantee.uri.or(grantee.id.filter(|id| Some(id) != owner.as_ref())).or(grantee.email_address)?;
            Some(AclGrant { grantee: who, permission: grant.permission?.as_str().to_owned() })
        });
        Ok(others.collect())
    }

    pub async fn encryption(&self) -> Answer<Option<Encryption>> {
        let answer = self.client.get_bucket_encryption().bucket(self.name.as_str()).send().await;
        let answer = if_any(
            answer.answer(self.call("s3:GetBucketEncryption")),
            &["ServerSideEncryptionConfigurationNotFoundError"],
        )?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration).map(|all| all.rules);
        let default = rules.into_iter().flatten().find_map(|rule| rule.apply_server_side_encryption_by_default);
        Ok(default.map(|default| match default.sse_algorithm {
            ServerSideEncryption::Aes256 => Encryption::S3,
            ServerSideEncryption::AwsKms => Encryption::Kms(default.kms_master_key_id),
            ServerSideEncryption::AwsKmsDsse => Encryption::Dual(default.kms_master_key_id),
            other => Encryption::Other(other.as_str().to_owned()),
        }))
    }

    pub async fn put_encryption(&self, encryption: &Encryption) -> Answer<()> {
        let call = self.call("s3:PutBucketEncryption");
        let rules = encrypted(encryption).map_err(|error| call.malformed(&error))?;
        let put = self.client.put_bucket_encryption().bucket(self.name.as_str());
        put.server_side_encryption_configuration(rules).send().await.answer(call).map(drop)
    }

    pub async fn versioning(&self) -> Answer<bool> {
        let answer = self.client.get_bucket_versioning().bucket(self.name.as_str()).send().await;
        let answer = answer.answer(self.call("s3:GetBucketVersioning"))?;
        Ok(answer.status() == Some(&BucketVersioningStatus::Enabled))
    }

    pub async fn enable_versioning(&self) -> Answer<()> {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = self.client.put_bucket_versioning().bucket(self.name.as_str()).versioning_configuration(enabled);
        put.send().await.answer(self.call("s3:PutBucketVersioning")).map(drop)
    }
}

fn enforced() -> Result<OwnershipControls, BuildError> {
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build()?;
    OwnershipControls::builder().rules(rule).build()
}

/// With KMS, the bucket key is on: it spares a call to KMS for each object.
fn encrypted(encryption: &Encryption) -> Result<ServerSideEncryptionConfiguration, BuildError> {
    let default = ServerSideEncryptionByDefault::builder();
    let default = match encryption {
        Encryption::S3 => default.sse_algorithm(ServerSideEncryption::Aes256),
        Encryption::Kms(key) => default.sse_algorithm(ServerSideEncryption::AwsKms).set_kms_master_key_id(key.clone()),
        Encryption::Dual(key) => {
            default.sse_algorithm(ServerSideEncryption::AwsKmsDsse).set_kms_master_key_id(key.clone())
        }
        Encryption::Other(other) => default.sse_algorithm(ServerSideEncryption::from(other.as_str())),
    };
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default.build()?)
        .set_bucket_key_enabled(matches!(encryption, Encryption::Kms(_)).then_some(true))
        .build();
    ServerSideEncryptionConfiguration::builder().rules(rule).build()
}
