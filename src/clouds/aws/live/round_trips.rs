//! How many round trips a run had to wait for, one after the other.

use super::sdk::RecordedCall;

/// The longest chain of calls of which each began only after the one before had ended: what latency multiplies.
pub fn critical_path(calls: &[RecordedCall]) -> usize {
    let mut calls: Vec<&RecordedCall> = calls.iter().collect();
    calls.sort_by_key(|call| call.ended);
    let mut chain = 0;
    let mut free_from = None;
    for call in calls {
        if free_from.is_none_or(|free| call.started >= free) {
            chain += 1;
            free_from = Some(call.ended);
        }
    }
    chain
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn overlapping_calls_count_once() {
        let call = |started: u64, ended: u64| RecordedCall {
            call: "s3:HeadBucket".to_owned(),
            started: SystemTime::UNIX_EPOCH + Duration::from_secs(started),
            ended: SystemTime::UNIX_EPOCH + Duration::from_secs(ended),
            attempts: 1,
        };
        assert_eq!(critical_path(&[call(0, 2), call(0, 3), call(1, 3), call(3, 5), call(4, 5)]), 2);
        assert_eq!(critical_path(&[]), 0);
    }
}
