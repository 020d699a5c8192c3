//! IAM: users, roles, policies, OIDC providers.
//!
//! No creation of IAM has an idempotency token, so none is repeated by the SDK: after a lost answer to CreateUser the
//! second attempt would report a stranger's user, after one to CreateAccessKey there would be two keys and one secret.

mod policies;
mod providers;
mod removals;
mod roles;
mod standing;
mod users;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::failure::Call;
use crate::clouds::aws::live::api::Tags;
use crate::clouds::call::Answer;

/// The code that says that something does not exist.
const ABSENT: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];

/// IAM of the account's partition.
#[derive(Clone, Debug)]
pub(super) struct Iam(Client);

impl Iam {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }
}

/// Settings for one call that is made once.
fn once() -> aws_sdk_iam::config::Builder {
    aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Our tags in IAM's words.
fn to_tags(call: Call<'_>, tags: &Tags) -> Answer<Option<Vec<Tag>>> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags = tags.collect::<Result<Vec<_>, _>>();
    let tags = tags.map_err(|error| call.malformed(&error))?;
    Ok((!tags.is_empty()).then_some(tags))
}

/// IAM's tags in our words.
fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect()
}

/// A policy document as IAM tells it: JSON, URL-encoded by RFC 3986.
fn document(call: Call<'_>, text: Option<&str>) -> Answer<Value> {
    let Some(text) = text else { return Err(call.odd("the policy document is missing")) };
    let decoded = percent_decode_str(text).decode_utf8().ok();
    decoded.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(|| call.odd("the policy document is not JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_once() {
        let call = Call::on("iam:GetRole", "r");
        let value = document(call, Some("%7B%22a%22%3A%20%22x%2By%20%2525%22%7D")).expect("JSON");
        assert_eq!(value, serde_json::json!({"a": "x+y %25"}));
        // Not every IAM look-alike encodes.
        assert_eq!(document(call, Some("{\"a\": 1}")).expect("JSON"), serde_json::json!({"a": 1}));
        assert!(document(call, Some("nonsense")).is_err());
        assert!(document(call, None).is_err());
    }
}
