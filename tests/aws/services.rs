//! Services that others run: Ona's environments become a role by their tokens, Gradient gets a user and its rules.

use serde_json::{Value, json};

use super::{codes, own, shared, spec};
use crate::harness::{Account, Sandbox};

const ORGANISATION: &str = "0191e223-1c3c-7607-badf-303c98b52d2f";
const PROJECT: &str = "5a1ce3c8-1a5d-4a2a-9b0e-0f5f6a9d7b11";
const ENVIRONMENT: &str = "7b7c5c8e-9a53-4f0e-8d1a-3a0a2b6f4c55";

/// Applies twice and gives the sandbox; the second run writes nothing.
fn applied(account: &Account<'_>, name: &str, identity: &str, install: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(&spec(account, name, identity, install));
    let report = account.call(&sandbox, "apply --yes -o json").run().ok().json();
    let trials = report["proof"]["trials"].as_array().expect("trials");
    assert!(!trials.is_empty() && trials.iter().all(|trial| trial["passed"] == true), "{trials:#?}");
    let before = account.writes();
    let again = account.call(&sandbox, "apply --no-proof -o json").run().ok().json();
    assert_eq!(again["plan"]["changes"], false, "{:#}", again["plan"]["steps"]);
    assert_eq!(account.writes(), before);
    sandbox
}

/// What a bearer of such a token may do: the error of the exchange, else of reading the bucket.
fn bearer(account: &Account<'_>, issuer: &str, sub: &str, role: &str, bucket: &str) -> Value {
    let token = account.peer().post("token", &json!({"issuer": issuer, "sub": sub, "aud": "sts.amazonaws.com"}));
    let token = token["token"].as_str().expect("a token").to_owned();
    account.python(&format!(
        "\
def code(call):
    try:
        return call() and 'ok'
    except ClientError as error:
        return error.response['Error']['Code']
def enter():
    made = sts.assume_role_with_web_identity(RoleArn='{role}', RoleSessionName='test', WebIdentityToken='{token}')['Credentials']
    client = boto3.client('s3', region_name='eu-west-1', config=CONFIG, aws_access_key_id=made['AccessKeyId'], aws_secret_access_key=made['SecretAccessKey'], aws_session_token=made['SessionToken'])
    return client.put_object(Bucket='{bucket}', Key='probe', Body=b'x')
say(code(enter))
"
    ))
}

/// A generation of tokens, the options, the issuer, and which subjects are let in and which are not.
type Case = (&'static str, String, &'static str, Vec<String>, Vec<String>);

/// Each generation of tokens and each scope lets in what it names and nothing beside it.
#[test]
fn environments_of_ona_become_the_role_by_their_tokens() {
    let peer = own!();
    let account = peer.account();
    let v2 = format!("org:{ORGANISATION}/prj:{PROJECT}");
    let v3 = format!("organization_id:{ORGANISATION}:project_id:{PROJECT}");
    let other = "11111111-2222-3333-4444-555555555555";
    let ids = format!("organization: {ORGANISATION}, project: {PROJECT}");
    let classic = "https://github.com/acme/app";
    let (ona, old) = ("https://app.gitpod.io", "https://services.example.com/idp");
    let cases: [Case; 6] = [
        (
            "2.0.0",
            format!("organization: {ORGANISATION}"),
            ona,
            vec![format!("{v2}/env:{ENVIRONMENT}"), format!("org:{ORGANISATION}/env:{ENVIRONMENT}")],
            vec![format!("org:{other}/env:{ENVIRONMENT}"), v3.clone()],
        ),
        (
            "2.0.0",
            ids.clone(),
            ona,
            vec![format!("{v2}/env:{ENVIRONMENT}")],
            vec![
                format!("org:{ORGANISATION}/prj:{other}/env:{ENVIRONMENT}"),
                format!("org:{ORGANISATION}/env:{ENVIRONMENT}"),
            ],
        ),
        (
            "2.0.0",
            format!("{ids}, environment: {ENVIRONMENT}"),
            ona,
            vec![format!("{v2}/env:{ENVIRONMENT}")],
            vec![format!("{v2}/env:{other}")],
        ),
        (
            "3.0.0",
            ids.clone(),
            ona,
            vec![v3.clone(), format!("{v3}:environment_id:{ENVIRONMENT}")],
            vec![
                format!("{v3}1"),
                format!("organization_id:{ORGANISATION}:project_id:{other}"),
                format!("{v2}/env:{ENVIRONMENT}"),
            ],
        ),
        (
            "3.0.0",
            format!("organization: {ORGANISATION}, environment: {ENVIRONMENT}"),
            ona,
            vec![format!("organization_id:{ORGANISATION}:environment_id:{ENVIRONMENT}")],
            vec![v3.clone()],
        ),
        (
            "1.0.0",
            format!("domain: example.com, context: \"{classic}\""),
            old,
            vec![classic.to_owned(), format!("{classic}/tree/main")],
            vec![format!("{classic}2"), "https://github.com/acme/other".to_owned()],
        ),
    ];
    for (number, (version, options, issuer, accepted, refused)) in cases.iter().enumerate() {
        let name = format!("ona-{number}");
        let install = format!("{{profile: ona, chartVersion: {version}, options: {{{options}}}}}");
        let _ = applied(&account, &name, "workload-identity", &install);
        let role = format!("arn:aws:iam::{}:role/{name}-ona", account.id);
        for sub in accepted {
            assert_eq!(bearer(&account, issuer, sub, &role, &format!("{name}-ona")), "ok", "{install}: {sub}");
        }
        for sub in refused {
            assert_eq!(
                bearer(&account, issuer, sub, &role, &format!("{name}-ona")),
                "AccessDenied",
                "{install}: {sub}"
            );
        }
        let elsewhere = if number == 0 { continue } else { "ona-0-ona" };
        assert_eq!(bearer(&account, issuer, &accepted[0], &role, elsewhere), "AccessDenied", "{install}");
    }
}

