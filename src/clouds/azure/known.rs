//! What Azure knows of a spec without being asked.

use serde_json::{Map, Value, json};

use super::export::{az_lines, az_rights};
use super::principals::{answered, describe, kind, no_client_id, variables};
use crate::base::error::Result;
use crate::base::names::{AccountId, IamName, Issuer};
use crate::clouds::export::Form;
use crate::clouds::known::{Asked, ByHand, Known, Rights};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::spec::{Azure, Identity, Install, Spec};

impl Known for Azure {
    fn identity(&self, spec: &Spec, install: &Install) -> Result<()> {
        answered(spec, self, install)
    }

    fn principal(&self, asked: Asked<'_>) -> PrincipalKind {
        kind(self, asked.install, asked.profile, asked.components, asked.name, asked.accounts)
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

    fn rights(&self, _: &Blueprint) -> Rights {
        Rights::Lines(az_rights(self))
    }

    fn forms(&self) -> &'static [Form] {
        &[Form::Az]
    }
}
