//! Observes, makes and proves containers.

use futures_util::future::{join_all, try_join_all};

use super::BlobApi;
use crate::base::error::{Code, Error, Result};
use crate::base::names::BucketName;
use crate::clouds::azure::plan::Plan;
use crate::clouds::azure::{AzureChange, AzureObserved};
use crate::model::proof::{BODY, Probe};
use crate::model::{Blueprint, Change as _, Listener, PrincipalKind, Proof, Trial};

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
    Ok(AzureObserved { containers: Some(containers.into_iter().collect()) })
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

/// Uses the account's key in each container, where it is available. Entra ID's tokens cannot be had here. Once `stopped`
/// nothing more is tried, and what was written is removed.
pub async fn prove(api: Option<&impl BlobApi>, blueprint: &Blueprint, stopped: &dyn Fn() -> bool) -> Proof {
    let mut proof = Proof::default();
    for want in &blueprint.principals {
        let why = match (&want.kind, api) {
            (PrincipalKind::AccountKey(_), Some(api)) => {
                let probe = Probe::of(blueprint, want);
                let trials =
                    join_all(probe.buckets.iter().map(|bucket| in_container(api, &probe, &bucket.name, stopped))).await;
                proof.trials.extend(trials.into_iter().flatten());
                continue;
            }
            (PrincipalKind::AccountKey(key), None) => format!("the storage account's key is not available: `{key}`"),
            (PrincipalKind::Brought(_), _) => {
                "a service principal signs in at Entra ID, which is not asked from here".to_owned()
            }
            _ => "pods exchange their own tokens for this identity; only a pod can try it".to_owned(),
        };
        proof.untried.push(format!("{}: {why}", want.name));
    }
    proof
}

async fn in_container(
    api: &impl BlobApi,
    probe: &Probe,
    container: &BucketName,
    stopped: &dyn Fn() -> bool,
) -> Vec<Trial> {
    if stopped() {
        return Vec::new();
    }
    let blob = probe.object();
    let trial = |action: &str, result: &Result<()>| {
        let note = result.as_ref().err().map(|error| error.what().to_owned());
        probe.trial(container.as_str(), action, result.is_ok(), note)
    };
    let other = || Err(Error::new(Code::AZURE_CALL_FAILED, format!("another blob came back from `{container}`")));
    let put = api.put(container, &blob, BODY).await;
    let mut trials = vec![trial("put", &put)];
    if put.is_err() {
        return trials;
    }
    if !stopped() {
        let got = api.get(container, &blob).await.and_then(|text| if text == BODY { Ok(()) } else { other() });
        trials.push(trial("get", &got));
        let listed = api.lists(container, &blob).await.and_then(|there| if there { Ok(()) } else { other() });
        trials.push(trial("list", &listed));
    }
    trials.push(trial("delete", &api.delete(container, &blob).await));
    trials
}
