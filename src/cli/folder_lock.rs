//! One run at a time in an output folder.

use std::time::Duration;

use super::context::Context;
use crate::base::error::Result;
use crate::files::out::{Folder, Taken};

/// Waits until no other run uses the folder: what that one makes is seen by the planning that follows.
pub(super) async fn locked(context: &Context, folder: &Folder) -> Result<Taken> {
    let mut said = false;
    loop {
        if let Some(taken) = folder.take()? {
            return Ok(taken);
        }
        if !said {
            context.screen.say(&format!("waiting for another run that uses {}", folder.path().display()));
            said = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
