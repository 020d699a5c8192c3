//! The calls of [`RemovalApi`], each handed to the file of its service.

use super::SdkAccount;
use crate::base::names::{Arn, BucketName, IamName, Region};
use crate::clouds::aws::live::api::{Holder, Tags};
use crate::clouds::aws::live::removals::{ObjectVersion, Page, RemovalApi, RoleTrust, TaggedAssociation, Upload};
use crate::clouds::call::Answer;

impl RemovalApi for SdkAccount {
    async fn object_versions(&self, bucket: &BucketName, region: &Region) -> Answer<Page<ObjectVersion>> {
        self.bucket(bucket, region).await?.object_versions().await
    }

    async fn delete_versions(&self, bucket: &BucketName, region: &Region, versions: &[ObjectVersion]) -> Answer<()> {
        self.bucket(bucket, region).await?.delete_versions(versions).await
    }

    async fn uploads(&self, bucket: &BucketName, region: &Region) -> Answer<Page<Upload>> {
        self.bucket(bucket, region).await?.uploads().await
    }

    async fn abort_upload(&self, bucket: &BucketName, region: &Region, upload: &Upload) -> Answer<()> {
        self.bucket(bucket, region).await?.abort_upload(upload).await
    }

    async fn delete_bucket(&self, bucket: &BucketName, region: &Region) -> Answer<()> {
        self.bucket(bucket, region).await?.delete().await
    }

    async fn users(&self) -> Answer<Vec<String>> {
        self.iam.users().await
    }

    async fn roles(&self) -> Answer<Vec<RoleTrust>> {
        self.iam.roles().await
    }

    async fn policies(&self) -> Answer<Vec<String>> {
        self.iam.policies().await
    }

    async fn detach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        self.iam.detach_policy(holder, policy).await
    }

    async fn delete_policy(&self, policy: &Arn) -> Answer<()> {
        self.iam.delete_policy(policy).await
    }

    async fn untag(&self, holder: Holder<'_>, keys: &[String]) -> Answer<()> {
        self.iam.untag(holder, keys).await
    }

    async fn untag_policy(&self, policy: &Arn, keys: &[String]) -> Answer<()> {
        self.iam.untag_policy(policy, keys).await
    }

    async fn delete_user(&self, name: &IamName) -> Answer<()> {
        self.iam.delete_user(name).await
    }

    async fn delete_role(&self, name: &IamName) -> Answer<()> {
        self.iam.delete_role(name).await
    }

    async fn set_key_active(&self, user: &IamName, key: &str, active: bool) -> Answer<()> {
        self.iam.set_key_active(user, key, active).await
    }

    async fn oidc_providers(&self) -> Answer<Vec<String>> {
        self.iam.oidc_providers().await
    }

    async fn oidc_tags(&self, provider: &Arn) -> Answer<Tags> {
        self.iam.oidc_tags(provider).await
    }

    async fn delete_oidc_provider(&self, provider: &Arn) -> Answer<()> {
        self.iam.delete_oidc_provider(provider).await
    }

    async fn associations(&self, cluster: &str) -> Answer<Vec<TaggedAssociation>> {
        self.eks.associations(cluster).await
    }

    async fn delete_association(&self, cluster: &str, id: &str) -> Answer<()> {
        self.eks.delete_association(cluster, id).await
    }
}
