//! The answers that are in a spec.

use crate::base::error::Source;
use crate::files::input::catalogue;
use crate::wizard::{Kept, of_spec};

fn read_spec(rest: &str) -> (Kept, Vec<String>) {
    let text = format!(
        "apiVersion: bucketwright/v1\nname: acme\ncloud: {{provider: aws, region: eu-west-1}}\nidentity: static-keys\n{rest}\n"
    );
    of_spec(&Source::new("spec", text.as_str()), &catalogue(&[]).expect("profiles")).expect("YAML")
}

#[test]
fn what_no_question_asks_for_is_told_and_what_is_proposed_is_not() {
    let install = |options: &str| format!("installs: [{{profile: argo-workflows, chartVersion: 1.0.18{options}}}]");
    let (kept, unasked) = read_spec(&format!("roles: shared\n{}", install("")));
    assert!(unasked.is_empty() && !kept.contains_key("roles"), "{kept:?} {unasked:?}");
    let (kept, unasked) = read_spec(&format!("roles: per-component\n{}", install("")));
    assert!(unasked.is_empty() && kept["roles"] == "per-component", "{kept:?} {unasked:?}");
    let (kept, _) = read_spec(&install(", options: {workflowNamespaces: [a, b]}"));
    assert_eq!(kept["argo-workflows.options.workflowNamespaces"], "a, b");
    for (rest, lost) in [
        (install(", options: {workflowNamespaces: [a, 7]}"), "argo-workflows.options.workflowNamespaces"),
        (install(", options: {nameOverride: x}"), "argo-workflows.options.nameOverride"),
        (install(", id: other"), "argo-workflows.id"),
        (install(", below: sub"), "argo-workflows.below"),
        (format!("tags: {{a: b}}\n{}", install("")), "tags"),
    ] {
        assert_eq!(read_spec(&rest).1, [lost], "{rest}");
    }
}
