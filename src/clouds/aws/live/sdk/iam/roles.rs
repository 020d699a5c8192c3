//! Roles and what is attached to roles and users.

use serde_json::Value;

use super::{ABSENT, Iam, document, from_tags, once, to_tags};
use crate::base::names::{Arn, IamName};
use crate::clouds::aws::live::api::{Holder, Making, Role, Tags};
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::call::Answer;

impl Iam {
    pub async fn role(&self, name: &IamName) -> Answer<Option<Role>> {
        let call = Call::on("iam:GetRole", name.as_str());
        let answer = self.0.get_role().role_name(name.as_str()).send().await;
        let Some(found) = if_any(answer.answer(call), ABSENT)? else { return Ok(None) };
        let role = found.role.ok_or_else(|| call.odd("the answer holds no role"))?;
        let trust = document(call, role.assume_role_policy_document())?;
        let session_seconds = role.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        let boundary = role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        let last_used = role.role_last_used.and_then(|used| used.last_used_date).map(|at| at.secs());
        let tags = from_tags(role.tags);
        Ok(Some(Role { arn: role.arn, trust, session_seconds, last_used, boundary, tags }))
    }

    pub async fn put_boundary(&self, holder: Holder<'_>, boundary: &Arn) -> Answer<()> {
        match holder {
            Holder::User(name) => {
                let put = self.0.put_user_permissions_boundary().user_name(name.as_str());
                let answer = put.permissions_boundary(boundary.as_str()).send().await;
                answer.answer(Call::on("iam:PutUserPermissionsBoundary", name.as_str())).map(drop)
            }
            Holder::Role(name) => {
                let put = self.0.put_role_permissions_boundary().role_name(name.as_str());
                let answer = put.permissions_boundary(boundary.as_str()).send().await;
                answer.answer(Call::on("iam:PutRolePermissionsBoundary", name.as_str())).map(drop)
            }
        }
    }

    pub async fn create_role(&self, name: &IamName, trust: &Value, making: &Making<'_>) -> Answer<()> {
        let call = Call::on("iam:CreateRole", name.as_str());
        let create = self.0.create_role().role_name(name.as_str()).assume_role_policy_document(trust.to_string());
        let create = create.set_tags(to_tags(call, making.tags)?).path(making.path.as_str());
        let create = create.set_permissions_boundary(making.boundary.map(Arn::to_string));
        create.customize().config_override(once()).send().await.answer(call).map(drop)
    }

    pub async fn update_trust(&self, name: &IamName, trust: &Value) -> Answer<()> {
        let call = Call::on("iam:UpdateAssumeRolePolicy", name.as_str());
        let update = self.0.update_assume_role_policy().role_name(name.as_str()).policy_document(trust.to_string());
        update.send().await.answer(call).map(drop)
    }

    pub async fn set_session_seconds(&self, name: &IamName, seconds: u32) -> Answer<()> {
        let call = Call::on("iam:UpdateRole", name.as_str());
        let update = self.0.update_role().role_name(name.as_str()).max_session_duration(seconds.cast_signed());
        update.send().await.answer(call).map(drop)
    }

    pub async fn tag_role(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        let call = Call::on("iam:TagRole", name.as_str());
        let tag = self.0.tag_role().role_name(name.as_str()).set_tags(to_tags(call, tags)?);
        tag.send().await.answer(call).map(drop)
    }

    pub async fn attached_policies(&self, holder: Holder<'_>) -> Answer<Vec<String>> {
        let policies = match holder {
            Holder::User(name) => {
                let list = self.0.list_attached_user_policies().user_name(name.as_str()).into_paginator().items();
                let all = list.send().collect::<Result<Vec<_>, _>>().await;
                all.answer(Call::on("iam:ListAttachedUserPolicies", name.as_str()))?
            }
            Holder::Role(name) => {
                let list = self.0.list_attached_role_policies().role_name(name.as_str()).into_paginator().items();
                let all = list.send().collect::<Result<Vec<_>, _>>().await;
                all.answer(Call::on("iam:ListAttachedRolePolicies", name.as_str()))?
            }
        };
        Ok(policies.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    pub async fn attach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        match holder {
            Holder::User(name) => {
                let attach = self.0.attach_user_policy().user_name(name.as_str()).policy_arn(policy.as_str());
                attach.send().await.answer(Call::on("iam:AttachUserPolicy", name.as_str())).map(drop)
            }
            Holder::Role(name) => {
                let attach = self.0.attach_role_policy().role_name(name.as_str()).policy_arn(policy.as_str());
                attach.send().await.answer(Call::on("iam:AttachRolePolicy", name.as_str())).map(drop)
            }
        }
    }
}
