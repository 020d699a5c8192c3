//! Principals: who, in bucket and trust policies.

use super::json::Node;
use super::statement::allows;
use super::{Findings, PolicyKind, claim};
use crate::error::Code;
use crate::policy::POD_SERVICE;
use crate::policy::judge::{Force, force};

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
    const FIX: &str = "Name the accounts, users or roles, or add a condition such as `aws:PrincipalOrgID`.";
    let star = |node: &Node| node.items().iter().any(|item| item.text() == Some("*"));
    let all = star(node) || node.get("AWS").is_some_and(star) || one.get("NotPrincipal").is_some();
    if !all || !allows(one) {
        return;
    }
    let conditions = one.get("Condition").map_or(&[][..], Node::entries);
    let what = if one.get("NotPrincipal").is_some() {
        "this allows everybody but those whom it names, in every account"
    } else {
        "this allows everybody, in every account"
    };
    if conditions.is_empty() {
        findings.error(node, Code::WILDCARD_PRINCIPAL, what, "Without a condition `*` is the whole world.", FIX);
    } else if !conditions.iter().any(|(operator, keys)| narrows(operator, keys)) {
        findings.error(
            node,
            Code::WILDCARD_PRINCIPAL,
            what,
            "Its conditions do not say who is meant: they hold for everybody, or for requests that do not have the key.",
            FIX,
        );
    }
}

/// Whether a condition says who is meant, or where from.
fn narrows(operator: &Node, keys: &Node) -> bool {
    let name = operator.text().unwrap_or_default();
    let open = |value: &Node| {
        value.text().is_none_or(|text| text.is_empty() || text.chars().all(|c| c == '*') || text.ends_with("/0"))
    };
    let tells = |(key, values): &(Node, Node)| {
        let transport = key.text().is_some_and(|key| key.eq_ignore_ascii_case("aws:SecureTransport"));
        !transport && !values.items().is_empty() && !values.items().iter().any(open)
    };
    force(name) == Force::Narrows && keys.entries().iter().any(tells)
}

fn trusted(findings: &mut Findings<'_>, one: &Node, principal: &Node) {
    let acts = |name: &str| {
        one.get("Action").is_some_and(|actions| {
            actions.items().iter().any(|action| action.text().is_some_and(|text| super::table::matches(text, name)))
        })
    };
    let federated = principal.get("Federated").map_or(&[][..], Node::items);
    let providers: Vec<(&Node, &str)> =
        federated.iter().filter_map(|node| Some((node, claim::provider(node.text()?)?))).collect();
    for (node, _) in &providers {
        if !acts("sts:AssumeRoleWithWebIdentity") {
            findings.error(
                node,
                Code::TRUST_ACTION,
                "an OIDC provider needs `sts:AssumeRoleWithWebIdentity`",
                "Its tokens are exchanged by that action and no other.",
                "Write `\"Action\": \"sts:AssumeRoleWithWebIdentity\"`.",
            );
        }
    }
    claim::check(findings, one, &providers);
    for node in principal.get("Service").map_or(&[][..], Node::items) {
        let pods = node.text() == Some(POD_SERVICE);
        if pods {
            super::pods::check(findings, one, node);
        }
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
