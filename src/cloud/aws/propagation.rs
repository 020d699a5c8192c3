//! Waiting for what was just made: a poll with a reason, never a sleep and a hope.

use std::time::Duration;

use super::call::CallError;

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first pause; each next one is half as long again, up to two seconds.
    pub first: Duration,
    /// The sum of all pauses after which to give up.
    pub total: Duration,
}

impl Patience {
    /// For IAM and S3 to make new things visible. Source: the two minutes that Terraform's AWS provider allows; IAM User
    /// Guide, "Troubleshooting IAM": changes are not always immediately visible.
    pub const PROPAGATION: Self = Self { first: Duration::from_millis(200), total: Duration::from_mins(2) };

    /// For a store, whose parts are few and near: what it does not know at once is wrong.
    pub const NEARBY: Self = Self { first: Duration::from_millis(100), total: Duration::from_secs(3) };
}

/// Calls until it succeeds, fails for good, or patience is over; `waiting` is told before each pause and
/// may give up.
///
/// # Errors
/// The last error.
pub async fn poll<T, F: Future<Output = Result<T, CallError>>>(
    patience: Patience,
    passing: impl Fn(&CallError) -> bool,
    call: impl Fn() -> F,
    waiting: impl Fn() -> bool,
) -> Result<T, CallError> {
    let mut pause = patience.first;
    let mut waited = Duration::ZERO;
    loop {
        match call().await {
            Err(error) if passing(&error) && waited < patience.total => {
                if !waiting() {
                    return Err(error);
                }
                tokio::time::sleep(pause).await;
                waited += pause;
                pause = (pause * 3 / 2).min(Duration::from_secs(2));
            }
            other => return other,
        }
    }
}
