//! Lines for the Azure CLI: they make what is missing and leave alone what is there. None of them holds a secret.
//!
//! The tool itself asks Azure for blobs and containers alone: docs/azure.md says why.

use crate::base::shell::word;
use crate::clouds::azure::SPEC_METADATA;
use crate::model::{Blueprint, PrincipalKind, PrincipalWant, SPEC_TAG};
use crate::profile::Access;
use crate::spec::{AksCluster, AzureCloud};

/// What Entra ID wants to find in a token that is exchanged.
///
/// Source: Azure documentation, "Workload identity federation"; azure-workload-identity, "Federated identity credential".
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// The lines that make everything a blueprint needs on Azure; none for another cloud.
///
/// Source: Azure CLI reference (`az group`, `az storage account`, `az storage container-rm`, `az identity`, `az role
/// assignment`, `az ad sp`).
pub fn az_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let az = Az { blueprint };
    let mut lines = names(azure);
    lines.extend(az.account());
    lines.extend(az.containers());
    if let (Some(cluster), true) = (&azure.cluster, az.has_identities()) {
        lines.push(issuer(cluster));
    }
    for want in &blueprint.principals {
        match &want.kind {
            PrincipalKind::ManagedIdentity { .. } => lines.extend(az.identity(want)),
            PrincipalKind::Brought(_) => lines.extend(service_principal(want)),
            _ => {}
        }
    }
    if blueprint.takes_account_key() {
        lines.push(format!("# {}", key_line(azure)));
    }
    lines
}

/// The lines that make the storage account alone.
pub fn az_lines_of_account(azure: &AzureCloud) -> Vec<String> {
    let place = place(azure);
    let (account, location) = (&azure.storage_account, &azure.location);
    vec![format!(
        "az storage account create {place} --name {account} --location {location} --kind StorageV2 --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false"
    )]
}

/// The line that puts one of the account's keys into the environment.
pub fn key_line(azure: &AzureCloud) -> String {
    format!(
        "export AZURE_STORAGE_KEY=\"$(az storage account keys list {} --account-name {} --query '[0].value' --output tsv)\"",
        place(azure),
        azure.storage_account
    )
}

/// The line that prints the client id of a managed identity.
pub fn client_id_line(azure: &AzureCloud, name: &str) -> String {
    format!("az identity show {} --name {name} --query clientId --output tsv", place(azure))
}

/// The lines that put new keys in place of old ones, without an outage: the second, then the first.
pub fn renewal_lines(azure: &AzureCloud) -> Vec<String> {
    let (place, account) = (place(azure), &azure.storage_account);
    let renew =
        |key| format!("az storage account keys renew {place} --account-name {account} --key {key} --output none");
    vec![
        renew("secondary"),
        key_line(azure).replace("[0]", "[1]"),
        "# bucketwright render, apply the Secrets, restart the pods; then the first key can go:".to_owned(),
        renew("primary"),
    ]
}

/// The lines that remove what was made for a blueprint; containers last, with all that is in them.
pub fn removal_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let mut lines = names(azure);
    for want in &blueprint.principals {
        let name = &want.name;
        match &want.kind {
            PrincipalKind::ManagedIdentity { account_roles, .. } => {
                lines.push(format!(
                    "principal=$(az identity show {PLACE} --name {name} --query principalId --output tsv)"
                ));
                lines.push(each(
                    "container",
                    want.grants.iter().map(|grant| grant.bucket.as_str()),
                    "az role assignment delete --assignee \"$principal\" --scope \"$scope/blobServices/default/containers/$container\"",
                ));
                if !account_roles.is_empty() {
                    lines.push("az role assignment delete --assignee \"$principal\" --scope \"$scope\"".to_owned());
                }
                lines.push(format!("az identity delete {PLACE} --name {name}"));
            }
            PrincipalKind::Brought(_) => lines.push(format!(
                "az ad sp delete --id \"$(az ad sp list --display-name {name} --query '[0].appId' --output tsv)\""
            )),
            _ => {}
        }
    }
    let ours = blueprint.buckets.iter().filter(|want| !want.existing).map(|want| want.name.as_str());
    lines.push("# With all that is in them, and for good:".to_owned());
    lines.push(each(
        "container",
        ours,
        &format!("az storage container-rm delete {PLACE} --storage-account \"$account\" --name \"$container\""),
    ));
    lines
}

/// The subscription and the resource group, as every command takes them.
const PLACE: &str = "--subscription \"$subscription\" --resource-group \"$group\"";

