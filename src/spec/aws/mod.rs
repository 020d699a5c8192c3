//! What a spec says of AWS alone.

pub(super) mod check_encryption;
pub(super) mod check_iam;
pub(super) mod check_partition;
