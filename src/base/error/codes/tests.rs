//! The table of codes.

use super::*;
use crate::base::error::ErrorKind;

#[test]
fn codes_are_unique_and_in_order() {
    let codes: Vec<&str> = Code::ALL.iter().map(|(code, _)| code.as_str()).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
}

#[test]
fn the_kind_stands_in_the_table() {
    assert_eq!(Code::BAD_BUCKET.kind(), ErrorKind::Input);
    assert_eq!(Code::DENIED.kind(), ErrorKind::Failed);
    assert_eq!(Code::INTERRUPTED.kind(), ErrorKind::Interrupted);
    assert_eq!(Code::NO_TERMINAL.kind(), ErrorKind::Input);
    assert_eq!(Code::UNKNOWN_FACT.kind(), ErrorKind::Input);
    assert_eq!(Code::UNRESOLVED_SECRET.kind(), ErrorKind::Input);
    assert_eq!(Code::UNTRUSTED_ACCOUNT.kind(), ErrorKind::Finding);
    assert_eq!(Code::named("BW0504"), Some(Code::DENIED));
}

/// A check of a profile judges the spec, whatever its number.
#[test]
fn the_codes_of_profiles_mean_input() {
    for code in ["BW0412", "BW1541", "BW1543", "BW1544", "BW1641"] {
        assert_eq!(Code::from_profile(code).map(|code| code.kind()), Some(ErrorKind::Input), "{code}");
    }
}
