//! Trust in EKS Pod Identity: which pods become the role.

use super::Findings;
use super::json::Node;
use crate::base::error::Code;
use crate::policy::judge::{Force, base, force, takes_patterns};

/// What a value must name.
#[derive(Clone, Copy)]
enum Names {
    /// A namespace, to the last letter: anybody who may make one chooses its name.
    Whole,
    /// A part of a name at least.
    Part,
    /// The ARN of a cluster, with a part of its name at least.
    Cluster,
}

/// A question, and the keys that ask it.
type Question = (&'static str, &'static [(&'static str, Names)]);

/// What must be asked, each by one of these keys: which ServiceAccount, of which namespace, of which cluster.
///
/// Source: EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity", and the list of session tags.
const ASKED: [Question; 3] = [
    ("which ServiceAccount", &[("aws:requesttag/kubernetes-service-account", Names::Part)]),
    ("which namespace", &[("aws:requesttag/kubernetes-namespace", Names::Whole)]),
    (
        "which cluster",
        &[
            ("aws:requesttag/eks-cluster-arn", Names::Cluster),
            ("aws:requesttag/eks-cluster-name", Names::Part),
            ("aws:sourcearn", Names::Cluster),
        ],
    ),
];

impl Names {
    /// Whether a value names what it must. `pattern` says whether `*` and `?` are wildcards in it.
    fn by(self, value: &str, pattern: bool) -> bool {
        let wild = |text: &str| pattern && text.contains(['*', '?']);
        let anything = |text: &str| text.is_empty() || pattern && text.chars().all(|c| c == '*' || c == '?');
        // What IAM fills in comes from the request itself.
        !value.contains("${")
            && match self {
                Self::Whole => !value.is_empty() && !wild(value),
                Self::Part => !anything(value),
                Self::Cluster if !wild(value) => !value.is_empty(),
                Self::Cluster => value.split_once(":cluster/").is_some_and(|(_, name)| !anything(name)),
            }
    }
}

/// Whether a condition asks a question.
fn asks(operator: &Node, key: &Node, values: &Node, keys: &[(&str, Names)]) -> bool {
    let operator = operator.text().unwrap_or_default();
    let name = base(operator);
    let key = key.text().unwrap_or_default();
    let Some((_, names)) = keys.iter().find(|(wanted, _)| wanted.eq_ignore_ascii_case(key)) else { return false };
    force(operator) == Force::Narrows
        && (name.starts_with("String") || name.starts_with("Arn"))
        && !values.items().is_empty()
        && values.items().iter().all(|value| names.by(value.text().unwrap_or_default(), takes_patterns(operator)))
}

/// Names what a statement that trusts Pod Identity leaves open.
pub(super) fn check(findings: &mut Findings<'_>, one: &Node, service: &Node) {
    let operators = one.get("Condition").map_or(&[][..], Node::entries);
    let asked = |wanted: &[(&str, Names)]| {
        operators
            .iter()
            .any(|(operator, keys)| keys.entries().iter().any(|(key, values)| asks(operator, key, values, wanted)))
    };
    let open: Vec<&str> = ASKED.iter().filter(|(_, keys)| !asked(keys)).map(|(what, _)| *what).collect();
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
