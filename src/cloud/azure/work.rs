//! Observes, makes and proves containers.

use futures_util::future::{join_all, try_join_all};

use super::BlobApi;
use crate::blueprint::{Blueprint, PrincipalKind, PrincipalWant};
use crate::error::{Code, Error, Result};
use crate::names::BucketName;
use crate::plan::{AzureObserved, Change, Listener, Plan};
use crate::proof::{Proof, Trial};

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
            listener.doing(step, &Change::CreateContainer.words())?;
            api.create(&want.name, blueprint.spec.name.as_str()).await?;
            listener.done(step);
            Ok(())
        })
    });
    Error::check(join_all(made).await.into_iter().filter_map(Result::err).collect())
}

/// Uses the account's key in each container. Entra ID's tokens cannot be had here.
pub async fn prove(api: &impl BlobApi, blueprint: &Blueprint) -> Proof {
    let mut proof = Proof::default();
    for want in &blueprint.principals {
        match &want.kind {
            PrincipalKind::AccountKey(_) => {
                let trials = join_all(want.grants.iter().map(|grant| in_container(api, want, &grant.bucket))).await;
                proof.trials.extend(trials.into_iter().flatten());
            }
            PrincipalKind::Brought(_) => proof
                .untried
                .push(format!("{}: a service principal signs in at Entra ID, which is not asked from here", want.name)),
            _ => proof.untried.push(format!(
                "{}: pods exchange their own tokens for this identity; only a pod can try it",
                want.name
            )),
        }
    }
    proof
}

async fn in_container(api: &impl BlobApi, want: &PrincipalWant, container: &BucketName) -> Vec<Trial> {
    let blob = format!("bucketwright-proof/{}", want.name);
    let body = "Written by bucketwright to prove that this container can be used. It may be deleted.";
    let other = || Err(Error::new(Code::AZURE_CALL_FAILED, format!("another blob came back from `{container}`")));
    let put = api.put(container, &blob, body).await;
    let written = put.is_ok();
    let mut trials = vec![trial(want, container, "put", &put)];
    if !written {
        return trials;
    }
    let got = api.get(container, &blob).await.and_then(|text| if text == body { Ok(()) } else { other() });
    trials.push(trial(want, container, "get", &got));
    let listed = api.lists(container, &blob).await.and_then(|there| if there { Ok(()) } else { other() });
    trials.push(trial(want, container, "list", &listed));
    trials.push(trial(want, container, "delete", &api.delete(container, &blob).await));
    trials
}

fn trial(want: &PrincipalWant, container: &BucketName, action: &str, result: &Result<()>) -> Trial {
    Trial {
        principal: want.name.to_string(),
        bucket: container.to_string(),
        action: action.to_owned(),
        passed: result.is_ok(),
        note: result.as_ref().err().map(|error| error.what().to_owned()),
    }
}
