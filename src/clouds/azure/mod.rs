//! Azure: the containers of a storage account. Only `live` makes calls.

pub mod export;
pub(crate) mod known;
pub mod live;
pub mod plan;
pub(crate) mod principals;
pub mod standing;

pub use export::{az_lines, az_lines_of_account, key_line, removal_lines, renewal_lines};
pub use plan::{AzureChange, AzureObserved, ContainerObserved, azure_plan};
pub use principals::SPEC_METADATA;
pub use standing::StoredPolicy;
