//! The fault table, row by row: what is said, and what no sweep shows.

use serde_json::{Value, json};

use super::lab::{Lab, SCENARIOS, Scenario};
use super::lab_peer;
use super::sweep::clean;
use crate::aws::codes;
use crate::harness::{Peer, REGION, until};

const KEYS: &Scenario = &SCENARIOS[0];
const ROLES: &Scenario = &SCENARIOS[1];

/// The whole of the first error.
fn first(report: &Value) -> String {
    ["what", "why", "fix"].map(|part| report["errors"][0][part].as_str().unwrap_or_default()).join(" ")
}

/// Runs with a fault and expects a code and words; afterwards a run without it goes on to the end.
#[track_caller]
fn told(peer: &'static Peer, scenario: &Scenario, fault: Value, code: &str, words: &[&str]) -> Lab {
    let lab = Lab::new(peer, scenario);
    lab.fail(fault);
    let report = lab.apply("-o json").exits(1).json();
    assert_eq!(codes(&report), [code], "{report:#}");
    for word in words {
        assert!(first(&report).contains(word), "{word:?} is not in {}", first(&report));
    }
    assert!(lab.calls().iter().any(|call| call["fault"] == true), "the fault met no call");
    lab.mend();
    lab.apply("").ok();
    lab
}

#[test]
fn throttled_to_the_end_stops_and_goes_on_later() {
    let peer = lab_peer!();
    let fault =
        json!({"operation": "PutBucketLifecycleConfiguration", "status": 503, "code": "SlowDown", "times": 100_000});
    told(peer, KEYS, fault, "BW0509", &["Wait a minute", "what was made stays"]);
    // Fewer refusals than there is patience for are not even seen.
    let other = Lab::new(peer, KEYS);
    other.fail(json!({"operation": "CreateUser", "status": 400, "code": "Throttling", "times": 3}));
    other.apply("").ok();
}

#[test]
fn a_session_that_expires_in_the_middle_names_itself_and_leaves_no_intent() {
    let peer = lab_peer!();
    let fault = json!({"operation": "CreateAccessKey", "status": 403, "code": "ExpiredToken"});
    let lab = told(peer, KEYS, fault, "BW0502", &["iam:CreateAccessKey", "continues where it stopped"]);
    assert_eq!(lab.state().expect("sound")["users"]["SPEC-argo-workflows"]["keys"], 1);
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let peer = lab_peer!();
    let fault = json!({"operation": "GetCallerIdentity", "status": 403, "code": "RequestTimeTooSkewed", "times": 9});
    told(peer, KEYS, fault, "BW0503", &["clock"]);
}

#[test]
fn what_head_bucket_may_answer() {
    let peer = lab_peer!();
    let there = |status: u16| json!({"operation": "HeadBucket", "status": status, "code": "", "headers": {"x-amz-bucket-region": "us-west-2"}});
    told(peer, KEYS, there(301), "BW0602", &["us-west-2"]);
    told(peer, KEYS, there(400), "BW0602", &["us-west-2"]);
    told(peer, KEYS, there(403), "BW0601", &["s3:ListBucket"]);
    told(peer, KEYS, json!({"operation": "HeadBucket", "status": 400, "code": ""}), "BW0508", &["s3:HeadBucket"]);
    // 403 on a bucket that is in the account's own list: the right to look is missing, and that is said.
    let lab = Lab::new(peer, &SCENARIOS[2]);
    lab.fail(json!({"operation": "HeadBucket", "status": 403, "code": ""}));
    let report = lab.apply("-o json").exits(1).json();
    assert_eq!(codes(&report), ["BW0504"], "{report:#}");
    assert!(first(&report).contains("The IAM action is s3:ListBucket."), "{report:#}");
}

/// The name was free when the plan was made, and is not any more.
#[test]
fn a_bucket_that_someone_else_makes_meanwhile() {
    let peer = lab_peer!();
    let lab = Lab::new(peer, KEYS);
    let bucket = format!("{}-argo-artifacts", lab.spec);
    let free = json!({"operation": "HeadBucket", "status": 404, "code": ""});
    peer.post("account-of-bucket", &json!({"bucket": bucket, "account": "111122223333", "region": REGION}));
    lab.fail(free.clone());
    let report = lab.apply("-o json").exits(1).json();
    assert_eq!(codes(&report), ["BW0601"], "{report:#}");
    assert!(first(&report).contains("meanwhile"), "{report:#}");

    let lab = Lab::new(peer, KEYS);
    let bucket = format!("{}-argo-artifacts", lab.spec);
    peer.post("account-of-bucket", &json!({"bucket": bucket, "account": lab.account.id, "region": "us-west-2"}));
    lab.fail(free);
    let report = lab.apply("-o json").exits(1).json();
    assert_eq!(codes(&report), ["BW0602"], "{report:#}");
    assert!(first(&report).contains("us-west-2"), "{report:#}");
    peer.post("forget", &json!({"account": lab.account.id, "region": "us-west-2"}));
}

