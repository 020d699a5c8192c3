//! STS: who calls.

use aws_sdk_sts::Client;

use super::failure::{Call, ToAnswer};
use crate::base::names::{AccountId, Arn, Region};
use crate::clouds::Caller;
use crate::clouds::call::Answer;

/// STS GetCallerIdentity. It needs no permission.
pub(super) async fn caller(client: &Client, region: &Region) -> Answer<Caller> {
    let call = Call::on("sts:GetCallerIdentity", region.as_str()).in_region(region);
    let identity = client.get_caller_identity().send().await.answer(call)?;
    let account = identity.account().and_then(|text| AccountId::parse(text).ok());
    let arn = identity.arn().and_then(|text| Arn::parse(text).ok());
    let (Some(account), Some(arn)) = (account, arn) else { return Err(call.odd("the answer names no caller")) };
    Ok(Caller { account, arn })
}
