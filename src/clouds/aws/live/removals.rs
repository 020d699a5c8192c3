//! The calls that find what carries a spec's tags and take it away again, one method a call; they belong to
//! [`AwsApi`], apart only because a plan and an apply never make them.
//!
//! To remove what does not exist is no failure of these calls: the caller wanted it gone.

use serde_json::Value;

use super::api::{AwsApi, Holder, Tags};
use crate::base::names::{Arn, BucketName, IamName, Region};
use crate::clouds::call::Answer;

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's key.
    pub key: String,
    /// The version's id; `null` where versions were never kept.
    pub version: String,
}

/// An upload that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The object's key.
    pub key: String,
    /// The upload's id.
    pub id: String,
}

/// The first page of a list, and whether there is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most a thousand.
    pub items: Vec<T>,
    /// Whether there are others.
    pub more: bool,
}

/// A role as a list of all roles tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleTrust {
    /// Its name.
    pub name: String,
    /// Its trust policy, decoded.
    pub trust: Value,
}

/// A Pod Identity association with its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedAssociation {
    /// Its id.
    pub id: String,
    /// The namespace.
    pub namespace: String,
    /// The ServiceAccount.
    pub service_account: String,
    /// Its tags.
    pub tags: Tags,
}

/// Finding and removing. Source of the names and answers: the AWS API references of S3, IAM and EKS.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait RemovalApi: AwsApi {
    /// S3 ListObjectVersions: the first page.
    async fn object_versions(&self, bucket: &BucketName, region: &Region) -> Answer<Page<ObjectVersion>>;
    /// S3 DeleteObjects: at most a thousand versions; one that cannot be deleted fails the call.
    async fn delete_versions(&self, bucket: &BucketName, region: &Region, versions: &[ObjectVersion]) -> Answer<()>;
    /// S3 ListMultipartUploads: the first page.
    async fn uploads(&self, bucket: &BucketName, region: &Region) -> Answer<Page<Upload>>;
    /// S3 AbortMultipartUpload.
    async fn abort_upload(&self, bucket: &BucketName, region: &Region, upload: &Upload) -> Answer<()>;
    /// S3 DeleteBucket, which refuses a bucket that holds anything.
    async fn delete_bucket(&self, bucket: &BucketName, region: &Region) -> Answer<()>;

    /// IAM ListUsers, paginated: the names.
    async fn users(&self) -> Answer<Vec<String>>;
    /// IAM ListRoles, paginated, with the trust of each.
    async fn roles(&self) -> Answer<Vec<RoleTrust>>;
    /// IAM ListPolicies of the account, paginated: the ARNs.
    async fn policies(&self) -> Answer<Vec<String>>;
    /// IAM DetachUserPolicy or DetachRolePolicy.
    async fn detach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()>;
    /// IAM DeletePolicy, once it has one version and no holder.
    async fn delete_policy(&self, policy: &Arn) -> Answer<()>;
    /// IAM UntagUser or UntagRole.
    async fn untag(&self, holder: Holder<'_>, keys: &[String]) -> Answer<()>;
    /// IAM UntagPolicy.
    async fn untag_policy(&self, policy: &Arn, keys: &[String]) -> Answer<()>;
    /// IAM DeleteUser.
    async fn delete_user(&self, name: &IamName) -> Answer<()>;
    /// IAM DeleteRole.
    async fn delete_role(&self, name: &IamName) -> Answer<()>;
    /// IAM UpdateAccessKey: whether a key can be used.
    async fn set_key_active(&self, user: &IamName, key: &str, active: bool) -> Answer<()>;
    /// IAM ListOpenIDConnectProviders: the ARNs.
    async fn oidc_providers(&self) -> Answer<Vec<String>>;
    /// IAM ListOpenIDConnectProviderTags, paginated.
    async fn oidc_tags(&self, provider: &Arn) -> Answer<Tags>;
    /// IAM DeleteOpenIDConnectProvider.
    async fn delete_oidc_provider(&self, provider: &Arn) -> Answer<()>;

    /// EKS ListPodIdentityAssociations and DescribePodIdentityAssociation: all of a cluster; none when there is no such
    /// cluster.
    async fn associations(&self, cluster: &str) -> Answer<Vec<TaggedAssociation>>;
    /// EKS DeletePodIdentityAssociation.
    async fn delete_association(&self, cluster: &str, id: &str) -> Answer<()>;
}
