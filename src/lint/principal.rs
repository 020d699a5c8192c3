//! Principals: who, in bucket and trust policies.

use super::condition::base;
use super::json::Node;
use super::statement::allows;
use super::{Findings, PolicyKind};
use crate::error::Code;

pub(super) fn check(findings: &mut Findings<'_>, one: &Node, kind: PolicyKind) {
    let principal = one.get("Principal").or(one.get("NotPrincipal"));
    match (principal, kind) {
        (Some(node), PolicyKind::Identity) => {
            findings.error(
                node,
                Code::BAD_PRINCIPAL,
                "a policy of a user or role has no principal",
                "Who carries it is the principal; IAM refuses one.",
                "Remove `Principal`, or lint it with `--kind bucket` or `--kind trust`.",
            );
        }
        (None, PolicyKind::Identity) => {}
        (None, _) => findings.error(
            one,
            Code::BAD_PRINCIPAL,
            "the statement has no principal",
            "A bucket or trust policy says to whom it speaks.",
            "Add `\"Principal\": {\"AWS\": \"ARN\"}`.",
        ),
        (Some(node), _) => {
            everybody(findings, one, node);
            if kind == PolicyKind::Trust && allows(one) {
                trusted(findings, one, node);
            }
        }
    }
}

fn everybody(findings: &mut Findings<'_>, one: &Node, node: &Node) {
    let all = node.text() == Some("*")
        || node.get("AWS").is_some_and(|aws| aws.items().iter().any(|item| item.text() == Some("*")));
    if all && allows(one) && one.get("Condition").is_none_or(|condition| condition.entries().is_empty()) {
        findings.error(
            node,
            Code::WILDCARD_PRINCIPAL,
            "this allows everybody, in every account",
            "Without a condition `*` is the whole world.",
            "Name the accounts, users or roles, or add a condition such as `aws:PrincipalOrgID`.",
        );
    }
}

/// The condition values of a key that ends so, with their operator.
fn claims<'a>(one: &'a Node, claim: &str) -> Vec<(&'a str, &'a Node)> {
    let operators = one.get("Condition").map_or(&[][..], Node::entries);
    let all = operators
        .iter()
        .flat_map(|(operator, keys)| keys.entries().iter().map(move |(key, values)| (operator, key, values)));
    all.filter(|(_, key, _)| key.text().is_some_and(|key| key.ends_with(claim)))
        .map(|(operator, _, values)| (base(operator.text().unwrap_or_default()), values))
        .collect()
}

fn trusted(findings: &mut Findings<'_>, one: &Node, principal: &Node) {
    let acts = |name: &str| {
        one.get("Action").is_some_and(|actions| {
            actions.items().iter().any(|action| action.text().is_some_and(|text| super::table::matches(text, name)))
        })
    };
    for node in principal.get("Federated").map_or(&[][..], Node::items) {
        if !node.text().is_some_and(|arn| arn.contains(":oidc-provider/")) {
            continue;
        }
        if !acts("sts:AssumeRoleWithWebIdentity") {
            findings.error(
                node,
                Code::TRUST_ACTION,
                "an OIDC provider needs `sts:AssumeRoleWithWebIdentity`",
                "Its tokens are exchanged by that action and no other.",
                "Write `\"Action\": \"sts:AssumeRoleWithWebIdentity\"`.",
            );
        }
        let path = node.text().and_then(|arn| arn.split_once(":oidc-provider/")).map_or("", |(_, path)| path);
        subject(findings, one, node, path);
        if claims(one, &format!("{path}:aud")).is_empty() {
            findings.warn(
                node,
                Code::TRUST_WITHOUT_AUD,
                "the trust does not ask for the audience",
                "A token that was made out for somebody else would do.",
                format!("Add `\"StringEquals\": {{\"{path}:aud\": \"sts.amazonaws.com\"}}`."),
            );
        }
    }
    for node in principal.get("Service").map_or(&[][..], Node::items) {
        let pods = node.text() == Some("pods.eks.amazonaws.com");
        if !acts("sts:AssumeRole") || pods && !acts("sts:TagSession") {
            let needed = if pods { "`sts:AssumeRole` and `sts:TagSession`" } else { "`sts:AssumeRole`" };
            findings.error(
                node,
                Code::TRUST_ACTION,
                format!("this service needs {needed}"),
                "Without it the service cannot hand the role out.",
                format!("Allow {needed}."),
            );
        }
    }
    if let Some(node) = principal.get("AWS").filter(|_| !acts("sts:AssumeRole")) {
        findings.error(
            node,
            Code::TRUST_ACTION,
            "an AWS principal needs `sts:AssumeRole`",
            "It becomes the role by that action.",
            "Write `\"Action\": \"sts:AssumeRole\"`.",
        );
    }
}

/// Source: EKS User Guide, "Assign IAM roles to Kubernetes service accounts".
fn subject(findings: &mut Findings<'_>, one: &Node, provider: &Node, path: &str) {
    let found = claims(one, &format!("{path}:sub"));
    if found.is_empty() {
        findings.error(
            provider,
            Code::TRUST_WITHOUT_SUB,
            "the trust does not ask who in the cluster it is",
            "Every ServiceAccount of the cluster, in every namespace, can become the role.",
            format!("Add `\"StringEquals\": {{\"{path}:sub\": \"system:serviceaccount:NAMESPACE:NAME\"}}`."),
        );
    }
    for (operator, values) in found {
        for value in values.items().iter().filter(|value| {
            operator == "StringLike"
                && value.text().is_some_and(|text| text == "*" || text.starts_with("system:serviceaccount:*"))
        }) {
            findings.error(
                value,
                Code::TRUST_WITHOUT_SUB,
                "this pattern holds for every namespace",
                "Every ServiceAccount that fits, in every namespace, can become the role.",
                "Write namespace and name out, several in a list.",
            );
        }
    }
}
