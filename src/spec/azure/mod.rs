//! What a spec says of Azure alone.

pub(super) mod check;
mod environment;
mod locations;
mod names;

pub use environment::AzureEnvironment;
pub use locations::known_location;
pub use names::{Guid, ResourceGroup, StorageAccount, StorageDomain, TokenIssuer, location};

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::names::{BucketName, Region};
use crate::base::secret::Reference;
use crate::base::shell::word;
use crate::spec::SpecDocument;
use crate::spec::check::Checker;
use crate::spec::cloud::{Checked, Settings};

/// A storage account of Azure's; its containers are the buckets.
#[derive(Clone, Debug)]
pub struct AzureCloud {
    /// The subscription.
    pub subscription: Guid,
    /// The resource group of the account and the identities.
    pub resource_group: ResourceGroup,
    /// The storage account.
    pub storage_account: StorageAccount,
    /// The location.
    pub location: Region,
    /// The tenant, which a service principal needs.
    pub tenant: Option<Guid>,
    /// The domain of the account.
    pub domain: StorageDomain,
    /// Where one of the account's keys is to be found.
    pub account_key: Reference,
    /// For how many days what was deleted can be brought back.
    pub soft_delete_days: Option<u16>,
    /// The client ids of managed identities that exist, by name.
    pub client_ids: BTreeMap<String, Guid>,
    /// The AKS cluster.
    pub cluster: Option<AksCluster>,
}

impl AzureCloud {
    /// The one of Azure's clouds that the location is in.
    pub fn environment(&self) -> AzureEnvironment {
        AzureEnvironment::of(&self.location)
    }

    /// The subscription and the resource group, as commands of the Azure CLI take them.
    pub fn place(&self) -> String {
        format!("--subscription {} --resource-group {}", self.subscription, word(self.resource_group.as_str()))
    }
}

/// An AKS cluster.
#[derive(Clone, Debug)]
pub struct AksCluster {
    /// Its name.
    pub name: String,
    /// The issuer of its tokens, if the spec names it.
    pub issuer: Option<TokenIssuer>,
}

impl Checked for AzureCloud {
    const KEYS: &'static [&'static str] = &[
        "allowUnknownRegion",
        "cluster",
        "location",
        "subscription",
        "resourceGroup",
        "storageAccount",
        "tenant",
        "domain",
        "accountKey",
        "softDeleteDays",
        "clientIds",
    ];
    const NEEDED: &'static [&'static str] = &["subscription", "resourceGroup", "storageAccount", "location"];

    fn check(checker: &mut Checker, document: &SpecDocument) -> Option<Self> {
        check::azure(checker, document)
    }

    fn example(identities: &[String]) -> Value {
        let id = |name: &String| (name.clone(), json!("00000000-0000-0000-0000-000000000000"));
        json!({
            "provider": "azure",
            "subscription": "11111111-2222-3333-4444-555555555555",
            "resourceGroup": "trial",
            "storageAccount": "trial",
            "location": "westeurope",
            "clientIds": identities.iter().map(id).collect::<serde_json::Map<_, _>>(),
            "cluster": {"name": "prod", "oidcIssuer": "https://westeurope.oic.prod-aks.azure.com/a/b/"}
        })
    }
}

impl Settings for AzureCloud {
    fn region(&self) -> &Region {
        &self.location
    }

    fn bucket_name(&self, text: &str) -> Result<BucketName> {
        BucketName::parse_container(text)
    }
}
