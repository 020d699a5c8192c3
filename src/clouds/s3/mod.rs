//! Servers that speak S3 and are not AWS. Only `live` makes calls.

pub(crate) mod known;
pub mod live;
pub mod plan;
pub(crate) mod removal;
pub(crate) mod rotation;
mod standing;
pub(crate) mod users;

pub use plan::{Lack, Setting, StoreBucket, StoreObserved, other_region, store_bucket_changes, store_plan};
pub use standing::store_standing;
