//! The whole way on an account in memory: plan, apply, prove, and apply again.

mod model;
mod teardown;

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::json;

use super::RehearsalAccount;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, BucketName, IamName, IamNameKind, IamPath, Kind, Region};
use crate::base::secret::AccessKey;
use crate::blueprint::blueprint;
use crate::clouds::aws::live::api::{AwsApi, BucketApi, Holder, Making};
use crate::clouds::aws::live::apply::apply;
use crate::clouds::aws::live::observe::observe;
use crate::clouds::aws::live::prove::prove;
use crate::clouds::aws::plan::{Plan, plan};
use crate::clouds::call::Failure;
use crate::clouds::trial::ProofOptions;
use crate::model::{AtHand, Blueprint, Facts, HeldKeys, Intent, Listener, Verb};
use crate::profile::{Catalogue, skeleton};
use crate::spec::Spec;

#[derive(Default)]
struct Silent {
    kept: RefCell<BTreeMap<IamName, AccessKey>>,
    intents: RefCell<BTreeMap<IamName, Intent>>,
}

impl Listener for Silent {
    fn doing<C>(&self, _: &crate::model::Step<C>, _: &str) -> Result<()> {
        Ok(())
    }
    fn done<C>(&self, _: &crate::model::Step<C>) {}
    fn skipped<C>(&self, _: &crate::model::Step<C>, _: &str) {}

    fn waiting(&self, _: &str) -> bool {
        true
    }
    fn intend(&self, intent: &Intent) -> Result<()> {
        self.intents.borrow_mut().insert(intent.user.clone(), intent.clone());
        Ok(())
    }
    fn settle(&self, user: &IamName) -> Result<()> {
        self.intents.borrow_mut().remove(user);
        Ok(())
    }
    fn keep(&self, principal: &IamName, key: &AccessKey) -> Result<()> {
        self.kept.borrow_mut().insert(principal.clone(), key.clone());
        Ok(())
    }
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    let files = skeleton("demo").into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    catalogue.add("demo", "test", &files);
    catalogue
}

fn wanted(identity: &str, more: &str) -> Blueprint {
    let text = format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1, cluster: {{name: prod}}}}\nidentity: {identity}\n{more}installs:\n  - {{profile: demo, chartVersion: 1.0.0}}\n"
    );
    let spec = Spec::parse("t.yaml", &text).expect("spec");
    blueprint(spec, &catalogue(), Some(&account_id())).expect("blueprint")
}

fn account_id() -> AccountId {
    AccountId::parse("012345678901").expect("account")
}

fn region() -> Region {
    Region::parse("eu-west-1").expect("region")
}

fn account() -> RehearsalAccount {
    RehearsalAccount::new(account_id(), region()).any_cluster(true)
}

fn bucket() -> BucketName {
    BucketName::parse("acme-demo").expect("name")
}

fn role() -> IamName {
    IamName::parse(IamNameKind::Role, "acme-demo").expect("name")
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("runtime")
        .block_on(work)
}

fn at_hand(silent: &Silent) -> AtHand {
    let held = |key: &AccessKey| HeldKeys { current: Some(key.id.expose().to_owned()), ..HeldKeys::default() };
    let held = silent.kept.borrow().iter().map(|(name, key)| (name.clone(), held(key))).collect();
    AtHand { held, intents: silent.intents.borrow().clone(), second_key: false }
}

async fn planned(account: &RehearsalAccount, blueprint: &Blueprint, silent: &Silent) -> Plan {
    plan(blueprint, &observe(account, blueprint, at_hand(silent)).await.expect("observes")).expect("plans")
}

async fn run(account: &RehearsalAccount, blueprint: &Blueprint, silent: &Silent) -> std::result::Result<Plan, Error> {
    let observed = observe(account, blueprint, at_hand(silent)).await?;
    let plan = plan(blueprint, &observed)?;
    plan.accepted()?;
    apply(account, blueprint, &observed, &plan, silent).await?;
    Ok(plan)
}

#[test]
fn a_second_apply_changes_nothing_for_each_identity() {
    for identity in ["irsa", "pod-identity", "static-keys"] {
        block(async {
            let (account, silent, blueprint) = (account(), Silent::default(), wanted(identity, ""));
            run(&account, &blueprint, &silent).await.expect("applies");
            let made = account.mutations().len();
            assert!(made >= 6, "{identity}: {:?}", account.mutations());
            let again = run(&account, &blueprint, &silent).await.expect("applies again");
            assert!(!again.changes_anything(), "{identity}");
            assert_eq!(account.mutations().len(), made, "{identity}");
        });
    }
}

#[test]
fn the_proof_waits_for_a_new_key_and_passes() {
    block(async {
        let (account, silent, blueprint) = (account(), Silent::default(), wanted("static-keys", ""));
        account.new_keys_unknown_for(4);
        run(&account, &blueprint, &silent).await.expect("applies");
        let facts = Facts { keys: silent.kept.borrow().clone(), ..Facts::default() };
        let waits = RefCell::new(0);
        let waiting = |_: &str| {
            *waits.borrow_mut() += 1;
            true
        };
        let proof = prove(&account, &blueprint, &facts, ProofOptions::just_made(&waiting, &|| false)).await;
        assert!(proof.passed(), "{proof:?}");
        assert!(proof.trials.len() >= 7 && *waits.borrow() >= 4);
    });
}

