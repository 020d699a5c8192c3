//! Answers are read up to a size, in every cloud: one without end would take all memory.

use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// The largest answer that is read, in bytes. The longest listings of S3 and IAM have a few hundred KiB.
const LARGEST: usize = 16 << 20;

/// The same answer, which fails when more of it comes than is read.
pub(super) fn limited(body: SdkBody) -> SdkBody {
    SdkBody::from_body_1_x(Limited::new(body, LARGEST))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;

    #[tokio::test]
    async fn what_is_too_long_fails() {
        let read = |size: usize| ByteStream::new(limited(SdkBody::from(vec![b' '; size]))).collect();
        assert_eq!(read(LARGEST).await.expect("as long as it may be").into_bytes().len(), LARGEST);
        assert!(read(LARGEST + 1).await.is_err());
    }
}
