//! From a spec to the cloud that it names: the real one, or one in memory.

use super::cluster::ClusterArguments;
use super::context::Context;
use crate::base::error::{Error, Result};
use crate::base::names::AccountId;
use crate::base::secret::AccessKey;
use crate::blueprint::blueprint;
use crate::clouds::aws::live::Aws;
use crate::clouds::aws::live::rehearsal::RehearsalAccount;
use crate::clouds::aws::live::round_trips::critical_path;
use crate::clouds::aws::live::sdk::SdkAccount;
use crate::clouds::azure::live::{AzureBlobs, RehearsalContainers, StorageAccount};
use crate::clouds::gcp::live::Gcp;
use crate::clouds::gcp::live::rehearsal::RehearsalProject;
use crate::clouds::gcp::live::rest::Google;
use crate::clouds::s3::live::S3Compatible;
use crate::clouds::task::{Called, Task};
use crate::clouds::{LiveCloud, known};
use crate::model::Blueprint;
use crate::spec;
use crate::spec::{AzureCloud, Checksums, S3Cloud, Spec};

/// What is done in the same way in every cloud.
pub(super) trait InCloud {
    /// What it gives.
    type Output;
    /// Does it.
    async fn run(self, cloud: &impl LiveCloud) -> Result<Self::Output>;
}

/// Does work in the cloud that a spec names; a rehearsal in memory.
pub(super) async fn connected<W: InCloud>(
    context: &Context,
    spec: &Spec,
    rehearse: bool,
    cluster: &ClusterArguments,
    work: W,
) -> Result<W::Output> {
    match &spec.cloud {
        spec::Cloud::Aws(_) if rehearse => work.run(&Aws(&with_brought_keys(context, spec)?)).await,
        spec::Cloud::Aws(aws) => {
            let account = context.account(&aws.region, aws.endpoint.as_ref()).await?.owning(aws.account.as_ref());
            let done = work.run(&Aws(&account)).await?;
            let calls = account.calls();
            tracing::debug!("round trips on the critical path: {} of {} calls", critical_path(&calls), calls.len());
            Ok(done)
        }
        spec::Cloud::S3(store) if rehearse => {
            let api = rehearsal(spec)?.any_key(true);
            work.run(&S3Compatible { api: &api, newer_checksums: None, store }).await
        }
        spec::Cloud::S3(store) => {
            let key = cluster.store_key(store).await?;
            let authority = Context::authority()?;
            let authority = authority.as_deref();
            work.run(&S3Compatible {
                api: &SdkAccount::for_store(store, key.as_ref(), authority).await?.audited(context.audit_file()?),
                newer_checksums: Some(&newer(store, key.as_ref(), authority).await?),
                store,
            })
            .await
        }
        spec::Cloud::Gcp(gcp) if rehearse => work.run(&Gcp { api: &RehearsalProject::new(gcp), gcp }).await,
        spec::Cloud::Gcp(gcp) => work.run(&Gcp { api: &Google::connect(gcp, context.audit_file()?)?, gcp }).await,
        spec::Cloud::Azure(_) if rehearse => work.run(&AzureBlobs(Some(&RehearsalContainers::default()))).await,
        spec::Cloud::Azure(azure) => {
            let account = key_holder(context, azure, cluster).await?;
            work.run(&AzureBlobs(account.as_ref())).await
        }
    }
}

/// The storage account of a spec, if one of its keys is available.
async fn key_holder(
    context: &Context,
    azure: &AzureCloud,
    cluster: &ClusterArguments,
) -> Result<Option<StorageAccount>> {
    let Ok(key) = cluster.account_key(azure).await else { return Ok(None) };
    let endpoint = crate::files::input::blob_endpoint();
    Ok(Some(StorageAccount::new(azure, endpoint.as_deref(), &key)?.audited(context.audit_file()?)))
}

/// Refuses what the spec's cloud leaves to its own tool. The lines that do the same are printed whole, for a shell to take: a message
/// is wrapped.
///
/// # Errors
/// `BW1408`, `BW1508`, `BW1610`.
pub(super) fn carried_out_here(context: &Context, spec: &Spec, task: Task) -> Result<()> {
    carried_out_as_called(context, spec, task, &Called::default(), &|| context.blueprint(spec.clone(), None))
}

