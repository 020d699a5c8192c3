//! Who may become a role: trust policies.

use serde_json::{Value, json};

use super::pods::{self, Pods};
use super::{LANGUAGE, Remainder, same, statements, without};
use crate::names::{AccountId, Arn, Issuer, Partition};

/// The audience of EKS tokens, the same in every partition. Source: EKS User Guide, "Assign IAM roles to service accounts".
pub const AUDIENCE: &str = "sts.amazonaws.com";

/// Who may become a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// These ServiceAccounts (namespace, name), by the cluster's OIDC issuer.
    WebIdentity(Vec<(String, String)>),
    /// The EKS Pod Identity service, for these pods.
    Pods(Pods),
    /// The nodes' role, which hands the role out by pod annotation.
    Node(Arn),
    /// Bearers of tokens of an issuer outside of the cluster.
    Federated(Federated),
}

/// Whose tokens are let in: those of an issuer, with one of these subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federated {
    /// The issuer.
    pub issuer: Issuer,
    /// The `sub` claims; `*` in one stands for anything.
    pub subjects: Vec<String>,
}

impl Federated {
    /// The condition on the token. Exact subjects and patterns are never mixed in one list: `StringEquals` takes `*` by the
    /// letter, and two operators on one key must both hold, so patterns carry the exact subjects along.
    ///
    /// Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Evaluation logic for multiple keys".
    fn condition(&self) -> Value {
        let issuer = self.issuer.host_path();
        let (aud, sub) = (format!("{issuer}:aud"), format!("{issuer}:sub"));
        if self.subjects.iter().any(|subject| subject.contains('*')) {
            json!({"StringEquals": {aud: AUDIENCE}, "StringLike": {sub: self.subjects}})
        } else {
            json!({"StringEquals": {aud: AUDIENCE, sub: self.subjects}})
        }
    }
}

/// The trust policy; `None` when the issuer is needed and not known.
///
/// Source: EKS User Guide, "Assign IAM roles to Kubernetes service accounts" and "EKS Pod Identity role"; the ServiceAccounts
/// stand in a list under `StringEquals`, never as a pattern.
pub fn trust_document(
    trust: &Trust,
    partition: Partition,
    account: &AccountId,
    issuer: Option<&Issuer>,
) -> Option<Value> {
    let statement = match trust {
        Trust::WebIdentity(accounts) => {
            let issuer = issuer?.host_path();
            let subjects: Vec<String> =
                accounts.iter().map(|(namespace, name)| format!("system:serviceaccount:{namespace}:{name}")).collect();
            json!({
                "Sid": "ServiceAccounts",
                "Effect": "Allow",
                "Principal": {"Federated": Arn::iam(partition, account, "oidc-provider", issuer)},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {
                    format!("{issuer}:aud"): AUDIENCE,
                    format!("{issuer}:sub"): subjects,
                }}
            })
        }
        Trust::Federated(federated) => json!({
            "Sid": "Tokens",
            "Effect": "Allow",
            "Principal": {"Federated": Arn::iam(partition, account, "oidc-provider", federated.issuer.host_path())},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": federated.condition()
        }),
        Trust::Pods(pods) => {
            return Some(json!({"Version": LANGUAGE, "Statement": pods.statements(partition, account)}));
        }
        Trust::Node(role) => json!({
            "Sid": "Nodes",
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": "sts:AssumeRole"
        }),
    };
    Some(json!({"Version": LANGUAGE, "Statement": [statement]}))
}

/// The trust policy that has all we want and all that is there; `None` when nothing is missing.
///
/// A statement with one of our Sids is ours and is replaced, or removed where it is one too many; every other statement stays.
pub fn merged_trust(current: &Value, wanted: &Value) -> Option<Value> {
    let mut all = statements(current);
    let mut changed = false;
    let sid = |one: &Value| one.get("Sid").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    let of_pods: Vec<String> = statements(wanted).iter().map(sid).filter(|sid| pods::is_ours(sid)).collect();
    if !of_pods.is_empty() {
        let before = all.len();
        all.retain(|one| !pods::is_ours(&sid(one)) || of_pods.contains(&sid(one)));
        changed = all.len() != before;
    }
    for statement in statements(wanted) {
        let ours = all.iter().position(|other| other.get("Sid") == statement.get("Sid"));
        match ours {
            Some(index) if same(&all[index], &statement) => {}
            Some(index) => {
                all[index] = statement;
                changed = true;
            }
            None => {
                all.push(statement);
                changed = true;
            }
        }
    }
    changed.then(
        || json!({"Version": current.get("Version").cloned().unwrap_or_else(|| json!(LANGUAGE)), "Statement": all}),
    )
}

/// The trust policy without our statements.
pub fn without_our_trust(current: &Value) -> Remainder {
    without(current, is_our_trust_sid)
}

/// Whether a Sid is one of those that we give to statements of a trust policy.
pub(super) fn is_our_trust_sid(sid: &str) -> bool {
    ["ServiceAccounts", "Nodes", "Tokens"].contains(&sid) || pods::is_ours(sid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{TRUST_POLICY_LIMIT, size};

    fn account() -> AccountId {
        AccountId::parse("012345678901").expect("account")
    }

    #[test]
    fn web_identity_names_each_account_exactly() {
        let issuer = Issuer::parse("https://oidc.eks.cn-north-1.amazonaws.com.cn/id/AB").expect("issuer");
        let trust = Trust::WebIdentity(vec![("gitlab".into(), "gitlab-registry".into())]);
        let document = trust_document(&trust, Partition::China, &account(), Some(&issuer)).expect("known");
        let statement = &document["Statement"][0];
        assert_eq!(
            statement["Principal"]["Federated"],
            "arn:aws-cn:iam::012345678901:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/AB"
        );
        let condition = &statement["Condition"]["StringEquals"];
        assert_eq!(condition["oidc.eks.cn-north-1.amazonaws.com.cn/id/AB:aud"], AUDIENCE);
        assert_eq!(
            condition["oidc.eks.cn-north-1.amazonaws.com.cn/id/AB:sub"],
            json!(["system:serviceaccount:gitlab:gitlab-registry"])
        );
        assert!(trust_document(&trust, Partition::China, &account(), None).is_none());
    }

    #[test]
    fn five_accounts_stay_below_the_limit() {
        let issuer = Issuer::parse("https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF")
            .expect("issuer");
        let accounts = (0..5).map(|n| ("gitlab".to_owned(), format!("gitlab-webservice-{n}"))).collect();
        let document =
            trust_document(&Trust::WebIdentity(accounts), Partition::Aws, &account(), Some(&issuer)).expect("known");
        assert!(size(&document) < TRUST_POLICY_LIMIT);
    }

    #[test]
    fn foreign_statements_survive_a_merge() {
        let node = Arn::parse("arn:aws:iam::012345678901:role/nodes").expect("ARN");
        let wanted = trust_document(&Trust::Node(node), Partition::Aws, &account(), None).expect("known");
        let foreign = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}});
        let merged = merged_trust(&foreign, &wanted).expect("changed");
        assert_eq!(merged["Statement"].as_array().map(Vec::len), Some(2));
        assert!(merged_trust(&merged, &wanted).is_none(), "a second merge changes nothing");
    }
}
