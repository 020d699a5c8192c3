//! The proof on AWS: keys by using them, roles by their trust and IAM's policy simulator.

use futures_util::future::join_all;

use super::api::AwsApi;
use super::older;
use super::trust::trusted;
use crate::base::names::{AccountId, Arn, Kind};
use crate::clouds::aws::plan::standing;
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::patience::poll;
use crate::clouds::trial::outcome::{beyond, reason};
use crate::clouds::trial::{NO_KEY, ProofOptions, prove_each, prove_with, untried};
use crate::model::proof::{PREFIX, Probe, TrialAction, judged};
use crate::model::{AtHand, Blueprint, Facts, PrincipalKind, PrincipalWant, Proof, Trial};
use crate::policy::{BucketGrant, actions_for};
use crate::profile::Access;

/// Proves every principal: keys by using them, roles by their trust and IAM's policy simulator.
pub async fn prove(api: &impl AwsApi, blueprint: &Blueprint, facts: &Facts, options: ProofOptions<'_>) -> Proof {
    let mut all =
        prove_each(blueprint, async |want| match (&want.kind, facts.keys.get(&want.name), &blueprint.account) {
            (PrincipalKind::Role { .. }, _, Some(account)) => role(api, blueprint, want, account, options).await,
            (PrincipalKind::Role { .. }, ..) => untried(want, "the account is not available"),
            (_, Some(key), _) => {
                let probe = Probe::of(blueprint, want);
                prove_with(&api.as_key(key, &probe.region), &probe, options).await
            }
            (_, None, _) => untried(want, NO_KEY),
        })
        .await;
    if options.whole && !(options.stopped)() {
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

/// Asks IAM's simulator what a role may do: nothing here can take the place of its pods.
async fn role(
    api: &impl AwsApi,
    blueprint: &Blueprint,
    want: &PrincipalWant,
    account: &AccountId,
    options: ProofOptions<'_>,
) -> Proof {
    let probe = Probe::of(blueprint, want);
    let arn = blueprint.spec.cloud.iam_arn(account, Kind::Role, want.name.as_str());
    let mut proof = if options.whole { trusted(api, blueprint, want, account).await } else { Proof::default() };
    if proof.trials.iter().any(|trial| trial.action == TrialAction::Exists && !trial.passed) {
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
    for grant in want.grants.iter().filter(|grant| options.whole && !grant.extra.is_empty()) {
        let objects = format!("{}/{PREFIX}", Arn::bucket(blueprint.partition(), grant.bucket.as_str()));
        asked.push((grant.extra.iter().map(String::as_str).collect(), vec![objects]));
    }
    asked.retain(|(_, resources)| !resources.is_empty());
    let answers =
        join_all(asked.iter().map(|(actions, arns)| simulate(api, &probe, &arn, actions, arns, options))).await;
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
    if options.whole && !(options.stopped)() {
        let region = blueprint.spec.cloud.region();
        proof.extend([older::simulated(api, &probe, (&arn, want.kms_key.as_ref()), &want.grants, region).await]);
    }
    if let Some(bucket) = probe.outside.as_ref().filter(|_| options.whole) {
        let arns = [Arn::bucket(blueprint.partition(), bucket.as_str()).to_string()];
        if let Ok(decisions) = api.simulate(&arn, &["s3:ListBucket"], &arns).await {
            let denied = decisions.iter().all(|decision| decision.answer != "allowed");
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
    options: ProofOptions<'_>,
) -> Answer<Vec<Trial>> {
    let passing = |error: &CallError| error.kind == Failure::NotFound;
    let waiting = || (options.waiting)("the simulator to know the role");
    let decisions = poll(options.patience, passing, || api.simulate(arn, actions, resources), waiting).await?;
    let one = |decision: super::api::Decision| {
        let bucket = decision.resource.rsplit(":::").next().unwrap_or_default();
        let bucket = bucket.split('/').next().unwrap_or_default();
        let allowed = decision.answer == "allowed";
        probe.trial(bucket, decision.action, allowed, (!allowed).then_some(decision.answer))
    };
    Ok(decisions.into_iter().map(one).collect())
}
