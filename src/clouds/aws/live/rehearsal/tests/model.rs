//! Long lives of a spec, walked at random: edits, applies, prunes, faults and foreign hands, with an oracle that compares the account
//! with what the spec says. A sequence that fails is made as short as it can be and printed.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::*;
use crate::base::names::{Arn, Kind};
use crate::clouds::aws::live::Aws;
use crate::clouds::aws::live::destroy::destroy;
use crate::clouds::aws::live::find::find;
use crate::clouds::aws::live::rehearsal::RehearsalAccount;
use crate::clouds::aws::teardown;
use crate::clouds::aws::teardown::Found;
use crate::clouds::leftovers::leftovers;
use crate::model::{Named, TeardownScope, TeardownStep, Witness};
use crate::policy::is_ours;

/// What the spec says at a moment.
#[derive(Clone, Copy, Debug)]
struct Says {
    identity: usize,
    second: Option<usize>,
    namespace: bool,
    bucket: usize,
    cost: bool,
}

/// One step of a life.
#[derive(Clone, Debug)]
enum Move {
    Edit(Says),
    Apply,
    Prune,
    /// A call fails; whether it takes effect all the same.
    Fault(&'static str, Failure, bool),
    /// Somebody writes a statement of this Sid into a trust policy.
    Trust(&'static str),
    /// Somebody writes a statement of this Sid into a managed policy.
    Policy(&'static str),
    /// Somebody edits a statement of ours.
    Widen,
    /// Somebody makes a role that has a name like ours; with the tag of another spec or without.
    Role(&'static str, Option<&'static str>),
    /// A pod writes.
    Data,
    /// Somebody takes our tag off a bucket.
    Untag,
    Destroy,
}

const IDENTITIES: [&str; 3] = ["static-keys", "irsa", "pod-identity"];
/// The Sids that somebody may choose: ours of before, and any.
const SIDS: [&str; 5] = ["Buckets", "Key", "ServiceAccounts", "Pods", "Theirs"];
const CALLS: [&str; 14] = [
    "s3:CreateBucket",
    "s3:PutBucketTagging",
    "s3:PutBucketPolicy",
    "iam:CreateUser",
    "iam:CreateRole",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateAccessKey",
    "iam:AttachUserPolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeletePolicy",
    "iam:DeleteRole",
    "iam:DeleteUser",
    "eks:CreatePodIdentityAssociation",
];

fn says() -> impl Strategy<Value = Says> {
    (0..3_usize, prop::option::of(0..3_usize), any::<bool>(), 0..3_usize, any::<bool>())
        .prop_map(|(identity, second, namespace, bucket, cost)| Says { identity, second, namespace, bucket, cost })
}

fn one_move() -> impl Strategy<Value = Move> {
    let kinds = prop::sample::select(vec![Failure::NoAnswer, Failure::Other, Failure::Denied]);
    prop_oneof![
        4 => says().prop_map(Move::Edit),
        5 => Just(Move::Apply),
        2 => Just(Move::Prune),
        2 => (prop::sample::select(CALLS.to_vec()), kinds, any::<bool>()).prop_map(|(call, kind, acted)| {
            Move::Fault(call, kind, acted && kind != Failure::Denied)
        }),
        1 => prop::sample::select(SIDS.to_vec()).prop_map(Move::Trust),
        1 => prop::sample::select(SIDS.to_vec()).prop_map(Move::Policy),
        1 => Just(Move::Widen),
        1 => prop::sample::select(vec![
            ("acme-else", None),
            ("acme-more", Some("other")),
            ("acme-prod-demo", Some("acme-prod")),
        ]).prop_map(|(name, owner)| Move::Role(name, owner)),
        1 => Just(Move::Data),
        1 => Just(Move::Untag),
        1 => Just(Move::Destroy),
    ]
}

/// A life under way.
struct Life {
    account: RehearsalAccount,
    silent: Silent,
    says: Says,
    /// What others wrote into trust and managed policies: the holder's kind and name, and the statement.
    theirs: Vec<(Kind, String, Value)>,
    /// Roles of others, as they are to stay.
    roles: BTreeMap<String, Value>,
    /// Buckets with data, or that lost our tag: they are never deleted.
    precious: std::collections::BTreeSet<BucketName>,
    steps: usize,
    faults: usize,
}

struct Removing<'a>(&'a Silent);

impl Witness for Removing<'_> {
    fn removing<R>(&self, _: &TeardownStep<R>, _: &str) -> Result<()> {
        Ok(())
    }
    fn done<R>(&self, _: &TeardownStep<R>) {}
    fn key_gone(&self, user: &IamName, key: &str) -> Result<()> {
        self.0.kept.borrow_mut().retain(|name, kept| name != user || kept.id.expose() != key);
        Ok(())
    }
}

impl Life {
    fn new() -> Self {
        let says = Says { identity: 0, second: None, namespace: false, bucket: 0, cost: false };
        let (account, silent) = (account(), Silent::default());
        let (theirs, roles, precious) = (Vec::new(), BTreeMap::new(), std::collections::BTreeSet::new());
        Self { account, silent, says, theirs, roles, precious, steps: 0, faults: 0 }
    }

