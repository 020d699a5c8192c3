//! What a spec says of Azure alone.

pub(super) mod check;
mod names;

pub use names::{Guid, ResourceGroup, StorageAccount, StorageDomain, TokenIssuer, location};
