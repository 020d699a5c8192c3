//! The proof, the same in every cloud: an identity does what the chart will do, and is refused everything else.
//!
//! A [`Probe`] says what is to be tried, a [`Trial`] is one thing that was tried, a [`Proof`] is all of them. A cloud gives its
//! calls as [`Objects`]; what it alone can try is in its own folder, and uses `outcome` and `patiently` all the same.

mod bucket;
mod objects;
mod options;
pub(crate) mod outcome;

use std::cell::Cell;

use futures_util::future::join_all;

pub(crate) use self::bucket::in_buckets;
pub use self::objects::Objects;
pub use self::options::ProofOptions;
use self::outcome::{refused, trial};
use super::call::{Answer, CallError, Failure};
use super::patience::poll;
use crate::model::proof::{PREFIX, Probe, TrialAction};
use crate::model::{Blueprint, PrincipalWant, Proof, Trial};

/// Why a principal whose key is not there is not tried.
pub(crate) const NO_KEY: &str = "its key is not available";

/// Proves all principals at once, each in the cloud's own way, and puts their proofs together in the spec's order.
pub(crate) async fn prove_each<'b, F: Future<Output = Proof>>(
    blueprint: &'b Blueprint,
    prove: impl Fn(&'b PrincipalWant) -> F,
) -> Proof {
    let proofs = join_all(blueprint.principals.iter().map(prove)).await;
    let mut all = Proof::default();
    all.extend(proofs);
    all
}

/// The proof of a principal that cannot be tried from here.
pub(crate) fn untried(want: &PrincipalWant, why: &str) -> Proof {
    Proof { untried: vec![format!("{}: {why}", want.name)], ..Proof::default() }
}

/// Does what the chart will do, as whoever these calls are made by, and tries what must be refused.
pub(crate) async fn prove_with<O: Objects>(objects: &O, probe: &Probe, options: ProofOptions<'_>) -> Proof {
    let mut proof = Proof::default();
    if options.whole {
        let who = objects.who().await;
        let unknown = who.is_err();
        proof.trials.extend(who.transpose().map(|who| identity(probe, who)));
        if unknown {
            return proof;
        }
    } else if O::NEW_KEYS_FLICKER
        && let Err(error) = accepted(objects, probe, options).await
    {
        proof.trials.push(trial(probe, "-", TrialAction::SignIn, &Err(error)));
        return proof;
    }
    proof.trials.extend(in_buckets(objects, probe, options).await);
    proof.trials.extend(outside(objects, probe, options).await);
    proof
}

/// Whether the caller is the one meant: a pod without its role is its node.
fn identity(probe: &Probe, who: Answer<String>) -> Trial {
    let (passed, note) = match who {
        Ok(seen) if probe.is(&seen) || (!probe.ours && probe.arn.is_none()) => (true, seen),
        Ok(seen) => (false, format!("seen as {seen}, which is not {}", probe.principal)),
        Err(error) => (false, outcome::reason(&error)),
    };
    probe.trial("(identity)", TrialAction::Identity, passed, Some(note))
}

/// Waits until a new key is accepted three times in a row: one answer does not speak for every server.
async fn accepted(objects: &impl Objects, probe: &Probe, options: ProofOptions<'_>) -> Answer<()> {
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
        not_yet(error)
    };
    while in_a_row.get() < 3 {
        let waiting = || (options.waiting)("the key to be accepted everywhere");
        poll(options.patience, passing, call, waiting).await?;
    }
    Ok(())
}

/// Makes a call until it works or patience is over: a right that was just given is not known everywhere yet.
///
/// # Errors
/// The last error.
pub(crate) async fn patiently<T, F: Future<Output = Answer<T>>>(
    options: ProofOptions<'_>,
    call: impl Fn() -> F,
) -> Answer<T> {
    let waiting = || (options.waiting)("the policy to take effect");
    poll(options.patience, not_yet, call, waiting).await
}

/// Whether a failure may be one of a key or a right that is not known everywhere yet.
fn not_yet(error: &CallError) -> bool {
    matches!(error.kind, Failure::BadCredentials | Failure::Denied | Failure::NotFound)
}

/// The list of all buckets, which no principal may have, and a bucket of the spec that this one must not reach.
async fn outside(objects: &impl Objects, probe: &Probe, options: ProofOptions<'_>) -> Vec<Trial> {
    let mut trials = Vec::new();
    if (options.stopped)() {
        return trials;
    }
    let all = objects.list_all_buckets().await.transpose();
    trials.extend(all.map(|answer| refused(probe, "(all buckets)", TrialAction::ListAll, answer)));
    if let Some(bucket) = probe.outside.as_ref().filter(|_| !(options.stopped)()) {
        let listed = objects.list(bucket, "").await.map(drop);
        trials.push(refused(probe, bucket.as_str(), TrialAction::List, listed));
    }
    trials
}

#[cfg(test)]
mod tests;