    fn blueprint(&self) -> Blueprint {
        let Says { identity, second, namespace, bucket, cost } = self.says;
        let space = if namespace { ", namespace: moved" } else { "" };
        let mut text = format!(
            "apiVersion: bucketwright/v1\nname: acme\nid: one-id\nretired: [acme-data-0, acme-data-1, acme-data-2, acme-two]\n\
             cloud: {{provider: aws, region: eu-west-1, cluster: {{name: prod}}}}\nidentity: {}\ntags: {{cost: \"{cost}\"}}\ninstalls:\n\
             \x20 - {{profile: demo, chartVersion: 1.0.0{space}, buckets: {{data: acme-data-{bucket}}}}}\n",
            IDENTITIES[identity]
        );
        if let Some(identity) = second {
            text.push_str(&format!(
                "  - {{profile: demo, chartVersion: 1.0.0, id: two, namespace: two, identity: {}, buckets: {{data: acme-two}}}}\n",
                IDENTITIES[identity]
            ));
        }
        let spec = Spec::parse("t.yaml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        blueprint(spec, &catalogue(), Some(&account_id())).unwrap_or_else(|error| panic!("{error}"))
    }

    async fn found(&self, blueprint: &Blueprint) -> Found {
        find(&self.account, &blueprint.spec).await.expect("finds")
    }

    async fn step(&mut self, one: &Move) {
        self.steps += 1;
        let blueprint = self.blueprint();
        match one {
            Move::Edit(says) => self.says = *says,
            Move::Apply => self.applied(&blueprint).await,
            Move::Prune => {
                self.applied(&blueprint).await;
                self.pruned(&blueprint).await;
            }
            Move::Fault(call, kind, acted) => {
                self.faults += 1;
                self.account.fail_next(call, *kind, *acted);
            }
            Move::Trust(sid) => self.write_trust(sid).await,
            Move::Policy(sid) => self.write_policy(&blueprint, sid).await,
            Move::Widen => self.widen().await,
            Move::Role(name, owner) => self.foreign_role(name, *owner).await,
            Move::Data => {
                for want in &blueprint.buckets {
                    self.account.put_object(&want.name, "data");
                    if self.account.list_buckets().await.expect("buckets").contains(&want.name.to_string()) {
                        self.precious.insert(want.name.clone());
                    }
                }
            }
            Move::Untag => {
                let found = self.found(&blueprint).await;
                if let Some(bucket) = found.buckets.first() {
                    let tags = bucket.tags.iter().filter(|(key, _)| *key != "bucketwright:spec");
                    let tags = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
                    if self.account.put_bucket_tags(&bucket.name, &region(), &tags).await.is_ok() {
                        self.precious.insert(bucket.name.clone());
                    }
                }
            }
            Move::Destroy => self.destroyed(&blueprint).await,
        }
        self.nothing_of_others_is_gone().await;
    }

    /// Applies until it works: every failure leaves a state from which the next run continues.
    async fn applied(&mut self, blueprint: &Blueprint) {
        for _ in 0..40 {
            if run(&self.account, blueprint, &self.silent).await.is_ok() {
                return self.as_the_spec_says(blueprint).await;
            }
        }
        let last = run(&self.account, blueprint, &self.silent).await.map(|_| ());
        panic!("forty applies did not do: {last:?}");
    }

    async fn pruned(&mut self, blueprint: &Blueprint) {
        for _ in 0..40 {
            let left = leftovers::<Aws<'_, RehearsalAccount>>(
                blueprint,
                self.found(blueprint).await,
                None,
                TeardownScope::default(),
            )
            .expect("tells");
            if destroy(&self.account, &left.found, &left.teardown, &Removing(&self.silent)).await.is_ok() {
                let found = self.found(blueprint).await.beyond(&Named::of(blueprint, None));
                assert!(found.users.is_empty() && found.roles.is_empty(), "left after a prune: {found:?}");
                assert!(found.policies.is_empty() && found.associations.is_empty(), "left after a prune: {found:?}");
                let data = |bucket: &teardown::FoundBucket| self.precious.contains(&bucket.name);
                assert!(found.buckets.iter().all(data), "left after a prune: {found:?}");
                return;
            }
        }
        panic!("forty prunes did not do");
    }

