//! The calls of [`StandingApi`], each handed to the file of its service.

use serde_json::Value;

use super::SdkAccount;
use crate::base::names::{Arn, BucketName, IamName, Kind, Region};
use crate::clouds::aws::live::standing::{Bearer, StandingApi};
use crate::clouds::call::Answer;
use crate::policy::judge::AclGrant;

impl StandingApi for SdkAccount {
    async fn inline_policies(&self, of: Bearer<'_>) -> Answer<Vec<String>> {
        self.iam.inline_policies(of).await
    }

    async fn inline_policy(&self, of: Bearer<'_>, name: &str) -> Answer<Value> {
        self.iam.inline_policy(of, name).await
    }

    async fn groups(&self, user: &IamName) -> Answer<Vec<String>> {
        self.iam.groups(user).await
    }

    async fn group_policies(&self, group: &str) -> Answer<Vec<String>> {
        self.iam.group_policies(group).await
    }

    async fn policy_holders(&self, policy: &Arn) -> Answer<Vec<(Kind, String)>> {
        self.iam.policy_holders(policy).await
    }

    async fn bucket_acl(&self, bucket: &BucketName, region: &Region) -> Answer<Vec<AclGrant>> {
        self.bucket(bucket, region).await?.acl().await
    }
}
