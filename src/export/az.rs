//! Lines for the Azure CLI: they make what is missing and leave alone what is there. None of them holds a secret.
//!
//! The tool itself asks Azure for blobs and containers alone: docs/azure.md says why.

use super::shell::word;
use crate::blueprint::{Blueprint, PrincipalKind, PrincipalWant, SPEC_METADATA, SPEC_TAG};
use crate::policy::BucketGrant;
use crate::profile::Access;
use crate::spec::{AksCluster, Azure};

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
    let az = Az { blueprint, azure };
    let mut lines = az.account();
    lines.extend(az.containers());
    for want in &blueprint.principals {
        match &want.kind {
            PrincipalKind::ManagedIdentity { .. } => lines.extend(az.identity(want)),
            PrincipalKind::Brought(_) => lines.push(az.service_principal(want)),
            _ => {}
        }
    }
    if blueprint.takes_account_key() {
        lines.push(key_line(azure));
    }
    lines
}

/// The lines that make the storage account alone.
pub fn az_lines_of_account(azure: &Azure) -> Vec<String> {
    let place = place(azure);
    let (account, location) = (&azure.storage_account, &azure.location);
    vec![format!("az storage account create {place} --name {account} --location {location} --kind StorageV2 --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false")]
}

/// The line that puts one of the account's keys into the environment.
pub fn key_line(azure: &Azure) -> String {
    format!(
        "export AZURE_STORAGE_KEY=\"$(az storage account keys list {} --account-name {} --query '[0].value' --output tsv)\"",
        place(azure),
        azure.storage_account
    )
}

/// The line that prints the client id of a managed identity.
pub fn client_id_line(azure: &Azure, name: &str) -> String {
    format!("az identity show {} --name {name} --query clientId --output tsv", place(azure))
}

/// The lines that put new keys in place of old ones, without an outage: the second, then the first.
pub fn renewal_lines(azure: &Azure) -> Vec<String> {
    let (place, account) = (place(azure), &azure.storage_account);
    let renew = |key| format!("az storage account keys renew {place} --account-name {account} --key {key} --output none");
    vec![
        renew("secondary"),
        key_line(azure).replace("[0]", "[1]"),
        "# bucketwright render, apply the Secrets, restart the pods; then the first key can go:".to_owned(),
        renew("primary"),
    ]
}

/// The lines that take away what was made for a blueprint; containers last, with all that is in them.
pub fn removal_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let place = place(azure);
    let mut lines: Vec<String> = Vec::new();
    for want in &blueprint.principals {
        match &want.kind {
            PrincipalKind::ManagedIdentity { .. } => {
                lines.push(format!("az role assignment delete --assignee \"$({})\"", client_id_line(azure, want.name.as_str())));
                lines.push(format!("az identity delete {place} --name {}", want.name));
            }
            PrincipalKind::Brought(_) => lines.push(format!(
                "az ad sp delete --id \"$(az ad sp list --display-name {} --query '[0].appId' --output tsv)\"",
                want.name
            )),
            _ => {}
        }
    }
    lines.extend(blueprint.buckets.iter().filter(|want| !want.existing).map(|want| {
        format!("az storage container-rm delete {place} --storage-account {} --name {}", azure.storage_account, want.name)
    }));
    lines
}

/// The subscription and the resource group, as every command takes them.
fn place(azure: &Azure) -> String {
    format!("--subscription {} --resource-group {}", azure.subscription, word(azure.resource_group.as_str()))
}

struct Az<'a> {
    blueprint: &'a Blueprint,
    azure: &'a Azure,
}

