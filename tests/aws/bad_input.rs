//! What goes wrong: each with its code, its exit code, a way to mend it, and nothing changed or half-done.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{codes, own, shared, spec};
use crate::harness::{Account, Peer, REGION, Sandbox, tree};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// A sandbox for Argo with a key: one bucket, one user.
fn sandbox(account: &Account<'_>, name: &str) -> Sandbox {
    Sandbox::with_spec(&spec(account, name, "static-keys", ARGO))
}

/// Expects that an apply fails with these codes, in both forms, and that nothing was written, neither there nor here.
#[track_caller]
fn refused(account: &Account<'_>, sandbox: &Sandbox, exit: i32, expected: &[&str]) -> Value {
    refused_with(account, sandbox, exit, expected, |call| call)
}

#[track_caller]
fn refused_with(
    account: &Account<'_>,
    sandbox: &Sandbox,
    exit: i32,
    expected: &[&str],
    with: impl for<'a> Fn(crate::harness::Call<'a>) -> crate::harness::Call<'a>,
) -> Value {
    let before = account.writes();
    let words = with(account.call(sandbox, "apply --yes")).run().exits(exit);
    for code in expected {
        assert!(words.stderr.contains(code), "{code} is not in:\n{}", words.stderr);
    }
    assert!(words.stderr.contains("help: "), "no help in:\n{}", words.stderr);
    assert_eq!(words.stdout, "", "an error belongs on stderr");
    let report = with(account.call(sandbox, "apply --yes -o json")).run().exits(exit).json();
    assert_eq!(codes(&report), expected, "{report:#}");
    assert_eq!(account.writes(), before, "something was changed");
    assert_nothing_here(sandbox);
    report
}

#[track_caller]
fn assert_nothing_here(sandbox: &Sandbox) {
    let out = sandbox.path("out");
    if out.exists() {
        assert!(tree(&out).is_empty(), "files were written: {:?}", tree(&out).keys());
    }
}

/// The whole text of the first error.
fn first(report: &Value) -> String {
    let error = &report["errors"][0];
    ["what", "why", "fix"].map(|part| error[part].as_str().unwrap_or_default()).join(" ")
}

#[test]
fn a_bucket_of_another_account() {
    let peer = shared!();
    let account = peer.fresh();
    let name = "bad-foreign-argo-artifacts";
    peer.post("account-of-bucket", &json!({"bucket": name, "account": "111122223333", "region": REGION}));
    let sandbox = sandbox(&account, "bad-foreign");
    let report = refused(&account, &sandbox, 1, &["BW0601"]);
    assert!(first(&report).contains(name), "{report:#}");
}

#[test]
fn a_bucket_in_another_region() {
    let peer = shared!();
    let account = peer.fresh();
    account.python(
        "\
boto3.client('s3', region_name='eu-central-1', config=CONFIG).create_bucket(Bucket='bad-region-argo-artifacts', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})",
    );
    let report = refused(&account, &sandbox(&account, "bad-region"), 1, &["BW0602"]);
    assert!(first(&report).contains("eu-central-1"), "the region is named: {report:#}");
}

#[test]
fn no_credentials() {
    let peer = shared!();
    let account = peer.fresh();
    refused_with(&account, &sandbox(&account, "bad-none"), 1, &["BW0501"], |call| {
        call.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
    });
    assert_eq!(account.calls(), Vec::<Value>::new());
}

#[test]
fn a_wrong_secret_or_an_unknown_key() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = sandbox(&account, "bad-secret");
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let report = refused_with(&account, &sandbox, 1, &["BW0503"], |call| call.env("AWS_SECRET_ACCESS_KEY", wrong));
    assert!(!report.to_string().contains(wrong), "the secret is shown");
    refused_with(&account, &sandbox, 1, &["BW0503"], |call| call.env("AWS_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA"));
}

