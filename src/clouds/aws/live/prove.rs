//! The proof: the identity that the chart will use, doing what the chart will do.

use std::cell::Cell;

use futures_util::future::join_all;

use super::api::{AwsApi, BucketApi, ObjectApi};
use super::older;
use super::trust::trusted;
use crate::base::names::{AccountId, Arn, BucketName, Kind};
use crate::base::secret::AccessKey;
use crate::clouds::aws::plan::standing;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::patience::poll;
use crate::clouds::proving::Manner;
use crate::model::proof::{BODY, PREFIX, Probe, ProbeBucket, judged};
use crate::model::{AtHand, Blueprint, Facts, PrincipalKind, PrincipalWant, Proof, Trial};
use crate::policy::{BucketGrant, actions_for};
use crate::profile::Access;

/// Proves every principal: keys by using them, roles by their trust and IAM's policy simulator.
pub async fn prove(api: &impl AwsApi, blueprint: &Blueprint, facts: &Facts, manner: Manner<'_>) -> Proof {
    let proofs = join_all(blueprint.principals.iter().map(|want| async move {
        let missing = match (&want.kind, facts.keys.get(&want.name), &blueprint.account) {
            (PrincipalKind::Role { .. }, _, Some(account)) => {
                return role(api, blueprint, want, account, manner).await;
            }
            (PrincipalKind::Role { .. }, ..) => "the account",
            (_, Some(key), _) => return by_key(api, &Probe::of(blueprint, want), key, manner).await,
            (_, None, _) => "its key",
        };
        Proof { untried: vec![format!("{}: {missing} is not available", want.name)], ..Proof::default() }
    }))
    .await;
    let mut all = Proof::default();
    all.extend(proofs);
    if manner.whole && !(manner.stopped)() {
        all.extend([others(api, blueprint).await]);
    }
    all
}

/// What others gained in the account, by the same reads and the same judge as `plan`.
async fn others(api: &impl AwsApi, blueprint: &Blueprint) -> Proof {
    const WHAT: &str = "who else may become the roles, use the users or reach the buckets is not judged";
    if blueprint.account.is_none() {
        let words = format!("{WHAT}: the run has no credentials for the account");
        return Proof { unjudged: vec![words], ..Proof::default() };
    }
    match super::observe::observe(api, blueprint, AtHand::default()).await {
        Ok(observed) => judged(blueprint, &standing(blueprint, &observed)),
        Err(error) => Proof { untried: vec![format!("{WHAT}: {}", error.what())], ..Proof::default() },
    }
}

/// Uses a key in each of its buckets, and where it must not reach.
pub async fn by_key(api: &impl BucketApi, probe: &Probe, key: &AccessKey, manner: Manner<'_>) -> Proof {
    tried(&api.as_key(key, &probe.region), probe, manner).await
}

/// Does what the chart will do, as whoever this is.
pub async fn tried(objects: &impl ObjectApi, probe: &Probe, manner: Manner<'_>) -> Proof {
    let mut proof = Proof::default();
    if manner.whole {
        let who = objects.who().await;
        let known = who.is_ok();
        proof.trials.push(identity(probe, who));
        if !known {
            return proof;
        }
    } else if let Err(error) = accepted(objects, probe, manner).await {
        proof.trials.push(trial(probe, "-", "sign in", &Err(error)));
        return proof;
    }
    let trials = join_all(probe.buckets.iter().map(|bucket| in_bucket(objects, probe, bucket, manner))).await;
    proof.trials.extend(trials.into_iter().flatten());
    if !(manner.stopped)() {
        proof.trials.extend(outside(objects, probe).await);
    }
    proof
}

/// Who AWS takes the caller for, and whether it is the one meant: a pod without its role is its node.
fn identity(probe: &Probe, who: Answer<Option<String>>) -> Trial {
    let (passed, note) = match who {
        // A store has no STS: that the key works is all that it tells.
        Ok(None) => (true, "the store does not tell who a key is".to_owned()),
        Ok(Some(seen)) if probe.is(&seen) || (!probe.ours && probe.arn.is_none()) => (true, seen),
        Ok(Some(seen)) => (false, format!("AWS sees {seen}, which is not {}", probe.principal)),
        Err(error) => (false, reason(&error)),
    };
    probe.trial("(identity)", "is who it should be", passed, Some(note))
}

/// Waits until S3 and STS accept a new key three times in a row: one answer does not speak for all of AWS.
async fn accepted(objects: &impl ObjectApi, probe: &Probe, manner: Manner<'_>) -> Answer<()> {
    let in_a_row = Cell::new(0);
    let call = || async {
        objects.who().await?;
        if let Some(bucket) = probe.buckets.first() {
            objects.list(&bucket.name, PREFIX).await?;
        }
        in_a_row.set(in_a_row.get() + 1);
        Ok::<(), CallError>(())
    };
    let passing = |error: &CallError| {
        in_a_row.set(0);
        matches!(error.kind, Failure::BadCredentials | Failure::Denied | Failure::NotFound)
    };
    while in_a_row.get() < 3 {
        let waiting = || (manner.waiting)("the key to be accepted everywhere");
        poll(manner.patience, passing, call, waiting).await?;
    }
    Ok(())
}

