//! Whole runs against the AWS emulator: what is made, what is left alone, and what the programs say that use it.

mod adopt;
mod apply;
mod attach;
mod audit;
mod bad_input;
mod calls;
mod day_two;
mod destroy;
mod drift;
mod encryption;
mod export;
mod guided;
mod interrupt;
mod keys;
mod leftovers;
mod limits;
mod others;
mod owner;
mod ownership;
mod plan;
mod programs;
mod rotate;
mod s3cmd;
mod services;
mod sessions;
mod settings;
mod toolbox;
mod unwanted;
mod variants;
mod verify;

use serde_json::Value;

use crate::harness::Account;

/// The peer that all share, or the end of the test.
macro_rules! shared {
    () => {
        match crate::harness::Peer::shared() {
            Ok(peer) => peer,
            Err(why) => skip!("account", why),
        }
    };
}

/// A peer of the test's own, or the end of the test.
macro_rules! own {
    () => {
        match crate::harness::Peer::start() {
            Ok(peer) => peer,
            Err(why) => skip!("account", why),
        }
    };
}

use {own, shared};

/// A spec with one install, written in one line.
pub fn spec(account: &Account<'_>, name: &str, identity: &str, install: &str) -> String {
    let id = &account.id;
    format!(
        "\
apiVersion: bucketwright/v1
name: {name}
cloud:
  provider: aws
  region: eu-west-1
  cluster: {{name: prod, nodeRole: \"arn:aws:iam::{id}:role/nodes\"}}
identity: {identity}
installs:
  - {install}
"
    )
}

/// The codes of a JSON report of errors, which must say what, and how to fix it.
#[track_caller]
pub fn codes(report: &Value) -> Vec<&str> {
    let errors = report["errors"].as_array().unwrap_or_else(|| panic!("no errors in {report:#}"));
    assert!(!errors.is_empty(), "{report:#}");
    for error in errors {
        assert!(error["what"].as_str().is_some_and(|what| !what.is_empty()), "{error:#}");
        assert!(error["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "no fix: {error:#}");
    }
    errors.iter().filter_map(|error| error["code"].as_str()).collect()
}

/// Whether an object has exactly these keys.
#[track_caller]
fn keys(value: &Value, expected: &[&str]) {
    let mut found: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
