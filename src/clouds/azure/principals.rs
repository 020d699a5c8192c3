//! Principals on Azure: the account's key, a service principal, or a managed identity.

use super::export::client_id_line;
use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::names::{DnsLabel, DnsName, IamName};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::profile::Profile;
use crate::spec::{AzureCloud, Identity, Install, KeyReference, Roles, Spec};

/// The metadata that names the spec a container belongs to: names of metadata are words of a program, so no `:`.
pub const SPEC_METADATA: &str = "bucketwright_spec";

/// Whether the identity has the answers that it needs on Azure.
pub(crate) fn answered(spec: &Spec, azure: &AzureCloud, install: &Install) -> Result<()> {
    let at = |key| spec.place_in(install, key);
    match install.identity {
        Identity::Irsa | Identity::PodIdentity | Identity::NodeRole => Err(Error::new(
            Code::IDENTITY_UNSUPPORTED,
            format!("`{}` gives credentials that only AWS understands", install.identity),
        )
        .why("A storage account knows its own keys and the tokens of Entra ID.")
        .fix("Use `identity: workload-identity`, or `static-keys`.")
        .at(at("identity"))),
        Identity::WorkloadIdentity if azure.cluster.is_none() => Err(Error::new(
            Code::MISSING_ANSWER,
            "the identity `workload-identity` needs the cluster whose tokens are let in",
        )
        .fix("Add `cluster: {name: NAME}` below `cloud`; with `oidcIssuer` too if it is not an AKS cluster of this resource group.")
        .at(at("identity"))),
        Identity::StaticKeys if !install.credentials.is_empty() && azure.tenant.is_none() => Err(Error::new(
            Code::NO_TENANT,
            format!("`{}` brings a service principal, and the spec names no tenant", install.id),
        )
        .why("On Azure, `credentials` of an install are a service principal's: its appId and its password, which only its tenant knows. Without them the chart gets the account's key.")
        .fix("Add `tenant: …` below `cloud`: `az account show --query tenantId --output tsv` prints it. For the account's key remove `credentials`.")
        .at(at("credentials"))),
        _ => Ok(()),
    }
}

/// The service principal that an install brings for a component.
fn brought<'a>(install: &'a Install, component: &str) -> Option<&'a KeyReference> {
    match install.roles {
        // One for all: whichever component names it.
        Roles::Shared => install.credentials.values().next(),
        Roles::PerComponent => install.credentials.get(component).or_else(|| install.credentials.get("")),
    }
}

/// What the expressions know of a component's principal beside its name.
pub(crate) fn describe(azure: &AzureCloud, install: &Install, component: &str, name: &IamName, variable: &mut Value) {
    variable["service_principal"] = json!(brought(install, component).is_some());
    if let Some(id) = azure.client_ids.get(name.as_str()) {
        variable["client_id"] = json!(id);
    }
}

/// What a principal is.
pub(crate) fn kind(
    azure: &AzureCloud,
    install: &Install,
    profile: &Profile,
    components: &[String],
    name: &IamName,
    accounts: Vec<(DnsLabel, DnsName)>,
) -> PrincipalKind {
    if install.identity == Identity::StaticKeys {
        let key = components.iter().find_map(|component| brought(install, component));
        return key.map_or_else(
            || PrincipalKind::AccountKey(azure.account_key.clone()),
            |key| PrincipalKind::Brought(key.clone()),
        );
    }
    let support = profile.about.identities.iter().filter(|support| {
        (support.cloud, support.identity) == (crate::spec::Provider::Azure, Identity::WorkloadIdentity)
    });
    PrincipalKind::ManagedIdentity {
        accounts,
        account_roles: support.flat_map(|support| support.account_roles.iter().map(ToString::to_string)).collect(),
        client_id: azure.client_ids.get(name.as_str()).cloned(),
    }
}

/// How many ServiceAccounts an identity can let in, each by a federated credential of its own.
///
/// Source: Microsoft Entra documentation, "Important considerations and restrictions for federated identity credentials".
const MOST_ACCOUNTS: usize = 20;

/// Refuses an identity for more ServiceAccounts than Azure lets into one, before anything of it is made.
///
/// # Errors
/// `BW1611`.
pub(crate) fn lets_in(spec: &Spec, install: &Install, want: &PrincipalWant) -> Result<()> {
    let PrincipalKind::ManagedIdentity { accounts, .. } = &want.kind else { return Ok(()) };
    if accounts.len() <= MOST_ACCOUNTS {
        return Ok(());
    }
    let what = format!(
        "{} ServiceAccounts would become the identity `{}`, and Azure takes {MOST_ACCOUNTS}",
        accounts.len(),
        want.name
    );
    let split = match install.roles {
        Roles::Shared if want.components.len() > 1 => {
            "Say `roles: per-component`, so that each part has an identity of its own. Or name"
        }
        _ => "Name",
    };
    Err(Error::new(Code::TOO_MANY_ACCOUNTS, what)
        .why("A managed identity holds 20 federated credentials, one for each ServiceAccount in each namespace. The last ones would fail when all else is made.")
        .fix(format!("{split} fewer namespaces in the install's options, and add a second install with another `id` and release for the rest."))
        .at(spec.place_in(install, "options.workflowNamespaces").or_else(|| spec.place_in(install, "identity"))))
}

/// The variables of Azure.
pub(crate) fn variables(azure: &AzureCloud) -> Value {
    json!({
        "account": azure.storage_account,
        "domain": azure.domain,
        "endpoint": format!("https://{}.blob.{}", azure.storage_account, azure.domain),
        "tenant": azure.tenant.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

/// A managed identity whose client id the spec does not hold.
pub fn no_client_id(blueprint: &Blueprint, name: &IamName) -> Error {
    let azure = blueprint.spec.cloud.azure();
    let shows = azure.map(|azure| client_id_line(azure, name.as_str())).unwrap_or_default();
    Error::new(Code::NO_CLIENT_ID, format!("the client id of the identity `{name}` is not known"))
        .why("Azure chooses it when the identity is made, and the ServiceAccounts are annotated with it.")
        .fix(format!(
            "`bucketwright export --as az` writes the script that makes the identity. Then add `clientIds: {{{name}: …}}` below `cloud`, with what this prints:\n  {shows}"
        ))
        .at(blueprint.spec.place("cloud.clientIds").or_else(|| blueprint.spec.place("cloud")))
}
