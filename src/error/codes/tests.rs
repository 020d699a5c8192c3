//! The table of codes.

use crate::error::{Code, Kind};

#[test]
fn codes_are_unique_and_in_order() {
    let codes: Vec<&str> = Code::ALL.iter().map(|(code, _)| *code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
}

#[test]
fn the_kind_follows_the_hundred() {
    assert_eq!(Code::BAD_BUCKET.kind(), Kind::Input);
    assert_eq!(Code::DENIED.kind(), Kind::Failed);
    assert_eq!(Code::INTERRUPTED.kind(), Kind::Interrupted);
    assert_eq!(Code::NO_TERMINAL.kind(), Kind::Input);
}
