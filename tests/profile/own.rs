//! A chart of one's own: a folder, no Rust.

use serde_json::json;

use crate::harness::Sandbox;

/// A spec with one install of a profile, with static keys of the user's own.
fn spec(profile: &str) -> String {
    format!(
        "apiVersion: bucketwright/v1
name: acme
cloud: {{provider: aws, region: eu-west-1, account: \"012345678901\"}}
identity: static-keys
installs:
  - profile: {profile}
    chartVersion: 1.0.0
    credentials: {{accessKeyId: env:KEY_ID, secretAccessKey: env:KEY}}
"
    )
}

/// The three commands that docs/profile-format.md names, in their order.
#[test]
fn a_new_profile_works_at_once() {
    let sandbox = Sandbox::with_spec(&spec("acme-store"));
    let said = sandbox.run("profile new acme-store --dir profiles").ok().stderr;
    assert!(said.contains("bucketwright --profiles profiles profile test acme-store"), "{said}");
    let tested = sandbox.run("--profiles profiles profile test acme-store").ok().stdout;
    for identity in ["irsa", "pod-identity", "static-keys"] {
        assert!(
            tested.contains(&format!("ok       acme-store 1.0.0 aws {identity} shared")),
            "{identity} in\n{tested}"
        );
    }
    let listed = sandbox.run("--profiles profiles profile list").ok().stdout;
    assert!(listed.lines().any(|line| line.starts_with("acme-store ")), "{listed}");
    let _ = sandbox.call(["--profiles", "profiles", "render"]).env("KEY_ID", "AKIA1").env("KEY", "s").run().ok();
    let values = bucketwright::base::yaml::read_back(&sandbox.read("out/acme-store/values.yaml")).expect("YAML");
    let storage = json!({"bucket": "acme-acme-store", "region": "eu-west-1", "existingSecret": "acme-store-storage"});
    assert_eq!(values, json!({"storage": storage}));
}

#[test]
fn profiles_may_come_from_the_environment_and_from_several_folders() {
    let sandbox = Sandbox::with_spec(&spec("second"));
    let _ = sandbox.run("profile new first --dir a").ok();
    let _ = sandbox.run("profile new second --dir b").ok();
    let _ = sandbox.call(["render", "--placeholders"]).env("BUCKETWRIGHT_PROFILES", "a:b").run().ok();
    let _ = sandbox.run("--profiles a --profiles b render --placeholders --check").ok();
    let unknown = sandbox.run("--profiles a render --placeholders").exits(2).stderr;
    assert!(unknown.contains("there is no profile `second`"), "{unknown}");
}

/// Somebody's own knowledge of a chart wins over the built-in one.
#[test]
fn a_profile_replaces_a_built_in_one_of_its_name() {
    let sandbox = Sandbox::with_spec(&spec("gitpod"));
    let refused = sandbox.run("render --placeholders").exits(2).stderr;
    assert!(refused.contains("does not cover chart version 1.0.0"), "{refused}");
    let _ = sandbox.run("profile new gitpod --dir profiles").ok();
    let _ = sandbox.run("--profiles profiles render --placeholders").ok();
    assert!(sandbox.read("out/gitpod/values.yaml").contains("existingSecret"));
}

#[test]
fn nothing_is_overwritten() {
    let sandbox = Sandbox::new();
    let _ = sandbox.run("profile new acme-store").ok();
    let before = sandbox.read("acme-store/profile.yaml");
    sandbox.write("acme-store/profile.yaml", "mine");
    let refused = sandbox.run("profile new acme-store").exits(2).stderr;
    assert!(refused.contains("acme-store exists already"), "{refused}");
    assert_eq!(sandbox.read("acme-store/profile.yaml"), "mine");
    assert_ne!(before, "mine");
    let refused = sandbox.run("profile new Acme_Store").exits(2).stderr;
    assert!(refused.contains("BW0841") && refused.contains("`acme-store`"), "{refused}");
}

/// All that the format offers in one profile: each kind of option, each format, ranges, `each`, defaults, types that stay.
#[test]
fn every_part_of_the_format_comes_out() {
    let sandbox = Sandbox::with_spec(&spec("whole").replace(
        "    credentials",
        "    options: {replicas: two, names: [a, b], note: \"no\", on: true}\n    credentials",
    ));
    let profile = r#"
profile: whole
title: The whole
summary: One of each.
kind: helm
chart: {name: whole, versions: ">=1, <3", default: 1.0.0, examples: [1.0.0, 2.1.0]}
release: whole
namespace: store
options:
  - {name: replicas, type: choice, choices: [one, two], default: one, why: a choice}
  - {name: names, type: list, default: ["{{ namespace }}"], why: a list}
  - {name: note, type: text, default: "", why: a text}
  - {name: "on", type: bool, default: false, why: a bool}
  - {name: later, type: bool, default: false, charts: ">=2", why: not yet}
buckets:
  - {purpose: data, name: "{{ spec.name }}-data", access: {app: read-write}, why: data}
workloads:
  - {name: app, component: app, serviceAccount: "{{ fullname(chart='whole') }}"}
identities:
  - {cloud: aws, identity: static-keys, works: true, why: keys}
  - {cloud: aws, identity: irsa, works: false, why: no}
  - {cloud: aws, identity: pod-identity, works: false, why: no}
  - {cloud: aws, identity: node-role, works: false, why: no}
  - {cloud: aws, identity: workload-identity, works: false, why: no}
checks:
  - {when: options.on, severity: warn, code: BW0499, what: "It is on in {{ region }}.", why: You said so.}
notes:
  - {when: options.on, text: "The note is {{ options.note }}."}
  - {charts: ">=2", text: "This belongs to chart 2."}
"#;
    let values = r#"
- {path: whole, value: "{{ options.on }}", why: a bool stays one}
- {path: number, value: "{{ chart.major }}", why: a number stays one}
- {path: list, value: "{{ options.names }}", why: a list stays one}
- {path: text, value: "{{ options.note }}", why: a text stays one}
- {path: mixed, value: "x{{ chart.major }}", why: text around an expression is text}
- {path: "each.{{ item }}", each: "{{ options.names }}", value: "{{ item }}", why: once for each}
- {path: 'dotted["a.b/c"]', value: 1, why: a key with a dot}
- {path: default, value: 3, default: 3, why: never written}
- {path: later, value: true, charts: ">=2", why: not for this chart}
- {path: won, value: first, why: earlier}
- {path: won, value: second, why: later wins}
- {path: gone, value: null, why: null deletes}
- {path: map, value: {a: {b: "{{ region }}"}, c: []}, why: a map}
"#;
    let documents = r#"
documents:
  - name: app.yaml
    format: yaml
    why: YAML
    entries: [{path: key, value: "{{ credentials.app.secret_access_key }}", why: k}, {path: a.b, value: 1, why: w}]
  - name: app.json
    format: json
    why: JSON
    entries: [{path: a.b, value: "{{ options.names }}", why: w}]
  - name: app.ini
    format: ini
    why: INI
    entries: [{path: section.flag, value: true, why: w}, {path: section.text, value: "{{ region }}", why: w}]
secrets:
  - name: "app-{{ item }}"
    each: "{{ options.names }}"
    namespace: "{{ item }}"
    data:
      - {key: app.yaml, document: app.yaml}
      - {key: app.json, document: app.json}
      - {key: id, value: "{{ credentials.app.access_key_id }}"}
    why: For each.
"#;
    for (file, text) in [("profile", profile), ("values", values), ("documents", documents)] {
        sandbox.write(&format!("profiles/whole/{file}.yaml"), text);
    }
    let _ = sandbox.run("--profiles profiles profile test whole").ok();
    let _ = sandbox.call(["--profiles", "profiles", "render"]).env("KEY_ID", "AKIA1").env("KEY", "a/b+c\"d").run().ok();
    let read =
        |name: &str| bucketwright::base::yaml::read_back(&sandbox.read(&format!("out/whole/{name}"))).expect("YAML");
    assert_eq!(
        read("values.yaml"),
        json!({
            "whole": true, "number": 1, "list": ["a", "b"], "text": "no", "mixed": "x1", "each": {"a": "a", "b": "b"},
            "dotted": {"a.b/c": 1}, "won": "second", "gone": null, "map": {"a": {"b": "eu-west-1"}, "c": []}
        })
    );
    assert_eq!(read("app.yaml"), json!({"key": "a/b+c\"d", "a": {"b": 1}}));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&sandbox.read("out/whole/app.json")).ok(),
        Some(json!({"a": {"b": ["a", "b"]}}))
    );
    assert_eq!(sandbox.read("out/whole/app.ini"), "[section]\nflag = True\ntext = eu-west-1\n");
    let secrets = sandbox.read("out/whole/secrets.yaml");
    assert_eq!(secrets.matches("kind: \"Secret\"").count(), 2, "{secrets}");
    let notes = sandbox.read("out/whole/NOTES.md");
    for words in ["The note is no.", "It is on in eu-west-1.", "BW0499"] {
        assert!(notes.contains(words), "`{words}` in\n{notes}");
    }
    assert!(!notes.contains("chart 2"), "{notes}");
}

