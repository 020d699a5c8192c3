//! Helm as the judge of keys: what the reading of the templates believes, and what changes when a key does.

use serde_json::Value;

use super::fixture::{SPEC, chart, checked};
use crate::harness::Sandbox;

/// Templates that hold hashes of all values and passwords made anew, and switches.
const TEMPLATE: &str = r#"
kind: Job
metadata: {name: migrate-{{ .Values | toJson | sha256sum | trunc 7 }}}
---
kind: Secret
metadata: {name: login}
stringData: {password: {{ randAlphaNum 20 }}}
---
kind: ConfigMap
metadata: {name: extra}
data:
  {{- if .Values.extra.enabled }}
  size: {{ .Values.extra.size | quote }}
  {{- end }}
  mode: {{ eq (.Values.extra.mode | default "a") "a" | quote }}
"#;

fn with_switches() -> Sandbox {
    let sandbox = chart(SPEC);
    let switches = "extra: {enabled: false, size: '1', mode: a}";
    sandbox.write("chart/values.yaml", &sandbox.read("chart/values.yaml").replace("extra: {}", switches));
    let text = sandbox
        .read("chart/templates/all.yaml")
        .replace("{{- with .Values.extra }}\n---\n{{ toJson . }}\n{{- end }}", "");
    sandbox.write("chart/templates/all.yaml", &text);
    sandbox.write("chart/templates/more.yaml", TEMPLATE);
    sandbox
}

fn findings(sandbox: &Sandbox, mine: &str) -> Result<Vec<String>, String> {
    let json = checked(sandbox, mine, "-o json")?.any().json();
    let line = |one: &Value| {
        format!(
            "{} {} {}",
            one["code"].as_str().unwrap(),
            one["what"].as_str().unwrap(),
            one["why"].as_str().unwrap_or_default()
        )
    };
    Ok(json["findings"].as_array().unwrap_or_else(|| panic!("{json:#}")).iter().map(line).collect())
}

#[test]
fn a_key_that_changes_nothing_is_told_and_one_that_does_is_not() {
    let sandbox = with_switches();
    for (mine, wanted) in [
        // Read and in force.
        ("extra: {enabled: true, size: 10Gi}", vec![]),
        ("extra: {mode: b}", vec![]),
        ("server: {env: [{name: LANG, value: C}]}", vec![]),
        // Read, and turned off.
        ("extra: {size: 10Gi}", vec!["BW1216 `extra.size` has no effect in this release"]),
        // Read by nothing, beside hashes of all values.
        ("extra: {sise: 10Gi}", vec!["BW1210 argo-workflows 1.0.18 does not know `extra.sise`"]),
        ("nonsense: {a: {b: 1}}", vec!["BW1210 argo-workflows 1.0.18 does not know `nonsense`"]),
        // Ours wins: what theirs says has no effect by our doing, which is no mistake of theirs.
        ("artifactRepository: {s3: {bucket: theirs}}", vec![]),
        // The same where ours takes a key away with all that is below it.
        ("artifactRepository: {s3: {region: eu-west-9}}", vec![]),
    ] {
        let found = match findings(&sandbox, mine) {
            Ok(found) => found,
            Err(why) => skip!("helm", why),
        };
        assert_eq!(found.len(), wanted.len(), "{mine}: {found:#?}");
        let held = wanted
            .iter()
            .all(|wanted| found.iter().any(|one| one.starts_with(wanted) && one.contains("Helm renders the same")));
        assert!(held, "{mine}: {found:#?}");
    }
}

/// What the reading of templates cannot follow, Helm proves: no false alarm is left.
#[test]
fn helm_overrules_the_reading() {
    let sandbox = with_switches();
    // The name of the key is put together of two texts in a named template, which the reading takes for any key at most.
    sandbox.write("chart/templates/far.yaml", "{{- $all := fromJson (toJson .Values) }}\nkind: ConfigMap\nmetadata: {name: far}\ndata: {a: {{ get $all (printf \"%s%s\" \"far\" \"away\") | quote }}}\n");
    let found = match findings(&sandbox, "faraway: there\n") {
        Ok(found) => found,
        Err(why) => skip!("helm", why),
    };
    assert_eq!(found, Vec::<String>::new());
}

/// A chart that refuses unknown keys, or that cannot be rendered with other values, is judged all the same.
#[test]
fn a_strict_chart_is_judged() {
    let sandbox = with_switches();
    sandbox.write(
        "chart/templates/strict.yaml",
        "{{- if ne .Values.nameOverride \"argo\" }}{{ fail \"another name\" }}{{ end }}\n",
    );
    let found = match findings(&sandbox, "nameOverride: argo\nextra: {sise: 1}\n") {
        Ok(found) => found,
        Err(why) => skip!("helm", why),
    };
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("BW1210") && found[0].contains("extra.sise"), "{found:#?}");
}
