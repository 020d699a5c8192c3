//! A profile that somebody sent: it writes into its folder, asks for its buckets, and ends.

use std::time::{Duration, Instant};

use super::{changed, shop};
use crate::harness::Sandbox;
use crate::spec::{install_with, refused, refused_in, with};

const RENDER: &str = "--profiles profiles render";

/// What is said of a shop with one change.
#[track_caller]
fn said(file: &str, from: &str, to: &str) -> String {
    let begun = Instant::now();
    let words = refused_in(&changed(file, from, to), RENDER);
    assert!(begun.elapsed() < Duration::from_secs(30), "it took {:?}", begun.elapsed());
    words
}

fn document(name: &str) -> String {
    format!(
        "documents:\n  - {{name: \"{name}\", format: yaml, why: w, entries: [{{path: a, value: b, why: w}}]}}\nsecrets:"
    )
}

#[test]
fn a_document_is_written_into_its_folder_or_not_at_all() {
    for name in ["../../../home/.aws/config", "/tmp/x", "a/b.yaml", "..", ".gitignore", ".bashrc", "a b", "x\\ny"] {
        let words = said("documents.yaml", "secrets:", &document(name));
        assert!(words.contains("BW0105") && words.contains("cannot be the name of a file"), "{name}: {words}");
    }
    for name in ["notes.md", "Secrets.yaml", "VALUES.yaml", "values.secret.yaml", "sealed-secrets.yaml", "a.enc.yaml"] {
        let words = said("documents.yaml", "secrets:", &document(name));
        assert!(words.contains("BW0112") && words.contains("profiles/shop/documents.yaml:"), "{name}: {words}");
    }
    let two = document("a.yaml").replace("\nsecrets:", "") + &document("A.yaml").replace("documents:", "");
    let words = said("documents.yaml", "secrets:", &two);
    assert!(words.contains("two files would be written as `shop/A.yaml`"), "{words}");
    let words = said("profile.yaml", "title:", "valuesFile: ../x.yaml\ntitle:");
    assert!(words.contains("`../x.yaml` cannot be the name of a file"), "{words}");
    for name in ["secrets.yaml", "notes.md", "values.secret.yaml", "sealed-x.yaml", "x.enc.yaml", "values.undo.yaml"] {
        let words = said("profile.yaml", "title:", &format!("valuesFile: {name}\ntitle:"));
        assert!(words.contains("BW0112") && words.contains("profiles/shop/profile.yaml:"), "{name}: {words}");
    }
}

#[test]
fn an_install_has_no_folder_of_ours() {
    for id in ["iam", "credentials"] {
        let words = refused(&install_with(&format!("    id: {id}\n")));
        assert!(words.contains("BW0112") && words.contains(&format!("id: {id}-1")), "{words}");
    }
    let sandbox = Sandbox::with_spec(&with(&[("argo-workflows", "iam"), ("1.0.18", "1.0.0")]));
    let _ = sandbox.run("profile new shop --dir profiles").ok();
    std::fs::rename(sandbox.path("profiles/shop"), sandbox.path("profiles/iam")).expect("renamed");
    let profile = sandbox.read("profiles/iam/profile.yaml").replace("profile: shop", "profile: iam");
    sandbox.write("profiles/iam/profile.yaml", &profile);
    assert!(refused_in(&sandbox, RENDER).contains("BW0112"), "the profile's name is the id where none is given");
}

#[test]
fn a_path_that_is_none_ends_with_a_word() {
    for path in ["a[", "a[99]", "a[0].b", "a..b", "[", "a[\\\"b"] {
        let words = said("values.yaml", "- path: storage.bucket", &format!("- path: \"{path}\""));
        assert!(words.contains("BW0302") && words.contains("is not a path"), "{path}: {words}");
        assert!(words.contains("profiles/shop/values.yaml:2:9"), "{path}: {words}");
    }
    let made = said("values.yaml", "- path: storage.bucket", "- path: \"{{ release }}[\"");
    assert!(made.contains("`argo[` is not a path") || made.contains("`shop[` is not a path"), "{made}");
}

