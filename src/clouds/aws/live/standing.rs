//! What others put on a spec's users, roles and buckets: the calls that read it, and what they tell together.
//!
//! Nothing here changes anything. What the caller may not read is told as such: it is not judged, and never passes in silence.

use serde_json::Value;

use super::api::{AwsApi, Holder};
use super::observe::absent_is_empty;
use crate::base::names::{Arn, BucketName, IamName, Kind, Region};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::policy::judge::{AclGrant, Held, HeldPolicy, PolicyFrom};

/// Who has inline policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// A user.
    User(&'a IamName),
    /// A role.
    Role(&'a IamName),
    /// A group.
    Group(&'a str),
}

/// The reads. Source of the names and answers: the AWS API references of IAM and S3.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait StandingApi {
    /// IAM ListUserPolicies, ListRolePolicies or ListGroupPolicies, paginated: the names.
    async fn inline_policies(&self, of: Bearer<'_>) -> Answer<Vec<String>>;
    /// IAM GetUserPolicy, GetRolePolicy or GetGroupPolicy: the document, decoded.
    async fn inline_policy(&self, of: Bearer<'_>, name: &str) -> Answer<Value>;
    /// IAM ListGroupsForUser, paginated: the names.
    async fn groups(&self, user: &IamName) -> Answer<Vec<String>>;
    /// IAM ListAttachedGroupPolicies, paginated: ARNs.
    async fn group_policies(&self, group: &str) -> Answer<Vec<String>>;
    /// IAM ListEntitiesForPolicy, paginated: kinds (`user`, `role`, `group`) and names.
    async fn policy_holders(&self, policy: &Arn) -> Answer<Vec<(Kind, String)>>;
    /// S3 GetBucketAcl: what it grants to others than the owner.
    async fn bucket_acl(&self, bucket: &BucketName, region: &Region) -> Answer<Vec<AclGrant>>;
}

/// Everything that gives a user or role rights beside the policy of its own name.
///
/// # Errors
/// The first read that fails for another reason than that the caller may not make it.
pub(super) async fn held(
    api: &impl AwsApi,
    holder: Holder<'_>,
    attached: &[String],
    own: &Arn,
) -> Result<Held, CallError> {
    let mut reader = Reader { api, held: Held::default() };
    let bearer = match holder {
        Holder::User(name) => Bearer::User(name),
        Holder::Role(name) => Bearer::Role(name),
    };
    reader.inline(bearer, PolicyFrom::Inline).await?;
    for arn in attached.iter().filter(|arn| *arn != own.as_str()) {
        reader.managed(arn, PolicyFrom::Attached(arn.clone())).await?;
    }
    if let Holder::User(user) = holder {
        let groups = absent_is_empty(api.groups(user)).await;
        for group in reader.allowed(groups, "iam:ListGroupsForUser", user.as_str())?.unwrap_or_default() {
            reader.group(&group).await?;
        }
    }
    Ok(reader.held)
}

struct Reader<'a, A> {
    api: &'a A,
    held: Held,
}

impl<A: AwsApi> Reader<'_, A> {
    /// The answer, or nothing where the caller may not ask; that is kept.
    fn allowed<T>(&mut self, answer: Answer<T>, action: &str, on: &str) -> Result<Option<T>, CallError> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind == Failure::Denied => {
                self.held.unread.push(format!("{action} on {on}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn inline(&mut self, of: Bearer<'_>, from: impl Fn(String) -> PolicyFrom) -> Result<(), CallError> {
        let (kind, name) = match of {
            Bearer::User(name) => ("User", name.as_str()),
            Bearer::Role(name) => ("Role", name.as_str()),
            Bearer::Group(name) => ("Group", name),
        };
        let names = absent_is_empty(self.api.inline_policies(of)).await;
        for policy in self.allowed(names, &format!("iam:List{kind}Policies"), name)?.unwrap_or_default() {
            let document = match self.api.inline_policy(of, &policy).await {
                Err(error) if error.kind == Failure::NotFound => continue,
                answer => self.allowed(answer, &format!("iam:Get{kind}Policy"), name)?,
            };
            self.held.policies.extend(document.map(|document| HeldPolicy { from: from(policy), document }));
        }
        Ok(())
    }

    async fn managed(&mut self, text: &str, from: PolicyFrom) -> Result<(), CallError> {
        let Ok(arn) = Arn::parse(text) else {
            self.held.unread.push(format!("iam:GetPolicy on {text}"));
            return Ok(());
        };
        let found = self.api.policy(&arn).await;
        let Some(Some(policy)) = self.allowed(found, "iam:GetPolicy", text)? else { return Ok(()) };
        let document = self.api.policy_document(&arn, &policy.default_version).await;
        let document = self.allowed(document, "iam:GetPolicyVersion", text)?;
        self.held.policies.extend(document.map(|document| HeldPolicy { from, document }));
        Ok(())
    }

    async fn group(&mut self, group: &str) -> Result<(), CallError> {
        let named = |policy: String| PolicyFrom::InGroup { group: group.to_owned(), policy };
        self.inline(Bearer::Group(group), named).await?;
        let attached = absent_is_empty(self.api.group_policies(group)).await;
        for arn in self.allowed(attached, "iam:ListAttachedGroupPolicies", group)?.unwrap_or_default() {
            self.managed(&arn, PolicyFrom::ByGroup { group: group.to_owned(), policy: arn.clone() }).await?;
        }
        Ok(())
    }
}
