//! Lifecycle and CORS rules: ours to AWS's types and back, so that rules of others pass through untouched.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, CorsRule, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleAndOperator, LifecycleRuleFilter, Transition, TransitionStorageClass,
};

use crate::clouds::aws::plan::{CorsState, RuleState, cors_id};
use crate::model::ABORT_RULE;
use crate::profile::{Cors, Expiry};

/// What matters of a lifecycle rule.
pub fn rule_state(rule: &LifecycleRule) -> RuleState {
    let filter = rule.filter();
    let and = filter.and_then(LifecycleRuleFilter::and);
    #[allow(deprecated, reason = "rules written before filters existed carry the prefix here")]
    let old_prefix = rule.prefix();
    let prefix = filter.and_then(LifecycleRuleFilter::prefix).or(and.and_then(|and| and.prefix())).or(old_prefix);
    let expiration = rule.expiration();
    let marker = expiration.and_then(LifecycleExpiration::expired_object_delete_marker).unwrap_or_default();
    RuleState {
        id: rule.id().unwrap_or_default().to_owned(),
        enabled: rule.status() == &ExpirationStatus::Enabled,
        prefix: prefix.unwrap_or_default().to_owned(),
        narrowed: filter.and_then(narrowed),
        abort_after_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        expire_after_days: expiration.and_then(LifecycleExpiration::days),
        expire_on: expiration.and_then(LifecycleExpiration::date).map(day),
        archive: rule.transitions().iter().find_map(archive),
        more: marker
            || !rule.transitions().is_empty()
            || !rule.noncurrent_version_transitions().is_empty()
            || rule.noncurrent_version_expiration().is_some(),
    }
}

/// What narrows a rule beside its prefix, in words.
fn narrowed(filter: &LifecycleRuleFilter) -> Option<String> {
    let and = filter.and();
    let tags = filter.tag().into_iter().chain(and.into_iter().flat_map(LifecycleRuleAndOperator::tags));
    let mut words: Vec<String> = tags.map(|tag| format!("with the tag {}={}", tag.key(), tag.value())).collect();
    let larger = filter.object_size_greater_than().or(and.and_then(LifecycleRuleAndOperator::object_size_greater_than));
    let smaller = filter.object_size_less_than().or(and.and_then(LifecycleRuleAndOperator::object_size_less_than));
    words.extend(larger.map(|bytes| format!("larger than {bytes} bytes")));
    words.extend(smaller.map(|bytes| format!("smaller than {bytes} bytes")));
    (!words.is_empty()).then(|| words.join(" and "))
}

/// The class that a rule moves objects to, where they cannot be read at once, and when.
///
/// Source: Amazon S3 User Guide, "Understanding S3 Glacier storage classes": objects in Flexible Retrieval and Deep Archive are restored
/// before they are read.
fn archive(transition: &Transition) -> Option<String> {
    let class = transition.storage_class()?;
    if !matches!(class, TransitionStorageClass::Glacier | TransitionStorageClass::DeepArchive) {
        return None;
    }
    let when = match (transition.days(), transition.date()) {
        (Some(days), _) => format!("after {days} days"),
        (None, Some(date)) => format!("on {}", day(date)),
        (None, None) => "at once".to_owned(),
    };
    Some(format!("{} {when}", class.as_str()))
}

/// A day as it is written.
fn day(date: &DateTime) -> String {
    let text = date.fmt(DateTimeFormat::DateTime).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The rule that removes parts of unfinished uploads.
///
/// # Errors
/// None in practice: every required field is given.
pub fn abort_rule(days: u16) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(ABORT_RULE)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(i32::from(days)).build(),
        )
        .build()
}

/// The rule that removes old objects.
///
/// # Errors
/// None in practice: every required field is given.
pub fn expiry_rule(expiry: &Expiry) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(expiry.rule_id())
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(&expiry.prefix).build())
        .expiration(LifecycleExpiration::builder().days(expiry.expire_after_days).build())
        .build()
}

/// Our CORS rule as AWS takes it.
///
/// # Errors
/// None in practice: every required field is given.
pub fn cors_rule(cors: &Cors) -> Result<CorsRule, BuildError> {
    CorsRule::builder()
        .id(cors_id(cors))
        .set_allowed_origins(Some(cors.origins.clone()))
        .set_allowed_methods(Some(cors.methods.clone()))
        .set_allowed_headers(Some(cors.headers.clone()))
        .set_expose_headers(Some(cors.expose.clone()))
        .set_max_age_seconds(cors.max_age_seconds)
        .build()
}

/// AWS's CORS rule as ours.
pub fn cors_state(rule: &CorsRule) -> CorsState {
    let allowed = Cors {
        origins: rule.allowed_origins().to_vec(),
        methods: rule.allowed_methods().to_vec(),
        headers: rule.allowed_headers().to_vec(),
        expose: rule.expose_headers().to_vec(),
        max_age_seconds: rule.max_age_seconds(),
    };
    CorsState { id: rule.id().map(str::to_owned), rule: allowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_cors_rules_are_told_by_ids_of_their_own() {
        let rule = |origin: &str| {
            let cors = Cors {
                origins: vec![origin.to_owned()],
                methods: vec!["GET".to_owned()],
                headers: Vec::new(),
                expose: Vec::new(),
                max_age_seconds: None,
            };
            cors_rule(&cors).expect("a rule").id().expect("an id").to_owned()
        };
        let (one, other) = (rule("https://a.example.com"), rule("https://b.example.com"));
        assert_ne!(one, other);
        assert_eq!(one, "bucketwright-GET https://a.example.com");
        assert!(
            crate::clouds::aws::teardown::ours_in_buckets(&one)
                && !crate::clouds::aws::teardown::ours_in_buckets("theirs")
        );
        assert_eq!(rule(&"long".repeat(100)).len(), 255);
    }
}