#[test]
fn expressions_end_and_fit() {
    let grown = format!("{{{{ region{} }}}}", " | replace(from='e', to='eeeeeeeeeeeeeeee')".repeat(16));
    let nested = "{% for a in range(end=900) %}{% for b in range(end=900) %}x{% endfor %}{% endfor %}";
    let doubled = format!("{{% set a = 'aaaaaaaa' %}}{}", "{% set a = a ~ a %}".repeat(40));
    let quoted = format!("{{{{ '\\\"'{} }}}}", " | json".repeat(64));
    for (value, code) in [
        (nested, "BW0306"),
        (&doubled, "BW0306"),
        ("{{ [[y for y in range(end=900)] for x in range(end=900)] }}", "BW0306"),
        ("{{ range(end=100000000) }}", "BW0303"),
        (&grown, "BW0303"),
        (&quoted, "BW0303"),
        (&format!("x{{{{ region }}}}{}", "y".repeat(40_000)), "BW0306"),
        (&format!("{{{{ {}region{} }}}}", "(".repeat(500), ")".repeat(500)), "BW0303"),
    ] {
        let words = said("values.yaml", "\"{{ region }}\"", &format!("\"{value}\""));
        assert!(words.contains(code) && words.contains("profiles/shop/values.yaml:7:10"), "{value}: {words}");
    }
    let words = said("values.yaml", "when: identity == 'static-keys'", "when: \"true %}{% set a = 1 %}{% if true\"");
    assert!(words.contains("BW0306"), "a condition stays within its tag: {words}");
    let many = format!("each: [{}]\n  when: identity", vec!["1"; 2_000].join(","));
    assert!(said("values.yaml", "when: identity", &many).contains("BW0306"));
}

#[test]
fn a_misspelt_name_is_no_null() {
    for (value, near) in [
        ("{{ options.prefx }}", "Did you mean `options.prefix`?"),
        ("{{ endpoint.port }}", "`endpoint` has no `port`"),
        ("{{ buckets.date.name }}", "Did you mean `buckets.data`?"),
        ("{{ buckets.data.nam }}", "Did you mean `buckets.data.name`?"),
        ("x-{{ principals.ap.arn }}", "Did you mean `principals.app`?"),
        ("{{ region.name }}", "`region` has no `name`"),
        ("{% if options.nope %}x{% endif %}", "`options` has no `nope`"),
        ("{{ endpoint.url }}", "cannot be evaluated"),
        ("{{ [endpoint] }}", "has no value"),
        ("{{ cluster.pool }}", "it has no value"),
    ] {
        let words = said("values.yaml", "\"{{ region }}\"", &format!("\"{value}\""));
        assert!(words.contains("BW0303") && words.contains(near), "{value}: {words}");
        assert!(words.contains("profiles/shop/values.yaml:7:10"), "{value}: {words}");
    }
    let words = said("values.yaml", "when: identity == 'static-keys'", "when: options.nope");
    assert!(words.contains("`options` has no `nope`"), "a condition, too: {words}");
    let sandbox = changed("values.yaml", "\"{{ region }}\"", "null");
    let _ = sandbox.run(&format!("{RENDER} --placeholders")).ok();
    assert!(sandbox.read("out/shop/values.yaml").contains("region: null"), "who wants a null writes one");
}

#[test]
fn a_profile_asks_for_rights_in_its_buckets_alone() {
    let bucket = |actions: &str| {
        said(
            "profile.yaml",
            "    access: {app: read-write}",
            &format!("    access: {{app: read-write}}\n    actions: [{actions}]"),
        )
    };
    for action in ["*", "s3:*", "iam:PassRole", "s3:PutBucketPolicy"] {
        let words = bucket(&format!("\"{action}\""));
        assert!(words.contains("BW0105") && words.contains(&format!("`{action}` is no action")), "{words}");
    }
    let beyond = |actions: &str, resources: &str| {
        said(
            "profile.yaml",
            "identities:",
            &format!(
                "permissions:\n  - {{sid: X, actions: [\"{actions}\"], resources: [\"{resources}\"], why: w}}\nidentities:"
            ),
        )
    };
    for action in ["*", "*:*", "iam:*", "sts:AssumeRole", "kms:Decrypt"] {
        let words = beyond(action, "*");
        assert!(words.contains("BW0105") && words.contains(&format!("`{action}` is no action")), "{words}");
    }
    for resource in
        ["*", "arn:aws:s3:::*", "arn:aws:s3:::acme-shop*", "arn:aws:s3:::other/*", "{{ buckets.data.arn }}-x/*"]
    {
        let words = beyond("s3:GetObject", resource);
        assert!(words.contains("BW0307") && words.contains("reaches beyond the buckets"), "{resource}: {words}");
    }
    let role = |key: &str| {
        said("profile.yaml", "    access: {app: read-write}", &format!("    access: {{app: read-write}}\n    {key}"))
    };
    assert!(role("googleRoles: [roles/owner]").contains("`roles/owner` is no role"));
    let fine = changed(
        "profile.yaml",
        "identities:",
        "permissions:\n  - {sid: X, actions: [\"s3:*\"], resources: [\"{{ buckets.data.arn }}/*\"], why: w}\nidentities:",
    );
    let _ = fine.run(&format!("{RENDER} --placeholders")).ok();
    let _ = shop().run(&format!("{RENDER} --placeholders")).ok();
}
