//! The default key of a bucket: it and the rights to it move together.

use std::collections::BTreeSet;

use super::{AwsChange, BucketState, EncryptionState, Observed};
use crate::base::error::{Code, Error};
use crate::base::names::Arn;
use crate::model::{Blueprint, BucketWant};
use crate::policy::keys_named;

/// Whether two names are of one key. S3 gives back what it was given: a key's ARN, or its id alone.
pub(super) fn same_key(one: &str, other: &str) -> bool {
    let id = |name: &str| name.rsplit_once(":key/").map(|(_, id)| id.to_owned());
    match (id(one), id(other)) {
        (Some(id), None) => id == other,
        (None, Some(id)) => id == one,
        _ => one == other,
    }
}

/// Whether a bucket's key is named by an alias, which stands for another key tomorrow.
fn is_alias(key: &str) -> bool {
    key.starts_with("alias/") || key.contains(":alias/")
}

/// What is to be done about the default key; that the bucket's own is known was seen to before.
pub(super) fn key_change(want: &BucketWant, state: &BucketState) -> Option<AwsChange> {
    let there = match &state.encryption {
        EncryptionState::Kms(key) => Some(key.clone()),
        _ => None,
    };
    match (&want.kms_key, there) {
        (Some(wanted), Some(there)) if same_key(wanted.as_str(), &there) => None,
        (Some(wanted), was) => Some(AwsChange::EncryptWithKey { key: wanted.clone(), was }),
        (None, Some(was)) => Some(AwsChange::EncryptByS3 { was }),
        (None, None) => None,
    }
}

/// The keys that the spec or our live policies name.
pub(super) fn known_keys(blueprint: &Blueprint, observed: &Observed) -> BTreeSet<Arn> {
    let spec = &blueprint.spec;
    let named = spec.kms_key.iter().chain(spec.former_keys.iter().flatten()).cloned();
    let live = blueprint.principals.iter().filter_map(|want| observed.principals.get(&want.name)?.policy.as_ref());
    named.chain(live.flat_map(|policy| keys_named(&policy.document).all())).collect()
}

/// The refusal of a bucket whose default key nobody named: rights would be missing, to it or to what it encrypted.
pub(super) fn unknown_key(
    blueprint: &Blueprint,
    want: &BucketWant,
    state: &BucketState,
    known: &BTreeSet<Arn>,
) -> Option<Error> {
    let EncryptionState::Kms(key) = &state.encryption else { return None };
    if known.iter().any(|one| same_key(one.as_str(), key)) {
        return None;
    }
    let (name, region) = (&want.name, blueprint.spec.cloud.region());
    let what =
        format!("the bucket `{name}` encrypts with the key {key}, which neither the spec nor a policy of it names");
    let error = Error::new(Code::UNKNOWN_KMS_KEY, what).why(match &want.kms_key {
        Some(wanted) => format!(
            "The spec wants {wanted}. What the bucket holds stays encrypted with the other key, and without a right to it nothing of that could be read."
        ),
        None => "Uploads would be refused, and what the bucket holds could not be read: both take rights to the key.".to_owned(),
    });
    if is_alias(key) {
        return Some(error.fix(format!(
            "An alias stands for another key tomorrow, and is not compared. Put the key itself in its place: `aws kms describe-key --region {region} --key-id {key} --query KeyMetadata.Arn --output text` prints its ARN; `aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"ARN\"}},\"BucketKeyEnabled\":true}}]}}'` sets it. Then run `bucketwright plan` again."
        )));
    }
    let arn = if key.starts_with("arn:") {
        key.clone()
    } else {
        let account = blueprint.account.as_ref().map_or("ACCOUNT", |account| account.as_str());
        format!("arn:{}:kms:{region}:{account}:key/{key}", blueprint.partition())
    };
    Some(error.fix(match &want.kms_key {
        Some(wanted) => format!(
            "To change to the spec's key and still read what is there: `encryption: {{kmsKey: \"{wanted}\", formerKeys: [\"{arn}\"]}}`. To stay with the bucket's: `encryption: {{kmsKey: \"{arn}\"}}`."
        ),
        None => format!(
            "To use this key: `encryption: {{kmsKey: \"{arn}\"}}` in the spec. To go back to S3's own keys and still read what is there: `encryption: {{formerKeys: [\"{arn}\"]}}`."
        ),
    }))
}

/// What the step of a policy says of the keys that it keeps by itself.
pub(super) fn kept_note(blueprint: &Blueprint, kept: &[Arn]) -> Option<String> {
    let list = |keys: &[Arn]| keys.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", ");
    let current = blueprint.spec.kms_key.as_ref().map(|key| format!("kmsKey: \"{key}\", ")).unwrap_or_default();
    (!kept.is_empty()).then(|| {
        format!(
            "It keeps its rights to {}, which what is there is encrypted with. Once no pod writes with that, say so in the spec: `encryption: {{{current}formerKeys: [{}]}}` leaves the right to read, `formerKeys: []` gives it up.",
            kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            list(kept)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:012345678901:key/1234abcd";

    #[test]
    fn a_key_has_two_names_and_an_alias_is_none() {
        assert!(same_key(ARN, ARN) && same_key(ARN, "1234abcd") && same_key("1234abcd", ARN));
        assert!(same_key("mrk-1", "arn:aws:kms:eu-west-1:012345678901:key/mrk-1"));
        for other in ["1234", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd", "alias/x"] {
            assert!(!same_key(ARN, other), "{other}");
        }
        assert!(is_alias("alias/x") && is_alias("arn:aws:kms:eu-west-1:012345678901:alias/x") && !is_alias(ARN));
    }
}
