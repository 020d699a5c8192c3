//! What a spec says of Google Cloud alone.

pub(super) mod check;
mod names;

pub use names::{ProjectId, ProjectNumber, WorkloadPool, is_label, service_account_id};