#[test]
fn a_lost_reply_makes_nothing_twice() {
    for call in ["s3:CreateBucket", "iam:CreateUser", "iam:CreatePolicy"] {
        block(async {
            let (account, silent, blueprint) = (account(), Silent::default(), wanted("static-keys", ""));
            account.fail_next(call, Failure::NoAnswer, true);
            run(&account, &blueprint, &silent).await.unwrap_or_else(|error| panic!("{call}: {error:?}"));
            assert_eq!(account.mutations().iter().filter(|made| made.starts_with(call)).count(), 1, "{call}");
        });
    }
}

#[test]
fn a_lost_key_is_replaced_by_the_run_that_has_its_intent_and_by_no_other() {
    block(async {
        let (account, silent, blueprint) = (account(), Silent::default(), wanted("static-keys", ""));
        account.fail_next("iam:CreateAccessKey", Failure::NoAnswer, true);
        assert!(run(&account, &blueprint, &silent).await.is_err());
        let made = account.mutations();
        assert_eq!(made.iter().filter(|call| call.starts_with("iam:CreateAccessKey")).count(), 1);
        let intents = silent.intents.take();
        let error = run(&account, &blueprint, &silent).await.expect_err("refused");
        assert_eq!(error.code(), &Code::ORPHAN_KEY);
        assert!(error.remedy().is_some_and(|fix| fix.contains("--keys DIR") && !fix.contains("delete")));
        assert_eq!(account.mutations(), made);

        silent.intents.replace(intents);
        run(&account, &blueprint, &silent).await.expect("replaces its own");
        assert_eq!(
            account.mutations()[made.len()..],
            ["iam:DeleteAccessKey acme-demo", "iam:CreateAccessKey acme-demo"]
        );
        assert!(silent.intents.borrow().is_empty(), "it is settled");
        assert!(!run(&account, &blueprint, &silent).await.expect("applies again").changes_anything());
    });
}

#[test]
fn a_strangers_bucket_is_refused_before_anything_is_made() {
    block(async {
        let (account, silent, blueprint) = (account(), Silent::default(), wanted("irsa", ""));
        account.foreign_bucket(&bucket());
        assert_eq!(run(&account, &blueprint, &silent).await.expect_err("refused").code(), &Code::FOREIGN_BUCKET);
        assert!(account.mutations().is_empty());
    });
}

#[test]
fn a_bucket_in_another_region_is_refused() {
    block(async {
        let (account, silent, blueprint) = (account(), Silent::default(), wanted("irsa", ""));
        account.own_bucket(&bucket(), &Region::parse("us-east-1").expect("region"));
        let error = run(&account, &blueprint, &silent).await.expect_err("refused");
        assert_eq!(error.code(), &Code::BUCKET_ELSEWHERE);
        assert!(error.remedy().is_some_and(|fix| fix.contains("us-east-1")));
    });
}

#[test]
fn a_foreign_role_is_refused_unless_it_is_named() {
    block(async {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let theirs = BTreeMap::from([("owner".to_owned(), "them".to_owned())]);
        let account = account();
        account
            .create_role(&role(), &trust, &Making { path: &IamPath::default(), boundary: None, tags: &theirs })
            .await
            .expect("made");
        let (silent, blueprint) = (Silent::default(), wanted("irsa", ""));
        assert_eq!(run(&account, &blueprint, &silent).await.expect_err("refused").code(), &Code::FOREIGN_IDENTITY);
        let blueprint = wanted("irsa", "adopt: [acme-demo]\n");
        let plan = planned(&account, &blueprint, &silent).await;
        assert_eq!(plan.steps.iter().find(|step| step.kind == Kind::Role).map(|step| step.verb), Some(Verb::Adopt));
        run(&account, &blueprint, &silent).await.expect("adopts");
        let found = account.role(&role()).await.expect("reads").expect("there");
        assert_eq!(found.trust["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!((found.tags["owner"].as_str(), found.tags["bucketwright:origin"].as_str()), ("them", "adopted"));
        assert_eq!(account.attached_policies(Holder::Role(&role())).await.expect("reads").len(), 1);
    });
}

#[test]
fn foreign_settings_of_an_adopted_bucket_survive() {
    block(async {
        let (account, silent, blueprint) = (account(), Silent::default(), wanted("irsa", ""));
        account.own_bucket(&bucket(), &region());
        let theirs = BTreeMap::from([("cost-centre".to_owned(), "42".to_owned())]);
        account.put_bucket_tags(&bucket(), &region(), &theirs).await.expect("set");
        let statement = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": "arn:aws:s3:::acme-demo/*"}]});
        account.put_bucket_policy(&bucket(), &region(), &statement).await.expect("set");
        run(&account, &blueprint, &silent).await.expect("adopts");
        let tags = account.bucket_tags(&bucket(), &region()).await.expect("reads");
        assert_eq!((tags["cost-centre"].as_str(), tags["bucketwright:origin"].as_str()), ("42", "adopted"));
        let policy = account.bucket_policy(&bucket(), &region()).await.expect("reads").expect("there");
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(2));
        assert!(!run(&account, &blueprint, &silent).await.expect("again").changes_anything());
    });
}
