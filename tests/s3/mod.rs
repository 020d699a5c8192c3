//! Whole runs against servers that speak S3 and are not AWS.

mod bad_input;
mod not_a_store;
mod others;
mod programs;
mod restricted;

use crate::harness::{Call, KEY, Sandbox, Store};

/// A spec with installs, each in one line.
fn spec(cloud: &str, installs: &[&str]) -> String {
    let installs: String = installs.iter().map(|install| format!("  - {install}\n")).collect();
    format!("apiVersion: bucketwright/v1\nname: acme\ncloud:\n  provider: s3\n{cloud}installs:\n{installs}")
}

/// The chart whose documents the programs read.
const GITLAB: &str = "{profile: gitlab, chartVersion: 9.9.1, credentials: {accessKeyId: env:CHART_ID, secretAccessKey: env:CHART_SECRET}}";
const ARGO: &str = "{profile: argo-workflows, chartVersion: 1.0.18, options: {uploads: true}, credentials: {accessKeyId: env:CHART_ID, secretAccessKey: env:CHART_SECRET}}";

/// A call with the store's key, for the buckets and for the charts.
fn call<'a>(sandbox: &'a Sandbox, arguments: &str) -> Call<'a> {
    let call = sandbox.call(arguments.split_whitespace());
    let call = call.env("AWS_ACCESS_KEY_ID", KEY.0).env("AWS_SECRET_ACCESS_KEY", KEY.1).env("AWS_MAX_ATTEMPTS", "1");
    call.env("CHART_ID", KEY.0).env("CHART_SECRET", KEY.1)
}

/// A sandbox with a spec for a MinIO with TLS, and its authority's certificate.
fn with_tls(store: &Store, installs: &[&str]) -> Sandbox {
    let cloud = format!("  store: minio\n  endpoint: {}\n  ca: ca.crt\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, installs));
    let ca = std::fs::read_to_string(store.authority()).expect("the authority");
    sandbox.write("ca.crt", &ca);
    sandbox
}

#[test]
fn minio_takes_all_that_it_has_and_the_second_run_changes_nothing() {
    let store = match Store::minio(false) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[ARGO]));
    let done = call(&sandbox, "apply --yes -o json").run().ok().json();
    let step = &done["plan"]["steps"][0];
    assert_eq!(step["verb"], "create");
    let changes: Vec<&str> =
        step["changes"].as_array().expect("changes").iter().filter_map(|c| c["words"].as_str()).collect();
    assert!(changes.iter().any(|words| words.contains("expire `uploads/*` after 7 days")), "{changes:?}");
    let skipped = step["skipped"].as_array().expect("skipped").len();
    assert_eq!(skipped, 3, "access block, ACLs, unfinished uploads: {step:#}");
    assert!(done["proof"]["trials"].as_array().is_some_and(|all| all.iter().all(|trial| trial["passed"] == true)));
    let checksums =
        done["proof"]["trials"].as_array().expect("trials").iter().find(|t| t["action"] == "newer checksums");
    assert!(checksums.is_some(), "{done:#}");

    let again = call(&sandbox, "plan --detailed-exitcode -o json").run().ok().json();
    assert_eq!((&again["steps"][0]["verb"], &again["changes"]), (&"keep".into(), &false.into()), "{again:#}");
    assert!(again["userCommands"].to_string().contains("mc admin policy attach acme acme-argo-workflows"));

    // A second spec sees by the tag whose the bucket is.
    let text = sandbox.read("bucketwright.yaml").replace("name: acme\n", "name: other\n");
    sandbox.write("other.yaml", &text.replace("1.0.18,", "1.0.18, buckets: {artifacts: acme-argo-artifacts},"));
    let refused = call(&sandbox, "plan -f other.yaml --out other").run().exits(1).all();
    assert!(refused.contains("BW0609"), "{refused}");
}

/// A server that has nothing but buckets and objects: each missing setting is a line, none a failure.
#[test]
fn what_a_store_lacks_is_skipped_with_a_line_each() {
    let store = match Store::s3s() {
        Ok(store) => store,
        Err(why) => skip!("s3s-fs", why),
    };
    let cloud = format!("  endpoint: {}\n  region: us-east-1\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[ARGO]));
    let done = call(&sandbox, "apply --yes -o json").run().ok().json();
    let step = &done["plan"]["steps"][0];
    let lines: Vec<&str> =
        step["skipped"].as_array().expect("skipped").iter().filter_map(|line| line.as_str()).collect();
    for words in ["block all public access", "disable ACLs", "expire `uploads/*`", "abort unfinished uploads", "tag "] {
        assert!(
            lines.iter().any(|line| line.contains(words) && line.contains("does not have it")),
            "{words}: {lines:?}"
        );
    }
    let again = call(&sandbox, "plan -o json").run().ok().json();
    assert_eq!(again["steps"][0]["verb"], "keep");
    assert!(again["steps"][0]["note"].as_str().is_some_and(|note| note.contains("no tags")), "{again:#}");
}

#[test]
fn a_key_that_no_longer_works_is_found() {
    let store = match Store::minio(false) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let cloud = format!("  store: minio\n  endpoint: {}\n  insecure: true\n", store.endpoint());
    let sandbox = Sandbox::with_spec(&spec(&cloud, &[ARGO]));
    let _ = call(&sandbox, "apply --yes --no-proof").run().ok();
    let good = call(&sandbox, "verify -o json").run().ok().json();
    assert_eq!((&good["proven"], &good["failed"]), (&true.into(), &0.into()), "{good:#}");
    let said = call(&sandbox, "verify").env("CHART_SECRET", "not-the-secret").run().exits(3).all();
    assert!(said.contains("✗ sign in") && said.contains("SignatureDoesNotMatch"), "{said}");
}

#[test]
fn a_rehearsal_needs_no_store_and_no_keys() {
    let cloud = "  store: garage\n  endpoint: https://garage.example.com\n";
    let sandbox = Sandbox::with_spec(&spec(cloud, &[GITLAB, ARGO]));
    let done = sandbox.run("apply --rehearse --yes -o json").ok().json();
    assert_eq!(done["rehearsal"], true);
    let config = sandbox.read("out-rehearsal/gitlab/s3cmd.cfg");
    assert!(config.contains("bucket_location = garage") && config.contains("REHEARSAL"), "{config}");
}

/// A store's region is in signatures alone. Whatever it is called, the store knows `arn:aws:s3:::`, and no accounts.
#[test]
fn a_stores_region_names_no_partition() {
    for region in ["cn-north-1", "us-gov-west-1", "eusc-de-east-1", "eu-west-1"] {
        let cloud = format!("  store: minio\n  endpoint: https://minio.example.com\n  region: {region}\n");
        let text = spec(&cloud, &[ARGO, GITLAB]) + "bucketDefaults: {tlsOnly: true}\n";
        let sandbox = Sandbox::with_spec(&text);
        call(&sandbox, "render --out out").run().ok();
        for name in ["acme-argo-workflows", "acme-gitlab"] {
            let policy = sandbox.read(&format!("out/iam/{name}.policy.json"));
            assert!(policy.contains("arn:aws:s3:::acme-") && !policy.contains("arn:aws-"), "{region}: {policy}");
            assert!(!policy.contains("ResourceAccount"), "{region}: {policy}");
        }
        call(&sandbox, "apply --rehearse --yes --out rehearsal").run().ok();
    }
}