/// What the chart will do in a bucket. What is written is removed whatever happens, unless the program is killed; then
/// the next run does, because the object's name is the same.
async fn in_bucket(objects: &impl ObjectApi, probe: &Probe, bucket: &ProbeBucket, manner: Manner<'_>) -> Vec<Trial> {
    if (manner.stopped)() {
        return Vec::new();
    }
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    if bucket.access == Access::Read {
        return read_only(objects, probe, bucket, manner).await;
    }
    let passing =
        |error: &CallError| matches!(error.kind, Failure::Denied | Failure::NotFound | Failure::BadCredentials);
    let waiting = || (manner.waiting)("the policy to take effect");
    let put = poll(manner.patience, passing, || objects.put(name, &key, BODY), waiting).await;
    let mut trials = vec![trial(probe, place, "put", &put)];
    if !(manner.stopped)() {
        trials.push(trial(probe, place, "get", &same(name, objects.get(name, &key).await)));
        trials.push(trial(probe, place, "list", &objects.list(name, &key).await.map(|_| ())));
        match objects.begin_multipart(name, &key).await {
            Ok(upload) => {
                trials.push(trial(probe, place, "multipart", &Ok(())));
                trials.push(trial(probe, place, "abort", &objects.abort_multipart(name, &key, &upload).await));
            }
            Err(error) => trials.push(trial(probe, place, "multipart", &Err(error))),
        }
    }
    if manner.whole && !(manner.stopped)() {
        trials.push(trial(probe, place, "presigned get", &same(name, objects.get_presigned(name, &key).await)));
        for question in &bucket.preflights {
            // A browser asks before anything is there, so no object is needed.
            let (action, nothing) = (format!("preflight {}", question.method), format!("{PREFIX}preflight"));
            trials.push(trial(probe, place, &action, &objects.preflight(name, &nothing, question).await));
        }
    }
    if put.is_ok() && !(manner.stopped)() {
        trials.extend(older::read(objects, probe, bucket).await);
    }
    let mut deleted = trial(probe, place, "delete", &objects.delete(name, &key).await);
    if !deleted.passed && put.is_ok() {
        deleted.note = deleted.note.map(|note| format!("{note}; {key} is left in the bucket"));
    }
    trials.push(deleted);
    trials
}

/// What the chart will do in a bucket that it may only read. That an object which is not there is missing, and not
/// refused, shows the right to get. Source: Amazon S3 API, GetObject, "Permissions".
async fn read_only(objects: &impl ObjectApi, probe: &Probe, bucket: &ProbeBucket, manner: Manner<'_>) -> Vec<Trial> {
    let (name, place, key) = (&bucket.name, bucket.name.as_str(), probe.object());
    let mut trials = vec![trial(probe, place, "list", &objects.list(name, PREFIX).await.map(|_| ()))];
    trials.extend(older::read(objects, probe, bucket).await);
    if manner.whole {
        let got = match objects.get(name, &key).await {
            Err(error) if error.kind == Failure::NotFound => Ok(()),
            other => other.map(drop),
        };
        trials.push(trial(probe, place, "get", &got));
        let put = objects.put(name, &key, BODY).await;
        let written = put.is_ok();
        trials.push(refused(probe, place, "put", put));
        if written {
            trials.push(trial(probe, place, "delete", &objects.delete(name, &key).await));
        }
    }
    trials
}

/// A bucket of the spec that the principal must not reach, and the list of all buckets, which none may have.
async fn outside(objects: &impl ObjectApi, probe: &Probe) -> Vec<Trial> {
    let mut trials = vec![refused(probe, "(all buckets)", "list all", objects.list_all_buckets().await)];
    if let Some(bucket) = &probe.outside {
        let listed = objects.list(bucket, "").await.map(|_| ());
        trials.push(refused(probe, bucket.as_str(), "list", listed));
    }
    trials
}

