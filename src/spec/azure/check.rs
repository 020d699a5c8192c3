//! The rules of `cloud` for `provider: azure`.

use std::collections::BTreeMap;

use crate::base::error::{Code, Error, Result};
use crate::base::secret::Reference;
use crate::spec::azure::{
    AzureEnvironment, Guid, ResourceGroup, StorageAccount, StorageDomain, TokenIssuer, known_location, location,
};
use crate::spec::check::Checker;
use crate::spec::check_cloud::{missing, soft_delete_days};
use crate::spec::document::ClusterDocument;
use crate::spec::gcp::check::not_here;
use crate::spec::{AksCluster, AzureCloud, BucketNamespace, Provider, SpecDocument};

/// Checks `cloud`, and what stands outside of it and Azure does not have.
pub(in crate::spec) fn azure(checker: &mut Checker, document: &SpecDocument) -> Option<AzureCloud> {
    beyond_azure(checker, document);
    let doc = &document.cloud;
    for (key, there) in [
        ("subscription", doc.subscription.is_some()),
        ("resourceGroup", doc.resource_group.is_some()),
        ("storageAccount", doc.storage_account.is_some()),
        ("location", doc.location.is_some()),
    ] {
        if !there {
            missing(checker, key, doc);
        }
    }
    let subscription = checker.parse_option("cloud.subscription", doc.subscription.as_ref(), |text| {
        Guid::parse("the id of a subscription", "az account show --query id --output tsv", text)
    });
    let resource_group = checker.parse_option("cloud.resourceGroup", doc.resource_group.as_ref(), ResourceGroup::parse);
    let storage_account =
        checker.parse_option("cloud.storageAccount", doc.storage_account.as_ref(), StorageAccount::parse);
    let confirmed = doc.allow_unknown_region.as_ref().is_some_and(|confirmed| confirmed.value);
    let parse = if confirmed { location } else { known_location };
    // A typing mistake is told; the rest is looked at all the same.
    let location = checker
        .parse_option("cloud.location", doc.location.as_ref(), parse)
        .or_else(|| location(doc.location.as_ref()?.as_str()).ok());
    let tenant = checker.parse_option("cloud.tenant", doc.tenant.as_ref(), |text| {
        Guid::parse("the id of a tenant", "az account show --query tenantId --output tsv", text)
    });
    let domain = checker.parse_option("cloud.domain", doc.domain.as_ref(), StorageDomain::parse);
    let account_key = checker.parse_option("cloud.accountKey", doc.account_key.as_ref(), Reference::parse);
    // Source: Azure Storage documentation, "Soft delete for blobs" (retention period).
    let soft_delete_days = soft_delete_days(checker, doc, "Azure", |days| (1..=365).contains(&days));
    let mut client_ids = BTreeMap::new();
    for (name, text) in &doc.client_ids {
        let prints = format!("az identity show --name {name} --resource-group GROUP --query clientId --output tsv");
        let id = checker.parse(&format!("cloud.clientIds.{name}"), text, |text| {
            Guid::parse("the client id of a managed identity", &prints, text)
        });
        client_ids.extend(id.map(|id| (name.clone(), id)));
    }
    let cluster = doc.cluster.as_ref().and_then(|cluster| aks(checker, cluster));
    let location = location?;
    let environment = AzureEnvironment::of(&location);
    if let (Some(domain), Some(text)) = (&domain, doc.domain.as_ref())
        && let Err(error) = environment.has(domain, &location)
    {
        checker.errors.push(error.at(checker.place(&text.range)));
    }
    Some(AzureCloud {
        subscription: subscription?,
        resource_group: resource_group?,
        storage_account: storage_account?,
        location,
        tenant,
        domain: domain.unwrap_or_else(|| StorageDomain::of(environment)),
        account_key: account_key.unwrap_or_else(|| Reference::Env("AZURE_STORAGE_KEY".to_owned())),
        soft_delete_days,
        client_ids,
        cluster,
    })
}

fn aks(checker: &mut Checker, cluster: &ClusterDocument) -> Option<AksCluster> {
    for (key, value, owner) in
        [("nodeRole", &cluster.node_role, Provider::Aws), ("workloadPool", &cluster.workload_pool, Provider::Gcp)]
    {
        if let Some(value) = value {
            not_here(checker, key, &value.range, Provider::Azure, owner);
        }
    }
    let issuer = checker.parse_option("cloud.cluster.oidcIssuer", cluster.oidc_issuer.as_ref(), TokenIssuer::parse);
    let name = checker.parse("cloud.cluster.name", &cluster.name, cluster_name)?;
    Some(AksCluster { name, issuer })
}

/// Source: Azure documentation, "Naming rules and restrictions" (Microsoft.ContainerService, managedClusters).
fn cluster_name(text: &str) -> Result<String> {
    let end = |c: char| c.is_ascii_alphanumeric();
    let good = (1..=63).contains(&text.len())
        && text.starts_with(end)
        && text.ends_with(end)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(Error::new(Code::WRONG_VALUE, format!("`{text}` cannot be the name of an AKS cluster"))
        .fix("`az aks list --query '[].name' --output tsv` shows the names."))
}

/// What only AWS has, and stands outside `cloud`.
fn beyond_azure(checker: &mut Checker, document: &SpecDocument) {
    let provider = document.cloud.provider.range.clone();
    if let Some(encryption) = &document.encryption {
        let place = checker.place(&crate::spec::aws::check_encryption::place(encryption).unwrap_or(provider.clone()));
        checker.errors.push(
            lacks(
                "Azure has no AWS KMS key",
                "The storage account encrypts everything by itself, with Azure's keys or with one in a Key Vault.",
                "Remove `encryption`; for a key of your own see `az storage account update --encryption-key-source`.",
            )
            .at(place),
        );
    }
    let defaults = document.bucket_defaults.as_ref();
    let mut refuse = |what: &str, why: &str, fix: &str| {
        let place = checker.place(&provider);
        checker.errors.push(lacks(what, why, fix).at(place));
    };
    if defaults.and_then(|defaults| defaults.namespace) == Some(BucketNamespace::AccountRegional) {
        refuse(
            "`bucketDefaults.namespace: account-regional` is AWS's alone",
            "A container's name is unique in its storage account, so nobody else can take it.",
            "Remove `namespace`.",
        );
    }
    if defaults.and_then(|defaults| defaults.tls_only) == Some(false) {
        refuse(
            "`tlsOnly: false` has no meaning on Azure",
            "The storage account is made with HTTPS only; it is a setting of the account, not of a container.",
            "Remove `tlsOnly`.",
        );
    }
}

fn lacks(what: &str, why: &str, fix: &str) -> Error {
    Error::new(Code::AZURE_LACKS, what).why(why).fix(fix)
}
