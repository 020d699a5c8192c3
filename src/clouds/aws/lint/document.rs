//! The whole document: its elements, version, Sids, and size.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{Data, Node};
use super::{Findings, PolicyKind, principal, reach, resource, statement};
use crate::base::error::Code;
use crate::base::shell::word;
use crate::base::yaml::did_you_mean;
use crate::policy::{MANAGED_POLICY_LIMIT, TRUST_POLICY_LIMIT, size};

const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
/// S3's limit for a bucket policy. Source: Amazon S3 User Guide, "Bucket policies": 20 KB.
const BUCKET_POLICY_LIMIT: usize = 20 * 1024;

/// What a policy is for, as its own form tells.
pub(super) fn kind(root: &Node) -> PolicyKind {
    let statements = || root.get("Statement").map_or(&[][..], Node::items).iter();
    if !statements().any(|one| one.get("Principal").or(one.get("NotPrincipal")).is_some()) {
        return PolicyKind::Identity;
    }
    let assumes = |node: &Node| node.text().is_some_and(|action| action.to_lowercase().starts_with("sts:"));
    if statements().any(|one| one.get("Action").is_some_and(|actions| actions.items().iter().any(assumes))) {
        PolicyKind::Trust
    } else {
        PolicyKind::Bucket
    }
}

pub(super) fn check(findings: &mut Findings<'_>, value: &Value, root: &Node, kind: PolicyKind) {
    keys(findings, root, &DOCUMENT, "a policy");
    let old = version(findings, root);
    too_large(findings, value, root, kind);
    characters(findings, root);
    let Some(statements) = root.get("Statement").filter(|node| !node.items().is_empty()) else {
        findings.error(
            root,
            Code::POLICY_SHAPE,
            "the policy has no statement",
            "A policy allows or denies in its statements.",
            without(root),
        );
        return;
    };
    let mut sids = BTreeSet::new();
    for one in statements.items() {
        keys(findings, one, &STATEMENT, "a statement");
        sid(findings, one, kind, &mut sids);
        effect(findings, one);
        statement::check(findings, one, kind);
        principal::check(findings, one, kind);
        resource::variables(findings, one, old);
    }
    resource::one_partition(findings, statements.items());
    if kind != PolicyKind::Trust {
        reach::check(findings, statements.items());
    }
    if kind == PolicyKind::Identity {
        statement::uploads(findings, statements.items());
    }
}

/// What to do with a document without statements.
fn without(root: &Node) -> String {
    let of_policy = root.get("Policy").filter(|policy| policy.get("DefaultVersionId").is_some());
    let text = |key: &str| of_policy.and_then(|policy| policy.get(key)).and_then(Node::text).unwrap_or_default();
    if of_policy.is_some() {
        format!(
            "`get-policy` answers without the policy: `aws iam get-policy-version --policy-arn {} --version-id {}` has it.",
            word(text("Arn")),
            word(text("DefaultVersionId"))
        )
    } else {
        "Add `\"Statement\": [{…}]`.".to_owned()
    }
}

/// Names what is no key of an object, and what stands twice.
fn keys(findings: &mut Findings<'_>, node: &Node, known: &[&str], of: &str) {
    if !matches!(node.data, Data::Map(_)) {
        findings.error(
            node,
            Code::POLICY_SHAPE,
            format!("{of} is an object with keys"),
            "IAM refuses anything else.",
            "Write `{…}`.",
        );
    }
    let mut seen = BTreeSet::new();
    for (key, _) in node.entries() {
        let name = key.text().unwrap_or_default();
        if !seen.insert(name) {
            findings.error(
                key,
                Code::POLICY_SHAPE,
                format!("`{name}` stands twice"),
                "Readers of JSON disagree on which of the two counts.",
                "Remove one of them.",
            );
        } else if !known.contains(&name) {
            let near = did_you_mean(name, known.iter().copied());
            let fix = near.map_or_else(
                || format!("Remove it; {of} has {}.", known.join(", ")),
                |near| format!("Write `{near}`."),
            );
            findings.error(
                key,
                Code::POLICY_SHAPE,
                format!("`{name}` is no element of {of}"),
                "IAM refuses documents with elements that it does not know.",
                fix,
            );
        }
    }
}

