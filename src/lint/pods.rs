//! Trust in EKS Pod Identity: which pods become the role.

use super::Findings;
use super::json::Node;
use crate::error::Code;
use crate::policy::judge::{Force, force};

/// What must be asked, each by one of these keys: which ServiceAccount, of which namespace, of which cluster.
///
/// Source: EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity", and the list of session tags.
const ASKED: [(&str, &[&str]); 3] = [
    ("which ServiceAccount", &["aws:requesttag/kubernetes-service-account"]),
    ("which namespace", &["aws:requesttag/kubernetes-namespace"]),
    ("which cluster", &["aws:requesttag/eks-cluster-arn", "aws:requesttag/eks-cluster-name", "aws:sourcearn"]),
];

/// Names what a statement that trusts Pod Identity leaves open.
pub(super) fn check(findings: &mut Findings<'_>, one: &Node, service: &Node) {
    let operators = one.get("Condition").map_or(&[][..], Node::entries);
    let narrow = |operator: &Node, key: &Node, values: &Node| {
        // A pattern for anything asks for nothing, either.
        let anything = values.items().iter().any(|value| value.text() == Some("*"));
        let asks = force(operator.text().unwrap_or_default()) == Force::Narrows && !anything;
        asks.then(|| key.text().unwrap_or_default().to_lowercase())
    };
    let keys: Vec<String> = operators
        .iter()
        .flat_map(|(operator, keys)| {
            keys.entries().iter().filter_map(move |(key, values)| narrow(operator, key, values))
        })
        .collect();
    let open: Vec<&str> = ASKED
        .iter()
        .filter(|(_, any)| !any.iter().any(|key| keys.iter().any(|found| found == key)))
        .map(|(what, _)| *what)
        .collect();
    if open.is_empty() {
        return;
    }
    findings.error(
        service,
        Code::TRUST_WITHOUT_SUB,
        format!("the trust does not ask {}", open.join(", ")),
        "Any Pod Identity association of the account that fits the rest may use the role.",
        "Add `\"StringEquals\": {\"aws:SourceAccount\": \"ACCOUNT\", \"aws:RequestTag/eks-cluster-arn\": \"arn:aws:eks:REGION:ACCOUNT:cluster/NAME\", \"aws:RequestTag/kubernetes-namespace\": \"NAMESPACE\", \"aws:RequestTag/kubernetes-service-account\": \"NAME\"}` to its `Condition`.",
    );
}