/// Longer sessions are a setting of the role, for a new one and for one that is there; they are never shortened.
#[test]
fn sessions_are_lengthened() {
    let account = shared!().fresh();
    let install = |seconds: &str| {
        format!(
            "{{profile: ona, chartVersion: 2.0.0, options: {{organization: {ORGANISATION}, sessionSeconds: \"{seconds}\"}}}}"
        )
    };
    let sandbox = Sandbox::new();
    let longest = || account.python("say(iam.get_role(RoleName='long-ona')['Role']['MaxSessionDuration'])");
    for (wanted, found) in [("7200", 7200), ("43200", 43200), ("3600", 43200)] {
        sandbox.write("bucketwright.yaml", &spec(&account, "long", "workload-identity", &install(wanted)));
        account.call(&sandbox, "apply --yes --no-proof").run().ok();
        assert_eq!(longest(), found);
    }
}

#[test]
fn subjects_that_let_in_too_much_are_refused() {
    let account = shared!().fresh();
    let refused = |options: &str| {
        let install = format!("{{profile: ona, chartVersion: 2.0.0, options: {{{options}}}}}");
        let sandbox = Sandbox::with_spec(&spec(&account, "loose", "workload-identity", &install));
        let report = account.call(&sandbox, "plan -o json").run().exits(2).json();
        codes(&report)[0].to_owned()
    };
    assert_eq!(refused("organization: acme"), "BW0480");
    assert_eq!(refused(&format!("organization: {ORGANISATION}, project: app")), "BW0481");
    assert_eq!(refused("subjects: [\"*\"]"), "BW0407");
    assert_eq!(refused(&format!("subjects: [\"org:{ORGANISATION}*\"]")), "BW0407");
    assert_eq!(refused("subjects: [\"\"]"), "BW0407");
    for every_customer in ["org:*", "organization_id:*", "org:*/prj:1", "organization_id:?*:*", "o*", "no-context"] {
        assert_eq!(refused(&format!("subjects: [\"{every_customer}\"]")), "BW0407", "{every_customer}");
    }
    assert_eq!(account.writes(), Vec::<String>::new());
}

