//! Observes, makes and proves containers.

use futures_util::future::{join_all, try_join_all};

use super::BlobApi;
use crate::base::error::{Error, Result};
use crate::base::names::BucketName;
use crate::clouds::azure::plan::Plan;
use crate::clouds::azure::standing::standing;
use crate::clouds::azure::{AzureChange, AzureObserved, ContainerObserved};
use crate::clouds::patience::Patience;
use crate::clouds::trial::{ProofOptions, prove_each, prove_with, untried};
use crate::model::proof::{Probe, ProbeBucket, judged};
use crate::model::{Blueprint, Change as _, Listener, PrincipalKind, Proof};
use crate::profile::Access;

/// Observes every container of a blueprint.
///
/// # Errors
/// `BW162x` when the account cannot be reached or does not accept the key.
pub async fn observe(api: &impl BlobApi, blueprint: &Blueprint) -> Result<AzureObserved> {
    let one = |name: BucketName| async move { api.container(&name).await.map(|found| (name, found)) };
    // The first alone: where the account does not answer, one call waits for it, not all.
    let mut names = blueprint.buckets.iter().map(|want| want.name.clone());
    let mut containers = Vec::new();
    if let Some(first) = names.next() {
        containers.push(one(first).await?);
    }
    containers.extend(try_join_all(names.map(one)).await?);
    let there = containers.iter().find(|(_, found)| *found != ContainerObserved::Absent);
    let anonymous = match there {
        Some((name, _)) => api.anonymous(name).await,
        None => None,
    };
    Ok(AzureObserved { containers: Some(containers.into_iter().collect()), anonymous })
}

/// Makes the containers that a plan says are missing.
///
/// # Errors
/// All failures, joined.
pub async fn apply(api: &impl BlobApi, blueprint: &Blueprint, plan: &Plan, listener: &impl Listener) -> Result<()> {
    let made = blueprint.buckets.iter().filter_map(|want| {
        let step = plan.steps.iter().find(|step| step.name == want.name.as_str() && !step.changes.is_empty())?;
        Some(async move {
            listener.doing(step, &AzureChange::CreateContainer.words())?;
            api.create(&want.name, blueprint.spec.name.as_str()).await?;
            listener.done(step);
            Ok(())
        })
    });
    Error::check(join_all(made).await.into_iter().filter_map(Result::err).collect())
}

/// Uses the account's key in each container, where it is available. Entra ID's tokens cannot be had here.
pub async fn prove(api: Option<&impl BlobApi>, blueprint: &Blueprint, options: ProofOptions<'_>) -> Proof {
    // Azure Storage is strongly consistent: what it does not know at once is wrong. Source: Azure Storage documentation, "Manage concurrency in Blob Storage".
    let options = ProofOptions { patience: Patience::NEARBY, ..options };
    let mut all = prove_each(blueprint, async |want| match (&want.kind, api) {
        (PrincipalKind::AccountKey(_), Some(api)) => {
            prove_with(api, &of_the_account(Probe::of(blueprint, want)), options).await
        }
        (PrincipalKind::AccountKey(key), None) => {
            untried(want, &format!("the storage account's key is not available: `{key}`"))
        }
        (PrincipalKind::Brought(_), _) => {
            untried(want, "a service principal signs in at Entra ID, which is not asked from here")
        }
        _ => untried(want, "pods exchange their own tokens for this identity; only a pod can try it"),
    })
    .await;
    if let Some(api) = api.filter(|_| options.whole && !(options.stopped)()) {
        all.extend([others(api, blueprint).await]);
    }
    all
}

/// What others gained on the containers, by the same reads and the same judge as `plan`.
async fn others(api: &impl BlobApi, blueprint: &Blueprint) -> Proof {
    match observe(api, blueprint).await {
        Ok(observed) => judged(blueprint, &standing(blueprint, &observed)),
        Err(error) => {
            let words = format!("who else may reach the containers is not judged: {}", error.what());
            Proof { untried: vec![words], ..Proof::default() }
        }
    }
}

/// What the account's key has to show: it may write in every container, and nothing is refused to it.
fn of_the_account(probe: Probe) -> Probe {
    let buckets = probe.buckets.into_iter().map(|bucket| ProbeBucket { access: Access::ReadWrite, ..bucket });
    Probe { buckets: buckets.collect(), outside: None, ..probe }
}
