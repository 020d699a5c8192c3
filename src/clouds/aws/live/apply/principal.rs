//! Users and roles: each with its policy, then its key or its associations.

use std::sync::LazyLock;

use futures_util::future::try_join_all;

use super::access_key::other_run;
use super::{Applying, unclear};
use crate::base::error::{Code, Error, Result};
use crate::base::names::{Arn, IamPath, Kind};
use crate::base::secret::AccessKey;
use crate::base::shell::word;
use crate::clouds::aws::live::api::{AwsApi, Holder, Making, Tags};
use crate::clouds::aws::live::observe::crowded_by;
use crate::clouds::aws::plan::{AwsChange, Step};
use crate::clouds::call::{Answer, CallError, Failure};
use crate::clouds::patience::{Patience, poll};
use crate::model::{Change as _, Listener, ORIGIN_TAG, Owner, PrincipalKind, PrincipalWant, Whose};

/// Who made a user: this run or an earlier one, or another run that does the same at this moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MadeBy {
    Us,
    Another,
}

fn no_such_policy(want: &PrincipalWant, arn: &Arn, error: Error) -> Error {
    error.fix(format!(
        "Make the policy {arn} first, or correct it below `attachPolicies` of the install `{}`. `aws iam get-policy --policy-arn {}` shows whether it is there.",
        want.install,
        word(arn.as_str())
    ))
}

