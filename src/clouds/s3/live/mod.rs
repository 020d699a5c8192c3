//! Servers that speak S3 and are not AWS: MinIO, Garage, Ceph, R2 and others.
//!
//! The calls are those of [`crate::clouds::aws::live::api::BucketApi`]. What differs is what servers lack, whose a bucket is where there
//! are no accounts, and what an error means.

mod apply;
mod cloud;
mod explain;
mod observe;
mod prove;

pub use apply::apply;
pub use cloud::S3Compatible;
pub use explain::explained;
pub use observe::observe;
pub use prove::{others, prove};
