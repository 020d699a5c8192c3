//! The proof with the keys that the charts will use.

use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::BucketApi;
use crate::clouds::s3::store_standing;
use crate::clouds::trial::outcome::reason;
use crate::clouds::trial::{NO_KEY, Objects, ProofOptions, prove_each, prove_with, untried};
use crate::model::proof::{Probe, TrialAction, judged};
use crate::model::{Blueprint, Facts, Proof, Trial};
use crate::spec::{Checksums, S3Cloud};

/// Uses every key in each of its buckets; and asks once whether the store takes the newer checksums.
pub async fn prove<B: BucketApi>(
    api: &B,
    newer: Option<&B>,
    store: &S3Cloud,
    blueprint: &Blueprint,
    facts: &Facts,
    options: ProofOptions<'_>,
) -> Proof {
    let mut all = prove_each(blueprint, async |want| match facts.keys.get(&want.name) {
        Some(key) => {
            let probe = Probe::of(blueprint, want);
            prove_with(&api.as_key(key, &probe.region), &probe, options).await
        }
        None => untried(want, NO_KEY),
    })
    .await;
    if !all.passed() || (options.stopped)() {
        return all;
    }
    let writer = blueprint.principals.iter().find_map(|want| Some((want, facts.keys.get(&want.name)?)));
    if let (Some(newer), Some((want, key))) = (newer, writer) {
        all.trials.extend(checksums(newer, store, &Probe::of(blueprint, want), key).await);
    }
    all
}

/// What rules of others do with the buckets' objects; nothing where the key may not look at the buckets.
pub async fn others(api: &impl BucketApi, store: &S3Cloud, blueprint: &Blueprint) -> Proof {
    match super::observe(api, store, blueprint).await {
        Ok(observed) => judged(blueprint, &store_standing(blueprint, store, &observed)),
        Err(_) => Proof::default(),
    }
}

/// An upload with a checksum in its trailer, as AWS's SDKs make it since 2025. Either answer is good; it is worth a word.
///
/// Source: AWS SDKs reference, "Data integrity protections for Amazon S3".
async fn checksums(api: &impl BucketApi, store: &S3Cloud, probe: &Probe, key: &AccessKey) -> Option<Trial> {
    if store.checksums == Checksums::WhenSupported {
        return None;
    }
    let bucket = &probe.buckets.first()?.name;
    let objects = api.as_key(key, &store.region);
    let object = format!("{}-checksums", probe.object());
    let put = objects.put(bucket, &object, "Written by bucketwright to see which checksums the store takes.").await;
    let mut note = match &put {
        Ok(()) => "taken too; `checksums: when-supported` would let the charts send them".to_owned(),
        Err(error) => {
            format!("refused ({}), so they stay off", if error.code.is_empty() { "no answer" } else { &error.code })
        }
    };
    if put.is_ok()
        && let Err(error) = objects.delete(bucket, &object).await
    {
        note = format!("{note}; {}; {object} is left in the bucket", reason(&error));
    }
    Some(probe.trial(bucket.as_str(), TrialAction::NewerChecksums, true, Some(note)))
}
