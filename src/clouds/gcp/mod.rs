//! Google Cloud: projects, buckets, service accounts. Only `live` makes calls.

pub(crate) mod bindings;
pub mod live;
pub mod plan;
pub mod policy;
