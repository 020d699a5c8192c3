//! Questions about a storage account of Azure's. Nothing is looked up: what exists there is the Azure CLI's to tell.

use serde_json::{Value, json};

use super::s3::{KeyDraft, proposed};
use super::{Identified, Words};
use crate::spec::{Identity, Provider};
use crate::wizard::ask::Wizard;
use crate::wizard::names::on_azure;
use crate::wizard::{Asked, Item, Question};

/// What the questions say of Azure.
pub(super) const WORDS: Words = Words {
    choice: "Microsoft Azure",
    proves_to: "Azure",
    bucket_names: "Each is a container. `bucketwright export --as az` prints the lines that make the account and identities.",
    make: "Shall the containers be made now?",
    identity,
    ask: |wizard| wizard.azure(),
};

fn identity(identity: Identity) -> Identified {
    let (label, means) = match identity {
        Identity::StaticKeys => (
            "Static keys, the storage account's key in a Secret",
            "Works on every cluster, but whoever reads the key can use the whole storage account until it is rotated.",
        ),
        Identity::WorkloadIdentity => (
            "Workload identity, without keys",
            "Only this chart's pods get in, and there is no key to leak or rotate; the cluster must be AKS with its OIDC \
             issuer on.",
        ),
        other => return super::aws::identity(other),
    };
    Identified { label, means }
}

/// What was answered about Azure.
#[derive(Clone, Debug, Default)]
pub(in crate::wizard) struct AzureDraft {
    pub(in crate::wizard) subscription: String,
    pub(in crate::wizard) resource_group: String,
    pub(in crate::wizard) storage_account: String,
    pub(in crate::wizard) location: String,
    /// Where one of the account's keys is found.
    pub(in crate::wizard) account_key: String,
    /// The tenant of a service principal.
    pub(in crate::wizard) tenant: Option<String>,
}

/// Where the account's key is found when nothing else is said.
const ACCOUNT_KEY: &str = "env:AZURE_STORAGE_KEY";
/// A tenant to try with, before there is one.
const ANY_TENANT: &str = "00000000-0000-0000-0000-000000000000";

impl AzureDraft {
    /// The keys of the spec, with the reason for each.
    pub(in crate::wizard) fn keys(&self) -> Vec<(&'static str, Value, &'static str)> {
        let mut keys = vec![
            ("subscription", json!(self.subscription), "Whose bill it is; the lines for `az` name it."),
            ("resourceGroup", json!(self.resource_group), "Where the account and the identities lie."),
            ("storageAccount", json!(self.storage_account), "The buckets are its containers."),
            ("location", json!(self.location), "Where the account is made."),
        ];
        if self.account_key != ACCOUNT_KEY {
            keys.push(("accountKey", json!(self.account_key), "Where one of the account's keys is found."));
        }
        if let Some(tenant) = &self.tenant {
            keys.push(("tenant", json!(tenant), "Only there are the service principals of the charts known."));
        }
        keys
    }
}

impl Wizard<'_, '_> {
    /// Asks for everything about the storage account.
    pub(in crate::wizard) fn azure(&mut self) -> Asked<()> {
        let near = self.world.managed().filter(|managed| managed.provider == Provider::Azure).cloned();
        let name = self.draft.name.clone();
        let words: String = name.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let subscription = self.on_azure(
            "subscription",
            "Subscription id",
            "`az account show --query id --output tsv` prints it.",
            None,
        )?;
        let resource_group = self.on_azure(
            "resourceGroup",
            "Resource group",
            "Storage account and identities are in it. It is made if it is not there.",
            Some(&name),
        )?;
        let storage_account = self.on_azure(
            "storageAccount",
            "Storage account",
            "3 to 24 lower-case letters and digits. The name is taken once only in all of Azure.",
            (words.len() > 2).then_some(&words),
        )?;
        let location = self.on_azure(
            "location",
            "Location",
            "Take your cluster's. `az account list-locations --query '[].name' --output tsv` shows them.",
            near.as_ref().map(|near| near.location.as_str()),
        )?;
        let account_key = self.on_azure(
            "accountKey",
            "Where one of the account's keys is",
            "`env:NAME` or `file:PATH`: the spec never holds a key. It makes the containers and tries them.",
            Some(ACCOUNT_KEY),
        )?;
        self.draft.azure =
            Some(AzureDraft { subscription, resource_group, storage_account, location, account_key, tenant: None });
        Ok(())
    }

