//! Azure's data plane: the containers of a storage account, and the blobs in them, with one of the account's keys.
//!
//! The account itself, identities and roles belong to Azure's control plane, which nothing here asks: `clouds::azure::export`.

mod account;
mod cloud;
mod explain;
mod rehearsal;
mod shared_key;
mod work;

pub use account::StorageAccount;
pub use cloud::AzureBlobs;
pub use rehearsal::RehearsalContainers;
pub use work::{apply, observe, prove};

use crate::base::error::Result;
use crate::base::names::BucketName;
use crate::clouds::azure::ContainerObserved;
use crate::clouds::trial::Objects;

/// The calls that are made: containers, and the blobs in them.
#[allow(async_fn_in_trait, reason = "used generically on one thread; no Send bound is needed")]
pub trait BlobApi: Objects {
    /// What is known of a container.
    async fn container(&self, name: &BucketName) -> Result<ContainerObserved>;
    /// Whether the account lets anybody ask about a container without a key or a role; `None` where that cannot be told.
    async fn anonymous(&self, name: &BucketName) -> Option<bool>;
    /// Makes a container that nobody can read without a key or a role, for a spec.
    async fn create(&self, name: &BucketName, spec: &str) -> Result<()>;
}
