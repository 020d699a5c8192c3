//! Rendered manifests against what we write: Secrets and keys, ServiceAccounts and who trusts them, the storage that consumers
//! are told, leftovers of MinIO.

mod accounts;
mod environment;
mod leaves;
mod minio;
mod object;
mod secrets;
mod shown;

use serde_json::Value;

pub use object::{Object, objects};
pub use secrets::{Written, written};

use crate::base::error::{Finding, Result};
use crate::model::{Blueprint, InstallBlueprint};

/// Holds the rendered objects of an install against what we write and whom we trust.
///
/// # Errors
/// `BW0303` when an expression of the profile fails.
pub fn rendered(
    blueprint: &Blueprint,
    install: &InstallBlueprint,
    objects: &[Object],
    written: &Written,
) -> Result<Vec<Finding>> {
    let release = Release { install, objects, asked: secrets::asked(objects, install), written };
    let mut findings = release.secrets();
    findings.extend(release.accounts(blueprint));
    findings.extend(release.keys_in_environments());
    findings.extend(release.keys_in_documents());
    findings.extend(release.shown()?);
    findings.extend(release.minio());
    Ok(findings)
}

/// What Helm would install, and what we would write for it.
struct Release<'a> {
    install: &'a InstallBlueprint,
    objects: &'a [Object],
    asked: Vec<secrets::Asked<'a>>,
    written: &'a Written,
}

impl Release<'_> {
    fn namespace(&self, object: &Object) -> String {
        object.namespace(self.install)
    }

    /// Whether an option of the profile keeps the bundled MinIO.
    fn keeps_minio(&self) -> bool {
        let options = self.install.variables.get("options").and_then(Value::as_object);
        options.into_iter().flatten().any(|(_, value)| value == "minio")
    }
}
