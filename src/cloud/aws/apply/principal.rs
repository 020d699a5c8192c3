//! Users and roles: each with its policy, then its key or its associations.

use futures_util::future::try_join_all;

use super::{Listener, Work, unclear};
use crate::blueprint::{PrincipalKind, PrincipalWant, SPEC_TAG};
use crate::cloud::aws::api::{AwsApi, Holder, Tags};
use crate::cloud::aws::call::{CallError, Failure};
use crate::error::{Code, Error, Result};
use crate::names::Arn;
use crate::plan::{Change, ORIGIN_TAG, Step};
use crate::secret::AccessKey;

impl<A: AwsApi, L: Listener> Work<'_, A, L> {
    /// Makes a principal and its policy at the same time, then joins them, then its key or associations.
    pub(super) async fn principal(&self, want: &PrincipalWant, provider_ready: bool) -> Result<Option<AccessKey>> {
        if matches!(want.kind, PrincipalKind::Brought(_)) {
            return Ok(None);
        }
        let name = want.name.as_str();
        let kind = want.arn_kind();
        let steps = (self.step("policy", name), self.step(kind, name));
        let (Some(policy_step), Some(step)) = steps else { return Ok(None) };
        if !provider_ready && self.blueprint.needs_oidc_provider() && kind == "role" {
            // Its trust would name a provider that is not there; the provider's own error says what to do.
            return Ok(None);
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
                    let tags = Self::created(want);
                    if let Err(error) =
                        self.unless_throttled(|| self.api.create_policy(&want.name, document, &tags)).await
                    {
                        self.unless_ours(
                            error,
                            self.api.policy(&arn).await?.map(|policy| policy.tags),
                            "policy",
                            want,
                        )?;
                    }
                }
                Change::UpdatePolicy(document) => {
                    self.make_room(&arn).await?;
                    self.unless_throttled(|| self.api.create_policy_version(&arn, document)).await?;
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
                    let tags = Self::created(want);
                    if let Err(error) = self.unless_throttled(|| self.api.create_user(&want.name, &tags)).await {
                        self.unless_ours(error, self.api.user(&want.name).await?.map(|user| user.tags), "user", want)?;
                    }
                }
                Change::CreateRole(trust) => {
                    self.listener.doing(step, &change.words())?;
                    let tags = Self::created(want);
                    let made = self.patiently_if(
                        |error| {
                            error.kind == Failure::Throttled
                                || (error.kind == Failure::Malformed && error.message.contains("Invalid principal"))
                        },
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
                Change::TagUser(tags) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.tag_user(&want.name, tags).await?;
                }
                Change::TagRole(tags) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.tag_role(&want.name, tags).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Attaches the policy, once both are visible.
    async fn join(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        let attach =
            step.changes.iter().find(|change| matches!(change, Change::AttachUserPolicy | Change::AttachRolePolicy));
        if let Some(change) = attach {
            self.listener.doing(step, &change.words())?;
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
            .patiently_if(
                |error| matches!(error.kind, Failure::NotFound | Failure::Throttled),
                || self.api.create_access_key(&want.name),
                "IAM to know the new user",
            )
            .await?;
        self.listener.keep(&want.name, &key)?;
        self.listener.done(step);
        Ok(key)
    }

    async fn associate(&self, want: &PrincipalWant) -> Result<()> {
        let (PrincipalKind::Role { associations, .. }, Some(cluster)) =
            (&want.kind, self.blueprint.spec.cloud.cluster())
        else {
            return Ok(());
        };
        let missing = associations.iter().filter(|pair| !self.observed.associations.contains_key(*pair));
        try_join_all(missing.map(|(namespace, account)| async move {
            let step = self.step("association", &format!("{namespace}/{account}"));
            let (role, tags) = (self.arn("role", want), Self::created(want));
            let call =
                || self.api.create_association(&cluster.name, namespace.as_str(), account.as_str(), &role, &tags);
            let made = self
                .patiently_if(
                    |error| matches!(error.kind, Failure::NotFound | Failure::Malformed | Failure::Throttled),
                    call,
                    "EKS to know the new role",
                )
                .await;
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

    /// Tries again while AWS refuses for being asked too often: such a call has not taken effect.
    async fn unless_throttled<T, F: Future<Output = std::result::Result<T, CallError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> std::result::Result<T, CallError> {
        self.patiently_if(|error| error.kind == Failure::Throttled, call, "AWS to take more calls").await
    }

    fn arn(&self, kind: &str, want: &PrincipalWant) -> Arn {
        Arn::iam(self.blueprint.partition(), self.account, kind, want.name.as_str())
    }

    fn created(want: &PrincipalWant) -> Tags {
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
            Some(tags) if tags.get(SPEC_TAG).is_some_and(|owner| owner == spec) => Ok(()),
            Some(_) => Err(Error::new(
                Code::FOREIGN_IDENTITY,
                format!("the {kind} `{}` was made by someone else meanwhile", want.name),
            )
            .fix("Give the install another `id`, or name it under `adopt`.")),
            None => Err(error.into()),
        }
    }
}
