//! A record of the calls that were made, for a log and for counting round trips.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::clouds::audit::{Audit, resource};

const UNWRITABLE: &str = "the audit log cannot be written, and no call is made without its line";

/// A call that was made. Of what it sent and got, nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// The call, such as `s3:CreateBucket`.
    pub call: String,
    /// When it began.
    pub started: SystemTime,
    /// When it ended, retries and waits included.
    pub ended: SystemTime,
    /// How often it was sent: 0 when it failed before, more than 1 after retries.
    pub attempts: u32,
}

/// Listens to the SDK's clients. Clones share one record and one audit log.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    calls: Arc<Mutex<Vec<RecordedCall>>>,
    pub(super) audit: Audit,
}

impl Recorder {
    /// The calls that have ended, in the order of their ends.
    pub(super) fn calls(&self) -> Vec<RecordedCall> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a request to S3 is about that is sent without the SDK's signing; its line in the audit log is the sender's to
    /// write.
    pub(super) fn unsigned(&self, request: &HttpRequest) -> Result<String, &'static str> {
        if self.audit.failed() { Err(UNWRITABLE) } else { Ok(resource("s3", request)) }
    }
}

/// A call under way.
#[derive(Debug)]
struct UnderWay {
    started: SystemTime,
    attempts: AtomicU32,
    resource: OnceLock<String>,
}

impl Storable for UnderWay {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "bucketwright's recorder"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.audit.failed() {
            return Err(UNWRITABLE.into());
        }
        let under_way = UnderWay { started: SystemTime::now(), attempts: AtomicU32::new(0), resource: OnceLock::new() };
        bag.interceptor_state().store_put(under_way);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        sent: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A URL that is only signed is not sent.
        let sent_by_us = !sent.request().uri().contains("X-Amz-Signature=");
        if let (true, Some(metadata), Some(under_way)) = (sent_by_us, bag.load::<Metadata>(), bag.load::<UnderWay>()) {
            under_way.attempts.fetch_add(1, Ordering::Relaxed);
            under_way.resource.get_or_init(|| resource(&metadata.service().to_lowercase(), sent.request()));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        attempt: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(metadata), Some(under_way)) = (bag.load::<Metadata>(), bag.load::<UnderWay>())
            && let Some(resource) = under_way.resource.get()
        {
            let number = under_way.attempts.load(Ordering::Relaxed);
            self.audit.note(&named(metadata), resource, number, attempt.response());
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(metadata), Some(under_way)) = (bag.load::<Metadata>(), bag.load::<UnderWay>()) {
            let call = RecordedCall {
                call: named(metadata),
                started: under_way.started,
                ended: SystemTime::now(),
                attempts: under_way.attempts.load(Ordering::Relaxed),
            };
            tracing::debug!(call = %call.call, attempts = call.attempts, "called");
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        }
        Ok(())
    }
}

/// A call's name, such as `s3:CreateBucket`.
fn named(metadata: &Metadata) -> String {
    format!("{}:{}", metadata.service().to_lowercase(), metadata.name())
}
