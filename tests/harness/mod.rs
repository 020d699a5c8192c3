//! What all tests share: a folder of their own, the binary in a bare environment, folders as text, and peers.

mod aws;
mod folder;
mod gcp;
mod guard;
mod helm;
mod peers;
mod run;
mod s3;
mod sandbox;
mod search;
mod wait;

pub use aws::{Account, Peer, REGION, bare};
pub use folder::{blessing, holds, tree, tree_of_text};
pub use gcp::Google;
pub use helm::helm;
pub use peers::{browser, helm_reads, python};
pub use run::{Output, Run};
pub use s3::{ACCOUNT, KEY, Store, client, free_port};
pub use sandbox::{Call, Sandbox};
pub use search::Search;
pub use wait::{alive, becomes, hear, nobody_elses_seconds, until};

/// Names a peer that is missing, and why, and leaves the test; with `BUCKETWRIGHT_NO_SKIP=1` the test fails.
macro_rules! skip {
    ($peer:expr, $why:expr) => {{
        crate::harness::skipped(&$peer.to_string(), &$why.to_string());
        return;
    }};
}

/// Says that a test was skipped, or fails where skipping is not allowed.
pub fn skipped(peer: &str, why: &str) {
    use std::io::Write;
    assert!(std::env::var("BUCKETWRIGHT_NO_SKIP").as_deref() != Ok("1"), "{peer} is missing: {why}");
    // Not through `eprintln!`, which the test runner hides when a test passes.
    writeln!(std::io::stderr(), "skip: {peer}: {why}").expect("stderr");
}

/// The project's folder.
pub fn project() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
