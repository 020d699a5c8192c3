//! The questions of each cloud.

pub(super) mod azure;
pub(super) mod gcp;
pub(super) mod s3;
