//! What an answer holds and the SDK's types do not: it would be lost when the document is written back.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The elements of a lifecycle that the SDK knows.
///
/// Source: Amazon S3 API Reference, GetBucketLifecycleConfiguration (response elements).
const LIFECYCLE: [&str; 25] = [
    "AbortIncompleteMultipartUpload",
    "And",
    "Date",
    "Days",
    "DaysAfterInitiation",
    "Expiration",
    "ExpiredObjectDeleteMarker",
    "Filter",
    "ID",
    "Key",
    "LifecycleConfiguration",
    "NewerNoncurrentVersions",
    "NoncurrentDays",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "Prefix",
    "Rule",
    "Status",
    "StorageClass",
    "Tag",
    "TransitionDefaultMinimumObjectSize",
    "Transition",
    "Value",
];

/// Listens to the answer of one read of a lifecycle.
#[derive(Clone, Debug, Default)]
pub(super) struct Dropped(Arc<Mutex<Vec<String>>>);

impl Dropped {
    /// The elements that the SDK dropped, each once.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Intercept for Dropped {
    fn name(&self) -> &'static str {
        "bucketwright's look at what the SDK drops"
    }

    fn read_after_deserialization(
        &self,
        answer: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if answer.response().status().is_success() {
            let found = unknown(answer.response().body().bytes().unwrap_or_default());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
        }
        Ok(())
    }
}

/// The elements of a lifecycle that the SDK does not know. What is no XML the SDK refuses by itself.
fn unknown(xml: &[u8]) -> Vec<String> {
    let (mut reader, mut found) = (Reader::from_reader(xml), Vec::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let name = element.local_name().as_ref().to_owned();
                if !LIFECYCLE.contains(&name.as_str()) && !found.contains(&name) {
                    found.push(name);
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn what_the_sdk_does_not_know_is_named() {
        let rule = |inside: &str| {
            format!(
                "<a:LifecycleConfiguration xmlns:a=\"x\"><a:Rule><a:ID>r</a:ID>{inside}</a:Rule></a:LifecycleConfiguration>"
            )
        };
        let all = "<Expiration><Days>1</Days><ExpiredObjectAllVersions>true</ExpiredObjectAllVersions></Expiration><DelMarkerExpiration><Days>1</Days></DelMarkerExpiration>";
        assert_eq!(unknown(rule(all).as_bytes()), ["ExpiredObjectAllVersions", "DelMarkerExpiration"]);
        assert_eq!(unknown(rule("<Filter><Prefix/></Filter><Status>Enabled</Status>").as_bytes()), [""; 0]);
        assert_eq!(unknown(b"no XML <"), [""; 0]);
    }
}
