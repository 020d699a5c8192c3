//! Regions: typing mistakes, new ones, and addresses of another region.

use insta::assert_snapshot;

use super::{GOOD, refused, with};
use crate::harness::Sandbox;

#[test]
fn a_mistyped_region_names_the_one_that_was_meant() {
    assert_snapshot!(refused(&with(&[("region: eu-west-1", "region: eu-wst-1")])), @"
    BW0202

      × no region `eu-wst-1` is known
       ╭─[bucketwright.yaml:5:11]
     5 │   region: eu-wst-1
       ·           ────────
       ╰────
      help: The name goes into endpoints, policies and bucket names, so a typing mistake in it is
            found late.
            Did you mean `eu-west-1`? For a region that AWS opened after this version of bucketwright,
            add `allowUnknownRegion: true` below `cloud`.
    ");
    for (region, near) in [
        ("eu-wst-1a", "`eu-west-1`"),
        ("eu-west-1b", "`eu-west-1`"),
        ("Frankfurt", "`eu-central-1`"),
        ("us-iso-east-1", "isolated"),
    ] {
        let told = refused(&with(&[("region: eu-west-1", &format!("region: {region}"))]));
        assert!(told.contains("BW0202") && told.contains(near), "{told}");
    }
}

#[test]
fn a_new_region_can_be_confirmed() {
    let new = with(&[("region: eu-west-1", "region: eu-atlantis-1")]);
    assert!(refused(&new).contains("allowUnknownRegion: true"));
    let confirmed = new.replace("region: eu-atlantis-1", "region: eu-atlantis-1\n  allowUnknownRegion: true");
    let _ = Sandbox::with_spec(&confirmed).run("render").ok();
    // It says nothing of what has not the form of a region, and belongs to AWS alone.
    assert!(refused(&confirmed.replace("eu-atlantis-1", "atlantis")).contains("BW0202"));
    let store = "apiVersion: bucketwright/v1\nname: acme\ncloud: {provider: s3, store: minio, endpoint: \"https://a.b\", allowUnknownRegion: true}\ninstalls:\n  - {profile: argo-workflows, chartVersion: 1.0.18, credentials: {accessKeyId: env:A, secretAccessKey: env:B}}\n";
    assert!(refused(store).contains("BW1401"));
}

#[test]
fn an_address_of_another_region_is_said() {
    let issuer = GOOD.replace("oidc.eks.eu-west-1", "oidc.eks.us-east-1");
    let endpoint = with(&[(
        "  region: eu-west-1\n",
        "  region: eu-west-1\n  endpoint: https://bucket.vpce-1a.s3.eu-west-2.vpce.amazonaws.com\n",
    )]);
    for (spec, words) in [(issuer, "`oidcIssuer` lies in us-east-1"), (endpoint, "`endpoint` lies in eu-west-2")] {
        let sandbox = Sandbox::with_spec(&spec);
        let plan = sandbox.run("plan --rehearse -o json").ok().json();
        let warnings = plan["warnings"].as_array().expect("warnings");
        let found: Vec<_> = warnings.iter().filter(|one| one["code"] == "BW0211").collect();
        assert_eq!(found.len(), 1, "{plan:#}");
        assert!(found[0]["what"].as_str().is_some_and(|what| what.contains(words)), "{plan:#}");
        let _ = sandbox.run("render").ok();
        assert!(sandbox.read("out/argo-workflows/NOTES.md").contains(words));
    }
    // The issuer of another identity than IRSA is not used, and one elsewhere says nothing of a region.
    for spec in [GOOD.to_owned(), GOOD.replace("oidc.eks.eu-west-1.amazonaws.com", "oidc.eu-west-2.example.com")] {
        let plan = Sandbox::with_spec(&spec).run("plan --rehearse -o json").ok().json();
        assert!(!plan["warnings"].to_string().contains("BW0211"), "{plan:#}");
    }
}

/// A trust across partitions never works from the pods, whatever IAM takes.
#[test]
fn an_address_of_another_partition_is_refused() {
    let china = with(&[("region: eu-west-1", "region: cn-north-1")]);
    assert_snapshot!(refused(&china), @"
    BW0210

      × `oidcIssuer` lies in eu-west-1 (partition `aws`), and the buckets in cn-north-1 (`aws-cn`)
       ╭─[bucketwright.yaml:9:17]
     9 │     oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
       ·                 ────────────────────────────────────────────────────────────────────────────
       ╰────
      help: The pods of an EKS cluster ask IAM and STS of the cluster's own partition, which know no
            role of another one.
            Correct `oidcIssuer` or `region`. For buckets of another partition use
            `identity: static-keys`.
    ");
    let issuer = |host: &str| GOOD.replace("oidc.eks.eu-west-1.amazonaws.com", host);
    for spec in [
        with(&[("region: eu-west-1", "region: us-gov-west-1")]),
        issuer("oidc.eks.cn-north-1.amazonaws.com.cn"),
        issuer("oidc.eks.us-gov-east-1.amazonaws.com"),
        issuer("oidc-eks.cn-northwest-1.api.amazonwebservices.com.cn"),
        issuer("oidc.eks.eusc-de-east-1.amazonaws.eu"),
        china.replace("identity: irsa", "identity: pod-identity"),
        with(&[("  region: eu-west-1\n", "  region: eu-west-1\n  endpoint: https://s3.cn-north-1.amazonaws.com.cn\n")]),
    ] {
        assert!(refused(&spec).contains("BW0210"), "{spec}");
    }
    // An issuer that is none of EKS's may be trusted from anywhere, and keys know no issuer.
    let elsewhere = china.replace("oidc.eks.eu-west-1.amazonaws.com", "oidc.example.com");
    let _ = Sandbox::with_spec(&elsewhere).run("render").ok();
    let _ =
        Sandbox::with_spec(&china.replace("identity: irsa", "identity: static-keys")).run("render --placeholders").ok();
}

#[test]
fn a_boundary_that_bounds_nothing_is_refused_or_said() {
    let bounded = |policy: &str| {
        with(&[("  cluster:\n", &format!("  iam:\n    permissionsBoundary: arn:aws:iam::{policy}\n  cluster:\n"))])
    };
    for pattern in
        ["012345678901:policy/*", "012345678901:policy/team/*", "aws:policy/Read?nly", "012345678901:policy/limit*"]
    {
        assert!(refused(&bounded(pattern)).contains("BW0408"), "{pattern}");
    }
    for (policy, said) in [
        ("aws:policy/AdministratorAccess", true),
        ("aws:policy/PowerUserAccess", true),
        ("aws:policy/AmazonS3FullAccess", false),
        ("012345678901:policy/AdministratorAccess", false),
    ] {
        let plan = Sandbox::with_spec(&bounded(policy)).run("plan --rehearse -o json").ok().json();
        assert_eq!(plan["warnings"].to_string().contains("BW0409"), said, "{policy}: {plan:#}");
    }
}

#[test]
fn a_key_of_another_region_is_refused() {
    let key = |region: &str| {
        let line =
            format!("encryption: {{kmsKey: \"arn:aws:kms:{region}:012345678901:key/1234abcd\"}}\nidentity: irsa");
        with(&[("identity: irsa", &line)])
    };
    assert!(refused(&key("us-east-1")).contains("BW0212"));
    let _ = Sandbox::with_spec(&key("eu-west-1")).run("render").ok();
}
