//! What commands are told about the cluster, and what they do there together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;

use super::interrupt::Stop;
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::{AccessKey, Reference, Secret};
use crate::kube::live::{Applied, ApplyOptions, Cluster};
use crate::kube::push::{Object, ObjectKind, Wishes};
use crate::model::Blueprint;
use crate::spec::{AzureCloud, S3Cloud};

/// Which cluster.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterArguments {
    /// The kubeconfig; else KUBECONFIG, ~/.kube/config, or the pod's own account.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context in it.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl ClusterArguments {
    /// The options that name the same cluster again, as words.
    pub(super) fn options(&self) -> Vec<String> {
        let option = |name: &str, value: Option<String>| value.map(|value| [format!("--{name}"), value]);
        let file = self.kubeconfig.as_ref().map(|path| path.display().to_string());
        [option("kubeconfig", file), option("context", self.context.clone())].into_iter().flatten().flatten().collect()
    }

    /// Connects to the cluster.
    pub(super) async fn connect(&self) -> Result<Cluster> {
        Cluster::connect(self.kubeconfig.as_deref(), self.context.as_deref()).await
    }

    /// The keys that the user brings.
    pub(super) async fn brought_keys(&self, blueprint: &Blueprint) -> Result<BTreeMap<IamName, AccessKey>> {
        // What needs no cluster is said before one is asked.
        crate::files::input::at_hand(blueprint.references())?;
        crate::files::input::brought_keys(blueprint, &self.found(blueprint.references()).await?)
    }

    /// The key that makes the buckets of a store, where the spec names one.
    pub(super) async fn store_key(&self, store: &S3Cloud) -> Result<Option<AccessKey>> {
        let Some(key) = &store.credentials else { return Ok(None) };
        let halves = || [&key.access_key_id, &key.secret_access_key].into_iter();
        crate::files::input::at_hand(halves())?;
        let found = self.found(halves()).await?;
        crate::files::input::store_key(store, &found)
    }

    /// What references give, asked of the environment, of files and, where one leads into it, of the cluster.
    pub(super) async fn resolved(&self, references: &[&Reference]) -> Result<Vec<Secret>> {
        let found = self.found(references.iter().copied()).await?;
        references.iter().map(|reference| crate::files::input::resolve(reference, &found)).collect()
    }

    /// The storage account's key.
    pub(super) async fn account_key(&self, azure: &AzureCloud) -> Result<Secret> {
        let found = self.found(std::iter::once(&azure.account_key)).await?;
        crate::files::input::resolve(&azure.account_key, &found)
    }

    /// What the cluster holds of the references. It is asked only where one leads into it.
    async fn found<'r>(&self, references: impl Iterator<Item = &'r Reference>) -> Result<BTreeMap<Reference, Secret>> {
        let there: BTreeSet<&Reference> =
            references.filter(|reference| matches!(reference, Reference::Kube { .. })).collect();
        if there.is_empty() { Ok(BTreeMap::new()) } else { self.connect().await?.resolve(&there).await }
    }
}

/// What a push does besides applying Secrets.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct PushOptions {
    #[command(flatten)]
    pub(super) cluster: ClusterArguments,
    /// Push the namespaces too.
    #[arg(long)]
    create_namespaces: bool,
    /// Push the ServiceAccounts that a chart uses but does not make, with their role's annotation. All others are the chart's.
    #[arg(long)]
    service_accounts: bool,
    /// Take fields that another manager owns.
    #[arg(long)]
    force_conflicts: bool,
}

impl From<&ClusterArguments> for PushOptions {
    fn from(cluster: &ClusterArguments) -> Self {
        Self { cluster: cluster.clone(), ..Self::default() }
    }
}

impl PushOptions {
    pub(super) fn wishes(&self) -> Wishes {
        Wishes { namespaces: self.create_namespaces, service_accounts: self.service_accounts }
    }

    /// Lets the server check all objects, and keep nothing. All that is wrong is found together.
    pub(super) async fn checked(&self, cluster: &Cluster, objects: &[Object]) -> Result<Vec<Applied>> {
        let manner = ApplyOptions { dry_run: true, force: self.force_conflicts };
        let is_made = |object: &Object| {
            let made =
                |other: &Object| other.kind == ObjectKind::Namespace && object.namespace.as_ref() == Some(&other.name);
            objects.iter().any(made)
        };
        let mut errors = Vec::new();
        let mut applied = Vec::new();
        for object in objects {
            Stop::check(|| format!("letting the cluster check {} {}", object.kind.as_str(), object.name))?;
            match cluster.apply(object, manner).await {
                Ok(one) => applied.push(one),
                Err(error) if error.code() == &Code::NO_NAMESPACE && is_made(object) => {
                    applied.push(Applied::to_be_made(object));
                }
                // What holds for one holds for all.
                Err(error) if [Code::CLUSTER_UNREACHABLE, Code::UNKNOWN_TO_CLUSTER].contains(error.code()) => {
                    return Err(error);
                }
                Err(error) => errors.push(error),
            }
        }
        Error::check(errors)?;
        Ok(applied)
    }

    /// Applies all objects, once the server has checked them all: a conflict with one leaves the others as they were.
    pub(super) async fn applied(&self, cluster: &Cluster, objects: &[Object]) -> Result<Vec<Applied>> {
        self.checked(cluster, objects).await?;
        let manner = ApplyOptions { dry_run: false, force: self.force_conflicts };
        let _careful = Stop::careful();
        let mut applied = Vec::new();
        for object in objects {
            Stop::check(|| {
                format!(
                    "applying {} {}, {} of {} objects",
                    object.kind.as_str(),
                    object.name,
                    applied.len() + 1,
                    objects.len()
                )
            })?;
            applied.push(cluster.apply(object, manner).await?);
        }
        Ok(applied)
    }
}