/// The same for a command whose lines repeat its options, and concern what `blueprint` holds alone.
///
/// # Errors
/// `BW1408`, `BW1508`, `BW1610`, and those of `blueprint`.
pub(super) fn carried_out_as_called(
    context: &Context,
    spec: &Spec,
    task: Task,
    called: &Called,
    blueprint: &dyn Fn() -> Result<Blueprint>,
) -> Result<()> {
    let Some(left) = known(&spec.cloud).left_to_tool(spec, task, blueprint, called)? else { return Ok(()) };
    if left.lines.is_empty() {
        return Err(left.error);
    }
    let lines = left.lines.join("\n");
    if context.json() {
        return Err(left.error.fix(lines));
    }
    context.screen.exact(&lines);
    Err(left.error)
}

/// Sees, before anything is asked, that a run has what it needs from its surroundings.
///
/// # Errors
/// `BW0701`, `BW0817`; on Azure `BW1608`, `BW1610`.
pub(super) fn ready(context: &Context, spec: &Spec, rehearse: bool, cluster: &ClusterArguments) -> Result<()> {
    let cloud = known(&spec.cloud);
    let Some(without_key) = cloud.without_own_key(spec).filter(|_| !rehearse) else {
        return references_first(context, spec, rehearse);
    };
    Error::check(cloud.unready(&blueprint(spec.clone(), &context.catalogue()?, None)?))?;
    let resolved = Context::block_on(cluster.resolved(&cloud.own_key()));
    resolved.map(drop).map_err(|_| without_key)
}

/// The same store, asked with the checksums that not every server takes.
async fn newer(store: &S3Cloud, key: Option<&AccessKey>, authority: Option<&str>) -> Result<SdkAccount> {
    SdkAccount::for_store(&S3Cloud { checksums: Checksums::WhenSupported, ..store.clone() }, key, authority).await
}

/// Sees, before anything is asked, that the references of the keys which the user brings lead somewhere, those of a store's own
/// key included. What lies in a cluster is left to later. A rehearsal says which variables are not set and takes stand-ins.
///
/// # Errors
/// `BW0701`, one list; `BW0817`.
pub(super) fn references_first(context: &Context, spec: &Spec, rehearse: bool) -> Result<()> {
    let blueprint = blueprint(spec.clone(), &context.catalogue()?, Some(&account_or_stand_in(spec)?))?;
    if rehearse {
        let (_, unset) = crate::files::input::stand_ins(&blueprint);
        if !unset.is_empty() {
            let names: Vec<String> = unset.into_iter().collect();
            context.screen.say(&format!("Not set: {}. The rehearsal takes stand-ins.", names.join(", ")));
        }
        return Ok(());
    }
    crate::files::input::at_hand(blueprint.references().chain(known(&spec.cloud).own_key()))
}

/// The account of a rehearsal in which the keys that the user brings may do what the spec says.
fn with_brought_keys(context: &Context, spec: &Spec) -> Result<RehearsalAccount> {
    let account = rehearsal(spec)?;
    let blueprint = blueprint(spec.clone(), &context.catalogue()?, Some(&account_or_stand_in(spec)?))?;
    for (name, key) in crate::files::input::stand_ins(&blueprint).0 {
        if let Some(want) = blueprint.principal(&name) {
            account.bring(name.as_str(), key, want.policy(&blueprint.spec.cloud));
        }
    }
    Ok(account)
}

/// The account that the spec names; where it names none, one that stands in for it.
fn account_or_stand_in(spec: &Spec) -> Result<AccountId> {
    spec.cloud.account().map_or_else(|| AccountId::parse("000000000000"), |account| Ok(account.clone()))
}

/// The account of a rehearsal: it has the cluster that the spec names, whatever its name.
pub(super) fn rehearsal(spec: &Spec) -> Result<RehearsalAccount> {
    Ok(RehearsalAccount::new(account_or_stand_in(spec)?, spec.cloud.region().clone())
        .in_partition(spec.cloud.partition())
        .any_cluster(true))
}