    async fn destroyed(&mut self, blueprint: &Blueprint) {
        for _ in 0..40 {
            let found = self.found(blueprint).await;
            let wanted = TeardownScope { leftovers: true, ..TeardownScope::default() };
            let plan = teardown::teardown(&blueprint.spec.name, &found, &wanted).expect("plans");
            if destroy(&self.account, &found, &plan, &Removing(&self.silent)).await.is_ok() {
                let found = self.found(blueprint).await;
                assert!(found.users.is_empty() && found.roles.is_empty() && found.policies.is_empty(), "{found:?}");
                assert!(found.associations.is_empty() && found.providers.is_empty(), "{found:?}");
                return;
            }
        }
        panic!("forty destroys did not do");
    }

    /// What a successful apply leaves: nothing to change, keys that are held, exactly our statements of today.
    async fn as_the_spec_says(&self, blueprint: &Blueprint) {
        let plan = planned(&self.account, blueprint, &self.silent).await;
        assert!(!plan.changes_anything(), "a second apply would change {:#?}", plan.steps);
        for want in &blueprint.principals {
            if self.account.user(&want.name).await.expect("a user").is_some() && want.has_made_key() {
                let keys = self.account.access_keys(&want.name).await.expect("keys");
                let kept = self.silent.kept.borrow().get(&want.name).map(|key| key.id.expose().to_owned());
                assert!(keys.len() == 1 && kept.as_deref() == Some(keys[0].id.as_str()), "{keys:?}, kept {kept:?}");
            }
            let arn = Arn::iam(blueprint.partition(), &account_id(), Kind::Policy, want.name.as_str());
            let policy = self.account.policy(&arn).await.expect("read").expect("a policy");
            let live = self.account.policy_document(&arn, &policy.default_version).await.expect("a document");
            let ours: Vec<&Value> = list(&live).iter().filter(|one| is_ours(one)).collect();
            let wanted = want.policy(&blueprint.spec.cloud);
            assert_eq!(ours, list(&wanted).iter().collect::<Vec<_>>(), "the statements of {}", want.name);
        }
    }

    async fn nothing_of_others_is_gone(&mut self) {
        let mut still = Vec::new();
        for (kind, holder, statement) in std::mem::take(&mut self.theirs) {
            let name = IamName::parse(IamNameKind::Role, &holder).expect("a name");
            let document = if kind == Kind::Role {
                self.account.role(&name).await.expect("read").map(|role| role.trust)
            } else {
                let arn = Arn::iam(region().partition(), &account_id(), Kind::Policy, name.as_str());
                match self.account.policy(&arn).await.expect("read") {
                    Some(found) => {
                        Some(self.account.policy_document(&arn, &found.default_version).await.expect("read"))
                    }
                    None => None,
                }
            };
            // With what we made and now delete their statement goes, too.
            if let Some(document) = document {
                assert!(list(&document).contains(&statement), "{statement} is gone from {document}");
                still.push((kind, holder, statement));
            }
        }
        self.theirs = still;
        for (name, trust) in &self.roles {
            let name = IamName::parse(IamNameKind::Role, name).expect("a name");
            let role = self.account.role(&name).await.expect("read").expect("a role of others");
            assert_eq!(&role.trust, trust, "the role of others {name}");
        }
        let buckets = self.account.list_buckets().await.expect("buckets");
        assert!(self.precious.iter().all(|bucket| buckets.contains(&bucket.to_string())), "data is gone: {buckets:?}");
    }

