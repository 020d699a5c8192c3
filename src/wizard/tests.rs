//! The questions as a whole, with small profiles.

mod azure;
mod earlier;
mod fixtures;
mod gcp;
mod plain;
mod s3;
mod scripted;