impl<A: AwsApi, L: Listener> Applying<'_, A, L> {
    /// Makes a principal and its policy at the same time, then joins them, then its key or associations.
    pub(super) async fn principal(&self, want: &PrincipalWant, provider_ready: bool) -> Result<Option<AccessKey>> {
        if matches!(want.kind, PrincipalKind::Brought(_) | PrincipalKind::Google(_)) {
            return Ok(None);
        }
        let name = want.name.as_str();
        let kind = want.arn_kind();
        let steps = (self.step(Kind::Policy, name), self.step(kind, name));
        let (Some(policy_step), Some(step)) = steps else { return Ok(None) };
        if !provider_ready && want.trusts_issuer() {
            // Its trust would name a provider that is not there; the provider's own error says what to do.
            return Ok(None);
        }
        let (policy, itself) = futures_util::join!(self.policy_once(want, policy_step), self.itself(want, step));
        let made_by = itself.as_ref().ok().copied();
        Error::check([policy.err(), itself.err()].into_iter().flatten().collect())?;
        let key = self.step(Kind::AccessKey, name);
        let (key_step, orphan_step) = match key {
            Some(step) if step.changes.contains(&AwsChange::CreateAccessKey) => (Some(step), None),
            other => (None, other.filter(|step| !step.changes.is_empty())),
        };
        let (joined, keys) = futures_util::join!(self.join(want, step), self.keys_now(want, key_step));
        joined?;
        let made = match key_step {
            // Of two runs that make a user at once, IAM lets one; that one makes its key.
            Some(_) if made_by == Some(MadeBy::Another) && !self.observed.at_hand.intents.contains_key(&want.name) => {
                return Err(other_run(want));
            }
            Some(key_step) => Some(self.access_key(want, key_step, keys?).await?),
            None => None,
        };
        if let Some(step) = orphan_step {
            self.without_orphan(want, step).await?;
        }
        self.associate(want).await?;
        Ok(made)
    }

    /// Makes a policy that was not made before all else.
    async fn policy_once(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        match self.claimed.get(&want.name) {
            Some(made) => made.clone(),
            None => self.policy(want, step).await,
        }
    }

    pub(super) async fn policy(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        let arn = self.arn(Kind::Policy, want);
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            match change {
                AwsChange::CreatePolicy(document) => {
                    let tags = Self::created(want);
                    let making = Making { boundary: None, ..self.making(&tags) };
                    let made = self.unless_throttled(|| self.api.create_policy(&want.name, document, &making));
                    if let Err(error) = made.await {
                        let read = async || Ok(self.api.policy(&arn).await?.map(|policy| policy.tags));
                        self.unless_ours(error, read, Kind::Policy, want).await?;
                    }
                }
                AwsChange::DeletePolicyVersion(id) => self.api.delete_policy_version(&arn, id).await?,
                AwsChange::UpdatePolicy(merged) => {
                    self.make_room(&arn).await?;
                    self.unless_throttled(|| self.api.create_policy_version(&arn, &merged.document)).await?;
                }
                AwsChange::TagPolicy(tags) => self.api.tag_policy(&arn, tags).await?,
                _ => {}
            }
        }
        if !step.changes.is_empty() {
            self.listener.done(step);
        }
        Ok(())
    }

    /// Others may have made versions since the plan.
    async fn make_room(&self, arn: &Arn) -> Result<()> {
        for id in crowded_by(self.api.policy_versions(arn).await?) {
            self.api.delete_policy_version(arn, &id).await?;
        }
        Ok(())
    }

    async fn itself(&self, want: &PrincipalWant, step: &Step) -> Result<MadeBy> {
        let mut made_by = MadeBy::Us;
        for change in &step.changes {
            match change {
                AwsChange::CreateUser => {
                    self.listener.doing(step, &change.words())?;
                    let tags = Self::created(want);
                    let making = self.making(&tags);
                    if let Err(error) = self.unless_throttled(|| self.api.create_user(&want.name, &making)).await {
                        if error.kind == Failure::Exists {
                            made_by = MadeBy::Another;
                        }
                        let read = async || Ok(self.api.user(&want.name).await?.map(|user| user.tags));
                        self.unless_ours(error, read, Kind::User, want).await?;
                    }
                }
                AwsChange::CreateRole(trust) => {
                    self.listener.doing(step, &change.words())?;
                    let tags = Self::created(want);
                    let making = self.making(&tags);
                    let made = self.patiently_if(
                        |error| {
                            error.kind == Failure::Throttled
                                || (error.kind == Failure::Malformed && error.message.contains("Invalid principal"))
                        },
                        || self.api.create_role(&want.name, trust, &making),
                        "IAM to know the trusted principal",
                    );
                    if let Err(error) = made.await {
                        let read = async || Ok(self.api.role(&want.name).await?.map(|role| role.tags));
                        self.unless_ours(error, read, Kind::Role, want).await?;
                    }
                }
                AwsChange::UpdateTrust(merged) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.update_trust(&want.name, &merged.document).await?;
                }
                AwsChange::LengthenSessions(seconds) => {
                    self.listener.doing(step, &change.words())?;
                    self.patiently(|| self.api.set_session_seconds(&want.name, *seconds), "IAM to know the new role")
                        .await?;
                }
                AwsChange::BoundUser(boundary) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.put_boundary(Holder::User(&want.name), boundary).await?;
                }
                AwsChange::BoundRole(boundary) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.put_boundary(Holder::Role(&want.name), boundary).await?;
                }
                AwsChange::TagUser(tags) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.tag_user(&want.name, tags).await?;
                }
                AwsChange::TagRole(tags) => {
                    self.listener.doing(step, &change.words())?;
                    self.api.tag_role(&want.name, tags).await?;
                }
                _ => {}
            }
        }
        Ok(made_by)
    }

    /// Attaches the policy, once both are visible.
    async fn join(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        let holder = match want.kind {
            PrincipalKind::Role { .. } => Holder::Role(&want.name),
            _ => Holder::User(&want.name),
        };
        let attach = step
            .changes
            .iter()
            .find(|change| matches!(change, AwsChange::AttachUserPolicy | AwsChange::AttachRolePolicy));
        if let Some(change) = attach {
            self.listener.doing(step, &change.words())?;
            let arn = self.arn(Kind::Policy, want);
            self.patiently(|| self.api.attach_policy(holder, &arn), "IAM to know what was just made").await?;
        }
        for change in &step.changes {
            let (AwsChange::AttachFurtherToUser(arn) | AwsChange::AttachFurtherToRole(arn)) = change else { continue };
            self.listener.doing(step, &change.words())?;
            // The holder is known to IAM by now: what is not found is the policy, and waiting makes none.
            if let Err(error) = self.unless_throttled(|| self.api.attach_policy(holder, arn)).await {
                let missing = error.kind == Failure::NotFound;
                let error = Error::from(error);
                return Err(if missing { no_such_policy(want, arn, error) } else { error });
            }
        }
        if !step.changes.is_empty() {
            self.listener.done(step);
        }
        Ok(())
    }

    async fn associate(&self, want: &PrincipalWant) -> Result<()> {
        let (PrincipalKind::Role { associations, .. }, Some(cluster)) =
            (&want.kind, self.blueprint.spec.cloud.cluster())
        else {
            return Ok(());
        };
        for (namespace, account) in associations {
            let step = self.step(Kind::Association, &format!("{namespace}/{account}"));
            for (step, change) in
                step.into_iter().flat_map(|step| step.changes.iter().map(move |change| (step, change)))
            {
                let AwsChange::UpdateAssociation { id, role, .. } = change else { continue };
                self.listener.doing(step, &change.words())?;
                self.patiently(|| self.api.update_association(&cluster.name, id, role), "EKS to know the new role")
                    .await?;
                self.listener.done(step);
            }
        }
        let missing = associations.iter().filter(|pair| !self.observed.associations.contains_key(*pair));
        try_join_all(missing.map(|(namespace, account)| async move {
            let step = self.step(Kind::Association, &format!("{namespace}/{account}"));
            let (role, tags) = (self.arn(Kind::Role, want), Self::created(want));
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

    fn arn(&self, kind: Kind, want: &PrincipalWant) -> Arn {
        self.blueprint.spec.cloud.iam_arn(self.account, kind, want.name.as_str())
    }

    /// What a user or role of the spec is made with.
    fn making<'t>(&'t self, tags: &'t Tags) -> Making<'t> {
        static ROOT: LazyLock<IamPath> = LazyLock::new(IamPath::default);
        let cloud = &self.blueprint.spec.cloud;
        Making { path: cloud.aws().map_or(&ROOT, |aws| &aws.iam.path), boundary: cloud.boundary(), tags }
    }

    fn created(want: &PrincipalWant) -> Tags {
        let mut tags = want.tags.clone();
        tags.insert(ORIGIN_TAG.to_owned(), "created".to_owned());
        tags
    }

    /// After an unclear answer to a create call: fine when what exists carries our tags, else the error. What IAM says exists
    /// it need not show at once.
    async fn unless_ours<F: Future<Output = Answer<Option<Tags>>>>(
        &self,
        error: CallError,
        read: impl Fn() -> F,
        kind: Kind,
        want: &PrincipalWant,
    ) -> Result<()> {
        if !unclear(&error) {
            return Err(error.into());
        }
        let shown = async || match read().await {
            Ok(None) if error.kind == Failure::Exists => Err(None),
            answer => answer.map_err(Some),
        };
        let waiting = || self.listener.waiting("IAM to show what it says exists");
        let tags = match poll(Patience::LISTING, Option::is_none, shown, waiting).await {
            Err(Some(error)) => return Err(error.into()),
            Err(None) => None,
            Ok(tags) => tags,
        };
        let whose = tags.map(|tags| Owner::of(&self.blueprint.spec).judge_made(&tags));
        match whose {
            Some(Whose::Ours) => Ok(()),
            Some(Whose::Anothers(whose)) => Err(Error::new(
                Code::OTHER_SPEC,
                format!("the {kind} `{}` was made by {whose} meanwhile", want.name),
            )
            .why("Names of users, roles and policies are made of the spec's name and the install's, so those of two specs can meet.")
            .fix("Give this spec another `name`, or the install another `id`.")),
            Some(_) => Err(Error::new(
                Code::FOREIGN_IDENTITY,
                format!("the {kind} `{}` was made by someone else meanwhile", want.name),
            )
            .fix("Give the install another `id`, or name it under `adopt`.")),
            None if error.kind == Failure::Exists => Err(Error::new(
                Code::FOREIGN_IDENTITY,
                format!("IAM says that the {kind} `{}` exists, and shows none of that name", want.name),
            )
            .why("Names that differ only in upper and lower case, or in their path, are one name to IAM. Or it was made a moment ago.")
            .fix("Look for it in the account and give the install another `id`; else run the same command again.")),
            None => Err(error.into()),
        }
    }
}
