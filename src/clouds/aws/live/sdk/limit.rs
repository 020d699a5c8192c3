//! The limit of answers, for the SDK.

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_types::body::SdkBody;

use crate::clouds::limit::limited;

/// Ends an answer that is larger than any that is expected.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerLimit;

impl Intercept for AnswerLimit {
    fn name(&self) -> &'static str {
        "bucketwright's limit of answers"
    }

    fn modify_before_deserialization(
        &self,
        answer: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = answer.response_mut().body_mut();
        *body = limited(std::mem::replace(body, SdkBody::taken()));
        Ok(())
    }
}
