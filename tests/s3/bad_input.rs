//! What is wrong with a store, or with what the spec says of it: each has a code of its own and a fix.

use super::{ARGO, GITLAB, call, spec, with_tls};
use crate::aws::codes;
use crate::harness::{Sandbox, Store, free_port};

/// A hosted store, and a region that is not that of its address.
const SCALEWAY: &str = "  endpoint: https://s3.fr-par.scw.cloud\n  region: nl-ams\n";

#[test]
fn what_a_spec_cannot_say_of_a_store() {
    let minio = "  store: minio\n  endpoint: https://minio.example.com\n";
    let named = |name: &str| GITLAB.replace("9.9.1,", &format!("9.9.1, buckets: {{lfs: {name}}},"));
    let keyless = "{profile: gitlab, chartVersion: 9.9.1}";
    let massdriver = GITLAB.replace("gitlab, chartVersion: 9.9.1", "massdriver, chartVersion: 0.2.0");
    let role = GITLAB.replace("9.9.1,", "9.9.1, identity: irsa,");
    let dotted = named("{name: old.lfs, existing: true}");
    let (reserved, lfs) = (named("minio"), named("sthree-lfs"));
    for (cloud, install, code, word) in [
        ("  endpoint: https://minio.example.com/s3\n  region: x\n", GITLAB, "BW0209", "https://minio.example.com"),
        ("  endpoint: s3://minio.example.com\n  region: x\n", GITLAB, "BW0209", "https://minio.example.com"),
        ("  endpoint: minio.example.com\n  region: x\n", GITLAB, "BW0209", "https://minio.example.com"),
        ("  endpoint: http://minio.example.com\n  region: x\n", GITLAB, "BW1402", "insecure: true"),
        ("  endpoint: https://minio.example.com\n  region: x\n  insecure: true\n", GITLAB, "BW1402", "ca: FILE"),
        ("  endpoint: https://abc.r2.cloudflarestorage.com\n  region: eu-west-1\n", GITLAB, "BW1405", "region: auto"),
        ("  endpoint: https://minio.example.com\n", GITLAB, "BW1405", "store: minio"),
        (
            "  endpoint: https://minio.example.com\n  store: minio\n  account: \"012345678901\"\n",
            GITLAB,
            "BW1401",
            "account",
        ),
        ("  endpoint: https://minio.example.com\n  store: minoi\n", GITLAB, "BW0105", "minio"),
        ("  region: x\n", GITLAB, "BW0104", "endpoint"),
        (minio, &reserved, "BW1403", "acme-minio"),
        (
            "  store: minio\n  endpoint: https://minio.example.com\n  pathStyle: false\n",
            &dotted,
            "BW1403",
            "pathStyle: true",
        ),
        (SCALEWAY, GITLAB, "BW1405", "region: fr-par"),
        (minio, keyless, "BW1407", "mc admin user add"),
        (minio, &massdriver, "BW0454", "massdriver: minio"),
        (minio, &role, "BW0401", "static-keys"),
    ] {
        let sandbox = Sandbox::with_spec(&spec(cloud, &[install]));
        let report = sandbox.run("render --placeholders -o json").exits(2).json();
        assert!(codes(&report).contains(&code), "{code}: {report:#}");
        assert!(report.to_string().contains(word), "{word}: {report:#}");
    }
    // What the address says need not be said again, and a dot is only in the way in the host's name.
    let _ = Sandbox::with_spec(&spec(&SCALEWAY.replace("  region: nl-ams\n", ""), &[GITLAB]))
        .run("render --placeholders")
        .ok();
    let _ = Sandbox::with_spec(&spec(minio, &[&dotted])).run("render --placeholders").ok();
    // What AWS reserves is free on a store, and the other way round.
    let _ = Sandbox::with_spec(&spec(minio, &[&lfs])).run("render --placeholders").ok();
    let aws = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: aws, region: eu-west-1}\nidentity: static-keys\ninstalls:\n";
    let _ = Sandbox::with_spec(&format!("{aws}  - {reserved}\n")).run("render --placeholders").ok();
    let report = Sandbox::with_spec(&format!("{aws}  - {lfs}\n")).run("render --placeholders -o json").exits(2).json();
    assert_eq!(codes(&report), ["BW0201"]);
}

#[test]
fn a_file_of_certificates_that_is_none() {
    let cloud = "  store: minio\n  endpoint: https://minio.example.com\n  ca: ca.crt\n";
    let sandbox = Sandbox::with_spec(&spec(cloud, &[GITLAB]));
    let wrong = |text: Option<&str>| {
        text.map(|text| sandbox.write("ca.crt", text));
        let report = sandbox.run("render --placeholders -o json").exits(2).json();
        assert_eq!(codes(&report), ["BW1404"], "{report:#}");
        report.to_string()
    };
    wrong(None);
    wrong(Some("not a certificate"));
    wrong(Some("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"));
    let said = wrong(Some("-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n"));
    assert!(said.contains("private key") && !said.contains("aGVsbG8"), "{said}");
}

/// Commands and sinks of AWS say so before they ask anybody or write anything.
#[test]
fn what_only_aws_has() {
    let cloud = "  store: minio\n  endpoint: https://minio.example.com\n";
    let sandbox = Sandbox::with_spec(&spec(cloud, &[ARGO]));
    for arguments in [
        "destroy --yes",
        "destroy --rehearse --yes",
        "rotate --yes",
        "rotate --finish --yes",
        "export --as aws-cli",
        "export --as cloudformation",
        "export --as terraform --out made.tf.json",
        "render --external-secrets vault",
        "apply --yes --external-secrets vault",
    ] {
        let report = call(&sandbox, &format!("{arguments} -o json")).run().exits(2).json();
        assert_eq!(codes(&report), ["BW1408"], "{arguments}: {report:#}");
    }
    assert!(!sandbox.path("out").exists() && !sandbox.path("made.tf.json").exists(), "nothing was written");
}

#[test]
fn nobody_answers() {
    let port = free_port().expect("a port");
    let cloud = format!("  store: minio\n  endpoint: https://127.0.0.1:{port}\n");
    let report = call(&Sandbox::with_spec(&spec(&cloud, &[ARGO])), "plan -o json").run().exits(1).json();
    assert_eq!(codes(&report), ["BW1421"], "{report:#}");
}

#[test]
fn certificates_protocols_and_keys() {
    let store = match Store::minio(true) {
        Ok(store) => store,
        Err(why) => skip!("minio", why),
    };
    let sandbox = with_tls(&store, &[ARGO]);
    let _ = call(&sandbox, "plan").run().ok();
    let trusting = sandbox.read("bucketwright.yaml");
    let plan = |text: &str, secret: &str| {
        sandbox.write("bucketwright.yaml", text);
        let report = call(&sandbox, "plan -o json").env("AWS_SECRET_ACCESS_KEY", secret).run().exits(1).json();
        codes(&report).join(" ")
    };
    let right = crate::harness::KEY.1;
    assert_eq!(plan(&trusting.replace("  ca: ca.crt\n", ""), right), "BW1420");
    assert_eq!(plan(&trusting.replace("https:", "http:").replace("ca: ca.crt", "insecure: true"), right), "BW1422");
    assert_eq!(plan(&trusting, "wrong"), "BW1424");
    assert!(!sandbox.path("out").exists(), "nothing was written");

    let without_tls = match Store::s3s() {
        Ok(store) => store,
        Err(why) => skip!("s3s-fs", why),
    };
    assert_eq!(plan(&trusting.replace(store.host(), without_tls.host()), right), "BW1422");
}
