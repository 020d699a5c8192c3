//! The calls of the trait, each handed to the file of its service.

use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::types::CorsRule;
use serde_json::Value;

use super::failure::is_opt_in;
use super::web::Past;
use super::{KeyHolder, SdkAccount, s3, sts};
use crate::base::names::{AccountId, Arn, BucketName, IamName, Issuer, Region};
use crate::base::secret::AccessKey;
use crate::clouds::Caller;
use crate::clouds::aws::live::api::{
    Association, AwsApi, BucketApi, BucketHead, Decision, Encryption, Holder, Lifecycle, Making, Older, Policy,
    PolicyVersion, PublicAccessBlock, Role, Tags, User,
};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::trial::Objects;
use crate::model::{KeyState, LastUse};

impl SdkAccount {
    /// S3 with whatever identity the environment gives: that of the pod, in a pod.
    pub fn as_caller(&self) -> impl Objects {
        KeyHolder {
            s3: self.s3(&self.home),
            sts: Some(self.sts.clone()),
            owner: self.settings.owner().cloned(),
            region: self.home.clone(),
            past: self.past(),
        }
    }

    /// What is used where a request goes past the SDK's clients.
    fn past(&self) -> Past {
        let authority = self.settings.authority().map(str::to_owned);
        Past { recorder: self.settings.recorder().clone(), authority }
    }

    /// Tells a region that is not enabled from wrong credentials: STS has one code for both, so the same credentials
    /// are tried where every account may go.
    async fn explain(&self, error: CallError) -> CallError {
        let ambiguous = error.kind == Failure::BadCredentials && is_opt_in(&self.home);
        let Ok(first) = Region::parse("us-east-1") else { return error };
        if !ambiguous {
            return error;
        }
        let client = aws_sdk_sts::Client::from_conf(self.settings.sts(&first).build());
        match sts::caller(&client, &first).await {
            Ok(_) => CallError { kind: Failure::RegionDisabled, ..error },
            Err(_) => error,
        }
    }
}

/// A key as the SDK takes it.
pub(super) fn signing(key: &AccessKey) -> Credentials {
    Credentials::new(key.id.expose(), key.secret.expose(), None, None, "bucketwright")
}

impl BucketApi for SdkAccount {
    async fn head_bucket(&self, bucket: &BucketName, region: &Region, owner: Option<&AccountId>) -> Answer<BucketHead> {
        self.bucket(bucket, region).await?.head(owner).await
    }

    async fn list_buckets(&self) -> Answer<Vec<String>> {
        s3::list_buckets(&self.s3(&self.home), &self.home).await
    }

    async fn create_bucket(&self, bucket: &BucketName, region: &Region, tags: &Tags) -> Answer<()> {
        if self.settings.is_store() {
            return self.bucket(bucket, region).await?.create_plain().await;
        }
        self.bucket(bucket, region).await?.create(tags).await
    }

    async fn public_access_block(&self, bucket: &BucketName, region: &Region) -> Answer<Option<PublicAccessBlock>> {
        self.bucket(bucket, region).await?.public_access_block().await
    }

    async fn put_public_access_block(
        &self,
        bucket: &BucketName,
        region: &Region,
        block: PublicAccessBlock,
    ) -> Answer<()> {
        self.bucket(bucket, region).await?.put_public_access_block(block).await
    }

    async fn ownership(&self, bucket: &BucketName, region: &Region) -> Answer<Option<String>> {
        self.bucket(bucket, region).await?.ownership().await
    }

    async fn put_ownership_enforced(&self, bucket: &BucketName, region: &Region) -> Answer<()> {
        self.bucket(bucket, region).await?.put_ownership_enforced().await
    }