/// The same, where no variable was set.
fn place(azure: &AzureCloud) -> String {
    format!("--subscription {} --resource-group {}", azure.subscription, word(azure.resource_group.as_str()))
}

/// What the lines after them call by name.
fn names(azure: &AzureCloud) -> Vec<String> {
    let AzureCloud { subscription, storage_account, location, .. } = azure;
    let group = word(azure.resource_group.as_str());
    vec![
        format!("subscription={subscription} group={group} account={storage_account} location={location}"),
        "scope=\"/subscriptions/$subscription/resourceGroups/$group/providers/Microsoft.Storage/storageAccounts/$account\""
            .to_owned(),
    ]
}

/// One line that makes a thing unless it is there. What is there keeps its settings: `create` would overwrite them.
fn missing(show: &str, create: &str) -> String {
    format!("{show} --output none 2>/dev/null ||\n  {create} --output none")
}

/// A command for each word of a list.
fn each<'a>(name: &str, words: impl Iterator<Item = &'a str>, command: &str) -> String {
    let words: Vec<&str> = words.collect();
    format!("for {name} in {}; do\n  {}\ndone", words.join(" "), command.replace('\n', "\n  "))
}

struct Az<'a> {
    blueprint: &'a Blueprint,
}

impl Az<'_> {
    fn has_identities(&self) -> bool {
        self.blueprint.principals.iter().any(|want| matches!(want.kind, PrincipalKind::ManagedIdentity { .. }))
    }

    /// The group and the account.
    fn account(&self) -> Vec<String> {
        let tags = self.tags();
        let keys = self.blueprint.takes_account_key();
        let group = "--subscription \"$subscription\" --name \"$group\"";
        let mut lines = vec![
            missing(
                &format!("az group show {group}"),
                &format!("az group create {group} --location \"$location\" --tags {tags}"),
            ),
            missing(
                &format!("az storage account show {PLACE} --name \"$account\""),
                &format!(
                    "az storage account create {PLACE} --name \"$account\" --location \"$location\" --kind StorageV2 \
                     --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false \
                     --allow-shared-key-access {keys} --tags {tags}"
                ),
            ),
        ];
        if self.blueprint.buckets.iter().any(|want| want.versioning) {
            lines.push(format!(
                "az storage account blob-service-properties update {PLACE} --account-name \"$account\" --enable-versioning true --output none"
            ));
        }
        lines.extend(self.expiries());
        lines
    }

    /// Rules that remove old blobs. An account has one policy, which `create` replaces as a whole.
    fn expiries(&self) -> Option<String> {
        let rules: Vec<_> = self
            .blueprint
            .buckets
            .iter()
            .flat_map(|want| want.expiries.iter().map(move |rule| (&want.name, rule)))
            .map(|(container, rule)| {
                serde_json::json!({
                    "enabled": true,
                    "name": format!("{container}-{}", rule.id).replace(|c: char| !c.is_ascii_alphanumeric(), ""),
                    "type": "Lifecycle",
                    "definition": {
                        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": [format!("{container}/{}", rule.prefix)]},
                        "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": rule.expire_after_days}}}
                    }
                })
            })
            .collect();
        let command = |verb| format!("az storage account management-policy {verb} {PLACE} --account-name \"$account\"");
        let document = word(&serde_json::json!({"rules": rules}).to_string());
        (!rules.is_empty()).then(|| missing(&command("show"), &format!("{} --policy {document}", command("create"))))
    }

    fn containers(&self) -> Vec<String> {
        let command = |verb| {
            format!("az storage container-rm {verb} {PLACE} --storage-account \"$account\" --name \"$container\"")
        };
        let metadata = format!("{SPEC_METADATA}={}", self.blueprint.spec.name);
        let make =
            missing(&command("show"), &format!("{} --public-access off --metadata {metadata}", command("create")));
        let look = format!("{} --output none", command("show"));
        let of = |existing| {
            let names: Vec<&str> = self
                .blueprint
                .buckets
                .iter()
                .filter(|want| want.existing == existing)
                .map(|want| want.name.as_str())
                .collect();
            names
        };
        [(of(false), make), (of(true), look)]
            .into_iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, command)| each("container", names.into_iter(), &command))
            .collect()
    }

    /// A managed identity, the ServiceAccounts that become it, and what it may do: in each container, and no further.
    fn identity(&self, want: &PrincipalWant) -> Vec<String> {
        let PrincipalKind::ManagedIdentity { accounts, account_roles, client_id } = &want.kind else {
            return Vec::new();
        };
        let name = &want.name;
        let show = format!("az identity show {PLACE} --name {name}");
        let create =
            format!("az identity create {PLACE} --name {name} --location \"$location\" --tags {}", self.tags());
        let pairs: Vec<String> = accounts.iter().map(|(namespace, account)| format!("{namespace}:{account}")).collect();
        let credential = format!(
            "az identity federated-credential create {PLACE} --identity-name {name} --name \"$(printf %s \"$who\" | tr ':.' '[-*]')\" \
             --issuer \"$issuer\" --subject \"system:serviceaccount:$who\" --audiences {AUDIENCE} --output none"
        );
        let assign = |role: &str, scope: &str| {
            format!(
                "az role assignment create --assignee-object-id \"$principal\" --assignee-principal-type ServicePrincipal \
                 --role '{role}' --scope \"{scope}\" --output none"
            )
        };
        let mut lines = vec![
            missing(&show, &create),
            each("who", pairs.iter().map(String::as_str), &credential),
            format!("principal=$({show} --query principalId --output tsv)"),
        ];
        for role in ["Storage Blob Data Reader", "Storage Blob Data Contributor"] {
            let containers = grants_of(want, role);
            if !containers.is_empty() {
                let assign = assign(role, "$scope/blobServices/default/containers/$container");
                lines.push(each("container", containers.into_iter(), &assign));
            }
        }
        lines.extend(account_roles.iter().map(|role| assign(role, "$scope")));
        if client_id.is_none() {
            lines.push(format!("# The spec wants what this prints, below `cloud`: `clientIds: {{{name}: …}}`"));
            lines.push(format!("{show} --query clientId --output tsv"));
        }
        lines
    }

    fn tags(&self) -> String {
        let spec = &self.blueprint.spec;
        let ours = format!("{SPEC_TAG}={}", spec.name);
        let theirs = spec.tags.iter().map(|(key, value)| word(&format!("{key}={value}")));
        std::iter::once(ours).chain(theirs).collect::<Vec<_>>().join(" ")
    }
}

