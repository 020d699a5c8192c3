//! Makes what a plan says is missing. Independent resources at the same time; read, merge, write; never a blind retry.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};

use super::api::{AwsApi, BucketHead, Encryption, Holder, PublicAccessBlock, Tags};
use super::call::{CallError, Failure};
use super::observe::bucket_state;
use super::propagation::{Patience, poll};
use super::rules::{ABORT_RULE, abort_rule, cors_rule, expiry_rule};
use crate::blueprint::{Blueprint, BucketWant, PrincipalKind, PrincipalWant};
use crate::error::{Code, Error, Result};
use crate::names::{AccountId, Arn, IamName};
use crate::plan::{Change, Listener, ORIGIN_TAG, Observed, Plan, Step, bucket_changes};
use crate::policy::{AUDIENCE, with_tls_only};
use crate::secret::AccessKey;

/// Carries out a plan.
///
/// What fails stops only what depends on it; the rest is finished, and the next run makes what is missing.
///
/// # Errors
/// All failures, joined.
pub async fn apply(api: &impl AwsApi, blueprint: &Blueprint, observed: &Observed, plan: &Plan, listener: &impl Listener) -> Result<BTreeMap<IamName, AccessKey>> {
    let work = Work { api, blueprint, account: &observed.account, observed, plan, listener };
    let provider = work.provider();
    let buckets = join_all(blueprint.buckets.iter().map(|want| work.bucket(want)));
    let principals = async {
        let provider = provider.await;
        let made = join_all(blueprint.principals.iter().map(|want| work.principal(want, provider.is_ok()))).await;
        (provider, made)
    };
    let (buckets, (provider, principals)) = futures_util::join!(buckets, principals);
    let mut errors: Vec<Error> = buckets.into_iter().filter_map(Result::err).collect();
    errors.extend(provider.err());
    let mut keys = BTreeMap::new();
    for (want, made) in blueprint.principals.iter().zip(principals) {
        match made {
            Ok(Some(key)) => {
                keys.insert(want.name.clone(), key);
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    Error::check(errors)?;
    Ok(keys)
}

struct Work<'a, A, L> {
    api: &'a A,
    blueprint: &'a Blueprint,
    account: &'a AccountId,
    observed: &'a Observed,
    plan: &'a Plan,
    listener: &'a L,
}

impl<A: AwsApi, L: Listener> Work<'_, A, L> {
    fn step(&self, kind: &str, name: &str) -> Option<&Step> {
        self.plan.steps.iter().find(|step| step.kind == kind && step.name == name)
    }

    async fn provider(&self) -> Result<()> {
        let Some(step) = self.plan.steps.iter().find(|step| step.kind == "oidc-provider") else { return Ok(()) };
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            match change {
                Change::CreateOidcProvider(issuer) => {
                    let arn = Arn::iam(self.blueprint.partition(), self.account, "oidc-provider", issuer.host_path());
                    if let Err(error) = self.api.create_oidc_provider(issuer, &self.tags_for_provider()).await {
                        self.provider_is_there(&arn, error).await?;
                    }
                }
                Change::AddOidcAudience(arn) => self.api.add_oidc_audience(arn, AUDIENCE).await?,
                _ => {}
            }
        }
        self.listener.done(step);
        Ok(())
    }

    /// After an unclear answer: fine when the provider exists with our audience, which is added if it lacks.
    async fn provider_is_there(&self, arn: &Arn, error: CallError) -> Result<()> {
        if !unclear(&error) {
            return Err(error.into());
        }
        match self.api.oidc_audiences(arn).await? {
            Some(there) if there.iter().any(|audience| audience == AUDIENCE) => Ok(()),
            Some(_) => Ok(self.api.add_oidc_audience(arn, AUDIENCE).await?),
            None => Err(error.into()),
        }
    }

    fn tags_for_provider(&self) -> Tags {
        let mut tags = self.blueprint.spec.tags.clone();
        tags.insert(crate::blueprint::SPEC_TAG.to_owned(), self.blueprint.spec.name.to_string());
        tags.insert(ORIGIN_TAG.to_owned(), "created".to_owned());
        tags
    }

    async fn bucket(&self, want: &BucketWant) -> Result<()> {
        let Some(step) = self.step("bucket", want.name.as_str()).filter(|step| !step.changes.is_empty()) else { return Ok(()) };
        let region = &self.blueprint.spec.cloud.region;
        let created = step.changes.contains(&Change::CreateBucket);
        let changes = if created {
            self.listener.doing(step, &Change::CreateBucket.words())?;
            self.create_bucket(want).await?;
            // What a new bucket has is read, not assumed.
            let state = self.patiently(|| bucket_state(self.api, &want.name, region), "the new bucket to be visible").await?;
            bucket_changes(want, &state, self.blueprint.partition(), "created")
        } else {
            step.changes.clone()
        };
        for change in &changes {
            self.listener.doing(step, &change.words())?;
            self.patiently(|| self.set(want, change), "S3 to finish with the bucket").await?;
        }
        self.listener.done(step);
        Ok(())
    }

    /// Makes a bucket; after an unclear answer it looks whose the bucket is.
    async fn create_bucket(&self, want: &BucketWant) -> Result<()> {
        let region = &self.blueprint.spec.cloud.region;
        let Err(error) = self.api.create_bucket(&want.name, region).await else { return Ok(()) };
        if !unclear(&error) && error.kind != Failure::WrongRegion {
            return Err(error.into());
        }
        match self.api.head_bucket(&want.name, region, self.account).await? {
            BucketHead::Ours { .. } => Ok(()),
            BucketHead::Absent => Err(error.into()),
            BucketHead::Forbidden { .. } | BucketHead::Elsewhere { .. } => {
                Err(Error::new(Code::FOREIGN_BUCKET, format!("the bucket `{}` was taken by someone else meanwhile", want.name))
                    .why("Bucket names are shared by all accounts of a partition.")
                    .fix("Choose another name, or set `bucketDefaults: {namespace: account-regional}`."))
            }
        }
    }

    /// Makes one change to a bucket, merged with what is there now.
    async fn set(&self, want: &BucketWant, change: &Change) -> std::result::Result<(), CallError> {
        let (api, name, region) = (self.api, &want.name, &self.blueprint.spec.cloud.region);
        match change {
            Change::BlockPublicAccess => api.put_public_access_block(name, region, PublicAccessBlock::ALL).await,
            Change::EnforceOwner => api.put_ownership_enforced(name, region).await,
            Change::EncryptWithKey(key) => api.put_encryption(name, region, &Encryption::Kms(Some(key.to_string()))).await,
            Change::EnableVersioning => api.enable_versioning(name, region).await,
            Change::AddLifecycle { abort_after_days, expiries } => {
                let mut lifecycle = api.lifecycle(name, region).await?;
                lifecycle.rules.retain(|rule| {
                    let id = rule.id().unwrap_or_default();
                    !(abort_after_days.is_some() && id == ABORT_RULE) && !expiries.iter().any(|rule| id == format!("bucketwright-{}", rule.id))
                });
                lifecycle.rules.extend(abort_after_days.iter().filter_map(|days| abort_rule(*days).ok()));
                lifecycle.rules.extend(expiries.iter().filter_map(|rule| expiry_rule(rule).ok()));
                api.put_lifecycle(name, region, lifecycle).await
            }
            Change::AddCors(rules) => {
                let mut all = api.cors(name, region).await?;
                all.extend(rules.iter().filter_map(|rule| cors_rule(rule).ok()));
                api.put_cors(name, region, all).await
            }
            Change::TagBucket(tags) => {
                let mut all = api.bucket_tags(name, region).await?;
                all.extend(tags.clone());
                api.put_bucket_tags(name, region, &all).await
            }
            Change::RefusePlainHttp => {
                let current = api.bucket_policy(name, region).await?;
                match with_tls_only(current.as_ref(), self.blueprint.partition(), name) {
                    Some(policy) => api.put_bucket_policy(name, region, &policy).await,
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Makes a principal and its policy at the same time, then joins them, then its key or associations.
    async fn principal(&self, want: &PrincipalWant, provider_ready: bool) -> Result<Option<AccessKey>> {
        if matches!(want.kind, PrincipalKind::Brought(_)) {
            return Ok(None);
        }
        let name = want.name.as_str();
        let kind = want.arn_kind();
        let steps = (self.step("policy", name), self.step(kind, name));
        let (Some(policy_step), Some(step)) = steps else { return Ok(None) };
        if !provider_ready && self.blueprint.needs_oidc_provider() && kind == "role" {
            return Err(Error::new(Code::CALL_FAILED, format!("the role `{name}` was not made, because the OIDC provider is missing"))
                .fix("Mend what went wrong with the provider and run the same command again."));
        }
        let (policy, itself) = futures_util::join!(self.policy(want, policy_step), self.itself(want, step));
        Error::check([policy.err(), itself.err()].into_iter().flatten().collect())?;
        self.join(want, step).await?;
        let made = match self.step("access-key", name).filter(|key| key.changes.contains(&Change::CreateAccessKey)) {
            Some(key_step) => Some(self.access_key(want, key_step).await?),
            None => None,
        };
        self.associate(want).await?;
        Ok(made)
    }

    async fn policy(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        let arn = self.arn("policy", want);
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            match change {
                Change::CreatePolicy(document) => {
                    if let Err(error) = self.api.create_policy(&want.name, document, &self.created(want)).await {
                        self.unless_ours(error, self.api.policy(&arn).await?.map(|policy| policy.tags), "policy", want)?;
                    }
                }
                Change::UpdatePolicy(document) => {
                    self.make_room(&arn).await?;
                    self.api.create_policy_version(&arn, document).await?;
                }
                _ => {}
            }
        }
        if !step.changes.is_empty() {
            self.listener.done(step);
        }
        Ok(())
    }

    /// IAM keeps five versions: the oldest that is not in force gives way.
    async fn make_room(&self, arn: &Arn) -> Result<()> {
        let mut versions = self.api.policy_versions(arn).await?;
        if versions.len() < 5 {
            return Ok(());
        }
        versions.sort_by_key(|version| version.created);
        if let Some(oldest) = versions.iter().find(|version| !version.default) {
            self.api.delete_policy_version(arn, &oldest.id).await?;
        }
        Ok(())
    }

    async fn itself(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        for change in &step.changes {
            match change {
                Change::CreateUser => {
                    self.listener.doing(step, &change.words())?;
                    if let Err(error) = self.api.create_user(&want.name, &self.created(want)).await {
                        self.unless_ours(error, self.api.user(&want.name).await?.map(|user| user.tags), "user", want)?;
                    }
                }
                Change::CreateRole(trust) => {
                    self.listener.doing(step, &change.words())?;
                    let tags = self.created(want);
                    let made = self.patiently_if(
                        |error| error.kind == Failure::Malformed && error.message.contains("Invalid principal"),
                        || self.api.create_role(&want.name, trust, &tags),
                        "IAM to know the trusted principal",
                    );
                    if let Err(error) = made.await {
                        self.unless_ours(error, self.api.role(&want.name).await?.map(|role| role.tags), "role", want)?;
                    }
                }
                Change::UpdateTrust(trust) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.update_trust(&want.name, trust).await?;
                }
                Change::TagPrincipal(tags) => {
                    self.listener.doing(step, &change.words())?;
                    match want.kind {
                        PrincipalKind::Role { .. } => self.api.tag_role(&want.name, tags).await?,
                        _ => self.api.tag_user(&want.name, tags).await?,
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Attaches the policy, once both are visible.
    async fn join(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        if step.changes.contains(&Change::AttachPolicy) {
            self.listener.doing(step, &Change::AttachPolicy.words())?;
            let arn = self.arn("policy", want);
            let holder = match want.kind {
                PrincipalKind::Role { .. } => Holder::Role(&want.name),
                _ => Holder::User(&want.name),
            };
            self.patiently(|| self.api.attach_policy(holder, &arn), "IAM to know what was just made").await?;
        }
        if !step.changes.is_empty() {
            self.listener.done(step);
        }
        Ok(())
    }

    /// Makes an access key, once, and has it kept at once.
    async fn access_key(&self, want: &PrincipalWant, step: &Step) -> Result<AccessKey> {
        self.listener.doing(step, &Change::CreateAccessKey.words())?;
        let key = self
            .patiently_if(|error| error.kind == Failure::NotFound, || self.api.create_access_key(&want.name), "IAM to know the new user")
            .await?;
        self.listener.keep(&want.name, &key)?;
        self.listener.done(step);
        Ok(key)
    }

    async fn associate(&self, want: &PrincipalWant) -> Result<()> {
        let (PrincipalKind::Role { associations, .. }, Some(cluster)) = (&want.kind, &self.blueprint.spec.cloud.cluster) else { return Ok(()) };
        let missing = associations.iter().filter(|pair| !self.observed.associations.contains_key(*pair));
        try_join_all(missing.map(|(namespace, account)| async move {
            let step = self.step("association", &format!("{namespace}/{account}"));
            let (role, tags) = (self.arn("role", want), self.created(want));
            let call = || self.api.create_association(&cluster.name, namespace.as_str(), account.as_str(), &role, &tags);
            let made = self.patiently_if(|error| error.kind == Failure::NotFound || error.kind == Failure::Malformed, call, "EKS to know the new role").await;
            if let Err(error) = made {
                let there = self.api.association(&cluster.name, namespace.as_str(), account.as_str()).await?;
                if there.is_none_or(|there| there.role_arn != role.as_str()) {
                    return Err(Error::from(error));
                }
            }
            step.into_iter().for_each(|step| self.listener.done(step));
            Ok(())
        }))
        .await
        .map(|_: Vec<()>| ())
    }

    fn arn(&self, kind: &str, want: &PrincipalWant) -> Arn {
        Arn::iam(self.blueprint.partition(), self.account, kind, want.name.as_str())
    }

    fn created(&self, want: &PrincipalWant) -> Tags {
        let mut tags = want.tags.clone();
        tags.insert(ORIGIN_TAG.to_owned(), "created".to_owned());
        tags
    }

    /// After an unclear answer to a create call: fine when what exists carries our tags, else the error.
    fn unless_ours(&self, error: CallError, tags: Option<Tags>, kind: &str, want: &PrincipalWant) -> Result<()> {
        if !unclear(&error) {
            return Err(error.into());
        }
        let spec = self.blueprint.spec.name.as_str();
        match tags {
            Some(tags) if tags.get(crate::blueprint::SPEC_TAG).is_some_and(|owner| owner == spec) => Ok(()),
            Some(_) => Err(Error::new(Code::FOREIGN_IDENTITY, format!("the {kind} `{}` was made by someone else meanwhile", want.name))
                .fix("Give the install another `id`, or name it under `adopt`.")),
            None => Err(error.into()),
        }
    }

    /// Tries again while a fresh resource is not visible yet, or S3 is busy with the bucket.
    async fn patiently<T, F: Future<Output = std::result::Result<T, CallError>>>(&self, call: impl Fn() -> F, reason: &str) -> Result<T> {
        Ok(self.patiently_if(|error| matches!(error.kind, Failure::NotFound | Failure::Conflict), call, reason).await?)
    }

    async fn patiently_if<T, F: Future<Output = std::result::Result<T, CallError>>>(
        &self,
        passing: impl Fn(&CallError) -> bool,
        call: impl Fn() -> F,
        reason: &str,
    ) -> std::result::Result<T, CallError> {
        poll(Patience::PROPAGATION, passing, call, || self.listener.waiting(reason)).await
    }
}

/// Whether it is open if the call took effect, or somebody's earlier call did.
fn unclear(error: &CallError) -> bool {
    matches!(error.kind, Failure::Exists | Failure::NoAnswer | Failure::Other | Failure::Throttled)
}
