//! OIDC identity providers.

use super::{ABSENT, Iam, once, to_tags};
use crate::base::names::{Arn, Issuer};
use crate::clouds::aws::live::api::Tags;
use crate::clouds::aws::live::sdk::failure::{Call, ToAnswer, if_any};
use crate::clouds::call::Answer;

/// The audience of tokens that are exchanged at STS.
const AUDIENCE: &str = "sts.amazonaws.com";

impl Iam {
    pub async fn oidc_audiences(&self, provider: &Arn) -> Answer<Option<Vec<String>>> {
        let call = Call::on("iam:GetOpenIDConnectProvider", provider.as_str());
        let get = self.0.get_open_id_connect_provider().open_id_connect_provider_arn(provider.as_str());
        let found = if_any(get.send().await.answer(call), ABSENT)?;
        Ok(found.map(|found| found.client_id_list.unwrap_or_default()))
    }

    pub async fn create_oidc_provider(&self, issuer: &Issuer, tags: &Tags) -> Answer<()> {
        let call = Call::on("iam:CreateOpenIDConnectProvider", issuer.as_str());
        let create = self.0.create_open_id_connect_provider().url(issuer.as_str()).client_id_list(AUDIENCE);
        let create = create.set_tags(to_tags(call, tags)?);
        create.customize().config_override(once()).send().await.answer(call).map(drop)
    }

    pub async fn add_oidc_audience(&self, provider: &Arn, audience: &str) -> Answer<()> {
        let call = Call::on("iam:AddClientIDToOpenIDConnectProvider", provider.as_str());
        let add = self.0.add_client_id_to_open_id_connect_provider().client_id(audience);
        add.open_id_connect_provider_arn(provider.as_str()).send().await.answer(call).map(drop)
    }
}