    fn on_azure(&mut self, key: &str, ask: &str, why: &str, proposed: Option<&str>) -> Asked<String> {
        let question = Question::new(format!("cloud.{key}"), ask, why);
        self.prompter.text(&question, proposed, &|text| on_azure(key, &json!(text)))
    }

    /// Asks whether charts that can use one bring a service principal instead of the account's key, which opens everything.
    pub(in crate::wizard) fn service_principal(&mut self, index: usize) -> Asked<()> {
        let able = self.able(index);
        if able.is_empty() {
            return Ok(());
        }
        let (title, id) = (self.draft.installs[index].title().to_owned(), self.draft.installs[index].id().to_owned());
        let question = Question::new(
            format!("{id}.credentials"),
            format!("Key with which {title} reaches its containers"),
            "The account's key opens every container and all settings. A service principal is limited to the containers that it \
             is given.",
        );
        let items = [
            Item::new("account", "the storage account's key"),
            Item::new("principal", "a service principal that you bring"),
        ];
        if self.prompter.choose(&question, &items, Some(0))? == 0 {
            self.draft.installs[index].keys = Vec::new();
            return Ok(());
        }
        let known = self.draft.azure.as_ref().and_then(|azure| azure.tenant.clone());
        let tenant = self.on_azure(
            "tenant",
            "Tenant id of the service principal",
            "`az account show --query tenantId --output tsv` prints it.",
            known.as_deref(),
        )?;
        if let Some(azure) = &mut self.draft.azure {
            azure.tenant = Some(tenant);
        }
        let keys: Asked<Vec<KeyDraft>> = able.into_iter().map(|key| self.typed_key(&id, key)).collect();
        self.draft.installs[index].keys = keys?;
        Ok(())
    }

    /// The components of an install that could use a service principal, each with proposed references: that is tried, not known.
    fn able(&self, index: usize) -> Vec<KeyDraft> {
        let users = self.users(index);
        let could = |(component, name): (Option<String>, String)| {
            let key = proposed(component, &name, false);
            let mut draft = self.draft.clone();
            draft.azure.as_mut()?.tenant.get_or_insert_with(|| ANY_TENANT.to_owned());
            draft.installs[index].keys = vec![key.clone()];
            let good = draft.trial(index, self.catalogue).is_ok();
            (draft.installs[index].identity == Identity::StaticKeys && good).then_some(key)
        };
        users.into_iter().filter_map(could).collect()
    }

    /// Asks for the cluster whose tokens the identities take.
    pub(in crate::wizard) fn aks_cluster(&mut self) -> Asked<()> {
        let question = Question::new(
            "cloud.cluster.name",
            "AKS cluster that the charts run in",
            "Pods elsewhere are refused. `az aks list --query '[].name' --output tsv` shows the names.",
        );
        let check = |text: &str| on_azure("cluster", &json!({"name": text}));
        let near = self.world.managed().filter(|managed| managed.provider == Provider::Azure);
        let near = near.and_then(|near| near.cluster.clone());
        let name = self.prompter.text(&question, near.as_deref(), &check)?;
        self.draft.cluster = Some(name);
        let key = "cloud.cluster.oidcIssuer";
        if self.prompter.knows(key) {
            let question = Question::new(key, "OIDC issuer of the cluster", "AKS's end with a slash.");
            let check = |text: &str| on_azure("cluster", &json!({"name": "cluster", "oidcIssuer": text}));
            self.draft.aks_issuer = Some(self.prompter.text(&question, None, &check)?);
        }
        Ok(())
    }
}
