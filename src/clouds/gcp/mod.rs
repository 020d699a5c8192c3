//! Google Cloud: projects, buckets, service accounts. Only `live` makes calls.

pub(crate) mod bindings;
pub(crate) mod export;
pub(crate) mod gcloud;
pub(crate) mod known;
pub mod live;
pub mod plan;
pub mod policy;
pub(crate) mod teardown;
pub(crate) mod terraform;
