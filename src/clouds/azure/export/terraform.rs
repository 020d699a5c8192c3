//! A Terraform configuration in JSON syntax. Resources and arguments are those of the provider hashicorp/azurerm 4; source: its
//! documentation on the Terraform Registry, and "JSON Configuration Syntax".
//!
//! Nothing carries the spec's mark: its state owns what it makes, so `destroy` leaves it to Terraform.

use serde_json::{Map, Value, json};

use super::identity::{credential_name, role};
use super::making::rules_of;
use crate::clouds::terraform::{Resources, label, texts};
use crate::model::{Blueprint, PrincipalKind, PrincipalWant};
use crate::spec::AzureCloud;
use crate::spec::azure::AzureEnvironment;

const GROUP: &str = "${data.azurerm_resource_group.group.name}";
const ACCOUNT: &str = "${azurerm_storage_account.account.id}";

/// The configuration. Containers that exist are not part of it.
pub(super) fn configuration(blueprint: &Blueprint, azure: &AzureCloud) -> String {
    let mut resources = Resources::default();
    resources.add("azurerm_storage_account", "account", account(blueprint, azure));
    for want in blueprint.buckets.iter().filter(|want| !want.existing) {
        let container = json!({
            "name": want.name, "storage_account_id": ACCOUNT, "container_access_type": "private",
            // Data outlives the configuration.
            "lifecycle": {"prevent_destroy": true},
        });
        resources.add("azurerm_storage_container", &label(want.name.as_str()), container);
    }
    let rules: Vec<Value> = rules_of(blueprint).iter().map(|rule| self::rule(&rule.1)).collect();
    if !rules.is_empty() {
        let policy = json!({"storage_account_id": ACCOUNT, "rule": rules});
        resources.add("azurerm_storage_management_policy", "rules", policy);
    }
    let mut outputs = Map::new();
    for want in &blueprint.principals {
        identity(azure, want, &mut resources, &mut outputs);
    }
    let mut data = json!({"azurerm_resource_group": {"group": {"name": azure.resource_group}}});
    if let Some(cluster) = azure.cluster.as_ref().filter(|cluster| cluster.issuer.is_none() && !outputs.is_empty()) {
        data["azurerm_kubernetes_cluster"] = json!({"cluster": {"name": cluster.name, "resource_group_name": GROUP}});
    }
    let environment = match azure.environment() {
        AzureEnvironment::Public => "public",
        AzureEnvironment::China => "china",
        AzureEnvironment::UsGovernment => "usgovernment",
    };
    let about = format!(
        "Written by bucketwright export --as terraform for the spec {}. The resource group must exist. It holds no key of the account; `terraform output` prints the client ids for cloud.clientIds.",
        blueprint.spec.name
    );
    let mut whole = json!({
        "//": about,
        "terraform": {"required_providers": {"azurerm": {"source": "hashicorp/azurerm", "version": ">= 4.9"}}},
        "provider": {"azurerm": {"features": {}, "subscription_id": azure.subscription, "environment": environment}},
        "data": data,
        "resource": resources.into_value(),
    });
    if !outputs.is_empty() {
        whole["output"] = Value::Object(outputs);
    }
    format!("{whole:#}\n")
}

fn account(blueprint: &Blueprint, azure: &AzureCloud) -> Value {
    let mut account = json!({
        "name": azure.storage_account, "resource_group_name": GROUP, "location": azure.location,
        "account_tier": "Standard", "account_replication_type": "RAGRS", "account_kind": "StorageV2",
        "https_traffic_only_enabled": true, "min_tls_version": "TLS1_2", "allow_nested_items_to_be_public": false,
        "shared_access_key_enabled": blueprint.takes_account_key(), "tags": texts(&json!(blueprint.spec.tags)),
        "lifecycle": {"prevent_destroy": true},
    });
    if blueprint.buckets.iter().any(|want| want.versioning) {
        account["blob_properties"]["versioning_enabled"] = json!(true);
    }
    if let Some(days) = azure.soft_delete_days {
        account["blob_properties"]["delete_retention_policy"] = json!({"days": days});
        account["blob_properties"]["container_delete_retention_policy"] = json!({"days": days});
    }
    account
}

/// A rule in the provider's words, from the one of Azure's document.
fn rule(rule: &Value) -> Value {
    let definition = &rule["definition"];
    let days = |kind: &str, key: &str| definition["actions"][kind]["delete"][key].clone();
    let mut actions = json!({});
    if !days("baseBlob", "daysAfterModificationGreaterThan").is_null() {
        actions["base_blob"]["delete_after_days_since_modification_greater_than"] =
            days("baseBlob", "daysAfterModificationGreaterThan");
    }
    if !days("version", "daysAfterCreationGreaterThan").is_null() {
        actions["version"]["delete_after_days_since_creation"] = days("version", "daysAfterCreationGreaterThan");
    }
    json!({
        "name": rule["name"], "enabled": true, "actions": actions,
        "filters": {"blob_types": definition["filters"]["blobTypes"], "prefix_match": definition["filters"]["prefixMatch"]},
    })
}

/// A managed identity, whose tokens it takes, and its roles.
fn identity(azure: &AzureCloud, want: &PrincipalWant, resources: &mut Resources, outputs: &mut Map<String, Value>) {
    let PrincipalKind::ManagedIdentity { accounts, account_roles, .. } = &want.kind else { return };
    let name = label(want.name.as_str());
    let of = |part: &str| format!("${{azurerm_user_assigned_identity.{name}.{part}}}");
    let made = json!({"name": want.name, "resource_group_name": GROUP, "location": azure.location});
    resources.add("azurerm_user_assigned_identity", &name, made);
    let issuer = azure
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.issuer.as_ref())
        .map_or_else(|| "${data.azurerm_kubernetes_cluster.cluster.oidc_issuer_url}".to_owned(), ToString::to_string);
    for (namespace, account) in accounts {
        let credential = json!({
            "name": credential_name(namespace, account), "resource_group_name": GROUP, "parent_id": of("id"),
            "issuer": issuer, "subject": format!("system:serviceaccount:{namespace}:{account}"),
            "audience": [azure.environment().audience()],
        });
        let name = format!("{name}_{}", label(&credential_name(namespace, account)));
        resources.add("azurerm_federated_identity_credential", &name, credential);
    }
    let mut assign = |scope: String, role: &str, end: &str| {
        let assignment = json!({
            "scope": scope, "role_definition_name": role, "principal_id": of("principal_id"), "principal_type": "ServicePrincipal",
        });
        resources.add("azurerm_role_assignment", &format!("{name}_{}", label(end)), assignment);
    };
    for grant in &want.grants {
        let scope = format!("{ACCOUNT}/blobServices/default/containers/{}", grant.bucket);
        assign(scope, role(grant.access), grant.bucket.as_str());
    }
    for role in account_roles {
        assign(ACCOUNT.to_owned(), role, role);
    }
    outputs.insert(format!("client_id_{name}"), json!({"value": of("client_id")}));
}
