//! What the environment and the AWS files say of the caller: honoured, or refused by name, and never waited for without end.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{codes, shared, spec};
use crate::harness::{Account, Call, Sandbox, Store};

const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18}";

const FILES: &str = "\
[profile prod]
region = eu-west-1

[profile sso-admin]
role_arn = arn:aws:iam::012345678901:role/admin
source_profile = base

[profile base]
role_arn = arn:aws:iam::012345678901:role/base
source_profile = prod
mfa_serial = arn:aws:iam::012345678901:mfa/ann

[profile hangs]
credential_process = sleep 300

[profile zero]
max_attempts = 0

[profile old]
retry_mode = legacy

[profile bundle]
ca_bundle = /etc/acme/ca.pem
";

/// A spec of this name, and the AWS files: names of buckets are shared by all tests.
fn files(account: &Account<'_>, name: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(&spec(account, name, "static-keys", ARGO));
    sandbox.write("aws", FILES);
    sandbox
}

/// A plan with these AWS files and this profile, and no keys in the environment.
fn by_profile<'a>(account: &Account<'_>, sandbox: &'a Sandbox, profile: &str) -> Call<'a> {
    let call =
        account.call(sandbox, "plan -o json").env("AWS_CONFIG_FILE", sandbox.path("aws").to_str().expect("UTF-8"));
    call.env("AWS_PROFILE", profile).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

fn first(report: &Value, key: &str) -> String {
    report["errors"][0][key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_profile_that_is_not_there_is_no_machines_role() {
    let account = shared!().fresh();
    let sandbox = files(&account, "set-profile");
    for (profile, near) in [("prd", "Did you mean `prod`?"), ("typo", "Known: base, bundle,")] {
        let report = by_profile(&account, &sandbox, profile).run().exits(2).json();
        assert_eq!(codes(&report), ["BW0511"]);
        assert!(first(&report, "what").contains(&format!("`{profile}`")), "{report:#}");
        assert!(first(&report, "fix").contains(near), "{report:#}");
        // Keys in the environment come first, and the word is wrong all the same.
        let with_keys = account.call(&sandbox, "plan -o json").env("AWS_PROFILE", profile).run().exits(2).json();
        assert_eq!(codes(&with_keys), ["BW0511"]);
    }
    let other = account.call(&sandbox, "plan -o json").env("AWS_DEFAULT_PROFILE", "prod").run().exits(2).json();
    assert!(first(&other, "fix").contains("AWS_PROFILE=prod"), "{other:#}");
    assert!(account.calls().is_empty(), "nobody was asked");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let account = shared!().fresh();
    let sandbox = files(&account, "set-named");
    for (variable, value) in [
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_MAX_ATTEMPTS", "-1"),
        ("AWS_RETRY_MODE", "fast"),
    ] {
        let report = account.call(&sandbox, "plan -o json").env(variable, value).run().exits(2).json();
        assert_eq!(codes(&report), ["BW0512"], "{variable}={value}");
        let what = first(&report, "what");
        assert!(what.contains(variable) && what.contains(&format!("`{value}`")), "{what}");
    }
    for (profile, words) in [
        ("zero", "`max_attempts` of the profile `zero`"),
        ("base", "the MFA device arn:aws:iam::012345678901:mfa/ann"),
        ("sso-admin", "the profile `base` asks for a code"),
        ("bundle", "`ca_bundle` of the profile `bundle`"),
    ] {
        let call = by_profile(&account, &sandbox, profile);
        let call = if profile == "zero" { call.without("AWS_MAX_ATTEMPTS") } else { call };
        let report = call.run().exits(2).json();
        assert_eq!(codes(&report), ["BW0512"], "{profile}: {report:#}");
        assert!(first(&report, "what").contains(words), "{profile}: {report:#}");
    }
    let mfa = by_profile(&account, &sandbox, "sso-admin").run().exits(2).json();
    assert!(first(&mfa, "fix").contains("aws configure export-credentials --profile sso-admin"), "{mfa:#}");
    // What does no harm is taken: the oldest retry mode, and a role whose keys are not needed.
    for profile in ["old", "base", "prod"] {
        let call = account.call(&sandbox, "plan").env("AWS_CONFIG_FILE", sandbox.path("aws").to_str().expect("UTF-8"));
        call.env("AWS_PROFILE", profile).run().ok();
    }
    sandbox.write("aws", "[profile prod\nregion = x\n");
    let broken = by_profile(&account, &sandbox, "prod").run().exits(2).json();
    assert_eq!(codes(&broken), ["BW0512"]);
}

#[test]
fn a_process_that_hangs_is_not_waited_for() {
    let account = shared!().fresh();
    let sandbox = files(&account, "set-hangs");
    let began = Instant::now();
    let report = by_profile(&account, &sandbox, "hangs").run().exits(1).json();
    assert!(began.elapsed() < Duration::from_secs(80), "{:?}", began.elapsed());
    assert_eq!(codes(&report), ["BW0501"]);
    let why = first(&report, "why");
    assert!(
        why.contains("the credential_process of the profile `hangs` did not answer within 25 seconds"),
        "{report:#}"
    );
}

#[test]
fn who_calls_is_said_before_anything_else() {
    let account = shared!().fresh();
    let sandbox = files(&account, "set-who");
    let who = format!("As arn:aws:iam::{}:user/admin\n", account.id);
    for command in ["plan", "apply --yes --no-proof"] {
        let said = account.call(&sandbox, command).run().ok().stderr;
        assert!(said.starts_with(&who), "{command}: {said}");
    }
    let other = Sandbox::with_spec(&spec(&account, "set-other", "irsa", ARGO).replace("name: prod", "name: prd"));
    assert!(account.call(&other, "plan").run().exits(1).stderr.starts_with(&who), "a refusal says it, too");
    assert!(!account.call(&sandbox, "plan --rehearse").run().ok().stderr.contains("As arn:"));
}

#[test]
fn a_bundle_of_certificates_is_trusted() {
    let store = match Store::minio(true) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let text = format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud:\n  provider: s3\n  store: minio\n  endpoint: {}\ninstalls:\n  - {{profile: argo-workflows, chartVersion: 1.0.18, credentials: {{accessKeyId: env:ID, secretAccessKey: env:SECRET}}}}\n",
        store.endpoint()
    );
    let sandbox = Sandbox::with_spec(&text);
    let (id, secret) = crate::harness::KEY;
    let call = || {
        let call =
            sandbox.call(["plan", "-o", "json"]).env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        call.env("ID", id).env("SECRET", secret).env("AWS_MAX_ATTEMPTS", "1")
    };
    assert_eq!(codes(&call().run().exits(1).json()), ["BW1420"]);
    let bundle = store.authority();
    call().env("AWS_CA_BUNDLE", bundle.to_str().expect("UTF-8")).run().ok();
    let none = call().env("AWS_CA_BUNDLE", "/nowhere/ca.pem").run().exits(2).json();
    assert!(codes(&none) == ["BW0101"] && first(&none, "fix").contains("AWS_CA_BUNDLE"), "{none:#}");
    sandbox.write("ca.pem", "no certificate");
    let bad = call().env("AWS_CA_BUNDLE", "ca.pem").run().exits(2).json();
    assert!(codes(&bad) == ["BW1404"] && first(&bad, "fix").contains("AWS_CA_BUNDLE"), "{bad:#}");
}
