//! What others set on a store's buckets stays as they set it, and what they opened is told.

use serde_json::Value;

use super::{ARGO, call, spec};
use crate::harness::{KEY, Sandbox, Store};

/// A MinIO with the spec's buckets made, and its sandbox.
fn made() -> Result<(Store, Sandbox), String> {
    let store = Store::minio(false)?;
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[ARGO]));
    Ok((store, sandbox))
}

/// Runs a line of `mc` with the administrator's key, as `store`.
fn mc(store: &Store, sandbox: &Sandbox, line: &str) {
    let host = format!("http://{}:{}@{}", KEY.0, KEY.1, store.host());
    store.administer(&sandbox.path(""), line, "", &[("MC_HOST_store", &host)]).unwrap_or_else(|why| panic!("{why}"));
}

fn skipped(plan: &Value) -> String {
    plan["steps"][0]["skipped"].to_string()
}

#[test]
fn a_rule_that_is_not_understood_is_not_rewritten() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    mc(
        &store,
        &sandbox,
        "mc mb store/acme-argo-artifacts && mc ilm rule add store/acme-argo-artifacts --prefix old/ --expire-days 30 --expire-all-object-versions",
    );
    mc(&store, &sandbox, "mc ilm rule export store/acme-argo-artifacts > before.json");
    // The rule removes objects, which is told beside.
    let plan = call(&sandbox, "plan -o json").run().any().json();
    assert!(skipped(&plan).contains("ExpiredObjectAllVersions"), "{plan:#}");
    let _ = call(&sandbox, "apply --yes").run().any();
    mc(&store, &sandbox, "mc ilm rule export store/acme-argo-artifacts > after.json");
    let rules = |file: &str| serde_json::from_str::<Value>(&sandbox.read(file)).expect("JSON")["Rules"].clone();
    assert_eq!(rules("before.json"), rules("after.json"));
    let again = call(&sandbox, "plan -o json").run().any().json();
    assert_eq!((&again["steps"][0]["verb"], &again["changes"]), (&"keep".into(), &false.into()), "{again:#}");
}

#[test]
fn a_bucket_that_anybody_may_read_is_told() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    let _ = call(&sandbox, "apply --yes").run().ok();
    for open in ["download", "public"] {
        mc(&store, &sandbox, &format!("mc anonymous set {open} store/acme-argo-artifacts"));
        let plan = call(&sandbox, "plan -o json").run().any().json();
        let grants = plan["grants"].to_string();
        assert!(grants.contains("without signing in") && grants.contains("mc anonymous set none"), "{plan:#}");
        let verify = call(&sandbox, "verify -o json").run().exits(3);
        assert!(verify.all().contains("without signing in"), "{open}: {}", verify.all());
    }
    mc(&store, &sandbox, "mc anonymous set none store/acme-argo-artifacts");
    let _ = call(&sandbox, "verify").run().ok();
}

/// The printed permissions are a policy that MinIO takes, and enough for a whole run.
#[test]
fn the_printed_permissions_are_taken_and_enough() {
    let (store, sandbox) = match made() {
        Ok(made) => made,
        Err(why) => skip!("minio", why),
    };
    let printed = call(&sandbox, "plan --permissions").run().ok().stdout;
    sandbox.write("rights.json", &printed);
    mc(
        &store,
        &sandbox,
        "mc admin policy create store maker rights.json && mc admin user add store maker secret-of-maker && mc admin policy attach store maker --user maker",
    );
    let maker = |arguments| {
        call(&sandbox, arguments)
            .env("AWS_ACCESS_KEY_ID", "maker")
            .env("AWS_SECRET_ACCESS_KEY", "secret-of-maker")
            .run()
    };
    let _ = maker("apply --yes").ok();
    let again = maker("plan --detailed-exitcode -o json").ok().json();
    assert_eq!(again["changes"], false, "{again:#}");
}
