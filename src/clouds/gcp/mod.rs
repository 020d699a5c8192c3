//! Google Cloud: projects, buckets, service accounts. Only `live` makes calls.

pub mod live;
