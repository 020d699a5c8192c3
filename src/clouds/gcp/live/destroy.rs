//! Carries out a teardown, one removal after the other: what is gone already is no failure, so a run that was interrupted is run again.

use serde_json::{Map, Value, json};

use super::apply::{ROUNDS, busy};
use super::explain::explained;
use super::removals::RemovalApi;
use crate::base::error::{Code, Error, Result};
use crate::base::names::BucketName;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::carry_out;
use crate::clouds::gcp::plan::Resource;
use crate::clouds::gcp::policy::without_members;
use crate::clouds::gcp::teardown::{Binding, Found, Removal, RemovalStep, Teardown};
use crate::model::Witness;
use crate::model::proof::PREFIX;
use crate::spec::GcpCloud;

/// Carries out a teardown. A step that fails stops the run: what comes later needs what came before.
///
/// # Errors
/// `BW0620` when a bucket was filled meanwhile, `BW152x` when a call fails.
pub(super) async fn destroy(
    api: &impl RemovalApi,
    gcp: &GcpCloud,
    found: &Found,
    teardown: &Teardown,
    witness: &impl Witness,
) -> Result<()> {
    let work = Removing { api, gcp, found, witness };
    carry_out(teardown, witness, async |step, removal| work.remove(step, removal).await).await
}

struct Removing<'a, A, W> {
    api: &'a A,
    gcp: &'a GcpCloud,
    found: &'a Found,
    witness: &'a W,
}

impl<A: RemovalApi, W: Witness> Removing<'_, A, W> {
    async fn remove(&self, step: &RemovalStep, removal: &Removal) -> Result<()> {
        let bucket = self.found.buckets.iter().map(|one| &one.name).find(|name| name.as_str() == step.name);
        match (removal, bucket) {
            (Removal::Unbind(on, bindings), _) => self.unbind(on, bindings).await,
            (Removal::DeleteAccount(email), _) => self.account(step, email).await,
            (Removal::EmptyBucket { proof, .. }, Some(bucket)) => self.empty(bucket, *proof).await,
            (Removal::DeleteBucket, Some(bucket)) => self.bucket(bucket).await,
            (Removal::Unlabel(labels), Some(bucket)) => self.unlabel(bucket, labels).await,
            _ => Ok(()),
        }
    }

    fn said(&self) -> impl Fn(CallError) -> Error {
        |error| explained(self.gcp, &error)
    }

    /// Takes members out of a policy: read, written with its etag, and all again when somebody else wrote meanwhile.
    async fn unbind(&self, on: &Resource, bindings: &[Binding]) -> Result<()> {
        let going: Vec<(&str, &str)> = bindings.iter().map(|one| (one.role.as_str(), one.member.as_str())).collect();
        for _ in 0..ROUNDS {
            let there = self.api.policy(on).await.map_err(self.said())?;
            let Some(policy) = without_members(&there, &going) else { return Ok(()) };
            match self.api.set_policy(on, &policy).await {
                Err(error) if error.kind == Failure::Conflict => {}
                other => return other.map_err(self.said()),
            }
        }
        Err(busy(on))
    }

    async fn account(&self, step: &RemovalStep, email: &str) -> Result<()> {
        let Some(found) = self.found.accounts.iter().find(|one| one.name.as_str() == step.name) else { return Ok(()) };
        let mut keys = Vec::new();
        for hmac in [false, true] {
            // Those who may not list keys may delete the account all the same: what is kept of them then stays in the folder.
            keys.extend(self.api.keys(email, hmac).await.unwrap_or_default());
        }
        self.api.delete_service_account(email).await.map_err(self.said())?;
        keys.iter().try_for_each(|key| self.witness.key_gone(&found.name, &key.id))
    }

    async fn empty(&self, bucket: &BucketName, proof: bool) -> Result<()> {
        loop {
            let (objects, more) = self.api.objects(bucket).await.map_err(self.said())?;
            let going = objects.iter().filter(|(name, _)| !proof || name.starts_with(PREFIX));
            let calls = going.map(|object| self.api.delete_object(bucket, object));
            futures_util::future::try_join_all(calls).await.map_err(self.said())?;
            if !more || proof {
                return Ok(());
            }
        }
    }

    async fn bucket(&self, bucket: &BucketName) -> Result<()> {
        match self.api.delete_bucket(bucket).await {
            Err(error) if error.kind == Failure::Exists => {
                Err(Error::new(Code::NOT_EMPTY, format!("the bucket `{bucket}` is not empty any more"))
                    .why("Something wrote into it after it was looked at, so it stays.")
                    .fix("Find out what still uses it, then run the same command again.")
                    .caused_by(&error))
            }
            other => other.map_err(self.said()),
        }
    }

    /// Takes our labels off, where they still are.
    async fn unlabel(&self, bucket: &BucketName, labels: &[String]) -> Result<()> {
        for _ in 0..ROUNDS {
            let Some(there) = self.api.bucket(bucket).await.map_err(self.said())? else { return Ok(()) };
            let gone: Map<String, Value> = labels.iter().map(|key| (key.clone(), Value::Null)).collect();
            let metageneration = there["metageneration"].as_str().unwrap_or_default();
            match self.api.patch_bucket(bucket, metageneration, &json!({"labels": gone})).await {
                Err(error) if error.kind == Failure::Conflict => {}
                other => return other.map_err(self.said()),
            }
        }
        Err(busy(&Resource::Bucket(bucket.clone())))
    }
}
