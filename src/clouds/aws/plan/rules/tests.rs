use std::collections::BTreeMap;

use super::*;
use crate::base::names::{BucketName, DnsLabel};
use crate::model::Change as _;

fn cors(origin: &str) -> Cors {
    Cors {
        origins: vec![origin.to_owned()],
        methods: vec!["GET".to_owned(), "PUT".to_owned()],
        headers: vec!["*".to_owned()],
        expose: Vec::new(),
        max_age_seconds: Some(3000),
    }
}

fn want() -> BucketWant {
    BucketWant {
        name: BucketName::parse("acme-artifacts").expect("a name"),
        users: vec![(DnsLabel::namespace("argo").expect("a label"), "artifacts".to_owned())],
        existing: false,
        versioning: false,
        kms_key: None,
        abort_uploads_after_days: 7,
        expiries: vec![Expiry { id: "tmp".to_owned(), prefix: "tmp/".to_owned(), expire_after_days: 14 }],
        cors: vec![cors("https://a.example.com")],
        tls_only: true,
        tags: BTreeMap::new(),
    }
}

fn abort(days: i32) -> RuleState {
    RuleState { id: ABORT_RULE.to_owned(), enabled: true, abort_after_days: Some(days), ..RuleState::default() }
}

fn expiry(id: &str, prefix: &str, days: i32) -> RuleState {
    RuleState {
        id: id.to_owned(),
        enabled: true,
        prefix: prefix.to_owned(),
        expire_after_days: Some(days),
        ..RuleState::default()
    }
}

fn lifecycle(rules: Vec<RuleState>) -> String {
    let state = BucketState { lifecycle: rules, ..BucketState::default() };
    lifecycle_change(&want(), &state).map(|change| format!("{} {}", change.call(), change.words())).unwrap_or_default()
}

#[test]
fn rules_of_ours_are_what_the_spec_says() {
    let tmp = || expiry("bucketwright-tmp", "tmp/", 14);
    let put = |words: &str| format!("s3:PutBucketLifecycleConfiguration {words}");
    assert_eq!(lifecycle(vec![abort(7), tmp()]), "");
    for (rules, words) in [
        (
            vec![abort(30), tmp()],
            "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 30 days)",
        ),
        (
            vec![RuleState { enabled: false, ..abort(7) }, tmp()],
            "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 7 days, disabled)",
        ),
        (
            vec![RuleState { prefix: "x/".to_owned(), ..abort(7) }, tmp()],
            "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 7 days)",
        ),
        (
            vec![RuleState { expire_after_days: Some(1), ..abort(7) }, tmp()],
            "abort unfinished uploads after 7 days (ours now: removes every object after 1 day, aborts unfinished uploads after 7 days)",
        ),
        (
            vec![RuleState { more: true, ..abort(7) }, tmp()],
            "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 7 days, more)",
        ),
        (vec![abort(7)], "expire `tmp/*` after 14 days"),
        (
            vec![abort(7), expiry("bucketwright-tmp", "", 14)],
            "expire `tmp/*` after 14 days (ours now: removes every object after 14 days)",
        ),
        (
            vec![abort(7), tmp(), expiry("bucketwright-old", "old/", 3)],
            "remove our rule `bucketwright-old`, which the spec does not want (removes `old/*` after 3 days)",
        ),
        // Of two with one id neither is trusted.
        (
            vec![abort(7), abort(7), tmp()],
            "abort unfinished uploads after 7 days (ours now: aborts unfinished uploads after 7 days)",
        ),
    ] {
        assert_eq!(lifecycle(rules), put(words));
    }
    // What others wrote does for the spec's rule, and is not touched.
    let theirs = |rule: RuleState| RuleState { id: "theirs".to_owned(), ..rule };
    assert_eq!(lifecycle(vec![theirs(abort(3)), theirs(tmp())]), "");
    assert_eq!(
        lifecycle(vec![theirs(abort(3)), theirs(tmp()), abort(30)]),
        put(
            "remove our rule `bucketwright-abort-uploads`, which the spec does not want (aborts unfinished uploads after 30 days)"
        )
    );
}

