//! What others put on users and roles: inline policies and groups.

use serde_json::Value;

use super::{ABSENT, Iam, document};
use crate::base::names::IamName;
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::aws::live::standing::Bearer;
use crate::clouds::call::Answer;

impl Iam {
    pub async fn inline_policies(&self, of: Bearer<'_>) -> Answer<Vec<String>> {
        let answer = match of {
            Bearer::User(name) => {
                let list = self.0.list_user_policies().user_name(name.as_str()).into_paginator().items().send();
                list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListUserPolicies", name.as_str()))
            }
            Bearer::Role(name) => {
                let list = self.0.list_role_policies().role_name(name.as_str()).into_paginator().items().send();
                list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListRolePolicies", name.as_str()))
            }
            Bearer::Group(name) => {
                let list = self.0.list_group_policies().group_name(name).into_paginator().items().send();
                list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListGroupPolicies", name))
            }
        };
        Ok(if_any(answer, ABSENT)?.unwrap_or_default())
    }

    pub async fn inline_policy(&self, of: Bearer<'_>, policy: &str) -> Answer<Value> {
        match of {
            Bearer::User(name) => {
                let call = Call::on("iam:GetUserPolicy", name.as_str());
                let get = self.0.get_user_policy().user_name(name.as_str()).policy_name(policy);
                document(call, Some(get.send().await.answer(call)?.policy_document()))
            }
            Bearer::Role(name) => {
                let call = Call::on("iam:GetRolePolicy", name.as_str());
                let get = self.0.get_role_policy().role_name(name.as_str()).policy_name(policy);
                document(call, Some(get.send().await.answer(call)?.policy_document()))
            }
            Bearer::Group(name) => {
                let call = Call::on("iam:GetGroupPolicy", name);
                let get = self.0.get_group_policy().group_name(name).policy_name(policy);
                document(call, Some(get.send().await.answer(call)?.policy_document()))
            }
        }
    }

    pub async fn groups(&self, user: &IamName) -> Answer<Vec<String>> {
        let list = self.0.list_groups_for_user().user_name(user.as_str()).into_paginator().items().send();
        let groups = list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListGroupsForUser", user.as_str()));
        Ok(if_any(groups, ABSENT)?.unwrap_or_default().into_iter().map(|group| group.group_name).collect())
    }

    pub async fn group_policies(&self, group: &str) -> Answer<Vec<String>> {
        let list = self.0.list_attached_group_policies().group_name(group).into_paginator().items().send();
        let attached =
            list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListAttachedGroupPolicies", group));
        Ok(if_any(attached, ABSENT)?.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn).collect())
    }
}
