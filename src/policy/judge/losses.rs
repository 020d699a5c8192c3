//! Lifecycle rules of others, which remove what the charts store, or put it where it cannot be read.

use crate::base::names::Kind;
use serde_json::Value;

use super::{Grant, named_by, or_accept};
use crate::base::error::{Code, Error};
use crate::base::shell::word;

/// What a rule of others does with a bucket's objects. `words` say it, `rule` is the rule; on AWS the fix has its commands.
pub fn judge_loss(bucket: &str, id: &str, words: &[String], rule: Value, on_aws: bool) -> Grant {
    let accepted = named_by(bucket, &format!("lifecycle-{id}"), &rule);
    let how = if on_aws {
        format!(
            "Remove the rule: `aws s3api get-bucket-lifecycle-configuration --bucket {0} > rules.json`, edit it, `aws s3api put-bucket-lifecycle-configuration --bucket {0} --lifecycle-configuration file://rules.json`.",
            word(bucket)
        )
    } else {
        "Remove the rule from the bucket's lifecycle with the store's own tool.".to_owned()
    };
    let error = Error::new(
        Code::FOREIGN_EXPIRY,
        format!("the lifecycle rule `{id}` of the bucket `{bucket}` {}", words.join(" and ")),
    )
    .why("It is not bucketwright's, and the charts expect their objects to stay and to be readable at once.")
    .fix(format!("{how} {}", or_accept(&accepted)));
    Grant {
        kind: Kind::Bucket,
        resource: bucket.to_owned(),
        place: "lifecycle".to_owned(),
        name: Some(accepted),
        undone: false,
        accepted: None,
        error,
        statement: rule,
    }
}