/// Each call makes a new password, so it is not among the lines that may be run again.
fn service_principal(want: &PrincipalWant) -> Vec<String> {
    let scopes: Vec<String> = want
        .grants
        .iter()
        .map(|grant| format!("\"$scope/blobServices/default/containers/{}\"", grant.bucket))
        .collect();
    let access = want.grants.iter().map(|grant| grant.access).max().unwrap_or(Access::Read);
    vec![
        "# Where it is not there yet; it shows appId and a new password, each time:".to_owned(),
        format!(
            "# az ad sp create-for-rbac --name {} --role '{}' --scopes {}",
            want.name,
            role(access),
            scopes.join(" ")
        ),
    ]
}

/// The built-in role for what a chart does in a container.
///
/// Source: Azure documentation, "Azure built-in roles for Storage".
fn role(access: Access) -> &'static str {
    match access {
        Access::Read => "Storage Blob Data Reader",
        Access::ReadWrite => "Storage Blob Data Contributor",
    }
}

fn grants_of<'a>(want: &'a PrincipalWant, of: &str) -> Vec<&'a str> {
    want.grants.iter().filter(|grant| role(grant.access) == of).map(|grant| grant.bucket.as_str()).collect()
}

fn issuer(cluster: &AksCluster) -> String {
    match &cluster.issuer {
        Some(issuer) => format!("issuer={issuer}"),
        None => format!(
            "issuer=$(az aks show {PLACE} --name {} --query oidcIssuerProfile.issuerUrl --output tsv)",
            cluster.name
        ),
    }
}

/// The script.
pub(crate) fn script(blueprint: &Blueprint) -> String {
    format!(
        "\
#!/bin/sh
# Makes what the bucketwright spec `{}` needs on Azure. Written by `bucketwright export --as az`.
#
# Run it after `az login`; run it again after a failure: what is there is left as it is. Who runs it needs the roles
# Contributor and Role Based Access Control Administrator on the resource group. It prints no secrets.
set -eu

{}
",
        blueprint.spec.name,
        az_lines(blueprint).join("\n")
    )
}

/// The lines that let somebody run the script.
///
/// Source: Azure built-in roles: Contributor (everything but rights), Role Based Access Control Administrator (rights).
pub(crate) fn az_rights(azure: &AzureCloud) -> Vec<String> {
    let group = format!("/subscriptions/{}/resourceGroups/{}", azure.subscription, azure.resource_group);
    let assign =
        |role| format!("az role assignment create --assignee WHO --role {} --scope {}", word(role), word(&group));
    ["Contributor", "Role Based Access Control Administrator"].map(assign).to_vec()
}
