//! EKS Pod Identity: which pods of which cluster become a role, as statements and as visitors.
//!
//! Source: EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity" (the request tags as conditions),
//! "Grant Pods access to AWS resources based on tags" (the six session tags), and "Cross-service confused deputy
//! prevention" (`aws:SourceAccount`, and `aws:SourceArn` as the cluster's ARN). Without conditions any association of the
//! account may use the role.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Visitor;
use super::mark::sid_of;
use crate::base::names::{AccountId, Arn, Partition, Region};

/// The service that hands the role out, in every partition.
pub const POD_SERVICE: &str = "pods.eks.amazonaws.com";

/// What it does with the role.
pub const POD_ACTIONS: [&str; 2] = ["sts:AssumeRole", "sts:TagSession"];

/// The ServiceAccounts of an EKS cluster that become a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pods {
    /// The region of the cluster.
    pub region: Region,
    /// The cluster's name.
    pub cluster: String,
    /// Namespace and name of each.
    pub accounts: BTreeSet<(String, String)>,
}

impl Pods {
    fn cluster(&self, partition: Partition, account: &AccountId) -> Arn {
        Arn::eks_cluster(partition, &self.region, account, &self.cluster)
    }

    /// The statements. Two conditions are joined freely, so only namespaces with the same ServiceAccounts share one: else the
    /// account of one namespace would be let in from another.
    pub(super) fn statements(&self, partition: Partition, account: &AccountId) -> Vec<Value> {
        let mut by_namespace: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (namespace, name) in &self.accounts {
            by_namespace.entry(namespace).or_default().insert(name);
        }
        let mut groups: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
        for (namespace, names) in by_namespace {
            groups.entry(names).or_default().push(namespace);
        }
        let cluster = self.cluster(partition, account);
        let statement = |(index, (names, namespaces)): (usize, (BTreeSet<&str>, Vec<&str>))| {
            let sid = if index == 0 { sid_of("Pods") } else { sid_of(&format!("Pods{}", index + 1)) };
            json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {"Service": POD_SERVICE},
                "Action": POD_ACTIONS,
                "Condition": {
                    "StringEquals": {
                        "aws:SourceAccount": account,
                        "aws:RequestTag/eks-cluster-arn": cluster,
                        "aws:RequestTag/kubernetes-namespace": namespaces,
                        "aws:RequestTag/kubernetes-service-account": names,
                    },
                    "ArnEquals": {"aws:SourceArn": cluster},
                }
            })
        };
        groups.into_iter().enumerate().map(statement).collect()
    }

    /// The service, asking for a pod of this cluster.
    pub fn visitor(
        &self,
        partition: Partition,
        account: &AccountId,
        action: &'static str,
        (namespace, name): (&str, &str),
    ) -> Visitor {
        let cluster = self.cluster(partition, account);
        let keys = [
            ("aws:sourceaccount", account.as_str()),
            ("aws:sourcearn", cluster.as_str()),
            ("aws:requesttag/eks-cluster-arn", cluster.as_str()),
            ("aws:requesttag/eks-cluster-name", self.cluster.as_str()),
            ("aws:requesttag/kubernetes-namespace", namespace),
            ("aws:requesttag/kubernetes-service-account", name),
        ];
        let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).collect();
        Visitor { action, kind: "Service", principal: POD_SERVICE.to_owned(), keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Merge, TRUST_POLICY_LIMIT, Trust, WrittenBy, admission, merge, size, trust_document};

    fn account() -> AccountId {
        AccountId::parse("012345678901").expect("account")
    }

    fn pods(accounts: &[(&str, &str)]) -> Pods {
        Pods {
            region: Region::parse("eu-west-1").expect("region"),
            cluster: "prod".to_owned(),
            accounts: accounts.iter().map(|(namespace, name)| ((*namespace).to_owned(), (*name).to_owned())).collect(),
        }
    }

    fn document(pods: &Pods) -> Value {
        trust_document(&Trust::Pods(pods.clone()), Partition::Aws, &account(), None).expect("known")
    }

    #[test]
    fn the_named_pods_are_let_in_and_nobody_else() {
        let wanted = pods(&[("argo", "server"), ("argo", "controller"), ("jobs", "runner"), ("night", "runner")]);
        let trust = document(&wanted);
        assert_eq!(trust["Statement"].as_array().map(Vec::len), Some(2), "{trust:#}");
        let admitted = |from: &Pods, account: &AccountId, pair: (&str, &str)| {
            POD_ACTIONS.map(|action| admission(&trust, &from.visitor(Partition::Aws, account, action, pair)).admitted)
        };
        for pair in [("argo", "server"), ("argo", "controller"), ("jobs", "runner"), ("night", "runner")] {
            assert_eq!(admitted(&wanted, &account(), pair), [Some(true); 2], "{pair:?}");
        }
        for pair in [("argo", "runner"), ("jobs", "server"), ("kube-system", "server"), ("argo", "other")] {
            assert_eq!(admitted(&wanted, &account(), pair), [Some(false); 2], "{pair:?}");
        }
        let elsewhere = Pods { cluster: "test".to_owned(), ..wanted.clone() };
        assert_eq!(admitted(&elsewhere, &account(), ("argo", "server")), [Some(false); 2]);
        let stranger = AccountId::parse("111122223333").expect("account");
        assert_eq!(admitted(&wanted, &stranger, ("argo", "server")), [Some(false); 2]);
    }

    #[test]
    fn an_open_statement_of_ours_is_replaced_and_one_too_many_removed() {
        let open = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "BucketwrightPods", "Effect": "Allow", "Principal": {"Service": POD_SERVICE}, "Action": POD_ACTIONS},
            {"Sid": "BucketwrightPods2", "Effect": "Allow", "Principal": {"Service": POD_SERVICE}, "Action": POD_ACTIONS},
            {"Sid": "PodsOfTheirs", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ]});
        let wanted = document(&pods(&[("argo", "server")]));
        let merged = merge(&open, &wanted, WrittenBy::Others, |_| false).changed().expect("changed").document;
        let sids: Vec<&str> =
            merged["Statement"].as_array().expect("list").iter().filter_map(|one| one["Sid"].as_str()).collect();
        assert_eq!(sids, ["PodsOfTheirs", "BucketwrightPods"]);
        assert_eq!(merged["Statement"][1], wanted["Statement"][0]);
        assert_eq!(
            merge(&merged, &wanted, WrittenBy::Others, |_| false),
            Merge::Same,
            "a second merge changes nothing"
        );
    }

    #[test]
    fn thirty_accounts_in_a_namespace_fit() {
        let names: Vec<String> = (10..40).map(|number| format!("workflow-{number}")).collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|name| ("argo", name.as_str())).collect();
        assert!(size(&document(&pods(&pairs))) < TRUST_POLICY_LIMIT);
    }
}