/// Asks IAM's simulator what a role may do: nothing here can take the place of its pods.
async fn role(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    account: &AccountId,
    manner: Manner<'_>,
) -> Proof {
    let probe = Probe::of(blueprint, want);
    let arn = blueprint.spec.cloud.iam_arn(account, Kind::Role, want.name.as_str());
    let mut proof = if manner.whole { trusted(api, blueprint, want, account).await } else { Proof::default() };
    if proof.trials.iter().any(|trial| trial.action == super::trust::EXISTS && !trial.passed) {
        return proof;
    }
    let mut asked: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for access in [Access::Read, Access::ReadWrite] {
        let of = |grant: &&BucketGrant| grant.access == access;
        let arn = |grant: &BucketGrant| Arn::bucket(blueprint.partition(), grant.bucket.as_str()).to_string();
        let (on_bucket, on_objects) = actions_for(access);
        let arns: Vec<String> = want.grants.iter().filter(of).map(arn).collect();
        asked.push((on_bucket.to_vec(), arns.clone()));
        asked.push((on_objects.to_vec(), arns.iter().map(|arn| format!("{arn}/{PREFIX}")).collect()));
    }
    for grant in want.grants.iter().filter(|grant| manner.whole && !grant.extra.is_empty()) {
        let objects = format!("{}/{PREFIX}", Arn::bucket(blueprint.partition(), grant.bucket.as_str()));
        asked.push((grant.extra.iter().map(String::as_str).collect(), vec![objects]));
    }
    asked.retain(|(_, resources)| !resources.is_empty());
    let answers =
        join_all(asked.iter().map(|(actions, arns)| simulate(api, &probe, &arn, actions, arns, manner))).await;
    for answer in answers {
        match answer {
            Ok(trials) => proof.trials.extend(trials),
            Err(error) => {
                let words = format!("{}: the policy simulator could not be asked ({})", want.name, reason(&error));
                if !proof.untried.contains(&words) {
                    proof.untried.push(words);
                }
            }
        }
    }
    if manner.whole && !(manner.stopped)() {
        let region = blueprint.spec.cloud.region();
        proof.extend([older::simulated(api, &probe, (&arn, want.kms_key.as_ref()), &want.grants, region).await]);
    }
    if let Some(bucket) = probe.outside.as_ref().filter(|_| manner.whole) {
        let arns = [Arn::bucket(blueprint.partition(), bucket.as_str()).to_string()];
        if let Ok(decisions) = api.simulate(&arn, &["s3:ListBucket"], &arns).await {
            let denied = decisions.iter().all(|decision| decision.decision != "allowed");
            proof.trials.push(beyond(&probe, bucket.as_str(), "s3:ListBucket", denied));
        }
    }
    proof
}

async fn simulate(
    api: &impl AwsApi,
    probe: &Probe,
    arn: &Arn,
    actions: &[&str],
    resources: &[String],
    manner: Manner<'_>,
) -> Answer<Vec<Trial>> {
    let passing = |error: &CallError| error.kind == Failure::NotFound;
    let waiting = || (manner.waiting)("the simulator to know the role");
    let decisions = poll(manner.patience, passing, || api.simulate(arn, actions, resources), waiting).await?;
    let one = |decision: super::api::Decision| {
        let bucket = decision.resource.rsplit(":::").next().unwrap_or_default();
        let bucket = bucket.split('/').next().unwrap_or_default();
        let allowed = decision.decision == "allowed";
        probe.trial(bucket, &decision.action, allowed, (!allowed).then_some(decision.decision))
    };
    Ok(decisions.into_iter().map(one).collect())
}

fn trial(probe: &Probe, bucket: &str, action: &str, answer: &Answer<()>) -> Trial {
    probe.trial(bucket, action, answer.is_ok(), answer.as_ref().err().map(reason))
}

/// A trial that passes when AWS refuses.
fn refused(probe: &Probe, bucket: &str, action: &str, answer: Answer<()>) -> Trial {
    match answer {
        Err(error) if error.kind == Failure::Denied => beyond(probe, bucket, action, true),
        Err(error) => probe.trial(bucket, action, false, Some(reason(&error))),
        Ok(()) => beyond(probe, bucket, action, false),
    }
}

/// Whether what must be refused was.
///
/// A user that was adopted, or a key that was brought, may have rights of its own: that is worth a word, and no failure.
fn beyond(probe: &Probe, bucket: &str, action: &str, denied: bool) -> Trial {
    let (passed, note) = match (denied, probe.ours) {
        (true, _) => (true, "refused, as it should be"),
        (false, false) => (true, "allowed by rights that it has from elsewhere"),
        (false, true) => (false, "allowed, though its policy does not say so: it can do too much"),
    };
    probe.trial(bucket, action, passed, Some(note.to_owned()))
}

/// Why a call failed: the service's code, and which kind of policy refused, where AWS tells.
pub(super) fn reason(error: &CallError) -> String {
    if error.code.is_empty() {
        return error.to_string();
    }
    let because = error.message.split_once(" because ").map(|(_, why)| why.trim_end_matches('.'));
    let because = because.or_else(|| Some(error.message.split_once(" with an ")?.1.trim_end_matches('.')));
    let words = because.map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{}: {}{words}", error.call, error.code)
}

fn same(bucket: &BucketName, answer: Answer<String>) -> Answer<()> {
    if answer? == BODY { Ok(()) } else { Err(mismatch(bucket)) }
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
