//! Keys of service accounts: made once, with the intent on disk before, and kept at once.

use std::time::Duration;

use super::api::GoogleApi;
use super::explain::explained;
use crate::base::error::{Code, Error, Result};
use crate::base::names::IamName;
use crate::base::secret::AccessKey;
use crate::clouds::call::{CallError, Failure};
use crate::clouds::clock::now;
use crate::clouds::patience::{Patience, poll};
use crate::model::{Intent, KeyState, Listener};
use crate::spec::GcpCloud;

/// Source: IAM documentation, "Access change propagation": two minutes as a rule, seven or more at times.
pub(super) const PATIENCE: Patience = Patience { first: Duration::from_millis(500), total: Duration::from_mins(8) };

/// Makes a key, once, and has it kept at once. It is never asked for twice: a second key would not replace a lost one.
/// `known` are the keys that the plan saw.
///
/// # Errors
/// When Google makes none, or what it made cannot be kept: then it is taken back.
pub(super) async fn make_key(
    api: &impl GoogleApi,
    gcp: &GcpCloud,
    user: &IamName,
    hmac: bool,
    known: &[KeyState],
    listener: &impl Listener,
) -> Result<AccessKey> {
    let email = gcp.email(user);
    let unknown = |error: &CallError| error.kind == Failure::NotFound;
    let waiting = || listener.waiting("Google to know the new service account");
    let there = poll(PATIENCE, unknown, || api.keys(&email, hmac), waiting).await;
    let there = there.map_err(|error| explained(gcp, &error))?;
    if there.iter().any(|key| !known.iter().any(|one| one.id == key.id)) {
        return Err(Error::new(Code::OTHER_RUN, format!("another run made a key of `{email}` meanwhile"))
            .why("It seems to be at work on the same spec, with another output folder. No second key was made.")
            .fix("Use the output folder of that run, or wait for its end and run the same command again."));
    }
    listener.intend(&Intent {
        user: user.clone(),
        at: now(),
        before: there.into_iter().map(|key| key.id).collect(),
    })?;
    let key = match poll(PATIENCE, unknown, || api.create_key(&email, hmac), waiting).await {
        Ok(key) => key,
        Err(error) => {
            // Only where the call cannot have taken effect there is nothing left to find out.
            if !matches!(error.kind, Failure::NoAnswer | Failure::Unavailable | Failure::Other) {
                listener.settle(user)?;
            }
            return Err(explained(gcp, &error));
        }
    };
    if let Err(error) = listener.keep(user, &key) {
        if api.delete_key(&email, &key, hmac).await.is_err() {
            return Err(error.why(
                "The key was made and could not be kept; the next run names it, and the command that removes it.",
            ));
        }
        drop(listener.settle(user));
        return Err(error.why("The key was made and could not be kept, so it was removed again."));
    }
    listener.settle(user)?;
    Ok(key)
}
