//! Profiles that are wrong: whoever writes one is told the file and the line.

use insta::assert_snapshot;

use super::with;
use crate::harness::Sandbox;

/// A spec for the profile `shop`, which is in `profiles/` as `profile new` makes it, with changes.
fn shop(file: &str, changes: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with_spec(&with(&[("argo-workflows", "shop"), ("1.0.18", "1.0.0")]));
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    let file = format!("profiles/shop/{file}");
    let text = changes.iter().fold(sandbox.read(&file), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` in\n{text}");
        text.replacen(from, to, 1)
    });
    sandbox.write(&file, &text);
    sandbox
}

/// What is said of a profile that is wrong.
#[track_caller]
fn refused(file: &str, changes: &[(&str, &str)]) -> String {
    super::refused_in(&shop(file, changes), "--profiles profiles render")
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(refused("profile.yaml", &[("workloads:", "worklaods:")]), @"
    BW0103

      × `worklaods` is not a known key here
        ╭─[profiles/shop/profile.yaml:23:1]
     23 │ worklaods:
        · ─────────
        ╰────
      help: Did you mean `workloads`? Known: profile, title, summary, legacy, kind, chart, valuesFile,
            command, demands, restart, release, namespace, options, buckets, workloads, identities,
            federation, permissions, googleRoles, checks, dropped, rivals, shows, notes.
    ");
    assert_snapshot!(refused("values.yaml", &[("when:", "wen:")]), @"
    BW0103

      × `wen` is not a known key here
        ╭─[profiles/shop/values.yaml:12:3]
     12 │   wen: identity == 'static-keys'
        ·   ───
        ╰────
      help: Did you mean `when`? Known: path, value, when, charts, each, default, unlisted, why,
            source.
    ");
}

#[test]
fn an_unknown_variable() {
    assert_snapshot!(refused("values.yaml", &[("{{ region }}", "{{ regoin }}")]), @r#"
    BW0303

      × `regoin` is not a variable that a profile can use
       ╭─[profiles/shop/values.yaml:7:10]
     7 │   value: "{{ regoin }}"
       ·          ──────────────
       ╰────
      help: Did you mean `region`? Known: spec, id, release, namespace, chart, azure, cloud, region,
            partition, dns_suffix, account, endpoint, speaks_s3, store, cluster, project, identity,
            roles, options, buckets, principals, credentials, service_accounts, secret_names,
            encryption, item, out, folder, file, issuer, with, old.
    "#);
    assert_snapshot!(refused("values.yaml", &[("identity == 'static-keys'", "idenity == 'static-keys'")]), @"
    BW0303

      × `idenity` is not a variable that a profile can use
        ╭─[profiles/shop/values.yaml:12:9]
     12 │   when: idenity == 'static-keys'
        ·         ────────────────────────
        ╰────
      help: Did you mean `identity`? Known: spec, id, release, namespace, chart, azure, cloud, region,
            partition, dns_suffix, account, endpoint, speaks_s3, store, cluster, project, identity,
            roles, options, buckets, principals, credentials, service_accounts, secret_names,
            encryption, item, out, folder, file, issuer, with, old.
    ");
}

#[test]
fn an_unknown_filter() {
    assert_snapshot!(refused("values.yaml", &[("{{ region }}", "{{ region | shout }}")]), @r#"
    BW0303

      × the expression `region | shout` cannot be evaluated: Unknown filter `shout`
       ╭─[profiles/shop/values.yaml:7:10]
     7 │   value: "{{ region | shout }}"
       ·          ──────────────────────
       ╰────
      help: Expressions are Tera's; https://keats.github.io/tera lists its filters, and
            `bucketwright explain BW0303` the variables.
    "#);
}

#[test]
fn an_expression_that_is_not_closed() {
    assert_snapshot!(refused("values.yaml", &[("{{ region }}", "{{ region")]), @r#"
    BW0303

      × the expression `{{ region` cannot be evaluated: Unexpected end of input
       ╭─[profiles/shop/values.yaml:7:10]
     7 │   value: "{{ region"
       ·          ───────────
       ╰────
      help: Expressions are Tera's; https://keats.github.io/tera lists its filters, and
            `bucketwright explain BW0303` the variables.
    "#);
}

#[test]
fn a_missing_key_of_a_known_variable() {
    assert_snapshot!(refused("values.yaml", &[("{{ buckets.data.name }}", "{{ buckets.date.name }}")]), @r#"
    BW0303

      × `buckets` has no `date`
       ╭─[profiles/shop/values.yaml:3:10]
     3 │   value: "{{ buckets.date.name }}"
       ·          ─────────────────────────
       ╰────
      help: Helm reads an empty value as "delete the default", so a misspelt name must not become one.
            Did you mean `buckets.data`? Known: data.
    "#);
}

#[test]
fn a_range_that_is_none() {
    assert_snapshot!(refused("profile.yaml", &[(">=1.0.0, <2", "ten")]), @r#"
    BW0105

      × `ten` is not a range of versions: unexpected character 't' while parsing major version number
       ╭─[profiles/shop/profile.yaml:8:13]
     8 │   versions: "ten"
       ·             ─────
       ╰────
      help: Write a range such as `>=9.2, <11`.
    "#);
}

#[test]
fn an_identity_of_which_nothing_is_said() {
    let line =
        "  - {cloud: aws, identity: workload-identity, works: false, why: It belongs to Google Cloud and Azure.}\n";
    assert_snapshot!(refused("profile.yaml", &[(line, "")]), @"
    BW0302

      × the profile `shop` says nothing of the identity `workload-identity`
       ╭─[profiles/shop/profile.yaml:1:1]
     1 │ # What bucketwright knows about the chart shop. `bucketwright explain profile-format` explains every key.
       · ▲
       ╰────
      help: List it under `identities`, with the reason in `why`.
    ");
}

#[test]
fn access_for_a_component_that_is_not_there() {
    assert_snapshot!(refused("profile.yaml", &[("access: {app: read-write}", "access: {ap: read-write}")]), @"
    BW0302

      × the profile `shop` gives `ap` access to the bucket `data`, but no workload has that component
       ╭─[profiles/shop/profile.yaml:1:1]
     1 │ # What bucketwright knows about the chart shop. `bucketwright explain profile-format` explains every key.
       · ▲
       ╰────
      help: Correct the name under `access`, or add a workload of that component.
    ");
}

#[test]
fn another_name_than_the_folder() {
    assert_snapshot!(refused("profile.yaml", &[("profile: shop", "profile: store")]), @"
    BW0302

      × the profile `shop` calls itself `store`
       ╭─[profiles/shop/profile.yaml:1:1]
     1 │ # What bucketwright knows about the chart shop. `bucketwright explain profile-format` explains every key.
       · ▲
       ╰────
      help: Give the folder and `profile` the same name.
    ");
}

#[test]
fn a_default_outside_its_own_range() {
    assert_snapshot!(refused("profile.yaml", &[("default: 1.0.0", "default: 3.0.0")]), @"
    BW0302

      × the profile `shop` does not cover its own default version
       ╭─[profiles/shop/profile.yaml:1:1]
     1 │ # What bucketwright knows about the chart shop. `bucketwright explain profile-format` explains every key.
       · ▲
       ╰────
      help: Correct `chart.default` or `chart.versions`.
    ");
}

#[test]
fn a_path_that_is_none() {
    assert_snapshot!(refused("values.yaml", &[("path: storage.region", "path: storage..region")]), @r#"
    BW0302

      × `storage..region` is not a path
       ╭─[profiles/shop/values.yaml:6:9]
     6 │ - path: storage..region
       ·         ───────────────
       ╰────
      help: A key is empty.
            Join keys by dots; write `["a.b/c"]` for a key with dots, and the whole list as `value`
            for a list.
    "#);
}

#[test]
fn a_document_that_is_not_there() {
    let change = (
        "{key: accessKeyId, value: \"{{ credentials.app.access_key_id }}\"}",
        "{key: accessKeyId, document: key.json}",
    );
    assert_snapshot!(refused("documents.yaml", &[change]), @"
    BW0302

      × the profile `shop` puts the unknown document `key.json` into a Secret
       ╭─[profiles/shop/profile.yaml:1:1]
     1 │ # What bucketwright knows about the chart shop. `bucketwright explain profile-format` explains every key.
       · ▲
       ╰────
      help: Correct the name or add the document.
    ");
}

#[test]
fn a_bucket_name_that_comes_out_bad() {
    assert_snapshot!(refused("profile.yaml", &[("{{ spec.name }}-shop", "{{ spec.name }}_shop")]), @"
    BW0201

      × `acme_shop` cannot be the name of a bucket
       ╭─[bucketwright.yaml:2:7]
     2 │ name: acme
       ·       ────
       ╰────
      help: S3's rule: only lower-case letters, digits and `-` are allowed, not `_`.
            Use `acme-shop`, for example.
    ");
}

#[test]
fn a_folder_of_profiles_that_is_not_there() {
    let sandbox = Sandbox::with_spec(super::GOOD);
    assert_snapshot!(super::refused_in(&sandbox, "--profiles nowhere render"), @"
    BW0101

      × nowhere cannot be read: No such file or directory (os error 2)
      help: `--profiles` takes a folder whose subfolders are profiles.
    ");
}

/// `profile test` finds what only shows when a variant is rendered, names it, and ends with the kind's code.
#[test]
fn a_variant_that_does_not_render_fails_the_test() {
    let sandbox = shop("values.yaml", &[("{{ principals.app.arn }}", "{{ endpoint.url }}")]);
    let tested = sandbox.run("--profiles profiles profile test shop").exits(2);
    assert!(tested.stdout.lines().any(|line| line.starts_with("FAILED   shop 1.0.0 aws irsa")), "{}", tested.stdout);
    assert!(
        tested.stdout.lines().any(|line| line.starts_with("ok       shop 1.0.0 aws static-keys")),
        "{}",
        tested.stdout
    );
    assert!(tested.stderr.contains("values.yaml:"), "{}", tested.stderr);
}

/// `explain` would show one for the other.
#[test]
fn a_check_with_a_code_of_the_program() {
    let check = |code: &str| {
        format!(
            "checks:\n  - when: identity == 'irsa'\n    severity: warn\n    code: {code}\n    what: \"x\"\n    why: \"x\"\n    fix: \"x\"\n    source: \"x\"\nworkloads:"
        )
    };
    for code in ["BW0815", "BW0302", "BW1019"] {
        let told = refused("profile.yaml", &[("workloads:", &check(code))]);
        assert!(
            told.contains("BW0302") && told.contains(&format!("`{code}`, which is one of bucketwright's own")),
            "{told}"
        );
    }
    let _ = shop("profile.yaml", &[("workloads:", &check("BW9001"))]).run("--profiles profiles render").ok();
}
