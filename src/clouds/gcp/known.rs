//! What Google Cloud knows of a spec without being asked.

use serde_json::{Map, Value, json};

use super::bindings::{bindings, granted};
use super::gcloud::rotation;
use super::plan::gcp_needs;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, IamName, Issuer};
use crate::clouds::export::ExportForm;
use crate::clouds::known::{Asked, Known, Rights, only_aws_understands};
use crate::clouds::task::{Called, LeftToTool, Task, nothing_to_rotate};
use crate::model::{Blueprint, BucketWant, GoogleAccount, PrincipalKind, PrincipalWant, Warning};
use crate::policy::Said;
use crate::spec::{GcpCloud, Identity, Install, Provider, Spec};

impl Known for GcpCloud {
    fn identity(&self, spec: &Spec, install: &Install) -> Result<()> {
        if ![Identity::Irsa, Identity::PodIdentity, Identity::NodeRole].contains(&install.identity) {
            return Ok(());
        }
        Err(only_aws_understands(
            spec,
            install,
            "A role's credentials come from AWS STS, and Cloud Storage does not know them. On Google Cloud the same idea is called Workload Identity.",
            "Use `identity: workload-identity`, where the chart can, or `static-keys`.",
        ))
    }

    fn principal(&self, asked: Asked<'_>) -> PrincipalKind {
        match (asked.install.identity, asked.brought()) {
            (Identity::StaticKeys, Some(key)) => PrincipalKind::Brought(key.clone()),
            (Identity::StaticKeys, None) if asked.hmac => PrincipalKind::Google(GoogleAccount::Hmac),
            (Identity::StaticKeys, None) => PrincipalKind::User,
            _ => PrincipalKind::Google(GoogleAccount::Workload(asked.accounts)),
        }
    }

    /// Source: GKE documentation, "About Workload Identity Federation for GKE", "Identity sameness".
    fn warnings(&self, _: &Spec, install: &Install) -> Vec<Warning> {
        if install.identity != Identity::WorkloadIdentity {
            return Vec::new();
        }
        let (pool, id) = (&self.pool, &install.id);
        vec![Warning {
            code: Code::GCP_SHARED_POOL.as_str().to_owned(),
            what: format!("pods of every cluster of {pool} become the service accounts of `{id}`, if their namespace and ServiceAccount have the same names"),
            why: "The pool belongs to the project and not to one cluster, and IAM cannot tell its clusters apart: with the same names, a staging cluster reaches these buckets.".to_owned(),
            fix: Some("With one cluster in the project nothing is to be done. Else keep production in a project of its own, or give the namespace a name that no other cluster has.".to_owned()),
        }]
    }

    fn variables(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("project", json!({"id": self.project, "number": self.number})),
            ("cluster", json!({"name": self.cluster, "pool": self.pool})),
        ]
    }

    fn describe(&self, _: &Install, _: &str, name: &IamName, variable: &mut Value) {
        variable["email"] = json!(self.email(name));
    }

    fn reviewed(
        &self,
        _: &Blueprint,
        want: &PrincipalWant,
        _: Option<&Issuer>,
        _: bool,
    ) -> Result<Vec<(&'static str, Value)>> {
        Ok(vec![("bindings.json", bindings(self, want))])
    }

    fn granted(&self, _: &Blueprint, want: &PrincipalWant) -> Vec<Said> {
        granted(self, want)
    }

    fn refuses(&self, want: &BucketWant) -> Vec<String> {
        if want.existing {
            return Vec::new();
        }
        vec![
            "public access (public access prevention)".to_owned(),
            "access by ACLs of objects (uniform bucket-level access)".to_owned(),
        ]
    }

    fn besides(&self) -> &'static str {
        "Members with roles on the project, its folder or its organisation, such as its owners, reach the buckets too: a bucket inherits those roles."
    }

    fn annotations(&self, _: &Blueprint, identity: Identity, name: &IamName) -> Result<Map<String, Value>> {
        let mut annotations = Map::new();
        if identity == Identity::WorkloadIdentity {
            annotations.insert("iam.gke.io/gcp-service-account".to_owned(), json!(self.email(name)));
        }
        Ok(annotations)
    }

    fn key_file(&self, name: &IamName) -> Option<String> {
        Some(self.email(name))
    }

    fn project(&self) -> Option<&str> {
        Some(self.project.as_str())
    }

    fn place(&self, _: Option<&AccountId>) -> String {
        format!("in the project {}", self.project)
    }

    fn title(&self) -> &str {
        Provider::Gcp.title()
    }

    fn left_to_tool(
        &self,
        spec: &Spec,
        task: Task,
        blueprint: &dyn Fn() -> Result<Blueprint>,
        called: &Called,
    ) -> Result<Option<LeftToTool>> {
        let (command, why, lines) = match task {
            Task::Rotate if rotation(&blueprint()?, self, called).is_empty() => return Err(nothing_to_rotate(&[])),
            Task::Rotate => (
                "rotate",
                "Google does not say whether a key is still used, so nothing here could tell when the old one may go.",
                rotation(&blueprint()?, self, called),
            ),
            Task::Destroy | Task::Export => return Ok(None),
            _ => return Ok(Some(LeftToTool::only_on_aws(spec, self.title(), task))),
        };
        let error = Error::new(Code::NOT_ON_GCP, format!("`{command}` does not work on Google Cloud"))
            .why(why)
            .fix("Run the lines above, after `gcloud auth login`.")
            .at(spec.place("cloud.provider"));
        Ok(Some(LeftToTool { error, lines }))
    }

    fn forms(&self) -> &'static [ExportForm] {
        &[ExportForm::Gcloud, ExportForm::Terraform]
    }

    fn wrong_form(&self) -> Code {
        Code::NOT_ON_GCP
    }

    fn rights(&self, blueprint: &Blueprint) -> Rights {
        Rights::Document(gcp_needs(blueprint, self), None)
    }
}
