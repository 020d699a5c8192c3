//! Calls that failed for a moment are made again: one policy for the clouds that are called over HTTP here. The AWS SDK has its own,
//! of the same shape.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::patience::asked_pause;

/// The pause after the first failure; each next one is twice as long. Source: Google Cloud, "Retry strategy"; AWS SDKs and Tools
/// Reference Guide, "Retry behavior".
const FIRST: Duration = Duration::from_secs(1);
/// No pause is longer, unless the server asks for one.
const LONGEST: Duration = Duration::from_secs(20);
/// The sum of pauses after which a service that is busy is given up; nor is a longer one taken when the server asks for it.
const TOTAL: Duration = Duration::from_mins(2);
/// How often a call is made that gets no answer at all: a network that is down stays so.
const ATTEMPTS: u32 = 3;

/// What a failed attempt allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Another attempt would fail like this one, or do something twice.
    Never,
    /// No answer came: a few more times.
    Soon,
    /// The service is busy or out of order: for two minutes, and no sooner than it asks for.
    Later(Option<Duration>),
}

impl Again {
    /// What an answer allows. A call that must not be made `twice` is repeated only where the answer says that nothing was done.
    ///
    /// Source: Cloud Storage, "Retry strategy" (408, 429, 5xx); RFC 9110, `Retry-After`.
    pub(super) fn after(status: u16, twice: bool, retry_after: Option<&str>) -> Self {
        match status {
            429 => Self::Later(retry_after.and_then(asked)),
            408 | 500 | 502 | 503 | 504 if twice => Self::Later(retry_after.and_then(asked)),
            _ => Self::Never,
        }
    }

    /// The pause before the next attempt, after `attempt` of them and a sum of pauses; `None` to give up.
    fn pause(self, attempt: u32, waited: Duration) -> Option<Duration> {
        let own = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST);
        match self {
            Self::Never => None,
            Self::Soon => (attempt < ATTEMPTS).then_some(own),
            Self::Later(_) if waited >= TOTAL => None,
            Self::Later(asked) => Some(asked.map_or(own, |asked| asked.max(own))).filter(|pause| *pause <= TOTAL),
        }
    }
}

/// What `Retry-After` says: seconds, or a date.
fn asked(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::from_str(text.trim(), Format::HttpDate).ok()?;
    SystemTime::try_from(date).ok()?.duration_since(SystemTime::now()).ok()
}

/// Makes a call, and makes it again while that may help; it is told which attempt it is.
///
/// # Errors
/// The last error.
pub(super) async fn repeated<T, E, F: Future<Output = Result<T, (E, Again)>>>(call: impl Fn(u32) -> F) -> Result<T, E> {
    let (mut attempt, mut waited) = (1, Duration::ZERO);
    loop {
        let (error, again) = match call(attempt).await {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        let Some(pause) = again.pause(attempt, waited) else { return Err(error) };
        let real = match again {
            Again::Later(Some(asked)) => asked.max(paced(pause.saturating_sub(asked))),
            _ => paced(pause),
        };
        tokio::time::sleep(real).await;
        waited += pause;
        attempt += 1;
    }
}

/// A pause as the environment asks for it, half of it left to chance: those who were refused together do not come back together.
fn paced(pause: Duration) -> Duration {
    let scaled = asked_pause().map_or(pause, |first| pause.mul_f64(first.as_secs_f64() / FIRST.as_secs_f64()));
    let [chance, ..] = RandomState::new().hash_one(0_u8).to_le_bytes();
    scaled.mul_f64(0.5 + f64::from(chance) / 510.0)
}

/// Calls of a kind that a service takes only so often: each waits for its turn.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    next: std::cell::Cell<Option<tokio::time::Instant>>,
}

impl Pace {
    /// One call in each span of time.
    pub(super) const fn every(every: Duration) -> Self {
        Self { every, next: std::cell::Cell::new(None) }
    }

    /// Waits for the next turn.
    pub(super) async fn turn(&self) {
        let every =
            asked_pause().map_or(self.every, |first| self.every.mul_f64(first.as_secs_f64() / FIRST.as_secs_f64()));
        let now = tokio::time::Instant::now();
        let turn = self.next.get().map_or(now, |next| next.max(now));
        self.next.set(Some(turn + every));
        tokio::time::sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_an_answer_allows() {
        assert_eq!(Again::after(429, false, None), Again::Later(None));
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(Again::after(status, true, None), Again::Later(None), "{status}");
            assert_eq!(Again::after(status, false, None), Again::Never, "{status}");
        }
        for status in [400, 401, 403, 404, 409, 412, 501] {
            assert_eq!(Again::after(status, true, Some("1")), Again::Never, "{status}");
        }
        assert_eq!(Again::after(503, true, Some(" 7 ")), Again::Later(Some(Duration::from_secs(7))));
        assert_eq!(Again::after(503, true, Some("Wed, 21 Oct 2015 07:28:00 GMT")), Again::Later(None));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_end() {
        let pauses = |again: Again| {
            let (mut all, mut waited) = (Vec::new(), Duration::ZERO);
            while let Some(pause) = again.pause(u32::try_from(all.len()).expect("few") + 1, waited) {
                waited += pause;
                all.push(pause.as_secs());
            }
            all
        };
        assert_eq!(pauses(Again::Later(None)), [1, 2, 4, 8, 16, 20, 20, 20, 20, 20]);
        assert_eq!(pauses(Again::Soon), [1, 2]);
        assert!(pauses(Again::Never).is_empty());
        assert_eq!(pauses(Again::Later(Some(Duration::from_mins(1)))), [60, 60]);
        assert!(pauses(Again::Later(Some(Duration::from_hours(1)))).is_empty(), "nobody waits for an hour");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_made_until_it_works() {
        let calls = Cell::new(0);
        let call = |attempt: u32| {
            calls.set(attempt);
            async move { if attempt == 4 { Ok("done") } else { Err(("busy", Again::Later(None))) } }
        };
        assert_eq!((repeated(call).await, calls.get()), (Ok("done"), 4));
        let never = |_| async { Err::<(), _>(("no", Again::Never)) };
        assert_eq!(repeated(never).await, Err("no"));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_keep_their_distance() {
        let (pace, start) = (Pace::every(Duration::from_secs(2)), tokio::time::Instant::now());
        futures_util::join!(pace.turn(), pace.turn(), pace.turn());
        assert!(start.elapsed() >= Duration::from_secs(4));
    }
}
