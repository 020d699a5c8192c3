//! The store of Secrets of an account in memory.

use super::RehearsalAccount;
use crate::base::secret::Secret;
use crate::clouds::aws::live::api::Tags;
use crate::clouds::call::Answer;
use crate::clouds::store::{FoundEntry, SecretStore};

/// A rehearsal has an empty store, and forgets what is put there.
impl SecretStore for RehearsalAccount {
    async fn entry(&self, _: &str) -> Answer<Option<FoundEntry>> {
        Ok(None)
    }

    async fn create_entry(&self, _: &str, _: &Tags) -> Answer<()> {
        Ok(())
    }

    async fn content(&self, _: &str) -> Answer<Option<Secret>> {
        Ok(None)
    }

    async fn put_content(&self, _: &str, _: &Secret) -> Answer<()> {
        Ok(())
    }
}