impl Az<'_> {
    /// The group and the account. What exists keeps its settings: `create` would overwrite them.
    fn account(&self) -> Vec<String> {
        let Azure { subscription, storage_account: account, location, .. } = self.azure;
        let group = word(self.azure.resource_group.as_str());
        let place = place(self.azure);
        let tags = self.tags();
        let keys = self.blueprint.takes_account_key();
        let mut lines = vec![
            missing(
                &format!("az group show --subscription {subscription} --name {group}"),
                &format!("az group create --subscription {subscription} --name {group} --location {location} --tags {tags}"),
            ),
            missing(
                &format!("az storage account show {place} --name {account}"),
                &format!(
                    "az storage account create {place} --name {account} --location {location} --kind StorageV2 \
                     --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false \
                     --allow-shared-key-access {keys} --tags {tags}"
                ),
            ),
        ];
        if self.blueprint.buckets.iter().any(|want| want.versioning) {
            lines.push(format!(
                "az storage account blob-service-properties update {place} --account-name {account} --enable-versioning true --output none"
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
        let policy = format!("az storage account management-policy {{}} {} --account-name {}", place(self.azure), self.azure.storage_account);
        let document = word(&serde_json::json!({"rules": rules}).to_string());
        (!rules.is_empty()).then(|| {
            missing(&policy.replace("{}", "show"), &format!("{} --policy {document}", policy.replace("{}", "create")))
        })
    }

    fn containers(&self) -> Vec<String> {
        let account = &self.azure.storage_account;
        let command = |verb: &str, name: &str| {
            format!("az storage container-rm {verb} {} --storage-account {account} --name {name}", place(self.azure))
        };
        let wants = self.blueprint.buckets.iter();
        wants
            .map(|want| {
                let show = command("show", want.name.as_str());
                if want.existing {
                    return format!("{show} --output none");
                }
                let create = command("create", want.name.as_str());
                let metadata = format!("{SPEC_METADATA}={}", self.blueprint.spec.name);
                missing(&show, &format!("{create} --public-access off --metadata {metadata}"))
            })
            .collect()
    }

    /// A managed identity, the ServiceAccounts that become it, and what it may do: in each container, and no further.
    fn identity(&self, want: &PrincipalWant) -> Vec<String> {
        let PrincipalKind::ManagedIdentity { accounts, account_roles, client_id } = &want.kind else { return Vec::new() };
        let (place, name, location) = (place(self.azure), &want.name, &self.azure.location);
        let show = format!("az identity show {place} --name {name}");
        let create = format!("az identity create {place} --name {name} --location {location} --tags {}", self.tags());
        let mut lines = vec![missing(&show, &create)];
        let issuer = self.azure.cluster.as_ref().map_or_else(String::new, |cluster| issuer(self.azure, cluster));
        for (namespace, account) in accounts {
            let credential = format!("{namespace}-{account}").replace('.', "-");
            lines.push(format!(
                "az identity federated-credential create {place} --identity-name {name} --name {credential} --issuer {issuer} \
                 --subject system:serviceaccount:{namespace}:{account} --audiences {AUDIENCE} --output none"
            ));
        }
        let assign = |role: &str, scope: String| {
            format!(
                "az role assignment create --assignee-object-id \"$({show} --query principalId --output tsv)\" \
                 --assignee-principal-type ServicePrincipal --role '{role}' --scope {scope} --output none"
            )
        };
        lines.extend(want.grants.iter().map(|grant| assign(role(grant.access), self.scope(grant))));
        lines.extend(account_roles.iter().map(|role| assign(role, self.account_scope())));
        if client_id.is_none() {
            lines.push(format!(
                "{}  # write it into the spec, below `cloud`: `clientIds: {{{name}: …}}`",
                client_id_line(self.azure, name.as_str())
            ));
        }
        lines
    }

    /// Each call makes a new password, so it is not among the lines that may be run again.
    fn service_principal(&self, want: &PrincipalWant) -> String {
        let scopes: Vec<String> = want.grants.iter().map(|grant| self.scope(grant)).collect();
        let access = want.grants.iter().map(|grant| grant.access).max().unwrap_or(Access::Read);
        format!(
            "# Once, where it is not there yet (it shows appId and a new password, once): az ad sp create-for-rbac --name {} --role '{}' --scopes {}",
            want.name,
            role(access),
            scopes.join(" ")
        )
    }

    fn account_scope(&self) -> String {
        let Azure { subscription, resource_group, storage_account, .. } = self.azure;
        word(&format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Storage/storageAccounts/{storage_account}"
        ))
    }

    fn scope(&self, grant: &BucketGrant) -> String {
        let account = self.account_scope();
        let inner = format!("/blobServices/default/containers/{}", grant.bucket);
        match account.strip_suffix('\'') {
            Some(quoted) => format!("{quoted}{inner}'"),
            None => format!("{account}{inner}"),
        }
    }

    fn tags(&self) -> String {
        let spec = &self.blueprint.spec;
        let ours = format!("{SPEC_TAG}={}", spec.name);
        let theirs = spec.tags.iter().map(|(key, value)| word(&format!("{key}={value}")));
        std::iter::once(ours).chain(theirs).collect::<Vec<_>>().join(" ")
    }
}

/// The built-in role for what a chart does in a container.
///
/// Source: Azure documentation, "Azure built-in roles for Storage".
fn role(access: Access) -> &'static str {
    match access {
        Access::Read => "Storage Blob Data Reader",
        _ => "Storage Blob Data Contributor",
    }
}

fn issuer(azure: &Azure, cluster: &AksCluster) -> String {
    match &cluster.issuer {
        Some(issuer) => issuer.to_string(),
        None => format!(
            "\"$(az aks show {} --name {} --query oidcIssuerProfile.issuerUrl --output tsv)\"",
            place(azure),
            cluster.name
        ),
    }
}

/// One line that makes a thing unless it is there.
fn missing(show: &str, create: &str) -> String {
    format!("{show} --output none 2>/dev/null || {create} --output none")
}

/// The script.
pub(super) fn script(blueprint: &Blueprint) -> String {
    let lines: Vec<String> = az_lines(blueprint)
        .into_iter()
        // A script cannot set its caller's environment.
        .map(|line| if line.starts_with("export ") { format!("# {line}") } else { line })
        .collect();
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
        lines.join("\n")
    )
}
