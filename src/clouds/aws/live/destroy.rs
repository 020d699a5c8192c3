//! Carries out a teardown, one removal after the other: what is gone already is no failure, so a run that was interrupted
//! is run again.

use std::time::Duration;

use super::api::Holder;
use super::apply::bucket::without_ours;
use super::removals::{ObjectVersion, RemovalApi};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, BucketName, IamName, IamNameKind, Kind, Region};
use crate::clouds::aws::teardown::{Found, Removal, RemovalStep, Teardown, ours_in_buckets, without_our_tags};
use crate::clouds::call::{CallError, Failure};
use crate::clouds::carry_out;
use crate::clouds::patience::{Patience, poll};
use crate::model::Witness;
use crate::model::proof::PREFIX;

/// For IAM to notice that what held a user, role or policy is gone; a real holder is there after it too.
const UNTIL_FREE: Patience = Patience { first: Duration::from_millis(200), total: Duration::from_secs(15) };

/// Carries out a teardown. A step that fails stops the run: what comes later needs what came before.
///
/// # Errors
/// `BW0620` when a bucket was filled meanwhile, `BW0623` when others hold what is to go, `BW05xx` when a call fails.
pub async fn destroy(api: &impl RemovalApi, found: &Found, teardown: &Teardown, witness: &impl Witness) -> Result<()> {
    let work = Removing { api, found, witness };
    carry_out(teardown, witness, async |step, removal| work.remove(step, removal).await).await
}

struct Removing<'a, A, W> {
    api: &'a A,
    found: &'a Found,
    witness: &'a W,
}

