//! What a spec says of Azure alone.

pub(super) mod check;
mod locations;
mod names;

pub use locations::known_location;
pub use names::{Guid, ResourceGroup, StorageAccount, StorageDomain, TokenIssuer, location};