#[test]
fn a_lifecycle_of_ours_alone_may_go_whole() {
    let want = BucketWant { expiries: Vec::new(), ..want() };
    let state = BucketState { lifecycle: vec![expiry("bucketwright-old", "", 1)], ..BucketState::default() };
    let change = lifecycle_change(&want, &state).expect("a change");
    assert_eq!(change.call(), "s3:PutBucketLifecycleConfiguration", "the abort rule takes its place");
    let AwsChange::SetLifecycle(change) = change else { panic!("{change:?}") };
    let parts = change.split();
    assert_eq!(parts.len(), 2);
    assert!(parts[0].replaced.len() == 1 && parts[1].abort_after_days == Some(7), "{parts:?}");
}

fn browsers(rules: &[(&str, Cors)]) -> String {
    let cors = rules.iter().map(|(id, rule)| CorsState { id: Some((*id).to_owned()), rule: rule.clone() }).collect();
    let state = BucketState { cors, ..BucketState::default() };
    cors_change(&want(), &state).map(|change| format!("{} {}", change.call(), change.words())).unwrap_or_default()
}

#[test]
fn a_cors_rule_of_ours_is_replaced_and_not_doubled() {
    let (ours, id) = (cors("https://a.example.com"), "bucketwright-GET,PUT https://a.example.com");
    assert_eq!(browsers(&[(id, ours.clone())]), "");
    assert_eq!(browsers(&[("theirs", ours.clone())]), "");
    let evil = cors("https://evil.example.com");
    let words = "s3:PutBucketCors allow browsers from https://a.example.com, in place of our rule `bucketwright-GET,PUT https://a.example.com` (GET, PUT from https://evil.example.com)";
    assert_eq!(browsers(&[(id, evil.clone())]), words);
    assert_eq!(browsers(&[(id, evil.clone()), (id, ours.clone())]), words);
    let old = Cors { max_age_seconds: None, ..ours.clone() };
    assert!(browsers(&[(id, old)]).contains("in place of our rule"));
    assert!(
        browsers(&[("bucketwright-old", evil.clone()), (id, ours)]).starts_with("s3:PutBucketCors remove our rule")
    );
    let none = BucketWant { cors: Vec::new(), ..want() };
    let there = |id: &str| BucketState {
        cors: vec![CorsState { id: Some(id.to_owned()), rule: evil.clone() }],
        ..BucketState::default()
    };
    assert_eq!(cors_change(&none, &there(id)).expect("a change").call(), "s3:DeleteBucketCors");
    assert_eq!(cors_change(&none, &there("theirs")), None);
}

#[test]
fn what_others_let_expire_is_told() {
    let found = |rule: RuleState| -> Vec<String> {
        let state = BucketState { lifecycle: vec![rule], ..BucketState::default() };
        losses(&want(), &state).into_iter().flat_map(|(_, words, _)| words).collect()
    };
    assert_eq!(found(expiry("theirs", "", 1)), ["removes every object after 1 day"]);
    assert_eq!(found(expiry("theirs", "tmp/", 3)), ["removes `tmp/*` after 3 days"]);
    assert_eq!(
        found(RuleState { narrowed: Some("with the tag a=b".to_owned()), ..expiry("theirs", "", 1) }),
        ["removes every object with the tag a=b after 1 day"]
    );
    let on = RuleState { expire_on: Some("2030-01-01".to_owned()), expire_after_days: None, ..expiry("theirs", "", 1) };
    assert_eq!(found(on), ["removes every object on 2030-01-01"]);
    let archive = RuleState {
        archive: Some("GLACIER after 30 days".to_owned()),
        expire_after_days: None,
        more: true,
        ..expiry("theirs", "", 1)
    };
    assert_eq!(found(archive), ["moves every object to GLACIER after 30 days"]);
    // The spec's own rule is there first; what is off does nothing; what aborts uploads removes no object.
    for harmless in [
        expiry("theirs", "tmp/", 14),
        expiry("theirs", "tmp/cache/", 90),
        RuleState { enabled: false, ..expiry("theirs", "", 1) },
        RuleState { id: "theirs".to_owned(), ..abort(1) },
        expiry("bucketwright-old", "", 1),
    ] {
        assert!(found(harmless.clone()).is_empty(), "{harmless:?}");
    }
}
