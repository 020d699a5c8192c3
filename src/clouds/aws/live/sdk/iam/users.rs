//! Users and their access keys.

use aws_sdk_iam::types::StatusType;

use super::{ABSENT, Iam, from_tags, once, to_tags};
use crate::base::names::{Arn, IamName};
use crate::base::secret::{AccessKey, Secret};
use crate::clouds::aws::live::api::{Making, Tags, User};
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::call::{Answer, Failure};
use crate::model::{KeyState, LastUse, Use};

impl Iam {
    pub async fn user(&self, name: &IamName) -> Answer<Option<User>> {
        let call = Call::on("iam:GetUser", name.as_str());
        let answer = self.0.get_user().user_name(name.as_str()).send().await;
        let Some(found) = if_any(answer.answer(call), ABSENT)? else { return Ok(None) };
        let user = found.user.ok_or_else(|| call.odd("the answer holds no user"))?;
        let boundary = user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        Ok(Some(User { arn: user.arn, boundary, tags: from_tags(user.tags) }))
    }

    pub async fn create_user(&self, name: &IamName, making: &Making<'_>) -> Answer<()> {
        let call = Call::on("iam:CreateUser", name.as_str());
        let create = self.0.create_user().user_name(name.as_str()).set_tags(to_tags(call, making.tags)?);
        let create = create.path(making.path.as_str()).set_permissions_boundary(making.boundary.map(Arn::to_string));
        create.customize().config_override(once()).send().await.answer(call).map(drop)
    }

    pub async fn tag_user(&self, name: &IamName, tags: &Tags) -> Answer<()> {
        let call = Call::on("iam:TagUser", name.as_str());
        let tag = self.0.tag_user().user_name(name.as_str()).set_tags(to_tags(call, tags)?);
        tag.send().await.answer(call).map(drop)
    }

    pub async fn access_keys(&self, user: &IamName) -> Answer<Vec<KeyState>> {
        let call = Call::on("iam:ListAccessKeys", user.as_str());
        let keys = self.0.list_access_keys().user_name(user.as_str()).into_paginator().items().send();
        let keys = keys.collect::<Result<Vec<_>, _>>().await.answer(call)?;
        let told = keys.into_iter().filter_map(|key| {
            Some(KeyState {
                active: key.status == Some(StatusType::Active),
                created: key.create_date.map_or(0, |date| date.secs()),
                used: Use::Unasked,
                id: key.access_key_id?,
            })
        });
        Ok(told.collect())
    }

    pub async fn create_access_key(&self, user: &IamName) -> Answer<AccessKey> {
        let call = Call::on("iam:CreateAccessKey", user.as_str());
        let create = self.0.create_access_key().user_name(user.as_str());
        let answer = create.customize().config_override(once()).send().await.answer(call)?;
        // Moved, not copied, so that the only plain text left is what the SDK's parser has read it from.
        match answer.access_key {
            Some(key) if !key.access_key_id.is_empty() && !key.secret_access_key.is_empty() => {
                Ok(AccessKey { id: Secret::new(key.access_key_id), secret: Secret::new(key.secret_access_key) })
            }
            // The SDK takes an answer that breaks off for a whole one. The key exists.
            _ => Err(call.failed(Failure::NoAnswer, "the answer holds no key")),
        }
    }

    pub async fn last_use(&self, user: &IamName, id: &str) -> Answer<Option<LastUse>> {
        let call = Call::on("iam:GetAccessKeyLastUsed", user.as_str());
        let answer = self.0.get_access_key_last_used().access_key_id(id).send().await.answer(call)?;
        let told = answer.access_key_last_used.ok_or_else(|| call.odd("the answer holds no last use"))?;
        // A key that was never used has no date, and `N/A` for service and region.
        let at = told.last_used_date.map(|date| date.secs());
        Ok(at.map(|at| LastUse { at, service: told.service_name, region: told.region }))
    }

    pub async fn delete_access_key(&self, user: &IamName, id: &str) -> Answer<()> {
        let call = Call::on("iam:DeleteAccessKey", user.as_str());
        let answer = self.0.delete_access_key().user_name(user.as_str()).access_key_id(id).send().await;
        if_any(answer.answer(call), ABSENT).map(drop)
    }
}
