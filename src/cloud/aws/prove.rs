//! The proof: the identity that the chart will use, doing what the chart will do.

use std::cell::Cell;

use futures_util::future::join_all;

use super::api::{Answer, AwsApi, BucketApi, ObjectApi};
use super::call::{CallError, Failure};
use super::propagation::{Patience, poll};
use crate::blueprint::{Blueprint, PrincipalKind, PrincipalWant};
use crate::names::{AccountId, Arn, BucketName};
use crate::policy::{BucketGrant, actions_for};
use crate::profile::Access;
use crate::proof::{Proof, Trial};
use crate::render::Facts;
use crate::secret::AccessKey;

/// Proves every principal: keys by using them, roles by IAM's policy simulator.
pub async fn prove(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    facts: &Facts,
    account: &AccountId,
    waiting: &impl Fn(&str) -> bool,
) -> Proof {
    let proofs = join_all(blueprint.principals.iter().map(|want| async move {
        match (&want.kind, facts.keys.get(&want.name)) {
            (PrincipalKind::Role { .. }, _) => role(api, blueprint, want, account).await,
            (_, Some(key)) => by_key(api, blueprint, want, key, Patience::PROPAGATION, waiting).await,
            (_, None) => Proof { trials: Vec::new(), untried: vec![format!("{}: its key is not at hand", want.name)] },
        }
    }))
    .await;
    proofs.into_iter().fold(Proof::default(), |mut all, one| {
        all.trials.extend(one.trials);
        all.untried.extend(one.untried);
        all
    })
}

/// Uses a key in each of its buckets, and where it must not reach.
pub async fn by_key(
    api: &impl BucketApi,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    key: &AccessKey,
    patience: Patience,
    waiting: &impl Fn(&str) -> bool,
) -> Proof {
    let objects = api.as_key(key, blueprint.spec.cloud.region());
    let mut proof = Proof::default();
    if let Err(error) = accepted(&objects, want, patience, waiting).await {
        proof.trials.push(trial(want, "-", "sign in", &Err(error)));
        return proof;
    }
    let trials = join_all(want.grants.iter().map(|grant| in_bucket(&objects, want, grant, patience, waiting))).await;
    proof.trials.extend(trials.into_iter().flatten());
    proof.trials.extend(outside(&objects, blueprint, want).await);
    proof
}

/// Waits until S3 and STS accept a new key three times in a row: one answer does not speak for all of AWS.
async fn accepted(
    objects: &impl ObjectApi,
    want: &PrincipalWant,
    patience: Patience,
    waiting: &impl Fn(&str) -> bool,
) -> Answer<()> {
    let in_a_row = Cell::new(0);
    let call = || async {
        objects.who().await?;
        if let Some(grant) = want.grants.first() {
            objects.list(&grant.bucket, "bucketwright-proof/").await?;
        }
        in_a_row.set(in_a_row.get() + 1);
        Ok::<(), CallError>(())
    };
    let passing = |error: &CallError| {
        in_a_row.set(0);
        matches!(error.kind, Failure::BadCredentials | Failure::Denied | Failure::NotFound)
    };
    while in_a_row.get() < 3 {
        poll(patience, passing, call, || waiting("the key to be accepted everywhere")).await?;
    }
    Ok(())
}

async fn in_bucket(
    objects: &impl ObjectApi,
    want: &PrincipalWant,
    grant: &BucketGrant,
    patience: Patience,
    waiting: &impl Fn(&str) -> bool,
) -> Vec<Trial> {
    let bucket = &grant.bucket;
    let name = bucket.as_str();
    if grant.access == Access::Read {
        let listed = objects.list(bucket, "bucketwright-proof/").await.map(|_| ());
        return vec![trial(want, name, "list", &listed)];
    }
    let object = format!("bucketwright-proof/{}", want.name);
    let body = "Written by bucketwright to prove that this bucket can be used. It may be deleted.";
    let passing =
        |error: &CallError| matches!(error.kind, Failure::Denied | Failure::NotFound | Failure::BadCredentials);
    let put =
        poll(patience, passing, || objects.put(bucket, &object, body), || waiting("the policy to take effect")).await;
    let mut trials = vec![trial(want, name, "put", &put)];
    let got =
        objects.get(bucket, &object).await.and_then(|text| if text == body { Ok(()) } else { Err(mismatch(bucket)) });
    trials.push(trial(want, name, "get", &got));
    trials.push(trial(want, name, "list", &objects.list(bucket, &object).await.map(|_| ())));
    match objects.begin_multipart(bucket, &object).await {
        Ok(upload) => {
            trials.push(trial(want, name, "multipart", &Ok(())));
            trials.push(trial(want, name, "abort", &objects.abort_multipart(bucket, &object, &upload).await));
        }
        Err(error) => trials.push(trial(want, name, "multipart", &Err(error))),
    }
    trials.push(trial(want, name, "delete", &objects.delete(bucket, &object).await));
    trials
}

