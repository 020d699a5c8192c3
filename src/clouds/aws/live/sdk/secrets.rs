//! Secrets Manager: the entries that the External Secrets Operator reads.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::types::Tag;

use super::SdkAccount;
use super::failure::{Call, ToAnswer, if_any};
use crate::base::secret::Secret;
use crate::clouds::aws::live::api::Tags;
use crate::clouds::call::Answer;
use crate::clouds::store::{FoundEntry, SecretStore};

/// There is no such entry, or none with content.
const ABSENT: &[&str] = &["ResourceNotFoundException"];

impl SdkAccount {
    fn secrets(&self) -> Client {
        Client::from_conf(self.settings.secrets(&self.home).build())
    }

    fn call<'a>(&'a self, name: &'static str, resource: &'a str) -> Call<'a> {
        Call::on(name, resource).in_region(&self.home)
    }
}

impl SecretStore for SdkAccount {
    async fn entry(&self, name: &str) -> Answer<Option<FoundEntry>> {
        let call = self.call("secretsmanager:DescribeSecret", name);
        let answer = self.secrets().describe_secret().secret_id(name).send().await.answer(call);
        let Some(found) = if_any(answer, ABSENT)? else { return Ok(None) };
        let leaving = found.deleted_date.is_some();
        let tags = found.tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value?)));
        Ok(Some(FoundEntry { tags: tags.collect(), leaving }))
    }

    async fn create_entry(&self, name: &str, tags: &Tags) -> Answer<()> {
        let call = self.call("secretsmanager:CreateSecret", name);
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let create = self.secrets().create_secret().name(name).set_tags(Some(tags));
        let once = aws_sdk_secretsmanager::config::Builder::new().retry_config(RetryConfig::disabled());
        create.customize().config_override(once).send().await.answer(call).map(drop)
    }

    async fn content(&self, name: &str) -> Answer<Option<Secret>> {
        let call = self.call("secretsmanager:GetSecretValue", name);
        let answer = self.secrets().get_secret_value().secret_id(name).send().await.answer(call);
        Ok(if_any(answer, ABSENT)?.and_then(|found| found.secret_string).map(Secret::new))
    }

    async fn put_content(&self, name: &str, content: &Secret) -> Answer<()> {
        let call = self.call("secretsmanager:PutSecretValue", name);
        let put = self.secrets().put_secret_value().secret_id(name).secret_string(content.expose());
        put.send().await.answer(call).map(drop)
    }
}
