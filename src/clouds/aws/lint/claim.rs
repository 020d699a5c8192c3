//! The claims of tokens in a trust policy: whose tokens become the role.
//!
//! Source: IAM User Guide, "Available keys for AWS OIDC federation"; EKS User Guide, "Assign IAM roles to Kubernetes service
//! accounts".

use super::Findings;
use super::json::Node;
use super::subject::{every_namespace, never};
use crate::base::error::Code;
use crate::policy::judge::{Force, SharedIssuer, base, force, shared_issuer, takes_patterns};

/// The issuer of an OIDC provider, as condition keys name it; `None` for SAML.
pub(super) fn provider(principal: &str) -> Option<&str> {
    match principal.split_once(":oidc-provider/") {
        Some((_, path)) => Some(path),
        // IAM knows these without a provider of the account.
        None => shared_issuer(principal).map(|_| principal),
    }
}

/// A condition on a claim.
struct Asked<'a> {
    operator: &'a str,
    issuer: &'a str,
    claim: &'a str,
    key: &'a Node,
    values: &'a [Node],
}

/// Every condition on a claim of an issuer.
fn asked(one: &Node) -> Vec<Asked<'_>> {
    let mut all = Vec::new();
    for (operator, keys) in one.get("Condition").map_or(&[][..], Node::entries) {
        for (key, values) in keys.entries() {
            let text = key.text().unwrap_or_default();
            let Some((issuer, claim)) = text.rsplit_once(':').filter(|(issuer, _)| issuer.contains('.')) else {
                continue;
            };
            all.push(Asked {
                operator: operator.text().unwrap_or_default(),
                issuer,
                claim,
                key,
                values: values.items(),
            });
        }
    }
    all
}

/// Checks the conditions of a statement that trusts these providers.
pub(super) fn check(findings: &mut Findings<'_>, one: &Node, providers: &[(&Node, &str)]) {
    let all = asked(one);
    for condition in &all {
        let same = |(_, issuer): &&(&Node, &str)| issuer.eq_ignore_ascii_case(condition.issuer);
        if !providers.is_empty() && !providers.iter().any(|provider| same(&provider)) {
            other_issuer(findings, condition, providers);
        } else if !providers.is_empty() {
            weak(findings, condition);
        }
    }
    for (node, issuer) in providers {
        let of = |claim: &str| {
            let on =
                |one: &&Asked<'_>| one.issuer.eq_ignore_ascii_case(issuer) && one.claim.eq_ignore_ascii_case(claim);
            all.iter().filter(on).collect::<Vec<_>>()
        };
        let foreign = all.iter().any(|one| !one.issuer.eq_ignore_ascii_case(issuer));
        let shared = shared_issuer(issuer);
        let telling = shared.map_or("sub", |shared| shared.claim);
        if telling.contains(':') {
            continue;
        }
        // Another issuer's claim is said already; that this one's is missing follows from it.
        if of(telling).is_empty() && !foreign {
            unasked(findings, node, issuer, shared);
        }
        for condition in of(telling) {
            subjects(findings, condition, issuer, shared);
        }
        if telling != "aud" && of("aud").is_empty() && of("app_id").is_empty() && !foreign {
            findings.warn(
                node,
                Code::TRUST_WITHOUT_AUD,
                "the trust does not ask for the audience",
                "A token that was made out for somebody else would do.",
                format!("Add `\"StringEquals\": {{\"{issuer}:aud\": \"sts.amazonaws.com\"}}`."),
            );
        }
    }
}

fn other_issuer(findings: &mut Findings<'_>, condition: &Asked<'_>, providers: &[(&Node, &str)]) {
    let trusted = providers.iter().map(|(_, issuer)| *issuer).collect::<Vec<_>>().join(", ");
    let why = match force(condition.operator) {
        Force::Narrows | Force::Presence => {
            "No token of the provider has that claim, so the condition never holds and nobody becomes the role."
        }
        Force::HoldsWithout | Force::Excludes => {
            "No token of the provider has that claim, and this operator holds without it: it asks nothing, and lets every token in."
        }
    };
    let first = providers.first().map_or("", |(_, issuer)| issuer);
    findings.error(
        condition.key,
        Code::OTHER_ISSUERS_CLAIM,
        format!("the condition names the issuer `{}`, and the provider is `{trusted}`", condition.issuer),
        why,
        format!("Write `{first}:{}`, or trust the provider of `{}`.", condition.claim, condition.issuer),
    );
}

