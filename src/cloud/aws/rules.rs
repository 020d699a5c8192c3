//! Lifecycle and CORS rules: ours to AWS's types and back, so that rules of others pass through untouched.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, CorsRule, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
};

use crate::blueprint::ABORT_RULE;
use crate::plan::RuleState;
use crate::profile::{Cors, Expiry};
use crate::teardown::RULE_PREFIX;

/// What matters of a lifecycle rule.
pub fn rule_state(rule: &LifecycleRule) -> RuleState {
    let filter = rule.filter();
    let narrow = filter.is_some_and(|filter| {
        filter.tag().is_some()
            || filter.and().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    #[allow(deprecated, reason = "rules written before filters existed carry the prefix here")]
    let old_prefix = rule.prefix();
    let prefix = filter.and_then(|filter| filter.prefix()).or(old_prefix).unwrap_or_default();
    RuleState {
        id: rule.id().unwrap_or_default().to_owned(),
        enabled: rule.status() == &ExpirationStatus::Enabled,
        prefix: (!narrow).then(|| prefix.to_owned()),
        abort_after_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        expire_after_days: rule.expiration().and_then(LifecycleExpiration::days),
    }
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
    // The id says that the rule is ours; it is made of the rule, because ids are unique in a bucket. S3 allows 255 characters.
    let id = format!("{RULE_PREFIX}{} {}", cors.methods.join(","), cors.origins.join(","));
    CorsRule::builder()
        .id(id.chars().take(255).collect::<String>())
        .set_allowed_origins(Some(cors.origins.clone()))
        .set_allowed_methods(Some(cors.methods.clone()))
        .set_allowed_headers(Some(cors.headers.clone()))
        .set_expose_headers(Some(cors.expose.clone()))
        .set_max_age_seconds(cors.max_age_seconds)
        .build()
}

/// AWS's CORS rule as ours.
pub fn cors_state(rule: &CorsRule) -> Cors {
    Cors {
        origins: rule.allowed_origins().to_vec(),
        methods: rule.allowed_methods().to_vec(),
        headers: rule.allowed_headers().to_vec(),
        expose: rule.expose_headers().to_vec(),
        max_age_seconds: rule.max_age_seconds(),
    }
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
        assert!(crate::teardown::ours_in_buckets(&one) && !crate::teardown::ours_in_buckets("theirs"));
        assert_eq!(rule(&"long".repeat(100)).len(), 255);
    }
}