#[test]
fn a_name_that_is_busy_after_a_deletion() {
    let peer = lab_peer!();
    let fault = json!({"operation": "CreateBucket", "status": 409, "code": "OperationAborted"});
    told(peer, KEYS, fault, "BW0508", &["up to an hour", "another name"]);
}

/// In us-east-1 a second CreateBucket succeeds and resets the ACL: it is never sent.
#[test]
fn a_bucket_of_us_east_1_is_made_once() {
    let peer = lab_peer!();
    let lab = Lab::new(peer, KEYS);
    let text = lab.sandbox.read("bucketwright.yaml").replace(REGION, "us-east-1");
    lab.sandbox.write("bucketwright.yaml", &text);
    lab.apply("").ok();
    lab.apply("").ok();
    let made = lab.calls().iter().filter(|call| call["operation"] == "CreateBucket").count();
    assert_eq!(made, 1);
}

/// IAM and S3 show nothing that is younger than a moment: every step waits for what it needs.
#[test]
fn what_is_made_is_not_seen_at_once() {
    let peer = lab_peer!();
    for scenario in [KEYS, ROLES] {
        let (_, state) = clean(peer, scenario);
        let lab = Lab::new(peer, scenario);
        lab.ask("stale", json!({"ms": 250}));
        lab.apply("").ok();
        let waited = lab.calls().iter().filter(|call| call["status"] == 404).count();
        assert!(waited > 3, "nothing was waited for");
        lab.mend();
        lab.recovers(&state).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    }
}

/// The user appeared after the plan: ours by its tags, or not; or IAM takes another spelling for the same name.
#[test]
fn a_user_that_exists_after_all() {
    let peer = lab_peer!();
    for (spelled, word) in [("argo-workflows", "made by someone else"), ("ARGO-Workflows", "upper and lower case")] {
        let lab = Lab::new(peer, KEYS);
        let body = format!("Action=CreateUser&UserName={}-{spelled}&Version=2010-05-08", lab.spec);
        lab.ask("setup", json!({"requests": [{"service": "iam", "body": body}]}));
        lab.fail(json!({"operation": "GetUser", "status": 404, "code": "NoSuchEntity"}));
        let report = lab.apply("-o json").exits(1).json();
        assert_eq!(codes(&report), ["BW0603"], "{report:#}");
        assert!(first(&report).contains(word), "{report:#}");
        assert!(!lab.calls().iter().any(|call| call["operation"] == "CreateAccessKey"), "no key for a stranger");
    }
}

/// Without certainty whose a key is, none is touched.
#[test]
fn a_key_that_may_be_a_persons_stays() {
    let peer = lab_peer!();
    // Our key was never made, and a person makes one and uses it.
    for (ours, used, code) in [("reset", true, "BW0611"), ("lose_reply", false, "BW0604")] {
        let lab = Lab::new(peer, KEYS);
        let user = format!("{}-argo-workflows", lab.spec);
        lab.fail(json!({"operation": "CreateAccessKey", ours: true}));
        lab.apply("").exits(1);
        lab.mend();
        let script = format!("k = iam.create_access_key(UserName='{user}')['AccessKey']\n");
        let use_it = "boto3.client('sts', region_name='eu-west-1', aws_access_key_id=k['AccessKeyId'], aws_secret_access_key=k['SecretAccessKey']).get_caller_identity()\n";
        lab.account.python(&format!("{script}{}", if used { use_it } else { "" }));
        lab.mend();
        let report = lab.apply("-o json").exits(1).json();
        assert_eq!(codes(&report), [code], "{report:#}");
        let words = first(&report);
        assert!(words.contains("--keys DIR") && !words.contains("delete-access-key"), "both may work: {report:#}");
        assert!(!lab.calls().iter().any(|call| call["operation"] == "DeleteAccessKey"), "a key was touched");
    }
}

/// The orphan is not listed at once: the next run, seconds later, waits for it, and makes no second key beside it.
#[test]
fn an_orphan_that_is_listed_late() {
    let peer = lab_peer!();
    let (_, state) = clean(peer, KEYS);
    let lab = Lab::new(peer, KEYS);
    lab.fail(json!({"operation": "CreateAccessKey", "lose_reply": true}));
    lab.apply("").exits(1);
    lab.mend();
    // From here on, and as if it had been so from the beginning.
    lab.ask("stale", json!({"ms": 2500}));
    let pause = lab.surroundings()[1].0;
    let call = lab.account.call(&lab.sandbox, "apply --yes").env(pause, "30");
    call.run().ok();
    let removed = lab.calls().iter().filter(|call| call["operation"] == "DeleteAccessKey").count();
    assert_eq!(removed, 1);
    lab.mend();
    lab.recovers(&state).expect("one key, which is kept");
}

