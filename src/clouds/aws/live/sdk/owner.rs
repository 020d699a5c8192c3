//! Whose the buckets must be: every call that names a bucket carries the account, and S3 refuses it for anybody else's.
//!
//! A bucket that was deleted, and whose name somebody else registered meanwhile, is never read or written.
//! Source: Amazon S3 User Guide, "Verifying bucket ownership with bucket owner condition".

use std::sync::Arc;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use tokio::sync::OnceCell;

use crate::base::names::AccountId;
use crate::clouds::call::Answer;

/// The header that names the account.
const HEADER: &str = "x-amz-expected-bucket-owner";

/// The calls that have no such header: one names no bucket, the other makes it. Source: Amazon S3 API reference.
const WITHOUT: [&str; 2] = ["ListBuckets", "CreateBucket"];

/// The account that every bucket must belong to. Clones share what is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner(Arc<OnceCell<AccountId>>);

impl Owner {
    /// Says whose the buckets are, unless it is known already.
    pub(super) fn is(&self, account: &AccountId) {
        // That it was known already is what is wanted.
        let _ = self.0.set(account.clone());
    }

    /// Sees to it that it is known, by asking once.
    pub(super) async fn known(&self, ask: impl Future<Output = Answer<AccountId>>) -> Answer<()> {
        self.0.get_or_try_init(|| ask).await.map(drop)
    }
}

impl Intercept for Owner {
    fn name(&self) -> &'static str {
        "bucketwright's owner of buckets"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if bag.load::<Metadata>().is_some_and(|metadata| WITHOUT.contains(&metadata.name())) {
            return Ok(());
        }
        let Some(owner) = self.0.get() else { return Err("it is not known whose the bucket must be".into()) };
        context.request_mut().headers_mut().try_insert(HEADER, owner.to_string())?;
        Ok(())
    }
}