/// A table of the program's own in a profile of one's own; what it does not know is said.
#[test]
fn a_document_is_made_from_the_programs_own_table() {
    let sandbox = Sandbox::with_spec(&spec("acme-store"));
    let _ = sandbox.run("profile new acme-store --dir profiles").ok();
    let file = "profiles/acme-store/documents.yaml";
    let table = |name: &str| {
        format!(
            "documents:\n  - name: s3cmd.cfg\n    format: ini\n    why: For people.\n    table: {name}\n    with: {{component: app, bucket: \"{{{{ buckets.data.name }}}}\"}}\n    entries: [{{path: default.bucket_location, value: ours, why: wins}}]\n"
        )
    };
    sandbox.write(file, &table("s3cmd"));
    let render = || sandbox.call(["--profiles", "profiles", "render"]).env("KEY_ID", "AKIA1").env("KEY", "s").run();
    let _ = render().ok();
    assert_eq!(
        sandbox.read("out/acme-store/s3cmd.cfg"),
        "[default]\naccess_key = AKIA1\nsecret_key = s\nbucket_location = ours\nacl_public = False\npreserve_attrs = False\n"
    );
    let notes = sandbox.read("out/acme-store/NOTES.md");
    assert!(notes.contains("`s3cmd --config acme-store/s3cmd.cfg ls s3://acme-acme-store`"), "{notes}");
    sandbox.write(file, &table("s3cmdd"));
    let refused = render().exits(2).stderr;
    assert!(refused.contains("there is no table `s3cmdd`") && refused.contains("Did you mean `s3cmd`?"), "{refused}");
    sandbox.write(file, "documents:\n  - {name: empty.yaml, format: yaml, why: Nothing.}\n");
    let refused = render().exits(2).stderr;
    assert!(refused.contains("a document `empty.yaml` without content"), "{refused}");
}

/// A bucket that the product no longer has is not taken for a slip of the pen.
#[test]
fn a_bucket_of_old_pages_is_explained() {
    let text =
        spec("gitlab").replace("chartVersion: 1.0.0", "chartVersion: 9.9.1\n    buckets: {pseudonymizer: acme-pseudo}");
    let refused = Sandbox::with_spec(&text).run("render --placeholders").exits(2).stderr;
    let refused = refused.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        refused.contains("GitLab removed the Pseudonymizer in 15.0") && !refused.contains("Did you mean"),
        "{refused}"
    );
}
