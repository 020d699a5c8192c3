//! The fault lab: calls that fail, processes that are killed, two at once. After each, a run without faults must end where a
//! clean run does.

mod azure;
pub mod kill;
mod kinds;
pub mod lab;
mod rows;
mod sweep;
mod two;

/// The peer of the fault tests, or the end of the test.
macro_rules! lab_peer {
    () => {
        match crate::faults::lab::peer() {
            Ok(peer) => peer,
            Err(why) => skip!("account", why),
        }
    };
}
use lab_peer;

/// Says a figure where the test runner does not hide it.
pub fn say(words: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{words}").expect("stderr");
}
