//! `verify`: the identities as they are, in a live account.

use serde_json::{Value, json};

use super::{own, spec};
use crate::harness::{Account, Sandbox};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

/// An applied spec.
fn applied(account: &Account<'_>, name: &str, identity: &str, install: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(&spec(account, name, identity, install));
    let _ = account.call(&sandbox, "apply --yes --no-proof").run().ok();
    sandbox
}

/// The cells of a report as `COMPONENT BUCKET ACTION`, those that passed or those that did not.
fn cells(report: &Value, passed: bool) -> Vec<String> {
    let mut found = Vec::new();
    for row in report["rows"].as_array().expect("rows") {
        for cell in row["cells"].as_array().expect("cells").iter().filter(|cell| cell["passed"] == passed) {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            found.push(format!("{} {} {}", text(&row["component"]), text(&row["bucket"]), text(&cell["action"])));
        }
    }
    found
}

/// The note of a cell.
fn note(report: &Value, action: &str) -> String {
    let cells = report["rows"].as_array().expect("rows").iter().flat_map(|row| row["cells"].as_array().expect("cells"));
    let mut notes = cells.filter(|cell| cell["action"] == action && cell["note"].is_string());
    notes.next().map(|cell| cell["note"].as_str().expect("a note").to_owned()).unwrap_or_default()
}

/// What lies in the buckets of an account, uploads under way included.
fn left(account: &Account<'_>) -> Value {
    account.python(
        "\
names = [bucket['Name'] for bucket in s3.list_buckets()['Buckets']]
say([(b, o['Key']) for b in names for o in s3.list_objects_v2(Bucket=b).get('Contents', [])] + [(b, u['Key']) for b in names for u in s3.list_multipart_uploads(Bucket=b).get('Uploads', [])])
",
    )
}

