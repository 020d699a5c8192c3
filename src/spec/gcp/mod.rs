//! What a spec says of Google Cloud alone.

pub(super) mod check;
mod names;

pub use names::{ProjectId, ProjectNumber, WorkloadPool, is_label, service_account_id};

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::{BucketName, IamName, IamNameKind, Region};
use crate::spec::SpecDocument;
use crate::spec::check::Checker;
use crate::spec::cloud::{Checked, Settings};

/// A project of Google Cloud.
#[derive(Clone, Debug)]
pub struct GcpCloud {
    /// The project.
    pub project: ProjectId,
    /// Its number, if the spec names it.
    pub number: Option<ProjectNumber>,
    /// Where the buckets lie.
    pub location: Region,
    /// For how many days deleted objects of the buckets that are made here can be brought back.
    pub soft_delete_days: Option<u16>,
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

impl Checked for GcpCloud {
    const KEYS: &'static [&'static str] =
        &["allowUnknownRegion", "cluster", "project", "projectNumber", "location", "softDeleteDays"];
    const NEEDED: &'static [&'static str] = &["project", "location"];

    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self> {
        check::gcp(checker, document)
    }

    fn example(_: &[String]) -> Value {
        json!({
            "provider": "gcp",
            "project": "acme-prod",
            "projectNumber": "123456789012",
            "location": "europe-west2",
            "cluster": {"name": "prod"}
        })
    }
}

impl Settings for GcpCloud {
    fn region(&self) -> &Region {
        &self.location
    }

    fn principal_name(&self, kind: IamNameKind, text: &str) -> Result<IamName> {
        service_account_id(text)?;
        IamName::parse(kind, text)
    }

    fn bucket_name(&self, text: &str) -> Result<BucketName> {
        BucketName::parse_of_google(text)
    }
}
