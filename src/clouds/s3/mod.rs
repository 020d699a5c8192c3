//! Servers that speak S3 and are not AWS. Only `live` makes calls.

pub mod live;
