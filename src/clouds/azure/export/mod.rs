//! Lines for the Azure CLI: they make what is missing and leave alone what is there. None of them holds a secret.
//!
//! The tool itself asks Azure for blobs and containers alone: docs/azure.md says why.

mod identity;
mod left;
mod making;
mod removal;
mod renewal;
mod shell;
mod terraform;

pub(crate) use identity::granted;
pub use making::az_lines;
pub use removal::removal_lines;
pub use renewal::renewal_lines;

use crate::base::shell::word;
use crate::model::Blueprint;
use crate::spec::AzureCloud;

/// The lines that make the storage account alone.
pub fn az_lines_of_account(azure: &AzureCloud) -> Vec<String> {
    let place = azure.place();
    let (account, location) = (&azure.storage_account, &azure.location);
    vec![format!(
        "az storage account create {place} --name {account} --location {location} --kind StorageV2 --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false"
    )]
}

/// The line that puts one of the account's keys where the spec looks for it.
pub fn key_line(azure: &AzureCloud) -> String {
    let list = format!("az storage account keys list {} --account-name {}", azure.place(), azure.storage_account);
    renewal::take(&azure.account_key, &format!("{list} --query '[0].value' --output tsv"))
}

/// The line that prints the client id of a managed identity.
pub fn client_id_line(azure: &AzureCloud, name: &str) -> String {
    format!("az identity show {} --name {name} --query clientId --output tsv", azure.place())
}

/// A Terraform configuration. It owns what it makes: `destroy` leaves it to Terraform.
pub(crate) fn terraform(blueprint: &Blueprint, azure: &AzureCloud) -> String {
    terraform::configuration(blueprint, azure)
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
