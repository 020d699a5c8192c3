//! The account's answers to the calls of [`StandingApi`]. A rehearsal has no groups, and nobody else who writes policies; tests do.

use serde_json::Value;

use super::{RehearsalAccount, failure};
use crate::base::names::{Arn, BucketName, IamName, Kind, Region};
use crate::clouds::aws::live::standing::{Bearer, StandingApi};
use crate::clouds::call::{Answer, Failure};
use crate::policy::judge::AclGrant;

/// The kind and name of who has inline policies; a group has none here.
fn of_kind(of: Bearer<'_>) -> Option<(Kind, &'_ IamName)> {
    match of {
        Bearer::User(name) => Some((Kind::User, name)),
        Bearer::Role(name) => Some((Kind::Role, name)),
        Bearer::Group(_) => None,
    }
}

impl StandingApi for RehearsalAccount {
    async fn inline_policies(&self, of: Bearer<'_>) -> Answer<Vec<String>> {
        let Some((kind, name)) = of_kind(of) else { return Ok(Vec::new()) };
        let found = self.principal("iam:ListPolicies", kind, name, |found| found.inline.keys().cloned().collect())?;
        found.ok_or_else(|| failure("iam:ListPolicies", name.as_str(), Failure::NotFound, "NoSuchEntity"))
    }

    async fn inline_policy(&self, of: Bearer<'_>, policy: &str) -> Answer<Value> {
        let found = match of_kind(of) {
            Some((kind, name)) => {
                self.principal("iam:GetPolicy", kind, name, |found| found.inline.get(policy).cloned())?
            }
            None => None,
        };
        found.flatten().ok_or_else(|| failure("iam:GetPolicy", policy, Failure::NotFound, "NoSuchEntity"))
    }

    async fn groups(&self, user: &IamName) -> Answer<Vec<String>> {
        self.look("iam:ListGroupsForUser", user.as_str(), |_| Vec::new())
    }

    async fn group_policies(&self, group: &str) -> Answer<Vec<String>> {
        self.look("iam:ListAttachedGroupPolicies", group, |_| Vec::new())
    }

    async fn policy_holders(&self, policy: &Arn) -> Answer<Vec<(Kind, String)>> {
        self.look("iam:ListEntitiesForPolicy", policy.as_str(), |state| {
            let holders =
                state.principals.iter().filter(|(_, one)| one.attached.iter().any(|arn| arn == policy.as_str()));
            let kind = |key: &str| if key.starts_with("role/") { Kind::Role } else { Kind::User };
            holders.map(|(key, one)| (kind(key), one.name.clone())).collect()
        })
    }

    async fn bucket_acl(&self, bucket: &BucketName, _: &Region) -> Answer<Vec<AclGrant>> {
        self.in_bucket("s3:GetBucketAcl", bucket, |_| Vec::new())
    }
}
