//! The shared proof against buckets in memory, in which one thing is wrong.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::*;
use crate::base::names::{BucketName, Region};
use crate::model::proof::{BODY, ProbeBucket};
use crate::profile::Access;

/// One bucket with objects that hold what the proof writes.
#[derive(Default)]
struct Fake {
    objects: RefCell<BTreeSet<String>>,
    /// The calls, in their order.
    calls: RefCell<Vec<&'static str>>,
    /// The calls that are refused.
    denied: &'static [&'static str],
    /// How many calls are refused before all works.
    late: Cell<usize>,
}

impl Fake {
    fn refusing(denied: &'static [&'static str]) -> Self {
        Self { denied, ..Self::default() }
    }

    fn call<T>(&self, call: &'static str, work: impl FnOnce(&mut BTreeSet<String>) -> Option<T>) -> Answer<T> {
        self.calls.borrow_mut().push(call);
        let failed = |kind, code: &str| CallError {
            call,
            resource: "acme".into(),
            kind,
            code: code.into(),
            message: String::new(),
            request_id: None,
        };
        let late = self.late.replace(self.late.get().saturating_sub(1)) > 0;
        if late || self.denied.contains(&call) {
            return Err(failed(Failure::Denied, "AccessDenied"));
        }
        work(&mut self.objects.borrow_mut()).ok_or_else(|| failed(Failure::NotFound, "NoSuchKey"))
    }
}

impl Objects for Fake {
    async fn put(&self, _: &BucketName, key: &str, _: &str) -> Answer<()> {
        self.call("put", |objects| Some(objects.insert(key.to_owned()))).map(drop)
    }

    async fn get(&self, _: &BucketName, key: &str) -> Answer<String> {
        self.call("get", |objects| objects.contains(key).then(|| BODY.to_owned()))
    }

    async fn list(&self, bucket: &BucketName, _: &str) -> Answer<Vec<String>> {
        let call = if bucket.as_str() == "acme" { "list" } else { "list outside" };
        self.call(call, |objects| Some(objects.iter().cloned().collect()))
    }

    async fn delete(&self, _: &BucketName, key: &str) -> Answer<()> {
        self.call("delete", |objects| objects.remove(key).then_some(()))
    }
}

/// The same with uploads in parts.
struct WithParts(Fake);

impl Objects for WithParts {
    async fn put(&self, bucket: &BucketName, key: &str, body: &str) -> Answer<()> {
        self.0.put(bucket, key, body).await
    }

    async fn get(&self, bucket: &BucketName, key: &str) -> Answer<String> {
        self.0.get(bucket, key).await
    }

    async fn list(&self, bucket: &BucketName, prefix: &str) -> Answer<Vec<String>> {
        self.0.list(bucket, prefix).await
    }

    async fn delete(&self, bucket: &BucketName, key: &str) -> Answer<()> {
        self.0.delete(bucket, key).await
    }

    async fn begin_multipart(&self, _: &BucketName, _: &str) -> Answer<Option<String>> {
        self.0.call("begin", |_| Some(Some("upload".to_owned())))
    }

    async fn abort_multipart(&self, _: &BucketName, _: &str, _: &str) -> Answer<()> {
        self.0.call("abort", |_| Some(()))
    }
}

fn named(name: &str) -> BucketName {
    BucketName::parse(name).expect("a name")
}

fn probe(access: Access) -> Probe {
    Probe {
        version: 1,
        install: "argo".into(),
        principal: "acme-argo".into(),
        arn: None,
        region: Region::parse("eu-west-1").expect("a region"),
        endpoint: None,
        buckets: vec![ProbeBucket { name: named("acme"), access, components: Vec::new(), preflights: Vec::new() }],
        outside: Some(named("other")),
        ours: true,
    }
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(work)
}

fn proven(objects: &impl Objects, probe: &Probe) -> Proof {
    block(prove_with(objects, probe, ProofOptions::existing(&|| false)))
}

/// The trials as `action` where they passed, and `action: note` where not.
fn words(trials: &[Trial]) -> Vec<String> {
    let note = |trial: &Trial| trial.note.clone().unwrap_or_default();
    let word = |trial: &Trial| {
        if trial.passed { trial.action.to_string() } else { format!("{}: {}", trial.action, note(trial)) }
    };
    trials.iter().map(word).collect()
}

