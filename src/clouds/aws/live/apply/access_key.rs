//! Access keys: an intent first, then the key, once, then its secret into safety.
//!
//! AWS shows a secret once. Between the call and the moment when its secret is on disk, a key can be orphaned: by a lost
//! answer, a crash, a full disk. The intent lets the next run tell such a key from one of somebody else's.

use super::Applying;
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::aws::live::api::AwsApi;
use crate::clouds::aws::live::observe::{absent_is_empty, key_states};
use crate::clouds::aws::plan::{AwsChange, Step};
use crate::clouds::call::{CallError, Failure};
use crate::clouds::clock::now;
use crate::clouds::patience::{Patience, poll};
use crate::model::{Change as _, Intent, KeyState, LISTED_WITHIN, Listener, PrincipalWant};

impl<A: AwsApi, L: Listener> Applying<'_, A, L> {
    /// The keys right before one is made: the plan may be old by now.
    ///
    /// A key of an interrupted run need not be listed at once, so a young intent whose key was not seen is waited for.
    pub(super) async fn keys_now(&self, want: &PrincipalWant, step: Option<&Step>) -> Result<Vec<KeyState>> {
        let Some(step) = step else { return Ok(Vec::new()) };
        let list = || absent_is_empty(self.api.access_keys(&want.name));
        let intent = self.observed.at_hand.intents.get(&want.name);
        let seen = step.changes.iter().any(|change| matches!(change, AwsChange::DeleteOrphanKey(_)));
        let Some(intent) = intent.filter(|intent| !seen && now() < intent.at + LISTED_WITHIN) else {
            return Ok(list().await?);
        };
        let listed = async || match list().await {
            Ok(keys) if !keys.iter().any(|key| intent.is_fresh(&key.id)) => Err(None),
            answer => answer.map_err(Some),
        };
        let late = "IAM to list a key that an interrupted run may have made";
        match poll(Patience::LISTING, Option::is_none, listed, || self.listener.waiting(late)).await {
            Err(None) => Ok(list().await?),
            Err(Some(error)) => Err(Error::from(error)),
            Ok(keys) => Ok(keys),
        }
    }

    /// Makes an access key, once, and has it kept at once.
    pub(super) async fn access_key(
        &self,
        want: &PrincipalWant,
        step: &Step,
        mut keys: Vec<KeyState>,
    ) -> Result<AccessKey> {
        let user = &want.name;
        let late = self.late_orphan(want, &keys).await?.map(AwsChange::DeleteOrphanKey);
        for change in late.iter().chain(&step.changes) {
            self.listener.doing(step, &change.words())?;
            if let AwsChange::DeleteOrphanKey(id) = change {
                self.api.delete_access_key(user, id).await?;
                keys.retain(|key| &key.id != id);
            }
        }
        let key = make_key(self.api, user, keys, self.listener).await?;
        self.listener.done(step);
        Ok(key)
    }

    /// Removes the key that an interrupted run made, where the key in use works.
    pub(super) async fn without_orphan(&self, want: &PrincipalWant, step: &Step) -> Result<()> {
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            if let AwsChange::DeleteOrphanKey(id) = change {
                self.api.delete_access_key(&want.name, id).await?;
            }
        }
        self.listener.settle(&want.name)?;
        self.listener.done(step);
        Ok(())
    }

    /// A key that appeared since the plan is our own orphan, listed late, or of another run, which is at work at this moment.
    async fn late_orphan(&self, want: &PrincipalWant, keys: &[KeyState]) -> Result<Option<String>> {
        let known = self.observed.principals.get(&want.name).and_then(|found| found.principal.as_ref());
        let known = known.map_or(&[][..], |state| state.keys.as_slice());
        if keys.iter().all(|key| known.iter().any(|there| there.id == key.id)) {
            return Ok(None);
        }
        let intent = self.observed.at_hand.intents.get(&want.name);
        let states = key_states(self.api, want, keys.to_vec(), intent).await?;
        if let Some(orphan) = intent.and_then(|intent| intent.orphan(&states)) {
            return Ok(Some(orphan.id.clone()));
        }
        Err(other_run(want))
    }
}

/// Makes an access key, once, and has it kept at once. All keys are made here: those of `apply` and those of `rotate`.
///
/// `there` are the keys that the user has now: the intent names them.
///
/// # Errors
/// When IAM makes none, or what it made cannot be kept: then it is taken back.
pub async fn make_key(
    api: &impl AwsApi,
    user: &IamName,
    there: Vec<KeyState>,
    listener: &impl Listener,
) -> Result<AccessKey> {
    let before = there.into_iter().map(|key| key.id).collect();
    listener.intend(&Intent { user: user.clone(), at: now(), before })?;
    let passing = |error: &CallError| matches!(error.kind, Failure::NotFound | Failure::Throttled);
    let waiting = || listener.waiting("IAM to know the new user");
    let key = match poll(Patience::PROPAGATION, passing, || api.create_access_key(user), waiting).await {
        Ok(key) => key,
        Err(error) => {
            // Only where the call cannot have taken effect there is nothing left to find out.
            if !matches!(error.kind, Failure::NoAnswer | Failure::Other) {
                listener.settle(user)?;
            }
            return Err(error.into());
        }
    };
    if let Err(error) = listener.keep(user, &key) {
        return Err(unmade(api, user, &key, listener, error).await);
    }
    listener.settle(user)?;
    Ok(key)
}

/// Takes back a key that could not be kept: nobody has its secret, and nobody ever will.
async fn unmade(api: &impl AwsApi, user: &IamName, key: &AccessKey, listener: &impl Listener, error: Error) -> Error {
    if api.delete_access_key(user, key.id.expose()).await.is_err() {
        return error.why("The key was made and could not be kept; the next run removes it.");
    }
    // Where keys cannot be kept, intents can seldom be removed. One without a key does no harm.
    drop(listener.settle(user));
    error.why("The key was made and could not be kept, so it was removed again.")
}

/// Two keys would fill both slots of the user, and each output folder would know but one.
pub(super) fn other_run(want: &PrincipalWant) -> Error {
    Error::new(Code::OTHER_RUN, format!("another run made the user `{}` or a key of it meanwhile", want.name))
        .why("It seems to be at work on the same spec, with another output folder. No second key was made.")
        .fix("Use the output folder of that run, or wait for its end and run the same command again.")
}
