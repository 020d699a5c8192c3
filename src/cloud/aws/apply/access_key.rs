//! Access keys: an intent first, then the key, once, then its secret into safety.
//!
//! AWS shows a secret once. Between the call and the moment when its secret is on disk, a key can be orphaned: by a lost
//! answer, a crash, a full disk. The intent lets the next run tell such a key from one of somebody else's.

use super::{Listener, Work};
use crate::blueprint::PrincipalWant;
use crate::cloud::aws::api::{AwsApi, KeyInfo};
use crate::cloud::aws::call::Failure;
use crate::cloud::aws::clock::now;
use crate::cloud::aws::observe::absent_is_empty;
use crate::error::{Code, Error, Result};
use crate::plan::{Change, Intent, Step};
use crate::secret::AccessKey;

impl<A: AwsApi, L: Listener> Work<'_, A, L> {
    /// The keys right before one is made: the plan may be old by now.
    pub(super) async fn keys_now(&self, want: &PrincipalWant, step: Option<&Step>) -> Result<Vec<KeyInfo>> {
        match step {
            Some(_) => Ok(absent_is_empty(self.api.access_keys(&want.name)).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Makes an access key, once, and has it kept at once.
    pub(super) async fn access_key(
        &self,
        want: &PrincipalWant,
        step: &Step,
        mut keys: Vec<KeyInfo>,
    ) -> Result<AccessKey> {
        let user = &want.name;
        self.nobody_else_at_work(want, &keys)?;
        for change in &step.changes {
            self.listener.doing(step, &change.words())?;
            if let Change::DeleteOrphanKey(id) = change {
                self.api.delete_access_key(user, id).await?;
                keys.retain(|key| &key.id != id);
            }
        }
        let before = keys.into_iter().map(|key| key.id).collect();
        self.listener.intend(&Intent { user: user.clone(), at: now(), before })?;
        let made = self.patiently_if(
            |error| matches!(error.kind, Failure::NotFound | Failure::Throttled),
            || self.api.create_access_key(user),
            "IAM to know the new user",
        );
        let key = match made.await {
            Ok(key) => key,
            Err(error) => {
                // Only where the call cannot have taken effect there is nothing left to find out.
                if !matches!(error.kind, Failure::NoAnswer | Failure::Other) {
                    self.listener.settle(user)?;
                }
                return Err(error.into());
            }
        };
        if let Err(error) = self.listener.keep(user, &key) {
            return Err(self.unmade(want, &key, error).await);
        }
        self.listener.settle(user)?;
        self.listener.done(step);
        Ok(key)
    }

    /// A key that appeared since the plan is of another run, which is at work at this moment.
    fn nobody_else_at_work(&self, want: &PrincipalWant, keys: &[KeyInfo]) -> Result<()> {
        let known = self.observed.principals.get(&want.name).and_then(|found| found.principal.as_ref());
        let known = known.map_or(&[][..], |state| state.keys.as_slice());
        if keys.iter().all(|key| known.iter().any(|there| there.id == key.id)) {
            return Ok(());
        }
        Err(Error::new(Code::OTHER_RUN, format!("the user `{}` got a key from someone else meanwhile", want.name))
            .why("Another run is at work on the same spec, with another output folder. No second key was made.")
            .fix("Use the output folder of that run, or wait for its end and run the same command again."))
    }

    /// Takes back a key that could not be kept: nobody has its secret, and nobody ever will.
    async fn unmade(&self, want: &PrincipalWant, key: &AccessKey, error: Error) -> Error {
        if self.api.delete_access_key(&want.name, key.id.expose()).await.is_err() {
            return error.why("The key was made and could not be kept; the next run removes it.");
        }
        // Where keys cannot be kept, intents can seldom be removed. One without a key does no harm.
        drop(self.listener.settle(&want.name));
        error.why("The key was made and could not be kept, so it was removed again.")
    }
}
