//! A teardown that is interrupted or fails at each of its calls, and is run again: the account ends empty.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::*;
use crate::base::names::Kind;
use crate::clouds::aws::live::destroy::destroy;
use crate::clouds::aws::live::find::find;
use crate::clouds::aws::live::removals::RemovalApi;
use crate::clouds::aws::teardown;
use crate::clouds::aws::teardown::Teardown;
use crate::model::{Fate, TeardownScope, TeardownStep, Witness};

/// Lets so many removals through and then stops.
struct Through(Cell<usize>);

impl Witness for Through {
    fn removing<R>(&self, _: &TeardownStep<R>, _: &str) -> Result<()> {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        if left == 0 { Err(Error::new(Code::INTERRUPTED, "stopped by the test")) } else { Ok(()) }
    }
    fn done<R>(&self, _: &TeardownStep<R>) {}
    fn key_gone(&self, _: &IamName, _: &str) -> Result<()> {
        Ok(())
    }
}

async fn applied(identity: &str) -> (RehearsalAccount, Blueprint) {
    let (account, blueprint, silent) = (account(), wanted(identity, ""), Silent::default());
    let observed = observe(&account, &blueprint, AtHand::default()).await.expect("observes");
    let plan = plan(&blueprint, &observed).expect("plans");
    apply(&account, &blueprint, &observed, &plan, &silent).await.expect("applies");
    (account, blueprint)
}

/// Everything goes, whatever the spec's file names.
fn everything() -> TeardownScope {
    TeardownScope { leftovers: true, ..TeardownScope::default() }
}

async fn run(
    account: &RehearsalAccount,
    blueprint: &Blueprint,
    wanted: &TeardownScope,
    removals: usize,
) -> Result<Teardown> {
    let found = find(account, &blueprint.spec).await?;
    let plan = teardown::teardown(&blueprint.spec.name, &found, wanted)?;
    destroy(account, &found, &plan, &Through(Cell::new(removals))).await?;
    Ok(plan)
}

async fn is_empty(account: &RehearsalAccount) -> bool {
    account.users().await.expect("users").is_empty()
        && account.roles().await.expect("roles").is_empty()
        && account.policies().await.expect("policies").is_empty()
        && account.oidc_providers().await.expect("providers").is_empty()
        && account.associations("prod").await.expect("associations").is_empty()
        && account.list_buckets().await.expect("buckets").is_empty()
}

#[test]
fn a_teardown_goes_on_after_any_interruption() {
    for identity in ["static-keys", "irsa", "pod-identity"] {
        let mut stops = 0;
        loop {
            let rest = block(async {
                let (account, blueprint) = applied(identity).await;
                let stopped = run(&account, &blueprint, &everything(), stops).await;
                run(&account, &blueprint, &everything(), usize::MAX).await.expect("goes on");
                assert!(is_empty(&account).await, "{identity}, stopped after {stops}");
                stopped
            });
            if rest.is_ok() {
                break;
            }
            stops += 1;
        }
        assert!(stops > 3, "{identity}: only {stops} places to stop at");
    }
}

#[test]
fn a_teardown_goes_on_after_any_failure() {
    for identity in ["static-keys", "irsa", "pod-identity"] {
        let calls: BTreeSet<String> = block(async {
            let (account, blueprint) = applied(identity).await;
            let before = account.mutations().len();
            run(&account, &blueprint, &everything(), usize::MAX).await.expect("destroys");
            let made = account.mutations().split_off(before);
            made.iter().filter_map(|one| Some(one.split_once(' ')?.0.to_owned())).collect()
        });
        assert!(calls.len() > 3, "{identity}: {calls:?}");
        for call in calls {
            let call: &'static str = call.leak();
            for (kind, acted) in [(Failure::NoAnswer, true), (Failure::NoAnswer, false), (Failure::Denied, false)] {
                block(async {
                    let (account, blueprint) = applied(identity).await;
                    account.fail_next(call, kind, acted);
                    run(&account, &blueprint, &everything(), usize::MAX).await.expect_err(call);
                    run(&account, &blueprint, &everything(), usize::MAX).await.expect("goes on");
                    assert!(is_empty(&account).await, "{identity}, {call} {kind:?}, acted: {acted}");
                });
            }
        }
    }
}

#[test]
fn data_stays_until_its_bucket_is_named() {
    block(async {
        let (account, blueprint) = applied("static-keys").await;
        account.put_object(&bucket(), "something");
        let plan = run(&account, &blueprint, &everything(), usize::MAX).await.expect("runs");
        assert!(plan.steps.iter().any(|step| step.kind == Kind::Bucket && step.fate == Fate::Keep));
        assert_eq!(account.list_buckets().await.expect("buckets"), [bucket().to_string()]);
        let named = TeardownScope { delete_data: BTreeSet::from([bucket()]), ..everything() };
        run(&account, &blueprint, &named, usize::MAX).await.expect("runs");
        assert!(is_empty(&account).await);
    });
}

#[test]
fn what_was_written_meanwhile_stays() {
    block(async {
        let (account, blueprint) = applied("static-keys").await;
        let found = find(&account, &blueprint.spec).await.expect("finds");
        let plan = teardown::teardown(&blueprint.spec.name, &found, &everything()).expect("plans");
        account.put_object(&bucket(), "late");
        let error = destroy(&account, &found, &plan, &Through(Cell::new(usize::MAX))).await.expect_err("not empty");
        assert_eq!(*error.code(), Code::NOT_EMPTY);
        assert_eq!(account.list_buckets().await.expect("buckets"), [bucket().to_string()]);
    });
}

#[test]
fn another_specs_resources_are_not_seen() {
    block(async {
        let (account, _) = applied("irsa").await;
        let other = Spec::parse(
            "t.yaml",
            "apiVersion: bucketwright/v1\nname: acm\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n  - {profile: demo, chartVersion: 1.0.0}\n",
        );
        let other = other.expect("spec");
        let found = find(&account, &other).await.expect("finds");
        let plan = teardown::teardown(&other.name, &found, &everything()).expect("plans");
        assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    });
}
