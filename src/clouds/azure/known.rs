//! What Azure knows of a spec without being asked.

use serde_json::{Map, Value, json};

use super::export::{az_lines, az_rights, granted};
use super::principals::{answered, describe, kind, lets_in, no_client_id, variables};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, IamName, Issuer};
use crate::base::secret::Reference;
use crate::clouds::azure::{key_line, removal_lines, renewal_lines};
use crate::clouds::export::ExportForm;
use crate::clouds::known::{Asked, ByHand, Known, Rights};
use crate::clouds::task::{Called, LeftToTool, Task};
use crate::model::{Blueprint, BucketWant, PrincipalKind, PrincipalWant};
use crate::policy::Said;
use crate::spec::{AzureCloud, Identity, Install, Provider, Spec};

impl Known for AzureCloud {
    fn identity(&self, spec: &Spec, install: &Install) -> Result<()> {
        answered(spec, self, install)
    }

    fn principal(&self, asked: Asked<'_>) -> PrincipalKind {
        kind(self, asked.install, asked.profile, asked.components, asked.name, asked.accounts)
    }

    fn feasible(&self, spec: &Spec, install: &Install, want: &PrincipalWant) -> Result<()> {
        lets_in(spec, install, want)
    }

    fn variables(&self) -> Vec<(&'static str, Value)> {
        vec![("azure", variables(self))]
    }

    fn describe(&self, install: &Install, component: &str, name: &IamName, variable: &mut Value) {
        describe(self, install, component, name, variable);
    }

    /// None: roles are assigned, as the lines for `az` say.
    fn reviewed(
        &self,
        _: &Blueprint,
        _: &PrincipalWant,
        _: Option<&Issuer>,
        _: bool,
    ) -> Result<Vec<(&'static str, Value)>> {
        Ok(Vec::new())
    }

    fn granted(&self, _: &Blueprint, want: &PrincipalWant) -> Vec<Said> {
        granted(self, want)
    }

    fn refuses(&self, _: &BucketWant) -> Vec<String> {
        vec!["anonymous access (the container is private)".to_owned()]
    }

    fn besides(&self) -> &'static str {
        "Whoever holds a key of the storage account, or a role on it, its resource group or its subscription, reaches every container."
    }

    fn annotations(&self, blueprint: &Blueprint, identity: Identity, name: &IamName) -> Result<Map<String, Value>> {
        let mut annotations = Map::new();
        if identity != Identity::WorkloadIdentity {
            return Ok(annotations);
        }
        match blueprint.principal(name).map(|want| &want.kind) {
            Some(PrincipalKind::ManagedIdentity { client_id: Some(id), .. }) => {
                annotations.insert("azure.workload.identity/client-id".to_owned(), json!(id.to_string()));
            }
            Some(PrincipalKind::ManagedIdentity { client_id: None, .. }) => return Err(no_client_id(blueprint, name)),
            _ => {}
        }
        Ok(annotations)
    }

    /// Webhooks before 1.0 look at the account's label, later ones at the pod's. Source: azure-workload-identity, "Labels and annotations".
    fn labels(&self, identity: Identity) -> Map<String, Value> {
        let label = || ("azure.workload.identity/use".to_owned(), json!("true"));
        (identity == Identity::WorkloadIdentity).then(label).into_iter().collect()
    }

    fn key_id(&self) -> Option<&str> {
        Some(self.storage_account.as_str())
    }

    fn place(&self, _: Option<&AccountId>) -> String {
        format!("in the storage account {}", self.storage_account)
    }

    fn by_hand(&self, blueprint: &Blueprint) -> Option<ByHand> {
        let title = "With the Azure CLI, where it is not there yet (`bucketwright export --as az` writes a script):";
        Some(ByHand { title: title.to_owned(), lines: az_lines(blueprint) })
    }

    fn unasked(&self) -> Option<String> {
        Some(format!("Nothing was asked: no key of the storage account was found ({}).", self.account_key))
    }

    fn title(&self) -> &str {
        Provider::Azure.title()
    }

    fn left_to_tool(
        &self,
        spec: &Spec,
        task: Task,
        blueprint: &dyn Fn() -> Result<Blueprint>,
        called: &Called,
    ) -> Result<Option<LeftToTool>> {
        let (command, lines) = match task {
            Task::Rotate if !blueprint()?.takes_account_key() => return Ok(Some(nothing_to_renew())),
            Task::Rotate => ("`rotate`", renewal_lines(self, called)),
            Task::Destroy => ("`destroy`", removal_lines(&blueprint()?)),
            Task::Export => return Ok(None),
            _ => return Ok(Some(LeftToTool::only_on_aws(spec, self.title(), task))),
        };
        let error = Error::new(Code::LEFT_TO_AZ, format!("{command} is left to the Azure CLI"))
            .why("Accounts, keys, identities and roles belong to Azure's control plane. Nothing here could be tried against it, so it is not asked.")
            .fix("Run the lines above, after `az login`.")
            .at(spec.place("cloud.provider"));
        Ok(Some(LeftToTool { error, lines }))
    }

    fn own_key(&self) -> Vec<&Reference> {
        vec![&self.account_key]
    }

    fn without_own_key(&self, spec: &Spec) -> Option<Error> {
        let error = Error::new(Code::LEFT_TO_AZ, "`apply` has no key of the storage account, so it could make and try nothing")
            .why(format!("`{}` cannot be resolved. With Workload Identity alone no key is needed: `bucketwright export --as az` makes the containers too, and `bucketwright render` writes the files.", self.account_key))
            .fix(format!("Set it:\n  {}", key_line(self)))
            .at(spec.place("cloud.accountKey"));
        Some(error)
    }

    fn unready(&self, blueprint: &Blueprint) -> Vec<Error> {
        let unknown =
            |want: &&PrincipalWant| matches!(want.kind, PrincipalKind::ManagedIdentity { client_id: None, .. });
        blueprint.principals.iter().filter(unknown).map(|want| no_client_id(blueprint, &want.name)).collect()
    }

    fn rights(&self, _: &Blueprint) -> Rights {
        Rights::Lines(az_rights(self))
    }

    fn forms(&self) -> &'static [ExportForm] {
        &[ExportForm::Az, ExportForm::Terraform]
    }
}

/// Why there is no key to renew: identities have none, and a service principal's password is the user's own.
fn nothing_to_renew() -> LeftToTool {
    let error = Error::new(Code::NOTHING_TO_ROTATE, "there is no key to rotate here")
        .why("No install uses a key of the storage account. A managed identity has none, and the password of a service principal that you bring is yours to replace.")
        .fix("Nothing is to be done. `az ad app credential reset --append` makes a second password of a service principal.");
    LeftToTool { error, lines: Vec::new() }
}
