//! Waiting for what was just made: a poll with a reason, never a sleep and a hope.

use std::time::Duration;

/// The variable that sets the first pause of everything that is tried again, in milliseconds; all else grows from it.
const PAUSE: &str = "BUCKETWRIGHT_PAUSE_MS";

/// The first pause that the environment asks for.
pub fn asked_pause() -> Option<Duration> {
    std::env::var(PAUSE).ok()?.parse().ok().map(Duration::from_millis)
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first pause; each next one is half as long again, up to ten times the first.
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
    /// For IAM to list an access key that was just made. Source: 5 to 15 seconds are reported until a new key is known.
    pub const LISTING: Self = Self { first: Duration::from_millis(200), total: Duration::from_secs(30) };

    /// The same shape with the first pause that the environment asks for.
    fn paced(self) -> Self {
        match asked_pause() {
            Some(first) => Self { first, total: self.total.mul_f64(first.as_secs_f64() / self.first.as_secs_f64()) },
            None => self,
        }
    }
}

/// Calls until it succeeds, fails for good, or patience is over; `waiting` is told before each pause and
/// may give up.
///
/// # Errors
/// The last error.
pub async fn poll<T, E, F: Future<Output = Result<T, E>>>(
    patience: Patience,
    passing: impl Fn(&E) -> bool,
    call: impl Fn() -> F,
    waiting: impl Fn() -> bool,
) -> Result<T, E> {
    let patience = patience.paced();
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
                pause = (pause * 3 / 2).min(patience.first * 10);
            }
            other => return other,
        }
    }
}