#[test]
fn keys_are_used_for_all_that_the_chart_does() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "keys", "static-keys", "{profile: gradient, chartVersion: 1.0.0}");
    let report = account.call(&sandbox, "verify -o json").run().ok().json();
    assert_eq!(report["proven"], true, "{report:#}");
    let passed = cells(&report, true);
    for action in
        ["put", "get", "list", "multipart", "abort", "presigned get", "preflight GET", "preflight PUT", "delete"]
    {
        assert!(
            passed.iter().any(|cell| cell.ends_with(&format!(" {action}")) && !cell.starts_with('-')),
            "{action}: {passed:#?}"
        );
    }
    for whole in ["- (identity) is who it should be", "- (all buckets) list all"] {
        assert!(passed.contains(&whole.to_owned()), "{whole}: {passed:#?}");
    }
    assert!(note(&report, "is who it should be").ends_with(":user/keys-gradient"), "{report:#}");
    assert_eq!(left(&account), json!([]));
    // Without any credentials but the keys themselves.
    let call = account.call(&sandbox, "verify").without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let text = call.run().ok();
    assert!(text.stdout.contains("✓ put  ✓ get") && text.stderr.contains("passed, 0 could not be tried."), "{text:?}");
    // The URL of the presigned get is as good as a key: of what was made for it, nothing is in the log but that it was asked.
    let _ = account.call(&sandbox, "verify --audit audit.log").run().ok();
    let log = sandbox.read("audit.log");
    assert!(log.contains("s3:OptionsObject") && !log.contains("NoAnswer") && !log.contains("X-Amz"), "{log}");
    // A page that is not let in any more, an upload that cannot be begun, and a key that can do too much.
    account.python(
        "\
bucket = s3.list_buckets()['Buckets'][0]['Name']
s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={'CORSRules': [{'AllowedMethods': ['GET', 'PUT'], 'AllowedOrigins': ['https://elsewhere.example']}]})
deny = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:AbortMultipartUpload', 'Resource': f'arn:aws:s3:::{bucket}/*'}]}
s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(deny))
all = {'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}}
iam.put_user_policy(UserName='keys-gradient', PolicyName='more', PolicyDocument=json.dumps(all))
",
    );
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    let failed = cells(&report, false);
    let has = |action: &str| failed.iter().any(|cell| cell.ends_with(action));
    assert!(has(" preflight PUT") && has(" abort") && has(" list all") && failed.len() == 5, "{failed:#?}");
    assert!(note(&report, "abort").contains("explicit deny in a resource-based policy"), "{report:#}");
    let xml = account.call(&sandbox, "verify -o junit").run().exits(3).stdout;
    assert!(
        xml.starts_with("<?xml") && xml.contains("failures=\"5\"") && xml.matches("<failure").count() == 5,
        "{xml}"
    );
    let kept = sandbox.read("out/credentials/keys-gradient.yaml");
    let line = kept.lines().find(|line| line.contains("secretAccessKey")).expect("the secret half");
    let secret = line.split('"').nth(1).expect("a quoted value");
    assert!(secret.len() > 30 && !xml.contains(secret) && !report.to_string().contains(secret));
}

#[test]
fn a_key_that_is_not_at_hand_is_not_proven() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "lost", "static-keys", ARGO);
    let said = account.call(&sandbox, "verify --out elsewhere").run().exits(3);
    assert!(said.stdout.contains("untried lost-argo-workflows: its key is not available"), "{said:?}");
    let said = account.call(&sandbox, "verify --principal lost-argo").run().exits(2).stderr;
    assert!(said.contains("BW0105") && said.contains("Known: lost-argo-workflows."), "{said}");
    let said = account.call(&sandbox, "apply -o junit").run().exits(2).stderr;
    assert!(said.contains("only verify prints JUnit"), "{said}");
}

#[test]
fn an_interrupted_verification_takes_away_what_it_wrote() {
    use std::process::{Command, Stdio};
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "stop", "static-keys", ARGO);
    peer.post("clear", &json!({}));
    peer.post("latency", &json!({"ms": 200}));
    let mut command = account.command(&sandbox, "verify");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    peer.saw("PutObject");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill").success());
    let output = child.wait_with_output().expect("the binary ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("What was written for it was removed again."), "{said}");
    let calls: Vec<Value> = peer.journal();
    assert!(
        calls.iter().any(|call| call["operation"] == "DeleteObject")
            && !calls.iter().any(|call| call["operation"] == "ListBuckets")
    );
    peer.post("latency", &json!({"ms": 0}));
    assert_eq!(left(&account), json!([]));
}

#[test]
fn a_role_is_held_to_its_pods() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "roles", "irsa", "{profile: gitlab, chartVersion: 9.9.1, roles: per-component}");
    let report = account.call(&sandbox, "verify -o json").run().ok().json();
    assert_eq!(report["proven"], true, "{report:#}");
    let passed = cells(&report, true);
    for cell in ["registry (trust) gitlab/gitlab-registry", "- (trust) OIDC provider", "- (trust) an unknown subject"] {
        assert!(passed.contains(&cell.to_owned()), "{cell}: {passed:#?}");
    }
    assert!(passed.iter().any(|cell| cell == "registry roles-registry s3:PutObject"), "{passed:#?}");
    // Somebody widens one trust by hand, points another at a release that is gone, and takes an action away from a third.
    account.python(
        "\
def trust(name, change):
    document = iam.get_role(RoleName=name)['Role']['AssumeRolePolicyDocument']
    change(document['Statement'][0])
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
def widen(statement):
    condition = statement['Condition']['StringEquals']
    key = next(key for key in condition if key.endswith(':sub'))
    statement['Condition']['StringLike'] = {key: 'system:serviceaccount:*'}
    del condition[key]
def elsewhere(statement):
    condition = statement['Condition']['StringEquals']
    key = next(key for key in condition if key.endswith(':sub'))
    condition[key] = ['system:serviceaccount:gitlab-old:gitlab-toolbox']
trust('roles-gitlab-registry', widen)
trust('roles-gitlab-toolbox', elsewhere)
deny = {'Version': '2012-10-17', 'Statement': {'Effect': 'Deny', 'Action': 's3:DeleteObject', 'Resource': '*'}}
iam.put_role_policy(RoleName='roles-gitlab-rails', PolicyName='deny', PolicyDocument=json.dumps(deny))
",
    );
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    let failed = cells(&report, false);
    for cell in [
        "- (trust) another ServiceAccount",
        "- (trust) system:serviceaccount:*",
        "toolbox (trust) gitlab/gitlab-toolbox",
        "- (trust) system:serviceaccount:gitlab-old:gitlab-toolbox",
        "rails roles-artifacts s3:DeleteObject",
    ] {
        assert!(failed.contains(&cell.to_owned()), "{cell}: {failed:#?}");
    }
    assert!(failed.iter().all(|cell| !cell.starts_with("registry")), "{failed:#?}");
    assert_eq!(note(&report, "gitlab/gitlab-toolbox"), "the trust policy of roles-gitlab-toolbox does not let it in");
}

#[test]
fn the_provider_the_issuer_and_the_role_must_be_there() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "there", "irsa", ARGO);
    let issuer = peer.ready["cluster"]["oidc_issuer"].as_str().expect("an issuer").to_owned();
    let text = sandbox.read("bucketwright.yaml");
    sandbox.write(
        "old.yaml",
        &text.replace("{name: prod,", &format!("{{name: prod, oidcIssuer: \"{}\",", issuer.replace("/id/", "/id/0"))),
    );
    let report = account.call(&sandbox, "verify -f old.yaml -o json").run().exits(3).json();
    assert!(
        cells(&report, false).contains(&"- (trust) issuer".to_owned()) && note(&report, "issuer").contains(&issuer),
        "{report:#}"
    );
    account.python("arn = iam.list_open_id_connect_providers()['OpenIDConnectProviderList'][0]['Arn']\niam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)");
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    assert_eq!(cells(&report, false), ["- (trust) OIDC provider"]);
    let fresh = Sandbox::with_spec(&spec(&account, "nobody", "irsa", ARGO));
    let report = account.call(&fresh, "verify -o json").run().exits(3).json();
    assert_eq!(cells(&report, false), ["- (trust) exists"]);
}

#[test]
fn associations_and_nodes_are_held_to_the_role() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "agent", "pod-identity", ARGO);
    let report = account.call(&sandbox, "verify -o json").run().ok().json();
    assert!(cells(&report, true).iter().any(|cell| cell.contains("(trust) argo/argo-workflow")), "{report:#}");
    account.python("one = eks.list_pod_identity_associations(clusterName='prod')['associations'][0]\neks.delete_pod_identity_association(clusterName='prod', associationId=one['associationId'])");
    let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
    let failed = cells(&report, false);
    assert!(failed.len() == 1 && failed[0].contains(" (trust) argo/"), "{failed:#?}");
    account.python("trust = {'Version': '2012-10-17', 'Statement': []}\niam.create_role(RoleName='nodes', AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}}))");
    let nodes = applied(&account, "nodes", "node-role", ARGO);
    let report = account.call(&nodes, "verify -o json").run().ok().json();
    assert!(cells(&report, true).contains(&"- (trust) nodes' role".to_owned()), "{report:#}");
}

#[test]
fn the_caller_with_a_token_proves_itself() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "pod", "irsa", ARGO);
    let issuer = peer.ready["cluster"]["oidc_issuer"].as_str().expect("an issuer");
    let token = |sub: &str| {
        let made = peer.post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
        sandbox.write("token", made["token"].as_str().expect("a token"))
    };
    let path = token("system:serviceaccount:argo:argo-workflow");
    let role = format!("arn:aws:iam::{}:role/pod-argo-workflows", account.id);
    let call = |arguments: &str| {
        let call = account.call(&sandbox, arguments).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        call.env("AWS_ROLE_ARN", &role).env("AWS_WEB_IDENTITY_TOKEN_FILE", &path)
    };
    // By the spec: which of its identities this is, STS tells.
    let report = call("verify --as-caller -o json").run().ok().json();
    assert_eq!(report["proven"], true, "{report:#}");
    let session = format!("arn:aws:sts::{}:assumed-role/pod-argo-workflows/", account.id);
    assert!(report["caller"].as_str().is_some_and(|arn| arn.starts_with(&session)), "{report:#}");
    assert!(cells(&report, true).iter().any(|cell| cell.ends_with(" presigned get")), "{report:#}");
    // By the document alone, from a file and from the environment, as in a pod.
    let probe = sandbox.run("verify --print-probe --principal pod-argo-workflows").ok().stdout;
    sandbox.write("probe.json", &probe);
    std::fs::remove_file(sandbox.path("bucketwright.yaml")).expect("the spec goes");
    let by_file = call("verify --as-caller --probe probe.json -o json").run().ok().json();
    let by_variable = call("verify --as-caller -o json").env("BUCKETWRIGHT_PROBE", &probe).run().ok().json();
    assert_eq!([cells(&by_file, true), cells(&by_variable, true)], [cells(&report, true), cells(&report, true)]);
    assert_eq!(left(&account), json!([]));
    // The node's identity in place of the pod's.
    let node = account.call(&sandbox, "verify --as-caller --probe probe.json -o json").run().exits(3).json();
    assert!(note(&node, "is who it should be").contains("which is not pod-argo-workflows"), "{node:#}");
    // A token that the role does not let in.
    token("system:serviceaccount:argo:default");
    let said = call("verify --as-caller --probe probe.json").run().exits(1).stderr;
    assert!(said.contains("BW0501") || said.contains("AssumeRoleWithWebIdentity"), "{said}");
    let bad = call("verify --as-caller").env("BUCKETWRIGHT_PROBE", "{}").run().exits(2).stderr;
    assert!(bad.contains("BW1303"), "{bad}");
}

#[test]
fn a_token_is_held_to_the_live_trust() {
    let peer = own!();
    let account = peer.account();
    let sandbox = applied(&account, "live", "irsa", ARGO);
    let issuer = peer.ready["cluster"]["oidc_issuer"].as_str().expect("an issuer");
    let ask = |sub: &str, aud: &str, seconds: i64| {
        let body = json!({"issuer": issuer, "sub": sub, "aud": aud, "seconds": seconds});
        let token = peer.post("token", &body)["token"].as_str().expect("a token").to_owned();
        let call = account.call(&sandbox, "verify trust --live --token-file - -o json");
        (token.clone(), call.stdin(&token).run())
    };
    let pod = "system:serviceaccount:argo:argo-workflow";
    let (token, run) = ask(pod, "sts.amazonaws.com", 3600);
    let said = run.ok();
    assert!(
        said.json()["admitted"] == true && !said.all().contains(token.rsplit('.').next().expect("a signature")),
        "{said:?}"
    );
    let codes = |run: crate::harness::Run| -> Vec<String> {
        let report = run.exits(3).json();
        let findings = report["roles"][0]["findings"].as_array().expect("findings").clone();
        findings.iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(ask("system:serviceaccount:argo:default", "sts.amazonaws.com", 3600).1), ["BW1323"]);
    assert_eq!(codes(ask(pod, "https://kubernetes.default.svc", 3600).1), ["BW1321"]);
    assert_eq!(codes(ask(pod, "sts.amazonaws.com", -60).1), ["BW1322"]);
    account.python("arn = iam.list_open_id_connect_providers()['OpenIDConnectProviderList'][0]['Arn']\niam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)");
    assert_eq!(codes(ask(pod, "sts.amazonaws.com", 3600).1), ["BW1327"]);
    let fresh = Sandbox::with_spec(&spec(&account, "nobody", "irsa", ARGO));
    let run = account.call(&fresh, "verify trust --live --token-file - -o json").stdin(&token).run();
    assert_eq!(codes(run), ["BW1328"]);
}
