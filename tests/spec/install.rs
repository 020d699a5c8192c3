//! What is wrong with an install: its names, buckets, options and versions.

use insta::assert_snapshot;

use super::{install_with, refused, with};
use crate::harness::Sandbox;

#[test]
fn bad_bucket_names() {
    let bad = |name: &str| refused(&install_with(&format!("    buckets:\n      artifacts: {name}\n")));
    assert_snapshot!(bad("Acme_Artifacts"), @"
    BW0201

      × `Acme_Artifacts` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: Acme_Artifacts
        ·                  ──────────────
        ╰────
      help: S3's rule: only lower-case letters, digits and `-` are allowed, not `A`.
            Use `acme-artifacts`, for example.
    ");
    assert_snapshot!(bad("ab"), @"
    BW0201

      × `ab` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: ab
        ·                  ──
        ╰────
      help: S3's rule: a name has 3 to 63 characters, this one has 2.
            Use 3 to 63 lower-case letters, digits and `-`, such as `acme-prod-artifacts`.
    ");
    assert_snapshot!(bad("acme.artifacts"), @"
    BW0201

      × `acme.artifacts` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: acme.artifacts
        ·                  ──────────────
        ╰────
      help: S3's rule: a dot is legal, but breaks TLS certificates and transfer acceleration, so new
            buckets must not have one.
            Use `acme-artifacts`, for example.
    ");
    assert_snapshot!(bad("amzn-s3-demo-acme"), @"
    BW0201

      × `amzn-s3-demo-acme` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: amzn-s3-demo-acme
        ·                  ─────────────────
        ╰────
      help: S3's rule: names that begin with `amzn-s3-demo-` are reserved.
            Use 3 to 63 lower-case letters, digits and `-`, such as `acme-prod-artifacts`.
    ");
    assert_snapshot!(bad("acme--x-s3"), @"
    BW0201

      × `acme--x-s3` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: acme--x-s3
        ·                  ──────────
        ╰────
      help: S3's rule: names that end with `--x-s3` are reserved.
            Use 3 to 63 lower-case letters, digits and `-`, such as `acme-prod-artifacts`.
    ");
    assert_snapshot!(bad("-acme"), @"
    BW0201

      × `-acme` cannot be the name of a bucket
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: -acme
        ·                  ─────
        ╰────
      help: S3's rule: the first and the last character must be a letter or a digit.
            Use `acme`, for example.
    ");
}

#[test]
fn a_bucket_name_that_yaml_takes_for_a_number() {
    assert_snapshot!(refused(&install_with("    buckets:\n      artifacts: 012345678901\n")), @"
    BW0105

      × YAML takes this bucket name for a number
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: 012345678901
        ·                  ────────────
        ╰────
      help: Write the name in quotes.
    ");
    assert_snapshot!(refused(&install_with("    buckets:\n      artifacts: 1e10\n")), @"
    BW0105

      × YAML takes this bucket name for a number
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: 1e10
        ·                  ────
        ╰────
      help: Write the name in quotes.
    ");
}

#[test]
fn a_mapping_for_a_bucket_with_an_unknown_key() {
    assert_snapshot!(refused(&install_with("    buckets:\n      artifacts: {name: acme-artifacts, exsting: true}\n")), @"
    BW0103

      × `exsting` is not a known key here
        ╭─[bucketwright.yaml:15:41]
     15 │       artifacts: {name: acme-artifacts, exsting: true}
        ·                                         ───────
        ╰────
      help: Did you mean `existing`? Known: name, existing, versioning.
    ");
}

#[test]
fn an_unknown_purpose() {
    assert_snapshot!(refused(&install_with("    buckets:\n      artefacts: acme-artifacts\n")), @"
    BW0403

      × `artefacts` is no bucket purpose of the profile `argo-workflows` for chart 1.0.18
        ╭─[bucketwright.yaml:15:18]
     15 │       artefacts: acme-artifacts
        ·                  ──────────────
        ╰────
      help: Did you mean `artifacts`? Known: artifacts.
    ");
}

#[test]
fn the_only_bucket_turned_off() {
    assert_snapshot!(refused(&install_with("    buckets:\n      artifacts: false\n")), @"
    BW0440

      × The artifact bucket is turned off, and it is the only bucket that Argo Workflows uses.
        ╭─[bucketwright.yaml:15:18]
     15 │       artifacts: false
        ·                  ─────
        ╰────
      help: Without it there is nothing to set up, and steps cannot pass on artifacts.
            Remove `artifacts: false` below `buckets`, or remove this install.
    ");
}

#[test]
fn an_unknown_option() {
    assert_snapshot!(refused(&install_with("    options:\n      archiveLog: true\n")), @"
    BW0403

      × `archiveLog` is no option of the profile `argo-workflows` for chart 1.0.18
        ╭─[bucketwright.yaml:15:19]
     15 │       archiveLog: true
        ·                   ────
        ╰────
      help: Did you mean `archiveLogs`? Known: workflowNamespaces, workflowServiceAccount,
            workflowAccount, serverAccount, archiveLogs, artifactGC, uploads, nameOverride,
            fullnameOverride.
    ");
}

#[test]
fn an_option_of_another_type() {
    assert_snapshot!(refused(&install_with("    options:\n      archiveLogs: \"yes\"\n")), @r#"
    BW0105

      × the option `archiveLogs` cannot be "yes"
        ╭─[bucketwright.yaml:15:20]
     15 │       archiveLogs: "yes"
        ·                    ─────
        ╰────
      help: Archived logs stay readable in the UI after a pod is gone. When it is on here, no workflow
            and no template can turn it off. Argo's own documentation calls it a convenience, not a
            replacement for a logging system.
            Give `true` or `false`.
    "#);
    assert_snapshot!(refused(&install_with("    options:\n      workflowNamespaces: [argo, 7]\n")), @r#"
    BW0105

      × the option `workflowNamespaces` cannot be ["argo",7]
        ╭─[bucketwright.yaml:15:27]
     15 │       workflowNamespaces: [argo, 7]
        ·                           ─
        ╰────
      help: Each of these namespaces gets the ServiceAccount that workflows run as and, with static
            keys, the Secret with the key: Argo reads a workflow's credentials from the workflow's own
            namespace. The chart's default adds the namespace `default`, which would open the bucket
            to everything that runs there.
            Give a list of texts.
    "#);
}

#[test]
fn an_unknown_workload() {
    assert_snapshot!(refused(&install_with("    serviceAccounts:\n      servre: argo-server\n")), @"
    BW0403

      × `servre` is no workload of the profile `argo-workflows` for chart 1.0.18
        ╭─[bucketwright.yaml:15:15]
     15 │       servre: argo-server
        ·               ───────────
        ╰────
      help: Did you mean `server`? Known: workflow, server.
    ");
}

#[test]
fn a_service_account_that_kubernetes_refuses() {
    assert_snapshot!(refused(&install_with("    serviceAccounts:\n      server: Argo_Server\n")), @"
    BW0204

      × `Argo_Server` cannot be the name of a ServiceAccount
        ╭─[bucketwright.yaml:15:15]
     15 │       server: Argo_Server
        ·               ───────────
        ╰────
      help: Such a name holds only lower-case letters, digits, `-` and `.`, begins and ends with a
            letter or digit, and has at most 253 characters.
            Choose a name such as `gitlab` or `acme-prod`.
    ");
}

#[test]
fn a_release_that_helm_refuses() {
    assert_snapshot!(refused(&install_with(&format!("    release: {}\n", "a".repeat(54)))), @"
    BW0204

      × `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` cannot be the name of a release
        ╭─[bucketwright.yaml:14:14]
     14 │     release: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        ·              ──────────────────────────────────────────────────────
        ╰────
      help: Such a name holds only lower-case letters, digits and `-`, begins and ends with a letter
            or digit, and has 1 to 53 characters.
            Choose a name such as `gitlab` or `acme-prod`.
    ");
}

#[test]
fn two_installs_with_one_id() {
    let second = "  - profile: argo-workflows\n    chartVersion: 1.0.18\n";
    assert_snapshot!(refused(&install_with(second)), @"
    BW0108

      × two installs have the id `argo-workflows`
        ╭─[bucketwright.yaml:14:14]
     14 │   - profile: argo-workflows
        ·              ──────────────
        ╰────
      help: The id names the output folder and the IAM resources.
            Give one of them an `id` of its own.
    ");
}

#[test]
fn two_installs_claim_one_bucket() {
    let second = "  - id: other\n    profile: argo-workflows\n    chartVersion: 1.0.18\n    release: other\n    buckets:\n      artifacts: acme-argo-artifacts\n";
    assert_snapshot!(refused(&install_with(second)), @"
    BW0402

      × the bucket `acme-argo-artifacts` is claimed by other.artifacts and by argo-workflows.artifacts
        ╭─[bucketwright.yaml:19:18]
     19 │       artifacts: acme-argo-artifacts
        ·                  ───────────────────
        ╰────
      help: The chart expects the bucket for itself: objects of the two would mix, and a restore or
            clean-up of one would hit the other.
            Name another bucket under `buckets: {artifacts: …}`, or give the installs different ids.
    ");
}

#[test]
fn two_installs_are_one_release() {
    let two = |first: &str, second: &str| {
        let install = |id: &str, rest: &str| {
            format!(
                "  - id: {id}\n    profile: argo-workflows\n    chartVersion: 1.0.18\n    buckets: {{artifacts: acme-{id}}}\n{rest}"
            )
        };
        with(&[(
            "  - profile: argo-workflows\n    chartVersion: 1.0.18\n",
            &(install("one", first) + &install("two", second)),
        )])
    };
    let same = "    release: argo\n    namespace: argo\n";
    assert_snapshot!(refused(&two(same, same)), @"
    BW0410

      × `one` and `two` are both the release `argo` in the namespace `argo`
        ╭─[bucketwright.yaml:22:14]
     22 │     release: argo
        ·              ────
        ╰────
      help: Helm has one release of a name in a namespace, and the Secrets of one install would
            replace those of the other.
            Give one of them a `release` or `namespace` of its own. If both are parts of one umbrella
            chart, say of each where: `below: KEY`.
    ");
    // Of an umbrella chart's parts each has its key; a chart by itself is no part.
    for (first, second, works) in [
        ("    below: a\n", "    below: b\n", true),
        ("    below: a\n", "    below: a\n", false),
        ("    below: a\n", "", false),
        ("", "    below: b\n", false),
    ] {
        let sandbox = Sandbox::with_spec(&two(&format!("{same}{first}"), &format!("{same}{second}")));
        let said = sandbox.run("render --placeholders").exits(if works { 0 } else { 2 }).stderr;
        assert_eq!(said.contains("BW0410"), !works, "{first}{second}: {said}");
    }
    // One name in two namespaces is two releases.
    let other = "    release: argo\n    namespace: other\n";
    let _ = Sandbox::with_spec(&two(same, other)).run("render --placeholders").ok();
}

#[test]
fn no_installs() {
    let spec = with(&[("installs:\n  - profile: argo-workflows\n    chartVersion: 1.0.18\n", "installs: []\n")]);
    assert_snapshot!(refused(&spec), @"
    BW0104

      × the spec has no installs
      help: Add at least one entry below `installs`.
    ");
}

#[test]
fn an_unknown_profile() {
    assert_snapshot!(refused(&with(&[("argo-workflows", "argo-workflow")])), @"
    BW0301

      × there is no profile `argo-workflow`
        ╭─[bucketwright.yaml:12:14]
     12 │   - profile: argo-workflow
        ·              ─────────────
        ╰────
      help: Did you mean `argo-workflows`? Known: argo-workflows, gitlab, gitpod, gradient,
            massdriver, ona. Others come with `--profiles DIR`.
    ");
}

#[test]
fn a_version_that_the_profile_does_not_cover() {
    assert_snapshot!(refused(&with(&[("1.0.18", "0.40.0")])), @"
    BW0304

      × the profile `argo-workflows` does not cover chart version 0.40.0
        ╭─[bucketwright.yaml:13:19]
     13 │     chartVersion: 0.40.0
        ·                   ──────
        ╰────
      help: It knows the versions >=0.45, <2; others may have other keys.
            Choose a version in that range, such as 1.0.18, or bring a profile with `--profiles DIR`.
    ");
}

#[test]
fn a_version_that_is_not_whole() {
    assert_snapshot!(refused(&with(&[("1.0.18", "1.0")])), @"
    BW0105

      × `1.0` is not a full chart version
        ╭─[bucketwright.yaml:13:19]
     13 │     chartVersion: 1.0
        ·                   ───
        ╰────
      help: Charts differ from one patch version to the next, so the whole version must be known.
            Write three numbers, such as `9.9.1`; `helm search repo` shows them.
    ");
}

#[test]
fn an_install_that_is_not_in_the_spec() {
    let sandbox = Sandbox::with_spec(super::GOOD);
    assert_snapshot!(super::refused_in(&sandbox, "render --only argo"), @"
    BW0105

      × the spec has no install `argo`
      help: Known: argo-workflows.
    ");
}

#[test]
fn massdriver_under_a_release_that_does_not_say_so() {
    let spec = with(&[("argo-workflows", "massdriver"), ("1.0.18", "0.2.0\n    release: foo")]);
    assert_snapshot!(refused(&spec), @"
    BW0451

      × The release name `foo` does not work with this chart.
        ╭─[bucketwright.yaml:14:14]
     14 │     release: foo
        ·              ───
        ╰────
      help: The chart, Argo and MinIO each derive names from the release and expect each other's. That
            holds only if the name contains `massdriver` and neither `argo-workflows` nor `minio`:
            with a release called foo, the provisioner's RoleBinding points at
            foo-massdriver-argo-workflows-workflow, but Argo makes foo-argo-workflows-workflow.
            Name the release `massdriver`, or for instance `massdriver-prod`. Helm cannot rename a
            release that runs: install a second one under such a name and move to that, or leave this
            one on its old store.
    ");
}

#[test]
fn a_regional_bucket_name_that_is_too_long() {
    let spec = with(&[
        ("name: acme", &format!("name: {}", "a".repeat(32))),
        ("identity: irsa", "bucketDefaults: {namespace: account-regional}\nidentity: irsa"),
    ]);
    assert_snapshot!(refused(&spec), @"
    BW0201

      × `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-argo-artifacts-012345678901-eu-west-1-an` cannot be the name
      │ of a bucket
       ╭─[bucketwright.yaml:2:7]
     2 │ name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
       ·       ────────────────────────────────
       ╰────
      help: S3's rule: a name has 3 to 63 characters, this one has 73.
            Use `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-argo-artifacts-012345678901-eu`, for example.
    ");
}