/// Operators that only seem to ask.
fn weak(findings: &mut Findings<'_>, condition: &Asked<'_>) {
    let (name, claim) = (base(condition.operator), condition.claim);
    match force(condition.operator) {
        Force::Narrows => {}
        Force::HoldsWithout => findings.error(
            condition.key,
            Code::VACUOUS_CONDITION,
            format!("`{}` also holds for a token without `{claim}`", condition.operator),
            "`ForAllValues:` and `…IfExists` hold when the request does not have the key, so they let in more than they name.",
            format!("Write `{name}`."),
        ),
        Force::Excludes => findings.error(
            condition.key,
            Code::EXCLUDING_CONDITION,
            format!("`{}` lets in every token but those that it names", condition.operator),
            "Of an allow, it excludes what it names and admits all the rest.",
            format!("Name who is meant, with `{}`.", base(condition.operator).replacen("Not", "", 1)),
        ),
        Force::Presence => findings.warn(
            condition.key,
            Code::VACUOUS_CONDITION,
            format!("`Null` asks whether `{claim}` is there, not what it says"),
            "Every token of the issuer has it.",
            "Add `StringEquals` with the value that is meant.",
        ),
    }
}

/// Nothing says whose tokens are meant.
fn unasked(findings: &mut Findings<'_>, node: &Node, issuer: &str, shared: Option<&SharedIssuer>) {
    if let Some(shared) = shared {
        findings.error(
            node,
            Code::TRUST_WITHOUT_SUB,
            format!("the trust does not ask which {} it is", shared.whom),
            &format!(
                "All customers of {} have tokens of this issuer, and every one of them can become the role.",
                shared.name
            ),
            format!("Add `{}`.", shared.condition()),
        );
    } else if is_cluster(issuer) {
        findings.error(
            node,
            Code::TRUST_WITHOUT_SUB,
            "the trust does not ask who in the cluster it is",
            "Every ServiceAccount of the cluster, in every namespace, can become the role.",
            format!("Add `\"StringEquals\": {{\"{issuer}:sub\": \"system:serviceaccount:NAMESPACE:NAME\"}}`."),
        );
    } else {
        findings.error(
            node,
            Code::TRUST_WITHOUT_SUB,
            "the trust does not ask whose token it is",
            &format!("Everybody who has a token of `{issuer}` can become the role."),
            format!("Add `\"StringEquals\": {{\"{issuer}:sub\": \"SUBJECT\"}}`; of a Kubernetes cluster the subject is `system:serviceaccount:NAMESPACE:NAME`."),
        );
    }
}

/// Whether an issuer is known to be a cluster's.
fn is_cluster(issuer: &str) -> bool {
    let issuer = issuer.to_lowercase();
    ["oidc.eks.", "container.googleapis.com/", "oidc-eks."].iter().any(|start| issuer.starts_with(start))
        || issuer.contains(".oic.prod-aks.azure.com/")
        || issuer.contains("kubernetes")
}

/// The values of the claim that tells who it is.
fn subjects(findings: &mut Findings<'_>, condition: &Asked<'_>, issuer: &str, shared: Option<&SharedIssuer>) {
    if matches!(force(condition.operator), Force::Excludes | Force::Presence) {
        return;
    }
    let pattern = takes_patterns(condition.operator);
    for value in condition.values {
        let text = value.text().unwrap_or_default();
        if let Some(shared) = shared {
            // A pattern where none works is said elsewhere: it matches nothing.
            if !shared.fixes_customer(text, pattern) && (pattern || !text.contains('*')) {
                findings.error(
                    value,
                    Code::SHARED_ISSUER,
                    format!("`{text}` does not name one {}", shared.whom),
                    &format!("All customers of {} have tokens of this issuer. A value that does not fix one lets in tokens of others.", shared.name),
                    format!("Write the customer out, such as `{}`.", shared.example),
                );
            }
        } else if pattern && every_namespace(text) {
            findings.error(
                value,
                Code::TRUST_WITHOUT_SUB,
                "this pattern holds for every namespace",
                "Every ServiceAccount that fits, in every namespace, can become the role.",
                "Write namespace and name out, several in a list.",
            );
        } else if (is_cluster(issuer) || text.to_lowercase().starts_with("system:"))
            && never(text, condition.operator, pattern)
        {
            findings.error(
                value,
                Code::NO_SUCH_SUBJECT,
                format!("no token of a cluster has the subject `{text}`"),
                "The subject of a pod is `system:serviceaccount:NAMESPACE:NAME`, in small letters. This value lets nobody in.",
                "Write `system:serviceaccount:NAMESPACE:NAME` with the namespace and the name of the ServiceAccount.",
            );
        }
    }
}
