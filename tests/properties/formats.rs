//! Any text that may be in a file comes back from it as it went in, whatever the format.

use std::collections::BTreeMap;

use base64::Engine;
use bucketwright::base::error::Code;
use bucketwright::base::secret::{AccessKey, Secret};
use bucketwright::base::yaml::{Node, read_back, write};
use bucketwright::blueprint::blueprint;
use bucketwright::model::{Blueprint, Facts};
use bucketwright::profile::Catalogue;
use bucketwright::render::{Bundle, RenderOptions, parse_ini, render};
use bucketwright::spec::Spec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cases, text};

/// A profile that writes a secret and an option in every format.
const PROFILE: &str = r#"
profile: echo
title: Echo
summary: Writes what it is given.
kind: helm
chart: {name: echo, versions: ">=1", default: 1.0.0, examples: [1.0.0]}
release: echo
namespace: echo
options:
  - {name: text, type: text, default: "", why: given}
  - {name: format, type: choice, choices: [yaml, json, ini], default: yaml, why: which document}
buckets:
  - {purpose: data, name: "{{ spec.name }}-data", access: {app: read-write}, why: data}
workloads:
  - {name: app, component: app, serviceAccount: echo}
identities:
  - {cloud: aws, identity: static-keys, works: true, why: keys}
  - {cloud: aws, identity: irsa, works: false, why: no}
  - {cloud: aws, identity: pod-identity, works: false, why: no}
  - {cloud: aws, identity: node-role, works: false, why: no}
  - {cloud: aws, identity: workload-identity, works: false, why: no}
"#;

const VALUES: &str = r#"
- {path: text, value: "{{ options.text }}", why: the option}
- {path: around, value: "<{{ options.text }}>", why: text around it}
- {path: list, value: ["{{ options.text }}"], why: in a list}
- {path: secret, value: "{{ credentials.app.secret_access_key }}", why: the secret}
- {path: both, value: "{{ credentials.app.access_key_id }}:{{ credentials.app.secret_access_key }}", why: two secrets in one text}
"#;

const DOCUMENTS: &str = r#"
documents:
  - {name: d.yaml, format: yaml, when: options.format == 'yaml', why: YAML, entries: [{path: a.secret, value: "{{ credentials.app.secret_access_key }}", why: s}]}
  - {name: d.json, format: json, when: options.format == 'json', why: JSON, entries: [{path: a.secret, value: "{{ credentials.app.secret_access_key }}", why: s}]}
  - {name: d.ini, format: ini, when: options.format == 'ini', why: INI, entries: [{path: a.secret, value: "{{ credentials.app.secret_access_key }}", why: s}]}
secrets:
  - name: echo
    data: [{key: secret, value: "{{ credentials.app.secret_access_key }}"}, {key: both, value: "{{ credentials.app.access_key_id }}:{{ credentials.app.secret_access_key }}"}]
    why: The key.
"#;

thread_local! {
    /// The profile is compiled once for each test.
    static CATALOGUE: Catalogue = catalogue();
}

fn catalogue() -> Catalogue {
    let files = [("profile.yaml", PROFILE), ("values.yaml", VALUES), ("documents.yaml", DOCUMENTS)];
    let mut catalogue = Catalogue::default();
    let files: BTreeMap<String, String> =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    catalogue.add("echo", "echo", &files);
    catalogue
}

fn planned(format: &str, option: &str) -> bucketwright::base::error::Result<Blueprint> {
    let spec = json!({
        "apiVersion": "bucketwright/v1", "name": "acme", "cloud": {"provider": "aws", "region": "eu-west-1"}, "identity": "static-keys",
        "installs": [{"profile": "echo", "chartVersion": "1.0.0", "options": {"text": option, "format": format}}]
    });
    let spec = Spec::parse("spec", &write(&Node::Leaf(spec, None)))?;
    CATALOGUE.with(|catalogue| blueprint(spec, catalogue, None))
}

