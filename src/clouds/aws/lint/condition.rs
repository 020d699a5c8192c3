//! Conditions: operators, keys, and values that cannot match.

use super::Findings;
use super::json::Node;
use super::table::{Action, matches};
use crate::base::error::Code;
use crate::base::yaml::did_you_mean;
use crate::policy::judge::base;

/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

pub(super) fn check(findings: &mut Findings<'_>, one: &Node, actions: &[&Action]) {
    for (operator, keys) in one.get("Condition").map_or(&[][..], Node::entries) {
        let name = base(operator.text().unwrap_or_default());
        if !OPERATORS.contains(&name) {
            let near = did_you_mean(name, OPERATORS);
            let fix = near.map_or_else(
                || "Use an operator of IAM's, such as `StringEquals`.".to_owned(),
                |near| format!("Did you mean `{near}`?"),
            );
            findings.error(
                operator,
                Code::BAD_CONDITION,
                format!("there is no condition operator `{name}`"),
                "IAM refuses the policy.",
                fix,
            );
        }
        for (key, values) in keys.entries() {
            known(findings, key, actions);
            if name.starts_with("String") && !name.ends_with("Like") {
                literal(findings, name, values);
            }
        }
    }
}

fn literal(findings: &mut Findings<'_>, operator: &str, values: &Node) {
    for node in
        values.items().iter().filter(|node| node.text().is_some_and(|text| text.contains('*') || text.contains('?')))
    {
        let text = node.text().unwrap_or_default();
        let like = operator.replace("Equals", "Like").replace("IgnoreCase", "");
        findings.error(
            node,
            Code::LITERAL_WILDCARD,
            format!("`{operator}` takes the `*` of `{text}` for itself"),
            if operator.contains("Not") {
                "It compares letter by letter, so it excludes nothing: the condition holds for everything."
            } else {
                "It compares letter by letter, so the condition never holds."
            },
            format!("Use `{like}`, or write the value out."),
        );
    }
}

/// Whether each action knows a key. Global keys are known to all; those of an issuer belong to trust policies.
fn known(findings: &mut Findings<'_>, key: &Node, actions: &[&Action]) {
    let name = key.text().unwrap_or_default();
    let Some((prefix, _)) = name.split_once(':') else {
        findings.error(
            key,
            Code::UNKNOWN_CONDITION_KEY,
            format!("`{name}` is not a condition key"),
            "A key has the form `aws:SecureTransport`.",
            "Write its prefix in front.",
        );
        return;
    };
    if prefix.eq_ignore_ascii_case("aws") || prefix.contains(['.', '/']) || actions.is_empty() {
        return;
    }
    let lacks: Vec<&&Action> =
        actions.iter().filter(|action| !action.keys.iter().any(|pattern| matches(pattern, name))).collect();
    let Some(first) = lacks.first() else { return };
    let near = did_you_mean(name, first.keys.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
    let fix = format!("Give the key a statement with only the actions that know it.{near}");
    let what = format!("`{}:{}` does not know the condition key `{name}`", first.service, first.name);
    // A pattern such as `s3:*` is meant for those that know it.
    if lacks.len() == actions.len() {
        findings.error(
            key,
            Code::UNKNOWN_CONDITION_KEY,
            what,
            "No request has the key, so the condition never holds.",
            fix,
        );
    } else {
        findings.warn(
            key,
            Code::UNKNOWN_CONDITION_KEY,
            what,
            "Its requests do not have the key, so for it the condition does not hold.",
            fix,
        );
    }
}