#[test]
fn gradient_gets_a_user_its_three_statements_and_cors() {
    let account = shared!().fresh();
    let install = "{profile: gradient, chartVersion: 1.0.0, options: {consoleOrigin: \"https://console.example.com\", privateCluster: true}}";
    let sandbox = applied(&account, "ml", "static-keys", install);
    let found = account.everything();
    let cors = json!([{"ID": "bucketwright-GET,PUT https://console.example.com", "AllowedHeaders": ["*"], "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://console.example.com"], "MaxAgeSeconds": 3000}]);
    assert_eq!(found["buckets"]["ml-gradient"]["cors"]["CORSRules"], cors);
    let policy: Value = serde_json::from_str(&sandbox.read("out/iam/ml-gradient.policy.json")).expect("JSON");
    let sids: Vec<&str> =
        policy["Statement"].as_array().expect("statements").iter().filter_map(|s| s["Sid"].as_str()).collect();
    assert_eq!(
        sids,
        [
            "BucketwrightBuckets",
            "BucketwrightObjects",
            "BucketwrightBeyondGeneratedUrls",
            "BucketwrightBeyondAllOnObjects"
        ]
    );
    // What is typed into the form works, and makes the short-lived credentials that Gradient makes.
    let form = sandbox.path("out/gradient/console-form.yaml");
    let form = form.to_str().expect("text");
    let worked = account.python(&format!(
        "\
import yaml
form = yaml.safe_load(open('{form}'))
keys = dict(aws_access_key_id=form['accessKey'], aws_secret_access_key=form['secretAccessKey'])
boto3.client('s3', region_name='eu-west-1', config=CONFIG, **keys).put_object(Bucket=form['bucket'], Key='team/data', Body=b'x')
made = boto3.client('sts', region_name='eu-west-1', config=CONFIG, **keys).get_federation_token(Name='team')
say([form['type'], bool(made['Credentials']['SessionToken'])])
"
    ));
    assert_eq!(worked, json!(["S3-compatible", true]));
    let variables: Value = serde_json::from_str(&sandbox.read("out/gradient/gradient.auto.tfvars.json")).expect("JSON");
    let names: Vec<&String> = variables.as_object().expect("variables").keys().collect();
    assert_eq!(names, ["artifacts_access_key_id", "artifacts_secret_access_key", "artifacts_path"]);
    assert_eq!(variables["artifacts_path"], "s3://ml-gradient");
}

#[test]
fn gradient_refuses_roles_and_says_why() {
    let account = shared!().fresh();
    let sandbox = Sandbox::with_spec(&spec(&account, "ml", "irsa", "{profile: gradient, chartVersion: 1.0.0}"));
    let report = account.call(&sandbox, "plan -o json").run().exits(2).json();
    assert_eq!(codes(&report), ["BW0401"]);
    assert!(report["errors"][0]["why"].as_str().expect("a reason").contains("sts:GetFederationToken"), "{report:#}");
}

/// A management plane on a domain of its own: its issuer is made of the host, and of nothing but a host.
#[test]
fn a_domain_is_a_host_and_makes_the_issuer() {
    let render = |version: &str, domain: &str| {
        let options = match version {
            "2.0.0" => format!("organization: {ORGANISATION}, domain: \"{domain}\""),
            _ => format!("context: \"https://github.com/acme/app\", domain: \"{domain}\""),
        };
        let sandbox = Sandbox::with_spec(&format!(
            "apiVersion: bucketwright/v1\nname: own\ncloud: {{provider: aws, region: eu-west-1, account: \"012345678901\"}}\nidentity: workload-identity\ninstalls:\n  - {{profile: ona, chartVersion: {version}, options: {{{options}}}}}\n"
        ));
        let run = sandbox.run("render");
        (sandbox, run)
    };
    for bad in ["https://ona.example.com", "ona.example.com/x", "ona.example.com:443", "localhost", ""] {
        let said = render("2.0.0", bad).1.exits(2).stderr;
        assert!(said.contains("BW0466") && said.contains("`domain` must be a host name alone"), "{bad}: {said}");
    }
    for (domain, warned) in [("ona.example.com", true), ("app.gitpod.io", false)] {
        let (sandbox, run) = render("2.0.0", domain);
        let said = run.ok().stderr;
        assert_eq!(
            said.contains(&format!("BW0467 ona: That {domain} issues tokens as `https://{domain}`")),
            warned,
            "{said}"
        );
        let trust = sandbox.read("out/iam/own-ona.trust.json");
        assert!(
            trust.contains(&format!("oidc-provider/{domain}\"")) && trust.contains(&format!("{domain}:sub")),
            "{trust}"
        );
    }
}
