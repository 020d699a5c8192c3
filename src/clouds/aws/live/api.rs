//! The calls that bucketwright makes to AWS, one method a call.
//!
//! Two accounts stand behind this trait: the real one ([`super::sdk::SdkAccount`]) and the one in memory
//! ([`super::rehearsal::RehearsalAccount`]). Everything above it (observe, apply, prove) is one code for both.
//!
//! Reads answer `None` (or an empty list) for what does not exist; a [`crate::clouds::call::CallError`] is always a real failure.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{CorsRule, LifecycleRule, TransitionDefaultMinimumObjectSize};
use serde_json::Value;

use super::standing::StandingApi;
use crate::base::names::{AccountId, Arn, BucketName, IamName, IamPath, Issuer, Region};
use crate::base::secret::AccessKey;
use crate::clouds::Caller;
use crate::clouds::call::Answer;
use crate::clouds::trial::Objects;
use crate::model::{KeyState, LastUse};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// What HeadBucket tells. Source: Amazon S3 API, HeadBucket; there is no body, so status and headers are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketHead {
    /// 200 with the expected owner: ours.
    Ours {
        /// The bucket's region, from `x-amz-bucket-region`.
        region: Option<Region>,
    },
    /// 301, or 400 with `x-amz-bucket-region`: asked in the wrong region.
    Elsewhere {
        /// Its region, if told.
        region: Option<Region>,
    },
    /// 403: another account's, or a policy denies.
    Forbidden {
        /// Its region, if told.
        region: Option<Region>,
    },
    /// 404: the name is free.
    Absent,
}

/// The four switches of a public access block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`.
    pub block_acls: bool,
    /// `IgnorePublicAcls`.
    pub ignore_acls: bool,
    /// `BlockPublicPolicy`.
    pub block_policy: bool,
    /// `RestrictPublicBuckets`.
    pub restrict_buckets: bool,
}

impl PublicAccessBlock {
    /// All four on.
    pub const ALL: Self = Self { block_acls: true, ignore_acls: true, block_policy: true, restrict_buckets: true };
}

/// How a bucket encrypts new objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3.
    S3,
    /// SSE-KMS with this key's ARN; `None` is AWS's managed key.
    Kms(Option<String>),
    /// The same in two layers.
    Dual(Option<String>),
    /// Another kind; left alone.
    Other(String),
}

/// A bucket's lifecycle, rule by rule, so that rules of others survive a rewrite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    /// The rules.
    pub rules: Vec<LifecycleRule>,
    /// Elements of the answer that the rules lack: a rewrite would lose them.
    pub dropped: Vec<String>,
    /// The setting beside the rules, which a rewrite would reset.
    pub minimum_object_size: Option<TransitionDefaultMinimumObjectSize>,
}

/// An object that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// Its name.
    pub key: String,
    /// The KMS key that it is encrypted with, as S3 names it.
    pub kms_key: Option<String>,
}

/// An IAM user.
#[derive(Clone, Debug)]
pub struct User {
    /// Its ARN.
    pub arn: String,
    /// The policy that bounds what it may do at most.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// What a user, role or policy is made with, beside its name and document.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// Its path.
    pub path: &'a IamPath,
    /// The policy that bounds what it may do at most; a policy has none.
    pub boundary: Option<&'a Arn>,
    /// Its tags.
    pub tags: &'a Tags,
}

/// An IAM role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its trust policy, decoded.
    pub trust: Value,
    /// How long its sessions may last at most, in seconds.
    pub session_seconds: Option<u32>,
    /// When it was used last, in seconds since 1970.
    pub last_used: Option<i64>,
    /// The policy that bounds what it may do at most.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The version in force, such as `v1`.
    pub default_version: String,
    /// Its tags.
    pub tags: Tags,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Such as `v1`.
    pub id: String,
    /// Whether it is in force.
    pub default: bool,
    /// When it was made, in seconds since 1970.
    pub created: i64,
}

/// An EKS Pod Identity association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// Its id.
    pub id: String,
    /// The role it hands out.
    pub role_arn: String,
    /// Whether EKS sends the tags that say which pod asks.
    pub session_tags: bool,
    /// Its tags.
    pub tags: Tags,
}

/// Whom a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A user.
    User(&'a IamName),
    /// A role.
    Role(&'a IamName),
}

/// One decision of the policy simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The action, such as `s3:PutObject`.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub answer: String,
}

