//! What is wrong with the text itself, and with names in it.

use insta::assert_snapshot;

use super::{install_with, refused, refused_in, with};
use crate::harness::Sandbox;

#[test]
fn an_unknown_key_names_the_one_that_was_meant() {
    assert_snapshot!(refused(&install_with("    relaese: argo\n")), @"
    BW0103

      × `relaese` is not a known key here
        ╭─[bucketwright.yaml:14:5]
     14 │     relaese: argo
        ·     ───────
        ╰────
      help: Did you mean `release`? Known: id, profile, chartVersion, release, namespace, below,
            identity, roles, buckets, options, serviceAccounts, secretNames, credentials,
            attachPolicies.
    ");
}

#[test]
fn an_unknown_key_far_from_all_lists_them() {
    assert_snapshot!(refused(&with(&[("  region:", "  colour: blue\n  region:")])), @"
    BW0103

      × `colour` is not a known key here
       ╭─[bucketwright.yaml:5:3]
     5 │   colour: blue
       ·   ──────
       ╰────
      help: Known: provider, region, allowUnknownRegion, account, iam, endpoint, cluster, project,
            projectNumber, location, store, pathStyle, ca, insecure, checksums, credentials,
            subscription, resourceGroup, storageAccount, tenant, domain, accountKey, softDeleteDays,
            clientIds.
    ");
}

#[test]
fn a_missing_key() {
    assert_snapshot!(refused(&with(&[("    chartVersion: 1.0.18\n", "")])), @"
    BW0104

      × the key `chartVersion` is missing
        ╭─[bucketwright.yaml:12:5]
     12 │   - profile: argo-workflows
        ·     ───────
        ╰────
      help: Add `chartVersion: …` here.
    ");
}

#[test]
fn a_key_that_stands_twice() {
    assert_snapshot!(refused(&with(&[("name: acme\n", "name: acme\nname: other\n")])), @"
    BW0107

      × `name` stands twice in one mapping
       ╭─[bucketwright.yaml:3:1]
     3 │ name: other
       · ────
       ╰────
      help: Readers of YAML disagree on which of the two counts.
            Remove one of them.
    ");
}

#[test]
fn no_yaml() {
    assert_snapshot!(refused(&with(&[("name: acme", "name: \"acme")])), @"
    BW0102

      × invalid indentation in multiline quoted scalar
       ╭─[bucketwright.yaml:3:1]
     3 │ cloud:
       · ─────
       ╰────
      help: Look at the quotes, colons and indentation here and above: the text is not YAML.
    ");
}

#[test]
fn a_tab_in_the_indentation() {
    assert_snapshot!(refused(&with(&[("  region:", "\tregion:")])), @"
    BW0102

      × a tab stands where a line is indented
       ╭─[bucketwright.yaml:5:1]
     5 │     region: eu-west-1
       · ────
       ╰────
      help: YAML takes only blanks there, because programs disagree on how wide a tab is.
            Write blanks instead of the tabs at the beginning of lines; `expand -t 2 FILE` prints the
            file so.
    ");
}

#[test]
fn an_empty_file() {
    assert_snapshot!(refused(""), @"
    BW0102

      × there is nothing in it
       ╭─[bucketwright.yaml:1:1]
       ╰────
      help: Write at least the required keys.
    ");
}

#[test]
fn a_list_instead_of_a_mapping() {
    assert_snapshot!(refused("- a\n- b\n"), @"
    BW0105

      × expected keys with values here
       ╭─[bucketwright.yaml:1:1]
     1 │ - a
       · ─
       ╰────
      help: Write `key: value` for keys and `- value` for lists.
    ");
}

#[test]
fn a_file_that_is_not_there() {
    let sandbox = Sandbox::new();
    assert_snapshot!(refused_in(&sandbox, "render -f nope.yaml"), @"
    BW0101

      × nope.yaml cannot be read: there is no such file
      help: Name the spec with `-f FILE`, or run `bucketwright init` to write one.
    ");
}

#[test]
fn a_folder_instead_of_a_file() {
    let sandbox = Sandbox::new();
    assert_snapshot!(refused_in(&sandbox, "render -f ."), @"
    BW0101

      × . cannot be read: it is a folder, not a plain file
      help: Name the spec with `-f FILE`, or run `bucketwright init` to write one.
    ");
}

#[test]
fn bytes_that_are_no_text() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("bucketwright.yaml"), b"name: \xff\xfe\n").expect("write");
    assert_snapshot!(refused_in(&sandbox, "render"), @"
    BW0101

      × bucketwright.yaml cannot be read: it is not UTF-8 text
      help: Name the spec with `-f FILE`, or run `bucketwright init` to write one.
    ");
}

#[test]
fn another_version_of_the_format() {
    assert_snapshot!(refused(&with(&[("bucketwright/v1", "bucketwright/v2")])), @"
    BW0105

      × `bucketwright/v2` is not a version of this format
       ╭─[bucketwright.yaml:1:13]
     1 │ apiVersion: bucketwright/v2
       ·             ───────────────
       ╰────
      help: Write `apiVersion: bucketwright/v1`.
    ");
}

#[test]
fn an_account_without_quotes() {
    assert_snapshot!(refused(&with(&[("\"012345678901\"", "012345678901")])), @r#"
    BW0106

      × the account id stands without quotes
       ╭─[bucketwright.yaml:6:12]
     6 │   account: 012345678901
       ·            ────────────
       ╰────
      help: YAML takes such a text for a number: 012345678901 becomes 1.2345678901e+10, and a leading
            zero is lost.
            Write "012345678901", with the quotes.
    "#);
}

#[test]
fn an_account_of_eleven_digits() {
    assert_snapshot!(refused(&with(&[("\"012345678901\"", "\"12345678901\"")])), @r#"
    BW0203

      × `12345678901` is not an account id
       ╭─[bucketwright.yaml:6:12]
     6 │   account: "12345678901"
       ·            ─────────────
       ╰────
      help: An account id is a text of 12 digits.
            `aws sts get-caller-identity --query Account` prints it; write it in quotes, as in
            "012345678901".
    "#);
}

#[test]
fn a_zone_instead_of_a_region() {
    assert_snapshot!(refused(&with(&[("region: eu-west-1", "region: eu-west-1a")])), @"
    BW0202

      × `eu-west-1a` is not the name of a region
       ╭─[bucketwright.yaml:5:11]
     5 │   region: eu-west-1a
       ·           ──────────
       ╰────
      help: A region's name has the form `eu-west-1`; the partition is derived from it.
            `eu-west-1a` has the form of an availability zone: its region is `eu-west-1`.
    ");
}

#[test]
fn no_region_at_all() {
    assert_snapshot!(refused(&with(&[("region: eu-west-1", "region: Ireland")])), @"
    BW0202

      × `Ireland` is not the name of a region
       ╭─[bucketwright.yaml:5:11]
     5 │   region: Ireland
       ·           ───────
       ╰────
      help: A region's name has the form `eu-west-1`; the partition is derived from it.
            Did you mean `eu-west-1`?
    ");
}

#[test]
fn a_cloud_that_is_not_supported() {
    assert_snapshot!(refused(&with(&[("provider: aws", "provider: oracle")])), @"
    BW0105

      × `oracle` is not a known value here
       ╭─[bucketwright.yaml:4:13]
     4 │   provider: oracle
       ·             ──────
       ╰────
      help: Known: aws, s3, gcp, azure.
    ");
}

#[test]
fn an_issuer_that_aws_would_not_match() {
    assert_snapshot!(refused(&with(&[("0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF0123456789ABCDEF/")])), @"
    BW0207

      × `https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF/` is not an OIDC
      │ issuer
       ╭─[bucketwright.yaml:9:17]
     9 │     oidcIssuer: https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF/
       ·                 ─────────────────────────────────────────────────────────────────────────────
       ╰────
      help: An issuer is compared letter by letter, so it must have no trailing slash, query or blank.
            `aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer` prints it.
    ");
}

#[test]
fn a_node_role_in_another_partition() {
    let lines = "    nodeRole: arn:aws-cn:iam::012345678901:role/nodes\nidentity: irsa";
    assert_snapshot!(refused(&with(&[("identity: irsa", lines)])), @"
    BW0210

      × `arn:aws-cn:iam::012345678901:role/nodes` lies in another partition than eu-west-1
        ╭─[bucketwright.yaml:10:15]
     10 │     nodeRole: arn:aws-cn:iam::012345678901:role/nodes
        ·               ───────────────────────────────────────
        ╰────
      help: The partition of eu-west-1 is `aws`; nothing reaches across partitions.
            Correct the ARN or the region.
    ");
}

#[test]
fn an_alias_instead_of_a_key() {
    let lines = "encryption:\n  kmsKey: arn:aws:kms:eu-west-1:012345678901:alias/s3\nidentity: irsa";
    assert_snapshot!(refused(&with(&[("identity: irsa", lines)])), @"
    BW0206

      × `arn:aws:kms:eu-west-1:012345678901:alias/s3` is not the ARN of a KMS key
        ╭─[bucketwright.yaml:11:11]
     11 │   kmsKey: arn:aws:kms:eu-west-1:012345678901:alias/s3
        ·           ───────────────────────────────────────────
        ╰────
      help: S3 does not check the key when it is set, and an alias is resolved in the caller's
            account.
            Use the key's own ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`.
    ");
}

#[test]
fn an_endpoint_without_a_scheme() {
    assert_snapshot!(refused(&with(&[("  cluster:", "  endpoint: minio.local:9000\n  cluster:")])), @"
    BW0209

      × `minio.local:9000` is not an endpoint
       ╭─[bucketwright.yaml:7:13]
     7 │   endpoint: minio.local:9000
       ·             ────────────────
       ╰────
      help: An endpoint begins with `https://` or `http://`.
            Write `https://minio.local:9000`, if it speaks TLS.
    ");
}

#[test]
fn a_spec_name_that_no_bucket_could_begin_with() {
    assert_snapshot!(refused(&with(&[("name: acme", "name: Acme_Prod")])), @"
    BW0208

      × `Acme_Prod` cannot be the name of a spec
       ╭─[bucketwright.yaml:2:7]
     2 │ name: Acme_Prod
       ·       ─────────
       ╰────
      help: It becomes a part of bucket, role and user names, so it may hold only lower-case letters,
            digits and `-`.
            Use a short name such as `acme-prod`.
    ");
}

#[test]
fn reserved_tags() {
    let lines = "tags:\n  \"aws:owner\": me\nidentity: irsa";
    assert_snapshot!(refused(&with(&[("identity: irsa", lines)])), @"
    BW0105

      × the tag `aws:owner` cannot be used
      help: Tags that begin with `aws:` or `bucketwright:` are reserved.
    ");
}

#[test]
fn all_problems_are_told_at_once() {
    let spec = with(&[("name: acme", "name: Acme"), ("eu-west-1\n", "eu-west\n"), ("\"012345678901\"", "\"1\"")]);
    let words = refused(&spec);
    for code in ["BW0208", "BW0202", "BW0203"] {
        assert!(words.contains(code), "{code} in\n{words}");
    }
}

#[test]
fn columns_count_characters() {
    let spec = with(&[("    chartVersion: 1.0.18", "    \"ünïcode\": 1\n    chartVersion: 1.0.18")]);
    assert_snapshot!(refused(&spec), @r#"
    BW0103

      × `ünïcode` is not a known key here
        ╭─[bucketwright.yaml:13:5]
     13 │     "ünïcode": 1
        ·     ─────────
        ╰────
      help: Known: id, profile, chartVersion, release, namespace, below, identity, roles, buckets,
            options, serviceAccounts, secretNames, credentials, attachPolicies.
    "#);
}
