//! Who may become a role: trust policies.

use serde_json::{Value, json};

use super::mark::sid_of;
use super::{LANGUAGE, Pods};
use crate::base::names::{AccountId, Arn, Issuer, Kind, Partition};

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
/// are in a list under `StringEquals`, never as a pattern.
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
                "Sid": sid_of("ServiceAccounts"),
                "Effect": "Allow",
                "Principal": {"Federated": Arn::iam(partition, account, Kind::OidcProvider, issuer)},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {
                    format!("{issuer}:aud"): AUDIENCE,
                    format!("{issuer}:sub"): subjects,
                }}
            })
        }
        Trust::Federated(federated) => json!({
            "Sid": sid_of("Tokens"),
            "Effect": "Allow",
            "Principal": {"Federated": Arn::iam(partition, account, Kind::OidcProvider, federated.issuer.host_path())},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": federated.condition()
        }),
        Trust::Pods(pods) => {
            return Some(json!({"Version": LANGUAGE, "Statement": pods.statements(partition, account)}));
        }
        Trust::Node(role) => json!({
            "Sid": sid_of("Nodes"),
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": "sts:AssumeRole"
        }),
    };
    Some(json!({"Version": LANGUAGE, "Statement": [statement]}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Merge, TRUST_POLICY_LIMIT, WrittenBy, merge, size};

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
        let merged = merge(&foreign, &wanted, WrittenBy::Others, |_| false).changed().expect("changed").document;
        assert_eq!(merged["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            merge(&merged, &wanted, WrittenBy::Others, |_| false),
            Merge::Same,
            "a second merge changes nothing"
        );
    }
}