/// A bucket of the spec that the principal must not reach, and the list of all buckets, which none may have.
async fn outside(objects: &impl ObjectApi, blueprint: &Blueprint, want: &PrincipalWant) -> Vec<Trial> {
    let adopted = blueprint.spec.adopt.iter().any(|name| name.same_as(want.name.as_str()));
    let ours = !adopted && !matches!(want.kind, PrincipalKind::Brought(_));
    let mut trials = vec![refused(want, "(all buckets)", "list all", objects.list_all_buckets().await, ours)];
    let stranger = blueprint.buckets.iter().find(|bucket| !want.grants.iter().any(|grant| grant.bucket == bucket.name));
    if let Some(bucket) = stranger {
        let listed = objects.list(&bucket.name, "").await.map(|_| ());
        trials.push(refused(want, bucket.name.as_str(), "list", listed, ours));
    }
    trials
}

/// Asks IAM's simulator what a role may do: nothing here can take the place of its pods.
async fn role(api: &impl AwsApi, blueprint: &Blueprint, want: &PrincipalWant, account: &AccountId) -> Proof {
    let arn = Arn::iam(blueprint.partition(), account, "role", want.name.as_str());
    let mut proof = Proof::default();
    for access in [Access::Read, Access::ReadWrite] {
        let buckets: Vec<&BucketGrant> = want.grants.iter().filter(|grant| grant.access == access).collect();
        if buckets.is_empty() {
            continue;
        }
        let (on_bucket, on_objects) = actions_for(access);
        let arns: Vec<String> =
            buckets.iter().map(|grant| Arn::bucket(blueprint.partition(), grant.bucket.as_str()).to_string()).collect();
        let objects: Vec<String> = arns.iter().map(|arn| format!("{arn}/bucketwright-proof")).collect();
        let (on_bucket, on_objects) = futures_util::join!(
            simulate(api, want, &arn, on_bucket, &arns),
            simulate(api, want, &arn, on_objects, &objects)
        );
        for answer in [on_bucket, on_objects] {
            match answer {
                Ok(trials) => proof.trials.extend(trials),
                Err(error) => proof.untried.push(format!(
                    "{}: the policy simulator could not be asked ({})",
                    want.name,
                    reason(&error)
                )),
            }
        }
    }
    proof
}

async fn simulate(
    api: &impl AwsApi,
    want: &PrincipalWant,
    arn: &Arn,
    actions: &[&str],
    resources: &[String],
) -> Answer<Vec<Trial>> {
    let passing = |error: &CallError| error.kind == Failure::NotFound;
    let decisions = poll(Patience::PROPAGATION, passing, || api.simulate(arn, actions, resources), || true).await?;
    Ok(decisions
        .into_iter()
        .map(|decision| Trial {
            principal: want.name.to_string(),
            bucket: decision
                .resource
                .rsplit(":::")
                .next()
                .unwrap_or_default()
                .trim_end_matches("/bucketwright-proof")
                .to_owned(),
            action: decision.action,
            passed: decision.decision == "allowed",
            note: (decision.decision != "allowed").then_some(decision.decision),
        })
        .collect())
}

fn trial(want: &PrincipalWant, bucket: &str, action: &str, answer: &Answer<()>) -> Trial {
    let note = answer.as_ref().err().map(reason);
    Trial {
        principal: want.name.to_string(),
        bucket: bucket.to_owned(),
        action: action.to_owned(),
        passed: answer.is_ok(),
        note,
    }
}

/// A trial that passes when AWS refuses.
///
/// A user that was adopted, or a key that was brought, may have rights of its own: that is worth a word, and no failure.
fn refused(want: &PrincipalWant, bucket: &str, action: &str, answer: Answer<()>, ours: bool) -> Trial {
    let (passed, note) = match answer {
        Err(error) if error.kind == Failure::Denied => (true, Some("refused, as it should be".to_owned())),
        Err(error) => (false, Some(reason(&error))),
        Ok(()) if !ours => (true, Some("allowed by rights that it has from elsewhere".to_owned())),
        Ok(()) => (false, Some("allowed, though its policy does not say so: it can do too much".to_owned())),
    };
    Trial { principal: want.name.to_string(), bucket: bucket.to_owned(), action: action.to_owned(), passed, note }
}

fn reason(error: &CallError) -> String {
    if error.code.is_empty() { error.to_string() } else { format!("{}: {}", error.call, error.code) }
}

fn mismatch(bucket: &BucketName) -> CallError {
    CallError {
        call: "s3:GetObject",
        resource: bucket.to_string(),
        kind: Failure::Other,
        code: "ContentMismatch".to_owned(),
        message: "what was read is not what was written".to_owned(),
        request_id: None,
    }
}
