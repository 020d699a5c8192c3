//! Lists of everything, and taking it away. What is gone already is as good as removed.

use aws_sdk_iam::types::{PolicyScopeType, StatusType};

use super::{ABSENT, Iam, document, from_tags};
use crate::base::names::{Arn, IamName, Kind};
use crate::clouds::aws::live::api::{Holder, Tags};
use crate::clouds::aws::live::removals::RoleTrust;
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::call::Answer;

impl Iam {
    pub async fn users(&self) -> Answer<Vec<String>> {
        let users = self.0.list_users().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        Ok(users.answer(Call::on("iam:ListUsers", "*"))?.into_iter().map(|user| user.user_name).collect())
    }

    pub async fn roles(&self) -> Answer<Vec<RoleTrust>> {
        let call = Call::on("iam:ListRoles", "*");
        let roles = self.0.list_roles().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let told = roles.answer(call)?.into_iter().map(|role| {
            let trust = document(call, role.assume_role_policy_document())?;
            Ok(RoleTrust { name: role.role_name, trust })
        });
        told.collect()
    }

    pub async fn policies(&self) -> Answer<Vec<String>> {
        let list = self.0.list_policies().scope(PolicyScopeType::Local).into_paginator().items().send();
        let policies = list.collect::<Result<Vec<_>, _>>().await.answer(Call::on("iam:ListPolicies", "*"))?;
        Ok(policies.into_iter().filter_map(|policy| policy.arn).collect())
    }

    pub async fn policy_holders(&self, policy: &Arn) -> Answer<Vec<(Kind, String)>> {
        let call = Call::on("iam:ListEntitiesForPolicy", policy.as_str());
        let mut pages = self.0.list_entities_for_policy().policy_arn(policy.as_str()).into_paginator().send();
        let mut holders = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = if_any(page.answer(call), ABSENT)? else { return Ok(holders) };
            let users = page.policy_users.into_iter().flatten().filter_map(|one| Some((Kind::User, one.user_name?)));
            let roles = page.policy_roles.into_iter().flatten().filter_map(|one| Some((Kind::Role, one.role_name?)));
            let groups =
                page.policy_groups.into_iter().flatten().filter_map(|one| Some((Kind::Group, one.group_name?)));
            holders.extend(users.chain(roles).chain(groups));
        }
        Ok(holders)
    }

    pub async fn detach_policy(&self, holder: Holder<'_>, policy: &Arn) -> Answer<()> {
        match holder {
            Holder::User(name) => {
                let detach = self.0.detach_user_policy().user_name(name.as_str()).policy_arn(policy.as_str());
                let answer = detach.send().await.answer(Call::on("iam:DetachUserPolicy", name.as_str()));
                if_any(answer, ABSENT).map(drop)
            }
            Holder::Role(name) => {
                let detach = self.0.detach_role_policy().role_name(name.as_str()).policy_arn(policy.as_str());
                let answer = detach.send().await.answer(Call::on("iam:DetachRolePolicy", name.as_str()));
                if_any(answer, ABSENT).map(drop)
            }
        }
    }

    pub async fn delete_policy(&self, policy: &Arn) -> Answer<()> {
        let answer = self.0.delete_policy().policy_arn(policy.as_str()).send().await;
        if_any(answer.answer(Call::on("iam:DeletePolicy", policy.as_str())), ABSENT).map(drop)
    }

    pub async fn untag(&self, holder: Holder<'_>, keys: &[String]) -> Answer<()> {
        match holder {
            Holder::User(name) => {
                let untag = self.0.untag_user().user_name(name.as_str()).set_tag_keys(Some(keys.to_vec()));
                if_any(untag.send().await.answer(Call::on("iam:UntagUser", name.as_str())), ABSENT).map(drop)
            }
            Holder::Role(name) => {
                let untag = self.0.untag_role().role_name(name.as_str()).set_tag_keys(Some(keys.to_vec()));
                if_any(untag.send().await.answer(Call::on("iam:UntagRole", name.as_str())), ABSENT).map(drop)
            }
        }
    }

    pub async fn untag_policy(&self, policy: &Arn, keys: &[String]) -> Answer<()> {
        let untag = self.0.untag_policy().policy_arn(policy.as_str()).set_tag_keys(Some(keys.to_vec()));
        if_any(untag.send().await.answer(Call::on("iam:UntagPolicy", policy.as_str())), ABSENT).map(drop)
    }

    pub async fn delete_user(&self, name: &IamName) -> Answer<()> {
        let answer = self.0.delete_user().user_name(name.as_str()).send().await;
        if_any(answer.answer(Call::on("iam:DeleteUser", name.as_str())), ABSENT).map(drop)
    }

    pub async fn delete_role(&self, name: &IamName) -> Answer<()> {
        let answer = self.0.delete_role().role_name(name.as_str()).send().await;
        if_any(answer.answer(Call::on("iam:DeleteRole", name.as_str())), ABSENT).map(drop)
    }

    pub async fn set_key_active(&self, user: &IamName, key: &str, active: bool) -> Answer<()> {
        let status = if active { StatusType::Active } else { StatusType::Inactive };
        let update = self.0.update_access_key().user_name(user.as_str()).access_key_id(key).status(status);
        update.send().await.answer(Call::on("iam:UpdateAccessKey", user.as_str())).map(drop)
    }

    pub async fn oidc_providers(&self) -> Answer<Vec<String>> {
        let answer = self.0.list_open_id_connect_providers().send().await;
        let list = answer.answer(Call::on("iam:ListOpenIDConnectProviders", "*"))?.open_id_connect_provider_list;
        Ok(list.into_iter().flatten().filter_map(|provider| provider.arn).collect())
    }

    pub async fn oidc_tags(&self, provider: &Arn) -> Answer<Tags> {
        let call = Call::on("iam:ListOpenIDConnectProviderTags", provider.as_str());
        let list = self.0.list_open_id_connect_provider_tags().open_id_connect_provider_arn(provider.as_str());
        let tags = list.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.answer(call);
        Ok(from_tags(if_any(tags, ABSENT)?))
    }

    pub async fn delete_oidc_provider(&self, provider: &Arn) -> Answer<()> {
        let delete = self.0.delete_open_id_connect_provider().open_id_connect_provider_arn(provider.as_str());
        let answer = delete.send().await.answer(Call::on("iam:DeleteOpenIDConnectProvider", provider.as_str()));
        if_any(answer, ABSENT).map(drop)
    }
}