/// Checks the version; whether it is the old one, in which variables are plain text.
fn version(findings: &mut Findings<'_>, root: &Node) -> bool {
    const WHY: &str = "Without it AWS reads the policy by the language of 2008, in which `${aws:…}` is plain text.";
    const FIX: &str = "Write `\"Version\": \"2012-10-17\"`.";
    match root.get("Version") {
        None => findings.warn(root, Code::POLICY_VERSION, "the policy names no version", WHY, FIX),
        Some(node) if node.text() == Some("2012-10-17") => return false,
        Some(node) if node.text() == Some("2008-10-17") => {
            findings.warn(node, Code::POLICY_VERSION, "the version is that of 2008", WHY, FIX);
        }
        Some(node) => findings.error(
            node,
            Code::POLICY_VERSION,
            "there is no such version",
            "It names the policy language, not the policy's own age.",
            FIX,
        ),
    }
    true
}

/// Source: IAM User Guide, "IAM and STS quotas"; white space is not counted.
fn too_large(findings: &mut Findings<'_>, value: &Value, root: &Node, kind: PolicyKind) {
    let (found, limit) = match kind {
        PolicyKind::Identity => (size(value), MANAGED_POLICY_LIMIT),
        PolicyKind::Trust => (size(value), TRUST_POLICY_LIMIT),
        PolicyKind::Bucket => (value.to_string().len(), BUCKET_POLICY_LIMIT),
    };
    if found > limit {
        findings.error(
            root,
            Code::POLICY_OVER_LIMIT,
            format!("the policy has {found} characters, {limit} are allowed"),
            "AWS refuses it. White space does not count.",
            "Split it, or name fewer resources.",
        );
    }
}

/// Source: IAM API Reference, CreatePolicy: tab, line feed, carriage return, and U+0020 to U+00FF.
fn characters(findings: &mut Findings<'_>, root: &Node) {
    // What stands around a policy in an answer is no part of it.
    let start = root.range.start;
    let text = &findings.source.text()[root.range.clone()];
    let odd = text.char_indices().find(|(_, c)| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'));
    if let Some((index, odd)) = odd {
        let node = Node { range: start + index..start + index + odd.len_utf8(), data: Data::Other };
        findings.error(
            &node,
            Code::POLICY_CHARACTER,
            format!("`{odd}` cannot be used in a policy"),
            "IAM takes characters up to U+00FF only. Such a one often comes from a word processor.",
            "Replace it.",
        );
    }
}

fn sid<'a>(findings: &mut Findings<'_>, one: &'a Node, kind: PolicyKind, seen: &mut BTreeSet<&'a str>) {
    let Some((node, text)) = one.get("Sid").and_then(|node| Some((node, node.text()?))) else { return };
    if !seen.insert(text) {
        findings.error(
            node,
            Code::DUPLICATE_SID,
            format!("the Sid `{text}` stands twice"),
            "Sids are unique within a policy: IAM refuses it, and other readers mix the two statements up.",
            "Give each statement a Sid of its own, or none.",
        );
    }
    if kind != PolicyKind::Bucket && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        findings.error(
            node,
            Code::POLICY_SHAPE,
            format!("`{text}` cannot be a Sid"),
            "IAM allows letters and digits in a Sid.",
            "Leave out the rest.",
        );
    }
}

fn effect(findings: &mut Findings<'_>, one: &Node) {
    match one.get("Effect") {
        None => findings.error(
            one,
            Code::POLICY_SHAPE,
            "the statement has no effect",
            "It neither allows nor denies.",
            "Add `\"Effect\": \"Allow\"`.",
        ),
        Some(node) if !matches!(node.text(), Some("Allow" | "Deny")) => {
            findings.error(
                node,
                Code::POLICY_SHAPE,
                "an effect is `Allow` or `Deny`",
                "Letters count.",
                "Write `Allow` or `Deny`.",
            );
        }
        Some(_) => {}
    }
}