/// The folder is lost between the intent and the key: nobody will ever have the secret, so the key is removed.
#[test]
fn a_key_that_cannot_be_kept_is_removed() {
    let peer = lab_peer!();
    let lab = Lab::new(peer, KEYS);
    let user = format!("{}-argo-workflows", lab.spec);
    lab.fail(json!({"operation": "CreateAccessKey", "delay": 1500}));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| lab.apply("-o json").exits(1).json());
        let (here, away) = (lab.sandbox.path("out/credentials"), lab.sandbox.path("away"));
        // The intent is on the disk for good before the key is asked for, which comes much later.
        let held = || lab.account.peer().post("held", &json!({}))["calls"].as_array().expect("calls").clone();
        until("the key is asked for", || held().iter().any(|call| call["account"] == lab.account.id));
        assert!(here.join(format!("intents/{user}.yaml")).exists(), "there was no intent");
        std::fs::rename(&here, &away).expect("mv");
        std::fs::write(&here, "a file where a folder was").expect("a file");
        let report = run.join().expect("it ends");
        assert_eq!(codes(&report), ["BW0801"], "{report:#}");
        assert!(first(&report).contains("removed again"), "{report:#}");
        std::fs::remove_file(&here).expect("rm");
        std::fs::rename(&away, &here).expect("mv");
    });
    let state = lab.ask("state", json!({}));
    assert_eq!(state["users"][&user]["keys"], json!([]));
    lab.mend();
    lab.apply("").ok();
    assert_eq!(lab.state().expect("sound")["users"]["SPEC-argo-workflows"]["keys"], 1);
}

/// IAM keeps five versions of a policy: the oldest that is not in force gives way.
#[test]
fn a_policy_with_five_versions() {
    let peer = lab_peer!();
    let (_, state) = clean(peer, KEYS);
    let lab = Lab::new(peer, KEYS);
    lab.apply("").ok();
    let document = json!({"Version": "2012-10-17", "Statement": {"Sid": "BucketwrightBuckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}});
    let document =
        percent_encoding::utf8_percent_encode(&document.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string();
    let arn = format!("arn:aws:iam::{}:policy/{}-argo-workflows", lab.account.id, lab.spec);
    let body = format!(
        "Action=CreatePolicyVersion&PolicyArn={arn}&PolicyDocument={document}&SetAsDefault=true&Version=2010-05-08"
    );
    lab.ask("setup", json!({"requests": vec![json!({"service": "iam", "body": body}); 4]}));
    lab.apply("").ok();
    let mut found = lab.state().expect("sound");
    let versions = &mut found["policies"]["arn:aws:iam::ACCOUNT:policy/SPEC-argo-workflows"]["versions"];
    assert_eq!(*versions, 5);
    *versions = json!(1);
    assert_eq!(found, state);
}

#[test]
fn a_new_key_that_is_not_known_everywhere() {
    let peer = match Peer::start() {
        Ok(peer) => &*Box::leak(Box::new(peer)), // the lab's accounts live as long as their peer
        Err(why) => skip!("account", why),
    };
    peer.post("key-delay", &json!({"ms": 700}));
    let lab = Lab::new(peer, KEYS);
    // The caller's own key is young, too.
    lab.ask("age", json!({"seconds": 60}));
    let report = lab.apply("-o json").ok().json();
    let trials = report["proof"]["trials"].as_array().expect("trials");
    assert!(trials.iter().all(|trial| trial["passed"] == true), "{trials:#?}");
    assert!(
        lab.account
            .peer()
            .journal()
            .iter()
            .any(|call| call["code"] == "InvalidAccessKeyId" || call["code"] == "InvalidClientTokenId")
    );
    drop(lab);
}

#[test]
fn an_identity_provider_that_cannot_be_made() {
    let peer = lab_peer!();
    let fault = |status: u16, code: &str| json!({"operation": "CreateOpenIDConnectProvider", "status": status, "code": code, "times": 9});
    told(peer, ROLES, fault(409, "LimitExceeded"), "BW0508", &["quota"]);
    told(peer, ROLES, fault(400, "OpenIdIdpCommunicationError"), "BW0508", &["OpenIdIdpCommunicationError"]);
    // Somebody was quicker: it is used, and our audience is added.
    let lab = Lab::new(peer, ROLES);
    lab.fail(
        json!({"operation": "CreateOpenIDConnectProvider", "status": 409, "code": "EntityAlreadyExists", "act": true}),
    );
    lab.apply("").ok();
}

/// The caller signs in with a token that AWS refuses: what is wrong is said, and the token is not.
#[test]
fn a_caller_whose_token_is_refused() {
    let peer = lab_peer!();
    let lab = Lab::new(peer, KEYS);
    let token =
        peer.post("token", &json!({"issuer": "https://nobody.example.com", "sub": "system:serviceaccount:a:b"}));
    let token = token["token"].as_str().expect("a token").to_owned();
    let file = lab.sandbox.write("token", &token);
    let call =
        lab.account.call(&lab.sandbox, "apply --yes -vv").without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let call = call.env("AWS_ROLE_ARN", format!("arn:aws:iam::{}:role/ci", lab.account.id));
    let said = call.env("AWS_WEB_IDENTITY_TOKEN_FILE", file).env("AWS_MAX_ATTEMPTS", "1").run().exits(1).all();
    assert!(said.contains("BW050") && said.contains("help: "), "{said}");
    assert!(!said.contains(&token), "the token is shown");
}
