//! A proof that fails: nothing that it should have proven is handed on, by whatever way.

use serde_json::json;

use super::sandbox;
use crate::harness::{Account, Peer};

/// An account in which nobody may write into buckets.
fn denied(account: &Account<'_>) {
    let fault =
        json!({"account": account.id, "operation": "PutObject", "status": 403, "code": "AccessDenied", "times": 1000});
    account.peer().fail(&fault);
}

#[test]
fn what_a_proof_did_not_prove_is_not_handed_on() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    for (name, options, file) in [
        ("unproven-plain", "", "secrets.yaml"),
        ("unproven-store", "--external-secrets aws", "external-secrets.yaml"),
        (
            "unproven-age",
            "--encrypt age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
            "secrets.enc.yaml",
        ),
    ] {
        denied(&account);
        let sandbox = sandbox(name);
        let call = account.call(&sandbox, &format!("apply --yes {options} -o json"));
        let report = call.env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1).json();
        let path = format!("argo-workflows/{file}");
        assert!(report["withheld"].as_array().is_some_and(|files| files.iter().any(|one| *one == path)), "{report:#}");
        assert!(!sandbox.path(format!("out/{path}")).exists(), "{name}");
        assert!(sandbox.path("out/argo-workflows/values.yaml").is_file(), "what holds no key is written");
        // A key that the folder keeps fails in the same way: what was written before stays.
        account.peer().post("mend", &json!({"account": account.id}));
        account.call(&sandbox, &format!("apply --yes {options}")).run().ok();
        let before = std::fs::read(sandbox.path(format!("out/{path}"))).expect("written");
        denied(&account);
        let call = account.call(&sandbox, &format!("apply --yes {options}"));
        let words = call.env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1).stderr;
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("BW0608") && words.contains("was not written"), "{words}");
        assert!(!words.contains("no longer asks"), "what was kept back is asked for: {words}");
        assert_eq!(std::fs::read(sandbox.path(format!("out/{path}"))).expect("there"), before, "{name}");
        account.peer().post("mend", &json!({"account": account.id}));
    }
    let contents = account.python(
        "\
sm = boto3.client('secretsmanager', region_name=os.environ['AWS_REGION'], config=CONFIG)
say([one['Name'] for one in sm.list_secrets()['SecretList']])
",
    );
    assert!(contents.to_string().contains("bucketwright/unproven-store/"), "{contents}");
}

/// What the run that made a key did not prove, later commands do not hand on either; `apply` lifts it, or the user does.
#[test]
fn a_first_key_waits_for_its_proof() {
    let account = match Peer::shared() {
        Ok(peer) => peer.fresh(),
        Err(why) => skip!("account", why),
    };
    for (name, lifts) in [("first-proof", "apply --yes"), ("first-choice", "apply --yes --no-proof")] {
        denied(&account);
        let sandbox = sandbox(name);
        account.call(&sandbox, "apply --yes").env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1);
        let secrets = sandbox.path("out/argo-workflows/secrets.yaml");
        let sealed = "render --encrypt age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        for arguments in [
            "render",
            "render --check",
            "render --file argo-workflows/secrets.yaml",
            sealed,
            "push",
            "push --dry-run=server",
        ] {
            let report = account.call(&sandbox, &format!("{arguments} -o json")).run().exits(1).json();
            assert_eq!(report["errors"][0]["code"], "BW0635", "{arguments}: {report:#}");
            assert!(report["errors"][0]["fix"].to_string().contains("bucketwright apply"), "{report:#}");
            assert!(!secrets.exists(), "{arguments}");
        }
        // What holds no key needs none; and `verify` tries the key that is kept.
        account.call(&sandbox, "render --file argo-workflows/values.yaml").run().ok();
        account.call(&sandbox, "render --placeholders --out elsewhere").run().ok();
        let report = account.call(&sandbox, "verify -o json").run().exits(3).json();
        assert!(!report.to_string().contains("BW0635"), "{report:#}");
        if lifts == "apply --yes" {
            // It fails again, and the key is no more proven.
            account.call(&sandbox, lifts).env("BUCKETWRIGHT_PAUSE_MS", "2").run().exits(1);
            account.call(&sandbox, "render").run().exits(1);
            account.peer().post("mend", &json!({"account": account.id}));
        }
        account.call(&sandbox, lifts).run().ok();
        assert!(secrets.is_file(), "{name}");
        account.call(&sandbox, "render").run().ok();
        account.call(&sandbox, "render --check").run().ok();
        account.peer().post("mend", &json!({"account": account.id}));
    }
}
