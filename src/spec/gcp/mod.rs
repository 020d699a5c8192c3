//! What a spec says of Google Cloud alone.

pub(super) mod check;
mod names;

pub use names::{ProjectId, ProjectNumber, WorkloadPool, is_label, service_account_id};

use crate::base::names::{IamName, Region};

/// A project of Google Cloud.
#[derive(Clone, Debug)]
pub struct GcpCloud {
    /// The project.
    pub project: ProjectId,
    /// Its number, if the spec names it.
    pub number: Option<ProjectNumber>,
    /// Where the buckets lie.
    pub location: Region,
    /// The GKE cluster's name, if the spec names it.
    pub cluster: Option<String>,
    /// The pool that the cluster's ServiceAccounts belong to.
    pub pool: WorkloadPool,
}

impl GcpCloud {
    /// The address of a service account that is made here.
    pub fn email(&self, id: &IamName) -> String {
        self.project.service_account(id.as_str())
    }
}