    async fn write_trust(&mut self, sid: &str) {
        let name = role();
        let Ok(Some(role)) = self.account.role(&name).await else { return };
        let statement = json!({"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::012345678901:user/gone"}, "Action": "sts:AssumeRole"});
        let mut all = list(&role.trust).to_vec();
        if all.iter().any(|one| one["Sid"] == sid) {
            return;
        }
        all.push(statement.clone());
        if self.account.update_trust(&name, &json!({"Version": "2012-10-17", "Statement": all})).await.is_ok() {
            self.theirs.retain(|(kind, holder, _)| !(*kind == Kind::Role && *holder == name.as_str()));
            let deny = |one: &&Value| one["Effect"] == "Deny";
            self.theirs.extend(all.iter().filter(deny).map(|one| (Kind::Role, name.to_string(), one.clone())));
        }
    }

    async fn write_policy(&mut self, blueprint: &Blueprint, sid: &str) {
        let Some(want) = blueprint.principals.first() else { return };
        let arn = Arn::iam(blueprint.partition(), &account_id(), Kind::Policy, want.name.as_str());
        let Ok(Some(found)) = self.account.policy(&arn).await else { return };
        let document = self.account.policy_document(&arn, &found.default_version).await.expect("a document");
        let mut all = list(&document).to_vec();
        if all.iter().any(|one| one["Sid"] == sid) {
            return;
        }
        let statement = json!({"Sid": sid, "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"});
        all.push(statement.clone());
        if self.account.create_policy_version(&arn, &json!({"Version": "2012-10-17", "Statement": all})).await.is_ok() {
            self.theirs.push((Kind::Policy, want.name.to_string(), statement));
        }
    }

    async fn widen(&self) {
        let name = role();
        let Ok(Some(role)) = self.account.role(&name).await else { return };
        let mut trust = role.trust.clone();
        if let Some(one) = trust["Statement"].as_array_mut().into_iter().flatten().find(|one| is_ours(one)) {
            one["Principal"] = json!("*");
            // A fault may be in the way of their hand, too.
            drop(self.account.update_trust(&name, &trust).await);
        }
    }

    async fn foreign_role(&mut self, name: &str, owner: Option<&str>) {
        let (text, name) = (name.to_owned(), IamName::parse(IamNameKind::Role, name).expect("a name"));
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Pods", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let tags = owner.map(|owner| ("bucketwright:spec".to_owned(), owner.to_owned())).into_iter().collect();
        let making = Making { path: &IamPath::default(), boundary: None, tags: &tags };
        if self.account.create_role(&name, &trust, &making).await.is_ok() {
            self.roles.insert(text, trust);
        }
    }
}

fn list(document: &Value) -> &[Value] {
    document["Statement"].as_array().map_or(&[], Vec::as_slice)
}

/// `BUCKETWRIGHT_LIVES=N` walks N lives.
#[test]
fn any_life_of_a_spec_takes_nothing_of_others_and_leaves_nothing_of_ours() {
    let cases = std::env::var("BUCKETWRIGHT_LIVES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(48);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let counts = std::cell::Cell::new((0_u32, 0, 0));
    let lives = prop::collection::vec(one_move(), 1..24);
    TestRunner::new(config)
        .run(&lives, |moves| {
            let mut life = Life::new();
            block(async {
                for one in &moves {
                    life.step(one).await;
                }
            });
            let (sequences, steps, faults) = counts.get();
            counts.set((sequences + 1, steps + life.steps, faults + life.faults));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (sequences, steps, faults) = counts.get();
    assert!(sequences >= cases && steps > 0 && faults > 0, "{sequences} sequences, {steps} steps, {faults} faults");
}