    async fn encryption(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Encryption>> {
        self.bucket(bucket, region).await?.encryption().await
    }

    async fn put_encryption(&self, bucket: &BucketName, region: &Region, encryption: &Encryption) -> Answer<()> {
        self.bucket(bucket, region).await?.put_encryption(encryption).await
    }

    async fn versioning(&self, bucket: &BucketName, region: &Region) -> Answer<bool> {
        self.bucket(bucket, region).await?.versioning().await
    }

    async fn enable_versioning(&self, bucket: &BucketName, region: &Region) -> Answer<()> {
        self.bucket(bucket, region).await?.enable_versioning().await
    }

    async fn lifecycle(&self, bucket: &BucketName, region: &Region) -> Answer<Lifecycle> {
        self.bucket(bucket, region).await?.lifecycle().await
    }

    async fn put_lifecycle(&self, bucket: &BucketName, region: &Region, lifecycle: Lifecycle) -> Answer<()> {
        self.bucket(bucket, region).await?.put_lifecycle(lifecycle).await
    }

    async fn bucket_policy(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Value>> {
        self.bucket(bucket, region).await?.policy().await
    }

    async fn put_bucket_policy(&self, bucket: &BucketName, region: &Region, policy: &Value) -> Answer<()> {
        self.bucket(bucket, region).await?.put_policy(policy).await
    }

    async fn delete_bucket_policy(&self, bucket: &BucketName, region: &Region) -> Answer<()> {
        self.bucket(bucket, region).await?.delete_policy().await
    }

    async fn cors(&self, bucket: &BucketName, region: &Region) -> Answer<Vec<CorsRule>> {
        self.bucket(bucket, region).await?.cors().await
    }

    async fn put_cors(&self, bucket: &BucketName, region: &Region, rules: Vec<CorsRule>) -> Answer<()> {
        self.bucket(bucket, region).await?.put_cors(rules).await
    }

    async fn bucket_tags(&self, bucket: &BucketName, region: &Region) -> Answer<Tags> {
        self.bucket(bucket, region).await?.tags().await
    }

    async fn put_bucket_tags(&self, bucket: &BucketName, region: &Region, tags: &Tags) -> Answer<()> {
        self.bucket(bucket, region).await?.put_tags(tags).await
    }

    async fn older_object(&self, bucket: &BucketName, region: &Region) -> Answer<Option<Older>> {
        self.bucket(bucket, region).await?.older().await
    }

    fn as_key(&self, key: &AccessKey, region: &Region) -> impl Objects {
        let key = signing(key);
        let s3 = self.settings.s3(region).credentials_provider(key.clone()).build();
        let sts = self.settings.sts(region).credentials_provider(key).build();
        KeyHolder {
            s3: aws_sdk_s3::Client::from_conf(s3),
            sts: (!self.settings.is_store()).then(|| aws_sdk_sts::Client::from_conf(sts)),
            owner: self.settings.owner().cloned(),
            region: region.clone(),
            past: self.past(),
        }
    }
}

impl AwsApi for SdkAccount {
    async fn caller(&self) -> Answer<Caller> {
        match sts::caller(&self.sts, &self.home).await {
            Ok(caller) => Ok(caller),
            Err(error) => Err(self.explain(error).await),
        }
    }

    async fn user(&self, name: &IamName) -> Answer<Option<User>> {
        self.iam.user(name).await
    }

    async fn create_user(&self, name: &IamName, making: &Making<'_>) -> Answer<()> {
        self.iam.create_user(name, making).await
    }

    async fn put_boundary(&self, holder: Holder<'_>, boundary: &Arn) -> Answer<()> {
        self.iam.put_boundary(holder, boundary).await
    }

    async fn tag_user(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        self.iam.tag_user(name, tags).await
    }

    async fn access_keys(&self, user: &IamName) -> Answer<Vec<KeyState>> {
        self.iam.access_keys(user).await
    }

    async fn create_access_key(&self, user: &IamName) -> Answer<AccessKey> {
        self.iam.create_access_key(user).await
    }

    async fn last_use(&self, user: &IamName, id: &str) -> Answer<Option<LastUse>> {
        self.iam.last_use(user, id).await
    }

    async fn delete_access_key(&self, user: &IamName, id: &str) -> Answer<()> {
        self.iam.delete_access_key(user, id).await
    }

    async fn role(&self, name: &IamName) -> Answer<Option<Role>> {
        self.iam.role(name).await
    }

    async fn create_role(&self, name: &IamName, trust: &Value, making: &Making<'_>) -> Answer<()> {
        self.iam.create_role(name, trust, making).await
    }

    async fn update_trust(&self, name: &IamName, trust: &Value) -> Answer<()> {
        self.iam.update_trust(name, trust).await
    }

    async fn set_session_seconds(&self, name: &IamName, seconds: u32) -> Answer<()> {
        self.iam.set_session_seconds(name, seconds).await
    }

    async fn tag_role(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        self.iam.tag_role(name, tags).await
    }

    async fn policy(&self, arn: &Arn) -> Answer<Option<Policy>> {
        self.iam.policy(arn).await
    }

    async fn policy_document(&self, arn: &Arn, version: &str) -> Answer<Value> {
        self.iam.policy_document(arn, version).await
    }

    async fn create_policy(&self, name: &IamName, document: &Value, making: &Making<'_>) -> Answer<()> {
        self.iam.create_policy(name, document, making).await
    }

    async fn policy_versions(&self, arn: &Arn) -> Answer<Vec<PolicyVersion>> {
        self.iam.policy_versions(arn).await
    }

    async fn create_policy_version(&self, arn: &Arn, document: &Value) -> Answer<()> {
        self.iam.create_policy_version(arn, document).await
    }

    async fn delete_policy_version(&self, arn: &Arn, version: &str) -> Answer<()> {
        self.iam.delete_policy_version(arn, version).await
    }

    async fn tag_policy(&self, arn: &Arn, tags: &Tags) -> Answer<()> {
        self.iam.tag_policy(arn, tags).await
    }

    async fn attached_policies(&self, holder: Holder<'_>) -> Answer<Vec<String>> {
        self.iam.attached_policies(holder).await
    }

    async fn attach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        self.iam.attach_policy(holder, policy).await
    }

    async fn oidc_audiences(&self, provider: &Arn) -> Answer<Option<Vec<String>>> {
        self.iam.oidc_audiences(provider).await
    }

    async fn create_oidc_provider(&self, issuer: &Issuer, tags: &Tags) -> Answer<()> {
        self.iam.create_oidc_provider(issuer, tags).await
    }

    async fn add_oidc_audience(&self, provider: &Arn, audience: &str) -> Answer<()> {
        self.iam.add_oidc_audience(provider, audience).await
    }

    async fn simulate(&self, principal: &Arn, actions: &[&str], resources: &[String]) -> Answer<Vec<Decision>> {
        self.iam.simulate(principal, actions, resources).await
    }

    async fn clusters(&self) -> Answer<Vec<String>> {
        self.eks.clusters().await
    }

    async fn cluster_issuer(&self, cluster: &str) -> Answer<Option<Issuer>> {
        self.eks.cluster_issuer(cluster).await
    }

    async fn association(&self, cluster: &str, namespace: &str, service_account: &str) -> Answer<Option<Association>> {
        self.eks.association(cluster, namespace, service_account).await
    }

    async fn update_association(&self, cluster: &str, id: &str, role: &Arn) -> Answer<()> {
        self.eks.update_association(cluster, id, role).await
    }

    async fn create_association(
        &self,
        cluster: &str,
        namespace: &str,
        service_account: &str,
        role: &Arn,
        tags: &Tags,
    ) -> Answer<()> {
        self.eks.create_association(cluster, namespace, service_account, role, tags).await
    }
}
