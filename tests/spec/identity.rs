//! What an identity needs, and which charts can use it.

use insta::assert_snapshot;

use super::{install_with, refused, with};
use crate::harness::Sandbox;

#[test]
fn no_identity() {
    assert_snapshot!(refused(&with(&[("identity: irsa\n", "")])), @"
    BW0104

      × neither the spec nor this install says which identity to use
        ╭─[bucketwright.yaml:11:14]
     11 │   - profile: argo-workflows
        ·              ──────────────
        ╰────
      help: Add `identity: irsa` (or pod-identity, node-role, static-keys) at the top or here.
    ");
}

#[test]
fn an_unknown_identity() {
    assert_snapshot!(refused(&with(&[("identity: irsa", "identity: iras")])), @"
    BW0105

      × `iras` is not a known value here
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: iras
        ·           ────
        ╰────
      help: Did you mean `irsa`? Known: irsa, pod-identity, node-role, static-keys, workload-identity.
    ");
}

const CLUSTER: &str = "  cluster:
    name: prod
    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
";

#[test]
fn irsa_without_a_cluster() {
    assert_snapshot!(refused(&with(&[(CLUSTER, "")])), @"
    BW0404

      × the identity `irsa` needs the cluster's name
       ╭─[bucketwright.yaml:7:11]
     7 │ identity: irsa
       ·           ────
       ╰────
      help: Add `cluster: {name: NAME}` below `cloud`.
    ");
}

#[test]
fn pod_identity_without_a_cluster() {
    assert_snapshot!(refused(&with(&[(CLUSTER, ""), ("identity: irsa", "identity: pod-identity")])), @"
    BW0404

      × the identity `pod-identity` needs the cluster's name
       ╭─[bucketwright.yaml:7:11]
     7 │ identity: pod-identity
       ·           ────────────
       ╰────
      help: Add `cluster: {name: NAME}` below `cloud`.
    ");
}

#[test]
fn node_role_without_the_nodes_role() {
    assert_snapshot!(refused(&with(&[("identity: irsa", "identity: node-role")])), @r#"
    BW0404

      × the identity `node-role` needs the role of the cluster's nodes
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: node-role
        ·           ─────────
        ╰────
      help: Add `cluster: {name: NAME, nodeRole: "arn:aws:iam::ACCOUNT:role/NODES"}` below `cloud`.
    "#);
}

#[test]
fn a_node_role_that_is_no_role() {
    let lines = "    nodeRole: arn:aws:iam::012345678901:instance-profile/nodes\nidentity: node-role";
    assert_snapshot!(refused(&with(&[("identity: irsa", lines)])), @"
    BW0206

      × `arn:aws:iam::012345678901:instance-profile/nodes` is not the ARN of a role
        ╭─[bucketwright.yaml:10:15]
     10 │     nodeRole: arn:aws:iam::012345678901:instance-profile/nodes
        ·               ────────────────────────────────────────────────
        ╰────
      help: Write `arn:aws:iam::ACCOUNT:role/NAME`.
    ");
}

#[test]
fn an_identity_of_other_clouds() {
    assert_snapshot!(refused(&with(&[("identity: irsa", "identity: workload-identity")])), @"
    BW0401

      × Argo Workflows 1.0.18 cannot use the identity `workload-identity` on AWS
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: workload-identity
        ·           ─────────────────
        ╰────
      help: Workload identity belongs to Google Cloud and Azure. On EKS the same idea is called IRSA
            or Pod Identity.
            Use one of: irsa, pod-identity, static-keys, node-role.
    ");
}

#[test]
fn irsa_for_a_gitpod_that_cannot() {
    assert_snapshot!(refused(&with(&[("argo-workflows", "gitpod"), ("1.0.18", "2022.11.3")])), @"
    BW0401

      × Gitpod (self-hosted) 2022.11.3 cannot use the identity `irsa` on AWS
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: irsa
        ·           ────
        ╰────
      help: 2022.11 reaches S3 with a MinIO client that refuses empty keys, so no role can be used.
            Builds of main use the AWS SDK, which takes a role when the config names no credentials,
            but for object storage only: the registry still needs a key.
            Use one of: static-keys.
    ");
}

#[test]
fn pod_identity_for_a_chart_that_is_too_old() {
    let spec =
        with(&[("argo-workflows", "massdriver"), ("1.0.18", "0.0.12"), ("identity: irsa", "identity: pod-identity")]);
    assert_snapshot!(refused(&spec), @"
    BW0401

      × Massdriver 0.0.12 cannot use the identity `pod-identity` on AWS
        ╭─[bucketwright.yaml:10:11]
     10 │ identity: pod-identity
        ·           ────────────
        ╰────
      help: From 0.0.17 S3Proxy uses the AWS SDK for Java in a version that knows Pod Identity, and
            Argo knows it too. Before 0.0.17 the server itself speaks to S3; its source is closed and
            nothing says that it knows Pod Identity.
            Use one of: irsa, static-keys.
    ");
}

#[test]
fn a_role_and_an_endpoint_that_is_not_aws() {
    assert_snapshot!(refused(&with(&[("  cluster:", "  endpoint: https://minio.example.com\n  cluster:")])), @"
    BW0412

      × The endpoint minio.example.com is not AWS, but the identity `irsa` gives credentials that only
      │ AWS understands.
       ╭─[bucketwright.yaml:7:13]
     7 │   endpoint: https://minio.example.com
       ·             ─────────────────────────
       ╰────
      help: A role's credentials come from AWS STS. Another S3 server does not know them and answers
            InvalidAccessKeyId.
            Use `identity: static-keys` with a key of that server, or remove `endpoint`.
    ");
}

#[test]
fn keys_beside_a_role() {
    let lines = "    credentials:\n      accessKeyId: env:ARGO_KEY_ID\n      secretAccessKey: env:ARGO_SECRET\n";
    assert_snapshot!(refused(&install_with(lines)), @"
    BW0406

      × the identity `irsa` uses no keys
        ╭─[bucketwright.yaml:15:20]
     15 │       accessKeyId: env:ARGO_KEY_ID
        ·                    ───────────────
        ╰────
      help: Keys that lie around win over roles in most clients, so both together do not work.
            Remove `credentials`, or use `identity: static-keys`.
    ");
}

/// Facts that only the cloud knows: rendering asks no cloud.
#[test]
fn a_role_without_an_account() {
    let sandbox = Sandbox::with_spec(&with(&[("  account: \"012345678901\"\n", "")]));
    assert_snapshot!(sandbox.run("render").exits(2).messages(), @r#"
    BW0703

      × the account id is not known
       ╭─[bucketwright.yaml:4:13]
     4 │   provider: aws
       ·             ───
       ╰────
      help: The ARNs of roles hold it, and no cloud is asked here. `apply` asks, and keeps the answer
            in its folder.
            Run `bucketwright apply`, or name the folder that it wrote. Or add `account: "…"` below
            `cloud`, in quotes, with what this prints:
              aws sts get-caller-identity --query Account --output text
    "#);
}

#[test]
fn a_trust_without_an_issuer() {
    let issuer = "    oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n";
    assert_snapshot!(Sandbox::with_spec(&with(&[(issuer, "")])).run("render").exits(2).messages(), @r"
    BW0703

      × the OIDC issuer of the cluster `prod` is not known
       ╭─[bucketwright.yaml:8:11]
     8 │     name: prod
       ·           ────
       ╰────
      help: IRSA's trust policies name it, and no cloud is asked here. `apply` asks, and keeps the
            answer in its folder.
            Run `bucketwright apply`, or name the folder that it wrote. Or add `oidcIssuer: …` below
            `cloud.cluster`, with what this prints:
              aws eks describe-cluster --region eu-west-1 --name prod --query cluster.identity.oidc.issuer \
                  --output text
    ");
}

#[test]
fn names_that_grow_too_long_for_iam() {
    let spec = with(&[
        ("name: acme", &format!("name: {}", "a".repeat(32))),
        ("  - profile", &format!("  - id: {}\n    profile", "b".repeat(60))),
    ]);
    assert_snapshot!(refused(&spec), @"
    BW0205

      × `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb`
      │ cannot be the name of a role
        ╭─[bucketwright.yaml:12:9]
     12 │   - id: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        ·         ────────────────────────────────────────────────────────────
        ╰────
      help: The name of a role has 1 to 64 characters, this one has 93.
            Shorten the spec's `name` or the install's `id`: IAM names are made of both.
    ");
}

/// The issuer of Ona and of Gitpod Classic is one for all customers: a subject names one, or the spec is refused.
#[test]
fn a_subject_that_every_customer_has() {
    let spec = |version: &str, options: &str| {
        install_with(&format!(
            "  - {{id: ona, profile: ona, chartVersion: {version}, identity: workload-identity, options: {{{options}}}}}\n"
        ))
    };
    for (version, options) in [
        ("2.0.0", "subjects: [\"org:*\"]"),
        ("2.0.0", "subjects: [\"org:*/prj:0191e223-1c3c-7607-badf-303c98b52d2f/*\"]"),
        ("3.0.0", "subjects: [\"organization_id:*\"]"),
        ("3.0.0", "subjects: [\"organization_id:0191e223-1c3c-7607-badf-303c98b52d2f*\"]"),
        ("1.0.0", "context: \"https://github.com\""),
        ("1.0.0", "context: \"https://*\""),
        ("1.0.0", "context: \"https://github.com/*\""),
        ("1.0.0", "context: \"https://github.com\", contextScope: owner"),
        ("1.0.0", "subjects: [\"https://github.com/*\"]"),
        ("1.0.0", "subjects: [\"no-context\"]"),
    ] {
        let said = refused(&spec(version, options));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("BW0407") && said.contains("others would become the role"), "{options}: {said}");
    }
    for (version, options) in [
        ("1.0.0", "context: \"https://github.com/acme/app\""),
        ("1.0.0", "context: \"https://github.com/acme\", contextScope: owner"),
        // An installation of one's own has an issuer of its own.
        ("1.0.0", "domain: gitpod.example.com, context: \"https://github.com\""),
    ] {
        let _ = Sandbox::with_spec(&spec(version, options)).run("render --placeholders").ok();
    }
}