/// What AWS says in words of its own, on calls that cannot be told apart by name: on a peer of its own.
#[test]
fn credentials_that_expired_and_regions_that_are_off() {
    let peer = own!();
    let account = peer.account();
    let sandbox = sandbox(&account, "bad-session");
    for (operation, status, said, code) in [
        ("GetCallerIdentity", 403, "ExpiredToken", "BW0502"),
        ("GetUser", 403, "ExpiredToken", "BW0502"),
        ("GetCallerIdentity", 403, "InvalidClientTokenId", "BW0503"),
        ("GetCallerIdentity", 403, "SignatureDoesNotMatch", "BW0503"),
        ("GetCallerIdentity", 403, "RegionDisabledException", "BW0506"),
        ("GetCallerIdentity", 403, "AccessDenied", "BW0504"),
        ("GetUser", 400, "Throttling", "BW0509"),
        ("GetUser", 500, "ServiceFailure", "BW0507"),
    ] {
        peer.post("clear", &json!({}));
        peer.fail(&json!({"operation": operation, "status": status, "code": said, "times": 1000}));
        let report = refused_with(&account, &sandbox, 1, &[code], |call| call.env("AWS_MAX_ATTEMPTS", "1"));
        assert!(first(&report).contains(said), "{report:#}");
        assert!(account.calls().iter().chain(&peer.journal()).any(|call| call["code"] == said), "{said} was not said");
    }
    // An opt-in region: the same code has another meaning there.
    peer.post("clear", &json!({}));
    peer.fail(&json!({"operation": "*", "status": 400, "code": "InvalidToken", "times": 1000}));
    sandbox.write("bucketwright.yaml", &sandbox.read("bucketwright.yaml").replace(REGION, "me-south-1"));
    let report = refused_with(&account, &sandbox, 1, &["BW0506"], |call| call.env("AWS_REGION", "me-south-1"));
    assert!(first(&report).contains("enable-region"), "{report:#}");
}

#[test]
fn credentials_of_another_account() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = sandbox(&account, "bad-account");
    let text = sandbox.read("bucketwright.yaml").replace("  region:", "  account: \"012345678901\"\n  region:");
    sandbox.write("bucketwright.yaml", &text);
    let report = refused(&account, &sandbox, 1, &["BW0505"]);
    assert!(first(&report).contains("012345678901") && first(&report).contains(&account.id), "{report:#}");
    assert_eq!(report["errors"][0]["place"]["line"], 5, "{report:#}");
}

#[test]
fn an_endpoint_that_does_not_answer() {
    let peer = shared!();
    let account = peer.fresh();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let report = refused_with(&account, &sandbox(&account, "bad-endpoint"), 1, &["BW0507"], |call| {
        call.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")).env("AWS_MAX_ATTEMPTS", "1")
    });
    assert!(first(&report).contains("AWS_ENDPOINT_URL"), "{report:#}");
}

/// Each denied call is named by its IAM action, and nothing is made when a read is denied.
#[test]
fn a_caller_who_may_do_too_little() {
    let peer = shared!();
    let account = peer.fresh();
    let identity = json!({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [identity]});
    let nobody = peer.user(&account.id, "nobody", &policy);
    let report = nobody.call(&sandbox(&account, "bad-denied"), "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0504"], "{report:#}");
    assert_eq!(nobody.writes(), Vec::<String>::new());

    // May read all, and write nothing.
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let none = json!({"Effect": "Deny", "Action": "iam:CreatePolicy", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [all, none]});
    let few = peer.user(&account.id, "few", &policy);
    let denied = sandbox(&account, "bad-denied");
    let report = few.call(&denied, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0504"], "{report:#}");
    assert!(first(&report).contains("The IAM action is iam:CreatePolicy."), "{report:#}");
    // What depends on it was not begun: no key of a user who may do nothing.
    assert!(!few.written().contains("CreateAccessKey"), "{:?}", few.written());
    // And the next run, by someone who may, goes on.
    account.call(&denied, "apply --yes").run().ok();
}

/// A key whose secret nobody has, and two of them.
#[test]
fn keys_whose_secrets_are_lost() {
    let peer = shared!();
    let account = peer.fresh();
    let here = sandbox(&account, "bad-orphan");
    account.call(&here, "apply --yes --out elsewhere --no-proof").run().ok();
    let report = refused(&account, &here, 1, &["BW0611"]);
    let words = first(&report);
    assert!(words.contains("--keys DIR") && words.contains("--second-key"), "{report:#}");
    assert!(!words.contains("delete-access-key"), "the key works: {report:#}");
    // The folder of the keys is a setting of its own.
    let found = account.call(&here, "apply --yes --out third --keys elsewhere/credentials -o json").run().ok().json();
    assert_eq!(found["plan"]["changes"], false);
    let theirs =
        account.python("say(iam.create_access_key(UserName='bad-orphan-argo-workflows')['AccessKey']['AccessKeyId'])");
    let report = refused(&account, &here, 1, &["BW0604"]);
    let words = first(&report);
    assert!(words.contains("get-access-key-last-used") && words.contains("--status Inactive"), "{report:#}");
    assert!(!words.contains("delete-access-key"), "both work: {report:#}");
    // One that is inactive serves nobody, and may go; then there is room for a second key, beside the one that works.
    let theirs = theirs.as_str().expect("an id");
    account.python(&format!(
        "iam.update_access_key(UserName='bad-orphan-argo-workflows', AccessKeyId='{theirs}', Status='Inactive')"
    ));
    let report = refused(&account, &here, 1, &["BW0604"]);
    assert!(
        first(&report)
            .contains(&format!("delete-access-key --user-name bad-orphan-argo-workflows --access-key-id {theirs}")),
        "{report:#}"
    );
    account.python(&format!("iam.delete_access_key(UserName='bad-orphan-argo-workflows', AccessKeyId='{theirs}')"));
    account.call(&here, "apply --yes --second-key").run().ok();
    let keys = "say(sorted(key['Status'] for key in iam.list_access_keys(UserName='bad-orphan-argo-workflows')['AccessKeyMetadata']))";
    assert_eq!(account.python(keys), serde_json::json!(["Active", "Active"]));
    assert!(here.read("out/credentials/bad-orphan-argo-workflows.yaml").contains("accessKeyId"));
    // The folder that holds the secret still works, whatever other keys there are.
    let found = account.call(&here, "apply --yes --out elsewhere -o json").run().ok().json();
    assert_eq!(found["plan"]["changes"], false);
}

/// The folder is tried before anything is made: a key whose secret cannot be kept would be lost.
#[test]
fn a_folder_that_cannot_be_written() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = sandbox(&account, "bad-folder");
    sandbox.write("blocked", "a file where a folder should be");
    for out in ["blocked/out", "/proc/out", "/dev/null"] {
        let report = account.call(&sandbox, &format!("apply --yes -o json --out {out}")).run().exits(1).json();
        assert_eq!(codes(&report), ["BW0801"], "{out}: {report:#}");
    }
    std::fs::create_dir(sandbox.path("out")).expect("out");
    sandbox.write("out/credentials", "a file where a folder should be");
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0801"], "{report:#}");
    assert_eq!(account.writes(), Vec::<String>::new());
}

/// A kept key that others can read, or that a link stands for, is not used.
#[test]
fn a_key_that_is_not_private() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = sandbox(&account, "bad-mode");
    account.call(&sandbox, "apply --yes --no-proof").run().ok();
    let key = sandbox.path("out/credentials/bad-mode-argo-workflows.yaml");
    let before = account.writes();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0802"], "{report:#}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    std::fs::rename(&key, sandbox.path("moved")).expect("mv");
    std::os::unix::fs::symlink(sandbox.path("moved"), &key).expect("ln");
    let report = account.call(&sandbox, "apply --yes -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW0802"], "{report:#}");
    assert_eq!(account.writes(), before);
}