/// Buckets, seen through the calls that bucketwright makes: AWS's S3, or a server that speaks it.
///
/// Calls that create with no idempotency token are made once: after a lost reply the caller reads back.
/// Source of the names and answers: the Amazon S3 API reference.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait BucketApi {
    /// S3 HeadBucket, in the given region, with `x-amz-expected-bucket-owner` where there are accounts.
    async fn head_bucket(&self, bucket: &BucketName, region: &Region, owner: Option<&AccountId>) -> Answer<BucketHead>;
    /// S3 ListBuckets, paginated: the names of all buckets of the account.
    async fn list_buckets(&self) -> Answer<Vec<String>>;
    /// S3 CreateBucket. On AWS with BucketOwnerEnforced and tags, so that there is no moment in which it does not show who made it,
    /// no LocationConstraint in us-east-1, and the account-regional header by the name's form; elsewhere with nothing but the
    /// name, because servers refuse what they do not know.
    async fn create_bucket(&self, bucket: &BucketName, region: &Region, tags: &Tags) -> Answer<()>;
    /// S3 GetPublicAccessBlock.
    async fn public_access_block(&self, bucket: &BucketName, region: &Region) -> Answer<Option<PublicAccessBlock>>;
    /// S3 PutPublicAccessBlock.
    async fn put_public_access_block(
        &self,
        bucket: &BucketName,
        region: &Region,
        block: PublicAccessBlock,
    ) -> Answer<()>;
    /// S3 GetBucketOwnershipControls: the rule's word, such as `BucketOwnerEnforced`.
    async fn ownership(&self, bucket: &BucketName, region: &Region) -> Answer<Option<String>>;
    /// S3 PutBucketOwnershipControls with BucketOwnerEnforced.
    async fn put_ownership_enforced(&self, bucket: &BucketName, region: &Region) -> Answer<()>;
    /// S3 GetBucketEncryption.
    async fn encryption(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Encryption>>;
    /// S3 PutBucketEncryption.
    async fn put_encryption(&self, bucket: &BucketName, region: &Region, encryption: &Encryption) -> Answer<()>;
    /// S3 GetBucketVersioning: whether it is enabled.
    async fn versioning(&self, bucket: &BucketName, region: &Region) -> Answer<bool>;
    /// S3 PutBucketVersioning, enabled.
    async fn enable_versioning(&self, bucket: &BucketName, region: &Region) -> Answer<()>;
    /// S3 GetBucketLifecycleConfiguration.
    async fn lifecycle(&self, bucket: &BucketName, region: &Region) -> Answer<Lifecycle>;
    /// S3 PutBucketLifecycleConfiguration: the whole document; without rules DeleteBucketLifecycle.
    async fn put_lifecycle(&self, bucket: &BucketName, region: &Region, lifecycle: Lifecycle) -> Answer<()>;
    /// S3 GetBucketPolicy, decoded.
    async fn bucket_policy(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Value>>;
    /// S3 PutBucketPolicy: the whole document.
    async fn put_bucket_policy(&self, bucket: &BucketName, region: &Region, policy: &Value) -> Answer<()>;
    /// S3 DeleteBucketPolicy.
    async fn delete_bucket_policy(&self, bucket: &BucketName, region: &Region) -> Answer<()>;
    /// S3 GetBucketCors.
    async fn cors(&self, bucket: &BucketName, region: &Region) -> Answer<Vec<CorsRule>>;
    /// S3 PutBucketCors: all rules; without any DeleteBucketCors.
    async fn put_cors(&self, bucket: &BucketName, region: &Region, rules: Vec<CorsRule>) -> Answer<()>;
    /// S3 GetBucketTagging.
    async fn bucket_tags(&self, bucket: &BucketName, region: &Region) -> Answer<Tags>;
    /// S3 PutBucketTagging: all tags; without any DeleteBucketTagging.
    async fn put_bucket_tags(&self, bucket: &BucketName, region: &Region, tags: &Tags) -> Answer<()>;

    /// S3 ListObjectsV2, its first page, and HeadObject: an object that the proof did not write, the oldest of those.
    async fn older_object(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Older>>;

    /// A client for S3 that signs with this key, for the proof.
    fn as_key(&self, key: &AccessKey, region: &Region) -> impl Objects;
}

/// An AWS account, seen through the calls that bucketwright makes.
///
/// Source of the names and answers: the AWS API references of STS, IAM and EKS.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait AwsApi: BucketApi + StandingApi {
    /// STS GetCallerIdentity.
    async fn caller(&self) -> Answer<Caller>;

    /// IAM GetUser.
    async fn user(&self, name: &IamName) -> Answer<Option<User>>;
    /// IAM CreateUser. Made once, without retries.
    async fn create_user(&self, name: &IamName, making: &Making<'_>) -> Answer<()>;
    /// IAM PutUserPermissionsBoundary or PutRolePermissionsBoundary.
    async fn put_boundary(&self, holder: Holder<'_>, boundary: &Arn) -> Answer<()>;
    /// IAM TagUser: adds tags.
    async fn tag_user(&self, name: &IamName, tags: &Tags) -> Answer<()>;
    /// IAM ListAccessKeys.
    async fn access_keys(&self, user: &IamName) -> Answer<Vec<KeyState>>;
    /// IAM CreateAccessKey. Made once, without retries: a lost reply is a lost secret, not a second key.
    async fn create_access_key(&self, user: &IamName) -> Answer<AccessKey>;
    /// IAM GetAccessKeyLastUsed; `None` when it was never used.
    async fn last_use(&self, user: &IamName, id: &str) -> Answer<Option<LastUse>>;
    /// IAM DeleteAccessKey. A key that is not there is fine.
    async fn delete_access_key(&self, user: &IamName, id: &str) -> Answer<()>;
    /// IAM GetRole.
    async fn role(&self, name: &IamName) -> Answer<Option<Role>>;
    /// IAM CreateRole. Made once, without retries.
    async fn create_role(&self, name: &IamName, trust: &Value, making: &Making<'_>) -> Answer<()>;
    /// IAM UpdateAssumeRolePolicy.
    async fn update_trust(&self, name: &IamName, trust: &Value) -> Answer<()>;
    /// IAM UpdateRole: how long its sessions may last at most, in seconds.
    async fn set_session_seconds(&self, name: &IamName, seconds: u32) -> Answer<()>;
    /// IAM TagRole: adds tags.
    async fn tag_role(&self, name: &IamName, tags: &Tags) -> Answer<()>;
    /// IAM GetPolicy.
    async fn policy(&self, arn: &Arn) -> Answer<Option<Policy>>;
    /// IAM GetPolicyVersion: the document, decoded.
    async fn policy_document(&self, arn: &Arn, version: &str) -> Answer<Value>;
    /// IAM CreatePolicy. Made once, without retries.
    async fn create_policy(&self, name: &IamName, document: &Value, making: &Making<'_>) -> Answer<()>;
    /// IAM ListPolicyVersions.
    async fn policy_versions(&self, arn: &Arn) -> Answer<Vec<PolicyVersion>>;
    /// IAM CreatePolicyVersion, set as default.
    async fn create_policy_version(&self, arn: &Arn, document: &Value) -> Answer<()>;
    /// IAM DeletePolicyVersion.
    async fn delete_policy_version(&self, arn: &Arn, version: &str) -> Answer<()>;
    /// IAM TagPolicy: adds tags.
    async fn tag_policy(&self, arn: &Arn, tags: &Tags) -> Answer<()>;
    /// IAM ListAttachedUserPolicies or ListAttachedRolePolicies: ARNs.
    async fn attached_policies(&self, holder: Holder<'_>) -> Answer<Vec<String>>;
    /// IAM AttachUserPolicy or AttachRolePolicy.
    async fn attach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()>;
    /// IAM GetOpenIDConnectProvider: the provider's audiences.
    async fn oidc_audiences(&self, provider: &Arn) -> Answer<Option<Vec<String>>>;
    /// IAM CreateOpenIDConnectProvider with the audience `sts.amazonaws.com`, without thumbprints.
    async fn create_oidc_provider(&self, issuer: &Issuer, tags: &Tags) -> Answer<()>;
    /// IAM AddClientIDToOpenIDConnectProvider.
    async fn add_oidc_audience(&self, provider: &Arn, audience: &str) -> Answer<()>;
    /// IAM SimulatePrincipalPolicy, paginated.
    async fn simulate(&self, principal: &Arn, actions: &[&str], resources: &[String]) -> Answer<Vec<Decision>>;

    /// EKS ListClusters, paginated.
    async fn clusters(&self) -> Answer<Vec<String>>;
    /// EKS DescribeCluster: the OIDC issuer; `None` when there is no such cluster.
    async fn cluster_issuer(&self, cluster: &str) -> Answer<Option<Issuer>>;
    /// EKS ListPodIdentityAssociations and DescribePodIdentityAssociation, for one ServiceAccount.
    async fn association(&self, cluster: &str, namespace: &str, service_account: &str) -> Answer<Option<Association>>;
    /// EKS UpdatePodIdentityAssociation: hands out this role, and sends the tags that say which pod asks.
    async fn update_association(&self, cluster: &str, id: &str, role: &Arn) -> Answer<()>;
    /// EKS CreatePodIdentityAssociation, with a token made of its arguments, so that a retry is harmless.
    async fn create_association(
        &self,
        cluster: &str,
        namespace: &str,
        service_account: &str,
        role: &Arn,
        tags: &Tags,
    ) -> Answer<()>;
}
