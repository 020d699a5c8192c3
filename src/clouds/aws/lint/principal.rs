//! Principals: who, in bucket and trust policies.

use super::json::Node;
use super::statement::allows;
use super::{Findings, PolicyKind, claim, named};
use crate::base::error::Code;
use crate::policy::POD_SERVICE;
use crate::policy::judge::tells_whom;

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
            named::check(findings, node, kind);
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
    if !all || !allows(one) || !tells_whom(&findings.value(one)).is_empty() {
        return;
    }
    let what = if one.get("NotPrincipal").is_some() {
        "this allows everybody but those whom it names, in every account"
    } else {
        "this allows everybody, in every account"
    };
    let conditions = one.get("Condition").map_or(&[][..], Node::entries).iter();
    let mut keys: Vec<String> = conditions
        .flat_map(|(_, keys)| keys.entries())
        .filter_map(|(key, _)| Some(format!("`{}`", key.text()?)))
        .collect();
    keys.dedup();
    let why = match keys.as_slice() {
        [] => "Without a condition `*` is the whole world.".to_owned(),
        [one] => format!("The condition on {one} does not say who is meant: anybody can meet it."),
        some => format!("The conditions on {} do not say who is meant: anybody can meet them.", some.join(", ")),
    };
    findings.error(node, Code::WILDCARD_PRINCIPAL, what, &why, FIX);
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
