//! The lines that make what is missing.

use serde_json::{Value, json};

use super::identity::{identity, issuer, service_principal};
use super::key_line;
use super::left::left;
use super::shell::{PLACE, block, each, missing, names, tags};
use crate::base::shell::word;
use crate::clouds::azure::SPEC_METADATA;
use crate::model::{Blueprint, PrincipalKind};
use crate::spec::AzureCloud;

/// The lines that make everything a blueprint needs on Azure; none for another cloud.
///
/// Source: Azure CLI reference (`az group`, `az storage account`, `az storage container-rm`, `az identity`, `az role
/// assignment`, `az ad sp`).
pub fn az_lines(blueprint: &Blueprint) -> Vec<String> {
    let Some(azure) = blueprint.spec.cloud.azure() else { return Vec::new() };
    let az = Az { blueprint, azure };
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
    lines.extend(left(blueprint));
    let mut lines = block(lines);
    if blueprint.takes_account_key() {
        lines.push(format!("# {}", key_line(azure)));
    }
    lines
}

/// The command that shows the account.
const ACCOUNT: &str =
    "storage account show --subscription \"$subscription\" --resource-group \"$group\" --name \"$account\"";

/// Says which settings of an account that is there leave more open than the spec needs, and how each is closed. `keys` says
/// whether an install uses one of its keys.
fn settings(keys: bool) -> String {
    let closed = ["allowBlobPublicAccess=false=--allow-blob-public-access", "enableHttpsTrafficOnly=true=--https-only"];
    let without_keys = (!keys).then_some("allowSharedKeyAccess=false=--allow-shared-key-access");
    each(
        "setting",
        closed.into_iter().chain(without_keys),
        &format!(
            "is=$(az {ACCOUNT} --query \"to_string(${{setting%%=*}})\" --output tsv)\nwanted=${{setting#*=}}\n\
             [ \"$is\" = \"${{wanted%%=*}}\" ] || say \"the account $account has ${{setting%%=*}} $is, which leaves more open than the spec needs: \
             az storage account update --subscription $subscription --resource-group $group --name $account ${{wanted#*=}} ${{wanted%%=*}}\""
        ),
    )
}

/// For how many days replaced versions stay where no chart wants them.
const VERSIONS_DAYS: u16 = 7;

/// A rule for a container, and its name, which Azure wants of letters and digits.
///
/// Source: Azure Blob Storage documentation, "Lifecycle management policy structure".
fn rule(container: &str, id: &str, prefix: &str, actions: &Value) -> (String, Value) {
    let name = format!("{container}-{id}").replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let filters = json!({"blobTypes": ["blockBlob"], "prefixMatch": [format!("{container}/{prefix}")]});
    let rule = json!({"enabled": true, "name": name, "type": "Lifecycle", "definition": {"filters": filters, "actions": actions}});
    (name, rule)
}

/// The rules for the containers that are made here, by name.
pub(super) fn rules_of(blueprint: &Blueprint) -> Vec<(String, Value)> {
    let versions = blueprint.buckets.iter().any(|want| want.versioning);
    let ours = blueprint.buckets.iter().filter(|want| !want.existing);
    ours.flat_map(|want| {
        let expiries = want.expiries.iter().map(|expiry| {
            let days = json!({"daysAfterModificationGreaterThan": expiry.expire_after_days});
            rule(want.name.as_str(), &expiry.id, &expiry.prefix, &json!({"baseBlob": {"delete": days}}))
        });
        let days = json!({"daysAfterCreationGreaterThan": VERSIONS_DAYS});
        let versions = (versions && !want.versioning)
            .then(|| rule(want.name.as_str(), "versions", "", &json!({"version": {"delete": days}})));
        expiries.chain(versions).collect::<Vec<_>>()
    })
    .collect()
}

struct Az<'a> {
    blueprint: &'a Blueprint,
    azure: &'a AzureCloud,
}

impl Az<'_> {
    /// The group and the account.
    fn account(&self) -> Vec<String> {
        let tags = tags(&self.blueprint.spec);
        let keys = self.blueprint.takes_account_key();
        let show = ACCOUNT;
        let group = "--subscription \"$subscription\" --name \"$group\"";
        let mut lines = vec![
            missing(
                &format!("group show {group}"),
                &format!("group create {group} --location \"$location\" --tags {tags}"),
            ),
            format!(
                "if there {show}; then\n  {}\nelse\n  az storage account create {PLACE} --name \"$account\" --location \"$location\" \
                 --kind StorageV2 --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false \
                 --allow-shared-key-access {keys} --tags {tags} --output none\nfi",
                settings(keys).replace('\n', "\n  "),
            ),
        ];
        lines.extend(self.kept());
        lines.extend(self.rules());
        lines
    }

    /// For how long what was replaced or deleted stays. Each is a setting of the whole account.
    fn kept(&self) -> Option<String> {
        let mut options = Vec::new();
        if self.blueprint.buckets.iter().any(|want| want.versioning) {
            options.push("--enable-versioning true".to_owned());
        }
        if let Some(days) = self.azure.soft_delete_days {
            options.push(format!(
                "--enable-delete-retention true --delete-retention-days {days} --enable-container-delete-retention true --container-delete-retention-days {days}"
            ));
        }
        let update = format!("az storage account blob-service-properties update {PLACE} --account-name \"$account\"");
        (!options.is_empty()).then(|| format!("{update} {} --output none", options.join(" ")))
    }

    /// Rules that remove old blobs, and old versions where no chart wants them: versioning is on for all containers of an account.
    /// An account has one policy, which `create` replaces as a whole, so one that is there is only looked at.
    fn rules(&self) -> Option<String> {
        let rules = rules_of(self.blueprint);
        if rules.is_empty() {
            return None;
        }
        let command = |verb| format!("storage account management-policy {verb} {PLACE} --account-name \"$account\"");
        let (names, rules): (Vec<String>, Vec<Value>) = rules.into_iter().unzip();
        let lacks = each(
            "rule",
            names.iter().map(String::as_str),
            "case \" $have \" in *\" $rule \"*) ;; *) say \"the lifecycle policy of the account lacks the rule $rule, which stands in this script: add it with \
             az storage account management-policy update\" ;; esac",
        );
        Some(format!(
            "if there {}; then\n  have=$(az {} --query \"join(' ', policy.rules[].name)\" --output tsv)\n  {}\nelse\n  az {} --policy {} --output none\nfi",
            command("show"),
            command("show"),
            lacks.replace('\n', "\n  "),
            command("create"),
            word(&json!({"rules": rules}).to_string())
        ))
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
