//! Which cluster, and as whom.

use std::error::Error as _;
use std::path::Path;

use kube::Config;
use kube::client::ClientBuilder;
use kube::config::{InferConfigError, KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::Cluster;
use super::bounds::Bounds;
use super::failure::causes;
use super::plugin::logged_in;
use crate::base::error::{Code, Error, Result};

impl Cluster {
    /// Connects by a kubeconfig and context, else by `KUBECONFIG`, `~/.kube/config`, or as a pod inside the cluster.
    ///
    /// # Errors
    /// `BW1101`.
    pub async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Self> {
        let asked = kubeconfig.is_some() || context.is_some();
        let config = match kubeconfig.map_or_else(Kubeconfig::read, Kubeconfig::read_from) {
            Ok(file) if asked || file.current_context.is_some() => of_file(file, context).await?,
            Err(error) if asked => return Err(unusable(causes(&error))),
            // A pod of the cluster has an account of its own.
            _ => Config::infer().await.map_err(|error| unusable(not_found(&error)))?,
        };
        let address = config.cluster_url.to_string();
        let client = ClientBuilder::try_from(config).map_err(|error| unusable(causes(&error)))?;
        let client = client.with_layer(&Bounds).build();
        Ok(Self { client, address })
    }
}

/// The contexts of the kubeconfig that is found without a word; none where there is no such file.
pub fn contexts() -> Vec<String> {
    let file = Kubeconfig::read().unwrap_or_default();
    file.contexts.into_iter().map(|context| context.name).collect()
}

/// The cluster and the caller of a kubeconfig.
async fn of_file(mut file: Kubeconfig, context: Option<&str>) -> Result<Config> {
    named(&file, context)?;
    let wanted = context.map(str::to_owned);
    let login = move || logged_in(&mut file, wanted.as_deref()).map(|()| file);
    let file = tokio::task::spawn_blocking(login).await.map_err(|error| unusable(error.to_string()))?;
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(file.map_err(unusable)?, &options).await;
    config.map_err(|error| unusable(causes(&error)))
}

/// Whether the wanted context is there; the message lists those that are.
fn named(file: &Kubeconfig, context: Option<&str>) -> Result<()> {
    let known: Vec<&str> = file.contexts.iter().map(|context| context.name.as_str()).collect();
    match context.filter(|wanted| !known.contains(wanted)) {
        Some(wanted) if known.is_empty() => Err(unusable(format!("It has no context `{wanted}`, and no other."))),
        Some(wanted) => Err(unusable(format!("It has no context `{wanted}`. Known: {}.", known.join(", ")))),
        None => Ok(()),
    }
}

/// Why neither a kubeconfig nor a pod's account was found. The path of a file that is simply not there says nothing.
fn not_found(error: &InferConfigError) -> String {
    let cause = error.source();
    match cause.and_then(|cause| cause.downcast_ref::<KubeconfigError>()) {
        Some(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => {
            "Neither KUBECONFIG nor ~/.kube/config is there, and this is no pod of a cluster.".to_owned()
        }
        _ => cause.map_or_else(|| causes(error), causes),
    }
}

fn unusable(why: String) -> Error {
    Error::new(Code::NO_KUBECONFIG, "there is no usable kubeconfig or context")
        .why(why)
        .fix("Name them with `--kubeconfig FILE` and `--context NAME`, or set KUBECONFIG.")
}