#[test]
fn nobody_to_confirm() {
    let peer = shared!();
    let account = peer.fresh();
    let sandbox = sandbox(&account, "bad-confirm");
    let words = account.call(&sandbox, "apply").run().exits(2);
    assert!(words.stderr.contains("BW0904") && words.stderr.contains("--yes"), "{}", words.stderr);
    assert!(words.stderr.contains("  + bucket "), "the plan is shown: {}", words.stderr);
    let report = account.call(&sandbox, "apply -o json").stdin("yes\n").run().exits(2).json();
    assert_eq!(codes(&report), ["BW0904"]);
    assert_eq!(account.writes(), Vec::<String>::new());
    assert_nothing_here(&sandbox);
}

/// A cluster that is not there, and a Pod Identity association of somebody else.
#[test]
fn clusters() {
    let peer = own!();
    let account = peer.account();
    let sandbox = Sandbox::with_spec(&spec(&account, "bad-cluster", "irsa", ARGO).replace("name: prod", "name: none"));
    let report = refused(&account, &sandbox, 1, &["BW0605"]);
    assert!(first(&report).contains("none"), "{report:#}");

    let sandbox = Sandbox::with_spec(&spec(&account, "bad-pods", "pod-identity", ARGO));
    account.python(
        "\
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'pods.eks.amazonaws.com'}, 'Action': ['sts:AssumeRole', 'sts:TagSession']}]}
role = iam.create_role(RoleName='someone', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']
eks.create_pod_identity_association(clusterName='prod', namespace='argo', serviceAccount='argo-workflow', roleArn=role)
",
    );
    let report = refused(&account, &sandbox, 1, &["BW0606"]);
    assert!(first(&report).contains("role/someone"), "{report:#}");
}

/// What the other tests rely on: each sees the writes of its own account only.
#[test]
fn the_peer_keeps_accounts_apart() {
    let peer: &Peer = shared!();
    let (one, other) = (peer.fresh(), peer.fresh());
    one.python("s3.create_bucket(Bucket='bad-apart', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})");
    assert_eq!(one.writes(), ["CreateBucket /bad-apart"]);
    assert_eq!(other.writes(), Vec::<String>::new());
}