fn rendered(format: &str, option: &str, secret: &str) -> bucketwright::base::error::Result<Bundle> {
    let blueprint = planned(format, option)?;
    let key = AccessKey { id: Secret::new("AKIA1"), secret: Secret::new(secret) };
    let keys = blueprint.principals.iter().map(|principal| (principal.name.clone(), key.clone())).collect();
    render(&blueprint, &Facts { keys, ..Facts::default() }, &RenderOptions::default())
}

fn file<'a>(bundle: &'a Bundle, name: &str) -> &'a str {
    bundle.get(&format!("echo/{name}")).unwrap_or_else(|| panic!("{name}")).content.text()
}

/// Whether s3cmd and the AWS SDKs read a value back from INI: its own rules, written once more.
fn ini_can_carry(value: &str) -> bool {
    let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    !value.is_empty() && !value.contains(['\n', '\r']) && value.trim() == value && !value.starts_with('$') && !quoted
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn secrets_come_back(secret in text()) {
        let both = format!("AKIA1:{secret}");
        for format in ["yaml", "json"] {
            let bundle = rendered(format, "", &secret).expect("renders");
            let private = read_back(file(&bundle, "values.secret.yaml")).expect("YAML");
            prop_assert_eq!(&private, &json!({"secret": secret, "both": both}));
            let document = match format {
                "yaml" => read_back(file(&bundle, "d.yaml")).expect("YAML"),
                _ => serde_json::from_str::<Value>(file(&bundle, "d.json")).expect("JSON"),
            };
            prop_assert_eq!(&document, &json!({"a": {"secret": secret}}));
            let manifest = read_back(file(&bundle, "secrets.yaml")).expect("YAML");
            for (key, expected) in [("secret", &secret), ("both", &both)] {
                let bytes = base64::engine::general_purpose::STANDARD.decode(manifest["data"][key].as_str().expect("text")).expect("base64");
                prop_assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected.as_str());
            }
            // What is not private does not hold it.
            if secret.trim().len() > 8 {
                for (name, public) in bundle.files().filter(|(_, file)| !file.content.is_private()) {
                    prop_assert!(!public.content.text().contains(&secret), "{} holds the secret", name);
                }
            }
        }
    }

    #[test]
    fn ini_carries_a_value_or_refuses_it(secret in text()) {
        match rendered("ini", "", &secret) {
            Ok(bundle) => {
                prop_assert!(ini_can_carry(&secret));
                prop_assert_eq!(parse_ini(file(&bundle, "d.ini")), json!({"a": {"secret": secret}}));
            }
            Err(error) => {
                prop_assert!(!ini_can_carry(&secret), "{:?}", error);
                prop_assert_eq!(error.code(), &Code::CANNOT_CARRY);
                let said = format!("{error:?} {:?}", error.reason());
                prop_assert!(secret.trim().len() < 3 || !said.contains(&secret));
            }
        }
    }

    #[test]
    fn options_come_back(option in text()) {
        let bundle = match rendered("yaml", &option, "hush") {
            Ok(bundle) => bundle,
            // A text that cannot be told from a mark is refused, never changed.
            Err(error) => {
                prop_assert!(option.contains('\u{f8ff}'), "{:?}", error);
                return Ok(());
            }
        };
        let values = read_back(file(&bundle, "values.yaml")).expect("YAML");
        prop_assert_eq!(values, json!({"text": option, "around": format!("<{option}>"), "list": [option]}));
    }

    #[test]
    fn trees_come_back(tree in tree()) {
        prop_assert_eq!(read_back(&write(&Node::Leaf(tree.clone(), None))).expect("YAML"), tree);
    }

    /// A comment is one, whatever it says.
    #[test]
    fn comments_stay_comments(comment in text(), key in text(), value in text()) {
        let node = Node::Map(vec![(key.clone(), Node::Leaf(json!(value), Some(comment.clone()))), ("z".to_owned(), Node::Leaf(json!([comment]), Some(comment.clone())))]);
        match read_back(&write(&node)) {
            Ok(value) => prop_assert_eq!(value, node.value()),
            // A render would refuse it.
            Err(why) => prop_assert!(comment.chars().any(char::is_control), "{}", why),
        }
    }
}

/// Any data that a profile may hold.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
