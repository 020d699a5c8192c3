//! The lines that make what is missing.

use super::identity::{identity, issuer, service_principal};
use super::key_line;
use super::shell::{PLACE, block, each, missing, names, tags};
use crate::base::shell::word;
use crate::clouds::azure::SPEC_METADATA;
use crate::model::{Blueprint, PrincipalKind};

/// The lines that make everything a blueprint needs on Azure; none for another cloud.
///
/// Source: Azure CLI reference (`az group`, `az storage account`, `az storage container-rm`, `az identity`, `az role
/// assignment`, `az ad sp`).
pub fn az_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let az = Az { blueprint };
    let mut lines = names(azure);
    // First what may turn out to be missing, so that nothing is half made.
    lines.extend(issuer(blueprint, azure));
    lines.extend(az.account());
    lines.extend(az.containers());
    for want in &blueprint.principals {
        match &want.kind {
            PrincipalKind::ManagedIdentity { .. } => lines.extend(identity(blueprint, azure, want)),
            PrincipalKind::Brought(_) => lines.extend(service_principal(want)),
            _ => {}
        }
    }
    let mut lines = block(lines);
    if blueprint.takes_account_key() {
        lines.push(format!("# {}", key_line(azure)));
    }
    lines
}

struct Az<'a> {
    blueprint: &'a Blueprint,
}

impl Az<'_> {
    /// The group and the account.
    fn account(&self) -> Vec<String> {
        let tags = tags(&self.blueprint.spec);
        let keys = self.blueprint.takes_account_key();
        let group = "--subscription \"$subscription\" --name \"$group\"";
        let mut lines = vec![
            missing(
                &format!("group show {group}"),
                &format!("group create {group} --location \"$location\" --tags {tags}"),
            ),
            missing(
                &format!("storage account show {PLACE} --name \"$account\""),
                &format!(
                    "storage account create {PLACE} --name \"$account\" --location \"$location\" --kind StorageV2 \
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
        let command = |verb| format!("storage account management-policy {verb} {PLACE} --account-name \"$account\"");
        let document = word(&serde_json::json!({"rules": rules}).to_string());
        (!rules.is_empty()).then(|| missing(&command("show"), &format!("{} --policy {document}", command("create"))))
    }

    /// The containers. One that nobody marked is used as it is, as in a plan.
    fn containers(&self) -> Vec<String> {
        let spec = &self.blueprint.spec.name;
        let command =
            |verb| format!("storage container-rm {verb} {PLACE} --storage-account \"$account\" --name \"$container\"");
        let query = format!("join(' ', [metadata.{SPEC_METADATA} || '-', publicAccess || 'None'])");
        let judge = format!(
            "found=$(az {} --query \"{query}\" --output tsv)\n\
             case $found in\n  '{spec} None' | '- None') ;;\n  \
             *' None') stop \"the container $container belongs to the spec ${{found% *}}: choose another name\" ;;\n  \
             *) stop \"everybody may read from the container $container: choose another name, or close it: az {} --public-access off\" ;;\n\
             esac",
            command("show"),
            command("update").replace('"', ""),
        );
        let make = format!(
            "if there {}; then\n  {}\nelse\n  az {} --public-access off --metadata {SPEC_METADATA}={spec} --output none\nfi",
            command("show"),
            judge.replace('\n', "\n  "),
            command("create"),
        );
        let look = format!(
            "there {} ||\n  stop \"the container $container does not exist, and the spec says 'existing: true'\"\n{judge}",
            command("show")
        );
        let of = |existing| {
            let all = self.blueprint.buckets.iter().filter(move |want| want.existing == existing);
            all.map(|want| want.name.as_str()).collect::<Vec<_>>()
        };
        let parts = [(of(false), make), (of(true), look)].into_iter().filter(|(names, _)| !names.is_empty());
        parts.map(|(names, command)| each("container", names.into_iter(), &command)).collect()
    }
}
