//! The keys that objects are encrypted with, and were.

use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, Region};
use crate::spec::check::Checker;
use crate::spec::document::EncryptionDocument;
use crate::spec::{Cloud, SpecDocument};

/// The key that encrypts, and those that did; `None` where the spec does not say.
pub(in crate::spec) fn keys(
    checker: &mut Checker,
    document: &SpecDocument,
    cloud: Option<&Cloud>,
) -> (Option<Arn>, Option<Vec<Arn>>) {
    let Some(encryption) = &document.encryption else { return (None, None) };
    let region = cloud.and_then(Cloud::aws).map(|aws| &aws.region);
    let known = region.filter(|region| region.is_known());
    let current = checker.parse_option("encryption.kmsKey", encryption.kms_key.as_ref(), |text| kms_key(text, known));
    if let Some(region) = region {
        crate::spec::aws::check::same_partition(checker, region, "encryption.kmsKey", current.as_ref());
    }
    let former = encryption.former_keys.as_ref().map(|list| {
        let mut keys: Vec<Arn> = Vec::new();
        for text in list {
            let Some(key) = checker.parse("encryption.formerKeys", text, |text| kms_key(text, known)) else { continue };
            if let Some(region) = region {
                crate::spec::aws::check::same_partition(checker, region, "encryption.formerKeys", Some(&key));
            }
            if current.as_ref() != Some(&key) && !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    });
    (current, former)
}

/// Where the first key stands, for those who have none.
pub(in crate::spec) fn place(encryption: &EncryptionDocument) -> Option<std::ops::Range<usize>> {
    let former = || encryption.former_keys.as_ref()?.first();
    Some(encryption.kms_key.as_ref().or_else(former)?.range.clone())
}

/// Source: Amazon S3 User Guide, "Specifying server-side encryption with AWS KMS": the key is in the bucket's region.
fn kms_key(text: &str, region: Option<&Region>) -> Result<Arn> {
    let arn = Arn::parse(text)?;
    if arn.service() == "kms" && arn.resource().starts_with("key/") {
        let of_key = text.split(':').nth(3).unwrap_or_default();
        // A key of another partition has an error of its own.
        let same = |region: &&Region| region.partition().as_str() == arn.partition();
        return match region.filter(same).filter(|region| region.as_str() != of_key) {
            None => Ok(arn),
            Some(region) => Err(Error::new(Code::KMS_ELSEWHERE, format!("the KMS key lies in `{of_key}`, and the buckets in {region}"))
                .why("S3 encrypts only with a key of the bucket's own region. It takes the setting, and then refuses every upload.")
                .fix(format!("Name a key of {region}: `aws kms list-keys --region {region}` shows them. A multi-Region key has a replica there.")),
            ),
        };
    }
    Err(Error::new(Code::BAD_ARN, format!("`{text}` is not the ARN of a KMS key"))
        .why("S3 does not check the key when it is set, and an alias is resolved in the caller's account.")
        .fix("Use the key's own ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`."))
}