#[test]
fn a_bucket_that_is_only_read_refuses_to_be_written() {
    let probe = probe(Access::Read);
    let good = Fake::refusing(&["put", "list outside"]);
    assert_eq!(words(&proven(&good, &probe).trials), ["list", "get", "put", "list"]);
    let wide = Fake::refusing(&["list outside"]);
    let trials = proven(&wide, &probe).trials;
    assert_eq!(
        words(&trials),
        ["list", "get", "put: allowed, though its policy does not say so: it can do too much", "delete", "list"]
    );
    assert!(wide.objects.borrow().is_empty());

    // What was just made is not written to.
    let fresh = Fake::refusing(&["put", "list outside"]);
    let options = ProofOptions::just_made(&|_| true, &|| false);
    assert_eq!(words(&block(prove_with(&fresh, &probe, options)).trials), ["list", "list"]);
}

#[test]
fn rights_from_elsewhere_are_no_failure() {
    let probe = Probe { ours: false, ..probe(Access::Read) };
    let proof = proven(&Fake::default(), &probe);
    assert!(proof.passed(), "{proof:#?}");
    assert!(
        proof.trials.iter().any(|trial| trial.note.as_deref() == Some("allowed by rights that it has from elsewhere"))
    );
}

#[test]
fn what_fails_is_said_and_what_is_left_is_named() {
    let probe = probe(Access::ReadWrite);
    let proof = proven(&Fake::refusing(&["get", "list outside"]), &probe);
    assert_eq!(words(&proof.trials), ["put", "get: get: AccessDenied", "list", "delete", "list"]);
    assert!(!proof.passed());
    let proof = proven(&Fake::refusing(&["delete", "list outside"]), &probe);
    let left = "delete: delete: AccessDenied; bucketwright-proof/acme-argo is left in the bucket";
    assert_eq!(words(&proof.trials), ["put", "get", "list", left, "list"]);
    assert!(proof.trials[3].leaves_something());
}

#[test]
fn a_stop_between_calls_removes_what_was_written() {
    for after in ["put", "get", "list"] {
        let objects = WithParts(Fake::default());
        let stopped = || objects.0.calls.borrow().contains(&after);
        let proof = block(prove_with(&objects, &probe(Access::ReadWrite), ProofOptions::existing(&stopped)));
        let calls = objects.0.calls.borrow();
        assert_eq!(calls.last(), Some(&"delete"), "{after}: {proof:#?}");
        assert_eq!(calls[calls.len() - 2], after);
        assert!(objects.0.objects.borrow().is_empty());
    }
    let nothing = Fake::default();
    let proof = block(prove_with(&nothing, &probe(Access::ReadWrite), ProofOptions::existing(&|| true)));
    assert!(proof.trials.is_empty() && nothing.calls.borrow().is_empty());
}

#[test]
fn what_a_cloud_does_not_have_is_not_tried() {
    let probe = Probe { outside: None, ..probe(Access::ReadWrite) };
    assert_eq!(words(&proven(&Fake::default(), &probe).trials), ["put", "get", "list", "delete"]);
    let trials = proven(&WithParts(Fake::default()), &probe).trials;
    assert_eq!(words(&trials), ["put", "get", "list", "multipart", "abort", "delete"]);
}

#[test]
fn a_right_that_was_just_given_is_waited_for() {
    let waits = Cell::new(0);
    let waiting = |_: &str| {
        waits.set(waits.get() + 1);
        true
    };
    for access in [Access::Read, Access::ReadWrite] {
        waits.set(0);
        let late = Fake { late: Cell::new(2), ..Fake::refusing(&["list outside"]) };
        let options = ProofOptions::just_made(&waiting, &|| false);
        let proof = block(prove_with(&late, &probe(access), options));
        assert!(proof.passed() && waits.get() == 2, "{proof:#?}");
    }
    // What has been there works now, or it does not.
    let late = Fake { late: Cell::new(1), ..Fake::default() };
    assert!(!proven(&late, &probe(Access::ReadWrite)).passed());
}
