use serde_json::json;

use super::*;

fn about() -> crate::profile::ProfileDocument {
    let text = r#"{profile: p, title: P, summary: s, kind: helm, release: p, namespace: p, identities: [],
        chart: {name: p, versions: ">=1.0.0", default: 1.0.0, examples: [1.0.0]},
        options: [{name: replicas, type: text, default: "3", why: w}, {name: names, type: list, default: [], why: w}],
        buckets: [{purpose: lfs, name: lfs, access: {app: read}, why: w}, {purpose: pages, name: pages, access: {app: read}, why: w}],
        workloads: [{name: app, component: app, serviceAccount: app}]}"#;
    crate::base::yaml::read(&crate::base::error::Source::new("profile.yaml", text)).expect("reads")
}

fn context() -> Context {
    let mut context = Context::new();
    context.insert("release", "argo");
    context.insert("identity", "irsa");
    context.insert("options", &json!({"replicas": 3, "names": ["a", "b"]}));
    context.insert("buckets", &json!({"lfs": {"name": "acme-lfs"}}));
    context
}

fn compiled(text: &str) -> Expressions {
    let mut collector = Collector::default();
    collector.text(text, None);
    collector.compile(&Shapes::of(&about(), None)).expect("compiles")
}

fn value(text: &str) -> Value {
    compiled(text).value(&json!(text), &context()).expect("evaluates")
}

#[test]
fn a_whole_expression_keeps_its_type() {
    assert_eq!(value("{{ options.replicas }}"), json!(3));
    assert_eq!(value("{{ options.names }}"), json!(["a", "b"]));
    assert_eq!(value("{{ identity == 'irsa' }}"), json!(true));
    assert_eq!(value("{{ release }}-x"), json!("argo-x"));
    assert_eq!(value("{{ (release ~ '-webservice') | trunc63 }}"), json!("argo-webservice"));
    assert_eq!(value("{{ fullname(chart='argo-workflows') }}-server"), json!("argo-argo-workflows-server"));
    assert_eq!(value("plain"), json!("plain"));
}

#[test]
fn conditions_take_missing_keys_for_false() {
    let mut collector = Collector::default();
    for text in ["buckets.lfs", "buckets.pages", "identity == 'irsa' and not endpoint"] {
        collector.bare(text, None);
    }
    let expressions = collector.compile(&Shapes::of(&about(), None)).expect("compiles");
    assert_eq!(expressions.holds(Some("buckets.lfs"), &context()).ok(), Some(true));
    assert_eq!(expressions.holds(Some("buckets.pages"), &context()).ok(), Some(false));
    assert_eq!(expressions.holds(Some("identity == 'irsa' and not endpoint"), &context()).ok(), Some(true));
}

#[test]
fn no_value_is_an_error_and_no_work_is_endless() {
    let error = |text: &str| compiled(text).value(&json!(text), &context()).expect_err(text);
    for empty in ["{{ endpoint }}", "{{ [endpoint] }}", "{{ endpoint.url }}", "{{ {'a': endpoint} }}"] {
        assert_eq!(error(empty).code(), &Code::BAD_EXPRESSION, "{empty}");
    }
    let grown = format!("{{{{ release{} }}}}", " | replace(from='a', to='aaaaaaaaaaaaaaaa')".repeat(12));
    let quoted = format!("{{{{ '\"'{} }}}}", " | json".repeat(60));
    for endless in [grown.as_str(), &quoted, "{{ range(end=1000000000) }}"] {
        assert_eq!(error(endless).code(), &Code::BAD_EXPRESSION, "{endless}");
    }
    let long = format!("{{% for x in range(end=1000) %}}{}{{% endfor %}}", "y".repeat(2_000));
    assert_eq!(error(&long).code(), &Code::TOO_MUCH_WORK);
    let often = compiled("{% for x in range(end=1000) %}{% endfor %}");
    let spent =
        (0..5_000).find_map(|_| often.value(&json!("{% for x in range(end=1000) %}{% endfor %}"), &context()).err());
    assert_eq!(spent.expect("an end").code(), &Code::TOO_MUCH_WORK);
    let each = json!((0..2_000).collect::<Vec<_>>());
    assert_eq!(often.list(&each, &context()).expect_err("long").code(), &Code::TOO_MUCH_WORK);
}

#[test]
fn missing_keys_in_values_and_unknown_names_are_errors() {
    assert!(compiled("{{ buckets.pages.name }}").value(&json!("{{ buckets.pages.name }}"), &context()).is_err());
    for bad in [
        "{{ bucket.lfs }}",
        "{{ release | shout }}",
        "{{ release",
        "{{ options.nope }}",
        "x-{{ endpoint.port }}",
        "{{ buckets.lsf.name }}",
        "{{ buckets.lfs.nam }}",
        "{{ release.name }}",
        "{% if options.nope %}x{% endif %}",
    ] {
        let mut collector = Collector::default();
        collector.text(bad, None);
        assert_eq!(
            collector.compile(&Shapes::of(&about(), None)).err().map(|e| e.code().clone()),
            Some(Code::BAD_EXPRESSION),
            "{bad}"
        );
    }
}
