//! The Terraform configuration: all that the lines make, and nothing that refers to what is not there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ARGO, GITLAB, spec};
use crate::harness::Sandbox;

/// The texts below a value.
fn texts<'v>(value: &'v Value, all: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => all.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::Object(entries) => entries.values().for_each(|item| texts(item, all)),
        _ => {}
    }
}

#[test]
fn a_configuration_holds_all_that_the_lines_make() {
    let gitlab = GITLAB.replace("static-keys", "workload-identity, roles: per-component");
    let argo = ARGO.replace("static-keys}", "workload-identity, options: {uploads: true}}");
    for (cloud, issuer) in [
        ("  cluster: {name: prod}\n", "${data.azurerm_kubernetes_cluster.cluster.oidc_issuer_url}"),
        ("  cluster: {name: prod, oidcIssuer: \"https://oidc.example/a/\"}\n", "https://oidc.example/a/"),
    ] {
        let cloud = format!("{cloud}  softDeleteDays: 30\n");
        let sandbox = Sandbox::with_spec(&spec(&cloud, &[&gitlab, &argo]));
        let text = sandbox.run("export --as terraform").ok().stdout;
        let whole: Value = serde_json::from_str(&text).expect("JSON");
        let script = sandbox.run("export --as az").ok().stdout;
        let resources = whole["resource"].as_object().expect("resources");
        let of = |kind: &str| resources[kind].as_object().expect(kind).values().collect::<Vec<_>>();
        let assigned = of("azurerm_role_assignment");
        let with = |role: &str| assigned.iter().filter(|one| one["role_definition_name"] == role).count();
        assert_eq!(with("Storage Blob Delegator"), 3, "GitLab's three parts sign links: {text}");
        assert!(assigned.iter().all(|one| one["principal_type"] == "ServicePrincipal"), "{text}");
        assert_eq!(of("azurerm_user_assigned_identity").len(), 4, "{text}");
        for credential in of("azurerm_federated_identity_credential") {
            let pair = format!(
                "{}={}",
                credential["name"].as_str().expect("a name"),
                credential["subject"].as_str().expect("a subject").trim_start_matches("system:serviceaccount:")
            );
            assert!(script.contains(&pair), "{pair}");
            assert_eq!(credential["issuer"], issuer);
            assert_eq!(credential["audience"], json!(["api://AzureADTokenExchange"]));
        }
        let account = of("azurerm_storage_account")[0];
        assert_eq!(account["shared_access_key_enabled"], false);
        assert_eq!(account["allow_nested_items_to_be_public"], false);
        assert_eq!(account["blob_properties"]["delete_retention_policy"]["days"], 30);
        for container in of("azurerm_storage_container") {
            assert!(script.contains(container["name"].as_str().expect("a name")), "{container}");
            let end = format!("/containers/{}", container["name"].as_str().expect("a name"));
            assert!(
                assigned.iter().any(|one| one["scope"].as_str().is_some_and(|scope| scope.ends_with(&end))),
                "{end}"
            );
            assert_eq!(container["container_access_type"], "private");
            assert_eq!(container["lifecycle"]["prevent_destroy"], true);
        }
        let rule = &of("azurerm_storage_management_policy")[0]["rule"][0];
        assert!(rule["actions"]["base_blob"]["delete_after_days_since_modification_greater_than"].is_u64(), "{rule:#}");
        // Each reference names something that is there.
        let mut all = Vec::new();
        texts(&whole, &mut all);
        let there = |address: &str| {
            let parts: Vec<&str> = address.split('.').collect();
            match parts.as_slice() {
                ["data", kind, label, ..] => !whole["data"][kind][label].is_null(),
                [kind, label, ..] => !whole["resource"][kind][label].is_null(),
                _ => false,
            }
        };
        let addresses: BTreeSet<&str> = all
            .iter()
            .flat_map(|text| {
                text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(address, _)| address)
            })
            .collect();
        assert!(addresses.len() >= 8 && addresses.iter().all(|address| there(address)), "{addresses:?}");
        assert!(
            !text.contains("bucketwright_spec"),
            "its state owns what it makes, so `destroy` finds no mark: {text}"
        );
    }
}
