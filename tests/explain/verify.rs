//! Ways into each error of `verify`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::aws::{named, plain};
use super::{Said, note};
use crate::harness::{Account, Sandbox, project};
use crate::spec::with;

const ORG: &str = "0191e223-1c3c-7607-badf-303c98b52d2f";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs()
}

/// The claims of a token that the role of `examples/ona.yaml` lets in.
fn claims() -> Value {
    let sub = format!("org:{ORG}/prj:5a1ce3c8-1a5d-4a2a-9b0e-0f5f6a9d7b11/env:0191e300-0000-7000-8000-000000000000");
    json!({"iss": "https://app.gitpod.io", "aud": "sts.amazonaws.com", "sub": sub, "exp": now() + 3600})
}

/// Those that need no account.
pub fn offline(said: &mut Said) {
    let sandbox = Sandbox::with_spec(&std::fs::read_to_string(project().join("examples/ona.yaml")).expect("a spec"));
    let trust = |token: &str, code: i32| {
        let run = sandbox.call(["verify", "trust", "--token-file", "-"]).stdin(token).run();
        run.exits(code)
    };
    let admitted = trust(&claims().to_string(), 0).stdout;
    assert!(admitted.contains("lets it in") && admitted.contains("(Ona V2)"), "{admitted}");
    note(said, "BW1310", &trust("eyJhbGciOiJSUzI1NiJ9", 2).stderr);
    note(
        said,
        "BW1311",
        &trust("{\"iss\": \"kubernetes/serviceaccount\", \"sub\": \"system:serviceaccount:argo:default\"}", 2).stderr,
    );
    for (code, claim, value) in [
        ("BW1320", "iss", json!("https://api.gitpod.io/idp")),
        ("BW1321", "aud", json!("example.org")),
        ("BW1322", "exp", json!(now() - 630)),
        (
            "BW1323",
            "sub",
            json!(format!(
                "org:{ORG}/prj:77777777-1a5d-4a2a-9b0e-0f5f6a9d7b11/env:0191e300-0000-7000-8000-000000000000"
            )),
        ),
        ("BW1324", "sub", json!(format!("organization_id:{ORG}:project_id:5a1ce3c8-1a5d-4a2a-9b0e-0f5f6a9d7b11"))),
    ] {
        let mut claims = claims();
        claims[claim] = value;
        note(said, code, &trust(&claims.to_string(), 3).stdout);
    }
    let keys = Sandbox::with_spec(&with(&[("identity: irsa", "identity: static-keys")]));
    let run = keys.call(["verify", "trust", "--token-file", "-"]).stdin(&claims().to_string()).run();
    note(said, "BW1301", &run.exits(2).stderr);
    keys.write("probe.json", "{\"version\": 1}");
    note(said, "BW1303", &keys.run("verify --as-caller --probe probe.json").exits(2).stderr);
}

/// Those that an account gives.
pub fn live(said: &mut Said, account: &Account<'_>) {
    let here = named(account, "irsa", "acme-pods");
    let issuer = account.peer().ready["cluster"]["oidc_issuer"].as_str().expect("an issuer").to_owned();
    let same = |text: &str| {
        plain(
            account,
            &text.replace(&issuer, "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"),
        )
    };
    let token = json!({"iss": issuer, "aud": ["sts.amazonaws.com"], "sub": "system:serviceaccount:argo:argo-workflow", "exp": now() + 3600}).to_string();
    let trust = || {
        let call = account.call(&here, "verify trust --live --token-file -").stdin(&token);
        same(&call.run().exits(3).stdout)
    };
    note(said, "BW1328", &trust());
    let _ = account.call(&here, "apply --yes --no-proof").run().ok();
    note(said, "BW1302", &same(&account.call(&here, "verify --as-caller").run().exits(2).stderr));
    let change = |line: &str| {
        account.python(&format!(
            "\
document = iam.get_role(RoleName='acme-pods-argo-workflows')['Role']['AssumeRolePolicyDocument']
equals = document['Statement'][0]['Condition']['StringEquals']
{line}
iam.update_assume_role_policy(RoleName='acme-pods-argo-workflows', PolicyDocument=json.dumps(document))
"
        ))
    };
    change(
        "document['Statement'].append({'Sid': 'Freeze', 'Effect': 'Deny', 'Principal': '*', 'Action': 'sts:AssumeRoleWithWebIdentity'})",
    );
    note(said, "BW1326", &trust());
    let key = issuer.trim_start_matches("https://");
    change(&format!("document['Statement'].pop()\nequals['{key}:creator_email'] = 'someone@example.com'"));
    note(said, "BW1325", &trust().replace(key, "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"));
    change(&format!("del equals['{key}:creator_email']"));
    account.python("arn = iam.list_open_id_connect_providers()['OpenIDConnectProviderList'][0]['Arn']\niam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)");
    note(said, "BW1327", &trust());
}
