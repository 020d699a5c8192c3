//! Whether a role can still read what a bucket held before: an object may be encrypted with a key to which the rights are gone.

use futures_util::future::join_all;

use super::api::AwsApi;
use crate::base::names::{Arn, Region};
use crate::clouds::trial::outcome::reason;
use crate::model::proof::Probe;
use crate::model::{Proof, Trial};
use crate::policy::{BucketGrant, KMS_ACTIONS};

/// Asks the policy simulator whether a role may use the key that encrypts, and read with the key of an object that was there before.
pub(super) async fn simulated(
    api: &impl AwsApi,
    probe: &Probe,
    (role, kms_key): (&Arn, Option<&Arn>),
    grants: &[BucketGrant],
    region: &Region,
) -> Proof {
    let mut proof = Proof::default();
    if let Some(key) = kms_key {
        for action in KMS_ACTIONS {
            proof.trials.extend(allowed(api, probe, role, ("(encryption)", action), key.as_str()).await);
        }
    }
    let found =
        join_all(grants.iter().map(|grant| async move { (grant, api.older_object(&grant.bucket, region).await) }));
    for (grant, older) in found.await {
        let name = grant.bucket.as_str();
        match older.map(|older| older.and_then(|older| older.kms_key)) {
            Ok(Some(key)) => proof.trials.extend(allowed(api, probe, role, (name, "kms:Decrypt"), &key).await),
            Ok(None) => {}
            Err(error) => proof.unjudged.push(format!(
                "whether {} may read what {name} held before: your key may not look at its objects ({})",
                probe.principal,
                reason(&error)
            )),
        }
    }
    proof
}

async fn allowed(
    api: &impl AwsApi,
    probe: &Probe,
    role: &Arn,
    (place, action): (&str, &str),
    key: &str,
) -> Option<Trial> {
    let decisions = api.simulate(role, &[action], &[key.to_owned()]).await.ok()?;
    let denied = decisions.into_iter().find(|decision| decision.answer != "allowed").map(|decision| decision.answer);
    let words = |decision: String| {
        format!("{decision} on {key}: old objects are encrypted with it; `encryption.formerKeys` keeps the right")
    };
    let current = place == "(encryption)";
    let note = denied.clone().map(|decision| if current { format!("{decision} on {key}") } else { words(decision) });
    Some(probe.trial(place, action, denied.is_none(), note))
}