impl<A: RemovalApi, W: Witness> Removing<'_, A, W> {
    async fn remove(&self, step: &RemovalStep, removal: &Removal) -> Result<()> {
        let api = self.api;
        match removal {
            Removal::DeleteAssociation { cluster, id } => api.delete_association(cluster, id).await?,
            Removal::DeleteKey(id) => {
                let user = user_name(&step.name)?;
                api.delete_access_key(&user, id).await?;
                self.witness.key_gone(&user, id)?;
            }
            Removal::Detach { kind, name, policy } => self.detach(*kind, name, policy).await?,
            Removal::DeletePolicy(arn) => self.delete_policy(arn).await?,
            Removal::ReleasePolicy(arn, document) => self.release_policy(arn, document).await?,
            Removal::DeleteUser => {
                let name = user_name(&step.name)?;
                freed(|| api.delete_user(&name)).await?;
            }
            Removal::DeleteRole => {
                let name = role_name(&step.name)?;
                freed(|| api.delete_role(&name)).await?;
            }
            Removal::ReleaseTrust(trust) => api.update_trust(&role_name(&step.name)?, trust).await?,
            Removal::UntagUser(keys) => api.untag(Holder::User(&user_name(&step.name)?), keys).await?,
            Removal::UntagRole(keys) => api.untag(Holder::Role(&role_name(&step.name)?), keys).await?,
            Removal::UntagPolicy(arn, keys) => api.untag_policy(arn, keys).await?,
            Removal::DeleteProvider(arn) => api.delete_oidc_provider(arn).await?,
            _ => self.bucket(step, removal).await?,
        }
        Ok(())
    }

    async fn detach(&self, kind: Kind, name: &str, policy: &Arn) -> Result<()> {
        if kind == Kind::Role {
            Ok(self.api.detach_policy(Holder::Role(&role_name(name)?), policy).await?)
        } else {
            Ok(self.api.detach_policy(Holder::User(&user_name(name)?), policy).await?)
        }
    }

    /// Source: IAM API reference, DeletePolicy: all versions but the one in force go first.
    async fn delete_policy(&self, arn: &Arn) -> Result<()> {
        let versions = match self.api.policy_versions(arn).await {
            Err(error) if error.kind == Failure::NotFound => return Ok(()),
            other => other?,
        };
        for version in versions.iter().filter(|version| !version.default) {
            self.api.delete_policy_version(arn, &version.id).await?;
        }
        freed(|| self.api.delete_policy(arn)).await
    }

    /// IAM keeps five versions: the oldest that is not in force gives way.
    async fn release_policy(&self, arn: &Arn, document: &serde_json::Value) -> Result<()> {
        let mut versions = self.api.policy_versions(arn).await?;
        versions.sort_by_key(|version| version.created);
        if let (true, Some(oldest)) = (versions.len() >= 5, versions.iter().find(|version| !version.default)) {
            self.api.delete_policy_version(arn, &oldest.id).await?;
        }
        Ok(self.api.create_policy_version(arn, document).await?)
    }

    async fn bucket(&self, step: &RemovalStep, removal: &Removal) -> Result<()> {
        let Some(bucket) = self.found.buckets.iter().find(|bucket| bucket.name.as_str() == step.name) else {
            return Ok(());
        };
        let (api, name, region) = (self.api, &bucket.name, &bucket.region);
        match removal {
            Removal::EmptyBucket(_) => self.empty(step, name, region, |_| true).await?,
            Removal::SweepProof(_) => {
                self.empty(step, name, region, |one| one.key.starts_with(PREFIX)).await?;
            }
            Removal::DeleteBucket => delete_bucket(api, name, region).await?,
            Removal::ReleaseBucketPolicy => without_ours(api, name, region).await?,
            Removal::ReleaseLifecycle => {
                let mut lifecycle = api.lifecycle(name, region).await?;
                lifecycle.rules.retain(|rule| !rule.id().is_some_and(ours_in_buckets));
                api.put_lifecycle(name, region, lifecycle).await?;
            }
            Removal::ReleaseCors => {
                let mut rules = api.cors(name, region).await?;
                rules.retain(|rule| !rule.id().is_some_and(ours_in_buckets));
                api.put_cors(name, region, rules).await?;
            }
            Removal::UntagBucket => {
                let tags = api.bucket_tags(name, region).await?;
                api.put_bucket_tags(name, region, &without_our_tags(&tags)).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Deletes what is wanted of a bucket's versions, a thousand at a time, and with everything also the unfinished uploads.
    /// The first page is asked for again until it holds nothing to delete, so there is no place to lose.
    async fn empty(
        &self,
        step: &RemovalStep,
        name: &BucketName,
        region: &Region,
        wanted: impl Fn(&ObjectVersion) -> bool,
    ) -> Result<()> {
        let mut gone = 0;
        loop {
            let page = self.api.object_versions(name, region).await?;
            let versions: Vec<ObjectVersion> = page.items.into_iter().filter(&wanted).collect();
            if versions.is_empty() {
                break;
            }
            self.api.delete_versions(name, region, &versions).await?;
            gone += versions.len();
            self.witness.removing(step, &format!("deleted {gone} objects, versions and markers"))?;
        }
        if !matches!(step.removals.first(), Some(Removal::EmptyBucket(_))) {
            return Ok(());
        }
        loop {
            let page = self.api.uploads(name, region).await?;
            for upload in &page.items {
                self.api.abort_upload(name, region, upload).await?;
            }
            if page.items.is_empty() {
                return Ok(());
            }
            self.witness.removing(step, &format!("aborted {} unfinished uploads", page.items.len()))?;
        }
    }
}

async fn delete_bucket(api: &impl RemovalApi, name: &BucketName, region: &Region) -> Result<()> {
    match api.delete_bucket(name, region).await {
        Err(error) if error.code == "BucketNotEmpty" => Err(Error::new(
            Code::NOT_EMPTY,
            format!("the bucket `{name}` holds data and stays"),
        )
        .why("It was empty when this run looked: something has written to it since.")
        .fix(format!(
            "Stop what writes to it and run the same command again; `--delete-data {name}` deletes the data too."
        ))),
        other => Ok(other?),
    }
}

/// Makes a call that IAM refuses while it still sees what held the resource.
async fn freed<F: Future<Output = std::result::Result<(), CallError>>>(call: impl Fn() -> F) -> Result<()> {
    let held = |error: &CallError| error.code.starts_with("DeleteConflict");
    match poll(UNTIL_FREE, held, call, || true).await {
        Err(error) if held(&error) => {
            Err(Error::new(Code::STILL_HELD, format!("{} stays, because others added to it", error.resource))
                .why(format!("AWS says: {}", error.message))
                .fix("Remove what the message names (inline policies, groups, instance profiles, login), then run the same command again."))
        }
        other => Ok(other?),
    }
}

fn user_name(text: &str) -> Result<IamName> {
    IamName::parse(IamNameKind::User, text)
}

fn role_name(text: &str) -> Result<IamName> {
    IamName::parse(IamNameKind::Role, text)
}
